/* SPDX-License-Identifier: Apache-2.0
 *
 * Recorded: a request passes a gateway twice. The ingress listener routes it by gateway route to a
 * cluster at the gateway's own egress port, with the Host of the virtual service (or with a header
 * that names it, if the Host has to stay); the egress listener routes it on as a node's would.
 */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

#define SELF_REDIRECT "self_redirect"
#define DEFAULT_BACKEND "default_backend"

/* A virtual service as gateway routes ask for it: at a port of its provider, or 0 where it has one
 * port or none is asked for. How they say it to the egress decides where its routes stand there. */
struct way {
    const struct service *service;
    int64_t port;
    const char *value; /* of the Host or the header: <service>, or <service>:<port> */
    bool by_host, by_header;
};

/* A gateway route, or the half of one, as it is sorted. */
struct row {
    struct route_order order;
    const struct cJSON *route; /* its httpRoute, http2Route or grpcRoute */
    enum protocol protocol;
    struct way *way;
    const char *prefix_rewrite; /* NULL: none */
};

struct gateway {
    struct translation *t;
    const struct cJSON *listeners;
    enum protocol egress_protocol;
    struct list ways, rows;
};

/* ---- reading the gateway routes ---- */

static struct way *way_find(const struct gateway *gateway, const char *service, int64_t port)
{
    for (size_t i = 0; i < gateway->ways.count; i++) {
        struct way *way = gateway->ways.items[i];
        if (strcmp(way->service->name, service) == 0 && way->port == port)
            return way;
    }
    return NULL;
}

static const struct service *service_find(const struct gateway *gateway, const char *name)
{
    for (size_t i = 0; i < gateway->ways.count; i++) {
        const struct way *way = gateway->ways.items[i];
        if (strcmp(way->service->name, name) == 0)
            return way->service;
    }
    return NULL;
}

static const struct service *service_for(struct gateway *gateway, const char *name)
{
    const struct service *known = service_find(gateway, name);
    if (known)
        return known;
    return service_read(gateway->t, name,
                        client_policy(json_member(gateway->t->spec, "backendDefaults")));
}

/* No record shows how a port outlived the hop; that it goes with the name is our choice. */
static struct way *way_for(struct gateway *gateway, const struct cJSON *target)
{
    struct arena *arena = gateway->t->arena;
    const char *name = json_string(json_member(target, "virtualService"), "virtualServiceName");
    const struct service *service = service_for(gateway, name);
    int64_t port = service->port_count > 1 ? json_integer(target, "port", 0) : 0;
    struct way *way = way_find(gateway, name, port);
    if (way)
        return way;
    way = arena_new(arena, sizeof(*way));
    way->service = service;
    way->port = port;
    way->value = port == 0 ? name : arena_printf(arena, "%s:%lld", name, (long long)port);
    list_add(arena, &gateway->ways, way);
    return way;
}

static bool keeps_host(const struct cJSON *action)
{
    const struct cJSON *hostname = json_member(json_member(action, "rewrite"), "hostname");
    const char *is = json_string(hostname, "defaultTargetHostname");
    return is && strcmp(is, "DISABLED") == 0;
}

static bool ends_with_slash(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && text[size - 1] == '/';
}

/* Recorded (and roadmap#247): a prefix /x is two routes, /x/ and /x, so that /x1 is not cut in the
 * middle of a name and no double slash is left. */
static void add_rows(struct gateway *gateway, struct row *row, bool is_rewritten_prefix)
{
    struct arena *arena = gateway->t->arena;
    if (is_rewritten_prefix && !ends_with_slash(row->order.path)) {
        struct row *half = arena_new(arena, sizeof(*half));
        *half = *row;
        half->order.path = arena_printf(arena, "%s/", row->order.path);
        list_add(arena, &gateway->rows, half);
    }
    list_add(arena, &gateway->rows, row);
}

