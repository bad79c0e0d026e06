/* SPDX-License-Identifier: Apache-2.0 */
#include "cloudmap.h"

#include <stdlib.h>

#include "actions.h"
#include "api.h"
#include "clock.h"
#include "effects.h"
#include "http.h"
#include "identity.h"
#include "log.h"
#include "loop.h"
#include "render.h"
#include "rows.h"
#include "sts.h"

#define TARGET_PREFIX "Route53AutoNaming_v20170314."
#define CONTENT_TYPE "application/x-amz-json-1.1"

struct cloudmap {
    struct cloudmap_options options;
    struct loop *loop;
    struct store *store;
    struct api *api;
    struct loop_timer timer; /* when the next operation has its effect */
    struct api_job finish;
    int64_t next_ms; /* wall; 0: none waits */
};

/* A request under way. */
struct exchange {
    struct cloudmap *cloudmap;
    struct http_request *request;
    struct invocation call;
    struct api_job job;
};

/* ---- operations that wait ---- */

static void wait_for_next(struct cloudmap *cloudmap)
{
    int64_t left_ms = cloudmap->next_ms - clock_wall_ms();
    if (cloudmap->next_ms > 0)
        loop_timer_start(cloudmap->loop, &cloudmap->timer, left_ms > 0 ? left_ms : 0);
}

static enum status run_finish(void *context, struct store_txn *txn)
{
    struct cloudmap *cloudmap = context;
    return effect_finish(cloudmap->store, txn, clock_wall_ms(), &cloudmap->next_ms);
}

/* What a store that is full kept from happening is tried again. */
static void end_finish(void *context, enum status status)
{
    struct cloudmap *cloudmap = context;
    if (status != OK)
        cloudmap->next_ms = clock_wall_ms() + 1000;
    wait_for_next(cloudmap);
}

static void finish_due(void *context)
{
    struct cloudmap *cloudmap = context;
    cloudmap->finish = (struct api_job){run_finish, end_finish, cloudmap, false, OK, NULL};
    api_submit(cloudmap->api, &cloudmap->finish);
}

/* All have the same delay, so a timer that runs is for one that is due before. */
static void note_delay(struct cloudmap *cloudmap)
{
    if (cloudmap->options.operation_delay_ms > 0 && !cloudmap->timer.loop)
        loop_timer_start(cloudmap->loop, &cloudmap->timer, cloudmap->options.operation_delay_ms);
}

enum status cloudmap_recover(struct cloudmap *cloudmap)
{
    struct store_txn *txn;
    enum status status = store_begin(cloudmap->store, &txn);
    return status == OK
               ? store_end(txn, effect_finish(cloudmap->store, txn, INT64_MAX, &cloudmap->next_ms))
               : status;
}

/* ---- answers ---- */

/* Source: botocore's protocol json 1.1; recorded bodies. An unknown target gets a type alone
 * (recorded: cognitect-labs/aws-api#175). */
static void print_error(const struct invocation *call, enum status status, struct buffer *out)
{
    struct cJSON *error = json_new_object();
    json_add_string(error, "__type", status_aws_name(status));
    if (call->error.status == status) {
        row_set_text(error, "Message", call->error.message);
        for (struct cJSON *one = json_first(call->error_members); one; one = json_next(one))
            json_add(error, json_name(one), json_copy(one));
    }
    json_print(out, error);
    json_free(error);
}

static void log_call(const struct exchange *exchange, enum status status, int64_t took_us)
{
    const struct action *action = exchange->call.action;
    enum log_level level = status_http(status) >= 500                         ? LOG_ERROR
                           : status == OK && action && action->access == READ ? LOG_DEBUG
                                                                              : LOG_INFO;
    LOG(level, "cloudmap", LOG_T("op", action ? action->name : "unknown"),
        LOG_N("status", status_http(status)), LOG_N("us", took_us),
        LOG_T("error", status == OK ? NULL : status_aws_name(status)));
}

static void answer(struct exchange *exchange, enum status status)
{
    struct cloudmap *cloudmap = exchange->cloudmap;
    struct invocation *call = &exchange->call;
    struct http_response response = {.status = status_http(status), .is_arena = true};
    struct buffer body = {0};
    if (status == OK)
        json_print(&body, call->reply);
    else
        print_error(call, status, &body);
    response.body = (struct bytes){arena_copy(call->arena, buffer_bytes(&body)), body.size};
    buffer_clear(&body);
    render_headers(call->arena, CONTENT_TYPE, cloudmap->options.cors, &response);
    if (status != OK)
        render_header(&response, "x-amzn-errortype", status_aws_name(status));
    int64_t took_us = clock_monotonic_us() - exchange->request->started_us;
    api_count(cloudmap->api, call->action ? call->action->name : NULL, status, took_us);
    log_call(exchange, status, took_us);
    invocation_clear(call);
    http_respond(exchange->request, &response);
}

