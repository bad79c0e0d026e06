/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "batch.h"
#include "call.h"
#include "clock.h"
#include "http.h"
#include "identity.h"
#include "json.h"
#include "log.h"
#include "loop.h"
#include "metrics.h"
#include "render.h"
#include "target.h"

struct api {
    struct api_options options;
    struct loop *loop;
    struct store *store;
    struct batch batch;
    struct metrics metrics;
    struct store_txn *reader;
    bool is_reading;
    struct loop_task end_reading;
};

/* A request under way. */
struct exchange {
    struct api *api;
    struct http_request *request;
    struct call call;
    struct api_job job;
};

/* ---- the reader of this round ---- */

static void end_reading(void *context)
{
    struct api *api = context;
    if (api->is_reading)
        store_read_end(api->reader);
    api->is_reading = false;
}

/* Who has been told of a write finds it with the next read, also in the same round. */
static void write_batch(void *context)
{
    struct api *api = context;
    end_reading(api);
    batch_run(&api->batch);
}

enum status api_reader(struct api *api, struct store_txn **out)
{
    if (!api->is_reading) {
        enum status status = store_read(api->store, &api->reader);
        if (status != OK)
            return status;
        api->is_reading = true;
        loop_defer(api->loop, &api->end_reading);
    }
    *out = api->reader;
    return OK;
}

/* ---- from request to call ---- */

void call_init(struct call *call, struct api *api, struct arena *arena)
{
    *call = (struct call){
        .options = &api->options, .store = api->store, .arena = arena, .error = {.arena = arena}};
}

static enum status read_names(struct call *call, const struct bytes raw[KIND_COUNT])
{
    call->path.kind = call->op->kind;
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        if (!raw[kind].data)
            continue;
        call->path.names[kind] = target_decode(call->arena, raw[kind], true);
        if (!call->path.names[kind])
            return error_set(&call->error, ERR_BAD_REQUEST, "%s in the path is not a name: %.*s",
                             kinds[kind].name_member, (int)raw[kind].size, raw[kind].data);
    }
    return OK;
}

static enum status read_query(struct call *call, const char *query)
{
    for (size_t i = 0; i < PARAMETER_COUNT; i++)
        if (call->op->parameters[i] &&
            !target_parameter(call->arena, query, parameter_names[i], &call->query[i]))
            return error_set(&call->error, ERR_BAD_REQUEST, "%s in the query cannot be decoded",
                             parameter_names[i]);
    return OK;
}

/* No body at all is an empty one: UpdateMesh has no member that it needs. */
static enum status read_body(struct call *call, struct bytes body)
{
    struct json_fault fault = {0};
    if (!call->op->body)
        return OK;
    call->input = body.size == 0 ? json_new_object() : json_parse(body, &fault);
    if (call->input)
        return OK;
    return error_set(&call->error, ERR_SERIALIZATION, "%zu: %s", fault.offset, fault.reason);
}

static enum status read_request(struct call *call, const struct http_request *request)
{
    struct bytes segments[SEGMENTS_MAX], names[KIND_COUNT];
    size_t count = target_split(request->target, segments, SEGMENTS_MAX);
    if (count <= SEGMENTS_MAX)
        call->op = operation_match(request->method, segments, count, names);
    if (!call->op)
        return error_set(&call->error, ERR_UNKNOWN_OPERATION, "No operation answers %s %s",
                         request->method, request->target);
    call->scope =
        identity_scope(call->arena, http_header(request, "authorization"), &call->options->scope);
    enum status status = read_names(call, names);
    if (status == OK)
        status = read_query(call, request->query);
    if (status == OK)
        status = read_body(call, request->body);
    return status;
}

/* ---- answers ---- */

static const char *general_message(enum status status)
{
    return status == ERR_UNAVAILABLE ? "The store cannot serve this now; nothing was changed"
                                     : "An internal error occurred; nothing was changed";
}

/* The failure of a call whose message may be missing (the store has no words for clients) or be
 * overtaken by that of the commit. */
static struct error failure(const struct call *call, enum status status)
{
    if (call->error.status == status)
        return call->error;
    return (struct error){call->arena, status, general_message(status)};
}

