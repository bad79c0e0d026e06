/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <stdio.h>

#define PIECE_SIZE 65536

bool file_read(const char *path, size_t max, struct buffer *out)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    size_t got;
    do {
        got = fread(buffer_reserve(out, PIECE_SIZE), 1, PIECE_SIZE, file);
        out->size += got;
    } while (got > 0 && out->size <= max);
    int why = out->size > max ? EFBIG : ferror(file) ? errno : 0;
    fclose(file);
    errno = why;
    return why == 0;
}

/* Why the file's bytes are no text; NULL if they are. */
static const char *complaint(const struct buffer *text)
{
    if (text->size == 0)
        return "the file is empty";
    return memchr(text->data, '\0', text->size) ? "the file is not text" : NULL;
}

const char *file_text(struct arena *arena, const char *path, const char **out_reason)
{
    struct buffer text = {0};
    const char *why = file_read(path, FILE_TEXT_MAX, &text) ? complaint(&text) : strerror(errno);
    if (why)
        *out_reason = arena_printf(arena, "%s: %s", path, why);
    const char *copy = why ? NULL : arena_copy(arena, buffer_bytes(&text));
    buffer_clear(&text);
    return copy;
}
