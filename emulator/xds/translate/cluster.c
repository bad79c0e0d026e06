/* SPDX-License-Identifier: Apache-2.0 */
#include <envoy/extensions/upstreams/http/v3/http_protocol_options.pb-c.h>
#include <string.h>

#include "acm.h"
#include "json.h"
#include "shared.h"
#include "translate/translation.h"

/* Recorded. */
#define CONNECT_TIMEOUT_MS 1000
#define CONNECT_TIMEOUT_LOCAL_MS 250
#define UNLIMITED 2147483647
#define HTTP_PROTOCOL_OPTIONS "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

static Envoy__Cluster *cluster_new(struct translation *t, const char *name,
                                   Envoy__Cluster__DiscoveryType type, int64_t connect_timeout_ms)
{
    Envoy__Cluster *cluster = MESSAGE(t->arena, Envoy__Cluster, envoy__cluster);
    cluster->name = name;
    cluster->cluster_discovery_type_case = ENVOY__CLUSTER__CLUSTER_DISCOVERY_TYPE_TYPE;
    cluster->type = type;
    cluster->connect_timeout = envoy_milliseconds(t->arena, connect_timeout_ms);
    return cluster;
}

static Google__Protobuf__UInt32Value *uint32_of(struct translation *t, const struct cJSON *object,
                                                const char *member, int64_t fallback)
{
    return message_uint32(t->arena, clamp_uint32(json_integer(object, member, fallback)));
}

/* connection_pool: {http|http2|grpc|tcp: {...}} or NULL. Source: botocore
 * VirtualNodeConnectionPool; recorded: all four at their maximum without one. */
static Envoy__CircuitBreakers *envoy_circuit_breakers(struct translation *t,
                                                      const struct cJSON *connection_pool)
{
    const struct cJSON *pool = json_first(connection_pool);
    Envoy__CircuitBreakers *breakers =
        MESSAGE(t->arena, Envoy__CircuitBreakers, envoy__circuit_breakers);
    Envoy__CircuitBreakers__Thresholds *thresholds =
        MESSAGE(t->arena, Envoy__CircuitBreakers__Thresholds, envoy__circuit_breakers__thresholds);
    thresholds->max_connections = uint32_of(t, pool, "maxConnections", UNLIMITED);
    thresholds->max_pending_requests = uint32_of(t, pool, "maxPendingRequests", UNLIMITED);
    thresholds->max_requests = uint32_of(t, pool, "maxRequests", UNLIMITED);
    thresholds->max_retries = message_uint32(t->arena, UNLIMITED);
    SET_ONE(t->arena, breakers, thresholds, thresholds);
    return breakers;
}

static void speak_http2(struct translation *t, Envoy__Cluster *cluster)
{
    Envoy__HttpProtocolOptions *options =
        MESSAGE(t->arena, Envoy__HttpProtocolOptions, envoy__http_protocol_options);
    Envoy__HttpProtocolOptions__ExplicitHttpConfig *config =
        MESSAGE(t->arena, Envoy__HttpProtocolOptions__ExplicitHttpConfig,
                envoy__http_protocol_options__explicit_http_config);
    Envoy__Cluster__TypedExtensionProtocolOptionsEntry *entry =
        MESSAGE(t->arena, Envoy__Cluster__TypedExtensionProtocolOptionsEntry,
                envoy__cluster__typed_extension_protocol_options_entry);
    config->protocol_config_case =
        ENVOY__HTTP_PROTOCOL_OPTIONS__EXPLICIT_HTTP_CONFIG__PROTOCOL_CONFIG_HTTP2_PROTOCOL_OPTIONS;
    config->http2_protocol_options =
        MESSAGE(t->arena, Envoy__Http2ProtocolOptions, envoy__http2_protocol_options);
    options->upstream_protocol_options_case =
        ENVOY__HTTP_PROTOCOL_OPTIONS__UPSTREAM_PROTOCOL_OPTIONS_EXPLICIT_HTTP_CONFIG;
    options->explicit_http_config = config;
    entry->key = HTTP_PROTOCOL_OPTIONS;
    entry->value = message_any(t->arena, &options->base);
    SET_ONE(t->arena, cluster, typed_extension_protocol_options, entry);
}

/* ---- health ---- */

