/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "json.h"
#include "log.h"
#include "loop.h"

struct stream {
    struct streams *all;
    struct grpc_stream *grpc;
    struct ads *ads;
    char *node;                           /* id as it was given; NULL: not said yet */
    struct served_proxy *proxy;           /* NULL: not said yet */
    struct stream *next, **at;            /* of all */
    struct stream *sibling, **sibling_at; /* of the proxy's */
    struct loop_task pump;
    struct loop_timer patience;
};

/* ---- the services ---- */

#define SERVICE "/envoy.service."

static const struct {
    const char *path;
    enum xds_type only; /* XDS_TYPE_COUNT: aggregated */
    bool is_delta;
} services[] = {
    {SERVICE "discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources", XDS_TYPE_COUNT,
     false                                                                                             },
    {SERVICE "discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources",  XDS_TYPE_COUNT,
     true                                                                                              },
    {SERVICE "cluster.v3.ClusterDiscoveryService/StreamClusters",                 XDS_CLUSTER,    false},
    {SERVICE "cluster.v3.ClusterDiscoveryService/DeltaClusters",                  XDS_CLUSTER,    true },
    {SERVICE "endpoint.v3.EndpointDiscoveryService/StreamEndpoints",              XDS_ENDPOINT,   false},
    {SERVICE "endpoint.v3.EndpointDiscoveryService/DeltaEndpoints",               XDS_ENDPOINT,   true },
    {SERVICE "listener.v3.ListenerDiscoveryService/StreamListeners",              XDS_LISTENER,   false},
    {SERVICE "listener.v3.ListenerDiscoveryService/DeltaListeners",               XDS_LISTENER,   true },
    {SERVICE "route.v3.RouteDiscoveryService/StreamRoutes",                       XDS_ROUTE,      false},
    {SERVICE "route.v3.RouteDiscoveryService/DeltaRoutes",                        XDS_ROUTE,      true },
    {SERVICE "secret.v3.SecretDiscoveryService/StreamSecrets",                    XDS_SECRET,     false},
    {SERVICE "secret.v3.SecretDiscoveryService/DeltaSecrets",                     XDS_SECRET,     true },
};

/* ---- Envoys ---- */

/* A node's streams of one connection: one, or one for each type. */
static bool is_same_envoy(const struct stream *one, const struct stream *other)
{
    return ads_is_delta(one->ads) == ads_is_delta(other->ads) &&
           strcmp(one->node, other->node) == 0 && grpc_share_connection(one->grpc, other->grpc);
}

/* From a stream of the proxy on, it included: the next one of the Envoy's. */
static const struct stream *find_of_envoy(const struct stream *from, const struct stream *of)
{
    while (from != NULL && !is_same_envoy(from, of))
        from = from->sibling;
    return from;
}

static bool is_newest_of_envoy(const struct stream *stream)
{
    return find_of_envoy(stream->proxy->streams, stream) == stream;
}

static bool is_only_of_envoy(const struct stream *stream)
{
    return is_newest_of_envoy(stream) && find_of_envoy(stream->sibling, stream) == NULL;
}

/* ---- life ---- */

static void attach(struct stream *stream, struct served_proxy *proxy)
{
    struct stream **first = &stream->all->first;
    struct stream **sibling = (struct stream **)&proxy->streams;
    stream->proxy = proxy;
    stream->next = *first;
    stream->at = first;
    if (*first != NULL)
        (*first)->at = &stream->next;
    *first = stream;
    stream->sibling = *sibling;
    stream->sibling_at = sibling;
    if (*sibling != NULL)
        (*sibling)->sibling_at = &stream->sibling;
    *sibling = stream;
    stream->all->count += is_only_of_envoy(stream);
    ads_take(stream->ads, proxy->snapshot);
}

