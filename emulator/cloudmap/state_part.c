/* SPDX-License-Identifier: Apache-2.0
 *
 * Cloud Map's part of a state document, out and in.
 */
#include "actions.h"
#include "cloudmap.h"
#include "ids.h"
#include "inputs.h"
#include "instances.h"
#include "labels.h"
#include "namespaces.h"
#include "rows.h"
#include "services.h"
#include "shape.h"

/* ---- out ---- */

static enum status print_rows(struct store_txn *txn, uint64_t place, enum document document,
                              const char *const *members, struct buffer *out)
{
    struct document_scan scan;
    document_scan_begin(&scan, txn, document, place, "", NULL);
    for (bool is_first = true; document_scan_next(&scan); is_first = false) {
        struct cJSON *row = row_parse(scan.value), *view = row_view(row, members);
        buffer_text(out, is_first ? "" : ",");
        json_print(out, view);
        json_free(view);
        json_free(row);
    }
    return document_scan_end(&scan);
}

enum status cloudmap_print(struct store_txn *txn, uint64_t scope_id, struct buffer *out)
{
    buffer_text(out, "{\"namespaces\":[");
    enum status status = print_rows(txn, scope_id, DOCUMENT_NAMESPACE, namespace_state, out);
    buffer_text(out, "],\"services\":[");
    if (status == OK)
        status = print_rows(txn, scope_id, DOCUMENT_SERVICE, service_state, out);
    buffer_text(out, "],\"instances\":[");
    if (status == OK)
        status = print_rows(txn, scope_id, DOCUMENT_INSTANCE, instance_state, out);
    buffer_text(out, "]}");
    return status;
}

enum status cloudmap_print_tags(struct store_txn *txn, const struct scope *scope, uint64_t scope_id,
                                bool is_first, struct buffer *out)
{
    struct arena arena = {0};
    struct invocation call = {.arena = &arena, .scope = *scope};
    struct document_scan scan;
    document_scan_begin(&scan, txn, DOCUMENT_TAGS, scope_id, "", NULL);
    for (; document_scan_next(&scan); is_first = false) {
        buffer_text(out, is_first ? "" : ",");
        json_print_string(out, arn_of_id(&call, scan.name));
        buffer_char(out, ':');
        buffer_append(out, scan.value.data, scan.value.size);
    }
    arena_clear(&arena);
    return document_scan_end(&scan);
}

struct cloudmap_counts cloudmap_count(struct store_txn *txn)
{
    return (struct cloudmap_counts){
        .namespaces = store_count_documents(txn, DOCUMENT_NAMESPACE),
        .services = store_count_documents(txn, DOCUMENT_SERVICE),
        .instances = store_count_documents(txn, DOCUMENT_INSTANCE),
    };
}

/* ---- in ---- */

static enum status is_no(struct invocation *call, const char *what)
{
    return error_set(&call->error, ERR_INVALID_INPUT, "%s", what);
}

