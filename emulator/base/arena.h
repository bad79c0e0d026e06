/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that is freed all at once: one arena a request, one a snapshot.
 *
 * Lifetime: everything from an arena lives until arena_clear.
 * Errors:   none; out of memory aborts with one line.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>

#include "bytes.h"

struct arena_block;

/* All zero is an empty arena. */
struct arena {
    struct arena_block *blocks;
    char *next, *end;
};

/* Zeroed, aligned for any type. */
void *arena_new(struct arena *, size_t size) __attribute__((malloc, returns_nonnull));
char *arena_copy(struct arena *, struct bytes); /* NUL-terminated */
char *arena_printf(struct arena *, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));
void arena_clear(struct arena *);

#endif