static void detach(struct stream *stream)
{
    if (stream->proxy == NULL)
        return;
    stream->all->count -= is_only_of_envoy(stream);
    *stream->at = stream->next;
    if (stream->next != NULL)
        stream->next->at = stream->at;
    *stream->sibling_at = stream->sibling;
    if (stream->sibling != NULL)
        stream->sibling->sibling_at = stream->sibling_at;
    meshes_leave(stream->all->meshes, stream->proxy);
}

static void stream_free(struct stream *stream)
{
    loop_cancel(stream->all->loop, &stream->pump);
    loop_timer_stop(&stream->patience);
    detach(stream);
    ads_free(stream->ads);
    free(stream->node);
    free(stream);
}

static void end(struct stream *stream, enum grpc_status status, const char *message)
{
    struct grpc_stream *grpc = stream->grpc;
    if (status != GRPC_OK)
        LOG(LOG_WARN, "xds", LOG_T("node", stream->node), LOG_T("peer", grpc_peer(grpc)),
            LOG_N("grpc_status", status), LOG_T("message", message));
    stream_free(stream);
    grpc_finish(grpc, status, message);
}

/* ---- responses ---- */

struct outgoing {
    struct arena arena;
    struct bytes part;
};

static void release(void *owner)
{
    struct outgoing *outgoing = owner;
    arena_clear(&outgoing->arena);
    free(outgoing);
}

static bool send_next(struct stream *stream, int64_t now_ms)
{
    struct ads_response response;
    struct outgoing *outgoing = memory_new(sizeof(*outgoing));
    if (!ads_next(stream->ads, &outgoing->arena, now_ms, &response)) {
        release(outgoing);
        return false;
    }
    outgoing->part = ads_pack(stream->ads, &outgoing->arena, &response);
    stream->all->pushes[response.type]++;
    LOG(LOG_DEBUG, "xds", LOG_T("node", stream->node), LOG_T("sent", xds_types[response.type].name),
        LOG_N("resources", (int64_t)response.count), LOG_N("bytes", (int64_t)outgoing->part.size));
    const struct grpc_message message = {&outgoing->part, 1, release, outgoing};
    grpc_send(stream->grpc, &message);
    return true;
}

static void pump(void *context)
{
    struct stream *stream = context;
    const int64_t now_ms = clock_monotonic_ms();
    while (grpc_is_ready(stream->grpc))
        if (!send_next(stream, now_ms))
            break;
    const int64_t due_ms = ads_due_ms(stream->ads);
    if (due_ms > now_ms)
        loop_timer_start(stream->all->loop, &stream->patience, due_ms - now_ms);
    else
        loop_timer_stop(&stream->patience);
}

void streams_tell(void *context, struct served_proxy *proxy, enum status status,
                  const char *message)
{
    (void)context;
    /* The last to leave takes the proxy along. */
    for (struct stream *stream = proxy->streams, *next; stream != NULL; stream = next) {
        next = stream->sibling;
        if (status == OK) {
            ads_take(stream->ads, proxy->snapshot);
            pump(stream);
        } else {
            end(stream,
                status == ERR_NOT_FOUND || status == ERR_BAD_REQUEST ? GRPC_INVALID_ARGUMENT
                                                                     : GRPC_INTERNAL,
                message);
        }
    }
}

/* ---- requests ---- */

/* Who it is counts once; what a later message says is ignored. */
static enum grpc_status introduce(struct stream *stream, const struct request_node *node,
                                  struct arena *arena, const char **out_reason)
{
    struct error error = {.arena = arena};
    struct served_proxy *proxy;
    bool is_elsewhere;
    if (node == NULL || node->id[0] == '\0') {
        *out_reason = "the first request of a stream must carry node.id";
        return GRPC_INVALID_ARGUMENT;
    }
    stream->node = memory_text(bytes_of(node->id));
    const struct meshes_query query = {node->id, node->region, node->settings};
    const enum status status =
        meshes_join(stream->all->meshes, &query, &proxy, &is_elsewhere, &error);
    if (status != OK) {
        *out_reason = error.message;
        return status_http(status) < 500 ? GRPC_INVALID_ARGUMENT : GRPC_INTERNAL;
    }
    attach(stream, proxy);
    const struct scope *scope = served_scope(proxy);
    LOG(is_elsewhere ? LOG_WARN : LOG_INFO, "xds", LOG_T("node", stream->node),
        LOG_T("peer", grpc_peer(stream->grpc)), LOG_T("account", scope->account),
        LOG_T("region", scope->region),
        LOG_T("connected", is_elsewhere ? "not where it was looked up, but nowhere else" : "yes"));
    return GRPC_OK;
}

