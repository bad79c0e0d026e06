/* SPDX-License-Identifier: Apache-2.0 */
#include "directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

#define LOCK_FILE "lock"
#define DATA_FILE "data.mdb"
#define UNFINISHED_FILE "unfinished" /* there from before DATA_FILE until its first commit */

bool directory_make(struct arena *arena, const char *path, const char **out_reason)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    *out_reason =
        arena_printf(arena, "cannot make the data directory %s: %s", path, strerror(errno));
    return false;
}

bool directory_make_private(struct arena *arena, const char *parent, const char **out_path,
                            const char **out_reason)
{
    char *path = arena_printf(arena, "%s/appmesh-emulator.XXXXXX", parent);
    if (mkdtemp(path)) {
        *out_path = path;
        return true;
    }
    *out_reason = arena_printf(arena, "cannot make a temporary directory under %s: %s", parent,
                               strerror(errno));
    return false;
}

bool directory_lock(struct arena *arena, const char *path, int *out_fd, const char **out_reason)
{
    const char *file = arena_printf(arena, "%s/" LOCK_FILE, path);
    const int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        *out_fd = fd;
        return true;
    }
    if (fd >= 0 && errno == EWOULDBLOCK)
        *out_reason = arena_printf(arena,
                                   "the data directory %s is in use by another server: stop it, or "
                                   "name another directory with --data",
                                   path);
    else
        *out_reason = arena_printf(arena, "cannot lock %s: %s", file, strerror(errno));
    if (fd >= 0)
        close(fd);
    return false;
}

static int sync_one(const char *path)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    const int rc = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return rc;
}

static int sync_both(struct arena *arena, const char *path)
{
    const int rc = sync_one(path);
    return rc ? rc : sync_one(arena_printf(arena, "%s/..", path));
}

int directory_begin(struct arena *arena, const char *path)
{
    if (access(arena_printf(arena, "%s/" DATA_FILE, path), F_OK) == 0)
        return 0;
    const int fd = open(arena_printf(arena, "%s/" UNFINISHED_FILE, path),
                        O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

bool directory_drop_unfinished(struct arena *arena, const char *path)
{
    return access(arena_printf(arena, "%s/" UNFINISHED_FILE, path), F_OK) == 0 &&
           unlink(arena_printf(arena, "%s/" DATA_FILE, path)) == 0;
}

int directory_finish(struct arena *arena, const char *path)
{
    if (unlink(arena_printf(arena, "%s/" UNFINISHED_FILE, path)) == 0)
        return sync_both(arena, path);
    return errno == ENOENT ? 0 : errno;
}

void directory_remove(struct arena *arena, const char *path)
{
    static const char *const files[] = {LOCK_FILE, DATA_FILE, "lock.mdb"}; /* the last two: LMDB */
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(arena_printf(arena, "%s/%s", path, files[i]));
    rmdir(path);
}
