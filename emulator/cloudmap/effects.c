/* SPDX-License-Identifier: Apache-2.0 */
#include "effects.h"

#include <inttypes.h>

#include "actions.h"
#include "clock.h"
#include "filters.h"
#include "ids.h"
#include "lists.h"
#include "rows.h"

#define KEPT_MS ((int64_t)24 * 3600 * 1000) /* how long an operation is remembered: our choice */
#define FORGOTTEN_AT_ONCE 2                 /* more than one, so that they do not pile up */

static const char *const operation_members[] = {
    "Id",        "OwnerAccount", "Type",       "Status",  "ErrorMessage",
    "ErrorCode", "CreateDate",   "UpdateDate", "Targets", NULL};
static const char *const operation_summary[] = {"Id", "Status", NULL};

/* ---- the operation as a row ---- */

static enum status save_operation(struct invocation *call, const struct cJSON *operation)
{
    return row_save(call, DOCUMENT_OPERATION, operation_key(call->arena, call->operation_id),
                    operation);
}

/* The operations of one thing share the start of their ids (recorded: awscli's examples). An id
 * ends in its time, so a second one for the same thing in a millisecond is of the next. */
static void take_id(struct invocation *call)
{
    const struct target *target = &call->target;
    const char *about = target->namespace_id ? target->namespace_id : target->lock;
    struct bytes taken;
    do {
        call->operation_id = id_of_operation(call->arena, about, call->now_ms++);
    } while (store_document(call->txn, DOCUMENT_OPERATION, call->place,
                            operation_key(call->arena, call->operation_id), &taken) == OK);
    call->now_ms--;
}

static void add_targets(struct cJSON *operation, const struct target *target)
{
    struct cJSON *targets = json_add_object(operation, "Targets");
    row_set_text(targets, "NAMESPACE", target->namespace_id);
    row_set_text(targets, "SERVICE", target->service_id);
    row_set_text(targets, "INSTANCE", target->instance_id);
}

static struct cJSON *new_operation(struct invocation *call)
{
    struct cJSON *operation = invocation_keep(call, json_new_object());
    json_add_string(operation, "Id", call->operation_id);
    json_add_string(operation, "OwnerAccount", call->scope.account);
    json_add_string(operation, "Type", call->action->effect->type);
    json_add_number(operation, "CreateDate", (double)call->now_ms / 1000);
    add_targets(operation, &call->target);
    return operation;
}

static void set_status(struct invocation *call, struct cJSON *operation, const char *status)
{
    row_set_text(operation, "Status", status);
    row_set_number(operation, "UpdateDate", (double)call->now_ms / 1000);
}

void effect_fail(struct invocation *call, const char *code, const char *message)
{
    call->failure_code = code;
    call->failure_message = message;
}

static void set_outcome(struct invocation *call, struct cJSON *operation)
{
    set_status(call, operation, call->failure_code ? "FAIL" : "SUCCESS");
    row_set_text(operation, "ErrorCode", call->failure_code);
    row_set_text(operation, "ErrorMessage", call->failure_message);
}

static bool is_pending(struct bytes operation)
{
    struct cJSON *row = row_parse(operation);
    bool is = strcmp(json_string(row, "Status"), "PENDING") == 0;
    json_free(row);
    return is;
}

/* The oldest go first, if they are old enough. One may still wait after a day in which the machine
 * slept: its end has to be told. */
static enum status forget_old(struct invocation *call)
{
    const char *limit = operation_key_at(call->arena, call->now_ms - KEPT_MS);
    const char *old[FORGOTTEN_AT_ONCE];
    size_t count = 0;
    struct document_scan scan;
    document_scan_begin(&scan, call->txn, DOCUMENT_OPERATION, call->place, "", NULL);
    while (count < FORGOTTEN_AT_ONCE && document_scan_next(&scan) && strcmp(scan.name, limit) < 0)
        if (!is_pending(scan.value))
            old[count++] = arena_copy(call->arena, bytes_of(scan.name));
    enum status status = document_scan_end(&scan);
    for (size_t i = 0; status == OK && i < count; i++)
        status = row_drop(call, DOCUMENT_OPERATION, old[i]);
    return status;
}

