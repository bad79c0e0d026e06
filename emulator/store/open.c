/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"
#include "check.h"
#include "directory.h"
#include "environment.h"
#include "meta.h"
#include "tables.h"

/* One store_open. */
struct opening {
    const struct store_options *options;
    struct arena *arena;
    const char *directory; /* NULL: none made yet */
    struct store *store;
    const char *reason;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct opening *opening,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    opening->reason = arena_vprintf(opening->arena, format, arguments);
    va_end(arguments);
    return false;
}

static bool refuse_damaged(struct opening *opening, const char *why)
{
    return refuse(opening, "the store %s/data.mdb is damaged (%s): " ENVIRONMENT_ADVICE,
                  opening->directory, why);
}

static bool refuse_foreign(struct opening *opening)
{
    return refuse(opening, "%s/data.mdb is not a store of this program: " ENVIRONMENT_ADVICE,
                  opening->directory);
}

/* Any failure that has no advice of its own. */
static bool refuse_rc(struct opening *opening, int rc)
{
    return refuse(opening, "cannot open the store in %s: %s", opening->directory, mdb_strerror(rc));
}

static bool take_directory(struct opening *opening)
{
    const char *path = opening->options->directory;
    struct arena *arena = opening->arena;
    const bool is_made = opening->options->is_memory
                             ? directory_make_private(arena, path, &path, &opening->reason)
                             : directory_make(arena, path, &opening->reason);
    if (!is_made)
        return false;
    opening->directory = path;
    return directory_lock(arena, path, &opening->store->lock_fd, &opening->reason);
}

static bool is_synced(const struct store_options *options)
{
    return !options->is_memory && options->durability == STORE_POWER;
}

static int make_environment(struct opening *opening)
{
    struct store *store = opening->store;
    int rc = directory_begin(opening->arena, opening->directory);
    if (rc == 0)
        rc = environment_open(store);
    if (rc != MDB_INVALID || !directory_drop_unfinished(opening->arena, opening->directory))
        return rc;
    environment_close(store);
    return environment_open(store);
}

static int environment_begin(struct opening *opening)
{
    struct store *store = opening->store;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    store->directory = strdup(opening->directory);
    store->map_size = (size_t)opening->options->map_size / page * page; /* LMDB wants whole ones */
    store->flags = is_synced(opening->options) ? 0 : MDB_NOSYNC | MDB_NOMETASYNC;
    if (!store->directory)
        return ENOMEM;
    return opening->options->is_memory ? environment_open(store) : make_environment(opening);
}

static bool take_environment(struct opening *opening)
{
    const int rc = environment_begin(opening);
    switch (rc) {
    case MDB_SUCCESS:
        return true;
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return refuse_foreign(opening);
    case ENOMEM:
        return refuse(opening,
                      "cannot reserve %llu bytes of address space for the store in %s: raise the "
                      "limit (ulimit -v), or give a smaller --map-size",
                      (unsigned long long)opening->store->map_size, opening->directory);
    default:
        return refuse_rc(opening, rc);
    }
}

/* A file that was cut short must not be used, for LMDB would die reading it. But one that ends
 * early may be sound: LMDB counts pages that a transaction took and gave back, and never writes
 * them. So that is looked into, and the file brought to its full length, all holes, to be quick
 * next time. */
static bool check_length(struct opening *opening)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int fd;
    MDB_env *env = opening->store->env;
    if (mdb_env_info(env, &info) || mdb_env_stat(env, &stat) || mdb_env_get_fd(env, &fd) ||
        fstat(fd, &file))
        return refuse_rc(opening, errno);
    const off_t whole = (off_t)(info.me_last_pgno + 1) * (off_t)stat.ms_psize;
    if (file.st_size >= whole)
        return true;
    if (!check_is_whole(opening->directory))
        return refuse_damaged(opening, "it was cut short");
    return ftruncate(fd, whole) == 0 || refuse_rc(opening, errno);
}

/* True if nobody ever stored anything: a server may have been killed before its first commit. */
static bool is_blank(MDB_txn *txn)
{
    MDB_dbi unnamed;
    MDB_stat stat;
    return mdb_dbi_open(txn, NULL, 0, &unnamed) == MDB_SUCCESS &&
           mdb_stat(txn, unnamed, &stat) == MDB_SUCCESS && stat.ms_entries == 0;
}

