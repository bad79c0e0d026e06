/* SPDX-License-Identifier: Apache-2.0 */
#include "documents.h"

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
    const struct key start = document_key(parent, prefix);
    scan->walk = walk_names_begin(txn, table_of(document), &start, after);
}

bool document_scan_next(struct document_scan *scan)
{
    const bool is_there = walk_names_next(scan->walk, scan->name);
    scan->value = scan->walk->value;
    return is_there;
}

enum status document_scan_end(struct document_scan *scan)
{
    return walk_names_end(scan->walk);
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
    return table_count(txn, table_of(document));
}

uint64_t store_next_number(struct store_txn *txn)
{
    return txn->store->next_id++;
}
