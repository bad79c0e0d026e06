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

/* What a page is made of, for lists that are no scan: MaxResults, the key that the NextToken holds
 * (NULL at the start), and a NextToken of such a key. A token is good for its action and prefix.
 * Errors: ERR_INVALID_INPUT. */
int64_t list_most(const struct invocation *);
enum status list_begin(struct invocation *, const char *prefix, const char **out_after) NODISCARD;
void list_add_token(struct invocation *, const char *prefix, const char *last);

#endif
