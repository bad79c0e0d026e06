/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tables.h"

#define FREE_PAGES ((MDB_dbi)0) /* LMDB's own list, which a reader may walk */

/* Values of more than a page lie in one run, so the last byte is there only if all are. */
static int walk(MDB_txn *txn, MDB_dbi table)
{
    MDB_cursor *cursor;
    MDB_val key, value;
    int rc = mdb_cursor_open(txn, table, &cursor);
    if (rc != MDB_SUCCESS)
        return rc;
    while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS)
        if (value.mv_size > 0)
            (void)((volatile const char *)value.mv_data)[value.mv_size - 1];
    mdb_cursor_close(cursor);
    return rc == MDB_NOTFOUND ? MDB_SUCCESS : rc;
}

static int walk_named(MDB_txn *txn, const char *name)
{
    MDB_dbi table;
    const int rc = mdb_dbi_open(txn, name, 0, &table);
    if (rc == MDB_NOTFOUND)
        return MDB_SUCCESS;
    return rc == MDB_SUCCESS ? walk(txn, table) : rc;
}

static int walk_all(MDB_txn *txn)
{
    int rc = walk(txn, FREE_PAGES);
    if (rc == MDB_SUCCESS)
        rc = walk_named(txn, NULL);
    for (size_t i = 0; rc == MDB_SUCCESS && i < TABLE_COUNT; i++)
        rc = walk_named(txn, table_names[i]);
    return rc;
}

/* An environment of its own: one must not be used across fork. */
static int open_and_walk(const char *directory)
{
    MDB_env *env;
    MDB_txn *txn;
    int rc = mdb_env_create(&env);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_set_maxdbs(env, TABLE_COUNT);
    if (rc == MDB_SUCCESS)
        rc = mdb_env_open(env, directory, MDB_RDONLY | MDB_NOLOCK, 0);
    if (rc == MDB_SUCCESS)
        rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    return rc == MDB_SUCCESS ? walk_all(txn) : rc;
}

/* It may die, and then at once and unseen. */
static void be_mortal(void)
{
    static const int deaths[] = {SIGBUS, SIGSEGV, SIGABRT};
    for (size_t i = 0; i < COUNT(deaths); i++)
        signal(deaths[i], SIG_DFL);
    const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

bool check_is_whole(const char *directory)
{
    int how;
    const pid_t pid = fork();
    if (pid == 0) {
        be_mortal();
        _exit(open_and_walk(directory) == MDB_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    return pid > 0 && waitpid(pid, &how, 0) == pid && WIFEXITED(how) &&
           WEXITSTATUS(how) == EXIT_SUCCESS;
}
