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
/* Makes the folder and the names in it outlive a power loss. 0 or errno. */
int directory_sync(struct arena *, const char *path);
/* Removes the folder with a store's files, which live on for those who have them open. */
void directory_remove(struct arena *, const char *path);

#endif
