/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces.h"

#include "effects.h"
#include "ids.h"
#include "labels.h"
#include "lists.h"
#include "random.h"
#include "rows.h"

#define SOA_TTL_SEC 15 /* botocore documents no default; the console's */

#define SHOWN                                                                                      \
    "Id", "Arn", "ResourceOwner", "Name", "Type", "Description", "ServiceCount", "Properties",     \
        "CreateDate"
static const char *const namespace_members[] = {SHOWN, "CreatorRequestId", NULL};
static const char *const namespace_summary[] = {SHOWN, NULL};
const char *const namespace_state[] = {SHOWN, "CreatorRequestId", "Vpc", NULL};

/* ---- create ---- */

static enum status refuse_second(struct invocation *call, const struct cJSON *row)
{
    json_add_string(call->error_members, "NamespaceId", json_string(row, "Id"));
    row_set_text(call->error_members, "CreatorRequestId", json_string(row, "CreatorRequestId"));
    return error_set(&call->error, ERR_NAMESPACE_EXISTS, "Namespace already exists.");
}

/* A second private one of the name in its VPC is refused only by the operation (recorded:
 * hashicorp/terraform-provider-aws#7118). */
static enum status look_for_namesake(struct invocation *call, const char *text)
{
    enum status status =
        index_load(call, INDEX_NAMESPACE, text, DOCUMENT_NAMESPACE, &call->namespace_row);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    if (row_is_of_request(call, call->namespace_row))
        call->earlier = json_string(call->namespace_row, "Operation");
    else if (strcmp(call->action->namespace_type, "DNS_PRIVATE") != 0)
        return refuse_second(call, call->namespace_row);
    return OK;
}

static enum status check_create(struct invocation *call)
{
    const char *text = namespace_index_text(call->arena, call->action->namespace_type, call->input);
    enum status status = labels_check(call);
    if (status == OK)
        status = look_for_namesake(call, text);
    call->target.lock =
        arena_printf(call->arena, "namespace/%s", id_digest(call->arena, bytes_of(text)));
    if (!call->target.namespace_id)
        call->target.namespace_id = id_new(call->arena, NAMESPACE_ID);
    return status;
}

static void add_dns_properties(struct invocation *call, struct cJSON *properties, const char *type)
{
    const struct cJSON *given =
        json_member(json_member(call->input, "Properties"), "DnsProperties");
    const char *zone = json_string(given, "HostedZoneId");
    struct cJSON *dns = json_add_object(properties, "DnsProperties");
    bool is_http = strcmp(type, "HTTP") == 0;
    if (!is_http)
        json_add_string(dns, "HostedZoneId", zone ? zone : id_hosted_zone(call->arena));
    struct cJSON *soa = json_add_object(dns, "SOA");
    if (!is_http)
        json_add_integer(soa, "TTL", json_integer(json_member(given, "SOA"), "TTL", SOA_TTL_SEC));
}

/* The name itself for the first that has it; a later one, of another type, gets a suffix
 * (documented: GetNamespace, HttpProperties). */
static const char *http_name(struct invocation *call, const char *id)
{
    const char *name = input_text(call, "Name"), *other;
    const char *given = row_text(call->input, "Properties.HttpProperties.HttpName");
    if (!given)
        given = name;
    if (index_find(call, INDEX_HTTP_NAME, given, &other) != OK)
        return given;
    return arena_printf(call->arena, "%s-%s", name, id_digest(call->arena, bytes_of(id)));
}

static struct cJSON *new_row(struct invocation *call, const char *id, const char *type)
{
    struct cJSON *row = invocation_keep(call, json_new_object());
    json_add_string(row, "Id", id);
    json_add_string(row, "Arn", arn_of_id(call, id));
    json_add_string(row, "ResourceOwner", call->scope.account);
    json_add_string(row, "Name", input_text(call, "Name"));
    json_add_string(row, "Type", type);
    row_set_text(row, "Description", input_text(call, "Description"));
    json_add_integer(row, "ServiceCount", 0);
    struct cJSON *properties = json_add_object(row, "Properties");
    add_dns_properties(call, properties, type);
    json_add_string(json_add_object(properties, "HttpProperties"), "HttpName", http_name(call, id));
    json_add_number(row, "CreateDate",
                    json_number(call->input, "CreateDate", (double)call->now_ms / 1000));
    row_set_text(row, "CreatorRequestId", input_text(call, "CreatorRequestId"));
    row_set_text(row, "Vpc", input_text(call, "Vpc"));
    row_set_text(row, "Operation", call->operation_id);
    row_set_text(row, "Request", call->operation_id ? input_digest(call) : NULL);
    return row;
}

