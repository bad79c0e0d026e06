/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the emulator, between it and the disk. Keeps a journal of what it writes to its
 * store, syncs, hears from clients and answers, from which the tests make the disk as a power loss
 * would leave it; and lets calls fail or syncs wait as a page of memory shared with the tests says.
 *
 * SHIM_FILE: the store's data.mdb. SHIM_JOURNAL, SHIM_CONTROL: both optional, files of the tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define META_PAGES_BYTES 8192 /* LMDB's two meta pages come first */
#define HEARD_MAX 4096        /* of a request is kept: its head */
#define SAID_MAX 16           /* of an answer: its status */

enum call { NONE, PWRITE, PWRITE_META, WRITEV, SYNC };

/* The tests write the first block, the shim the second; disk.py has the same fields in this order.
 */
struct control {
    _Atomic int32_t call; /* that fails, */
    _Atomic int32_t nth;  /* from 1 */
    _Atomic int32_t error, is_lasting, is_short, holds_syncs;

    _Atomic int32_t seen, failed, held;
};

/* Followed by its payload. */
struct event {
    int64_t position; /* w, m: in the file; s: how many events came before its start; t: the size */
    int32_t fd;
    uint32_t size;
    char type; /* write, m: write that is its own sync, sync, truncate, request, answer */
    char padding[7];
};

static struct control none, *control = &none;
static const char *file;
static int journal = -1;
static int64_t events;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("SHIM_CONTROL");
    file = getenv("SHIM_FILE");
    if (path) {
        const int fd = open(path, O_RDWR | O_CLOEXEC);
        control = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (control == MAP_FAILED)
            abort();
        close(fd);
    }
    path = getenv("SHIM_JOURNAL");
    if (path)
        journal = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static bool is_store(int fd)
{
    struct stat ours, stores;
    return file && fstat(fd, &ours) == 0 && stat(file, &stores) == 0 &&
           ours.st_ino == stores.st_ino && ours.st_dev == stores.st_dev;
}

/* ---- the journal ---- */

static int64_t count_events(void)
{
    pthread_mutex_lock(&mutex);
    const int64_t count = events;
    pthread_mutex_unlock(&mutex);
    return count;
}

static void record_parts(struct event event, const struct iovec *parts, int count)
{
    struct iovec all[1 + IOV_MAX] = {
        {&event, sizeof event}
    };
    if (journal < 0)
        return;
    for (int i = 0; i < count; i++) {
        all[1 + i] = parts[i];
        event.size += (uint32_t)parts[i].iov_len;
    }
    pthread_mutex_lock(&mutex);
    events++;
    if (syscall(SYS_writev, journal, all, count + 1) < 0)
        abort();
    pthread_mutex_unlock(&mutex);
}

static void record(char type, int fd, int64_t position, const void *data, size_t size)
{
    const struct iovec part = {(void *)data, size};
    record_parts((struct event){.type = type, .fd = fd, .position = position}, &part, 1);
}

static char write_type(int fd)
{
    return fcntl(fd, F_GETFL) & O_DSYNC ? 'm' : 'w';
}

/* ---- faults ---- */

static bool fails(enum call call)
{
    if (control->call != (int32_t)call)
        return false;
    const int32_t seen = atomic_fetch_add(&control->seen, 1) + 1;
    if (control->is_lasting ? seen < control->nth : seen != control->nth)
        return false;
    control->failed = 1;
    errno = control->error;
    return true;
}

static void wait_while_held(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    while (control->holds_syncs) {
        control->held = 1;
        nanosleep(&moment, NULL);
    }
}

/* ---- what stands in front of libc ---- */

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    const bool is_ours = is_store(fd);
    if (is_ours && fails(offset < META_PAGES_BYTES ? PWRITE_META : PWRITE))
        return control->is_short ? syscall(SYS_pwrite64, fd, data, size / 2, offset) : -1;
    const ssize_t written = syscall(SYS_pwrite64, fd, data, size, offset);
    if (is_ours && written > 0)
        record(write_type(fd), fd, offset, data, (size_t)written);
    return written;
}

/* LMDB's writes are whole or fail; a journal that told another story would be worthless. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    const bool is_ours = is_store(fd);
    const off_t offset = is_ours ? lseek(fd, 0, SEEK_CUR) : 0;
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    if (is_ours && fails(WRITEV))
        return control->is_short ? syscall(SYS_writev, fd, parts, (count + 1) / 2) : -1;
    const ssize_t written = syscall(SYS_writev, fd, parts, count);
    if (is_ours && written == (ssize_t)size)
        record_parts((struct event){.type = write_type(fd), .fd = fd, .position = offset}, parts,
                     count);
    else if (is_ours && journal >= 0)
        abort();
    return written;
}

static int sync_with(long number, int fd)
{
    if (!is_store(fd))
        return (int)syscall(number, fd);
    wait_while_held();
    if (fails(SYNC))
        return -1;
    const int64_t before = count_events();
    const int rc = (int)syscall(number, fd);
    if (rc == 0)
        record('s', fd, before, "", 0);
    return rc;
}

int fdatasync(int fd)
{
    return sync_with(SYS_fdatasync, fd);
}

int fsync(int fd)
{
    return sync_with(SYS_fsync, fd);
}

int ftruncate(int fd, off_t size)
{
    const int rc = (int)syscall(SYS_ftruncate, fd, size);
    if (rc == 0 && is_store(fd))
        record('t', fd, size, "", 0);
    return rc;
}

ssize_t recv(int fd, void *data, size_t size, int flags)
{
    const ssize_t received = syscall(SYS_recvfrom, fd, data, size, flags, NULL, NULL);
    if (received > 0)
        record('r', fd, 0, data, received < HEARD_MAX ? (size_t)received : HEARD_MAX);
    return received;
}

/* Noted before it leaves: from here on the client may know. */
static void note_answer(int fd, const void *data, size_t size)
{
    if (size >= SAID_MAX && memcmp(data, "HTTP/", 5) == 0)
        record('a', fd, 0, data, SAID_MAX);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    note_answer(fd, data, size);
    return syscall(SYS_sendto, fd, data, size, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    if (message->msg_iovlen > 0)
        note_answer(fd, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
    return syscall(SYS_sendmsg, fd, message, flags);
}
