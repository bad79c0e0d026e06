/* SPDX-License-Identifier: Apache-2.0 */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arena.h"

void address_print(const struct sockaddr *address, char out[ADDRESS_SIZE])
{
    char host[INET6_ADDRSTRLEN];
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
        snprintf(out, ADDRESS_SIZE, "%s:%u", host, ntohs(v4->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
        snprintf(out, ADDRESS_SIZE, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        snprintf(out, ADDRESS_SIZE, "unknown");
    }
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && digits <= 5 && !text[digits] && strtoul(text, NULL, 10) <= UINT16_MAX;
}

bool address_split(struct arena *arena, const char *address, const char **out_host,
                   const char **out_port)
{
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || !is_port(colon + 1))
        return false;
    size_t size = (size_t)(colon - address);
    bool is_bracketed = address[0] == '[';
    if (is_bracketed ? size < 3 || colon[-1] != ']' : memchr(address, ':', size) != NULL)
        return false;
    *out_host = is_bracketed ? arena_copy(arena, (struct bytes){address + 1, size - 2})
                             : arena_copy(arena, (struct bytes){address, size});
    *out_port = arena_copy(arena, bytes_of(colon + 1));
    return true;
}

static struct addrinfo *resolve(struct arena *arena, const char *address, const char **out_reason)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                          .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    const char *host, *port;
    if (!address_split(arena, address, &host, &port)) {
        *out_reason = arena_printf(arena, "%s: must be ADDR:PORT or [ADDR]:PORT", address);
        return NULL;
    }
    int error = getaddrinfo(host, port, &hints, &found);
    if (error)
        *out_reason = arena_printf(arena, "%s: %s", address, gai_strerror(error));
    return error ? NULL : found;
}

int address_listen(const char *address, char out[ADDRESS_SIZE], struct arena *arena,
                   const char **out_reason)
{
    struct addrinfo *to = resolve(arena, address, out_reason);
    if (!to)
        return -1;
    struct sockaddr_storage bound = {0};
    socklen_t size = sizeof(bound);
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool is_open = fd >= 0 &&
                   setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
                   bind(fd, to->ai_addr, to->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0 &&
                   getsockname(fd, (struct sockaddr *)&bound, &size) == 0;
    if (is_open) {
        address_print((struct sockaddr *)&bound, out);
    } else {
        const char *why = errno == EADDRINUSE ? "the port is in use" : strerror(errno);
        *out_reason = arena_printf(arena, "%s: %s", address, why);
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(to);
    return is_open ? fd : -1;
}
