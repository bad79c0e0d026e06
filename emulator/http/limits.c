/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/resource.h>

#include "log.h"
#include "server.h"

#define CONNECTIONS 1000u
#define HEAD_PATIENCE_MS 30000
#define DESCRIPTORS_WANTED 16384u
#define DESCRIPTORS_ELSEWHERE 64u /* store, loops, listeners, standard streams */

/* The soft limit of descriptors after raising it. */
static rlim_t raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return DESCRIPTORS_ELSEWHERE;
    rlim_t wanted = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
    if (limit.rlim_cur < wanted) {
        struct rlimit raised = {wanted, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            return wanted;
    }
    return limit.rlim_cur;
}

void limits_settle(struct http_limits *limits)
{
    if (!limits->head_patience_ms)
        limits->head_patience_ms = HEAD_PATIENCE_MS;
    if (!limits->connections)
        limits->connections = CONNECTIONS;
    if (!limits->connections_hard)
        limits->connections_hard = limits->connections + limits->connections / 10;
    rlim_t descriptors = raise_descriptors();
    if (descriptors >= limits->connections_hard + DESCRIPTORS_ELSEWHERE)
        return;
    limits->connections_hard =
        descriptors > DESCRIPTORS_ELSEWHERE ? (unsigned)descriptors - DESCRIPTORS_ELSEWHERE : 1;
    limits->connections = limits->connections_hard - limits->connections_hard / 11;
    LOG(LOG_WARN, "http", LOG_T("event", "few descriptors"),
        LOG_N("descriptors", (int64_t)descriptors), LOG_N("connections", limits->connections));
}
