/* SPDX-License-Identifier: Apache-2.0
 *
 * Times of single events, in microseconds, for their percentiles.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct samples {
    double *times_us;
    size_t count, capacity;
};

static inline _Noreturn void die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static inline double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline void samples_add(struct samples *samples, double time_us)
{
    if (samples->count == samples->capacity) {
        samples->capacity = samples->capacity ? samples->capacity * 2 : 65536;
        samples->times_us =
            realloc(samples->times_us, samples->capacity * sizeof(samples->times_us[0]));
        if (!samples->times_us)
            die("samples");
    }
    samples->times_us[samples->count++] = time_us;
}

static inline int samples_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts them; 0 if there are none. */
static inline double samples_percentile(struct samples *samples, size_t percent)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->times_us, samples->count, sizeof(samples->times_us[0]), samples_compare);
    return samples->times_us[samples->count * percent / 100];
}

/* One line of JSON; took_us is the time from the first event to the last. */
static inline void samples_print(struct samples *samples, double took_us, size_t errors)
{
    printf("{\"rate\":%.1f,\"count\":%zu,\"errors\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
           (double)samples->count * 1e6 / took_us, samples->count, errors,
           samples_percentile(samples, 50), samples_percentile(samples, 99));
    free(samples->times_us);
}

#endif
