/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics.h"

#include <assert.h>
#include <inttypes.h>

#define PREFIX "appmesh_emulator_"

static const int64_t bounds_us[METRICS_BUCKETS] = {100,   250,   500,    1000,   2500,    5000,
                                                   10000, 25000, 100000, 250000, 1000000, 5000000};

static void observe(struct histogram *histogram, int64_t took_us)
{
    size_t i = 0;
    while (i < METRICS_BUCKETS && took_us > bounds_us[i])
        i++;
    histogram->buckets[i]++;
    histogram->count++;
    histogram->sum_us += took_us;
}

static struct metrics_row *row_of(struct metrics *metrics, const char *operation)
{
    size_t i = 0;
    while (i < metrics->row_count && metrics->rows[i].operation != operation)
        i++;
    assert(i < METRICS_OPERATIONS_MAX);
    if (i == metrics->row_count)
        metrics->rows[metrics->row_count++].operation = operation;
    return &metrics->rows[i];
}

void metrics_request(struct metrics *metrics, const char *operation, enum status status,
                     int64_t took_us)
{
    static const char unknown[] = "unknown";
    row_of(metrics, operation ? operation : unknown)->counts[status]++;
    observe(&metrics->request_seconds, took_us);
}

void metrics_commit(struct metrics *metrics, int64_t took_us)
{
    observe(&metrics->commit_seconds, took_us);
}

static void print_requests(const uint64_t counts[STATUS_COUNT], const char *name,
                           struct buffer *out)
{
    for (enum status first = 0; first < STATUS_COUNT; first++) {
        uint64_t sum = 0;
        bool is_first = true; /* several outcomes share an HTTP status: one line for all */
        for (enum status other = 0; other < STATUS_COUNT; other++) {
            if (status_http(other) != status_http(first))
                continue;
            is_first = is_first && other >= first;
            sum += counts[other];
        }
        if (is_first && sum > 0)
            buffer_printf(out,
                          PREFIX "requests_total{operation=\"%s\",status=\"%d\"} %" PRIu64 "\n",
                          name, status_http(first), sum);
    }
}

static void print_histogram(const struct histogram *histogram, const char *name, const char *help,
                            struct buffer *out)
{
    uint64_t sum = 0;
    buffer_printf(out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s histogram\n", name, help, name);
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        sum += histogram->buckets[i];
        buffer_printf(out, PREFIX "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name,
                      (double)bounds_us[i] / 1e6, sum);
    }
    buffer_printf(out,
                  PREFIX "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n" PREFIX "%s_sum %.6f\n" PREFIX
                         "%s_count %" PRIu64 "\n",
                  name, histogram->count, name, (double)histogram->sum_us / 1e6, name,
                  histogram->count);
}

void metrics_print(const struct metrics *metrics, struct buffer *out)
{
    buffer_text(out, "# HELP " PREFIX "requests_total Requests answered.\n"
                     "# TYPE " PREFIX "requests_total counter\n");
    for (size_t i = 0; i < metrics->row_count; i++)
        print_requests(metrics->rows[i].counts, metrics->rows[i].operation, out);
    print_histogram(&metrics->request_seconds, "request_seconds",
                    "Time from a request's head to its answer.", out);
    print_histogram(&metrics->commit_seconds, "commit_seconds", "Time of a commit.", out);
}