/* OK if nothing is stored under the name yet. */
static enum status check_is_new(struct invocation *call, enum document document, const char *name)
{
    struct bytes old;
    enum status status = store_document(call->txn, document, call->place, name, &old);
    if (status == OK)
        return is_no(call, "Id is given twice");
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status check_name_is_free(struct invocation *call, const char *index, const char *text)
{
    const char *id;
    enum status status = index_find(call, index, text, &id);
    if (status == OK)
        return is_no(call, "Name is given twice");
    return status == ERR_NOT_FOUND ? OK : status;
}

/* What the create of the type says of the name. */
static enum status check_namespace_name(struct invocation *call, const char *type)
{
    const struct action *create = actions;
    while (create->effect != &namespace_create || strcmp(create->namespace_type, type) != 0)
        create++;
    return invocation_check(call, create->input->members[0].shape, json_member(call->input, "Name"),
                            "Name");
}

static enum status import_namespace(struct invocation *call)
{
    const char *id = input_text(call, "Id"), *type = input_text(call, "Type");
    if (!id_is(id, NAMESPACE_ID))
        return is_no(call, "Id must be ns- and lower-case letters and digits");
    if (strcmp(type, "DNS_PRIVATE") != 0)
        row_set_text(call->input, "Vpc", NULL);
    enum status status = check_namespace_name(call, type);
    if (status == OK)
        status = check_is_new(call, DOCUMENT_NAMESPACE, id);
    if (status == OK)
        status = check_name_is_free(call, INDEX_NAMESPACE,
                                    namespace_index_text(call->arena, type, call->input));
    return status == OK ? namespace_make(call, id, type) : status;
}

static enum status import_service(struct invocation *call)
{
    const char *id = input_text(call, "Id");
    if (!id_is(id, SERVICE_ID))
        return is_no(call, "Id must be srv- and lower-case letters and digits");
    enum status status =
        namespace_find(call, input_text(call, "NamespaceId"), &call->namespace_row);
    if (status == OK)
        status = service_check(call);
    if (status == OK)
        status = check_is_new(call, DOCUMENT_SERVICE, id);
    if (status == OK)
        status = check_name_is_free(
            call, INDEX_SERVICE,
            service_index_text(call->arena, call->namespace_row, input_text(call, "Name")));
    return status == OK ? service_make(call, id, NULL) : status;
}

static enum status import_instance(struct invocation *call)
{
    const char *id = input_text(call, "Id");
    enum status status = service_find_whole(call, "ServiceId");
    if (status == OK)
        status = instance_check_own(call);
    if (status == OK)
        status = check_is_new(call, DOCUMENT_INSTANCE,
                              instance_name(call->arena, json_string(call->service_row, "Id"), id));
    return status == OK ? instance_make(call, id, input_text(call, "HealthStatus")) : status;
}

static const struct {
    const char *member;
    struct action action;
} parts[] = {
    {"namespaces", {.access = WRITE, .input = &state_namespace, .handle = import_namespace}},
    {"services",   {.access = WRITE, .input = &state_service, .handle = import_service}    },
    {"instances",  {.access = WRITE, .input = &state_instance, .handle = import_instance}  },
};

static enum status import_checked(struct invocation *call, struct store_txn *txn, const char *path)
{
    enum status status = invocation_check(call, call->action->input, call->input, path);
    if (status != OK)
        return status;
    status = invocation_run(call, txn);
    if (status != OK && call->error.message)
        call->error.message = arena_printf(call->arena, "%s: %s", path, call->error.message);
    return status;
}

/* Where an element stands. */
struct place {
    const char *path, *member;
    size_t index; /* from 1 */
};

/* What one element needs goes with it: there may be very many. */
static enum status import_element(struct store *store, struct store_txn *txn,
                                  const struct scope *scope, const struct action *action,
                                  const struct cJSON *element, struct place place,
                                  struct error *error)
{
    struct arena arena = {0};
    struct invocation call;
    const char *path =
        arena_printf(&arena, "%s.%s.%zu.member", place.path, place.member, place.index);
    invocation_init(&call, store, &arena, scope, action, json_copy(element));
    enum status status = import_checked(&call, txn, path);
    if (status != OK && call.error.message)
        error_set(error, status, "%s", call.error.message);
    invocation_clear(&call);
    arena_clear(&arena);
    return status;
}

static enum status import_list(struct store *store, struct store_txn *txn,
                               const struct scope *scope, size_t part, const struct cJSON *list,
                               const char *path, struct error *error)
{
    enum status status = OK;
    size_t index = 0;
    if (list && json_type(list) != JSON_ARRAY)
        return error_set(error, ERR_SERIALIZATION, "%s.%s: not a list", path, parts[part].member);
    const struct cJSON *element = json_first(list);
    for (; status == OK && element; element = json_next(element))
        status = import_element(store, txn, scope, &parts[part].action, element,
                                (struct place){path, parts[part].member, ++index}, error);
    return status;
}

enum status cloudmap_import(struct store *store, struct store_txn *txn, const struct scope *scope,
                            const struct cJSON *object, const char *path, struct error *error)
{
    enum status status = OK;
    if (object && json_type(object) != JSON_OBJECT)
        return error_set(error, ERR_SERIALIZATION, "%s: not an object", path);
    for (size_t i = 0; status == OK && i < COUNT(parts); i++)
        status =
            import_list(store, txn, scope, i, json_member(object, parts[i].member), path, error);
    return status;
}
