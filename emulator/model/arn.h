/* SPDX-License-Identifier: Apache-2.0
 *
 * App Mesh ARNs: arn:aws:appmesh:<region>:<account>:mesh/<m>[/virtualRouter/<r>[/route/<n>]]
 * Source: recorded replies, all kinds. Names stand in them unescaped; the account is the owner of
 * the resource.
 */
#ifndef MODEL_ARN_H
#define MODEL_ARN_H

#include <stdbool.h>

#include "kind.h"
#include "status.h"

struct arena;

/* Whose resources: every account and region has its own. */
struct scope {
    const char *account, *region;
};

/* 12 digits / 1 to 32 lower-case letters, digits and '-'. */
bool scope_has_account(const char *account);
bool scope_has_region(const char *region);

/* aws-cn, aws-us-gov, else aws. */
const char *arn_partition(const char *region);

/* In the arena. The partition follows the region. */
const char *arn_format(struct arena *, const struct scope *, const struct resource_path *);

/* Reads an ARN of any of the seven kinds; names are copied into the arena. False, with the outputs
 * untouched, if it is none. */
bool arn_parse(struct arena *, const char *arn, struct scope *out_scope, struct resource_path *out);

#endif
