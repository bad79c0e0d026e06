/* SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"

#include "base64.h"
#include "hash.h"

#define SEAL_SIZE 16
#define TOKEN_MAX 1024 /* a key is at most 255 bytes */

static void seal(const struct store *store, const char *place, struct bytes key,
                 unsigned char out[HASH_SIZE])
{
    struct buffer text = {0};
    buffer_text(&text, place);
    buffer_append(&text, key.data, key.size);
    hash_hmac(store_secret(store), buffer_bytes(&text), out);
    buffer_clear(&text);
}

void seal_key(const struct store *store, const char *place, const char *key, struct buffer *out)
{
    unsigned char mac[HASH_SIZE];
    struct buffer raw = {0};
    seal(store, place, bytes_of(key), mac);
    buffer_text(&raw, key);
    buffer_append(&raw, mac, SEAL_SIZE);
    base64url_encode(out, buffer_bytes(&raw));
    buffer_clear(&raw);
}

const char *unseal_key(const struct store *store, struct arena *arena, const char *place,
                       const char *token)
{
    struct bytes raw;
    unsigned char expected[HASH_SIZE];
    if (strlen(token) > TOKEN_MAX || !base64url_decode(arena, token, &raw) || raw.size < SEAL_SIZE)
        return NULL;
    struct bytes key = {raw.data, raw.size - SEAL_SIZE};
    seal(store, place, key, expected);
    return memcmp(raw.data + key.size, expected, SEAL_SIZE) == 0 ? arena_copy(arena, key) : NULL;
}
