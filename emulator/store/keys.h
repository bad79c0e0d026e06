/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary keys, put together part by part. Numbers are big-endian, so that LMDB's byte order is
 * theirs; a text that is not the last part ends in NUL, so that no key is a prefix of another by
 * chance.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdint.h>

#include "bytes.h"

#define KEY_SIZE_MAX 511 /* LMDB's own limit */
#define KEY_TEXT_MAX 255 /* botocore: the longest name */

/* All zero is the empty key. */
struct key {
    size_t size;
    unsigned char data[KEY_SIZE_MAX];
};

void key_number(struct key *, uint64_t);
void key_byte(struct key *, unsigned char);
void key_text(struct key *, const char *text); /* at most KEY_TEXT_MAX bytes; without the NUL */
void key_append(struct key *, struct bytes);   /* as they are */

struct key key_of_id(uint64_t id);

static inline struct bytes key_bytes(const struct key *key)
{
    return (struct bytes){(const char *)key->data, key->size};
}

/* Reads what key_number wrote. */
uint64_t key_read_number(const char *data);

#endif
