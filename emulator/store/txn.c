/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "changes.h"
#include "environment.h"
#include "meta.h"
#include "tables.h"

#define LARGE_BATCH_BYTES ((size_t)8 << 20) /* some 500 requests */

bool store_is_dead(const struct store *store)
{
    return atomic_load(&store->is_dead);
}

struct bytes store_secret(const struct store *store)
{
    return (struct bytes){(const char *)store->secret, sizeof store->secret};
}

static struct store_txn *reader_new(struct store *store)
{
    struct store_txn *reader = memory_new(sizeof *reader);
    *reader = (struct store_txn){.store = store, .next = store->readers.first};
    store->readers.first = reader;
    return reader;
}

static int reader_begin(struct store *store, struct store_txn *reader)
{
    if (reader->txn)
        return mdb_txn_renew(reader->txn);
    return mdb_txn_begin(store->env, NULL, MDB_RDONLY, &reader->txn);
}

enum status store_read(struct store *store, struct store_txn **reader)
{
    struct readers *readers = &store->readers;
    int rc = MDB_PANIC;
    pthread_mutex_lock(&readers->mutex);
    if (!store_is_dead(store)) {
        if (!*reader)
            *reader = reader_new(store);
        rc = reader_begin(store, *reader);
    }
    if (rc == MDB_SUCCESS) {
        (*reader)->is_active = true;
        readers->active++;
    }
    pthread_mutex_unlock(&readers->mutex);
    return store_status(store, "read", rc);
}

static void stop(struct readers *readers, struct store_txn *reader)
{
    if (!reader->is_active)
        return;
    mdb_txn_reset(reader->txn);
    reader->is_active = false;
    readers->active--;
}

void store_read_end(struct store_txn *reader)
{
    if (!reader)
        return;
    struct readers *readers = &reader->store->readers;
    pthread_mutex_lock(&readers->mutex);
    stop(readers, reader);
    pthread_mutex_unlock(&readers->mutex);
}

void store_reader_free(struct store_txn *reader)
{
    if (!reader)
        return;
    struct readers *readers = &reader->store->readers;
    pthread_mutex_lock(&readers->mutex);
    stop(readers, reader);
    struct store_txn **at = &readers->first;
    while (*at != reader)
        at = &(*at)->next;
    *at = reader->next;
    if (reader->txn)
        mdb_txn_abort(reader->txn);
    pthread_mutex_unlock(&readers->mutex);
    free(reader);
}

static enum status begin(struct store *store, MDB_txn *parent, struct store_txn *slot,
                         struct store_txn **out)
{
    assert(!slot->txn);
    slot->store = store;
    const int rc =
        store_is_dead(store) ? MDB_PANIC : mdb_txn_begin(store->env, parent, 0, &slot->txn);
    if (rc == MDB_SUCCESS)
        *out = slot;
    return store_status(store, "begin", rc);
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
    store->batch_bytes = 0;
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

/* Gives back what a large batch has left in LMDB's hands. */
static void shed(struct store *store)
{
    if (store->batch_bytes > LARGE_BATCH_BYTES && store->directory)
        store->is_bloated = true;
    if (store->is_bloated)
        environment_renew(store);
}

enum status store_end(struct store_txn *batch, enum status outcome)
{
    struct store *store = batch->store;
    assert(batch == &store->batch && !store->child.txn);
    if (outcome == OK)
        outcome = meta_save_next_id(batch);
    const int rc = finish(batch, outcome == OK);
    changes_end(store, rc == MDB_SUCCESS && outcome == OK);
    if (rc != MDB_SUCCESS) {
        look_for_panic(store);
        return store_status(store, "commit", rc);
    }
    if (outcome == OK) {
        store->saved_next_id = store->next_id;
        sync_note(&store->sync);
    }
    shed(store);
    return outcome;
}

enum status store_child_begin(struct store_txn *batch, struct store_txn **out)
{
    changes_begin_child(batch->store);
    return begin(batch->store, batch->txn, &batch->store->child, out);
}

enum status store_child_end(struct store_txn *child, enum status outcome)
{
    assert(child == &child->store->child);
    const int rc = finish(child, outcome == OK);
    if (rc != MDB_SUCCESS || outcome != OK)
        changes_drop_child(child->store);
    return rc == MDB_SUCCESS ? outcome : store_status(child->store, "commit", rc);
}