/* Source: botocore HttpGatewayRouteRewrite; guide: the default is a prefix of "/". */
static const char *prefix_rewrite(const struct row *row, const struct cJSON *rewrite)
{
    const struct cJSON *prefix = json_member(rewrite, "prefix");
    const char *value = json_string(prefix, "value");
    const char *fallback = json_string(prefix, "defaultPrefix");
    if (row->protocol == PROTOCOL_GRPC)
        return NULL;
    /* On an exact or regex match Envoy swaps the whole path for it. */
    if (row->order.path_kind != PATH_PREFIX)
        return json_string(json_member(rewrite, "path"), "exact");
    if (fallback && strcmp(fallback, "DISABLED") == 0)
        return NULL;
    return value ? value : "/";
}

static void read_route(struct gateway *gateway, const struct mesh_child *child,
                       enum protocol protocol, const struct cJSON *route)
{
    struct row *row = arena_new(gateway->t->arena, sizeof(*row));
    const struct cJSON *action = json_member(route, "action");
    row->order = route_order(gateway->t, protocol, child->spec, child->name);
    row->route = route;
    row->protocol = protocol;
    row->way = way_for(gateway, json_member(action, "target"));
    if (keeps_host(action))
        row->way->by_header = true;
    else
        row->way->by_host = true;
    row->prefix_rewrite = prefix_rewrite(row, json_member(action, "rewrite"));
    add_rows(gateway, row, row->prefix_rewrite && row->order.path_kind == PATH_PREFIX);
}

static int by_order(const void *a, const void *b)
{
    const struct row *left = *(void *const *)a, *right = *(void *const *)b;
    return route_order_compare(&left->order, &right->order);
}

static int by_value(const void *a, const void *b)
{
    const struct way *left = *(void *const *)a, *right = *(void *const *)b;
    return strcmp(left->value, right->value);
}

static void read_routes(struct gateway *gateway)
{
    const struct mesh_item *item =
        read_item(gateway->t, ITEM_VIRTUAL_GATEWAY, gateway->t->proxy->name);
    for (size_t i = 0; i < item->child_count; i++) {
        for (enum protocol protocol = PROTOCOL_HTTP; protocol < PROTOCOL_TCP; protocol++) {
            const struct cJSON *route =
                json_member(item->children[i].spec, protocols[protocol].route);
            if (route)
                read_route(gateway, &item->children[i], protocol, route);
        }
    }
    if (gateway->rows.count > 1)
        qsort(gateway->rows.items, gateway->rows.count, sizeof(void *), by_order);
    if (gateway->ways.count > 1)
        qsort(gateway->ways.items, gateway->ways.count, sizeof(void *), by_value);
}

/* ---- ingress ---- */

static const char *self_redirect_name(struct gateway *gateway, const struct cJSON *listener)
{
    struct translation *t = gateway->t;
    const char *protocol = protocols[listener_protocol(listener)].name;
    if (json_size(gateway->listeners) == 1)
        return arena_printf(t->arena, "cds_ingress_%s_%s_" SELF_REDIRECT "_%s_%d", t->mesh,
                            t->proxy->name, protocol, EGRESS_PORT);
    return arena_printf(t->arena, "cds_ingress_%s_%s_" SELF_REDIRECT "_%lld_%s_%d", t->mesh,
                        t->proxy->name, (long long)listener_port(listener), protocol, EGRESS_PORT);
}

static void name_service_by_header(struct translation *t, Envoy__Route *route, const char *value)
{
    Envoy__HeaderValueOption *option =
        MESSAGE(t->arena, Envoy__HeaderValueOption, envoy__header_value_option);
    option->header = MESSAGE(t->arena, Envoy__HeaderValue, envoy__header_value);
    option->header->key = VIRTUAL_SERVICE_HEADER;
    option->header->value = value;
    /* Our choice: a client must not get its own value in. */
    option->append_action =
        ENVOY__HEADER_VALUE_OPTION__HEADER_APPEND_ACTION__OVERWRITE_IF_EXISTS_OR_ADD;
    SET_ONE(t->arena, route, request_headers_to_add, option);
}

