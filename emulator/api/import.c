/* SPDX-License-Identifier: Apache-2.0
 *
 * Resources that come from files rather than requests: operations replayed, elements of a state
 * document stored.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "api.h"
#include "call.h"
#include "document.h"
#include "json.h"
#include "resources.h"
#include "rules.h"
#include "shape.h"
#include "shapes.h"
#include "tags.h"

#define VERSION_MAX 1000000000000000 /* leaves room to count on: JSON_INTEGER_MAX is 9 times it */

/* ---- replay ---- */

/* A member of path or query as text, integers in plain digits; NULL if absent. Whether the text
 * holds is for call_check to say. */
static enum status read_text(struct call *call, const char *name, const struct shape *shape,
                             const char **out)
{
    struct violations unsaid = {.arena = call->arena};
    struct cJSON *member = json_member(call->input, name);
    *out = NULL;
    if (!member || json_type(member) == JSON_NULL)
        return OK;
    if (shape_check(shape, member, false, name, &unsaid, &call->error) != OK)
        return call->error.status;
    *out = json_type(member) == JSON_STRING
               ? arena_copy(call->arena, bytes_of(json_text(member)))
               : arena_printf(call->arena, "%" PRId64, (int64_t)json_value(member));
    return OK;
}

static enum status read_path(struct call *call)
{
    enum status status = OK;
    call->path.kind = call->op->kind;
    for (const char *at = strchr(call->op->path, '{'); status == OK && at; at = strchr(at, '{')) {
        struct bytes placeholder = {at + 1, strcspn(at + 1, "}")};
        enum kind kind = operation_path_kind(placeholder);
        const char **name = &call->path.names[kind];
        status = read_text(call, kinds[kind].name_member, operation_name_shape(kind), name);
        if (!*name)
            *name = "";
        at += placeholder.size;
    }
    return status;
}

static enum status read_query(struct call *call)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < PARAMETER_COUNT; i++)
        if (call->op->parameters[i])
            status = read_text(call, parameter_names[i], call->op->parameters[i], &call->query[i]);
    return status;
}

static enum status replay(struct call *call)
{
    enum status status = read_path(call);
    if (status == OK)
        status = read_query(call);
    if (status == OK)
        status = call_check(call);
    return status == OK ? call->op->handle(call) : status;
}

enum status api_replay(struct api *api, struct store_txn *txn, const struct scope *scope,
                       const char *operation, struct cJSON *input, struct error *error)
{
    struct call call;
    call_init(&call, api, error->arena);
    call.input = input;
    call.scope = *scope;
    call.txn = txn;
    call.op = operation_named(operation);
    enum status status = call.op ? replay(&call)
                                 : error_set(&call.error, ERR_UNKNOWN_OPERATION,
                                             "No operation is called %s", operation);
    *error = call.error;
    call_clear(&call);
    return status;
}

/* ---- elements of a state document ---- */

static const struct operation *create_of(enum kind kind)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        if (operations[i].kind == kind && operations[i].handle == resource_create)
            return &operations[i];
    return NULL;
}

static enum status is_no(struct call *call, const char *path, const char *member, const char *what)
{
    return error_set(&call->error, ERR_BAD_REQUEST, "%s.%s: must be %s", path, member, what);
}

/* The element's names and spec, as the shapes of a create say. */
static enum status check_element(struct call *call, struct cJSON *element, const char *path)
{
    struct violations violations = {.arena = call->arena};
    enum status status = OK;
    for (enum kind kind = 0; status == OK && kind < KIND_COUNT; kind++) {
        bool is_on_path =
            kind == call->op->kind || kind == kinds[call->op->kind].parent || kind == KIND_MESH;
        if (!is_on_path)
            continue;
        const char *member = kinds[kind].name_member;
        status = shape_check(operation_name_shape(kind), json_member(element, member), true,
                             arena_printf(call->arena, "%s.%s", path, member), &violations,
                             &call->error);
        call->path.names[kind] = json_string(element, member);
    }
    if (status == OK)
        status = shape_check(kinds[call->op->kind].spec, json_member(element, "spec"),
                             call->op->kind != KIND_MESH,
                             arena_printf(call->arena, "%s.spec", path), &violations, &call->error);
    return status == OK ? violations_report(&violations, &call->error) : status;
}

