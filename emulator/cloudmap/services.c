/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

#include "effects.h"
#include "ids.h"
#include "labels.h"
#include "lists.h"
#include "rows.h"

#define SHOWN                                                                                      \
    "Id", "Arn", "ResourceOwner", "Name", "NamespaceId", "Description", "InstanceCount",           \
        "DnsConfig", "Type", "HealthCheckConfig", "HealthCheckCustomConfig", "CreateDate",         \
        "CreatorRequestId", "CreatedByAccount"
static const char *const service_members[] = {SHOWN, NULL};
const char *const service_state[] = {SHOWN, "Attributes", NULL};

/* ---- create ---- */

/* Recorded: the text, aws-cloudformation-user-guide#463. DnsConfig's own is deprecated. */
static enum status find_namespace(struct invocation *call)
{
    const char *id = input_text(call, "NamespaceId");
    if (!id)
        id = json_string(json_member(call->input, "DnsConfig"), "NamespaceId");
    if (!id)
        return error_set(&call->error, ERR_INVALID_INPUT, "Service namespace id cannot be null");
    return namespace_find(call, id, &call->namespace_row);
}

static enum status refuse_second(struct invocation *call, const struct cJSON *row)
{
    json_add_string(call->error_members, "ServiceId", json_string(row, "Id"));
    json_add_string(call->error_members, "ServiceArn", json_string(row, "Arn"));
    row_set_text(call->error_members, "CreatorRequestId", json_string(row, "CreatorRequestId"));
    return error_set(&call->error, ERR_SERVICE_EXISTS, "Service already exists.");
}

/* Leaves call->service_row NULL if the name is free. The same request sent twice made it once. */
static enum status look_for_namesake(struct invocation *call)
{
    const char *text =
        service_index_text(call->arena, call->namespace_row, input_text(call, "Name"));
    enum status status =
        index_load(call, INDEX_SERVICE, text, DOCUMENT_SERVICE, &call->service_row);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    return row_is_of_request(call, call->service_row) ? OK : refuse_second(call, call->service_row);
}

/* An HTTP service has an empty one; else the namespace is shown in it. */
static struct cJSON *dns_config(const struct invocation *call)
{
    struct cJSON *config = json_new_object();
    const struct cJSON *given = json_member(call->input, "DnsConfig");
    const char *policy = json_string(given, "RoutingPolicy");
    if (!service_records(call->input))
        return config;
    json_add_string(config, "NamespaceId", json_string(call->namespace_row, "Id"));
    json_add_string(config, "RoutingPolicy", policy ? policy : "MULTIVALUE");
    json_add(config, "DnsRecords", json_copy(json_member(given, "DnsRecords")));
    return config;
}

/* The threshold is 1, whatever was asked for (botocore: HealthCheckCustomConfig). */
static struct cJSON *custom_config(void)
{
    struct cJSON *config = json_new_object();
    json_add_integer(config, "FailureThreshold", 1);
    return config;
}

static struct cJSON *new_row(struct invocation *call, const char *id, const char *request)
{
    const struct cJSON *input = call->input;
    struct cJSON *row = invocation_keep(call, json_new_object());
    json_add_string(row, "Id", id);
    json_add_string(row, "Arn", arn_of_id(call, id));
    json_add_string(row, "ResourceOwner", call->scope.account);
    json_add_string(row, "Name", input_text(call, "Name"));
    json_add_string(row, "NamespaceId", json_string(call->namespace_row, "Id"));
    row_set_text(row, "Description", input_text(call, "Description"));
    json_add_integer(row, "InstanceCount", 0);
    json_add(row, "DnsConfig", dns_config(call));
    json_add_string(row, "Type", service_records(input) ? "DNS_HTTP" : "HTTP");
    row_set_copy(row, "HealthCheckConfig", json_member(input, "HealthCheckConfig"));
    row_set(row, "HealthCheckCustomConfig",
            json_member(input, "HealthCheckCustomConfig") ? custom_config() : NULL);
    json_add_number(row, "CreateDate",
                    json_number(input, "CreateDate", (double)call->now_ms / 1000));
    row_set_text(row, "CreatorRequestId", input_text(call, "CreatorRequestId"));
    json_add_string(row, "CreatedByAccount", call->scope.account);
    json_add_integer(row, "Revision", (int64_t)store_next_number(call->txn));
    row_set_copy(row, "Attributes", json_member(input, "Attributes"));
    row_set_text(row, "Request", request);
    return row;
}

