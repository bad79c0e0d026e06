/* SPDX-License-Identifier: Apache-2.0 */
#include "environment.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

#define READERS_MAX 16 /* threads that read: two, and room for tools that look at the file */

/* LMDB would abort. Half a batch is lost, as in a power cut, and nobody was told that it was kept.
 */
static void die_of_damage(MDB_env *env, const char *assertion)
{
    const char *path = "";
    mdb_env_get_path(env, &path);
    fprintf(stderr, "appmesh-emulator: the store %s/data.mdb is damaged (%s): %s\n", path,
            assertion, ENVIRONMENT_ADVICE);
    _exit(EXIT_FAILURE);
}

int environment_open(struct store *store)
{
    MDB_env *env;
    int rc = mdb_env_create(&env);
    if (rc != MDB_SUCCESS)
        return rc;
    store->env = env;
    rc = mdb_env_set_mapsize(env, store->map_size);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_set_maxreaders(env, READERS_MAX);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_set_maxdbs(env, TABLE_COUNT);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_set_assert(env, die_of_damage);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_open(env, store->directory, MDB_NOTLS | store->flags, 0600);
    if (rc == MDB_SUCCESS)
        rc = mdb_reader_check(env, NULL); /* slots of a server that was killed */
    return rc;
}

void environment_close(struct store *store)
{
    if (store->env)
        mdb_env_close(store->env);
    store->env = NULL;
}

int environment_open_tables(struct store_txn *txn, unsigned flags)
{
    int rc = MDB_SUCCESS;
    for (size_t i = 0; rc == MDB_SUCCESS && i < TABLE_COUNT; i++)
        rc = mdb_dbi_open(txn->txn, table_names[i], flags, &txn->store->tables[i]);
    return rc;
}

static int open_again(struct store *store)
{
    struct store_txn txn = {.store = store};
    int rc = environment_open(store);
    if (rc == MDB_SUCCESS)
        rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn.txn);
    if (rc != MDB_SUCCESS)
        return rc;
    rc = environment_open_tables(&txn, 0);
    const int committed = mdb_txn_commit(txn.txn);
    return rc == MDB_SUCCESS ? committed : rc;
}

static void die_unless(struct store *store, const char *what, int rc)
{
    if (rc == MDB_SUCCESS)
        return;
    LOG(LOG_ERROR, "store", LOG_T("op", what), LOG_T("error", mdb_strerror(rc)));
    atomic_store(&store->is_dead, true);
}

static void exchange(struct store *store)
{
    for (struct store_txn *reader = store->readers.first; reader; reader = reader->next) {
        mdb_txn_abort(reader->txn);
        reader->txn = NULL;
    }
    environment_close(store);
    die_unless(store, "reopen", open_again(store));
    malloc_trim(0);
}

/* The helper's last sync comes before the lock: a reader must not wait for the disk. */
void environment_renew(struct store *store)
{
    const bool has_helper = store->sync.is_started;
    sync_stop(&store->sync);
    pthread_mutex_lock(&store->readers.mutex);
    store->is_bloated = store->readers.active > 0;
    if (!store->is_bloated)
        exchange(store);
    pthread_mutex_unlock(&store->readers.mutex);
    if (has_helper && !store_is_dead(store))
        die_unless(store, "sync", sync_start(&store->sync, store->env));
}