static void log_call(const struct exchange *exchange, enum status status, int64_t took_us)
{
    const struct call *call = &exchange->call;
    enum log_level level = status_http(status) >= 500                             ? LOG_ERROR
                           : status == OK && call->op && call->op->access == READ ? LOG_DEBUG
                                                                                  : LOG_INFO;
    LOG(level, "api", LOG_T("op", call->op ? call->op->name : "unknown"),
        LOG_N("status", status_http(status)), LOG_N("us", took_us),
        LOG_T("mesh", call->path.names[KIND_MESH]),
        LOG_T("name",
              call->op && call->op->kind != KIND_NONE ? call->path.names[call->op->kind] : NULL),
        LOG_T("error", status == OK ? NULL : status_aws_name(status)));
}

static void answer(struct exchange *exchange, enum status status)
{
    struct api *api = exchange->api;
    struct call *call = &exchange->call;
    struct http_response response = {0};
    if (status == OK) {
        render_output(call->arena, call->output, api->options.cors, &response);
    } else {
        struct error error = failure(call, status);
        render_error(call->arena, &error, api->options.cors, &response);
    }
    int64_t took_us = clock_monotonic_us() - exchange->request->started_us;
    api_count(api, call->op ? call->op->name : NULL, status, took_us);
    log_call(exchange, status, took_us);
    call_clear(call);
    http_respond(exchange->request, &response);
}

/* ---- reads at once, writes by the batch ---- */

static enum status run_write(void *context, struct store_txn *txn)
{
    struct exchange *exchange = context;
    exchange->call.txn = txn;
    return exchange->call.op->handle(&exchange->call);
}

static void end_write(void *context, enum status status)
{
    answer(context, status);
}

static void submit(struct exchange *exchange)
{
    exchange->job = (struct api_job){run_write, end_write, exchange, false, OK, NULL};
    batch_add(&exchange->api->batch, &exchange->job);
}

static void read_now(struct exchange *exchange)
{
    struct call *call = &exchange->call;
    enum status status = api_reader(exchange->api, &call->txn);
    answer(exchange, status == OK ? call->op->handle(call) : status);
}

void api_dispatch(void *context, struct http_request *request)
{
    struct api *api = context;
    if (api->options.cors && strcmp(request->method, "OPTIONS") == 0 &&
        http_header(request, "origin")) {
        struct http_response response;
        render_preflight(request, &response);
        http_respond(request, &response);
        return;
    }
    struct exchange *exchange = arena_new(request->arena, sizeof(*exchange));
    *exchange = (struct exchange){.api = api, .request = request};
    call_init(&exchange->call, api, request->arena);
    enum status status = read_request(&exchange->call, request);
    if (status == OK)
        status = call_check(&exchange->call);
    if (status != OK)
        answer(exchange, status);
    else if (exchange->call.op->access == READ)
        read_now(exchange);
    else
        submit(exchange);
}

void api_refuse(void *context, struct arena *arena, const char *reason,
                struct http_response *response)
{
    struct api *api = context;
    int status = response->status;
    struct error error = {arena, ERR_BAD_REQUEST, reason};
    if (status == status_http(ERR_TOO_LARGE))
        error.status = ERR_TOO_LARGE;
    else if (status == status_http(ERR_UNAVAILABLE))
        error.status = ERR_UNAVAILABLE;
    render_error(arena, &error, api->options.cors, response);
    api_count(api, NULL, error.status, 0);
    LOG(LOG_INFO, "api", LOG_N("status", status), LOG_T("refused", reason));
}

/* ---- the rest of the face ---- */

struct api *api_new(struct loop *loop, struct store *store, const struct api_options *options)
{
    struct api *api = memory_new(sizeof(*api));
    *api = (struct api){.options = *options, .loop = loop, .store = store};
    api->end_reading = (struct loop_task){.run = end_reading, .context = api};
    api->batch = (struct batch){
        .loop = loop,
        .store = store,
        .metrics = &api->metrics,
        .task = {.run = write_batch, .context = api},
        .store_died = options->store_died,
        .context = options->context
    };
    return api;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    end_reading(api);
    store_reader_free(api->reader);
    free(api);
}

void api_submit(struct api *api, struct api_job *job)
{
    batch_add(&api->batch, job);
}

void api_count(struct api *api, const char *operation, enum status status, int64_t took_us)
{
    metrics_request(&api->metrics, operation, status, took_us);
}

void api_print_metrics(const struct api *api, struct buffer *out)
{
    metrics_print(&api->metrics, out);
}