static void note_event(struct stream *stream, const struct ads_event *event,
                       const struct request *request)
{
    if (event->what != ADS_REFUSED)
        return;
    stream->all->refusals[event->type]++;
    LOG(LOG_WARN, "xds", LOG_T("node", stream->node), LOG_T("peer", grpc_peer(stream->grpc)),
        LOG_T("refused", xds_types[event->type].name), LOG_T("message", request->refusal));
}

static enum grpc_status take(struct stream *stream, struct bytes message, struct arena *arena,
                             const char **out_reason)
{
    struct request request;
    struct ads_event event;
    enum grpc_status status =
        request_read(arena, ads_is_delta(stream->ads), message, &request, out_reason);
    if (status == GRPC_OK && stream->proxy == NULL)
        status = introduce(stream, request.node, arena, out_reason);
    if (status == GRPC_OK)
        status = ads_receive(stream->ads, &request, clock_wall_ms(), arena, &event, out_reason);
    if (status == GRPC_OK)
        note_event(stream, &event, &request);
    return status;
}

/* Answers wait until all that came together is read: a client that comes back asks for its types
 * in one breath. */
static void received(struct grpc_stream *grpc, struct bytes message)
{
    struct stream *stream = grpc_user(grpc);
    struct arena arena = {0};
    const char *reason = NULL;
    const enum grpc_status status = take(stream, message, &arena, &reason);
    if (status != GRPC_OK)
        end(stream, status, reason);
    else
        loop_defer(stream->all->loop, &stream->pump);
    arena_clear(&arena);
}

static bool opened(void *context, struct grpc_stream *grpc)
{
    struct streams *all = context;
    for (size_t i = 0; i < COUNT(services); i++) {
        if (strcmp(services[i].path, grpc_path(grpc)) != 0)
            continue;
        struct stream *stream = memory_new(sizeof(*stream));
        *stream = (struct stream){.all = all, .grpc = grpc};
        stream->ads = ads_new(services[i].is_delta, services[i].only);
        stream->pump = (struct loop_task){.run = pump, .context = stream};
        stream->patience = (struct loop_timer){.due = pump, .context = stream};
        grpc_set_user(grpc, stream);
        return true;
    }
    return false;
}

static void log_left(const struct stream *stream)
{
    if (stream->proxy != NULL)
        LOG(LOG_INFO, "xds", LOG_T("node", stream->node), LOG_T("peer", grpc_peer(stream->grpc)),
            LOG_T("connected", "no"));
}

/* Who asks once, as tools do, is answered before the end. */
static void half_closed(struct grpc_stream *grpc)
{
    struct stream *stream = grpc_user(grpc);
    if (stream->proxy != NULL)
        pump(stream);
    log_left(stream);
    end(stream, GRPC_OK, NULL);
}

static void ready(struct grpc_stream *grpc)
{
    pump(grpc_user(grpc));
}

static void ended(struct grpc_stream *grpc)
{
    struct stream *stream = grpc_user(grpc);
    log_left(stream);
    stream_free(stream);
}

const struct grpc_events stream_events = {opened, received, half_closed, ready, ended};

/* ---- for people ---- */

static void print_time(struct buffer *out, int64_t wall_ms)
{
    const time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    char text[32];
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    buffer_printf(out, "\"%s.%03dZ\"", text, (int)(wall_ms % 1000));
}

static void print_separator(struct buffer *out)
{
    if (strchr("[{", out->data[out->size - 1]) == NULL)
        buffer_char(out, ',');
}

