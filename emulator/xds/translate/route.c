/* SPDX-License-Identifier: Apache-2.0 */
#include <envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.pb-c.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

#define RETRIES_DEFAULT 2         /* aws-app-mesh-roadmap#229 */
#define HOST_SELECTION_ATTEMPTS 5 /* recorded */
#define STATUS_NO_TARGETS 503

/* One App Mesh route as it is sorted. */
struct row {
    struct route_order order;
    const struct cJSON *route; /* its httpRoute, http2Route, grpcRoute or tcpRoute */
    enum protocol protocol;
};

static int by_order(const void *a, const void *b)
{
    return route_order_compare(&((const struct row *)a)->order, &((const struct row *)b)->order);
}

static bool row_read(struct translation *t, const struct mesh_child *child, struct row *out)
{
    for (enum protocol protocol = PROTOCOL_HTTP; protocol < PROTOCOL_COUNT; protocol++) {
        const struct cJSON *route = json_member(child->spec, protocols[protocol].route);
        if (route) {
            *out =
                (struct row){route_order(t, protocol, child->spec, child->name), route, protocol};
            return true;
        }
    }
    return false;
}

/* A route belongs to the listener that its match names, or to all whose connections it can route.
 */
static bool row_fits(const struct row *row, const struct service_port *port)
{
    int64_t wanted = json_integer(json_member(row->route, "match"), "port", port->port);
    bool is_tcp = row->protocol == PROTOCOL_TCP;
    return wanted == port->port && is_tcp == (port->protocol == PROTOCOL_TCP);
}

static struct row *rows_read(struct translation *t, const struct service *service,
                             const struct service_port *port, size_t *out_count)
{
    struct row *rows = arena_new(t->arena, service->provider->child_count * sizeof(*rows));
    size_t count = 0;
    for (size_t i = 0; i < service->provider->child_count; i++)
        if (row_read(t, &service->provider->children[i], &rows[count]) &&
            row_fits(&rows[count], port))
            count++;
    if (count > 1)
        qsort(rows, count, sizeof(*rows), by_order);
    *out_count = count;
    return rows;
}

/* ---- retries ---- */

static Envoy__RetryPolicy__RetryHostPredicate *previous_hosts(struct translation *t)
{
    Envoy__RetryPolicy__RetryHostPredicate *predicate =
        MESSAGE(t->arena, Envoy__RetryPolicy__RetryHostPredicate,
                envoy__retry_policy__retry_host_predicate);
    Envoy__PreviousHostsPredicate *config =
        MESSAGE(t->arena, Envoy__PreviousHostsPredicate, envoy__previous_hosts_predicate);
    predicate->name = "envoy.retry_host_predicates.previous_hosts";
    predicate->config_type_case =
        ENVOY__RETRY_POLICY__RETRY_HOST_PREDICATE__CONFIG_TYPE_TYPED_CONFIG;
    predicate->typed_config = message_any(t->arena, &config->base);
    return predicate;
}

static Envoy__RetryPolicy *retry_policy_new(struct translation *t,
                                            const struct retry_events *events, int64_t retries)
{
    Envoy__RetryPolicy *policy = MESSAGE(t->arena, Envoy__RetryPolicy, envoy__retry_policy);
    policy->retry_on = retry_on(t->arena, events);
    policy->num_retries = message_uint32(t->arena, clamp_uint32(retries));
    SET_ONE(t->arena, policy, retry_host_predicate, previous_hosts(t));
    policy->host_selection_retry_max_attempts = HOST_SELECTION_ATTEMPTS;
    policy->n_retriable_status_codes = events->code_count;
    policy->retriable_status_codes =
        arena_new(t->arena, events->code_count * sizeof(*policy->retriable_status_codes));
    memcpy(policy->retriable_status_codes, events->codes,
           events->code_count * sizeof(*policy->retriable_status_codes));
    return policy;
}

