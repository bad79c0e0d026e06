/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "meta.h"
#include "tables.h"

bool store_is_dead(const struct store *store)
{
    return atomic_load(&store->is_dead);
}

struct bytes store_secret(const struct store *store)
{
    return (struct bytes){(const char *)store->secret, sizeof store->secret};
}

enum status store_read(struct store *store, struct store_txn **reader)
{
    if (*reader)
        return store_status(store, "read", mdb_txn_renew((*reader)->txn));
    MDB_txn *txn;
    const int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
    if (rc == MDB_SUCCESS) {
        *reader = memory_new(sizeof **reader);
        **reader = (struct store_txn){store, txn};
    }
    return store_status(store, "read", rc);
}

void store_read_end(struct store_txn *reader)
{
    if (reader)
        mdb_txn_reset(reader->txn);
}

void store_reader_free(struct store_txn *reader)
{
    if (reader)
        mdb_txn_abort(reader->txn);
    free(reader);
}

static enum status begin(struct store *store, MDB_txn *parent, struct store_txn *slot,
                         struct store_txn **out)
{
    assert(!slot->txn);
    slot->store = store;
    const enum status status =
        store_status(store, "begin", mdb_txn_begin(store->env, parent, 0, &slot->txn));
    if (status == OK)
        *out = slot;
    return status;
}

static int finish(struct store_txn *slot, bool is_kept)
{
    MDB_txn *txn = slot->txn;
    slot->txn = NULL;
    if (is_kept)
        return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return MDB_SUCCESS;
}

enum status store_begin(struct store *store, struct store_txn **out)
{
    return begin(store, NULL, &store->batch, out);
}

/* A meta page that could not be written leaves LMDB refusing every transaction, which only the next
 * one would tell. */
static void look_for_panic(struct store *store)
{
    MDB_txn *txn;
    const int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
    if (rc == MDB_SUCCESS)
        mdb_txn_abort(txn);
    else
        (void)store_status(store, "begin", rc);
}

enum status store_end(struct store_txn *batch, enum status outcome)
{
    struct store *store = batch->store;
    assert(batch == &store->batch && !store->child.txn);
    if (outcome == OK)
        outcome = meta_save_next_id(batch);
    const int rc = finish(batch, outcome == OK);
    if (rc != MDB_SUCCESS) {
        look_for_panic(store);
        return store_status(store, "commit", rc);
    }
    if (outcome == OK) {
        store->saved_next_id = store->next_id;
        sync_note(&store->sync);
    }
    return outcome;
}

enum status store_child_begin(struct store_txn *batch, struct store_txn **out)
{
    return begin(batch->store, batch->txn, &batch->store->child, out);
}

enum status store_child_end(struct store_txn *child, enum status outcome)
{
    assert(child == &child->store->child);
    const int rc = finish(child, outcome == OK);
    return rc == MDB_SUCCESS ? outcome : store_status(child->store, "commit", rc);
}