static enum status check_names(struct call *call, const char *path)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (call->path.names[kind] &&
            rules_check_name(arena_printf(call->arena, "%s.%s", path, kinds[kind].name_member),
                             call->path.names[kind], &call->error) != OK)
            return call->error.status;
    return OK;
}

static enum status read_time(struct call *call, const struct cJSON *metadata, const char *path,
                             const char *name, int64_t *out_ms)
{
    const struct cJSON *member = json_member(metadata, name);
    if (!member)
        return OK;
    if (json_type(member) != JSON_NUMBER || json_value(member) < 0.001 || json_value(member) > 1e12)
        return is_no(call, path, name, "a time in seconds");
    *out_ms = (int64_t)llround(json_value(member) * 1000);
    return OK;
}

static bool is_uid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof(form); i++)
        if (form[i] == 'x' ? !text[i] || !strchr("0123456789abcdef", text[i]) : text[i] != form[i])
            return false;
    return true;
}

static enum status read_metadata(struct call *call, const struct cJSON *element, const char *path,
                                 struct metadata *out)
{
    const struct cJSON *metadata = json_member(element, "metadata");
    const struct cJSON *uid = json_member(metadata, "uid");
    const struct cJSON *version = json_member(metadata, "version");
    if (metadata && json_type(metadata) != JSON_OBJECT)
        return is_no(call, path, "metadata", "an object");
    path = arena_printf(call->arena, "%s.metadata", path);
    enum status status = read_time(call, metadata, path, "createdAt", &out->created_ms);
    if (status == OK)
        status = read_time(call, metadata, path, "lastUpdatedAt", &out->updated_ms);
    if (status == OK && uid && (json_type(uid) != JSON_STRING || !is_uid(json_text(uid))))
        status = is_no(call, path, "uid", "a UUID in lower case");
    if (status == OK && version &&
        (!json_is_integer(version) || json_value(version) < 1 || json_value(version) > VERSION_MAX))
        status = is_no(call, path, "version", "an integer from 1 to 10^15");
    if (status != OK)
        return status;
    out->uid = json_string(metadata, "uid");
    out->version = json_integer(metadata, "version", 0);
    return OK;
}

/* A rule's or reference's text says nothing of where it failed. */
static void add_path(struct error *error, const char *path)
{
    if (error->message)
        error->message = arena_printf(error->arena, "%s: %s", path, error->message);
}

static enum status import_checked(struct call *call, struct cJSON *element, const char *path)
{
    struct metadata given = {0};
    enum status status = check_names(call, path);
    if (status == OK)
        status = read_metadata(call, element, path, &given);
    if (status != OK)
        return status;
    call->input = element;
    status = resource_make(call, &given);
    call->input = NULL; /* it stays the caller's */
    if (status != OK)
        add_path(&call->error, path);
    return status;
}

enum status api_import(struct api *api, struct store_txn *txn, const struct scope *scope,
                       enum kind kind, struct cJSON *element, const char *path, struct error *error)
{
    struct call call;
    call_init(&call, api, error->arena);
    call.scope = *scope;
    call.txn = txn;
    call.op = create_of(kind);
    call.path.kind = kind;
    enum status status;
    if (json_type(element) != JSON_OBJECT)
        status = error_set(&call.error, ERR_SERIALIZATION, "%s: not an object", path);
    else
        status = check_element(&call, element, path);
    if (status == OK)
        status = import_checked(&call, element, path);
    *error = call.error;
    return status;
}
