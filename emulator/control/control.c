/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "clock.h"
#include "cloudmap.h"
#include "exchange.h"
#include "http.h"
#include "json.h"
#include "state.h"
#include "store.h"
#include "target.h"

#define PREFIX "/_emulator/"
#define RESET_ALIAS "/moto-api/reset"
#define BODY_MAX (1 << 20)
#define STATE_MAX ((size_t)256 << 20)
#define PATIENCE_MS 30000
#define CONTROL_PATIENCE_MS 300000

static bool is_control(const char *target)
{
    return strncmp(target, PREFIX, strlen(PREFIX)) == 0 || strcmp(target, RESET_ALIAS) == 0;
}

int64_t control_body_patience_ms(void *control, const char *target)
{
    (void)control;
    return is_control(target) ? CONTROL_PATIENCE_MS : PATIENCE_MS;
}

/* ---- who may come in ---- */

/* The name in a Host header, without the port and the brackets of IPv6. */
static const char *host_name(struct arena *arena, const char *host)
{
    size_t size = strcspn(host, ":");
    size_t bracketed = host[0] == '[' ? strcspn(host, "]") : 0;
    bool is_ipv6 = bracketed && host[bracketed] && strchr(":", host[bracketed + 1]);
    return arena_copy(arena, is_ipv6 ? (struct bytes){host + 1, bracketed - 1}
                                     : (struct bytes){host, size});
}

