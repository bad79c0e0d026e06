/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of rows: MaxResults of them from a prefix of a table, and a NextToken if there are more.
 * Filters come after: a page may be empty and yet have a token (botocore's documentation of
 * ListServicesResponse$NextToken).
 */
#ifndef CLOUDMAP_LISTS_H
#define CLOUDMAP_LISTS_H

#include "filters.h"

struct list {
    enum document document;
    const char *member;           /* of the reply */
    const char *const *view;      /* what is shown of a row; NULL-terminated */
    const struct filter *filters; /* or NULL */
    bool (*is_listed)(struct invocation *, const struct cJSON *row); /* or NULL: all are */
    bool is_map; /* the member is an object, not a list */
    /* Puts the row into the member, in place of appending the view. NULL: the view. */
    void (*show)(struct invocation *, struct cJSON *member, const struct cJSON *row);
};

enum status list_page(struct invocation *, const struct list *, const char *prefix) NODISCARD;

#endif
