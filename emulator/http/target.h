/* SPDX-License-Identifier: Apache-2.0
 *
 * The raw request target, taken apart: split first, decoded after, never normalised.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>

#include "arena.h"

/* Decodes %XX of one path segment or query part; '+' stays a plus. In the arena. NULL for a bad
 * escape, %00, invalid UTF-8, a control character, or, in a path, a '/' after decoding. */
const char *target_decode(struct arena *, struct bytes raw, bool is_path);

/* The segments between the slashes, raw; "/a//b" has "a", "", "b"; "/a/" has "a", "". Returns how
 * many there are; fills at most max of them. A target that does not start with '/' has none. */
size_t target_split(const char *target, struct bytes *out, size_t max);

/* The first parameter of that name, decoded: *out is NULL if there is none, "" if it has no value.
 * False for one whose value does not decode; a name that does not decode is nobody's. */
bool target_parameter(struct arena *, const char *query, const char *name, const char **out);

#endif
