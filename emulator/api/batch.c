/* SPDX-License-Identifier: Apache-2.0 */
#include "batch.h"

#include "clock.h"
#include "issuer.h"
#include "store.h"

void batch_add(struct batch *batch, struct api_job *job)
{
    job->next = NULL;
    if (batch->last)
        batch->last->next = job;
    else
        batch->first = job;
    batch->last = job;
    loop_defer(batch->loop, &batch->task);
}

/* Takes the jobs that share the next commit off the list: a large one alone, else all up to one. */
static struct api_job *take_group(struct batch *batch)
{
    struct api_job *group = batch->first, *end = group;
    while (!group->is_large && end->next && !end->next->is_large)
        end = end->next;
    batch->first = end->next;
    if (!batch->first)
        batch->last = NULL;
    end->next = NULL;
    return group;
}

static void run_nested(struct store_txn *txn, struct api_job *group)
{
    for (struct api_job *job = group; job; job = job->next) {
        struct store_txn *child;
        job->status = store_child_begin(txn, &child);
        if (job->status == OK)
            job->status = store_child_end(child, job->run(job->context, child));
    }
}

/* What failed by itself keeps its own outcome; what did not shares that of the commit. */
static void settle(struct api_job *group, enum status commit)
{
    for (struct api_job *job = group; job; job = job->next)
        if (job->status == OK)
            job->status = commit;
}

static enum status commit(struct batch *batch, struct store_txn *txn)
{
    enum status status = issuer_issue(txn);
    int64_t start_us = clock_monotonic_us();
    status = store_end(txn, status);
    metrics_commit(batch->metrics, clock_monotonic_us() - start_us);
    return status;
}

static void run_group(struct batch *batch, struct api_job *group)
{
    struct store_txn *txn;
    enum status status = store_begin(batch->store, &txn);
    if (status == OK && group->is_large) {
        group->status = group->run(group->context, txn);
        status = group->status == OK ? commit(batch, txn) : store_end(txn, group->status);
    } else if (status == OK) {
        run_nested(txn, group);
        status = commit(batch, txn);
    } else {
        for (struct api_job *job = group; job; job = job->next)
            job->status = status;
    }
    settle(group, status);
}

static void answer(struct api_job *group)
{
    for (struct api_job *job = group, *next; job; job = next) {
        next = job->next;
        job->done(job->context, job->status);
    }
}

void batch_run(struct batch *batch)
{
    while (batch->first) {
        struct api_job *group = take_group(batch);
        run_group(batch, group);
        answer(group);
    }
    if (store_is_dead(batch->store) && !batch->has_told_death) {
        batch->has_told_death = true;
        batch->store_died(batch->context);
    }
}
