/* SPDX-License-Identifier: Apache-2.0 */
#include "base64.h"

#include <stdint.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(struct buffer *out, struct bytes bytes)
{
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        bits = bits << 8 | (unsigned char)bytes.data[i];
        for (count += 8; count >= 6; count -= 6)
            buffer_char(out, digits[bits >> (count - 6) & 63]);
    }
    if (count > 0)
        buffer_char(out, digits[bits << (6 - count) & 63]);
}

bool base64url_decode(struct arena *arena, const char *text, struct bytes *out)
{
    char *data = arena_new(arena, strlen(text));
    size_t size = 0;
    uint32_t bits = 0;
    unsigned count = 0;
    for (; *text; text++) {
        const char *digit = strchr(digits, *text);
        if (!digit)
            return false;
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            data[size++] = (char)(bits >> count);
        }
    }
    if (count >= 6 || (bits & ((1u << count) - 1)) != 0)
        return false;
    *out = (struct bytes){data, size};
    return true;
}
