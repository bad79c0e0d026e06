/* SPDX-License-Identifier: Apache-2.0 */
#include "health.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "address.h"
#include "arena.h"
#include "bytes.h"
#include "clock.h"

#define ANSWER_SEC 2 /* for connect, and for each read and write */
#define PAUSE_NS 50000000

/* The places that HOST:PORT names; NULL and the reason if it names none. */
static struct addrinfo *look_up(const char *address, const char **out_reason)
{
    struct arena arena = {0};
    struct addrinfo hints = {.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const char *host, *port;
    int problem = address_split(&arena, address, &host, &port)
                      ? getaddrinfo(host, port, &hints, &found)
                      : EAI_NONAME;
    arena_clear(&arena);
    *out_reason = problem ? gai_strerror(problem) : NULL;
    return problem ? NULL : found;
}

static int connect_to(const struct addrinfo *place)
{
    struct timeval patience = {.tv_sec = ANSWER_SEC};
    int fd = socket(place->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, place->ai_addr, place->ai_addrlen) == 0)
        return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

/* Closes the connection. NULL if the server is ready, else why it is not. */
static const char *ask(int fd)
{
    const struct bytes question = BYTES("GET /_emulator/health HTTP/1.1\r\n"
                                        "Host: localhost\r\nConnection: close\r\n\r\n");
    const struct bytes ready = BYTES("HTTP/1.1 200 ");
    char answer[sizeof "HTTP/1.1 200 "];
    const char *reason = NULL;
    if (send(fd, question.data, question.size, MSG_NOSIGNAL) != (ssize_t)question.size ||
        recv(fd, answer, ready.size, MSG_WAITALL) != (ssize_t)ready.size)
        reason = "no answer";
    else if (memcmp(answer, ready.data, ready.size) != 0)
        reason = "the answer is not 200";
    close(fd);
    return reason;
}

static const char *try(const char *address)
{
    const char *reason = NULL;
    struct addrinfo *places = look_up(address, &reason);
    int fd = -1;
    for (struct addrinfo *place = places; place && fd < 0; place = place->ai_next)
        fd = connect_to(place);
    if (places) {
        reason = fd < 0 ? strerror(errno) : ask(fd);
        freeaddrinfo(places);
    }
    return reason;
}

int health_check(const char *address, uint64_t wait_sec)
{
    int64_t end_ms = clock_monotonic_ms() + (int64_t)wait_sec * 1000;
    const char *reason = try(address);
    while (reason && clock_monotonic_ms() < end_ms) {
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        reason = try(address);
    }
    if (reason)
        fprintf(stderr, "appmesh-emulator: %s is not ready: %s\n", address, reason);
    return reason ? 1 : 0;
}
