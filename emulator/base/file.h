/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole files.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "arena.h"

/* Fills an empty buffer with the file's bytes. False with errno, EFBIG for more than max bytes;
 * what was read until then stays in the buffer. */
bool file_read(const char *path, size_t max, struct buffer *out);

#define FILE_TEXT_MAX ((size_t)1 << 20)

/* The file's text, in the arena. NULL with one line in *out_reason (in the arena) that names the
 * file if it cannot be read, is empty, holds a NUL, or more than FILE_TEXT_MAX bytes. */
const char *file_text(struct arena *, const char *path, const char **out_reason);

#endif
