/* SPDX-License-Identifier: Apache-2.0 */
#include "documents.h"

#include <assert.h>
#include <stdlib.h>

#include "tables.h"

static unsigned table_of(enum document document)
{
    return TABLE_DOCUMENTS + (unsigned)document;
}

static struct key document_key(uint64_t parent, const char *name)
{
    struct key key = key_of_id(parent);
    key_text(&key, name);
    return key;
}

enum status store_document(struct store_txn *txn, enum document document, uint64_t parent,
                           const char *name, struct bytes *out)
{
    if (strlen(name) > KEY_TEXT_MAX)
        return ERR_NOT_FOUND;
    const struct key key = document_key(parent, name);
    return table_get(txn, table_of(document), &key, out);
}

enum status store_document_put(struct store_txn *txn, enum document document, uint64_t parent,
                               const char *name, struct bytes value)
{
    const struct key key = document_key(parent, name);
    return table_put(txn, table_of(document), &key, value);
}

enum status store_document_delete(struct store_txn *txn, enum document document, uint64_t parent,
                                  const char *name)
{
    const struct key key = document_key(parent, name);
    return table_clear(txn, table_of(document), &key);
}

void document_scan_begin(struct document_scan *scan, struct store_txn *txn, enum document document,
                         uint64_t parent, const char *prefix, const char *after)
{
    *scan = (struct document_scan){.walk = memory_new(sizeof *scan->walk)};
    const struct key start = document_key(parent, prefix);
    struct key from = start;
    if (after) {
        key_text(&from, after);
        key_byte(&from, 0); /* the least key above it, for no name holds NUL */
    }
    walk_begin(scan->walk, txn, table_of(document), &start, &from);
}

bool document_scan_next(struct document_scan *scan)
{
    struct walk *walk = scan->walk;
    if (!walk_next(walk))
        return false;
    assert(walk->rest.size < sizeof scan->name);
    memcpy(scan->name, walk->rest.data, walk->rest.size);
    scan->name[walk->rest.size] = '\0';
    scan->value = walk->value;
    return true;
}

enum status document_scan_end(struct document_scan *scan)
{
    const enum status status = walk_end(scan->walk);
    free(scan->walk);
    scan->walk = NULL;
    return status;
}

bool store_has_documents(struct store_txn *txn, enum document document, uint64_t parent)
{
    struct walk walk;
    const struct key prefix = key_of_id(parent);
    walk_begin(&walk, txn, table_of(document), &prefix, NULL);
    const bool is_one = walk_next(&walk);
    return walk_end(&walk) != OK || is_one;
}

uint64_t store_count_documents(struct store_txn *txn, enum document document)
{
    MDB_stat stat = {0};
    (void)store_status(txn->store, "count",
                       mdb_stat(txn->txn, txn->store->tables[table_of(document)], &stat));
    return stat.ms_entries;
}

uint64_t store_next_number(struct store_txn *txn)
{
    return txn->store->next_id++;
}
