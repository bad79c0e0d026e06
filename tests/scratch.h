/* SPDX-License-Identifier: Apache-2.0
 *
 * A temporary directory of a test's own, gone with scratch_clear.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scratch {
    char path[64];
};

static inline void scratch_make(struct scratch *scratch)
{
    snprintf(scratch->path, sizeof scratch->path, "/tmp/appmesh-test.XXXXXX");
    assert_non_null(mkdtemp(scratch->path));
}

/* A path inside it, valid until the next call. */
static inline const char *scratch_file(const struct scratch *scratch, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", scratch->path, name);
    return path;
}

/* Number of names in it. */
static inline int scratch_count(const struct scratch *scratch)
{
    int count = -2; /* . and .. */
    DIR *directory = opendir(scratch->path);
    assert_non_null(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static inline void scratch_clear(struct scratch *scratch)
{
    struct dirent *entry;
    DIR *directory = opendir(scratch->path);
    assert_non_null(directory);
    while ((entry = readdir(directory)))
        unlink(scratch_file(scratch, entry->d_name));
    closedir(directory);
    assert_int_equal(rmdir(scratch->path), 0);
}

#endif