/* ---- put off ---- */

/* What waits is kept under no scope, so that one look finds all. */
static const char *pending_name(const struct invocation *call)
{
    return arena_printf(call->arena, "%" PRIu64 "/%s", call->place, call->target.lock);
}

static enum status put_off(struct invocation *call)
{
    struct buffer text = {0};
    struct cJSON *pending = invocation_keep(call, json_new_object());
    json_add_string(pending, "Operation", call->operation_id);
    json_add_string(pending, "Action", call->action->name);
    json_add_string(pending, "Request", input_digest(call));
    json_add_string(pending, "Account", call->scope.account);
    json_add_string(pending, "Region", call->scope.region);
    json_add_integer(pending, "DueMs", call->now_ms + call->delay_ms);
    row_set_text(pending, "NamespaceId", call->target.namespace_id);
    json_add(pending, "Input", json_copy(call->input));
    json_print(&text, pending);
    enum status status =
        store_document_put(call->txn, DOCUMENT_PENDING, 0, pending_name(call), buffer_bytes(&text));
    buffer_clear(&text);
    return status;
}

/* Recorded: the text, aws/aws-cdk#25554. */
static enum status refuse_second(struct invocation *call, const struct cJSON *pending)
{
    const char *id = json_string(pending, "Operation");
    json_add_string(call->error_members, "DuplicateOperationId", id);
    return error_set(&call->error, ERR_DUPLICATE_REQUEST,
                     "Another operation of type %s and id %s is in progress",
                     json_string(pending, "Action"), id);
}

/* Whether the same thing is waiting for an operation already. */
static enum status look_for_pending(struct invocation *call)
{
    struct bytes text;
    enum status status = store_document(call->txn, DOCUMENT_PENDING, 0, pending_name(call), &text);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    const struct cJSON *pending = invocation_keep(call, row_parse(text));
    if (!row_is_of_request(call, pending))
        return refuse_second(call, pending);
    call->earlier = arena_copy(call->arena, bytes_of(json_string(pending, "Operation")));
    return OK;
}

/* ---- run ---- */

static enum status start(struct invocation *call)
{
    take_id(call);
    struct cJSON *operation = new_operation(call);
    enum status status = forget_old(call);
    if (status == OK && call->delay_ms > 0) {
        set_status(call, operation, "PENDING");
        status = put_off(call);
    } else if (status == OK) {
        status = call->action->effect->apply(call);
        set_outcome(call, operation);
    }
    return status == OK ? save_operation(call, operation) : status;
}

enum status effect_run(struct invocation *call)
{
    enum status status = call->action->effect->check(call);
    if (status == OK && !call->earlier)
        status = look_for_pending(call);
    if (status == OK && !call->earlier)
        status = start(call);
    if (status == OK)
        json_add_string(call->reply, "OperationId",
                        call->earlier ? call->earlier : call->operation_id);
    return status;
}

/* ---- finish ---- */

/* The effect of what waited; what no longer can be done comes to FAIL. */
static enum status have_effect(struct invocation *call)
{
    const struct effect *effect = call->action->effect;
    struct cJSON *operation;
    enum status status = row_load(call, DOCUMENT_OPERATION,
                                  operation_key(call->arena, call->operation_id), &operation);
    if (status != OK)
        return status;
    status = effect->check(call);
    if (status == OK)
        status = effect->apply(call);
    if (status != OK && status_http(status) < 500) {
        effect_fail(call, "INTERNAL_FAILURE", call->error.message);
        status = OK;
    }
    set_outcome(call, operation);
    return status == OK ? save_operation(call, operation) : status;
}