static void set_http_check(struct translation *t, Envoy__HealthCheck *out, const char *authority,
                           const char *path, enum protocol protocol)
{
    Envoy__HealthCheck__HttpHealthCheck *http = MESSAGE(
        t->arena, Envoy__HealthCheck__HttpHealthCheck, envoy__health_check__http_health_check);
    http->host = authority;
    http->path = path ? path : "/"; /* Envoy refuses an empty one */
    if (protocol == PROTOCOL_HTTP2)
        http->codec_client_type = ENVOY__CODEC_CLIENT_TYPE__HTTP2;
    out->health_checker_case = ENVOY__HEALTH_CHECK__HEALTH_CHECKER_HTTP_HEALTH_CHECK;
    out->http_health_check = http;
}

static void set_grpc_check(struct translation *t, Envoy__HealthCheck *out, const char *authority)
{
    out->health_checker_case = ENVOY__HEALTH_CHECK__HEALTH_CHECKER_GRPC_HEALTH_CHECK;
    out->grpc_health_check = MESSAGE(t->arena, Envoy__HealthCheck__GrpcHealthCheck,
                                     envoy__health_check__grpc_health_check);
    out->grpc_health_check->authority = authority;
}

static void set_tcp_check(struct translation *t, Envoy__HealthCheck *out)
{
    out->health_checker_case = ENVOY__HEALTH_CHECK__HEALTH_CHECKER_TCP_HEALTH_CHECK;
    out->tcp_health_check = MESSAGE(t->arena, Envoy__HealthCheck__TcpHealthCheck,
                                    envoy__health_check__tcp_health_check);
}

/* Source: botocore HealthCheckPolicy; recorded: alt_port is there even if it is the same port, the
 * host is the discovery name with the port. */
static Envoy__HealthCheck *envoy_health_check(struct translation *t, const struct target *target,
                                              const struct cJSON *check)
{
    Envoy__HealthCheck *out = MESSAGE(t->arena, Envoy__HealthCheck, envoy__health_check);
    enum protocol protocol = protocol_of(json_string(check, "protocol"));
    const char *authority =
        arena_printf(t->arena, "%s:%lld", spec_discovery_name(t->arena, target->node->spec),
                     (long long)target->port);
    out->timeout = envoy_milliseconds(t->arena, json_integer(check, "timeoutMillis", 0));
    out->interval = envoy_milliseconds(t->arena, json_integer(check, "intervalMillis", 0));
    out->unhealthy_threshold = uint32_of(t, check, "unhealthyThreshold", 0);
    out->healthy_threshold = uint32_of(t, check, "healthyThreshold", 0);
    out->alt_port = uint32_of(t, check, "port", target->port);
    if (protocol == PROTOCOL_TCP)
        set_tcp_check(t, out);
    else if (protocol == PROTOCOL_GRPC)
        set_grpc_check(t, out, authority);
    else
        set_http_check(t, out, authority, json_string(check, "path"), protocol);
    return out;
}

/* Envoy refuses an interval of 0; a millisecond is the next thing to it. */
static Google__Protobuf__Duration *above_zero(struct translation *t, const struct cJSON *duration)
{
    Google__Protobuf__Duration *out = envoy_duration(t->arena, duration);
    if (out && is_zero(out))
        out->nanos = 1000000;
    return out;
}

/* Source: botocore OutlierDetection, which says that one host is ejected whatever the percentage.
 */
static Envoy__OutlierDetection *envoy_outlier_detection(struct translation *t,
                                                        const struct cJSON *outlier)
{
    Envoy__OutlierDetection *out =
        MESSAGE(t->arena, Envoy__OutlierDetection, envoy__outlier_detection);
    out->consecutive_5xx = uint32_of(t, outlier, "maxServerErrors", 0);
    out->interval = above_zero(t, json_member(outlier, "interval"));
    out->base_ejection_time = above_zero(t, json_member(outlier, "baseEjectionDuration"));
    out->max_ejection_percent = uint32_of(t, outlier, "maxEjectionPercent", 0);
    out->always_eject_one_host = message_bool(t->arena, true);
    return out;
}

/* ---- discovery ---- */

static void discover_by_dns(struct translation *t, Envoy__Cluster *cluster,
                            const struct target *target, const struct cJSON *dns)
{
    const char *type = json_string(dns, "responseType");
    bool is_strict = type && strcmp(type, "ENDPOINTS") == 0;
    cluster->type = is_strict ? ENVOY__CLUSTER__DISCOVERY_TYPE__STRICT_DNS
                              : ENVOY__CLUSTER__DISCOVERY_TYPE__LOGICAL_DNS;
    cluster->dns_lookup_family = preference_for(t, dns)->dns_lookup_family;
    cluster->load_assignment =
        single_endpoint(t, target->cluster, json_string(dns, "hostname"), target->port);
}

