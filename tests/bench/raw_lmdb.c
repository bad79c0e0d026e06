/* SPDX-License-Identifier: Apache-2.0
 *
 * usage: raw_lmdb DIRECTORY VALUE_SIZE MILLISECONDS
 *
 * The ceiling of a store over LMDB that commits each write by itself: puts values of that size
 * under ascending keys into a new environment, each in a synced transaction of its own, back to
 * back. Prints rate and percentiles as JSON.
 */
#include <lmdb.h>
#include <string.h>

#include "samples.h"

#define MAP_SIZE ((size_t)1 << 36)

static void check(const char *what, int rc)
{
    if (rc == MDB_SUCCESS)
        return;
    fprintf(stderr, "raw_lmdb: %s: %s\n", what, mdb_strerror(rc));
    exit(EXIT_FAILURE);
}

static MDB_env *open_new(const char *directory, MDB_dbi *out)
{
    MDB_env *env;
    MDB_txn *txn;
    check("create", mdb_env_create(&env));
    check("size", mdb_env_set_mapsize(env, MAP_SIZE));
    check("tables", mdb_env_set_maxdbs(env, 1));
    check("open", mdb_env_open(env, directory, 0, 0600));
    check("begin", mdb_txn_begin(env, NULL, 0, &txn));
    check("table", mdb_dbi_open(txn, "virtualNode", MDB_CREATE, out));
    check("commit", mdb_txn_commit(txn));
    return env;
}

static void put(MDB_env *env, MDB_dbi table, size_t number, MDB_val value)
{
    char name[32];
    MDB_txn *txn;
    MDB_val key = {(size_t)snprintf(name, sizeof(name), "12345678n%08zu", number), name};
    check("begin", mdb_txn_begin(env, NULL, 0, &txn));
    check("put", mdb_put(txn, table, &key, &value, 0));
    check("commit", mdb_txn_commit(txn));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: raw_lmdb DIRECTORY VALUE_SIZE MILLISECONDS\n", stderr);
        return 2;
    }
    MDB_dbi table;
    MDB_env *env = open_new(argv[1], &table);
    MDB_val value = {strtoul(argv[2], NULL, 10), NULL};
    value.mv_data = malloc(value.mv_size);
    if (!value.mv_data)
        die("raw_lmdb");
    memset(value.mv_data, 'x', value.mv_size);
    struct samples samples = {0};
    double start = now_us(), last = start, end = start + atof(argv[3]) * 1e3;
    while (last < end) {
        put(env, table, samples.count, value);
        double now = now_us();
        samples_add(&samples, now - last);
        last = now;
    }
    samples_print(&samples, last - start, 0);
    free(value.mv_data);
    mdb_env_close(env);
    return 0;
}