enum status namespace_make(struct invocation *call, const char *id, const char *type)
{
    struct cJSON *row = new_row(call, id, type);
    enum status status = row_save(call, DOCUMENT_NAMESPACE, id, row);
    if (status == OK)
        status = index_put(call, INDEX_NAMESPACE, namespace_index_text(call->arena, type, row), id);
    if (status == OK)
        status = index_put(call, INDEX_HTTP_NAME,
                           row_text(row, "Properties.HttpProperties.HttpName"), id);
    return status;
}

static void fail_overlap(struct invocation *call)
{
    char request[UUID_SIZE];
    random_uuid(request);
    effect_fail(call, "CANNOT_CREATE_HOSTED_ZONE",
                arena_printf(call->arena,
                             "The VPC that you chose, %s in region %s, is already associated with "
                             "another private hosted zone that has an overlapping name space, %s.. "
                             "(Service: AmazonRoute53; Status Code: 400; Error Code: "
                             "ConflictingDomainExists; Request ID: %s)",
                             input_text(call, "Vpc"), call->scope.region, input_text(call, "Name"),
                             request));
}

static enum status apply_create(struct invocation *call)
{
    if (call->namespace_row)
        return fail_overlap(call), OK;
    enum status status =
        namespace_make(call, call->target.namespace_id, call->action->namespace_type);
    if (status == OK)
        status = labels_put_new(call, call->target.namespace_id);
    return status;
}

const struct effect namespace_create = {"CREATE_NAMESPACE", check_create, apply_create};

/* ---- update and delete ---- */

static enum status find_target(struct invocation *call)
{
    enum status status = namespace_find(call, input_text(call, "Id"), &call->namespace_row);
    if (status == OK)
        call->target.lock = call->target.namespace_id = json_string(call->namespace_row, "Id");
    return status;
}

static enum status check_update(struct invocation *call)
{
    enum status status = find_target(call);
    if (status == OK &&
        strcmp(json_string(call->namespace_row, "Type"), call->action->namespace_type) != 0)
        return error_set(&call->error, ERR_INVALID_INPUT, "The namespace is not of type %s",
                         call->action->namespace_type);
    return status;
}

static enum status apply_update(struct invocation *call)
{
    const struct cJSON *change = json_member(call->input, "Namespace");
    const struct cJSON *soa =
        json_member(json_member(json_member(change, "Properties"), "DnsProperties"), "SOA");
    if (json_string(change, "Description"))
        row_set_text(call->namespace_row, "Description", json_string(change, "Description"));
    if (soa) {
        struct cJSON *properties = json_member(call->namespace_row, "Properties");
        row_set_copy(json_member(properties, "DnsProperties"), "SOA", soa);
    }
    return row_save(call, DOCUMENT_NAMESPACE, call->target.namespace_id, call->namespace_row);
}

const struct effect namespace_update = {"UPDATE_NAMESPACE", check_update, apply_update};

/* Recorded: the text, anomalyco/sst#5931. */
static enum status check_delete(struct invocation *call)
{
    enum status status = find_target(call);
    if (status == OK && json_integer(call->namespace_row, "ServiceCount", 0) > 0)
        return error_set(
            &call->error, ERR_OCCUPIED,
            "Namespace has associated services; delete the services before deleting the namespace");
    return status;
}

static enum status apply_delete(struct invocation *call)
{
    const struct cJSON *row = call->namespace_row;
    const char *id = call->target.namespace_id;
    enum status status = row_drop(call, DOCUMENT_NAMESPACE, id);
    if (status == OK)
        status = row_drop(call, DOCUMENT_TAGS, id);
    if (status == OK)
        status =
            index_drop(call, INDEX_HTTP_NAME, row_text(row, "Properties.HttpProperties.HttpName"));
    if (status == OK)
        status = index_drop(call, INDEX_NAMESPACE,
                            namespace_index_text(call->arena, json_string(row, "Type"), row));
    return status;
}

const struct effect namespace_delete = {"DELETE_NAMESPACE", check_delete, apply_delete};

/* ---- read ---- */

enum status namespace_get(struct invocation *call)
{
    struct cJSON *row;
    enum status status = namespace_find(call, input_text(call, "Id"), &row);
    if (status == OK)
        json_add(call->reply, "Namespace", row_view(row, namespace_members));
    return status;
}

static const struct filter filters[] = {
    {"TYPE",           "Type",                               FILTER_EQ | FILTER_BEGINS_WITH},
    {"NAME",           "Name",                               FILTER_EQ | FILTER_BEGINS_WITH},
    {"HTTP_NAME",      "Properties.HttpProperties.HttpName", FILTER_EQ | FILTER_BEGINS_WITH},
    {"RESOURCE_OWNER", "ResourceOwner",                      FILTER_EQ | FILTER_OWNER      },
    {NULL,             NULL,                                 0                             },
};

enum status namespace_list(struct invocation *call)
{
    static const struct list list = {
        .document = DOCUMENT_NAMESPACE,
        .member = "Namespaces",
        .view = namespace_summary,
        .filters = filters,
    };
    return list_page(call, &list, "");
}
