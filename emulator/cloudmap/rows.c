/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <assert.h>
#include <ctype.h>

#include "ids.h"

struct cJSON *row_parse(struct bytes text)
{
    struct json_fault fault;
    struct cJSON *row = json_parse(text, &fault);
    return row ? row : json_new_object();
}

enum status row_load(struct invocation *call, enum document document, const char *name,
                     struct cJSON **out)
{
    struct bytes text;
    enum status status = store_document(call->txn, document, call->place, name, &text);
    if (status == OK)
        *out = invocation_keep(call, row_parse(text));
    return status;
}

enum status row_save(struct invocation *call, enum document document, const char *name,
                     const struct cJSON *row)
{
    struct buffer text = {0};
    json_print(&text, row);
    enum status status =
        store_document_put(call->txn, document, call->place, name, buffer_bytes(&text));
    buffer_clear(&text);
    return status;
}

enum status row_drop(struct invocation *call, enum document document, const char *name)
{
    return store_document_delete(call->txn, document, call->place, name);
}

void row_set(struct cJSON *row, const char *name, struct cJSON *value)
{
    struct cJSON *old = json_member(row, name);
    if (old)
        json_delete(row, old);
    if (value)
        json_add(row, name, value);
}

void row_set_copy(struct cJSON *row, const char *name, const struct cJSON *value)
{
    row_set(row, name, value ? json_copy(value) : NULL);
}

void row_set_text(struct cJSON *row, const char *name, const char *text)
{
    row_set(row, name, text ? json_new_string(text) : NULL);
}

void row_set_number(struct cJSON *row, const char *name, double value)
{
    row_set(row, name, NULL);
    json_add_number(row, name, value);
}

void row_add(struct cJSON *row, const char *name, int64_t more)
{
    int64_t value = json_integer(row, name, 0) + more;
    row_set(row, name, NULL);
    json_add_integer(row, name, value);
}

struct cJSON *row_view(const struct cJSON *row, const char *const *members)
{
    struct cJSON *view = json_new_object();
    for (; *members; members++)
        row_set_copy(view, *members, json_member(row, *members));
    return view;
}

const char *row_text(const struct cJSON *row, const char *path)
{
    char name[64];
    const char *dot = strchr(path, '.');
    if (!dot)
        return json_string(row, path);
    size_t size = (size_t)(dot - path);
    assert(size < sizeof name);
    memcpy(name, path, size);
    name[size] = '\0';
    return row_text(json_member(row, name), dot + 1);
}

/* ---- things by id ---- */

static enum status say_missing(struct invocation *call, enum status found, enum status missing,
                               const char *what)
{
    return found == ERR_NOT_FOUND ? error_set(&call->error, missing, "%s not found", what) : found;
}

/* Source of the first text: recorded, kubernetes-sigs/external-dns#5180; the others follow it. */
enum status namespace_find(struct invocation *call, const char *id, struct cJSON **out)
{
    return say_missing(call, row_load(call, DOCUMENT_NAMESPACE, id_of_text(call, id), out),
                       ERR_NO_NAMESPACE, "Namespace");
}

enum status service_find(struct invocation *call, const char *id, struct cJSON **out)
{
    return say_missing(call, row_load(call, DOCUMENT_SERVICE, id_of_text(call, id), out),
                       ERR_NO_SERVICE, "Service");
}

enum status service_find_whole(struct invocation *call, const char *member)
{
    enum status status = service_find(call, input_text(call, member), &call->service_row);
    if (status != OK)
        return status;
    call->target.service_id = json_string(call->service_row, "Id");
    return namespace_find(call, json_string(call->service_row, "NamespaceId"),
                          &call->namespace_row);
}

const char *instance_name(struct arena *arena, const char *service, const char *id)
{
    return arena_printf(arena, "%s/%s", service, id);
}

enum status instance_find(struct invocation *call, const char *service, const char *id,
                          struct cJSON **out)
{
    const char *name = instance_name(call->arena, service, id);
    return say_missing(call, row_load(call, DOCUMENT_INSTANCE, name, out), ERR_NO_INSTANCE,
                       "Instance");
}

bool row_is_of_request(const struct invocation *call, const struct cJSON *row)
{
    const char *request = json_string(row, "Request");
    bool has_token = input_text(call, "CreatorRequestId") || input_text(call, "UpdaterRequestId");
    return request && has_token && strcmp(request, input_digest(call)) == 0;
}

/* ---- the index ---- */

/* Names may be longer than a key: their hash stands for them, and the value holds them too. */
static const char *index_name(struct arena *arena, const char *index, const char *text)
{
    return arena_printf(arena, "%s/%s", index, id_digest(arena, bytes_of(text)));
}

enum status index_find(struct invocation *call, const char *index, const char *text,
                       const char **out_id)
{
    struct bytes value;
    enum status status = store_document(call->txn, DOCUMENT_INDEX, call->place,
                                        index_name(call->arena, index, text), &value);
    if (status != OK)
        return status;
    const char *id = arena_copy(call->arena, value);
    size_t size = strcspn(id, "\n");
    if (strcmp(id + size + 1, text) != 0)
        return ERR_NOT_FOUND;
    *out_id = arena_copy(call->arena, (struct bytes){id, size});
    return OK;
}

enum status index_load(struct invocation *call, const char *index, const char *text,
                       enum document document, struct cJSON **out)
{
    const char *id;
    enum status status = index_find(call, index, text, &id);
    return status == OK ? row_load(call, document, id, out) : status;
}

enum status index_put(struct invocation *call, const char *index, const char *text, const char *id)
{
    const char *value = arena_printf(call->arena, "%s\n%s", id, text);
    return store_document_put(call->txn, DOCUMENT_INDEX, call->place,
                              index_name(call->arena, index, text), bytes_of(value));
}

enum status index_drop(struct invocation *call, const char *index, const char *text)
{
    return row_drop(call, DOCUMENT_INDEX, index_name(call->arena, index, text));
}

const char *namespace_index_text(struct arena *arena, const char *type, const struct cJSON *row)
{
    const char *vpc = json_string(row, "Vpc");
    return arena_printf(arena, "%s\n%s\n%s", type, vpc ? vpc : "", json_string(row, "Name"));
}

const char *service_index_text(struct arena *arena, const struct cJSON *namespace_row,
                               const char *name)
{
    char *text = arena_printf(arena, "%s/%s", json_string(namespace_row, "Id"), name);
    bool is_folded = strcmp(json_string(namespace_row, "Type"), "HTTP") != 0;
    for (char *c = strchr(text, '/'); is_folded && *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return text;
}
