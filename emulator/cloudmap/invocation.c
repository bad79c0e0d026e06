/* SPDX-License-Identifier: Apache-2.0 */
#include "invocation.h"

#include "clock.h"
#include "ids.h"
#include "shape.h"

void invocation_init(struct invocation *call, struct store *store, struct arena *arena,
                     const struct scope *scope, const struct action *action, struct cJSON *input)
{
    *call = (struct invocation){
        .action = action,
        .store = store,
        .arena = arena,
        .scope = *scope,
        .input = input,
        .reply = json_new_object(),
        .kept = json_new_array(),
        .error_members = json_new_object(),
        .error = {.arena = arena},
    };
}

void invocation_clear(struct invocation *call)
{
    json_free(call->input);
    json_free(call->reply);
    json_free(call->kept);
    json_free(call->error_members);
    call->input = call->reply = call->kept = call->error_members = NULL;
}

enum status invocation_check(struct invocation *call, const struct shape *shape,
                             struct cJSON *value, const char *path)
{
    struct violations violations = {
        .arena = call->arena, .has_small_initials = true, .status = ERR_INVALID_INPUT};
    enum status status = shape_check(shape, value, true, path, &violations, &call->error);
    return status == OK ? violations_report(&violations, &call->error) : status;
}

/* A scope has a number once something is written there. */
static enum status find_place(struct invocation *call)
{
    enum status status = call->action->access == WRITE
                             ? store_scope_make(call->txn, &call->scope, &call->place)
                             : store_scope(call->txn, &call->scope, &call->place);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status invocation_run(struct invocation *call, struct store_txn *txn)
{
    call->txn = txn;
    call->now_ms = clock_wall_ms();
    enum status status = find_place(call);
    return status == OK ? call->action->handle(call) : status;
}

struct cJSON *invocation_keep(struct invocation *call, struct cJSON *tree)
{
    json_append(call->kept, tree);
    return tree;
}

const char *input_text(const struct invocation *call, const char *name)
{
    return json_string(call->input, name);
}

bool input_is_own(const struct invocation *call)
{
    const char *owner = input_text(call, "OwnerAccount");
    return !owner || strcmp(owner, call->scope.account) == 0;
}

const char *input_digest(const struct invocation *call)
{
    struct buffer text = {0};
    buffer_text(&text, call->action->name);
    buffer_char(&text, '\n');
    json_print(&text, call->input);
    const char *digest = id_digest(call->arena, buffer_bytes(&text));
    buffer_clear(&text);
    return digest;
}
