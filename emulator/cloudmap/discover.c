/* SPDX-License-Identifier: Apache-2.0 */
#include "discover.h"

#include "cloudmap.h"
#include "instances.h"
#include "rows.h"

#define PAGE_MOST 100 /* botocore: DiscoverMaxResults */

/* ---- from names to rows ---- */

/* A place in the store that can be read without an invocation: the bridge has none. */
struct reader {
    struct store_txn *txn;
    uint64_t place;
    struct arena *arena;
};

static enum status read_row(const struct reader *reader, enum document document, const char *index,
                            const char *text, struct cJSON **out)
{
    const char *id;
    struct bytes row;
    enum status status = index_find(reader->txn, reader->place, reader->arena, index, text, &id);
    if (status == OK)
        status = store_document(reader->txn, document, reader->place, id, &row);
    if (status == OK)
        *out = row_parse(row);
    return status;
}

/* In DNS two names cannot differ by case alone, yet who asks must spell it as it was made. */
static enum status read_service(const struct reader *reader, const struct cJSON *namespace_row,
                                const char *name, struct cJSON **out)
{
    struct cJSON *row = NULL;
    const char *text = service_index_text(reader->arena, namespace_row, name);
    enum status status = read_row(reader, DOCUMENT_SERVICE, INDEX_SERVICE, text, &row);
    if (status == OK && strcmp(json_string(row, "Name"), name) != 0) {
        json_free(row);
        return ERR_NOT_FOUND;
    }
    *out = row;
    return status;
}

/* A namespace is found by its HttpName. */
static enum status find_service(struct invocation *call)
{
    struct reader reader = {call->txn, call->place, call->arena};
    enum status status = ERR_NOT_FOUND;
    if (input_is_own(call))
        status = read_row(&reader, DOCUMENT_NAMESPACE, INDEX_HTTP_NAME,
                          input_text(call, "NamespaceName"), &call->namespace_row);
    if (status == ERR_NOT_FOUND)
        return error_set(&call->error, ERR_NO_NAMESPACE, "Namespace not found");
    if (status != OK)
        return status;
    invocation_keep(call, call->namespace_row);
    status = read_service(&reader, call->namespace_row, input_text(call, "ServiceName"),
                          &call->service_row);
    if (status == ERR_NOT_FOUND)
        return error_set(&call->error, ERR_NO_SERVICE, "Service not found");
    if (status == OK)
        invocation_keep(call, call->service_row);
    return status;
}

/* ---- which of them ---- */

/* Every pair of the parameters is an attribute. */
static bool has_all(const struct cJSON *row, const struct cJSON *parameters)
{
    const struct cJSON *attributes = json_member(row, "Attributes");
    const struct cJSON *one = json_first(parameters);
    for (; one; one = json_next(one)) {
        const char *value = json_string(attributes, json_name(one));
        if (!value || strcmp(value, json_text(one)) != 0)
            return false;
    }
    return true;
}

enum choice { ANY, HEALTHY, UNHEALTHY, HEALTHY_OR_ELSE_ANY };

/* A service without health checks has no health to ask for; with them the default is HEALTHY.
 * Source: botocore's documentation of DiscoverInstancesRequest$HealthStatus; the developer guide.
 */
static enum choice choice_of(const struct invocation *call)
{
    const char *status = input_text(call, "HealthStatus");
    if (!service_checks_health(call->service_row))
        return ANY;
    if (!status || strcmp(status, "HEALTHY") == 0)
        return HEALTHY;
    if (strcmp(status, "UNHEALTHY") == 0)
        return UNHEALTHY;
    return strcmp(status, "ALL") == 0 ? ANY : HEALTHY_OR_ELSE_ANY;
}

static bool is_healthy(const struct invocation *call, const struct cJSON *row)
{
    return strcmp(instance_health(call->service_row, row), "UNHEALTHY") != 0;
}

static bool is_optional(const struct invocation *call, const struct cJSON *row)
{
    return has_all(row, json_member(call->input, "OptionalParameters"));
}

static bool may_do(const struct invocation *call, enum choice choice, const struct cJSON *row)
{
    bool is_wrong = (choice == HEALTHY && !is_healthy(call, row)) ||
                    (choice == UNHEALTHY && is_healthy(call, row));
    return !is_wrong && has_all(row, json_member(call->input, "QueryParameters"));
}

