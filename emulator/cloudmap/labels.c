/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include "ids.h"
#include "rows.h"
#include "tag_list.h"

static enum status are_too_many(struct invocation *call)
{
    row_set_text(call->error_members, "ResourceName", input_text(call, "ResourceARN"));
    return error_set(&call->error, ERR_TOO_MANY_TAGS, "A resource has at most %d tags", TAGS_MAX);
}

/* What the two members of a tag are called. */
struct words {
    const char *key, *value;
};
static const struct words shown = {"Key", "Value"}, kept = {"key", "value"};

static void copy(const struct cJSON *tags, const struct words *from, struct cJSON *out,
                 const struct words *to)
{
    for (const struct cJSON *tag = json_first(tags); tag; tag = json_next(tag)) {
        struct cJSON *one = json_new_object();
        row_set_copy(one, to->key, json_member(tag, from->key));
        row_set_copy(one, to->value, json_member(tag, from->value));
        json_append(out, one);
    }
}

void labels_show(const struct cJSON *labels, struct cJSON *out)
{
    copy(labels, &kept, out, &shown);
}

/* The input's Tags as they are kept. */
static struct cJSON *given(struct invocation *call)
{
    struct cJSON *labels = invocation_keep(call, json_new_array());
    copy(json_member(call->input, "Tags"), &shown, labels, &kept);
    return labels;
}

enum status labels_check(struct invocation *call)
{
    if (json_size(json_member(call->input, "Tags")) > TAGS_MAX)
        return are_too_many(call);
    return tag_list_check(given(call), ERR_INVALID_INPUT, &call->error);
}

static enum status save(struct invocation *call, const char *id, struct cJSON *labels)
{
    if (json_size(labels) > TAGS_MAX)
        return are_too_many(call);
    if (json_size(labels) == 0)
        return row_drop(call, DOCUMENT_TAGS, id);
    tag_list_sort(labels);
    return row_save(call, DOCUMENT_TAGS, id, labels);
}

enum status labels_put_new(struct invocation *call, const char *id)
{
    struct cJSON *labels = given(call);
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
    if (status == ERR_NOT_FOUND) {
        error_set(&call->error, ERR_NO_TAGGED, "Resource not found: %s", arn);
        return ERR_NO_TAGGED;
    }
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
    struct cJSON *labels, *tags = json_add_array(call->reply, "Tags");
    const char *id;
    enum status status = load(call, &id, &labels);
    if (status == OK)
        labels_show(labels, tags);
    return status;
}

enum status labels_add(struct invocation *call)
{
    struct cJSON *labels;
    const char *id;
    enum status status = labels_check(call);
    if (status == OK)
        status = load(call, &id, &labels);
    if (status != OK)
        return status;
    tag_list_merge(labels, given(call));
    return save(call, id, labels);
}

enum status labels_remove(struct invocation *call)
{
    struct cJSON *labels;
    const char *id;
    enum status status = load(call, &id, &labels);
    if (status != OK)
        return status;
    tag_list_remove(labels, json_member(call->input, "TagKeys"));
    return save(call, id, labels);
}
