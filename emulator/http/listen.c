/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "server.h"

#define CONNECTIONS 1000u
#define HEAD_PATIENCE_MS 30000
#define DESCRIPTORS_WANTED 16384u
#define DESCRIPTORS_ELSEWHERE 64u /* store, loops, listeners, standard streams */

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && !text[digits] && strtoul(text, NULL, 10) <= UINT16_MAX;
}

/* Takes "host:port" apart; an IPv6 host stands in brackets. */
static bool split_address(struct arena *arena, const char *address, const char **host,
                          const char **port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || !is_port(colon + 1))
        return false;
    struct bytes name = {address, (size_t)(colon - address)};
    if (address[0] == '[' && colon[-1] == ']')
        name = (struct bytes){address + 1, name.size - 2};
    else if (memchr(address, ':', name.size) || address[0] == '[')
        return false;
    *host = arena_copy(arena, name);
    *port = colon + 1;
    return name.size > 0;
}

static struct addrinfo *resolve(struct arena *arena, const char *address, const char **out_reason)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *host, *port;
    if (!split_address(arena, address, &host, &port)) {
        *out_reason = arena_printf(arena, "%s: must be ADDR:PORT or [ADDR]:PORT", address);
        return NULL;
    }
    int error = getaddrinfo(host, port, &hints, &found);
    if (error)
        *out_reason = arena_printf(arena, "%s: %s", address, gai_strerror(error));
    return error ? NULL : found;
}

/* The address as bound: port 0 has become a real one. */
static void print_address(int fd, char *out, size_t size)
{
    struct sockaddr_storage bound = {0};
    socklen_t length = sizeof(bound);
    char host[NI_MAXHOST] = "", port[NI_MAXSERV] = "";
    getsockname(fd, (struct sockaddr *)&bound, &length);
    getnameinfo((struct sockaddr *)&bound, length, host, sizeof(host), port, sizeof(port),
                NI_NUMERICHOST | NI_NUMERICSERV);
    bool is_bracketed = bound.ss_family == AF_INET6;
    snprintf(out, size, "%s%s%s:%s", is_bracketed ? "[" : "", host, is_bracketed ? "]" : "", port);
}

int listen_open(const char *address, char *out, size_t size, struct arena *arena,
                const char **out_reason)
{
    struct addrinfo *where = resolve(arena, address, out_reason);
    if (!where)
        return -1;
    int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool is_open = fd >= 0 &&
                   setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
                   bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0;
    if (is_open) {
        print_address(fd, out, size);
    } else {
        *out_reason = errno == EADDRINUSE ? arena_printf(arena, "%s: the port is in use", address)
                                          : arena_printf(arena, "%s: %s", address, strerror(errno));
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(where);
    return is_open ? fd : -1;
}

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
