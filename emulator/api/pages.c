/* SPDX-License-Identifier: Apache-2.0 */
#include "pages.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base64.h"
#include "hash.h"

#define SEAL_SIZE 16
#define TOKEN_MAX 1024 /* a key is at most 255 bytes */

static void seal(struct call *call, uint64_t parent, struct bytes key, unsigned char out[HASH_SIZE])
{
    struct buffer text = {0};
    buffer_printf(&text, "%s/%s/%s/%" PRIu64 "/", call->scope.account, call->scope.region,
                  call->op->name, parent);
    buffer_append(&text, key.data, key.size);
    hash_hmac(store_secret(call->store), buffer_bytes(&text), out);
    buffer_clear(&text);
}

/* The key inside a token, or NULL if we did not make it for this list. */
static const char *unseal(struct call *call, uint64_t parent, const char *token)
{
    struct bytes raw;
    if (strlen(token) > TOKEN_MAX || !base64url_decode(call->arena, token, &raw) ||
        raw.size < SEAL_SIZE)
        return NULL;
    struct bytes key = {raw.data, raw.size - SEAL_SIZE};
    unsigned char expected[HASH_SIZE];
    seal(call, parent, key, expected);
    if (memcmp(raw.data + key.size, expected, SEAL_SIZE) != 0)
        return NULL;
    return arena_copy(call->arena, key);
}

enum status page_begin(struct call *call, uint64_t parent, int64_t most, struct page *out)
{
    const char *limit = call->query[PARAMETER_LIMIT];
    const char *token = call->query[PARAMETER_NEXT_TOKEN];
    *out = (struct page){.parent = parent, .limit = limit ? strtoll(limit, NULL, 10) : most};
    if (!token)
        return OK;
    out->after = unseal(call, parent, token);
    return out->after ? OK : error_set(&call->error, ERR_BAD_REQUEST, "Invalid nextToken");
}

void page_print_token(struct call *call, const struct page *page, const char *last,
                      struct buffer *out)
{
    unsigned char mac[HASH_SIZE];
    struct buffer raw = {0};
    seal(call, page->parent, bytes_of(last), mac);
    buffer_text(&raw, last);
    buffer_append(&raw, mac, SEAL_SIZE);
    buffer_text(out, ",\"nextToken\":\"");
    base64url_encode(out, buffer_bytes(&raw));
    buffer_char(out, '"');
    buffer_clear(&raw);
}
