/* SPDX-License-Identifier: Apache-2.0 */
#include "tag_list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *key_of(const struct cJSON *tag)
{
    return json_string(tag, "key");
}

static struct cJSON *find(const struct cJSON *tags, const char *key)
{
    for (struct cJSON *tag = json_first(tags); tag; tag = json_next(tag))
        if (strcmp(key_of(tag), key) == 0)
            return tag;
    return NULL;
}

enum status tag_list_check(const struct cJSON *tags, enum status refusal, struct error *error)
{
    for (const struct cJSON *tag = json_first(tags); tag; tag = json_next(tag)) {
        const char *key = key_of(tag);
        if (strncasecmp(key, "aws:", 4) == 0)
            return error_set(error, refusal,
                             "Tag key %s is reserved: keys must not start with aws:", key);
        if (find(tags, key) != tag)
            return error_set(error, refusal, "Tag key %s is given twice", key);
    }
    return OK;
}

void tag_list_merge(struct cJSON *tags, struct cJSON *added)
{
    for (struct cJSON *tag = json_first(added); tag; tag = json_first(added)) {
        struct cJSON *old = find(tags, key_of(tag));
        if (old)
            json_delete(tags, old);
        json_append(tags, json_detach(added, tag));
    }
}

void tag_list_remove(struct cJSON *tags, const struct cJSON *keys)
{
    for (const struct cJSON *key = json_first(keys); key; key = json_next(key)) {
        struct cJSON *tag = find(tags, json_text(key));
        if (tag)
            json_delete(tags, tag);
    }
}

static int by_key(const void *a, const void *b)
{
    return strcmp(key_of(*(struct cJSON *const *)a), key_of(*(struct cJSON *const *)b));
}

void tag_list_sort(struct cJSON *tags)
{
    struct cJSON *sorted[TAGS_MAX];
    size_t count = 0;
    for (struct cJSON *tag = json_first(tags); tag; tag = json_first(tags))
        sorted[count++] = json_detach(tags, tag);
    qsort(sorted, count, sizeof(sorted[0]), by_key);
    for (size_t i = 0; i < count; i++)
        json_append(tags, sorted[i]);
}
