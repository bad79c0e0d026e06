/* SPDX-License-Identifier: Apache-2.0 */
#include "utf8.h"

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The second byte carries what tells overlong forms, surrogates and too large values apart. */
static bool second_fits(unsigned char lead, unsigned char second)
{
    switch (lead) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

size_t utf8_first(struct bytes text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    size_t size = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (text.size < size || !second_fits(at[0], at[1]))
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!is_continuation(at[i]))
            return 0;
    return size;
}

bool utf8_valid(struct bytes text)
{
    while (text.size > 0) {
        size_t size = utf8_first(text);
        if (size == 0)
            return false;
        text.data += size;
        text.size -= size;
    }
    return true;
}

size_t utf8_length(const char *text)
{
    size_t length = 0;
    for (; *text; text++)
        length += !is_continuation((unsigned char)*text);
    return length;
}

struct bytes utf8_cut(struct bytes text, size_t max)
{
    if (text.size <= max)
        return text;
    size_t end = max;
    for (int i = 0; i < 3 && end > 0 && is_continuation((unsigned char)text.data[end]); i++)
        end--;
    return (struct bytes){text.data, end};
}
