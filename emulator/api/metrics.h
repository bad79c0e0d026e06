/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts of requests and commits, printed in Prometheus' text form.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stdint.h>

#include "bytes.h"
#include "status.h"

#define METRICS_BUCKETS 12

struct histogram {
    uint64_t buckets[METRICS_BUCKETS + 1]; /* the last: slower than every bound */
    uint64_t count;
    int64_t sum_us;
};

/* The requests of one operation. */
struct metrics_row {
    const char *operation;
    uint64_t counts[STATUS_COUNT];
};

#define METRICS_OPERATIONS_MAX 80 /* the services' 38 and 30, STS, the unknown */

struct metrics {
    struct metrics_row rows[METRICS_OPERATIONS_MAX]; /* in the order of their first request */
    size_t row_count;
    struct histogram request_seconds, commit_seconds;
};

/* operation: a name out of a table, known by its address; NULL: none that is known. */
void metrics_request(struct metrics *, const char *operation, enum status, int64_t took_us);
void metrics_commit(struct metrics *, int64_t took_us);
void metrics_print(const struct metrics *, struct buffer *);

#endif
