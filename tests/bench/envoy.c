/* SPDX-License-Identifier: Apache-2.0 */
#include "envoy.h"

#include <envoy/config/cluster/v3/cluster.pb-c.h>
#include <envoy/config/listener/v3/listener.pb-c.h>
#include <envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb-c.h>
#include <envoy/service/discovery/v3/discovery.pb-c.h>

#include "http_client.h"

#define READ_MAX 65536
#define WINDOW (16 << 20) /* Envoy's own */
#define PREFIX_SIZE 5     /* of a gRPC message */

const char *const type_names[TYPE_COUNT] = {"CDS", "EDS", "LDS", "RDS"};

#define URL "type.googleapis.com/envoy."
static const char *const urls[TYPE_COUNT] = {
    URL "config.cluster.v3.Cluster",
    URL "config.endpoint.v3.ClusterLoadAssignment",
    URL "config.listener.v3.Listener",
    URL "config.route.v3.RouteConfiguration",
};
#define MANAGER_URL                                                                                \
    URL "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"

/* ---- messages ---- */

static void block_append(struct block *block, const void *data, size_t size)
{
    if (block->size + size > block->capacity) {
        block->capacity = 2 * (block->size + size);
        block->data = realloc(block->data, block->capacity);
        if (!block->data)
            die("envoys");
    }
    memcpy(block->data + block->size, data, size);
    block->size += size;
}

static void *unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t size)
{
    void *message = protobuf_c_message_unpack(type, NULL, size, data);
    if (!message)
        die(type->name);
    return message;
}

static void send_message(struct envoy *envoy, const ProtobufCMessage *message)
{
    uint8_t packed[PREFIX_SIZE + READ_MAX];
    size_t size = protobuf_c_message_get_packed_size(message);
    if (size > READ_MAX)
        die("a request is too large");
    uint32_t prefix = htonl((uint32_t)size);
    packed[0] = 0; /* not compressed */
    memcpy(packed + 1, &prefix, sizeof(prefix));
    protobuf_c_message_pack(message, packed + PREFIX_SIZE);
    block_append(&envoy->out, packed, PREFIX_SIZE + size);
    nghttp2_session_resume_data(envoy->session, envoy->stream);
}

/* The node is said once; of the names, delta says the new ones. */
static void ask(struct envoy *envoy, enum type type, Envoy__Node *node)
{
    struct subscription *subscription = &envoy->subscriptions[type];
    if (envoy->is_delta) {
        Envoy__DeltaDiscoveryRequest request = ENVOY__DELTA_DISCOVERY_REQUEST__INIT;
        request.node = node;
        request.type_url = urls[type];
        request.response_nonce = subscription->nonce;
        request.n_resource_names_subscribe = subscription->count - subscription->told;
        request.resource_names_subscribe = (const char **)subscription->names + subscription->told;
        send_message(envoy, &request.base);
    } else {
        Envoy__DiscoveryRequest request = ENVOY__DISCOVERY_REQUEST__INIT;
        request.node = node;
        request.type_url = urls[type];
        request.version_info = subscription->version;
        request.response_nonce = subscription->nonce;
        request.n_resource_names = subscription->count;
        request.resource_names = (const char **)subscription->names;
        send_message(envoy, &request.base);
    }
    subscription->told = subscription->count;
    subscription->is_asked = true;
}

static void need(struct envoy *envoy, enum type type, const char *name)
{
    struct subscription *subscription = &envoy->subscriptions[type];
    for (size_t i = 0; i < subscription->count; i++)
        if (strcmp(subscription->names[i], name) == 0)
            return;
    if (subscription->count == ENVOY_NAMES_MAX ||
        !(subscription->names[subscription->count++] = strdup(name)))
        die("envoys: names");
}

static void look_at_cluster(struct envoy *envoy, const ProtobufCBinaryData *bytes)
{
    Envoy__Cluster *cluster = unpack(&envoy__cluster__descriptor, bytes->data, bytes->len);
    if (cluster->eds_cluster_config)
        need(envoy, EDS, cluster->name);
    protobuf_c_message_free_unpacked(&cluster->base, NULL);
}

