/* SPDX-License-Identifier: Apache-2.0 */
#include "instances.h"

#include <inttypes.h>
#include <stdlib.h>

#include "effects.h"
#include "ids.h"
#include "lists.h"
#include "rows.h"

static const char *const instance_members[] = {"Id", "CreatorRequestId", "Attributes",
                                               "CreatedByAccount", NULL};
static const char *const instance_summary[] = {"Id", "Attributes", "CreatedByAccount", NULL};
const char *const instance_state[] = {
    "ServiceId", "Id", "CreatorRequestId", "Attributes", "HealthStatus", "CreatedByAccount", NULL};

/* ---- register and deregister ---- */

static enum status find_target(struct invocation *call)
{
    enum status status = service_find_whole(call, "ServiceId");
    call->target.instance_id = input_text(call, "InstanceId");
    if (status == OK)
        call->target.lock =
            instance_name(call->arena, call->target.service_id, call->target.instance_id);
    return status;
}

static enum status check_register(struct invocation *call)
{
    enum status status = find_target(call);
    if (status == OK)
        status = instance_check(call);
    if (status == OK)
        status = row_load(call, DOCUMENT_INSTANCE, call->target.lock, &call->instance_row);
    if (status == ERR_NOT_FOUND)
        return OK;
    if (status == OK && row_is_of_request(call, call->instance_row))
        call->earlier = json_string(call->instance_row, "Operation");
    return status;
}

/* Envoys that route to the service have to hear of it. A state document that is put in place of all
 * else is told as a whole. */
static void tell_proxies(struct invocation *call)
{
    store_note_instances(call->txn, &call->scope,
                         row_text(call->namespace_row, "Properties.HttpProperties.HttpName"),
                         json_string(call->service_row, "Name"));
}

static enum status save_service(struct invocation *call)
{
    return row_save(call, DOCUMENT_SERVICE, json_string(call->service_row, "Id"),
                    call->service_row);
}

static struct cJSON *new_row(struct invocation *call, const char *id, const char *health)
{
    const struct cJSON *attributes = json_member(call->input, "Attributes");
    struct cJSON *row = invocation_keep(call, json_new_object());
    json_add_string(row, "ServiceId", json_string(call->service_row, "Id"));
    json_add_string(row, "Id", id);
    row_set_text(row, "CreatorRequestId", input_text(call, "CreatorRequestId"));
    json_add(row, "Attributes", json_copy(attributes));
    json_add_string(row, "CreatedByAccount", call->scope.account);
    if (!health)
        health = json_string(attributes, "AWS_INIT_HEALTH_STATUS");
    if (json_member(call->service_row, "HealthCheckCustomConfig"))
        json_add_string(row, "HealthStatus", health ? health : "HEALTHY");
    row_set_text(row, "Operation", call->operation_id);
    row_set_text(row, "Request", call->operation_id ? input_digest(call) : NULL);
    return row;
}

/* The revision grows with every registration, here by numbers that are never given twice, so that
 * it differs from all before a reset too. */
static enum status note_revision(struct invocation *call, int64_t more)
{
    row_add(call->service_row, "InstanceCount", more);
    row_set_number(call->service_row, "Revision", (double)store_next_number(call->txn));
    tell_proxies(call);
    return save_service(call);
}

enum status instance_make(struct invocation *call, const char *id, const char *health)
{
    const char *name = instance_name(call->arena, json_string(call->service_row, "Id"), id);
    struct bytes old;
    enum status found = store_document(call->txn, DOCUMENT_INSTANCE, call->place, name, &old);
    if (found != OK && found != ERR_NOT_FOUND)
        return found;
    enum status status = row_save(call, DOCUMENT_INSTANCE, name, new_row(call, id, health));
    return status == OK ? note_revision(call, found == OK ? 0 : 1) : status;
}

static enum status apply_register(struct invocation *call)
{
    return instance_make(call, call->target.instance_id, NULL);
}

const struct effect instance_register = {"REGISTER_INSTANCE", check_register, apply_register};

static enum status find_instance(struct invocation *call)
{
    enum status status = find_target(call);
    return status == OK ? instance_find(call, call->target.service_id, call->target.instance_id,
                                        &call->instance_row)
                        : status;
}

