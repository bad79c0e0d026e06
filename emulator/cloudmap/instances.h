/* SPDX-License-Identifier: Apache-2.0
 *
 * Instances: attributes under an id, in a service, with their health.
 */
#ifndef CLOUDMAP_INSTANCES_H
#define CLOUDMAP_INSTANCES_H

#include "invocation.h"

extern const struct effect instance_register, instance_deregister;

enum status instance_get(struct invocation *) NODISCARD;
enum status instance_list(struct invocation *) NODISCARD;
enum status instance_list_health(struct invocation *) NODISCARD;
enum status instance_set_health(struct invocation *) NODISCARD;

/* Whether the input's Attributes can be those of an instance: of any, and of call->service_row in
 * call->namespace_row. An update may change what a service needs, so what is registered need not
 * pass the second any more. Errors: ERR_INVALID_INPUT. */
enum status instance_check_own(struct invocation *) NODISCARD;
enum status instance_check(struct invocation *) NODISCARD;

/* Stores the input's Attributes under an id in call->service_row, in the place of what was there.
 * health: NULL for the one that it starts with. */
enum status instance_make(struct invocation *, const char *id, const char *health) NODISCARD;

/* Whether the service's instances are checked at all. */
bool service_checks_health(const struct cJSON *service_row);
/* HEALTHY, UNHEALTHY or UNKNOWN. */
const char *instance_health(const struct cJSON *service_row, const struct cJSON *row);

/* What a state document shows. */
extern const char *const instance_state[];

#endif
