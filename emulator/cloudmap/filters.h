/* SPDX-License-Identifier: Apache-2.0
 *
 * Filters of the lists: what each looks at, and the conditions that it takes. Source: botocore's
 * documentation of NamespaceFilter, ServiceFilter and OperationFilter.
 */
#ifndef CLOUDMAP_FILTERS_H
#define CLOUDMAP_FILTERS_H

#include "invocation.h"

enum {
    FILTER_EQ = 1,
    FILTER_IN = 2,
    FILTER_BETWEEN = 4,
    FILTER_BEGINS_WITH = 8,
    FILTER_ID = 16,   /* the value may be an ARN */
    FILTER_OWNER = 32 /* SELF or OTHER_ACCOUNTS; nothing here is of another account */
};

struct filter {
    const char *name;
    const char *path; /* of the member, as for row_text */
    unsigned flags;
};

/* Whether the input's Filters can be applied; filters: up to a row without a name, or NULL. */
enum status filters_check(struct invocation *, const struct filter *) NODISCARD;

/* All of them hold. */
bool filters_hold(struct invocation *, const struct filter *, const struct cJSON *row);

#endif
