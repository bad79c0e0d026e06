/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"

#include <stddef.h>

#include "utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Undoes the escape at text, which has size bytes left. -1 for a bad one. */
static int unescape(const char *text, size_t size)
{
    int high = size > 2 ? hex_digit(text[1]) : -1;
    int low = size > 2 ? hex_digit(text[2]) : -1;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool is_control(int byte)
{
    return byte < 0x20 || byte == 0x7F;
}

const char *target_decode(struct arena *arena, struct bytes raw, bool is_path)
{
    char *text = arena_new(arena, raw.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < raw.size; i++) {
        int byte = (unsigned char)raw.data[i];
        if (byte == '%') {
            byte = unescape(raw.data + i, raw.size - i);
            i += 2;
        }
        if (is_control(byte) || (is_path && byte == '/')) /* a bad escape is negative */
            return NULL;
        text[size++] = (char)byte;
    }
    return utf8_valid((struct bytes){text, size}) ? text : NULL;
}

size_t target_split(const char *target, struct bytes *out, size_t max)
{
    size_t count = 0;
    while (*target == '/') {
        const char *start = target + 1;
        target = start + strcspn(start, "/");
        if (count < max)
            out[count] = (struct bytes){start, (size_t)(target - start)};
        count++;
    }
    return count;
}

/* The part of text before the first separator, and what follows it. */
static struct bytes cut(struct bytes *text, char separator)
{
    const char *end = text->size ? memchr(text->data, separator, text->size) : NULL;
    struct bytes part = {text->data, end ? (size_t)(end - text->data) : text->size};
    size_t used = end ? part.size + 1 : part.size;
    *text = (struct bytes){text->data + used, text->size - used};
    return part;
}

bool target_parameter(struct arena *arena, const char *query, const char *name, const char **out)
{
    for (struct bytes rest = bytes_of(query); rest.size;) {
        struct bytes value = cut(&rest, '&');
        const char *key = target_decode(arena, cut(&value, '='), false);
        if (!key || strcmp(key, name) != 0)
            continue;
        const char *text = target_decode(arena, value, false);
        if (text)
            *out = text;
        return text != NULL;
    }
    *out = NULL;
    return true;
}
