/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include <assert.h>
#include <endian.h>

void key_append(struct key *key, struct bytes part)
{
    assert(part.size <= sizeof key->data - key->size);
    memcpy(key->data + key->size, part.data, part.size);
    key->size += part.size;
}

void key_number(struct key *key, uint64_t number)
{
    const uint64_t big_endian = htobe64(number);
    key_append(key, (struct bytes){(const char *)&big_endian, sizeof big_endian});
}

void key_byte(struct key *key, unsigned char byte)
{
    key_append(key, (struct bytes){(const char *)&byte, 1});
}

void key_text(struct key *key, const char *text)
{
    const struct bytes part = bytes_of(text);
    assert(part.size <= KEY_TEXT_MAX);
    key_append(key, part);
}

uint64_t key_read_number(const char *data)
{
    uint64_t big_endian;
    memcpy(&big_endian, data, sizeof big_endian);
    return be64toh(big_endian);
}

struct key key_of_id(uint64_t id)
{
    struct key key = {0};
    key_number(&key, id);
    return key;
}
