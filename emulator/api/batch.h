/* SPDX-License-Identifier: Apache-2.0
 *
 * Group commit: the writes of one round of the loop share one transaction, each in a child of its
 * own that fails alone, and are answered after the commit.
 */
#ifndef API_BATCH_H
#define API_BATCH_H

#include "api.h"
#include "loop.h"
#include "metrics.h"

struct batch {
    struct loop *loop;
    struct store *store;
    struct metrics *metrics;
    struct loop_task task; /* calls batch_run */
    struct api_job *first, *last;
    void (*store_died)(void *context);
    bool has_told_death;
    void *context;
};

void batch_add(struct batch *, struct api_job *);

/* Runs and answers what waits. */
void batch_run(struct batch *);

#endif
