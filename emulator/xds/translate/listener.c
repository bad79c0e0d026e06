/* SPDX-License-Identifier: Apache-2.0 */
#include <envoy/extensions/filters/http/router/v3/router.pb-c.h>
#include <envoy/extensions/filters/listener/original_dst/v3/original_dst.pb-c.h>
#include <envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.pb-c.h>
#include <envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb-c.h>
#include <envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb-c.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

/* ---- network filters ---- */

static Envoy__Filter *filter(struct translation *t, const char *name,
                             const ProtobufCMessage *config)
{
    Envoy__Filter *out = MESSAGE(t->arena, Envoy__Filter, envoy__filter);
    out->name = name;
    out->config_type_case = ENVOY__FILTER__CONFIG_TYPE_TYPED_CONFIG;
    out->typed_config = message_any(t->arena, config);
    return out;
}

static Envoy__FilterChain *chain_of(struct translation *t, Envoy__Filter *only)
{
    Envoy__FilterChain *chain = MESSAGE(t->arena, Envoy__FilterChain, envoy__filter_chain);
    chain->filter_chain_match =
        MESSAGE(t->arena, Envoy__FilterChainMatch, envoy__filter_chain_match);
    SET_ONE(t->arena, chain, filters, only);
    return chain;
}

static Envoy__Rds *envoy_rds(struct translation *t, const char *routes)
{
    Envoy__Rds *rds = MESSAGE(t->arena, Envoy__Rds, envoy__rds);
    rds->config_source = t->ads;
    rds->route_config_name = routes;
    use(t, XDS_ROUTE, routes);
    return rds;
}

static Envoy__HttpFilter *router(struct translation *t)
{
    Envoy__HttpFilter *out = MESSAGE(t->arena, Envoy__HttpFilter, envoy__http_filter);
    Envoy__Router *config = MESSAGE(t->arena, Envoy__Router, envoy__router);
    out->name = "envoy.filters.http.router";
    out->config_type_case = ENVOY__HTTP_FILTER__CONFIG_TYPE_TYPED_CONFIG;
    out->typed_config = message_any(t->arena, &config->base);
    return out;
}

static Envoy__HttpConnectionManager__UpgradeConfig *websocket(struct translation *t)
{
    Envoy__HttpConnectionManager__UpgradeConfig *out =
        MESSAGE(t->arena, Envoy__HttpConnectionManager__UpgradeConfig,
                envoy__http_connection_manager__upgrade_config);
    out->upgrade_type = "websocket";
    out->enabled = message_bool(t->arena, true);
    return out;
}

/* Recorded, field by field, of a gateway of 2022. */
Envoy__FilterChain *http_chain(struct translation *t, const char *stat_prefix, const char *routes,
                               bool has_websocket)
{
    Envoy__HttpConnectionManager *manager =
        MESSAGE(t->arena, Envoy__HttpConnectionManager, envoy__http_connection_manager);
    manager->stat_prefix = stat_prefix;
    manager->route_specifier_case = ENVOY__HTTP_CONNECTION_MANAGER__ROUTE_SPECIFIER_RDS;
    manager->rds = envoy_rds(t, routes);
    SET_ONE(t->arena, manager, http_filters, router(t));
    manager->tracing = MESSAGE(t->arena, Envoy__HttpConnectionManager__Tracing,
                               envoy__http_connection_manager__tracing);
    if (t->access_log)
        SET_ONE(t->arena, manager, access_log, t->access_log);
    if (has_websocket)
        SET_ONE(t->arena, manager, upgrade_configs, websocket(t));
    manager->normalize_path = message_bool(t->arena, true);
    manager->merge_slashes = true;
    manager->path_with_escaped_slashes_action =
        ENVOY__HTTP_CONNECTION_MANAGER__PATH_WITH_ESCAPED_SLASHES_ACTION__KEEP_UNCHANGED;
    return chain_of(t, filter(t, "envoy.filters.network.http_connection_manager", &manager->base));
}