static Envoy__RetryPolicy *default_retry_policy(struct translation *t)
{
    if (!t->default_retry)
        t->default_retry = retry_policy_new(t, &retry_default, RETRIES_DEFAULT);
    return t->default_retry;
}

/* Source: botocore HttpRetryPolicy, GrpcRetryPolicy. */
static Envoy__RetryPolicy *envoy_retry_policy(struct translation *t, const struct cJSON *retry)
{
    struct retry_events events = {0};
    Envoy__RetryPolicy *policy;
    if (!retry)
        return default_retry_policy(t);
    retry_events_add(&events, json_member(retry, "httpRetryEvents"));
    retry_events_add(&events, json_member(retry, "tcpRetryEvents"));
    retry_events_add(&events, json_member(retry, "grpcRetryEvents"));
    policy = retry_policy_new(t, &events, json_integer(retry, "maxRetries", RETRIES_DEFAULT));
    policy->per_try_timeout = envoy_duration(t->arena, json_member(retry, "perRetryTimeout"));
    /* Our choice: Envoy would end each try at once. */
    if (policy->per_try_timeout && is_zero(policy->per_try_timeout))
        policy->per_try_timeout = NULL;
    return policy;
}

/* ---- targets ---- */

static int by_cluster(const void *a, const void *b)
{
    return strcmp(((const struct tcp_target *)a)->cluster, ((const struct tcp_target *)b)->cluster);
}

/* The clusters of an action, sorted by name as recorded; targets that lead nowhere are left out. */
static struct tcp_target *targets_read(struct translation *t, const struct service *service,
                                       const struct cJSON *route, int64_t dialled,
                                       size_t *out_count)
{
    const struct cJSON *list = json_member(json_member(route, "action"), "weightedTargets");
    struct tcp_target *targets = arena_new(t->arena, (size_t)json_size(list) * sizeof(*targets));
    size_t count = 0;
    for (const struct cJSON *w = json_first(list); w; w = json_next(w)) {
        struct target *target = target_read(t, service, json_string(w, "virtualNode"),
                                            json_integer(w, "port", 0), dialled);
        if (target)
            targets[count++] =
                (struct tcp_target){target->cluster, clamp_uint32(json_integer(w, "weight", 0))};
    }
    if (count > 1)
        qsort(targets, count, sizeof(*targets), by_cluster);
    *out_count = count;
    return targets;
}

static uint64_t sum_of_weights(const struct tcp_target *targets, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += targets[i].weight;
    return sum;
}

static Envoy__WeightedCluster *
envoy_weighted_clusters(struct translation *t, const struct tcp_target *targets, size_t count)
{
    Envoy__WeightedCluster *out =
        MESSAGE(t->arena, Envoy__WeightedCluster, envoy__weighted_cluster);
    struct list clusters = {0};
    for (size_t i = 0; i < count; i++) {
        Envoy__WeightedCluster__ClusterWeight *weight =
            MESSAGE(t->arena, Envoy__WeightedCluster__ClusterWeight,
                    envoy__weighted_cluster__cluster_weight);
        weight->name = targets[i].cluster;
        weight->weight = message_uint32(t->arena, targets[i].weight);
        use(t, XDS_CLUSTER, targets[i].cluster);
        list_add(t->arena, &clusters, weight);
    }
    SET_LIST(out, clusters, clusters);
    return out;
}

/* ---- routes ---- */

static Envoy__RouteAction *route_action(struct translation *t, Envoy__Route *route)
{
    Envoy__RouteAction *action = MESSAGE(t->arena, Envoy__RouteAction, envoy__route_action);
    route->action_case = ENVOY__ROUTE__ACTION_ROUTE;
    route->route = action;
    return action;
}

Envoy__Route *cluster_route(struct translation *t, const char *cluster)
{
    static const struct route_order any = {.path_kind = PATH_PREFIX, .path = "/"};
    Envoy__Route *route = MESSAGE(t->arena, Envoy__Route, envoy__route);
    Envoy__RouteAction *action = route_action(t, route);
    route->match = envoy_route_match(t, &any, NULL);
    action->cluster_specifier_case = ENVOY__ROUTE_ACTION__CLUSTER_SPECIFIER_CLUSTER;
    action->cluster = cluster;
    use(t, XDS_CLUSTER, cluster);
    return route;
}

