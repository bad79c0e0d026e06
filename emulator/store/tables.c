/* SPDX-License-Identifier: Apache-2.0 */
#include "tables.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "log.h"

/* Part of the format, as are the numbers of the kinds. */
const char *const table_names[TABLE_COUNT] = {
    [KIND_MESH] = "mesh",
    [KIND_VIRTUAL_GATEWAY] = "virtualGateway",
    [KIND_GATEWAY_ROUTE] = "gatewayRoute",
    [KIND_VIRTUAL_NODE] = "virtualNode",
    [KIND_VIRTUAL_ROUTER] = "virtualRouter",
    [KIND_ROUTE] = "route",
    [KIND_VIRTUAL_SERVICE] = "virtualService",
    [TABLE_IDS] = "ids",
    [TABLE_SCOPES] = "scopes",
    [TABLE_REFERENCES] = "references",
    [TABLE_TAGS] = "tags",
    [TABLE_TOKENS] = "tokens",
    [TABLE_HIDDEN] = "hidden",
    [TABLE_DOCUMENTS + DOCUMENT_NAMESPACE] = "namespace",
    [TABLE_DOCUMENTS + DOCUMENT_SERVICE] = "service",
    [TABLE_DOCUMENTS + DOCUMENT_INSTANCE] = "instance",
    [TABLE_DOCUMENTS + DOCUMENT_OPERATION] = "operation",
    [TABLE_DOCUMENTS + DOCUMENT_PENDING] = "pending",
    [TABLE_DOCUMENTS + DOCUMENT_INDEX] = "index",
    [TABLE_DOCUMENTS + DOCUMENT_TAGS] = "labels",
    [TABLE_DOCUMENTS + DOCUMENT_CERTIFICATE_USER] = "certificateUser",
    [TABLE_DOCUMENTS + DOCUMENT_CERTIFICATE_STALE] = "certificateStale",
    [TABLE_DOCUMENTS + DOCUMENT_CERTIFICATE] = "certificate",
    [TABLE_META] = "meta",
};

/* What passes when there is room again, or a disk that works. All else is a fault of ours or a
 * damaged file. */
static const int passing[] = {
    MDB_MAP_FULL, MDB_TXN_FULL, MDB_BAD_TXN, MDB_PANIC, ENOSPC, EDQUOT, EIO, ENOMEM,
};

static enum status status_of(int rc)
{
    for (size_t i = 0; i < COUNT(passing); i++)
        if (rc == passing[i])
            return ERR_UNAVAILABLE;
    return ERR_INTERNAL;
}

enum status store_status(struct store *store, const char *what, int rc)
{
    if (rc == MDB_SUCCESS)
        return OK;
    if (rc == MDB_NOTFOUND)
        return ERR_NOT_FOUND;
    if (rc == MDB_KEYEXIST)
        return ERR_CONFLICT;
    if (rc == MDB_PANIC)
        atomic_store(&store->is_dead, true);
    LOG(LOG_ERROR, "store", LOG_T("op", what), LOG_T("error", mdb_strerror(rc)));
    return status_of(rc);
}

static MDB_val val(struct bytes bytes)
{
    return (MDB_val){bytes.size, (void *)(uintptr_t)bytes.data};
}

static struct bytes bytes_of_val(MDB_val v)
{
    return (struct bytes){v.mv_data, v.mv_size};
}

enum status table_get(struct store_txn *txn, unsigned table, const struct key *key,
                      struct bytes *out)
{
    MDB_val k = val(key_bytes(key)), v;
    const int rc = mdb_get(txn->txn, txn->store->tables[table], &k, &v);
    if (rc == MDB_SUCCESS)
        *out = bytes_of_val(v);
    return store_status(txn->store, "get", rc);
}

/* A write takes a copy of a page, if no other did before, and what the value needs. */
static void note_write(struct store_txn *txn, size_t size)
{
    txn->store->batch_bytes += 4096 + size;
}