static void discover_by_cloud_map(struct translation *t, Envoy__Cluster *cluster)
{
    cluster->type = ENVOY__CLUSTER__DISCOVERY_TYPE__EDS;
    cluster->eds_cluster_config =
        MESSAGE(t->arena, Envoy__Cluster__EdsClusterConfig, envoy__cluster__eds_cluster_config);
    cluster->eds_cluster_config->eds_config = t->ads;
    cluster->ignore_health_on_host_removal = true; /* recorded: the answer to roadmap#213 */
}

static Envoy__Cluster *target_cluster(struct translation *t, const struct target *target)
{
    const struct cJSON *discovery = json_member(target->node->spec, "serviceDiscovery");
    const struct cJSON *dns = json_member(discovery, "dns");
    const struct cJSON *check = json_member(target->listener, "healthCheck");
    const struct cJSON *outlier = json_member(target->listener, "outlierDetection");
    Envoy__Cluster *cluster =
        cluster_new(t, target->cluster, ENVOY__CLUSTER__DISCOVERY_TYPE__STATIC, CONNECT_TIMEOUT_MS);
    if (dns)
        discover_by_dns(t, cluster, target, dns);
    else
        discover_by_cloud_map(t, cluster);
    cluster->circuit_breakers = envoy_circuit_breakers(t, NULL);
    if (check)
        SET_ONE(t->arena, cluster, health_checks, envoy_health_check(t, target, check));
    if (outlier)
        cluster->outlier_detection = envoy_outlier_detection(t, outlier);
    if (protocols[target->protocol].speaks_http2_only)
        speak_http2(t, cluster);
    cluster->metadata = envoy_tags(t, "TargetVirtualNode", target->node->name);
    cluster->transport_socket = envoy_upstream_tls(t, target);
    return cluster;
}

/* Without TLS the cluster says the same to every client. */
static bool is_shared(const struct target *target)
{
    return !target->service->policy && !json_member(target->listener, "tls");
}

/* Besides its node the cluster depends on the mesh's IP preference alone. */
static void shared_cluster_add(struct translation *t, const struct target *target)
{
    const struct ip_preference *preference = preference_for(t, NULL);
    struct shared *packed = mesh_kept(target->node, target->listener, preference);
    if (!packed) {
        packed = shared_new(message_pack(t->arena, &target_cluster(t, target)->base));
        mesh_keep(target->node, target->listener, preference, packed);
    }
    resource_add_shared(t, XDS_CLUSTER, target->cluster, packed);
}

void target_clusters_add(struct translation *t)
{
    for (size_t i = 0; i < t->targets.count; i++) {
        const struct target *target = t->targets.items[i];
        if (target->has_endpoints)
            use(t, XDS_ENDPOINT, target->cluster);
        if (is_shared(target))
            shared_cluster_add(t, target);
        else
            resource_add(t, XDS_CLUSTER, target->cluster, &target_cluster(t, target)->base);
        if (target->has_endpoints)
            endpoints_add(t, target);
    }
}

/* Recorded by name and type; the breakers of mesh-allow-all too, the rest is our choice. */
void original_destination_cluster_add(struct translation *t, const char *name)
{
    Envoy__Cluster *cluster =
        cluster_new(t, name, ENVOY__CLUSTER__DISCOVERY_TYPE__ORIGINAL_DST, CONNECT_TIMEOUT_MS);
    cluster->lb_policy = ENVOY__CLUSTER__LB_POLICY__CLUSTER_PROVIDED;
    cluster->circuit_breakers = envoy_circuit_breakers(t, NULL);
    resource_add(t, XDS_CLUSTER, name, &cluster->base);
}

void local_cluster_add(struct translation *t, const char *name, const char *address, int64_t port,
                       enum protocol protocol, const struct cJSON *connection_pool)
{
    Envoy__Cluster *cluster =
        cluster_new(t, name, ENVOY__CLUSTER__DISCOVERY_TYPE__STATIC, CONNECT_TIMEOUT_LOCAL_MS);
    cluster->circuit_breakers = envoy_circuit_breakers(t, connection_pool);
    cluster->load_assignment = single_endpoint(t, name, address, port);
    if (protocols[protocol].speaks_http2_only)
        speak_http2(t, cluster);
    resource_add(t, XDS_CLUSTER, name, &cluster->base);
}
