/* SPDX-License-Identifier: Apache-2.0
 *
 * The five verbs, for any kind of resource: handlers of operations.
 */
#ifndef API_RESOURCES_H
#define API_RESOURCES_H

#include "call.h"

struct metadata;

enum status resource_create(struct call *) NODISCARD;
enum status resource_describe(struct call *) NODISCARD;
enum status resource_update(struct call *) NODISCARD;
enum status resource_delete(struct call *) NODISCARD;
enum status resource_list(struct call *) NODISCARD;

/* A create whose metadata may be given, as a state document does. Members that are 0 or NULL are
 * assigned as on create. */
enum status resource_make(struct call *, const struct metadata *given) NODISCARD;

#endif