static Envoy__TcpProxy__WeightedCluster *
weighted_clusters(struct translation *t, const struct tcp_target *targets, size_t count)
{
    Envoy__TcpProxy__WeightedCluster *out =
        MESSAGE(t->arena, Envoy__TcpProxy__WeightedCluster, envoy__tcp_proxy__weighted_cluster);
    struct list clusters = {0};
    for (size_t i = 0; i < count; i++) {
        Envoy__TcpProxy__WeightedCluster__ClusterWeight *weight =
            MESSAGE(t->arena, Envoy__TcpProxy__WeightedCluster__ClusterWeight,
                    envoy__tcp_proxy__weighted_cluster__cluster_weight);
        weight->name = targets[i].cluster;
        weight->weight = targets[i].weight;
        list_add(t->arena, &clusters, weight);
    }
    SET_LIST(out, clusters, clusters);
    return out;
}

Envoy__FilterChain *tcp_chain(struct translation *t, const char *stat_prefix,
                              const struct tcp_target *targets, size_t count,
                              Google__Protobuf__Duration *idle)
{
    Envoy__TcpProxy *proxy = MESSAGE(t->arena, Envoy__TcpProxy, envoy__tcp_proxy);
    proxy->stat_prefix = stat_prefix;
    proxy->idle_timeout = idle;
    if (count == 1) {
        proxy->cluster_specifier_case = ENVOY__TCP_PROXY__CLUSTER_SPECIFIER_CLUSTER;
        proxy->cluster = targets[0].cluster;
    } else {
        proxy->cluster_specifier_case = ENVOY__TCP_PROXY__CLUSTER_SPECIFIER_WEIGHTED_CLUSTERS;
        proxy->weighted_clusters = weighted_clusters(t, targets, count);
    }
    for (size_t i = 0; i < count; i++)
        use(t, XDS_CLUSTER, targets[i].cluster);
    if (t->access_log)
        SET_ONE(t->arena, proxy, access_log, t->access_log);
    return chain_of(t, filter(t, "envoy.filters.network.tcp_proxy", &proxy->base));
}

/* ---- matches ---- */

void match_port(struct translation *t, Envoy__FilterChain *chain, int64_t port)
{
    chain->filter_chain_match->destination_port = message_uint32(t->arena, clamp_uint32(port));
}

static Envoy__CidrRange *cidr(struct translation *t, const char *address)
{
    Envoy__CidrRange *range = MESSAGE(t->arena, Envoy__CidrRange, envoy__cidr_range);
    range->address_prefix = address;
    range->prefix_len = message_uint32(t->arena, 0);
    return range;
}

/* Recorded for IPv4; the second prefix is our choice where listeners take both families. */
void match_any_address(struct translation *t, Envoy__FilterChain *chain)
{
    struct list ranges = {0};
    list_add(t->arena, &ranges, cidr(t, "0.0.0.0"));
    if (t->preference->name)
        list_add(t->arena, &ranges, cidr(t, "::"));
    SET_LIST(chain->filter_chain_match, prefix_ranges, ranges);
}

bool is_tls_mode(const struct cJSON *tls, const char *mode)
{
    const char *is = json_string(tls, "mode");
    return is && strcmp(is, mode) == 0;
}

/* The same match and filters, for connections that speak TLS. */
static Envoy__FilterChain *tls_half(struct translation *t, const Envoy__FilterChain *plain)
{
    Envoy__FilterChain *chain = MESSAGE(t->arena, Envoy__FilterChain, envoy__filter_chain);
    Envoy__FilterChainMatch *match =
        MESSAGE(t->arena, Envoy__FilterChainMatch, envoy__filter_chain_match);
    *chain = *plain;
    *match = *plain->filter_chain_match;
    match->transport_protocol = "tls";
    chain->filter_chain_match = match;
    return chain;
}

/* Guide (tls): STRICT takes only TLS, PERMISSIVE both. STRICT without a protocol match is our
 * choice: plaintext then fails as TLS, and not as a connection that nobody expected. */
bool ingress_chains(struct translation *t, const struct cJSON *listener, Envoy__FilterChain *plain,
                    struct list *out)
{
    const struct cJSON *tls = json_member(listener, "tls");
    bool is_permissive = is_tls_mode(tls, "PERMISSIVE");
    Envoy__FilterChain *secure = is_permissive ? tls_half(t, plain) : plain;
    if (tls && !is_tls_mode(tls, "DISABLED"))
        secure->transport_socket = envoy_downstream_tls(t, tls, listener_protocol(listener));
    list_add(t->arena, out, secure);
    if (is_permissive)
        list_add(t->arena, out, plain);
    return is_permissive;
}