enum finding { BLANK, WHOLE, LACKING, REFUSED };

static enum finding look_into(struct opening *opening, struct store_txn *txn)
{
    uint64_t format;
    int rc = mdb_dbi_open(txn->txn, table_names[TABLE_META], 0, &txn->store->tables[TABLE_META]);
    if (rc == MDB_NOTFOUND && is_blank(txn->txn))
        return BLANK;
    if (rc != MDB_SUCCESS || meta_load(txn, &format) != OK)
        return refuse_foreign(opening), REFUSED;
    if (format != META_FORMAT) {
        refuse(opening,
               "the store %s/data.mdb has format %llu and this program reads only format "
               "%d: " ENVIRONMENT_ADVICE,
               opening->directory, (unsigned long long)format, META_FORMAT);
        return REFUSED;
    }
    rc = environment_open_tables(txn, 0);
    if (rc != MDB_SUCCESS && rc != MDB_NOTFOUND)
        return refuse_damaged(opening, mdb_strerror(rc)), REFUSED;
    return rc == MDB_SUCCESS ? WHOLE : LACKING;
}

/* A store that exists is only read, which is quick and needs no disk. */
static bool look(struct opening *opening, enum finding *out)
{
    struct store_txn txn = {.store = opening->store};
    int rc = mdb_txn_begin(opening->store->env, NULL, MDB_RDONLY, &txn.txn);
    if (rc != MDB_SUCCESS)
        return refuse_rc(opening, rc);
    *out = look_into(opening, &txn);
    rc = mdb_txn_commit(txn.txn); /* else the tables would be closed again */
    if (rc != MDB_SUCCESS)
        return refuse_rc(opening, rc);
    return *out != REFUSED;
}

static bool complete(struct opening *opening, bool is_blank_store)
{
    struct store_txn txn = {.store = opening->store};
    int rc = mdb_txn_begin(opening->store->env, NULL, 0, &txn.txn);
    if (rc != MDB_SUCCESS)
        return refuse_rc(opening, rc);
    rc = environment_open_tables(&txn, MDB_CREATE);
    if (rc == MDB_SUCCESS && is_blank_store && meta_make(&txn) != OK)
        rc = MDB_MAP_FULL; /* nothing else stops a write before its commit */
    if (rc != MDB_SUCCESS) {
        mdb_txn_abort(txn.txn);
        return refuse_rc(opening, rc);
    }
    rc = mdb_txn_commit(txn.txn);
    return rc == MDB_SUCCESS || refuse_rc(opening, rc);
}

static bool take_tables(struct opening *opening)
{
    enum finding finding = REFUSED;
    int rc = 0;
    if (!look(opening, &finding))
        return false;
    if (finding != WHOLE && !complete(opening, finding == BLANK))
        return false;
    opening->store->saved_next_id = opening->store->next_id;
    if (!opening->options->is_memory)
        rc = directory_finish(opening->arena, opening->directory);
    return rc == 0 || refuse_rc(opening, rc);
}

static bool start_helper(struct opening *opening)
{
    const struct store_options *options = opening->options;
    if (options->is_memory || options->durability != STORE_PROCESS)
        return true;
    const int rc = sync_start(&opening->store->sync, opening->store->env);
    return rc == 0 || refuse_rc(opening, rc);
}

/* A store in memory: nobody finds it again, itself included. */
static void forget_directory(struct opening *opening)
{
    if (opening->directory)
        directory_remove(opening->arena, opening->directory);
    free(opening->store->directory);
    opening->store->directory = NULL;
}

struct store *store_open(const struct store_options *options, struct arena *arena,
                         const char **out_reason)
{
    struct store *store = memory_new(sizeof *store);
    *store = (struct store){.lock_fd = -1, .readers.mutex = PTHREAD_MUTEX_INITIALIZER};
    struct opening opening = {.options = options, .arena = arena, .store = store};
    const bool is_open = take_directory(&opening) && take_environment(&opening) &&
                         check_length(&opening) && take_tables(&opening) && start_helper(&opening);
    if (options->is_memory)
        forget_directory(&opening);
    if (is_open)
        return store;
    *out_reason = opening.reason;
    store_close(store);
    return NULL;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    sync_stop(&store->sync);
    environment_close(store);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    pthread_mutex_destroy(&store->readers.mutex);
    free(store->directory);
    free(store);
}
