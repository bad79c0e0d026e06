/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules on ports and protocols that span resources: what a route may ask of its router, a gateway
 * route of its gateway, both of their targets, and what an update may not take from under them.
 */
#ifndef API_PORTS_H
#define API_PORTS_H

#include "place.h"

struct ports;

struct ports_rule {
    const char *name;
    unsigned kinds; /* bit set, as in struct rule */
    enum status (*check)(const struct ports *);
    const char *says, *source;
};
extern const struct ports_rule ports_rules[];
extern const size_t ports_rule_count;

/* All rules of the call's kind, in order; the first that fails answers alone. For a create, id is 0
 * and old_spec NULL.
 * Errors: ERR_BAD_REQUEST. */
enum status ports_check(struct call *, const struct place *, uint64_t id,
                        const struct cJSON *old_spec, const struct cJSON *new_spec) NODISCARD;

#endif
