/* SPDX-License-Identifier: Apache-2.0
 *
 * The helper of STORE_PROCESS: a thread that syncs the environment once a second while there are
 * commits, and sleeps otherwise.
 */
#ifndef STORE_SYNC_H
#define STORE_SYNC_H

#include <pthread.h>
#include <stdbool.h>

struct MDB_env;

/* All zero is a helper that was never started; the other functions then do nothing. */
struct sync {
    struct MDB_env *env;
    bool is_started;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the two below */
    pthread_cond_t wake;
    bool is_dirty, is_stopping;
};

/* 0 or errno. Again after sync_stop, too. */
int sync_start(struct sync *, struct MDB_env *);
/* There was a commit. */
void sync_note(struct sync *);
/* Syncs a last time and ends the thread. */
void sync_stop(struct sync *);

#endif