/* ---- listeners ---- */

Envoy__Address *socket_address(struct translation *t, const char *text, int64_t port)
{
    Envoy__Address *address = MESSAGE(t->arena, Envoy__Address, envoy__address);
    Envoy__SocketAddress *socket = MESSAGE(t->arena, Envoy__SocketAddress, envoy__socket_address);
    socket->address = text;
    socket->port_specifier_case = ENVOY__SOCKET_ADDRESS__PORT_SPECIFIER_PORT_VALUE;
    socket->port_value = clamp_uint32(port);
    address->address_case = ENVOY__ADDRESS__ADDRESS_SOCKET_ADDRESS;
    address->socket_address = socket;
    return address;
}

static Envoy__ListenerFilter *listener_filter(struct translation *t, const char *name,
                                              const ProtobufCMessage *config)
{
    Envoy__ListenerFilter *out = MESSAGE(t->arena, Envoy__ListenerFilter, envoy__listener_filter);
    out->name = name;
    out->config_type_case = ENVOY__LISTENER_FILTER__CONFIG_TYPE_TYPED_CONFIG;
    out->typed_config = message_any(t->arena, config);
    return out;
}

static void add_filters(struct translation *t, Envoy__Listener *listener, unsigned filters)
{
    struct list list = {0};
    if (filters & FILTER_ORIGINAL_DST)
        list_add(
            t->arena, &list,
            listener_filter(t, "envoy.filters.listener.original_dst",
                            &MESSAGE(t->arena, Envoy__OriginalDst, envoy__original_dst)->base));
    if (filters & FILTER_TLS_INSPECTOR)
        list_add(
            t->arena, &list,
            listener_filter(t, "envoy.filters.listener.tls_inspector",
                            &MESSAGE(t->arena, Envoy__TlsInspector, envoy__tls_inspector)->base));
    SET_LIST(listener, listener_filters, list);
}

/* Where a listener binds when nothing says so. Source: aws-app-mesh-examples
 * walkthroughs/howto-ipv6. */
static const char *default_address(const struct translation *t)
{
    if (t->proxy->settings.has_mode)
        return t->proxy->settings.address;
    return t->preference->name ? "::" : "0.0.0.0";
}

bool listener_fits(struct translation *t, const char *address, int64_t port)
{
    if (!address)
        address = default_address(t);
    for (size_t i = 0; i < t->listeners.count; i++) {
        const Envoy__Listener *listener = t->listeners.items[i];
        const Envoy__SocketAddress *socket = listener->address->socket_address;
        if (socket->port_value == port && strcmp(socket->address, address) == 0) {
            warn(t, "port %lld is not served: %s is at its address", (long long)port,
                 listener->name);
            return false;
        }
    }
    return true;
}

Envoy__Listener *listener_new(struct translation *t, enum direction direction, const char *address,
                              int64_t port, unsigned filters)
{
    Envoy__Listener *listener = MESSAGE(t->arena, Envoy__Listener, envoy__listener);
    if (!address)
        address = default_address(t);
    listener->name = JOIN(t->arena, direction == INGRESS ? "lds_ingress_" : "lds_egress_", address,
                          "_", decimal(t->arena, port));
    listener->address = socket_address(t, address, port);
    listener->address->socket_address->ipv4_compat = strcmp(address, "::") == 0;
    listener->traffic_direction = direction == INGRESS ? ENVOY__TRAFFIC_DIRECTION__INBOUND
                                                       : ENVOY__TRAFFIC_DIRECTION__OUTBOUND;
    listener->metadata = envoy_tags(t, NULL, NULL);
    add_filters(t, listener, filters);
    return listener;
}

void listener_add(struct translation *t, Envoy__Listener *listener, const struct list *chains)
{
    SET_LIST(listener, filter_chains, *chains);
    list_add(t->arena, &t->listeners, listener);
    resource_add(t, XDS_LISTENER, listener->name, &listener->base);
}
