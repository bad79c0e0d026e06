/* SPDX-License-Identifier: Apache-2.0
 *
 * Counts of requests and commits, printed in Prometheus' text form.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include <stdint.h>

#include "bytes.h"
#include "operations.h"

#define METRICS_BUCKETS 12

struct histogram {
    uint64_t buckets[METRICS_BUCKETS + 1]; /* the last: slower than every bound */
    uint64_t count;
    int64_t sum_us;
};

struct metrics {
    uint64_t requests[OPERATION_COUNT + 1][STATUS_COUNT]; /* the last row: no operation */
    struct histogram request_seconds, commit_seconds;
};

void metrics_request(struct metrics *, const struct operation *, enum status, int64_t took_us);
void metrics_commit(struct metrics *, int64_t took_us);
void metrics_print(const struct metrics *, struct buffer *);

#endif