static void answer_sts(struct cloudmap *cloudmap, struct http_request *request)
{
    struct http_response response;
    struct scope scope = identity_scope(request->arena, http_header(request, "authorization"),
                                        &cloudmap->options.scope);
    bool is_served = sts_answer(request, &scope, cloudmap->options.cors, &response);
    int64_t took_us = clock_monotonic_us() - request->started_us;
    api_count(cloudmap->api, is_served ? STS_ACTION : NULL, is_served ? OK : ERR_UNKNOWN_TARGET,
              took_us);
    LOG(LOG_INFO, "sts", LOG_N("status", response.status), LOG_N("us", took_us));
    http_respond(request, &response);
}

/* ---- from request to invocation ---- */

static const struct action *action_of(const char *target)
{
    bool is_ours = strncmp(target, TARGET_PREFIX, strlen(TARGET_PREFIX)) == 0;
    return is_ours ? action_named(target + strlen(TARGET_PREFIX)) : NULL;
}

/* No body at all is an empty one, as for the other API. */
static enum status read_input(struct invocation *call, struct bytes body)
{
    struct json_fault fault = {0};
    if (!call->action)
        return ERR_UNKNOWN_TARGET;
    call->input = body.size == 0 ? json_new_object() : json_parse(body, &fault);
    if (call->input)
        return invocation_check(call, call->action->input, call->input, "");
    return error_set(&call->error, ERR_SERIALIZATION, "%zu: %s", fault.offset, fault.reason);
}

static enum status run_write(void *context, struct store_txn *txn)
{
    struct exchange *exchange = context;
    return invocation_run(&exchange->call, txn);
}

static void end_write(void *context, enum status status)
{
    struct exchange *exchange = context;
    if (exchange->call.action->effect)
        note_delay(exchange->cloudmap);
    answer(exchange, status);
}

static void run(struct exchange *exchange)
{
    struct api *api = exchange->cloudmap->api;
    struct store_txn *txn;
    if (exchange->call.action->access == WRITE) {
        exchange->job = (struct api_job){run_write, end_write, exchange, false, OK, NULL};
        api_submit(api, &exchange->job);
        return;
    }
    enum status status = api_reader(api, &txn);
    answer(exchange, status == OK ? invocation_run(&exchange->call, txn) : status);
}

bool cloudmap_takes(const struct http_request *request)
{
    if (strcmp(request->target, "/") != 0)
        return false;
    return strcmp(request->method, "POST") == 0 ||
           (strcmp(request->method, "GET") == 0 && sts_action(request));
}

void cloudmap_dispatch(struct cloudmap *cloudmap, struct http_request *request)
{
    const char *target = http_header(request, "x-amz-target");
    if (!target) {
        answer_sts(cloudmap, request);
        return;
    }
    struct exchange *exchange = arena_new(request->arena, sizeof *exchange);
    struct scope scope = identity_scope(request->arena, http_header(request, "authorization"),
                                        &cloudmap->options.scope);
    *exchange = (struct exchange){.cloudmap = cloudmap, .request = request};
    invocation_init(&exchange->call, cloudmap->store, request->arena, &scope, action_of(target),
                    NULL);
    exchange->call.delay_ms = cloudmap->options.operation_delay_ms;
    enum status status = read_input(&exchange->call, request->body);
    if (status == OK)
        run(exchange);
    else
        answer(exchange, status);
}

/* ---- life ---- */

struct cloudmap *cloudmap_new(struct loop *loop, struct store *store, struct api *api,
                              const struct cloudmap_options *options)
{
    struct cloudmap *cloudmap = memory_new(sizeof *cloudmap);
    *cloudmap = (struct cloudmap){.options = *options, .loop = loop, .store = store, .api = api};
    cloudmap->timer = (struct loop_timer){.due = finish_due, .context = cloudmap};
    return cloudmap;
}

void cloudmap_free(struct cloudmap *cloudmap)
{
    if (cloudmap)
        loop_timer_stop(&cloudmap->timer);
    free(cloudmap);
}