static enum status apply_deregister(struct invocation *call)
{
    enum status status = row_drop(call, DOCUMENT_INSTANCE, call->target.lock);
    return status == OK ? note_revision(call, -1) : status;
}

const struct effect instance_deregister = {"DEREGISTER_INSTANCE", find_instance, apply_deregister};

/* ---- read ---- */

enum status instance_get(struct invocation *call)
{
    enum status status = find_instance(call);
    if (status != OK)
        return status;
    json_add_string(call->reply, "ResourceOwner", call->scope.account);
    json_add(call->reply, "Instance", row_view(call->instance_row, instance_members));
    return OK;
}

static const char *prefix_of(struct invocation *call)
{
    return instance_name(call->arena, call->target.service_id, "");
}

enum status instance_list(struct invocation *call)
{
    static const struct list list = {
        .document = DOCUMENT_INSTANCE, .member = "Instances", .view = instance_summary};
    enum status status = service_find_whole(call, "ServiceId");
    if (status != OK)
        return status;
    json_add_string(call->reply, "ResourceOwner", call->scope.account);
    return list_page(call, &list, prefix_of(call));
}

/* ---- health ---- */

bool service_checks_health(const struct cJSON *service_row)
{
    return json_member(service_row, "HealthCheckCustomConfig") ||
           json_member(service_row, "HealthCheckConfig");
}

/* Nobody probes for Route 53 here, so what it would check is healthy: our choice. Without any check
 * the status is UNKNOWN (recorded: aws-app-mesh-controller-for-k8s#132). */
const char *instance_health(const struct cJSON *service_row, const struct cJSON *row)
{
    const char *health = json_string(row, "HealthStatus");
    if (json_member(service_row, "HealthCheckCustomConfig"))
        return health ? health : "HEALTHY";
    return json_member(service_row, "HealthCheckConfig") ? "HEALTHY" : "UNKNOWN";
}

static void show_health(struct invocation *call, struct cJSON *member, const struct cJSON *row)
{
    json_add_string(member, json_string(row, "Id"), instance_health(call->service_row, row));
}

static enum status show_given(struct invocation *call, struct cJSON *member, const char *id)
{
    struct cJSON *row;
    if (json_member(member, id))
        return OK;
    enum status status = instance_find(call, call->target.service_id, id, &row);
    if (status == OK)
        show_health(call, member, row);
    return status;
}

/* Pages of the ids given, however many: a token holds how many went before. */
static enum status list_given(struct invocation *call, const struct cJSON *ids)
{
    struct cJSON *member = json_add_object(call->reply, "Status");
    const char *prefix = call->target.service_id, *before;
    enum status status = list_begin(call, prefix, &before);
    int64_t from = status == OK && before ? strtoll(before, NULL, 10) : 0;
    int64_t end = from + list_most(call), place = 0;
    const struct cJSON *id = json_first(ids);
    for (; status == OK && id && place < end; id = json_next(id), place++)
        if (place >= from)
            status = show_given(call, member, json_text(id));
    if (status == OK && id)
        list_add_token(call, prefix, arena_printf(call->arena, "%" PRId64, place));
    return status;
}

enum status instance_list_health(struct invocation *call)
{
    static const struct list list = {
        .document = DOCUMENT_INSTANCE, .member = "Status", .is_map = true, .show = show_health};
    enum status status = service_find_whole(call, "ServiceId");
    if (status != OK)
        return status;
    const struct cJSON *ids = json_member(call->input, "Instances");
    return ids ? list_given(call, ids) : list_page(call, &list, prefix_of(call));
}

enum status instance_set_health(struct invocation *call)
{
    enum status status = find_instance(call);
    if (status != OK)
        return status;
    if (!json_member(call->service_row, "HealthCheckCustomConfig"))
        return error_set(&call->error, ERR_NO_CUSTOM_HEALTH,
                         "The service has no custom health check");
    row_set_text(call->instance_row, "HealthStatus", input_text(call, "Status"));
    tell_proxies(call);
    return row_save(call, DOCUMENT_INSTANCE, call->target.lock, call->instance_row);
}
