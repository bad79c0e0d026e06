/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

/* ---- ingress ---- */

/* The listener's {http|http2|grpc|tcp: {...}}, whichever is there. */
static const struct cJSON *listener_timeout(const struct cJSON *listener)
{
    return json_first(json_member(listener, "timeout"));
}

static const char *local_cluster(struct translation *t, const struct cJSON *listener)
{
    return local_cluster_name(t, listener_protocol(listener), listener_port(listener));
}

static void add_local_cluster(struct translation *t, const struct cJSON *listener)
{
    const char *address =
        t->proxy->settings.has_mode ? t->proxy->settings.app_address : t->preference->local;
    local_cluster_add(t, local_cluster(t, listener), address, listener_port(listener),
                      listener_protocol(listener), json_member(listener, "connectionPool"));
}

/* The shape is our choice; that both timeouts count at the listener too is the guide's. */
static void add_routes(struct translation *t, const struct cJSON *listener)
{
    Envoy__VirtualHost *host = virtual_host(t, t->proxy->name);
    Envoy__Route *route = cluster_route(t, local_cluster(t, listener));
    const struct cJSON *timeout = listener_timeout(listener);
    struct list hosts = {0};
    route->route->timeout =
        envoy_duration_or(t->arena, json_member(timeout, "perRequest"), REQUEST_TIMEOUT_MS);
    route->route->idle_timeout = envoy_duration(t->arena, json_member(timeout, "idle"));
    SET_ONE(t->arena, host, routes, route);
    virtual_host_domain(t, host, "*");
    list_add(t->arena, &hosts, host);
    route_configuration_add(
        t, routes_name(t, INGRESS, listener_protocol(listener), listener_port(listener)), &hosts,
        NULL, false);
}

static Envoy__FilterChain *tcp_ingress(struct translation *t, const struct cJSON *listener,
                                       const char *stat_prefix)
{
    const struct tcp_target target = {local_cluster(t, listener), 1};
    const struct cJSON *idle = json_member(listener_timeout(listener), "idle");
    return tcp_chain(t, stat_prefix, &target, 1,
                     envoy_duration_or(t->arena, idle, IDLE_TIMEOUT_MS));
}

/* Guide (virtual_nodes): the http listener permits websockets. */
static bool add_chains(struct translation *t, const struct cJSON *listener, int listener_count,
                       struct list *chains)
{
    enum protocol protocol = listener_protocol(listener);
    const char *stat_prefix = ingress_stat_prefix(t, listener, listener_count);
    Envoy__FilterChain *chain =
        protocol == PROTOCOL_TCP
            ? tcp_ingress(t, listener, stat_prefix)
            : http_chain(t, stat_prefix, routes_name(t, INGRESS, protocol, listener_port(listener)),
                         protocol == PROTOCOL_HTTP);
    match_port(t, chain, listener_port(listener));
    return ingress_chains(t, listener, chain, chains);
}

static unsigned inspector_if(bool is_needed)
{
    return is_needed ? FILTER_TLS_INSPECTOR : 0;
}

/* A mode of ours: each port is bound by itself, as a gateway's is. */
static void add_direct_listeners(struct translation *t, const struct cJSON *listeners)
{
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l)) {
        struct list chains = {0};
        bool must_inspect;
        if (!listener_fits(t, NULL, listener_port(l)))
            continue;
        must_inspect = add_chains(t, l, json_size(listeners), &chains);
        listener_add(t,
                     listener_new(t, INGRESS, NULL, listener_port(l), inspector_if(must_inspect)),
                     &chains);
    }
}

static void add_listener(struct translation *t, const struct cJSON *listeners)
{
    struct list chains = {0};
    bool must_inspect = false;
    if (!listener_fits(t, NULL, INGRESS_PORT))
        return;
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l))
        must_inspect |= add_chains(t, l, json_size(listeners), &chains);
    listener_add(t,
                 listener_new(t, INGRESS, NULL, INGRESS_PORT,
                              FILTER_ORIGINAL_DST | inspector_if(must_inspect)),
                 &chains);
}

/* Guide (envoy-metrics): a node without listeners has no ingress. */
static void add_ingress(struct translation *t)
{
    const struct cJSON *listeners = json_member(t->spec, "listeners");
    if (json_size(listeners) == 0)
        return;
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l)) {
        add_local_cluster(t, l);
        if (listener_protocol(l) != PROTOCOL_TCP)
            add_routes(t, l);
    }
    if (t->proxy->settings.direct_ingress)
        add_direct_listeners(t, listeners);
    else
        add_listener(t, listeners);
}

/* ---- backends ---- */

static int by_name(const void *a, const void *b)
{
    const struct service *left = *(void *const *)a, *right = *(void *const *)b;
    return strcmp(left->name, right->name);
}

/* Each once, sorted by name. A policy of the backend replaces the default as a whole (guide:
 * mutual-tls). */
static struct list services_read(struct translation *t)
{
    const struct cJSON *fallback = client_policy(json_member(t->spec, "backendDefaults"));
    const struct cJSON *backend = json_first(json_member(t->spec, "backends"));
    struct list services = {0};
    size_t kept = 0;
    for (; backend; backend = json_next(backend)) {
        const struct cJSON *service = json_member(backend, "virtualService");
        const struct cJSON *own = client_policy(service);
        list_add(t->arena, &services,
                 service_read(t, json_string(service, "virtualServiceName"), own ? own : fallback));
    }
    if (services.count > 1)
        qsort(services.items, services.count, sizeof(*services.items), by_name);
    for (size_t i = 0; i < services.count; i++)
        if (kept == 0 || by_name(&services.items[kept - 1], &services.items[i]) != 0)
            services.items[kept++] = services.items[i];
    services.count = kept;
    return services;
}

enum status translate_node(struct translation *t, struct error *error)
{
    const struct list services = services_read(t);
    enum status status = node_egress_add(t, &services, error);
    if (status != OK)
        return status;
    add_ingress(t);
    target_clusters_add(t);
    secrets_add(t);
    return OK;
}
