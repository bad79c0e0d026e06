/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder that holds a store: made, and kept to one server.
 * Errors: false, with one line for people in *out_reason, in the arena.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include <stdbool.h>

struct arena;

bool directory_make(struct arena *, const char *path, const char **out_reason);
/* A folder nobody else knows, under parent. */
bool directory_make_private(struct arena *, const char *parent, const char **out_path,
                            const char **out_reason);
/* *out_fd holds the lock until it is closed, or the process is gone. */
bool directory_lock(struct arena *, const char *path, int *out_fd, const char **out_reason);
/* Around the making of a store, 0 or errno: _begin leaves a mark if there is no store yet. After
 * _finish, which takes the mark away, the folder and the names in it outlive a power loss. */
int directory_begin(struct arena *, const char *path);
int directory_finish(struct arena *, const char *path);
/* For a store that LMDB cannot read: removes it if it still has the mark, for then the power went
 * before its first commit. False: it has not, or cannot be removed. */
bool directory_drop_unfinished(struct arena *, const char *path);
/* Removes the folder with a store's files, which live on for those who have them open. */
void directory_remove(struct arena *, const char *path);

#endif
