/* SPDX-License-Identifier: Apache-2.0 */
#include "certificates.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

struct mapping {
    const char *arn;
    struct certificate pem; /* of an authority: without a key */
    struct mapping *next;
};

struct certificates {
    struct arena arena;
    struct mapping *first;
};

static const char *read_pem(struct certificates *all, const char *path, struct arena *arena,
                            const char **out_reason)
{
    const char *text = file_text(arena, path, out_reason);
    return text != NULL ? arena_copy(&all->arena, bytes_of(text)) : NULL;
}

/* The text up to the separator, which is there; moves past it. */
static const char *cut(struct arena *arena, const char **text, char separator)
{
    const char *end = strchr(*text, separator);
    assert(end != NULL);
    const char *part = arena_copy(arena, (struct bytes){*text, (size_t)(end - *text)});
    *text = end + 1;
    return part;
}

static bool load(struct certificates *all, const char *text, bool has_key, struct arena *arena,
                 const char **out_reason)
{
    struct mapping *mapping = arena_new(&all->arena, sizeof(*mapping));
    const char *rest = text;
    mapping->arn = cut(&all->arena, &rest, '=');
    const char *chain = has_key ? cut(arena, &rest, ',') : rest;
    mapping->pem.chain = read_pem(all, chain, arena, out_reason);
    if (mapping->pem.chain != NULL && has_key)
        mapping->pem.key = read_pem(all, rest, arena, out_reason);
    mapping->next = all->first;
    all->first = mapping;
    return mapping->pem.chain != NULL && (!has_key || mapping->pem.key != NULL);
}

static bool load_all(struct certificates *all, const char *const *texts, bool has_key,
                     struct arena *arena, const char **out_reason)
{
    for (; texts != NULL && *texts != NULL; texts++)
        if (!load(all, *texts, has_key, arena, out_reason))
            return false;
    return true;
}

struct certificates *certificates_load(const char *const *certificates,
                                       const char *const *authorities, struct arena *arena,
                                       const char **out_reason)
{
    struct certificates *all = memory_new(sizeof(*all));
    if (load_all(all, certificates, true, arena, out_reason) &&
        load_all(all, authorities, false, arena, out_reason))
        return all;
    certificates_free(all);
    return NULL;
}

void certificates_free(struct certificates *all)
{
    if (all == NULL)
        return;
    arena_clear(&all->arena);
    free(all);
}

static const struct mapping *find(const struct certificates *all, const char *arn)
{
    const struct mapping *mapping = all->first;
    while (mapping != NULL && strcmp(mapping->arn, arn) != 0)
        mapping = mapping->next;
    return mapping;
}

bool certificates_find(const struct certificates *all, const char *arn, struct certificate *out)
{
    const struct mapping *mapping = find(all, arn);
    if (mapping == NULL || mapping->pem.key == NULL)
        return false;
    *out = mapping->pem;
    return true;
}

const char *certificates_authority(const struct certificates *all, const char *arn)
{
    const struct mapping *mapping = find(all, arn);
    return mapping != NULL ? mapping->pem.chain : NULL;
}