/* Our choice: Envoy refuses a sum of 0, and a route must not fall through to the next one. */
static void respond_unavailable(struct translation *t, Envoy__Route *route)
{
    Envoy__DirectResponseAction *response =
        MESSAGE(t->arena, Envoy__DirectResponseAction, envoy__direct_response_action);
    response->status = STATUS_NO_TARGETS;
    route->action_case = ENVOY__ROUTE__ACTION_DIRECT_RESPONSE;
    route->direct_response = response;
}

/* timeout: of the route's protocol, or NULL. */
static Google__Protobuf__Duration *request_timeout(struct translation *t,
                                                   const struct cJSON *timeout)
{
    return envoy_duration_or(t->arena, json_member(timeout, "perRequest"), REQUEST_TIMEOUT_MS);
}

static void set_action(struct translation *t, Envoy__Route *out, const struct service *service,
                       const struct row *row, int64_t dialled)
{
    size_t count;
    struct tcp_target *targets = targets_read(t, service, row->route, dialled, &count);
    Envoy__RouteAction *action;
    if (sum_of_weights(targets, count) == 0) {
        respond_unavailable(t, out);
        return;
    }
    action = route_action(t, out);
    action->cluster_specifier_case = ENVOY__ROUTE_ACTION__CLUSTER_SPECIFIER_WEIGHTED_CLUSTERS;
    action->weighted_clusters = envoy_weighted_clusters(t, targets, count);
    action->timeout = request_timeout(t, json_member(row->route, "timeout"));
    action->idle_timeout =
        envoy_duration(t->arena, json_member(json_member(row->route, "timeout"), "idle"));
    action->retry_policy = envoy_retry_policy(t, json_member(row->route, "retryPolicy"));
}

static Envoy__Route *router_route(struct translation *t, const struct service *service,
                                  const struct row *row, int64_t dialled)
{
    Envoy__Route *route = MESSAGE(t->arena, Envoy__Route, envoy__route);
    route->match = envoy_route_match(t, &row->order, json_member(row->route, "match"));
    set_action(t, route, service, row, dialled);
    return route;
}

/* Recorded (aws-app-mesh-roadmap#443, #444): always 15 s here, whatever the node's listener says.
 */
static Envoy__Route *node_route(struct translation *t, const struct service *service, int64_t port)
{
    struct target *target = target_read(t, service, service->provider->name, port, port);
    Envoy__Route *route;
    if (!target)
        return NULL;
    route = cluster_route(t, target->cluster);
    route->route->timeout = request_timeout(t, NULL);
    route->route->retry_policy = envoy_retry_policy(t, NULL);
    return route;
}

static void finish_route(struct translation *t, Envoy__Route *route, const struct service *service,
                         const struct route_extra *extra)
{
    route->metadata = envoy_tags(t, "TargetVirtualService", service->name);
    if (extra->header_value) {
        match_header(t, route->match, VIRTUAL_SERVICE_HEADER, extra->header_value);
        route->n_response_headers_to_remove = 1;
        route->response_headers_to_remove = arena_new(t->arena, sizeof(char *));
        route->response_headers_to_remove[0] = VIRTUAL_SERVICE_HEADER;
    }
    if (extra->host_rewrite && route->action_case == ENVOY__ROUTE__ACTION_ROUTE) {
        route->route->host_rewrite_specifier_case =
            ENVOY__ROUTE_ACTION__HOST_REWRITE_SPECIFIER_HOST_REWRITE_LITERAL;
        route->route->host_rewrite_literal = extra->host_rewrite;
    }
}