/* The first `most` that may do, in the order of their ids. */
static enum status collect(struct invocation *call, enum choice choice, int64_t most,
                           struct cJSON *rows)
{
    const char *prefix = instance_name(call->arena, json_string(call->service_row, "Id"), "");
    struct document_scan scan;
    document_scan_begin(&scan, call->txn, DOCUMENT_INSTANCE, call->place, prefix, NULL);
    while (most > 0 && document_scan_next(&scan)) {
        struct cJSON *row = row_parse(scan.value);
        if (may_do(call, choice, row)) {
            json_append(rows, row);
            most--;
        } else {
            json_free(row);
        }
    }
    return document_scan_end(&scan);
}

/* Leaves those that are wanted, unless none is. */
static void narrow(struct invocation *call, struct cJSON *rows,
                   bool (*is_wanted)(const struct invocation *, const struct cJSON *row))
{
    struct cJSON *row = json_first(rows);
    while (row && !is_wanted(call, row))
        row = json_next(row);
    if (!row)
        return;
    for (struct cJSON *one = json_first(rows), *next; one; one = next) {
        next = json_next(one);
        if (!is_wanted(call, one))
            json_delete(rows, one);
    }
}

static void show(struct invocation *call, struct cJSON *list, const struct cJSON *row)
{
    struct cJSON *shown = json_new_object();
    json_add_string(shown, "InstanceId", json_string(row, "Id"));
    json_add_string(shown, "NamespaceName",
                    row_text(call->namespace_row, "Properties.HttpProperties.HttpName"));
    json_add_string(shown, "ServiceName", json_string(call->service_row, "Name"));
    json_add_string(shown, "HealthStatus", instance_health(call->service_row, row));
    json_add(shown, "Attributes", json_copy(json_member(row, "Attributes")));
    json_append(list, shown);
}

/* What narrows the choice has to see all of it. */
static enum status find(struct invocation *call, int64_t most, struct cJSON *out_rows)
{
    enum choice choice = choice_of(call);
    bool has_optional = json_member(call->input, "OptionalParameters");
    bool is_narrowed = choice == HEALTHY_OR_ELSE_ANY || has_optional;
    enum status status = collect(call, choice, is_narrowed ? INT64_MAX : most, out_rows);
    if (choice == HEALTHY_OR_ELSE_ANY)
        narrow(call, out_rows, is_healthy);
    if (has_optional)
        narrow(call, out_rows, is_optional);
    return status;
}

static void add_revision(struct invocation *call)
{
    json_add_integer(call->reply, "InstancesRevision",
                     json_integer(call->service_row, "Revision", 0));
}

enum status discover_instances(struct invocation *call)
{
    int64_t left = json_integer(call->input, "MaxResults", PAGE_MOST);
    struct cJSON *rows = invocation_keep(call, json_new_array());
    enum status status = find_service(call);
    if (status == OK)
        status = find(call, left, rows);
    if (status != OK)
        return status;
    struct cJSON *list = json_add_array(call->reply, "Instances");
    for (struct cJSON *row = json_first(rows); row && left > 0; row = json_next(row), left--)
        show(call, list, row);
    add_revision(call);
    return OK;
}

enum status discover_revision(struct invocation *call)
{
    enum status status = find_service(call);
    if (status == OK)
        add_revision(call);
    return status;
}

/* ---- for App Mesh ---- */

static enum status list_healthy(const struct reader *reader, const struct cJSON *service_row,
                                struct cJSON *out)
{
    const char *prefix = instance_name(reader->arena, json_string(service_row, "Id"), "");
    struct document_scan scan;
    document_scan_begin(&scan, reader->txn, DOCUMENT_INSTANCE, reader->place, prefix, NULL);
    while (document_scan_next(&scan)) {
        struct cJSON *row = row_parse(scan.value);
        if (strcmp(instance_health(service_row, row), "UNHEALTHY") == 0)
            json_free(row);
        else
            json_append(out, row);
    }
    return document_scan_end(&scan);
}

enum status cloudmap_healthy(struct store_txn *txn, struct arena *arena, const struct scope *scope,
                             const char *namespace_name, const char *service_name,
                             struct cJSON *out)
{
    struct reader reader = {.txn = txn, .arena = arena};
    struct cJSON *namespace_row = NULL, *service_row = NULL;
    enum status status = store_scope(txn, scope, &reader.place);
    if (status == OK)
        status =
            read_row(&reader, DOCUMENT_NAMESPACE, INDEX_HTTP_NAME, namespace_name, &namespace_row);
    if (status == OK)
        status = read_service(&reader, namespace_row, service_name, &service_row);
    if (status == OK)
        status = list_healthy(&reader, service_row, out);
    json_free(namespace_row);
    json_free(service_row);
    return status == ERR_NOT_FOUND ? OK : status;
}
