/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include <stdlib.h>
#include <strings.h>

#include "ids.h"
#include "rows.h"

#define LABELS_MAX 50 /* documented: tags of one resource */

static enum status are_too_many(struct invocation *call)
{
    row_set_text(call->error_members, "ResourceName", input_text(call, "ResourceARN"));
    return error_set(&call->error, ERR_TOO_MANY_TAGS, "A resource has at most %d tags", LABELS_MAX);
}

static struct cJSON *find(const struct cJSON *tags, const char *member, const char *key)
{
    for (struct cJSON *tag = json_first(tags); tag; tag = json_next(tag))
        if (strcmp(json_string(tag, member), key) == 0)
            return tag;
    return NULL;
}

enum status labels_check(struct invocation *call, const struct cJSON *tags)
{
    if (json_size(tags) > LABELS_MAX)
        return are_too_many(call);
    for (const struct cJSON *tag = json_first(tags); tag; tag = json_next(tag)) {
        const char *key = json_string(tag, "Key");
        if (strncasecmp(key, "aws:", 4) == 0)
            return error_set(&call->error, ERR_INVALID_INPUT,
                             "Tag key %s is reserved: keys must not start with aws:", key);
        if (find(tags, "Key", key) != tag)
            return error_set(&call->error, ERR_INVALID_INPUT, "Tag key %s is given twice", key);
    }
    return OK;
}

struct entry {
    const char *key;
    struct cJSON *label;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

static void sort(struct cJSON *labels)
{
    struct entry entries[LABELS_MAX];
    size_t count = 0;
    for (struct cJSON *label = json_first(labels); label; label = json_first(labels))
        entries[count++] = (struct entry){json_string(label, "key"), json_detach(labels, label)};
    qsort(entries, count, sizeof(entries[0]), by_key);
    for (size_t i = 0; i < count; i++)
        json_append(labels, entries[i].label);
}

static enum status save(struct invocation *call, const char *id, struct cJSON *labels)
{
    if (json_size(labels) > LABELS_MAX)
        return are_too_many(call);
    if (json_size(labels) == 0)
        return row_drop(call, DOCUMENT_TAGS, id);
    sort(labels);
    return row_save(call, DOCUMENT_TAGS, id, labels);
}

static void remove_key(struct cJSON *labels, const char *key)
{
    struct cJSON *old = find(labels, "key", key);
    if (old)
        json_delete(labels, old);
}

/* One of the same key is replaced. */
static void merge(struct cJSON *labels, const struct cJSON *tags)
{
    for (const struct cJSON *tag = json_first(tags); tag; tag = json_next(tag)) {
        struct cJSON *label = json_new_object();
        remove_key(labels, json_string(tag, "Key"));
        json_add_string(label, "key", json_string(tag, "Key"));
        json_add_string(label, "value", json_string(tag, "Value"));
        json_append(labels, label);
    }
}

enum status labels_put_new(struct invocation *call, const char *id)
{
    struct cJSON *labels = invocation_keep(call, json_new_array());
    merge(labels, json_member(call->input, "Tags"));
    return json_size(labels) > 0 ? save(call, id, labels) : OK;
}

/* The namespace or service of the input's ResourceARN and its tags. */
static enum status load(struct invocation *call, const char **out_id, struct cJSON **out)
{
    const char *arn = input_text(call, "ResourceARN"), *id = id_of_text(call, arn);
    struct bytes text;
    enum status status = ERR_NOT_FOUND;
    if (id != arn)
        status = store_document(call->txn, DOCUMENT_NAMESPACE, call->place, id, &text);
    if (id != arn && status == ERR_NOT_FOUND)
        status = store_document(call->txn, DOCUMENT_SERVICE, call->place, id, &text);
    if (status == ERR_NOT_FOUND)
        return error_set(&call->error, ERR_NO_TAGGED, "Resource not found: %s", arn);
    if (status == OK)
        status = row_load(call, DOCUMENT_TAGS, id, out);
    if (status == ERR_NOT_FOUND) {
        *out = invocation_keep(call, json_new_array());
        status = OK;
    }
    *out_id = id;
    return status;
}

enum status labels_list(struct invocation *call)
{
    struct cJSON *labels = NULL, *tags = json_add_array(call->reply, "Tags");
    const char *id = NULL;
    enum status status = load(call, &id, &labels);
    if (status != OK)
        return status;
    for (const struct cJSON *label = json_first(labels); label; label = json_next(label)) {
        struct cJSON *tag = json_new_object();
        json_add_string(tag, "Key", json_string(label, "key"));
        json_add_string(tag, "Value", json_string(label, "value"));
        json_append(tags, tag);
    }
    return OK;
}

enum status labels_add(struct invocation *call)
{
    struct cJSON *labels = NULL;
    const char *id = NULL;
    enum status status = labels_check(call, json_member(call->input, "Tags"));
    if (status == OK)
        status = load(call, &id, &labels);
    if (status != OK)
        return status;
    merge(labels, json_member(call->input, "Tags"));
    return save(call, id, labels);
}

enum status labels_remove(struct invocation *call)
{
    struct cJSON *labels = NULL;
    const char *id = NULL;
    enum status status = load(call, &id, &labels);
    if (status != OK)
        return status;
    const struct cJSON *key = json_first(json_member(call->input, "TagKeys"));
    for (; key; key = json_next(key))
        remove_key(labels, json_text(key));
    return save(call, id, labels);
}
