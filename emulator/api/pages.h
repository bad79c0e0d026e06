/* SPDX-License-Identifier: Apache-2.0
 *
 * Paging: limit and nextToken. A token is the last key of a page, sealed (seal.h) for account,
 * region, operation and parent.
 */
#ifndef API_PAGES_H
#define API_PAGES_H

#include <stdint.h>

#include "call.h"

struct page {
    uint64_t parent;
    int64_t limit;
    const char *after; /* the last key of the page before; NULL at the start */
};

/* Reads the call's limit and nextToken; most is the limit of a call without one.
 * Errors: ERR_BAD_REQUEST `Invalid nextToken`. */
enum status page_begin(struct call *, uint64_t parent, int64_t most, struct page *out) NODISCARD;

/* Appends `,"nextToken":"..."`. */
void page_print_token(struct call *, const struct page *, const char *last, struct buffer *out);

#endif
