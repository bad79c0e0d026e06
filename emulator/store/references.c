/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"
#include "tables.h"

/* What all keys of a target's referrers of one kind begin with; the referrer's id follows. */
static struct key target_key(uint64_t mesh, enum kind target, const char *target_name,
                             enum kind source)
{
    struct key key = {0};
    key_number(&key, mesh);
    key_byte(&key, (unsigned char)target);
    key_text(&key, target_name);
    key_byte(&key, 0);
    key_byte(&key, (unsigned char)source);
    return key;
}

enum status store_reference_add(struct store_txn *txn, uint64_t mesh, enum kind target,
                                const char *target_name, enum kind source, uint64_t source_id)
{
    struct key key = target_key(mesh, target, target_name, source);
    key_number(&key, source_id);
    return table_put(txn, TABLE_REFERENCES, &key, BYTES(""));
}

enum status store_reference_remove(struct store_txn *txn, uint64_t mesh, enum kind target,
                                   const char *target_name, enum kind source, uint64_t source_id)
{
    struct key key = target_key(mesh, target, target_name, source);
    key_number(&key, source_id);
    return table_clear(txn, TABLE_REFERENCES, &key);
}

struct id_list {
    uint64_t *ids;
    size_t count, capacity;
};

static void id_list_add(struct id_list *list, struct arena *arena, uint64_t id)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 8;
        uint64_t *ids = arena_new(arena, capacity * sizeof *ids);
        if (list->count > 0)
            memcpy(ids, list->ids, list->count * sizeof *ids);
        list->ids = ids;
        list->capacity = capacity;
    }
    list->ids[list->count++] = id;
}

enum status store_referrers(struct store_txn *txn, uint64_t mesh, enum kind target,
                            const char *target_name, enum kind source, size_t most,
                            struct arena *arena, uint64_t **out, size_t *out_count)
{
    struct walk walk;
    struct id_list list = {0};
    const struct key prefix = target_key(mesh, target, target_name, source);
    walk_begin(&walk, txn, TABLE_REFERENCES, &prefix, &prefix);
    while (list.count < most && walk_next(&walk))
        id_list_add(&list, arena, key_read_number(walk.rest.data));
    const enum status status = walk_end(&walk);
    if (status == OK) {
        *out = list.ids;
        *out_count = list.count;
    }
    return status;
}
