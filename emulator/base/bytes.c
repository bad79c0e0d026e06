/* SPDX-License-Identifier: Apache-2.0 */
#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUFFER_START 256
#define PRINT_ROOM 64

void memory_died(void)
{
    fputs("appmesh-emulator: out of memory\n", stderr);
    abort();
}

void *memory_new(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        memory_died();
    return memory;
}

void *memory_resize(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);
    if (!memory)
        memory_died();
    return memory;
}

char *memory_text(struct bytes text)
{
    char *copy = memory_new(text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

char *buffer_grow(struct buffer *buffer, size_t size)
{
    size_t need = buffer->size + size + 1;
    if (need < size)
        memory_died();
    size_t capacity = buffer->capacity ? buffer->capacity * 2 : BUFFER_START;
    buffer->capacity = capacity < need ? need : capacity;
    buffer->data = memory_resize(buffer->data, buffer->capacity);
    return buffer->data + buffer->size;
}

/* Most of what is printed is short: only what does not fit is printed twice. */
void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    char *end = buffer_reserve(buffer, PRINT_ROOM);
    size_t room = buffer->capacity - buffer->size;
    va_start(arguments, format);
    int size = vsnprintf(end, room, format, arguments);
    va_end(arguments);
    if (size < 0)
        memory_died();
    if ((size_t)size >= room) {
        va_start(arguments, format);
        vsnprintf(buffer_reserve(buffer, (size_t)size), (size_t)size + 1, format, arguments);
        va_end(arguments);
    }
    buffer->size += (size_t)size;
}

void buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
