/* SPDX-License-Identifier: Apache-2.0 */
#include "discover.h"

#include "cloudmap.h"
#include "instances.h"
#include "rows.h"

#define PAGE_MOST 100 /* botocore: DiscoverMaxResults */

/* A namespace is found by its HttpName. In DNS two services cannot differ by case alone, yet who
 * asks must spell the name as it was made. Leaves call->namespace_row NULL if that is what is
 * missing. */
static enum status find_service(struct invocation *call, const char *namespace_name,
                                const char *name)
{
    enum status status =
        index_load(call, INDEX_HTTP_NAME, namespace_name, DOCUMENT_NAMESPACE, &call->namespace_row);
    if (status == OK)
        status = index_load(call, INDEX_SERVICE,
                            service_index_text(call->arena, call->namespace_row, name),
                            DOCUMENT_SERVICE, &call->service_row);
    if (status == OK && strcmp(json_string(call->service_row, "Name"), name) != 0)
        status = ERR_NOT_FOUND;
    return status;
}

static enum status find_asked(struct invocation *call)
{
    enum status status = input_is_own(call) ? find_service(call, input_text(call, "NamespaceName"),
                                                           input_text(call, "ServiceName"))
                                            : ERR_NOT_FOUND;
    if (status != ERR_NOT_FOUND)
        return status;
    return call->namespace_row ? error_set(&call->error, ERR_NO_SERVICE, "Service not found")
                               : error_set(&call->error, ERR_NO_NAMESPACE, "Namespace not found");
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
    enum status status = find_asked(call);
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
    enum status status = find_asked(call);
    if (status == OK)
        add_revision(call);
    return status;
}

/* ---- for App Mesh ---- */

enum status cloudmap_healthy(struct store_txn *txn, struct arena *arena, const struct scope *scope,
                             const char *namespace_name, const char *service_name,
                             struct cJSON *out)
{
    struct invocation call;
    invocation_init(&call, NULL, arena, scope, NULL, NULL);
    call.txn = txn;
    enum status status = store_scope(txn, scope, &call.place);
    if (status == OK)
        status = find_service(&call, namespace_name, service_name);
    if (status == OK)
        status = collect(&call, HEALTHY, INT64_MAX, out);
    invocation_clear(&call);
    return status == ERR_NOT_FOUND ? OK : status;
}