static enum status finish_one(struct store *store, struct store_txn *txn, const char *name,
                              struct cJSON *pending)
{
    struct arena arena = {0};
    struct invocation call;
    struct scope scope = {json_string(pending, "Account"), json_string(pending, "Region")};
    struct cJSON *input = json_detach(pending, json_member(pending, "Input"));
    invocation_init(&call, store, &arena, &scope, action_named(json_string(pending, "Action")),
                    input);
    call.txn = txn;
    call.now_ms = clock_wall_ms();
    call.operation_id = json_string(pending, "Operation");
    call.target.namespace_id = json_string(pending, "NamespaceId");
    enum status status = store_scope_make(txn, &scope, &call.place);
    if (status == OK)
        status = have_effect(&call);
    if (status == OK)
        status = store_document_delete(txn, DOCUMENT_PENDING, 0, name);
    invocation_clear(&call);
    arena_clear(&arena);
    return status;
}

/* What is due, by name; the time of the first that is not. The caller frees the object. */
static enum status find_due(struct store_txn *txn, int64_t until_ms, struct cJSON **out,
                            int64_t *out_next_ms)
{
    struct document_scan scan;
    *out = json_new_object();
    *out_next_ms = 0;
    document_scan_begin(&scan, txn, DOCUMENT_PENDING, 0, "", NULL);
    while (document_scan_next(&scan)) {
        struct cJSON *pending = row_parse(scan.value);
        int64_t due_ms = json_integer(pending, "DueMs", 0);
        if (due_ms <= until_ms) {
            json_add(*out, scan.name, pending);
            continue;
        }
        if (*out_next_ms == 0 || due_ms < *out_next_ms)
            *out_next_ms = due_ms;
        json_free(pending);
    }
    return document_scan_end(&scan);
}

enum status effect_finish(struct store *store, struct store_txn *txn, int64_t until_ms,
                          int64_t *out_next_ms)
{
    struct cJSON *due;
    enum status status = find_due(txn, until_ms, &due, out_next_ms);
    for (struct cJSON *one = json_first(due); status == OK && one; one = json_next(one))
        status = finish_one(store, txn, json_name(one), one);
    json_free(due);
    return status;
}

/* ---- what is asked of operations ---- */

enum status effect_get_operation(struct invocation *call)
{
    struct cJSON *operation;
    const char *key = operation_key(call->arena, input_text(call, "OperationId"));
    enum status status =
        input_is_own(call) ? row_load(call, DOCUMENT_OPERATION, key, &operation) : ERR_NOT_FOUND;
    if (status == ERR_NOT_FOUND)
        return error_set(&call->error, ERR_NO_OPERATION, "Operation not found");
    if (status == OK)
        json_add(call->reply, "Operation", row_view(operation, operation_members));
    return status;
}

static const struct filter filters[] = {
    {"NAMESPACE_ID", "Targets.NAMESPACE", FILTER_EQ | FILTER_ID},
    {"SERVICE_ID",   "Targets.SERVICE",   FILTER_EQ | FILTER_ID},
    {"STATUS",       "Status",            FILTER_EQ | FILTER_IN},
    {"TYPE",         "Type",              FILTER_EQ | FILTER_IN},
    {"UPDATE_DATE",  "UpdateDate",        FILTER_BETWEEN       },
    {NULL,           NULL,                0                    },
};

/* Recorded: a namespace's operations are no longer listed once it is deleted (a note in moto's
 * tests). */
static bool is_listed(struct invocation *call, const struct cJSON *operation)
{
    struct bytes namespace_text;
    const char *id = row_text(operation, "Targets.NAMESPACE");
    return !id || strcmp(json_string(operation, "Status"), "SUCCESS") != 0 ||
           store_document(call->txn, DOCUMENT_NAMESPACE, call->place, id, &namespace_text) == OK;
}

enum status effect_list_operations(struct invocation *call)
{
    static const struct list list = {
        .document = DOCUMENT_OPERATION,
        .member = "Operations",
        .view = operation_summary,
        .filters = filters,
        .is_listed = is_listed,
    };
    return list_page(call, &list, "");
}
