/* SPDX-License-Identifier: Apache-2.0
 *
 * Any request target, taken apart as a handler does it: the segments must join to the path again,
 * and what decodes must be short, valid UTF-8 without controls.
 */
#include <assert.h>
#include <stdint.h>

#include "target.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_decoded(const char *text, size_t raw_size, bool is_path)
{
    if (!text)
        return;
    assert(strlen(text) <= raw_size && utf8_valid(bytes_of(text)));
    for (; *text; text++)
        assert((unsigned char)*text >= ' ' && *text != 0x7F && !(is_path && *text == '/'));
}

static void check_path(struct arena *arena, const char *target)
{
    struct bytes segments[16];
    size_t count = target_split(target, segments, COUNT(segments));
    const char *next = target;
    for (size_t i = 0; i < count && i < COUNT(segments); i++) {
        assert(*next == '/' && segments[i].data == next + 1);
        next += 1 + segments[i].size;
        check_decoded(target_decode(arena, segments[i], true), segments[i].size, true);
    }
    assert(count > COUNT(segments) || !*next || !count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    char *target = arena_copy(&arena, (struct bytes){(const char *)data, size});
    char *query = strchr(target, '?');
    if (query)
        *query++ = '\0';
    check_path(&arena, target);
    const char *value = NULL;
    if (query && target_parameter(&arena, query, "limit", &value))
        check_decoded(value, strlen(query), false);
    arena_clear(&arena);
    return 0;
}
