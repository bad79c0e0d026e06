/* SPDX-License-Identifier: Apache-2.0
 *
 * What json.c, json_memory.c, json_print.c and json_scan.c share.
 */
#ifndef BASE_JSON_TEXT_H
#define BASE_JSON_TEXT_H

#include <endian.h>

#include "json.h"

/* True if the text is one JSON value as json_parse takes it; else *out says where it is not. */
bool json_scan(struct bytes text, struct json_fault *out);

/* malloc and free for the pieces of trees. */
void *json_take(size_t size);
void json_give_back(void *);

/* A top bit is set for each byte that is below space, '"', '\\' or not ASCII: x - 1 borrows into
 * the top bit where a byte of x is 0, x - space where it is below space. The lowest bit set is
 * right; those above it may come from its borrow. */
static inline uint64_t json_special(uint64_t bytes)
{
    const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
    uint64_t quotes = bytes ^ ('"' * ones), backslashes = bytes ^ ('\\' * ones);
    return ((bytes - ' ' * ones) | (quotes - ones) | (backslashes - ones) | bytes) & tops;
}

/* The first byte from at on that quoted text does not simply hold, or end. */
static inline const char *json_skip_plain(const char *at, const char *end)
{
    for (uint64_t bytes; end - at >= (ptrdiff_t)sizeof(bytes); at += sizeof(bytes)) {
        memcpy(&bytes, at, sizeof(bytes));
        uint64_t special = json_special(le64toh(bytes));
        if (special)
            return at + __builtin_ctzll(special) / 8;
    }
    while (at < end && (signed char)*at >= ' ' && *at != '"' && *at != '\\')
        at++;
    return at;
}

#endif
