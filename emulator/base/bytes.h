/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of bytes that somebody else owns, and a buffer that grows.
 *
 * Lifetime: struct bytes is always borrowed; its giver says until when. It need not end in NUL.
 * Errors:   none; out of memory aborts with one line.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Memory that ends is given back at once, so that what is used after it is found. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct bytes {
    const char *data;
    size_t size;
};

#define BYTES(literal) ((struct bytes){"" literal, sizeof(literal) - 1})

static inline struct bytes bytes_of(const char *text)
{
    return (struct bytes){text, strlen(text)};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* A growing buffer. All zero is an empty one. The text is always followed by a NUL that size does
 * not count, once anything was appended. */
struct buffer {
    char *data;
    size_t size, capacity;
};

char *buffer_grow(struct buffer *, size_t size); /* the slow half of buffer_reserve */

/* Room for size more bytes, at the end; the caller adds what it used to size. */
static inline char *buffer_reserve(struct buffer *buffer, size_t size)
{
    bool has_room = size < buffer->capacity - buffer->size;
    return has_room ? buffer->data + buffer->size : buffer_grow(buffer, size);
}

static inline void buffer_append(struct buffer *buffer, const void *data, size_t size)
{
    char *end = buffer_reserve(buffer, size);
    if (size)
        memcpy(end, data, size);
    end[size] = '\0';
    buffer->size += size;
}

static inline void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

static inline void buffer_char(struct buffer *buffer, char c)
{
    buffer_append(buffer, &c, 1);
}

void buffer_printf(struct buffer *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Borrowed until the next call on the buffer. */
static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
    return (struct bytes){buffer->data, buffer->size};
}

/* Frees the memory; the buffer is empty again and can be used. */
void buffer_clear(struct buffer *);

/* malloc (zeroed) and realloc that abort with one line when there is no memory; and that line. */
void *memory_new(size_t size) __attribute__((malloc, returns_nonnull));
void *memory_resize(void *, size_t size) __attribute__((returns_nonnull));
_Noreturn void memory_died(void);

/* A copy that is the caller's to free, followed by a NUL. */
char *memory_text(struct bytes) __attribute__((malloc, returns_nonnull));

#endif
