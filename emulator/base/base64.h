/* SPDX-License-Identifier: Apache-2.0
 *
 * base64url without padding (RFC 4648 section 5), as tokens that travel in a query use it.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdbool.h>

#include "arena.h"

void base64url_encode(struct buffer *out, struct bytes);

/* Into the arena. False, with *out untouched, for any other text, padding and unused bits included:
 * each value has exactly one form. */
bool base64url_decode(struct arena *, const char *text, struct bytes *out);

#endif