static Envoy__Route *ingress_route(struct gateway *gateway, const struct row *row,
                                   const char *self_redirect)
{
    struct translation *t = gateway->t;
    Envoy__Route *route = cluster_route(t, self_redirect);
    route->match = envoy_route_match(t, &row->order, json_member(row->route, "match"));
    route->route->timeout = service_timeout(t, row->way->service, row->way->port);
    if (row->prefix_rewrite)
        route->route->prefix_rewrite = row->prefix_rewrite;
    if (keeps_host(json_member(row->route, "action"))) {
        name_service_by_header(t, route, row->way->value);
    } else {
        route->route->host_rewrite_specifier_case =
            ENVOY__ROUTE_ACTION__HOST_REWRITE_SPECIFIER_HOST_REWRITE_LITERAL;
        route->route->host_rewrite_literal = row->way->value;
    }
    return route;
}

/* Source: roadmap#403, #232: a hostname has a virtual host of its own, where routes without one do
 * not count. "*" for those without. */
static const char *row_domain(struct translation *t, const struct row *row)
{
    const struct cJSON *hostname = json_member(json_member(row->route, "match"), "hostname");
    const char *exact = json_string(hostname, "exact"), *suffix = json_string(hostname, "suffix");
    if (exact)
        return lower_case(t->arena, exact);
    if (suffix)
        return arena_printf(t->arena, "*%s", lower_case(t->arena, suffix + (suffix[0] == '*')));
    return "*";
}

/* A virtual host that is being filled. */
struct host {
    const char *domain;
    struct list routes;
};

static struct host *host_for(struct translation *t, struct list *hosts, const char *domain)
{
    struct host *host;
    for (size_t i = 0; i < hosts->count; i++) {
        host = hosts->items[i];
        if (strcmp(host->domain, domain) == 0)
            return host;
    }
    host = arena_new(t->arena, sizeof(*host));
    host->domain = domain;
    list_add(t->arena, hosts, host);
    return host;
}

static Envoy__VirtualHost *envoy_host(struct translation *t, const struct host *host)
{
    bool is_any = strcmp(host->domain, "*") == 0;
    Envoy__VirtualHost *out = virtual_host(t, is_any ? SELF_REDIRECT : host->domain);
    virtual_host_domain(t, out, host->domain);
    SET_LIST(out, routes, host->routes);
    return out;
}

static bool is_for(const struct row *row, const struct cJSON *listener)
{
    int64_t port = listener_port(listener);
    return json_integer(json_member(row->route, "match"), "port", port) == port;
}

static void add_ingress_routes(struct gateway *gateway, const struct cJSON *listener)
{
    struct translation *t = gateway->t;
    const char *self_redirect = self_redirect_name(gateway, listener);
    struct list hosts = {0}, out = {0};
    host_for(t, &hosts, "*");
    for (size_t i = 0; i < gateway->rows.count; i++) {
        const struct row *row = gateway->rows.items[i];
        if (is_for(row, listener))
            list_add(t->arena, &host_for(t, &hosts, row_domain(t, row))->routes,
                     ingress_route(gateway, row, self_redirect));
    }
    for (size_t i = 0; i < hosts.count; i++)
        list_add(t->arena, &out, envoy_host(t, hosts.items[i]));
    route_configuration_add(
        t, routes_name(t, INGRESS, listener_protocol(listener), listener_port(listener)), &out,
        NULL, hosts.count > 1);
}

static void add_ingress_listener(struct gateway *gateway, const struct cJSON *listener)
{
    struct translation *t = gateway->t;
    enum protocol protocol = listener_protocol(listener);
    int64_t port = listener_port(listener);
    Envoy__FilterChain *chain =
        http_chain(t, ingress_stat_prefix(t, listener, json_size(gateway->listeners)),
                   routes_name(t, INGRESS, protocol, port), protocol == PROTOCOL_HTTP);
    struct list chains = {0};
    match_port(t, chain, port);
    ingress_chains(t, listener, chain, &chains);
    listener_add(t, listener_new(t, INGRESS, NULL, port, FILTER_TLS_INSPECTOR), &chains);
}

