/* SPDX-License-Identifier: Apache-2.0 */
#include "tags.h"

#include <string.h>

#include "json.h"
#include "pages.h"
#include "place.h"
#include "tag_list.h"

#define PAGE_MOST 50 /* botocore: TagsLimit */

static const char *key_of(const struct cJSON *tag)
{
    return json_string(tag, "key");
}

static enum status are_too_many(struct call *call, int count)
{
    return error_set(&call->error, ERR_TOO_MANY_TAGS,
                     "%s would have %d tags; a resource has at most %d",
                     call->query[PARAMETER_RESOURCE_ARN], count, TAGS_MAX);
}

enum status tags_check_count(struct call *call)
{
    int count = json_size(json_member(call->input, "tags"));
    return count > TAGS_MAX ? are_too_many(call, count) : OK;
}

static enum status put(struct call *call, uint64_t id, struct cJSON *tags)
{
    struct buffer text = {0};
    tag_list_sort(tags);
    json_print(&text, tags);
    enum status status = store_tags_put(call->txn, id, buffer_bytes(&text));
    buffer_clear(&text);
    return status;
}

enum status tags_put_new(struct call *call, uint64_t id, struct cJSON *tags)
{
    return json_size(tags) > 0 ? put(call, id, tags) : OK;
}

/* The caller frees *out. */
static enum status get(struct call *call, uint64_t id, struct cJSON **out)
{
    struct bytes text;
    struct json_fault fault;
    enum status status = store_tags(call->txn, id, &text);
    if (status == OK)
        *out = text.size > 0 ? json_parse(text, &fault) : json_new_array();
    return status;
}

static enum status is_invalid_arn(struct call *call, enum status status, const char *what,
                                  const char *value)
{
    return error_set(&call->error, status,
                     "%s is an invalid ARN. Invalid %s in the ARN provided : %s",
                     call->query[PARAMETER_RESOURCE_ARN], what, value);
}

/* Source: the account's text is recorded (aws-app-mesh-user-guide#40); the others follow it. */
static enum status find_tagged(struct call *call, struct store_row *out)
{
    struct scope scope;
    struct place place;
    const char *arn = call->query[PARAMETER_RESOURCE_ARN];
    if (!arn_parse(call->arena, arn, &scope, &call->path))
        return error_set(&call->error, ERR_BAD_REQUEST, "%s is an invalid ARN.", arn);
    if (strcmp(scope.account, call->scope.account) != 0)
        return is_invalid_arn(call, ERR_ACCESS_DENIED, "account id", scope.account);
    if (strcmp(scope.region, call->scope.region) != 0)
        return is_invalid_arn(call, ERR_BAD_REQUEST, "region", scope.region);
    return place_find_row(call, &place, out);
}

static void print_page(struct call *call, const struct cJSON *tags, const struct page *page)
{
    struct buffer out = {0};
    const struct cJSON *last = NULL, *tag = json_first(tags);
    while (tag && page->after && strcmp(key_of(tag), page->after) <= 0)
        tag = json_next(tag);
    buffer_text(&out, "{\"tags\":[");
    for (int64_t n = 0; tag && n < page->limit; n++, last = tag, tag = json_next(tag)) {
        if (n > 0)
            buffer_char(&out, ',');
        json_print(&out, tag);
    }
    buffer_char(&out, ']');
    if (tag && last)
        page_print_token(call, page, key_of(last), &out);
    buffer_char(&out, '}');
    call->output = (struct bytes){arena_copy(call->arena, buffer_bytes(&out)), out.size};
    buffer_clear(&out);
}

/* The tags of the resource that the call names. The caller frees *out_tags, also after a failure.
 */
static enum status get_tagged(struct call *call, uint64_t *out_id, struct cJSON **out_tags)
{
    struct store_row row = {0};
    enum status status = find_tagged(call, &row);
    if (status == OK)
        status = get(call, row.id, out_tags);
    *out_id = row.id;
    return status;
}

enum status tags_list(struct call *call)
{
    uint64_t id;
    struct page page;
    struct cJSON *tags = NULL;
    enum status status = get_tagged(call, &id, &tags);
    if (status == OK)
        status = page_begin(call, id, PAGE_MOST, &page);
    if (status == OK)
        print_page(call, tags, &page);
    json_free(tags);
    return status;
}

enum status tags_add(struct call *call)
{
    uint64_t id;
    struct cJSON *tags = NULL;
    enum status status = get_tagged(call, &id, &tags);
    if (status == OK) {
        tag_list_merge(tags, json_member(call->input, "tags"));
        status =
            json_size(tags) > TAGS_MAX ? are_too_many(call, json_size(tags)) : put(call, id, tags);
    }
    json_free(tags);
    call->output = BYTES("{}");
    return status;
}

enum status tags_remove(struct call *call)
{
    uint64_t id;
    struct cJSON *tags = NULL;
    enum status status = get_tagged(call, &id, &tags);
    if (status == OK) {
        tag_list_remove(tags, json_member(call->input, "tagKeys"));
        status = put(call, id, tags);
    }
    json_free(tags);
    call->output = BYTES("{}");
    return status;
}
