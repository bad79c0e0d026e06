/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"
#include "tables.h"

static enum status side_get(struct store_txn *txn, enum table table, uint64_t id, struct bytes *out)
{
    const struct key key = key_of_id(id);
    const enum status status = table_get(txn, table, &key, out);
    if (status != ERR_NOT_FOUND)
        return status;
    *out = BYTES("");
    return OK;
}

static enum status side_put(struct store_txn *txn, enum table table, uint64_t id,
                            struct bytes value)
{
    const struct key key = key_of_id(id);
    return value.size > 0 ? table_put(txn, table, &key, value) : table_clear(txn, table, &key);
}

enum status store_tags(struct store_txn *txn, uint64_t id, struct bytes *out)
{
    return side_get(txn, TABLE_TAGS, id, out);
}

enum status store_tags_put(struct store_txn *txn, uint64_t id, struct bytes tags)
{
    return side_put(txn, TABLE_TAGS, id, tags);
}

enum status store_tokens(struct store_txn *txn, uint64_t id, struct bytes *out)
{
    return side_get(txn, TABLE_TOKENS, id, out);
}

enum status store_tokens_put(struct store_txn *txn, uint64_t id, struct bytes tokens)
{
    return side_put(txn, TABLE_TOKENS, id, tokens);
}

static struct key hidden_key(uint64_t mesh, const char *name)
{
    struct key key = key_of_id(mesh);
    key_text(&key, name);
    return key;
}

enum status store_hidden(struct store_txn *txn, uint64_t mesh, const char *name, int64_t *out)
{
    const struct key key = hidden_key(mesh, name);
    struct bytes value;
    const enum status status = table_get(txn, TABLE_HIDDEN, &key, &value);
    if (status == OK)
        *out = (int64_t)key_read_number(value.data);
    return status;
}

enum status store_hidden_put(struct store_txn *txn, uint64_t mesh, const char *name, int64_t when)
{
    const struct key key = hidden_key(mesh, name), value = key_of_id((uint64_t)when);
    return table_put(txn, TABLE_HIDDEN, &key, key_bytes(&value));
}

enum status store_hidden_delete(struct store_txn *txn, uint64_t mesh, const char *name)
{
    const struct key key = hidden_key(mesh, name);
    return table_clear(txn, TABLE_HIDDEN, &key);
}

enum status store_reset(struct store_txn *txn)
{
    enum status status = OK;
    changes_note_all(txn);
    for (unsigned table = 0; status == OK && table < TABLE_KEPT; table++)
        status =
            store_status(txn->store, "reset", mdb_drop(txn->txn, txn->store->tables[table], 0));
    return status;
}
