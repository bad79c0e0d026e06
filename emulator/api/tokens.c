/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens.h"

#include <string.h>

#include "hash.h"
#include "json.h"

#define TOKEN_SIZE 36
#define UPDATES_KEPT 8
#define ALLOWED "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* As stored: the create's first, then updates, oldest first. */
struct token {
    char text[TOKEN_SIZE]; /* padded with NUL */
    unsigned char hash[HASH_SIZE];
    char is_create;
};

struct token_list {
    struct token tokens[1 + UPDATES_KEPT];
    size_t count;
};

static void hash_input(struct call *call)
{
    struct buffer text = {0};
    buffer_text(&text, call->op->name);
    buffer_char(&text, '\n');
    json_print(&text, call->input);
    hash_sha256(buffer_bytes(&text), call->token_hash);
    buffer_clear(&text);
}

enum status tokens_take(struct call *call)
{
    struct cJSON *token = json_member(call->input, "clientToken");
    if (!token)
        return OK;
    const char *text = json_text(token);
    size_t size = strlen(text);
    if (size < 1 || size > TOKEN_SIZE || strspn(text, ALLOWED) != size)
        return error_set(&call->error, ERR_BAD_REQUEST,
                         "clientToken must be 1 to 36 letters, digits, '-' and '_'");
    call->token = arena_copy(call->arena, bytes_of(text));
    json_delete(call->input, token);
    hash_input(call);
    return OK;
}

static struct token token_of(const struct call *call)
{
    struct token token = {0};
    memcpy(token.text, call->token, strlen(call->token));
    memcpy(token.hash, call->token_hash, HASH_SIZE);
    return token;
}

static enum status read_list(struct call *call, uint64_t id, struct token_list *out)
{
    struct bytes stored;
    enum status status = store_tokens(call->txn, id, &stored);
    if (status != OK)
        return status;
    out->count = stored.size / sizeof(struct token);
    memcpy(out->tokens, stored.data, out->count * sizeof(struct token));
    return OK;
}

enum status tokens_check(struct call *call, uint64_t id, bool *out_is_replay)
{
    struct token_list list = {0};
    *out_is_replay = false;
    if (!call->token)
        return OK;
    enum status status = read_list(call, id, &list);
    if (status != OK)
        return status;
    struct token token = token_of(call);
    for (size_t i = 0; i < list.count; i++) {
        if (memcmp(list.tokens[i].text, token.text, TOKEN_SIZE) != 0)
            continue;
        if (memcmp(list.tokens[i].hash, token.hash, HASH_SIZE) != 0)
            return error_set(&call->error, ERR_CONFLICT,
                             "The client token was already used with a different specification");
        *out_is_replay = true;
    }
    return OK;
}

/* Makes room for one update more by forgetting the oldest. */
static void forget_oldest_update(struct token_list *list)
{
    size_t first = list->count > 0 && list->tokens[0].is_create;
    if (list->count - first < UPDATES_KEPT)
        return;
    list->count--;
    memmove(&list->tokens[first], &list->tokens[first + 1],
            (list->count - first) * sizeof(struct token));
}

enum status tokens_remember(struct call *call, uint64_t id, bool is_create)
{
    struct token_list list = {0};
    if (!call->token)
        return OK;
    enum status status = read_list(call, id, &list);
    if (status != OK)
        return status;
    forget_oldest_update(&list);
    list.tokens[list.count] = token_of(call);
    list.tokens[list.count++].is_create = (char)is_create;
    return store_tokens_put(call->txn, id,
                            (struct bytes){(char *)list.tokens, list.count * sizeof(struct token)});
}