static void look_at_filter(struct envoy *envoy, const Google__Protobuf__Any *config)
{
    if (!config || strcmp(config->type_url, MANAGER_URL) != 0)
        return;
    Envoy__HttpConnectionManager *manager =
        unpack(&envoy__http_connection_manager__descriptor, config->value.data, config->value.len);
    if (manager->rds)
        need(envoy, RDS, manager->rds->route_config_name);
    protobuf_c_message_free_unpacked(&manager->base, NULL);
}

static void look_at_listener(struct envoy *envoy, const ProtobufCBinaryData *bytes)
{
    Envoy__Listener *listener = unpack(&envoy__listener__descriptor, bytes->data, bytes->len);
    for (size_t i = 0; i < listener->n_filter_chains; i++)
        for (size_t j = 0; j < listener->filter_chains[i]->n_filters; j++)
            look_at_filter(envoy, listener->filter_chains[i]->filters[j]->typed_config);
    protobuf_c_message_free_unpacked(&listener->base, NULL);
}

static enum type type_of(const char *url)
{
    enum type type = 0;
    while (type < TYPE_COUNT && strcmp(urls[type], url) != 0)
        type++;
    if (type == TYPE_COUNT)
        die(url);
    return type;
}

static void look_at(struct envoy *envoy, enum type type, const Google__Protobuf__Any *resource)
{
    envoy->tally.resources[type]++;
    if (type == CDS)
        look_at_cluster(envoy, &resource->value);
    else if (type == LDS)
        look_at_listener(envoy, &resource->value);
}

/* Acknowledges it, and asks for what it leads to. */
static void answer(struct envoy *envoy, enum type type, const char *version, const char *nonce)
{
    struct subscription *all = envoy->subscriptions;
    snprintf(all[type].version, sizeof(all[type].version), "%s", version);
    snprintf(all[type].nonce, sizeof(all[type].nonce), "%s", nonce);
    all[type].is_answered = true;
    ask(envoy, type, NULL);
    if (type == CDS && all[EDS].told < all[EDS].count)
        ask(envoy, EDS, NULL);
    if (type == CDS && !all[LDS].is_asked)
        ask(envoy, LDS, NULL);
    if (type == LDS && all[RDS].told < all[RDS].count)
        ask(envoy, RDS, NULL);
}

static bool is_synced(const struct envoy *envoy)
{
    bool is_synced = envoy->subscriptions[LDS].is_asked;
    for (enum type type = 0; type < TYPE_COUNT; type++)
        is_synced &= envoy->subscriptions[type].is_asked == envoy->subscriptions[type].is_answered;
    return is_synced;
}

static void take_response(struct envoy *envoy, const uint8_t *data, size_t size)
{
    if (envoy->is_delta) {
        Envoy__DeltaDiscoveryResponse *response =
            unpack(&envoy__delta_discovery_response__descriptor, data, size);
        enum type type = type_of(response->type_url);
        for (size_t i = 0; i < response->n_resources; i++)
            look_at(envoy, type, response->resources[i]->resource);
        answer(envoy, type, "", response->nonce);
        protobuf_c_message_free_unpacked(&response->base, NULL);
    } else {
        Envoy__DiscoveryResponse *response =
            unpack(&envoy__discovery_response__descriptor, data, size);
        enum type type = type_of(response->type_url);
        for (size_t i = 0; i < response->n_resources; i++)
            look_at(envoy, type, response->resources[i]);
        answer(envoy, type, response->version_info, response->nonce);
        protobuf_c_message_free_unpacked(&response->base, NULL);
    }
    envoy->is_synced |= is_synced(envoy);
    envoy->tally.messages++;
}

/* ---- HTTP/2 ---- */

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t size, void *context)
{
    (void)session, (void)flags, (void)stream;
    struct envoy *envoy = context;
    struct block *in = &envoy->in;
    uint32_t prefix;
    size_t used = 0;
    block_append(in, data, size);
    while (in->size - used >= PREFIX_SIZE) {
        memcpy(&prefix, in->data + used + 1, sizeof(prefix));
        size_t length = ntohl(prefix);
        if (in->size - used - PREFIX_SIZE < length)
            break;
        take_response(envoy, in->data + used + PREFIX_SIZE, length);
        used += PREFIX_SIZE + length;
    }
    in->size -= used;
    memmove(in->data, in->data + used, in->size);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *context)
{
    (void)session, (void)stream, (void)error, (void)context;
    die("the server closed a stream");
}