enum status service_make(struct invocation *call, const char *id, const char *request)
{
    const char *namespace_id = json_string(call->namespace_row, "Id");
    call->service_row = new_row(call, id, request);
    row_add(call->namespace_row, "ServiceCount", 1);
    enum status status = row_save(call, DOCUMENT_NAMESPACE, namespace_id, call->namespace_row);
    if (status == OK)
        status = index_put(
            call, INDEX_SERVICE,
            service_index_text(call->arena, call->namespace_row, input_text(call, "Name")), id);
    return status == OK ? row_save(call, DOCUMENT_SERVICE, id, call->service_row) : status;
}

static enum status make_new(struct invocation *call)
{
    const char *id = id_new(call->arena, SERVICE_ID);
    enum status status = service_make(call, id, input_digest(call));
    return status == OK ? labels_put_new(call, id) : status;
}

enum status service_create(struct invocation *call)
{
    enum status status = find_namespace(call);
    if (status == OK)
        status = service_check(call);
    if (status == OK)
        status = labels_check(call);
    if (status == OK)
        status = look_for_namesake(call);
    if (status == OK && !call->service_row)
        status = make_new(call);
    if (status == OK)
        json_add(call->reply, "Service", row_view(call->service_row, service_members));
    return status;
}

/* ---- update ---- */

static enum status find_target(struct invocation *call)
{
    enum status status = service_find_whole(call, "Id");
    call->target.lock = call->target.service_id;
    return status;
}

/* "[A, AAAA]" */
static const char *types_of(struct invocation *call, const struct cJSON *records)
{
    struct buffer text = {0};
    buffer_char(&text, '[');
    for (const struct cJSON *record = json_first(records); record; record = json_next(record))
        buffer_printf(&text, "%s%s", record == json_first(records) ? "" : ", ",
                      json_string(record, "Type"));
    buffer_char(&text, ']');
    const char *types = arena_copy(call->arena, buffer_bytes(&text));
    buffer_clear(&text);
    return types;
}

static bool has_types_of(const struct cJSON *change, const struct cJSON *row)
{
    const struct cJSON *record = json_first(service_records(change));
    for (; record; record = json_next(record))
        if (!service_has_record(row, json_string(record, "Type")))
            return false;
    return json_size(service_records(change)) == json_size(service_records(row));
}

/* Recorded: the texts, hashicorp/terraform-provider-aws#2613. */
static enum status check_change(struct invocation *call, const struct cJSON *change)
{
    const struct cJSON *row = call->service_row;
    const char *old_type = json_string(json_member(row, "HealthCheckConfig"), "Type");
    const char *type = json_string(json_member(change, "HealthCheckConfig"), "Type");
    if (service_records(change) && !has_types_of(change, row))
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "The record types in the request must be the same as those present in the "
                         "existing service. Records in the existing service are %s, but the "
                         "records in the request are %s. The record types of a service cannot be "
                         "changed.",
                         types_of(call, service_records(row)),
                         types_of(call, service_records(change)));
    if (old_type && type && strcmp(old_type, type) != 0)
        return error_set(&call->error, ERR_INVALID_INPUT, "Type of health check cannot be changed");
    return OK;
}

/* The service as it would be: what the change leaves out is gone, but the custom health check
 * (botocore: UpdateService). */