void envoy_routes(struct translation *t, const struct service *service,
                  const struct service_port *port, const struct route_extra *extra,
                  struct list *out)
{
    size_t count, first = out->count;
    if (service->provider->kind == ITEM_VIRTUAL_NODE) {
        Envoy__Route *route = node_route(t, service, port->port);
        if (route)
            list_add(t->arena, out, route);
    } else {
        struct row *rows = rows_read(t, service, port, &count);
        for (size_t i = 0; i < count; i++)
            list_add(t->arena, out, router_route(t, service, &rows[i], port->port));
    }
    for (size_t i = first; i < out->count; i++)
        finish_route(t, out->items[i], service, extra);
}

static struct routes_part *routes_part_new(struct translation *t, const struct service *service,
                                           const struct service_port *port)
{
    static const struct route_extra plain = {NULL, NULL};
    struct arena *parts = mesh_parts(t->view);
    struct routes_part *part = arena_new(parts, sizeof(*part));
    Envoy__VirtualHost *host = MESSAGE(t->arena, Envoy__VirtualHost, envoy__virtual_host);
    struct list routes = {0};
    record_begin(t, &part->record);
    envoy_routes(t, service, port, &plain, &routes);
    record_end(t);
    SET_LIST(host, routes, routes);
    part->port = port->port;
    part->packed = message_pack(parts, &host->base);
    part->next = service->part->routes;
    service->part->routes = part;
    return part;
}

struct bytes plain_routes(struct translation *t, const struct service *service,
                          const struct service_port *port)
{
    const struct routes_part *part = service->part->routes;
    while (part && part->port != port->port)
        part = part->next;
    if (!part)
        part = routes_part_new(t, service, port);
    record_replay(t, &part->record, service);
    return part->packed;
}

/* A disabled timeout is longer than any. */
static bool is_longer(const Google__Protobuf__Duration *a, const Google__Protobuf__Duration *b)
{
    if (!b || is_zero(a) || is_zero(b))
        return !b || !is_zero(b);
    return a->seconds != b->seconds ? a->seconds > b->seconds : a->nanos > b->nanos;
}

Google__Protobuf__Duration *service_timeout(struct translation *t, const struct service *service,
                                            int64_t port)
{
    Google__Protobuf__Duration *longest = NULL;
    if (!service->provider || service->provider->kind != ITEM_VIRTUAL_ROUTER)
        return NULL;
    for (size_t i = 0; i < service->provider->child_count; i++) {
        struct row row;
        Google__Protobuf__Duration *timeout;
        if (!row_read(t, &service->provider->children[i], &row) || row.protocol == PROTOCOL_TCP ||
            (port != 0 && json_integer(json_member(row.route, "match"), "port", port) != port))
            continue;
        timeout = request_timeout(t, json_member(row.route, "timeout"));
        if (is_longer(timeout, longest))
            longest = timeout;
    }
    return longest;
}

/* ---- TCP ---- */

static size_t drop_unweighted(struct tcp_target *targets, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (targets[i].weight > 0)
            targets[kept++] = targets[i];
    return kept;
}

static struct tcp_route node_tcp_route(struct translation *t, const struct service *service,
                                       int64_t port)
{
    struct target *target = target_read(t, service, service->provider->name, port, port);
    struct tcp_route out = {0};
    if (!target)
        return out;
    out.targets = arena_new(t->arena, sizeof(*out.targets));
    out.targets[0] = (struct tcp_target){target->cluster, 1};
    out.target_count = 1;
    return out;
}

/* Our choice among several routes: the first; a connection has nothing to match. */
struct tcp_route tcp_route_read(struct translation *t, const struct service *service,
                                const struct service_port *port)
{
    struct tcp_route out = {0};
    size_t count;
    struct row *rows;
    if (service->provider->kind == ITEM_VIRTUAL_NODE)
        return node_tcp_route(t, service, port->port);
    rows = rows_read(t, service, port, &count);
    if (count == 0)
        return out;
    out.targets = targets_read(t, service, rows[0].route, port->port, &count);
    out.target_count = drop_unweighted(out.targets, count);
    out.idle = json_member(json_member(rows[0].route, "timeout"), "idle");
    return out;
}
