/* SPDX-License-Identifier: Apache-2.0 */
#include "sync.h"

#include <lmdb.h>
#include <signal.h>
#include <time.h>

#include "log.h"

#define INTERVAL_S 1

/* Waits out the interval, or less when told to stop. Called with the mutex held. */
static void rest(struct sync *sync)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += INTERVAL_S;
    while (!sync->is_stopping && pthread_cond_timedwait(&sync->wake, &sync->mutex, &until) == 0)
        ;
}

static void *run(void *context)
{
    struct sync *sync = context;
    bool is_last = false;
    pthread_mutex_lock(&sync->mutex);
    while (!is_last) {
        while (!sync->is_dirty && !sync->is_stopping)
            pthread_cond_wait(&sync->wake, &sync->mutex);
        rest(sync);
        is_last = sync->is_stopping;
        sync->is_dirty = false;
        pthread_mutex_unlock(&sync->mutex);
        const int rc = mdb_env_sync(sync->env, 1);
        if (rc != MDB_SUCCESS)
            LOG(LOG_ERROR, "store", LOG_T("op", "sync"), LOG_T("error", mdb_strerror(rc)));
        pthread_mutex_lock(&sync->mutex);
    }
    pthread_mutex_unlock(&sync->mutex);
    return NULL;
}

/* Signals are the loops' business: the helper is born with all of them blocked. */
static int start_thread(struct sync *sync)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int rc = pthread_create(&sync->thread, NULL, run, sync);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int sync_start(struct sync *sync, struct MDB_env *env)
{
    pthread_condattr_t monotonic;
    *sync = (struct sync){.env = env};
    pthread_mutex_init(&sync->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sync->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    const int rc = start_thread(sync);
    sync->is_started = rc == 0;
    return rc;
}

void sync_note(struct sync *sync)
{
    if (!sync->is_started)
        return;
    pthread_mutex_lock(&sync->mutex);
    if (!sync->is_dirty)
        pthread_cond_signal(&sync->wake);
    sync->is_dirty = true;
    pthread_mutex_unlock(&sync->mutex);
}

void sync_stop(struct sync *sync)
{
    if (!sync->is_started)
        return;
    pthread_mutex_lock(&sync->mutex);
    sync->is_stopping = true;
    pthread_cond_signal(&sync->wake);
    pthread_mutex_unlock(&sync->mutex);
    pthread_join(sync->thread, NULL);
    pthread_cond_destroy(&sync->wake);
    pthread_mutex_destroy(&sync->mutex);
    sync->is_started = false;
}
