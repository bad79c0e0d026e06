/* SPDX-License-Identifier: Apache-2.0
 *
 * What resources of one mesh are to each other: what a spec refers to must exist, what is referred
 * to cannot go, and a virtual service that so far only a backend names is remembered.
 */
#ifndef API_RELATIONS_H
#define API_RELATIONS_H

#include "place.h"

/* Errors: ERR_NOT_FOUND `<Kind> with name <n> is missing`. A backend may name what does not exist.
 */
enum status relations_check(struct call *, const struct place *,
                            const struct cJSON *spec) NODISCARD;

/* Brings the reverse references of row `id` from what old_spec says to what new_spec says, and what
 * is issued for its ARNs of ACM; either may be NULL. */
enum status relations_change(struct call *, const struct place *, uint64_t id,
                             const struct cJSON *old_spec, const struct cJSON *new_spec) NODISCARD;

/* Errors: ERR_IN_USE while there are children or references. */
enum status relations_check_delete(struct call *, const struct place *, uint64_t id) NODISCARD;

/* If backends named this virtual service before it existed: takes that record away and tells when
 * the first did, in wall ms; else *out_since is 0. */
enum status relations_take_hidden(struct call *, const struct place *,
                                  int64_t *out_since) NODISCARD;

#define NAMES_LISTED 5 /* how many users of a resource a message names at most */

#endif