static void print_name(void *context, const char *name)
{
    struct buffer *out = context;
    print_separator(out);
    json_print_string(out, name);
}

static void print_version(struct buffer *out, const char *member, uint64_t version)
{
    char text[ADS_VERSION_SIZE] = "";
    buffer_printf(out, ",\"%s\":\"%s\"", member,
                  version == 0 ? text : ads_print_version(version, text));
}

static void print_refusal(struct buffer *out, const struct ads_report *report)
{
    buffer_text(out, ",\"nack\":");
    if (report->refusal == NULL) {
        buffer_text(out, "null");
        return;
    }
    buffer_text(out, "{\"message\":");
    json_print_string(out, report->refusal);
    buffer_text(out, ",\"at\":");
    print_time(out, report->refused_at_ms);
    buffer_char(out, '}');
}

/* Of several streams that have the type, the newest one's, or a refused one's before it. */
static struct ads_report report_of_envoy(const struct stream *newest, enum xds_type type)
{
    struct ads_report report = {0};
    for (const struct stream *stream = newest; stream != NULL;
         stream = find_of_envoy(stream->sibling, newest)) {
        const struct ads_report one = ads_report(stream->ads, type);
        if (one.is_open && (!report.is_open || (one.refusal != NULL && report.refusal == NULL)))
            report = one;
    }
    return report;
}

static void print_type(struct buffer *out, const struct stream *newest, enum xds_type type)
{
    const struct ads_report report = report_of_envoy(newest, type);
    if (!report.is_open)
        return;
    print_separator(out);
    buffer_printf(out, "\"%s\":{\"names\":[", xds_types[type].name);
    for (const struct stream *stream = newest; stream != NULL;
         stream = find_of_envoy(stream->sibling, newest))
        ads_names(stream->ads, type, print_name, out);
    buffer_char(out, ']');
    print_version(out, "sent", report.sent);
    print_version(out, "acked", report.acked);
    print_refusal(out, &report);
    buffer_char(out, '}');
}

static void print_member(struct buffer *out, const char *member, const char *text)
{
    buffer_printf(out, "\"%s\":", member);
    json_print_string(out, text);
    buffer_char(out, ',');
}

static void print_envoy(const struct stream *newest, struct buffer *out)
{
    const struct scope *scope = served_scope(newest->proxy);
    buffer_char(out, '{');
    print_member(out, "node", newest->node);
    print_member(out, "account", scope->account);
    print_member(out, "region", scope->region);
    print_member(out, "peer", grpc_peer(newest->grpc));
    print_member(out, "protocol", ads_is_delta(newest->ads) ? "delta" : "sotw");
    buffer_text(out, "\"types\":{");
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        print_type(out, newest, type);
    buffer_text(out, "}}");
}

void streams_print(const struct streams *streams, struct buffer *out)
{
    buffer_text(out, "{\"proxies\":[");
    for (const struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (!is_newest_of_envoy(stream))
            continue;
        print_separator(out);
        print_envoy(stream, out);
    }
    buffer_text(out, "]}");
}

static void print_counter(struct buffer *out, const char *name, const char *help,
                          const uint64_t counts[XDS_TYPE_COUNT])
{
    buffer_printf(out, "# HELP appmesh_emulator_%s %s\n# TYPE appmesh_emulator_%s counter\n", name,
                  help, name);
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        buffer_printf(out, "appmesh_emulator_%s{type=\"%s\"} %" PRIu64 "\n", name,
                      xds_types[type].name, counts[type]);
}

void streams_print_metrics(const struct streams *streams, struct buffer *out)
{
    buffer_printf(out,
                  "# HELP appmesh_emulator_proxies Envoys that are connected.\n"
                  "# TYPE appmesh_emulator_proxies gauge\nappmesh_emulator_proxies %zu\n",
                  streams->count);
    print_counter(out, "pushes_total", "xDS responses sent.", streams->pushes);
    print_counter(out, "nacks_total", "xDS responses that a proxy refused.", streams->refusals);
}
