/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define BLOCK_SIZE 4096
#ifdef HAS_ADDRESS_SANITIZER
#define SPARE_MAX 0 /* so that what is used after its end is found */
#else
#define SPARE_MAX 64
#endif

struct arena_block {
    struct arena_block *next;
    size_t size;
    alignas(max_align_t) char data[];
};

/* Blocks for the next arenas, each thread its own: short requests cost malloc a large piece each.
 */
static _Thread_local struct arena_block *spare;
static _Thread_local unsigned spare_count;

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = spare;
    if (size == BLOCK_SIZE && block) {
        spare = block->next;
        spare_count--;
        return block;
    }
    block = memory_resize(NULL, sizeof(*block) + size);
    block->size = size;
    return block;
}

static void block_free(struct arena_block *block)
{
    if (block->size != BLOCK_SIZE || spare_count == SPARE_MAX) {
        free(block);
        return;
    }
    block->next = spare;
    spare = block;
    spare_count++;
}

static size_t aligned(size_t size)
{
    const size_t mask = alignof(max_align_t) - 1;
    assert(size <= SIZE_MAX / 2);
    return (size + mask) & ~mask;
}

/* As it comes: zeroing whole blocks would cost more than all else that a short request needs. */
static void *take(struct arena *arena, size_t size)
{
    size = aligned(size ? size : 1);
    if (size > (size_t)(arena->end - arena->next)) {
        size_t room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;
        struct arena_block *block = block_new(room);
        block->next = arena->blocks;
        arena->blocks = block;
        if (room == size)
            return block->data; /* a large piece has a block of its own; the open one stays open */
        arena->next = block->data;
        arena->end = block->data + room;
    }
    void *memory = arena->next;
    arena->next += size;
    return memory;
}

void *arena_new(struct arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

char *arena_copy(struct arena *arena, struct bytes bytes)
{
    char *copy = take(arena, bytes.size + 1);
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = '\0';
    return copy;
}

/* Prints into the open block; only a text that does not fit there is printed twice. */
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    size_t room = (size_t)(arena->end - arena->next);
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(arena->next, room, format, arguments);
    assert(size >= 0);
    bool fits = (size_t)size < room;
    char *text = take(arena, (size_t)size + 1);
    if (!fits)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_clear(struct arena *arena)
{
    for (struct arena_block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        block_free(block);
    }
    *arena = (struct arena){0};
}
