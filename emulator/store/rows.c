/* SPDX-License-Identifier: Apache-2.0 */
#include "changes.h"
#include "ids.h"
#include "tables.h"

/* A value is this header, then the document: envelope, `,"spec":`, spec, `}`. */
struct row_header {
    uint64_t id, envelope_size;
};
#define SPEC_MEMBER ",\"spec\":"
#define DOCUMENT_END "}"

static struct key row_key(uint64_t parent, const char *name)
{
    struct key key = {0};
    key_number(&key, parent);
    key_text(&key, name);
    return key;
}

static struct bytes between(struct bytes bytes, size_t from, size_t to)
{
    return (struct bytes){bytes.data + from, to - from};
}

static enum status row_read(struct store_txn *txn, struct bytes value, struct store_row *out)
{
    struct row_header header;
    const size_t least = sizeof header + sizeof SPEC_MEMBER - 1 + sizeof DOCUMENT_END - 1;
    if (value.size >= least)
        memcpy(&header, value.data, sizeof header);
    if (value.size < least || header.envelope_size > value.size - least)
        return store_status(txn->store, "row", MDB_CORRUPTED);
    out->id = header.id;
    out->document = between(value, sizeof header, value.size);
    out->envelope = between(out->document, 0, header.envelope_size);
    out->spec = between(out->document, header.envelope_size + sizeof SPEC_MEMBER - 1,
                        out->document.size - (sizeof DOCUMENT_END - 1));
    return OK;
}

enum status store_get(struct store_txn *txn, enum kind kind, uint64_t parent, const char *name,
                      struct store_row *out)
{
    const struct key key = row_key(parent, name);
    struct bytes value;
    const enum status status = table_get(txn, kind, &key, &value);
    return status == OK ? row_read(txn, value, out) : status;
}

static char *append(char *to, const void *data, size_t size)
{
    memcpy(to, data, size);
    return to + size;
}

static void row_write(char *to, uint64_t id, struct bytes envelope, struct bytes spec)
{
    const struct row_header header = {id, envelope.size};
    to = append(to, &header, sizeof header);
    to = append(to, envelope.data, envelope.size);
    to = append(to, SPEC_MEMBER, sizeof SPEC_MEMBER - 1);
    to = append(to, spec.data, spec.size);
    append(to, DOCUMENT_END, sizeof DOCUMENT_END - 1);
}

enum status store_put(struct store_txn *txn, enum kind kind, uint64_t parent, const char *name,
                      uint64_t id, struct bytes envelope, struct bytes spec, uint64_t *out_id)
{
    const struct key key = row_key(parent, name);
    const bool is_new = id == 0;
    const size_t size = sizeof(struct row_header) + envelope.size + sizeof SPEC_MEMBER - 1 +
                        spec.size + sizeof DOCUMENT_END - 1;
    char *value = NULL;
    enum status status = table_reserve(txn, kind, &key, size, is_new ? MDB_NOOVERWRITE : 0, &value);
    if (status != OK)
        return status;
    row_write(value, is_new ? txn->store->next_id : id, envelope, spec);
    if (is_new)
        status = id_take(txn, kind, parent, bytes_of(name), &id);
    if (status == OK)
        status = changes_note_row(txn, id);
    if (status == OK)
        *out_id = id;
    return status;
}

enum status store_delete(struct store_txn *txn, enum kind kind, uint64_t parent, const char *name)
{
    static const unsigned by_id[] = {TABLE_IDS, TABLE_TAGS, TABLE_TOKENS};
    struct store_row row = {0};
    enum status status = store_get(txn, kind, parent, name, &row);
    if (status != OK)
        return status;
    const struct key key = row_key(parent, name), id = key_of_id(row.id);
    status = changes_note_row(txn, row.id);
    if (status == OK)
        status = table_delete(txn, kind, &key);
    for (size_t i = 0; status == OK && i < COUNT(by_id); i++)
        status = table_clear(txn, by_id[i], &id);
    return status;
}

void store_scan_begin(struct store_scan *scan, struct store_txn *txn, enum kind kind,
                      uint64_t parent, const char *after)
{
    const struct key prefix = key_of_id(parent);
    scan->walk = walk_names_begin(txn, kind, &prefix, after);
}

bool store_scan_next(struct store_scan *scan)
{
    struct walk *walk = scan->walk;
    if (!walk_names_next(walk, scan->name))
        return false;
    walk->status = row_read(walk->txn, walk->value, &scan->row);
    return walk->status == OK;
}

enum status store_scan_end(struct store_scan *scan)
{
    return walk_names_end(scan->walk);
}

uint64_t store_count_children(struct store_txn *txn, enum kind kind, uint64_t parent,
                              uint64_t limit)
{
    struct walk walk;
    uint64_t count = 0;
    const struct key prefix = key_of_id(parent);
    walk_begin(&walk, txn, kind, &prefix, &prefix);
    while (count < limit && walk_next(&walk))
        count++;
    return walk_end(&walk) == OK ? count : limit;
}

bool store_has_children(struct store_txn *txn, enum kind kind, uint64_t parent)
{
    return store_count_children(txn, kind, parent, 1) > 0;
}

uint64_t store_count(struct store_txn *txn, enum kind kind)
{
    return table_count(txn, kind);
}
