/* SPDX-License-Identifier: Apache-2.0 */
#include "lists.h"

#include "rows.h"
#include "seal.h"

#define PAGE_MOST 100 /* botocore: MaxResults */

static const char *place_of(const struct invocation *call, const char *prefix)
{
    return arena_printf(call->arena, "%s/%s/%s/%s/", call->scope.account, call->scope.region,
                        call->action->name, prefix);
}

enum status list_begin(struct invocation *call, const char *prefix, const char **out_after)
{
    const char *token = input_text(call, "NextToken");
    *out_after = token ? unseal_key(call->store, call->arena, place_of(call, prefix), token) : NULL;
    return token && !*out_after ? error_set(&call->error, ERR_INVALID_INPUT, "Invalid nextToken")
                                : OK;
}

int64_t list_most(const struct invocation *call)
{
    return json_integer(call->input, "MaxResults", PAGE_MOST);
}

void list_add_token(struct invocation *call, const char *prefix, const char *last)
{
    struct buffer token = {0};
    seal_key(call->store, place_of(call, prefix), last, &token);
    json_add_string(call->reply, "NextToken", token.data);
    buffer_clear(&token);
}

static void show(struct invocation *call, const struct list *list, struct cJSON *member,
                 const struct cJSON *row)
{
    if ((list->filters && !filters_hold(call, list->filters, row)) ||
        (list->is_listed && !list->is_listed(call, row)))
        return;
    if (list->show)
        list->show(call, member, row);
    else
        json_append(member, row_view(row, list->view));
}

static enum status scan_page(struct invocation *call, const struct list *list, const char *prefix,
                             const char *after)
{
    struct cJSON *member = list->is_map ? json_add_object(call->reply, list->member)
                                        : json_add_array(call->reply, list->member);
    int64_t left = list_most(call);
    const char *last = NULL;
    struct document_scan scan;
    document_scan_begin(&scan, call->txn, list->document, call->place, prefix, after);
    for (; left >= 0 && document_scan_next(&scan); left--) {
        if (left == 0) {
            list_add_token(call, prefix, last);
            continue;
        }
        struct cJSON *row = row_parse(scan.value);
        show(call, list, member, row);
        json_free(row);
        last = arena_copy(call->arena, bytes_of(scan.name));
    }
    return document_scan_end(&scan);
}

enum status list_page(struct invocation *call, const struct list *list, const char *prefix)
{
    const char *after;
    if (list->filters && filters_check(call, list->filters) != OK)
        return call->error.status;
    enum status status = list_begin(call, prefix, &after);
    return status == OK ? scan_page(call, list, prefix, after) : status;
}
