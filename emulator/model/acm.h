/* SPDX-License-Identifier: Apache-2.0
 *
 * What specs have to do with AWS Certificate Manager: the ARNs they name, and the name by which a
 * virtual node's certificate is verified.
 */
#ifndef MODEL_ACM_H
#define MODEL_ACM_H

#include <stdbool.h>

struct arena;
struct cJSON;

/* is_authority: the ARN is one of a trust, else that of a listener's certificate. */
typedef void acm_visitor(void *context, const char *arn, bool is_authority);

/* Calls once per ARN in a spec whose shape holds, or is NULL. The same may come more than once.
 * Source: botocore, the members certificateArn and certificateAuthorityArns, wherever they stand.
 */
void acm_walk(const struct cJSON *spec, acm_visitor *, void *context);

/* What clients find a node by: its DNS name, or <service>.<namespace>; NULL if it has none. Its
 * certificate is verified by that name without a last dot (guide: tls). In the arena or borrowed
 * from the spec. */
const char *spec_discovery_name(struct arena *, const struct cJSON *spec);
const char *spec_certificate_name(struct arena *, const struct cJSON *spec);

#endif