static ssize_t produce(nghttp2_session *session, int32_t stream, uint8_t *out, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session, (void)stream, (void)flags, (void)context;
    struct envoy *envoy = source->ptr;
    size_t left = envoy->out.size - envoy->out_sent, used = left < size ? left : size;
    if (used == 0)
        return NGHTTP2_ERR_DEFERRED;
    memcpy(out, envoy->out.data + envoy->out_sent, used);
    envoy->out_sent += used;
    if (envoy->out_sent == envoy->out.size)
        envoy->out.size = envoy->out_sent = 0;
    return (ssize_t)used;
}

/* What there is in one write: the server has to read it in one piece. */
static void flush(struct envoy *envoy)
{
    static struct block frames;
    const uint8_t *data;
    ssize_t size;
    frames.size = 0;
    while ((size = nghttp2_session_mem_send(envoy->session, &data)) > 0)
        block_append(&frames, data, (size_t)size);
    if (frames.size > 0 && write(envoy->fd, frames.data, frames.size) != (ssize_t)frames.size)
        die("write");
}

#define HEADER(name, value)                                                                        \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), strlen(name), strlen(value),  \
            NGHTTP2_NV_FLAG_NONE                                                                   \
    }
#define SERVICE "/envoy.service.discovery.v3.AggregatedDiscoveryService/"

static void begin_session(struct envoy *envoy)
{
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW};
    nghttp2_session_callbacks *calls;
    if (nghttp2_session_callbacks_new(&calls) != 0)
        die("envoys");
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session_client_new(&envoy->session, calls, envoy);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(envoy->session, NGHTTP2_FLAG_NONE, &settings, 1);
    nghttp2_session_set_local_window_size(envoy->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
}

static void begin_stream(struct envoy *envoy)
{
    const nghttp2_nv headers[] = {
        HEADER(":method", "POST"),
        HEADER(":scheme", "http"),
        HEADER(":authority", "127.0.0.1"),
        HEADER(":path", envoy->is_delta ? SERVICE "DeltaAggregatedResources"
                                        : SERVICE "StreamAggregatedResources"),
        HEADER("content-type", "application/grpc"),
        HEADER("te", "trailers"),
    };
    const nghttp2_data_provider body = {.source.ptr = envoy, .read_callback = produce};
    envoy->stream = nghttp2_submit_request(envoy->session, NULL, headers,
                                           sizeof(headers) / sizeof(headers[0]), &body, NULL);
}

void envoy_open(struct envoy *envoy, unsigned short port, bool is_delta, const char *id)
{
    Envoy__Node node = ENVOY__NODE__INIT;
    *envoy = (struct envoy){.fd = connect_to(port), .is_delta = is_delta};
    begin_session(envoy);
    begin_stream(envoy);
    node.id = id;
    node.cluster = id;
    node.user_agent_name = "envoy";
    ask(envoy, CDS, &node);
    flush(envoy);
}

void envoy_close(struct envoy *envoy)
{
    nghttp2_session_del(envoy->session);
    close(envoy->fd);
    free(envoy->in.data);
    free(envoy->out.data);
    for (enum type type = 0; type < TYPE_COUNT; type++)
        for (size_t i = 0; i < envoy->subscriptions[type].count; i++)
            free(envoy->subscriptions[type].names[i]);
}

void envoy_read(struct envoy *envoy)
{
    static uint8_t input[READ_MAX];
    ssize_t size = read(envoy->fd, input, sizeof(input));
    if (size <= 0)
        die("the server closed a connection");
    envoy->tally.bytes += (size_t)size;
    if (nghttp2_session_mem_recv(envoy->session, input, (size_t)size) != size)
        die("the server does not speak HTTP/2");
    flush(envoy);
}
