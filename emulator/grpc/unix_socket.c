/* SPDX-License-Identifier: Apache-2.0 */
#include "unix_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "arena.h"

#define SCHEME "unix:"

static const char *path_of(const char *address)
{
    return address + sizeof(SCHEME) - 1;
}

bool unix_socket_is(const char *address)
{
    return strncmp(address, SCHEME, sizeof(SCHEME) - 1) == 0;
}

static bool is_socket(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 && S_ISSOCK(found.st_mode);
}

/* True if somebody listens there, or if it cannot be known. */
static bool is_answered(const struct sockaddr_un *to)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    bool is_dead = connect(fd, (const struct sockaddr *)to, sizeof(*to)) != 0 &&
                   (errno == ECONNREFUSED || errno == ENOENT);
    close(fd);
    return !is_dead;
}

/* NULL, or why it did not work. */
static const char *bind_and_listen(int fd, const struct sockaddr_un *to)
{
    const struct sockaddr *address = (const struct sockaddr *)to;
    if (is_socket(to->sun_path)) {
        if (is_answered(to))
            return "the socket is in use";
        unlink(to->sun_path);
    }
    if (bind(fd, address, sizeof(*to)) != 0)
        return errno == EADDRINUSE ? "a file is in the way" : strerror(errno);
    if (chmod(to->sun_path, 0666) != 0 || listen(fd, SOMAXCONN) != 0)
        return strerror(errno);
    return NULL;
}

static int listen_at(const char *path, const char **out_why)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (!*path || strlen(path) >= sizeof(to.sun_path)) {
        *out_why = "the path must have 1 to 107 bytes";
        return -1;
    }
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const char *why = fd < 0 ? strerror(errno) : bind_and_listen(fd, &to);
    if (why && fd >= 0)
        close(fd);
    *out_why = why;
    return why ? -1 : fd;
}

int unix_socket_listen(const char *address, struct arena *arena, const char **out_reason)
{
    const char *why;
    int fd = listen_at(path_of(address), &why);
    if (fd < 0)
        *out_reason = arena_printf(arena, "%s: %s", address, why);
    return fd;
}

void unix_socket_remove(const char *address)
{
    if (unix_socket_is(address))
        unlink(path_of(address));
}
