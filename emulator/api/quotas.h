/* SPDX-License-Identifier: Apache-2.0
 *
 * The service's default quotas, enforced with --quotas.
 * Source: aws-app-mesh-roadmap#263. Errors: ERR_LIMIT.
 */
#ifndef API_QUOTAS_H
#define API_QUOTAS_H

#include "place.h"

/* Before a create: siblings, and what the spec holds. */
enum status quotas_check(struct call *, const struct place *, const struct cJSON *spec) NODISCARD;

/* What the spec alone holds: backends of a virtual node. */
enum status quotas_check_spec(struct call *, const struct cJSON *spec) NODISCARD;

#endif
