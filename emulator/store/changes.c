/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"

#include <stdlib.h>

#include "tables.h"

void store_listen(struct store *store, store_listener *listener, void *context)
{
    store->listener = listener;
    store->listener_context = context;
}

void store_changes_free(struct store_changes *changes)
{
    if (!changes)
        return;
    free(changes->items);
    arena_clear(&changes->arena);
    free(changes);
}

static struct store_changes *changes_of(struct store *store)
{
    if (!store->changes)
        store->changes = memory_new(sizeof *store->changes);
    return store->changes;
}

static bool wants_more(const struct store *store)
{
    return store->listener && !(store->changes && store->changes->is_all);
}

void changes_note_all(struct store_txn *txn)
{
    if (wants_more(txn->store))
        changes_of(txn->store)->is_all = true;
}

static void append(struct store_changes *changes, const struct store_change *change)
{
    if (changes->count == STORE_CHANGES_MAX) {
        changes->is_all = true;
        return;
    }
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity ? 2 * changes->capacity : 4;
        changes->items = memory_resize(changes->items, changes->capacity * sizeof *changes->items);
    }
    changes->items[changes->count++] = *change;
}

enum status changes_note_row(struct store_txn *txn, uint64_t id)
{
    if (!wants_more(txn->store))
        return OK;
    struct store_changes *changes = changes_of(txn->store);
    struct store_change change = {0};
    uint64_t parent;
    const enum status status =
        store_locate(txn, id, &changes->arena, &change.scope, &change.path, &parent);
    if (status == OK)
        append(changes, &change);
    return status;
}

void store_note_instances(struct store_txn *txn, const struct scope *scope,
                          const char *namespace_name, const char *service)
{
    if (!wants_more(txn->store))
        return;
    struct store_changes *changes = changes_of(txn->store);
    struct arena *arena = &changes->arena;
    const struct store_change change = {
        .scope = {arena_copy(arena, bytes_of(scope->account)),
                  arena_copy(arena, bytes_of(scope->region))},
        .path = {.kind = KIND_NONE},
        .namespace_name = arena_copy(arena, bytes_of(namespace_name)),
        .service = arena_copy(arena, bytes_of(service)),
    };
    append(changes, &change);
}

void store_note_certificate(struct store_txn *txn, const char *arn)
{
    if (!wants_more(txn->store))
        return;
    struct store_changes *changes = changes_of(txn->store);
    const struct store_change change = {
        .path = {.kind = KIND_NONE},
        .certificate = arena_copy(&changes->arena, bytes_of(arn)),
    };
    append(changes, &change);
}

void changes_begin_child(struct store *store)
{
    const struct store_changes *changes = store->changes;
    store->changes_before_child = changes ? changes->count : 0;
    store->was_all_before_child = changes && changes->is_all;
}

void changes_drop_child(struct store *store)
{
    if (!store->changes)
        return;
    store->changes->count = store->changes_before_child;
    store->changes->is_all = store->was_all_before_child;
}

void changes_end(struct store *store, bool is_kept)
{
    struct store_changes *changes = store->changes;
    store->changes = NULL;
    if (changes && is_kept && (changes->count > 0 || changes->is_all))
        store->listener(store->listener_context, changes);
    else
        store_changes_free(changes);
}