static bool is_ip(const char *name)
{
    unsigned char address[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

static bool host_is_allowed(const struct control *control, const struct http_request *request)
{
    const char *host = http_header(request, "host");
    const char *name = host ? host_name(request->arena, host) : "";
    if (strcasecmp(name, "localhost") == 0 || is_ip(name))
        return true;
    for (const char *const *allowed = control->options.hosts; allowed && *allowed; allowed++)
        if (strcmp(*allowed, "*") == 0 || strcasecmp(*allowed, name) == 0)
            return true;
    return false;
}

/* Source: browsers send Origin with every request that a page could abuse, and Sec-Fetch-Site. */
static const char *reason_to_refuse(const struct control *control,
                                    const struct http_request *request)
{
    const char *site = http_header(request, "sec-fetch-site");
    if (http_header(request, "origin"))
        return "The control API takes no request with an Origin";
    if (site && strcasecmp(site, "cross-site") == 0)
        return "The control API takes no cross-site request";
    if (!host_is_allowed(control, request))
        return "The control API takes no request for this Host; see --control-host";
    return NULL;
}

/* Who is refused need not send much first. */
size_t control_body_max(void *control, const struct http_request *request)
{
    bool is_state = strcmp(request->target, PREFIX "state") == 0;
    return is_state && !reason_to_refuse(control, request) ? STATE_MAX : BODY_MAX;
}

/* ---- the endpoints ---- */

#define RESOURCE_KINDS (KIND_COUNT + 3)

struct resources {
    const char *names[RESOURCE_KINDS];
    uint64_t counts[RESOURCE_KINDS];
};

/* Over all accounts: the seven kinds, then Cloud Map's. */
static struct resources count_resources(struct store_txn *txn)
{
    const struct cloudmap_counts counts = cloudmap_count(txn);
    struct resources resources = {
        .names = {[KIND_COUNT] = "namespace",       "service",       "instance"      },
        .counts = {[KIND_COUNT] = counts.namespaces, counts.services, counts.instances},
    };
    for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
        resources.names[kind] = kinds[kind].member;
        resources.counts[kind] = store_count(txn, kind);
    }
    return resources;
}

static enum status health(struct exchange *exchange)
{
    struct control *control = exchange->control;
    struct store_txn *txn;
    enum status status = api_reader(control->api, &txn);
    if (status != OK)
        return status;
    struct buffer *out = &exchange->output;
    buffer_printf(out, "{\"status\":\"ok\",\"version\":\"%s\",\"resources\":{",
                  control->options.version);
    struct resources resources = count_resources(txn);
    for (size_t i = 0; i < RESOURCE_KINDS; i++)
        buffer_printf(out, "%s\"%s\":%" PRIu64, i ? "," : "", resources.names[i],
                      resources.counts[i]);
    buffer_text(out, "},\"proxies\":");
    return OK;
}

static void finish_health(struct exchange *exchange)
{
    buffer_printf(&exchange->output, ",\"uptime_ms\":%" PRId64 "}",
                  clock_monotonic_ms() - exchange->control->started_ms);
}

static enum status metrics(struct exchange *exchange)
{
    struct control *control = exchange->control;
    struct store_txn *txn;
    enum status status = api_reader(control->api, &txn);
    if (status != OK)
        return status;
    struct buffer *out = &exchange->output;
    exchange->content_type = "text/plain; version=0.0.4";
    buffer_text(out, "# HELP appmesh_emulator_resources Resources over all accounts.\n"
                     "# TYPE appmesh_emulator_resources gauge\n");
    struct resources resources = count_resources(txn);
    for (size_t i = 0; i < RESOURCE_KINDS; i++)
        buffer_printf(out, "appmesh_emulator_resources{kind=\"%s\"} %" PRIu64 "\n",
                      resources.names[i], resources.counts[i]);
    api_print_metrics(control->api, out);
    return OK;
}

static enum status get_state(struct exchange *exchange)
{
    struct store_txn *txn;
    enum status status = api_reader(exchange->control->api, &txn);
    return status == OK ? state_print(txn, &exchange->output) : status;
}

static enum status say_ok(struct exchange *exchange, enum status status)
{
    if (status == OK)
        buffer_text(&exchange->output, "{\"status\":\"ok\"}");
    return status;
}

static enum status reset(struct exchange *exchange)
{
    return say_ok(exchange, store_reset(exchange->txn));
}

static enum status put_state(struct exchange *exchange)
{
    struct json_fault fault;
    struct cJSON *document = json_parse(exchange->request->body, &fault);
    if (!document)
        return error_set(&exchange->error, ERR_SERIALIZATION, "%zu: %s", fault.offset,
                         fault.reason);
    enum status status =
        state_replace(exchange->control, exchange->txn, document, &exchange->error);
    json_free(document);
    malloc_trim(0); /* the pieces that base/json keeps for the next tree would hold on to it all */
    return say_ok(exchange, status);
}

static enum status nothing_before(struct exchange *exchange)
{
    (void)exchange;
    return OK;
}

/* How an endpoint is served: at once, in the batch, or by its handler and then the bridge. */
enum manner { AT_ONCE, IN_BATCH, BY_BRIDGE };

static const struct {
    const char *method, *path;
    enum manner manner;
    enum status (*handle)(struct exchange *);
    enum bridge_topic topic;
    void (*finish)(struct exchange *);
} endpoints[] = {
    {"GET",  PREFIX "health",  BY_BRIDGE, health,         BRIDGE_COUNT,   finish_health},
    {"GET",  PREFIX "metrics", BY_BRIDGE, metrics,        BRIDGE_METRICS, NULL         },
    {"GET",  PREFIX "proxies", BY_BRIDGE, nothing_before, BRIDGE_PROXIES, NULL         },
    {"GET",  PREFIX "config",  BY_BRIDGE, nothing_before, BRIDGE_CONFIG,  NULL         },
    {"GET",  PREFIX "state",   AT_ONCE,   get_state,      0,              NULL         },
    {"PUT",  PREFIX "state",   IN_BATCH,  put_state,      0,              NULL         },
    {"POST", PREFIX "reset",   IN_BATCH,  reset,          0,              NULL         },
    {"POST", RESET_ALIAS,      IN_BATCH,  reset,          0,              NULL         },
};

/* ---- answers ---- */

static void respond(struct exchange *exchange, int status)
{
    struct http_response response = {
        .status = status,
        .headers = {{"content-type", exchange->content_type}},
        .body = { arena_copy(exchange->request->arena, buffer_bytes(&exchange->output)),
                    exchange->output.size},
        .is_arena = true,
    };
    buffer_clear(&exchange->output);
    http_respond(exchange->request, &response);
}

static void respond_message(struct exchange *exchange, int status, const char *message)
{
    exchange->output.size = 0;
    buffer_text(&exchange->output, "{\"message\":");
    json_print_string(&exchange->output, message);
    buffer_char(&exchange->output, '}');
    exchange->content_type = "application/json";
    respond(exchange, status);
}

/* Whatever is wrong with a state document is the client's fault: 400. */
static void answer(void *context, enum status status)
{
    struct exchange *exchange = context;
    if (status == OK)
        respond(exchange, 200);
    else if (status == exchange->error.status && status_http(status) < 500)
        respond_message(exchange, 400, exchange->error.message);
    else
        respond_message(exchange, status_http(status), "The store cannot serve this now");
}

static enum status run_write(void *context, struct store_txn *txn)
{
    struct exchange *exchange = context;
    exchange->txn = txn;
    return exchange->handle(exchange);
}

static void take_answer(void *context, enum status status, struct bytes text)
{
    struct exchange *exchange = context;
    if (status != OK) {
        respond_message(exchange, status_http(status), arena_copy(exchange->request->arena, text));
        return;
    }
    buffer_append(&exchange->output, text.data, text.size);
    if (exchange->finish)
        exchange->finish(exchange);
    respond(exchange, 200);
}

/* The node and its settings as query parameters. */
static enum status read_query(struct exchange *exchange, const char **out_node,
                              const char *out_values[SETTING_COUNT])
{
    struct http_request *request = exchange->request;
    bool is_fine = target_parameter(request->arena, request->query, "node", out_node);
    for (size_t i = 0; is_fine && i < SETTING_COUNT; i++)
        is_fine = target_parameter(request->arena, request->query, setting_keys[i], &out_values[i]);
    if (is_fine && *out_node)
        return OK;
    return error_set(&exchange->error, ERR_BAD_REQUEST, "The query must have node=ID");
}

static void ask_bridge(struct exchange *exchange, enum bridge_topic topic)
{
    const char *node = NULL, *values[SETTING_COUNT] = {NULL};
    enum status status = exchange->handle(exchange);
    if (status == OK && topic == BRIDGE_CONFIG)
        status = read_query(exchange, &node, values);
    if (status == OK)
        bridge_ask(exchange->control->bridge, topic, node, values, take_answer, exchange);
    else
        answer(exchange, status);
}

static void serve(struct control *control, struct http_request *request)
{
    struct exchange *exchange = arena_new(request->arena, sizeof(*exchange));
    *exchange = (struct exchange){.control = control,
                                  .request = request,
                                  .content_type = "application/json",
                                  .error = {.arena = request->arena}};
    const char *refusal = reason_to_refuse(control, request);
    if (refusal) {
        respond_message(exchange, 403, refusal);
        return;
    }
    for (size_t i = 0; i < COUNT(endpoints); i++) {
        if (strcmp(endpoints[i].method, request->method) != 0 ||
            strcmp(endpoints[i].path, request->target) != 0)
            continue;
        exchange->handle = endpoints[i].handle;
        exchange->finish = endpoints[i].finish;
        exchange->job = (struct api_job){run_write, answer, exchange, true, OK, NULL};
        if (endpoints[i].manner == AT_ONCE)
            answer(exchange, exchange->handle(exchange));
        else if (endpoints[i].manner == BY_BRIDGE)
            ask_bridge(exchange, endpoints[i].topic);
        else
            api_submit(control->api, &exchange->job);
        return;
    }
    respond_message(exchange, 404, "The control API has no such endpoint");
}

void control_dispatch(void *context, struct http_request *request)
{
    struct control *control = context;
    if (is_control(request->target))
        serve(control, request);
    else if (cloudmap_takes(request))
        cloudmap_dispatch(control->cloudmap, request);
    else
        api_dispatch(control->api, request);
}

void control_refuse(void *context, struct arena *arena, const char *reason,
                    struct http_response *response)
{
    struct control *control = context;
    api_refuse(control->api, arena, reason, response);
}

struct control *control_new(struct api *api, struct cloudmap *cloudmap, struct store *store,
                            const struct control_options *options)
{
    struct control *control = memory_new(sizeof(*control));
    *control = (struct control){.api = api,
                                .cloudmap = cloudmap,
                                .store = store,
                                .options = *options,
                                .started_ms = clock_monotonic_ms()};
    return control;
}

void control_set_bridge(struct control *control, struct bridge *bridge)
{
    control->bridge = bridge;
}

void control_free(struct control *control)
{
    free(control);
}
