/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory of trees: up to three small pieces a value. What comes back is kept for the next tree,
 * each thread its own; malloc, which has seven of a size at hand, took a quarter of a write's time.
 */
#include <malloc.h>
#include <stdlib.h>

#include "json_text.h"

#define SIZE_LEAST 24
#define SIZE_STEP 16 /* malloc's own: a size between takes as much */
#define SIZES 8
#ifdef HAS_ADDRESS_SANITIZER
#define KEPT_MAX 0 /* so that what is used after its end is found */
#else
#define KEPT_MAX 8192 /* of each size: what some fifty large requests need, at most 5 MB */
#endif

struct piece {
    struct piece *next;
};

static _Thread_local struct {
    struct piece *first;
    unsigned count;
} kept[SIZES];

void *json_take(size_t size)
{
    size_t i = size > SIZE_LEAST ? (size - SIZE_LEAST + SIZE_STEP - 1) / SIZE_STEP : 0;
    if (i >= SIZES)
        return malloc(size);
    struct piece *piece = kept[i].first;
    if (!piece)
        return malloc(SIZE_LEAST + i * SIZE_STEP);
    kept[i].first = piece->next;
    kept[i].count--;
    return piece;
}

void json_give_back(void *memory)
{
    size_t size = malloc_usable_size(memory);
    size_t i = size >= SIZE_LEAST ? (size - SIZE_LEAST) / SIZE_STEP : SIZES;
    if (i >= SIZES || kept[i].count == KEPT_MAX) {
        free(memory);
        return;
    }
    struct piece *piece = memory;
    piece->next = kept[i].first;
    kept[i].first = piece;
    kept[i].count++;
}