static void add_ingress(struct gateway *gateway)
{
    struct translation *t = gateway->t;
    const struct proxy_settings *settings = &t->proxy->settings;
    for (const struct cJSON *l = json_first(gateway->listeners); l; l = json_next(l)) {
        if (!listener_fits(t, NULL, listener_port(l)))
            continue;
        local_cluster_add(t, self_redirect_name(gateway, l),
                          settings->has_mode ? settings->address : t->preference->local,
                          EGRESS_PORT, listener_protocol(l), json_member(l, "connectionPool"));
        add_ingress_routes(gateway, l);
        add_ingress_listener(gateway, l);
    }
}

/* ---- egress ---- */

/* Port 0 is the first port with requests to route. */
static const struct service_port *way_port(const struct way *way)
{
    for (size_t i = 0; i < way->service->port_count; i++) {
        const struct service_port *port = &way->service->ports[i];
        if (port->protocol != PROTOCOL_TCP && (way->port == 0 || way->port == port->port))
            return port;
    }
    return NULL;
}

static void add_host(struct translation *t, const struct way *way, struct list *hosts)
{
    const char *host_rewrite = way->port != 0 ? way->service->name : NULL;
    Envoy__VirtualHost *host;
    if (!way->service->provider)
        return;
    host = service_host(t, way->service, way_port(way), way->value, host_rewrite);
    if (way->port == 0)
        virtual_host_domain(t, host, arena_printf(t->arena, "%s:%d", way->value, EGRESS_PORT));
    list_add(t->arena, hosts, host);
}

/* Recorded: the request keeps its Host, so a header has to tell the services apart. */
static void add_default_backend(struct gateway *gateway, struct list *hosts)
{
    struct translation *t = gateway->t;
    Envoy__VirtualHost *host = virtual_host(t, DEFAULT_BACKEND);
    struct list routes = {0};
    bool is_wanted = false;
    for (size_t i = 0; i < gateway->ways.count; i++) {
        const struct way *way = gateway->ways.items[i];
        const struct route_extra extra = {.header_value = way->value};
        const struct service_port *port = way_port(way);
        is_wanted |= way->by_header;
        if (way->by_header && port)
            envoy_routes(t, way->service, port, &extra, &routes);
    }
    if (!is_wanted)
        return;
    SET_LIST(host, routes, routes);
    virtual_host_domain(t, host, "*");
    list_add(t->arena, hosts, host);
}

static void add_egress(struct gateway *gateway)
{
    struct translation *t = gateway->t;
    const char *routes = routes_name(t, EGRESS, gateway->egress_protocol, EGRESS_PORT);
    struct list hosts = {0}, chains = {0};
    Envoy__FilterChain *chain;
    for (size_t i = 0; i < gateway->ways.count; i++) {
        const struct way *way = gateway->ways.items[i];
        if (way->by_host)
            add_host(t, way, &hosts);
    }
    add_default_backend(gateway, &hosts);
    route_configuration_add(t, routes, &hosts, NULL, false);
    chain = http_chain(t, "egress", routes, true);
    match_port(t, chain, EGRESS_PORT);
    list_add(t->arena, &chains, chain);
    listener_add(t, listener_new(t, EGRESS, NULL, EGRESS_PORT, FILTER_TLS_INSPECTOR), &chains);
}

/* ---- the whole ---- */

static enum protocol first_protocol(const struct cJSON *listeners)
{
    enum protocol first = PROTOCOL_GRPC;
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l))
        if (listener_protocol(l) < first)
            first = listener_protocol(l);
    return first;
}

void translate_gateway(struct translation *t)
{
    struct gateway gateway = {.t = t, .listeners = json_member(t->spec, "listeners")};
    gateway.egress_protocol = first_protocol(gateway.listeners);
    read_routes(&gateway);
    add_egress(&gateway);
    add_ingress(&gateway);
    target_clusters_add(t);
    secrets_add(t);
}
