/* SPDX-License-Identifier: Apache-2.0 */
#include "ids.h"

#include "arena.h"
#include "documents.h"
#include "tables.h"

enum status id_take(struct store_txn *txn, enum kind kind, uint64_t parent, struct bytes name,
                    uint64_t *out)
{
    const struct key key = key_of_id(txn->store->next_id);
    struct key value = {0};
    key_byte(&value, (unsigned char)kind);
    key_number(&value, parent);
    key_append(&value, name);
    const enum status status = table_put(txn, TABLE_IDS, &key, key_bytes(&value));
    if (status == OK)
        *out = txn->store->next_id++;
    return status;
}

struct id_row {
    enum kind kind;
    uint64_t parent;
    struct bytes name;
};

static enum status id_get(struct store_txn *txn, uint64_t id, struct id_row *out)
{
    enum { NAME_AT = 1 + sizeof(uint64_t) };
    const struct key key = key_of_id(id);
    struct bytes value;
    const enum status status = table_get(txn, TABLE_IDS, &key, &value);
    if (status != OK)
        return status;
    if (value.size < NAME_AT || (unsigned char)value.data[0] > KIND_NONE ||
        key_read_number(value.data + 1) >= id) /* a parent is older: no way leads in circles */
        return store_status(txn->store, "id", MDB_CORRUPTED);
    out->kind = (enum kind)value.data[0];
    out->parent = key_read_number(value.data + 1);
    out->name = (struct bytes){value.data + NAME_AT, value.size - NAME_AT};
    return OK;
}

static struct key scope_key(const struct scope *scope)
{
    struct key key = {0};
    key_text(&key, scope->account);
    key_byte(&key, 0);
    key_text(&key, scope->region);
    return key;
}

/* The parts of a scope's key, of which text is a copy that ends in NUL. */
static struct scope scope_of(const char *text)
{
    return (struct scope){text, text + strlen(text) + 1};
}

enum status store_scope(struct store_txn *txn, const struct scope *scope, uint64_t *out)
{
    const struct key key = scope_key(scope);
    struct bytes value;
    const enum status status = table_get(txn, TABLE_SCOPES, &key, &value);
    if (status == OK)
        *out = key_read_number(value.data);
    return status;
}

enum status store_scope_make(struct store_txn *txn, const struct scope *scope, uint64_t *out)
{
    uint64_t id;
    enum status status = store_scope(txn, scope, out);
    if (status != ERR_NOT_FOUND)
        return status;
    const struct key key = scope_key(scope);
    status = id_take(txn, KIND_NONE, 0, key_bytes(&key), &id);
    if (status != OK)
        return status;
    const struct key value = key_of_id(id);
    status = table_put(txn, TABLE_SCOPES, &key, key_bytes(&value));
    if (status == OK)
        *out = id;
    return status;
}

enum status store_scopes(struct store_txn *txn, store_scope_visitor *visit, void *context)
{
    char text[KEY_SIZE_MAX + 1] = "";
    struct walk walk;
    enum status status = OK;
    const struct key all = {0};
    walk_begin(&walk, txn, TABLE_SCOPES, &all, &all);
    while (status == OK && walk_next(&walk)) {
        const uint64_t id = key_read_number(walk.value.data);
        memcpy(text, walk.rest.data, walk.rest.size);
        text[walk.rest.size] = '\0';
        const struct scope scope = scope_of(text);
        if (store_has_children(txn, KIND_MESH, id) ||
            store_has_documents(txn, DOCUMENT_NAMESPACE, id))
            status = visit(context, &scope, id);
    }
    const enum status walked = walk_end(&walk);
    return status == OK ? walked : status;
}

enum status store_locate(struct store_txn *txn, uint64_t id, struct arena *arena,
                         struct scope *out_scope, struct resource_path *out, uint64_t *out_parent)
{
    struct id_row own = {0}, row;
    enum status status = id_get(txn, id, &own);
    if (status == OK && own.kind == KIND_NONE)
        status = ERR_NOT_FOUND;
    if (status != OK)
        return status;
    struct resource_path path = {.kind = own.kind};
    for (row = own; status == OK && row.kind != KIND_NONE; status = id_get(txn, row.parent, &row))
        path.names[row.kind] = arena_copy(arena, row.name);
    if (status != OK)
        return store_status(txn->store, "parent", MDB_CORRUPTED);
    *out_scope = scope_of(arena_copy(arena, row.name));
    *out = path;
    *out_parent = own.parent;
    return OK;
}