static void change_row(struct cJSON *row, const struct cJSON *change)
{
    const struct cJSON *records = service_records(change);
    if (json_string(change, "Description"))
        row_set_text(row, "Description", json_string(change, "Description"));
    row_set_copy(row, "HealthCheckConfig", json_member(change, "HealthCheckConfig"));
    if (records)
        row_set_copy(json_member(row, "DnsConfig"), "DnsRecords", records);
    else
        row_set(row, "DnsConfig", json_new_object());
    row_set_text(row, "Type", records ? "DNS_HTTP" : "HTTP");
}

/* The rules of a create hold for what comes out. */
static enum status check_result(struct invocation *call)
{
    struct cJSON *input = call->input;
    call->input = invocation_keep(call, json_copy(call->service_row));
    change_row(call->input, json_member(input, "Service"));
    row_set(call->input, "Type", NULL);
    enum status status = service_check(call);
    call->input = input;
    return status;
}

static enum status check_update(struct invocation *call)
{
    enum status status = find_target(call);
    if (status != OK)
        return status;
    if (strcmp(json_string(call->namespace_row, "Type"), "HTTP") == 0)
        return error_set(&call->error, ERR_INVALID_INPUT,
                         "A service in an HTTP namespace can't be updated");
    status = check_change(call, json_member(call->input, "Service"));
    return status == OK ? check_result(call) : status;
}

static enum status apply_update(struct invocation *call)
{
    change_row(call->service_row, json_member(call->input, "Service"));
    return row_save(call, DOCUMENT_SERVICE, call->target.service_id, call->service_row);
}

const struct effect service_update = {"UPDATE_SERVICE", check_update, apply_update};

/* ---- delete ---- */

static enum status drop(struct invocation *call)
{
    const char *id = call->target.service_id;
    const char *name = json_string(call->service_row, "Name");
    enum status status = row_drop(call, DOCUMENT_SERVICE, id);
    if (status == OK)
        status = row_drop(call, DOCUMENT_TAGS, id);
    if (status == OK)
        status = index_drop(call, INDEX_SERVICE,
                            service_index_text(call->arena, call->namespace_row, name));
    row_add(call->namespace_row, "ServiceCount", -1);
    if (status == OK)
        status = row_save(call, DOCUMENT_NAMESPACE, json_string(call->namespace_row, "Id"),
                          call->namespace_row);
    return status;
}

/* Recorded: the text, hashicorp/terraform-provider-aws#4853. */
enum status service_delete(struct invocation *call)
{
    enum status status = find_target(call);
    if (status == OK && json_integer(call->service_row, "InstanceCount", 0) > 0)
        return error_set(
            &call->error, ERR_OCCUPIED,
            "Service contains registered instances; delete the instances before deleting the "
            "service");
    return status == OK ? drop(call) : status;
}

/* ---- read ---- */

enum status service_get(struct invocation *call)
{
    struct cJSON *row;
    enum status status = service_find(call, input_text(call, "Id"), &row);
    if (status == OK)
        json_add(call->reply, "Service", row_view(row, service_members));
    return status;
}

static const struct filter filters[] = {
    {"NAMESPACE_ID",   "NamespaceId",   FILTER_EQ | FILTER_ID   },
    {"RESOURCE_OWNER", "ResourceOwner", FILTER_EQ | FILTER_OWNER},
    {NULL,             NULL,            0                       },
};

/* Source: recorded replies; a list leaves out the namespace and the request. */
static void show_summary(struct invocation *call, struct cJSON *member, const struct cJSON *row)
{
    struct cJSON *view = row_view(row, service_members);
    (void)call;
    row_set(view, "NamespaceId", NULL);
    row_set(view, "CreatorRequestId", NULL);
    row_set(json_member(view, "DnsConfig"), "NamespaceId", NULL);
    json_append(member, view);
}

enum status service_list(struct invocation *call)
{
    static const struct list list = {
        .document = DOCUMENT_SERVICE,
        .member = "Services",
        .filters = filters,
        .show = show_summary,
    };
    return list_page(call, &list, "");
}