enum status table_put(struct store_txn *txn, unsigned table, const struct key *key,
                      struct bytes value)
{
    MDB_val k = val(key_bytes(key)), v = val(value);
    note_write(txn, value.size);
    return store_status(txn->store, "put", mdb_put(txn->txn, txn->store->tables[table], &k, &v, 0));
}

enum status table_reserve(struct store_txn *txn, unsigned table, const struct key *key, size_t size,
                          unsigned flags, char **out)
{
    MDB_val k = val(key_bytes(key)), v = {size, NULL};
    note_write(txn, size);
    const int rc = mdb_put(txn->txn, txn->store->tables[table], &k, &v, MDB_RESERVE | flags);
    if (rc == MDB_SUCCESS)
        *out = v.mv_data;
    return store_status(txn->store, "put", rc);
}

enum status table_delete(struct store_txn *txn, unsigned table, const struct key *key)
{
    MDB_val k = val(key_bytes(key));
    note_write(txn, 0);
    return store_status(txn->store, "delete",
                        mdb_del(txn->txn, txn->store->tables[table], &k, NULL));
}

enum status table_clear(struct store_txn *txn, unsigned table, const struct key *key)
{
    const enum status status = table_delete(txn, table, key);
    return status == ERR_NOT_FOUND ? OK : status;
}

void walk_begin(struct walk *walk, struct store_txn *txn, unsigned table, const struct key *prefix,
                const struct key *from)
{
    *walk = (struct walk){.txn = txn, .prefix = *prefix, .from = from ? *from : *prefix};
    const int rc = mdb_cursor_open(txn->txn, txn->store->tables[table], &walk->cursor);
    walk->status = store_status(txn->store, "scan", rc);
}

static bool has_prefix(MDB_val k, const struct key *prefix)
{
    return k.mv_size >= prefix->size && memcmp(k.mv_data, prefix->data, prefix->size) == 0;
}

bool walk_next(struct walk *walk)
{
    if (walk->status != OK)
        return false;
    MDB_val k = val(key_bytes(&walk->from)), v;
    const MDB_cursor_op op = walk->is_started ? MDB_NEXT
                             : k.mv_size > 0  ? MDB_SET_RANGE
                                              : MDB_FIRST;
    const int rc = mdb_cursor_get(walk->cursor, &k, &v, op);
    walk->is_started = true;
    walk->status = store_status(walk->txn->store, "scan", rc);
    if (walk->status == OK && !has_prefix(k, &walk->prefix))
        walk->status = ERR_NOT_FOUND;
    if (walk->status != OK)
        return false;
    walk->rest =
        (struct bytes){(char *)k.mv_data + walk->prefix.size, k.mv_size - walk->prefix.size};
    walk->value = bytes_of_val(v);
    return true;
}

enum status walk_end(struct walk *walk)
{
    if (walk->cursor)
        mdb_cursor_close(walk->cursor);
    walk->cursor = NULL;
    return walk->status == ERR_NOT_FOUND ? OK : walk->status;
}

struct walk *walk_names_begin(struct store_txn *txn, unsigned table, const struct key *prefix,
                              const char *after)
{
    struct walk *walk = memory_new(sizeof *walk);
    struct key from = *prefix;
    if (after) {
        key_text(&from, after);
        key_byte(&from, 0); /* the least key above it, for no name holds NUL */
    }
    walk_begin(walk, txn, table, prefix, &from);
    return walk;
}

bool walk_names_next(struct walk *walk, char out[KEY_TEXT_MAX + 1])
{
    if (!walk_next(walk))
        return false;
    assert(walk->rest.size <= KEY_TEXT_MAX);
    memcpy(out, walk->rest.data, walk->rest.size);
    out[walk->rest.size] = '\0';
    return true;
}

enum status walk_names_end(struct walk *walk)
{
    const enum status status = walk_end(walk);
    free(walk);
    return status;
}

uint64_t table_count(struct store_txn *txn, unsigned table)
{
    MDB_stat stat = {0};
    (void)store_status(txn->store, "count", mdb_stat(txn->txn, txn->store->tables[table], &stat));
    return stat.ms_entries;
}
