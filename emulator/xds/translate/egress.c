/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "translate/translation.h"

#define STAT_PREFIX "egress"
#define TLS_PORT 443
#define INSPECTION_MS 1000 /* our choice: for servers that speak first */
#define AMAZONAWS "amazonaws"
#define ALLOW_ALL "mesh-allow-all"

/* All services that are dialled at one port. */
struct egress_port {
    int64_t port;
    enum protocol protocol; /* the first one of those on it: HTTP before TCP */
    struct list services;   /* those that can be served: of HTTP's family, or the first of TCP */
    struct tcp_route tcp;
};

/* ---- which ports there are ---- */

static struct egress_port *port_find(const struct list *ports, int64_t number)
{
    for (size_t i = 0; i < ports->count; i++) {
        struct egress_port *port = ports->items[i];
        if (port->port == number)
            return port;
    }
    return NULL;
}

static struct egress_port *port_at(struct translation *t, struct list *ports, int64_t number)
{
    struct egress_port *port = port_find(ports, number);
    if (port)
        return port;
    port = arena_new(t->arena, sizeof(*port));
    port->port = number;
    port->protocol = PROTOCOL_COUNT;
    list_add(t->arena, ports, port);
    return port;
}

/* Unless each service has an address of its own. */
static void warn_unreachable(struct translation *t, const struct service *service, int64_t port)
{
    if (t->proxy->settings.vip_egress)
        return;
    warn(t, "virtual service %s cannot be reached: another one is on port %lld, too", service->name,
         (long long)port);
}

/* What a listener cannot tell apart by port alone: AWS called it unsupported (roadmap#175, #195);
 * that HTTP wins is our choice. */
static void join_port(struct translation *t, struct egress_port *port, struct service *service,
                      enum protocol protocol)
{
    bool is_tcp = protocol == PROTOCOL_TCP, was_tcp = port->protocol == PROTOCOL_TCP;
    if (port->services.count > 0 && (is_tcp || was_tcp)) {
        warn_unreachable(t, is_tcp ? service : port->services.items[0], port->port);
        if (is_tcp)
            return;
        port->services.count = 0;
    }
    if (protocol < port->protocol)
        port->protocol = protocol;
    list_add(t->arena, &port->services, service);
}

/* The egress port is all services' (explicit-egress, a mode of ours): none of TCP can have it. */
static void open_egress_port(struct translation *t, struct list *ports)
{
    struct egress_port *port = port_at(t, ports, EGRESS_PORT);
    if (port->protocol == PROTOCOL_TCP)
        warn_unreachable(t, port->services.items[0], EGRESS_PORT);
    port->protocol = PROTOCOL_HTTP;
}

static int by_port(const void *a, const void *b)
{
    const struct egress_port *left = *(void *const *)a, *right = *(void *const *)b;
    return (left->port > right->port) - (left->port < right->port);
}

static struct list egress_ports(struct translation *t, const struct list *services)
{
    struct list ports = {0};
    for (size_t i = 0; i < services->count; i++) {
        struct service *service = services->items[i];
        for (size_t p = 0; p < service->port_count; p++)
            join_port(t, port_at(t, &ports, service->ports[p].port), service,
                      service->ports[p].protocol);
    }
    if (t->proxy->settings.explicit_egress)
        open_egress_port(t, &ports);
    if (ports.count > 1)
        qsort(ports.items, ports.count, sizeof(*ports.items), by_port);
    return ports;
}

static const struct service_port *service_port_at(const struct service *service, int64_t number)
{
    for (size_t i = 0; i < service->port_count; i++)
        if (service->ports[i].port == number)
            return &service->ports[i];
    return NULL;
}

/* ---- routes ---- */

Envoy__VirtualHost *service_host(struct translation *t, const struct service *service,
                                 const struct service_port *port, const char *name,
                                 const char *host_rewrite)
{
    const struct route_extra extra = {.host_rewrite = host_rewrite};
    Envoy__VirtualHost *host = virtual_host(t, name);
    struct list routes = {0};
    if (port && !host_rewrite)
        message_splice(t->arena, &host->base, plain_routes(t, service, port));
    else if (port)
        envoy_routes(t, service, port, &extra, &routes);
    SET_LIST(host, routes, routes);
    virtual_host_domain(t, host, name);
    return host;
}

static const char *with_port(struct translation *t, const char *name, int64_t port)
{
    return JOIN(t->arena, name, ":", decimal(t->arena, port));
}

/* Recorded (roadmap#362): under ALLOW_ALL a host outside the mesh passes, on a backend's port too.
 */
static Envoy__VirtualHost *other_hosts(struct translation *t)
{
    Envoy__VirtualHost *host;
    if (!t->allows_all)
        return NULL;
    host = virtual_host(t, ALLOW_ALL);
    virtual_host_domain(t, host, "*");
    SET_ONE(t->arena, host, routes, cluster_route(t, egress_cluster_name(t, ALLOW_ALL)));
    return host;
}

static void add_port_routes(struct translation *t, const struct egress_port *port)
{
    struct list hosts = {0};
    for (size_t i = 0; i < port->services.count; i++) {
        const struct service *service = port->services.items[i];
        Envoy__VirtualHost *host =
            service_host(t, service, service_port_at(service, port->port), service->name, NULL);
        virtual_host_domain(t, host, with_port(t, service->name, port->port));
        list_add(t->arena, &hosts, host);
    }
    route_configuration_add(t, routes_name(t, EGRESS, port->protocol, port->port), &hosts,
                            other_hosts(t), false);
}

/* explicit-egress: every HTTP service at the egress port, told apart by Host as at a gateway's.
 * Ports of a service after its first one have hosts of their own. */
static void add_explicit_routes(struct translation *t, const struct list *services)
{
    struct list hosts = {0};
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = services->items[i];
        bool is_first = true;
        for (size_t p = 0; p < service->port_count; p++) {
            const struct service_port *port = &service->ports[p];
            const char *at_port = with_port(t, service->name, port->port);
            Envoy__VirtualHost *host;
            if (port->protocol == PROTOCOL_TCP)
                continue;
            host = service_host(t, service, port, is_first ? service->name : at_port, NULL);
            if (is_first)
                virtual_host_domain(t, host, with_port(t, service->name, EGRESS_PORT));
            if (is_first && port->port != EGRESS_PORT)
                virtual_host_domain(t, host, at_port);
            is_first = false;
            list_add(t->arena, &hosts, host);
        }
    }
    route_configuration_add(t, routes_name(t, EGRESS, PROTOCOL_HTTP, EGRESS_PORT), &hosts,
                            other_hosts(t), false);
}

static void add_routes(struct translation *t, const struct list *services, const struct list *ports)
{
    for (size_t i = 0; i < ports->count; i++) {
        struct egress_port *port = ports->items[i];
        if (port->port == EGRESS_PORT && t->proxy->settings.explicit_egress) {
            add_explicit_routes(t, services);
        } else if (port->protocol == PROTOCOL_TCP) {
            const struct service *service = port->services.items[0];
            port->tcp = tcp_route_read(t, service, service_port_at(service, port->port));
        } else {
            add_port_routes(t, port);
        }
    }
}

/* ---- chains ---- */

/* NULL for a TCP service that leads nowhere. */
static Envoy__FilterChain *port_chain(struct translation *t, int64_t port, enum protocol protocol,
                                      const struct tcp_route *tcp)
{
    Envoy__FilterChain *chain;
    if (protocol == PROTOCOL_TCP && tcp->target_count == 0)
        return NULL;
    if (protocol == PROTOCOL_TCP)
        chain = tcp_chain(t, STAT_PREFIX, tcp->targets, tcp->target_count,
                          envoy_duration_or(t->arena, tcp->idle, IDLE_TIMEOUT_MS));
    else
        chain = http_chain(t, STAT_PREFIX, routes_name(t, EGRESS, protocol, port), true);
    match_port(t, chain, port);
    return chain;
}

/* To wherever the client was going. */
static Envoy__FilterChain *passthrough_chain(struct translation *t, const char *cluster)
{
    const struct tcp_target target = {egress_cluster_name(t, cluster), 1};
    Envoy__FilterChain *chain = tcp_chain(t, STAT_PREFIX, &target, 1, NULL);
    match_any_address(t, chain);
    return chain;
}

/* Recorded (roadmap#2): AWS's own endpoints can be reached under either egress filter. */
static void add_amazonaws_chain(struct translation *t, struct list *chains)
{
    Envoy__FilterChain *chain = passthrough_chain(t, AMAZONAWS);
    const char **names = arena_new(t->arena, sizeof(*names));
    names[0] = "*.amazonaws.com";
    match_port(t, chain, TLS_PORT);
    chain->filter_chain_match->n_server_names = 1;
    chain->filter_chain_match->server_names = names;
    list_add(t->arena, chains, chain);
}

/* Envoy's matching has no way back: once a chain names port 443, one without a port is out for it
 * (data-plane-api: envoy/config/listener/v3/listener_components.proto), hence the second chain. */
static void add_allow_all_chains(struct translation *t, bool has_tls_backend, struct list *chains)
{
    list_add(t->arena, chains, passthrough_chain(t, ALLOW_ALL));
    if (!has_tls_backend) {
        Envoy__FilterChain *chain = passthrough_chain(t, ALLOW_ALL);
        match_port(t, chain, TLS_PORT);
        list_add(t->arena, chains, chain);
    }
}

/* On port 443 a chain must have the prefixes of its neighbour there: Envoy does not merge a missing
 * prefix with an explicit one. */
static bool add_port_chains(struct translation *t, const struct list *ports, struct list *chains)
{
    bool has_tls_backend = false;
    for (size_t i = 0; i < ports->count; i++) {
        const struct egress_port *port = ports->items[i];
        Envoy__FilterChain *chain = port_chain(t, port->port, port->protocol, &port->tcp);
        if (!chain)
            continue;
        if (port->port == TLS_PORT) {
            has_tls_backend = true;
            match_any_address(t, chain);
        }
        list_add(t->arena, chains, chain);
    }
    return has_tls_backend;
}

/* ---- what the TLS inspector must not wait for ---- */

static bool is_tcp_port(const struct egress_port *port)
{
    return port->protocol == PROTOCOL_TCP && port->tcp.target_count > 0;
}

static Envoy__ListenerFilterChainMatchPredicate *is_port(struct translation *t, int64_t port)
{
    Envoy__ListenerFilterChainMatchPredicate *out =
        MESSAGE(t->arena, Envoy__ListenerFilterChainMatchPredicate,
                envoy__listener_filter_chain_match_predicate);
    out->rule_case = ENVOY__LISTENER_FILTER_CHAIN_MATCH_PREDICATE__RULE_DESTINATION_PORT_RANGE;
    out->destination_port_range = MESSAGE(t->arena, Envoy__Int32Range, envoy__int32_range);
    out->destination_port_range->start = (int32_t)port;
    out->destination_port_range->end = (int32_t)port + 1;
    return out;
}

static Envoy__ListenerFilterChainMatchPredicate *any_of(struct translation *t,
                                                        const struct list *rules)
{
    Envoy__ListenerFilterChainMatchPredicate *out =
        MESSAGE(t->arena, Envoy__ListenerFilterChainMatchPredicate,
                envoy__listener_filter_chain_match_predicate);
    if (rules->count == 1)
        return rules->items[0];
    out->rule_case = ENVOY__LISTENER_FILTER_CHAIN_MATCH_PREDICATE__RULE_OR_MATCH;
    out->or_match = MESSAGE(t->arena, Envoy__ListenerFilterChainMatchPredicate__MatchSet,
                            envoy__listener_filter_chain_match_predicate__match_set);
    SET_LIST(out->or_match, rules, *rules);
    return out;
}

/* Where the server speaks first there is nothing to inspect: the inspector is off on TCP ports, and
 * elsewhere gives up soon. AWS fixed roadmap#62 in a way that was not recorded; this is ours. */
static void spare_silent_clients(struct translation *t, Envoy__Listener *listener,
                                 const struct list *ports)
{
    struct list rules = {0};
    bool has_tcp = false;
    for (size_t i = 0; i < ports->count; i++) {
        const struct egress_port *port = ports->items[i];
        has_tcp |= is_tcp_port(port);
        if (is_tcp_port(port) && port->port != TLS_PORT)
            list_add(t->arena, &rules, is_port(t, port->port));
    }
    if (rules.count > 0)
        listener->listener_filters[listener->n_listener_filters - 1]->filter_disabled =
            any_of(t, &rules);
    if (has_tcp || t->allows_all) {
        listener->listener_filters_timeout = envoy_milliseconds(t->arena, INSPECTION_MS);
        listener->continue_on_listener_filters_timeout = true;
    }
}

/* ---- the modes that need no iptables; all our own ---- */

static const char *vip(struct translation *t, size_t index)
{
    struct in_addr address = {htonl(t->proxy->settings.vip_network + 1 + (uint32_t)index)};
    char text[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &address, text, sizeof(text));
    return arena_copy(t->arena, bytes_of(text));
}

static void add_vip_listener(struct translation *t, const char *address,
                             const struct service *service, const struct service_port *port,
                             const struct list *ports)
{
    const struct egress_port *shared = port_find(ports, port->port);
    enum protocol protocol = port->protocol == PROTOCOL_TCP ? PROTOCOL_TCP : shared->protocol;
    struct list chains = {0};
    struct tcp_route tcp = {0};
    Envoy__FilterChain *chain;
    if (!listener_fits(t, address, port->port))
        return;
    if (protocol == PROTOCOL_TCP)
        tcp = tcp_route_read(t, service, port);
    chain = port_chain(t, port->port, protocol, &tcp);
    if (!chain)
        return;
    list_add(t->arena, &chains, chain);
    listener_add(t, listener_new(t, EGRESS, address, port->port, 0), &chains);
}

static void add_vip_listeners(struct translation *t, const struct list *services,
                              const struct list *ports)
{
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = services->items[i];
        for (size_t p = 0; p < service->port_count; p++)
            add_vip_listener(t, vip(t, i), service, &service->ports[p], ports);
    }
}

/* ---- the whole ---- */

static void add_listener(struct translation *t, const struct list *ports)
{
    struct list chains = {0};
    bool has_tls_backend = add_port_chains(t, ports, &chains);
    Envoy__Listener *listener =
        listener_new(t, EGRESS, NULL, EGRESS_PORT, FILTER_ORIGINAL_DST | FILTER_TLS_INSPECTOR);
    add_amazonaws_chain(t, &chains);
    if (t->allows_all)
        add_allow_all_chains(t, has_tls_backend, &chains);
    spare_silent_clients(t, listener, ports);
    listener_add(t, listener, &chains);
}

enum status node_egress_add(struct translation *t, const struct list *services, struct error *error)
{
    const struct proxy_settings *settings = &t->proxy->settings;
    struct list ports = egress_ports(t, services);
    if (settings->vip_egress && services->count > settings->vip_count)
        return error_set(error, ERR_BAD_REQUEST,
                         "node metadata %s has %u addresses for %zu services",
                         setting_keys[SETTING_VIPS], settings->vip_count, services->count);
    add_routes(t, services, &ports);
    add_listener(t, &ports);
    if (settings->vip_egress)
        add_vip_listeners(t, services, &ports);
    original_destination_cluster_add(t, egress_cluster_name(t, AMAZONAWS));
    if (t->allows_all)
        original_destination_cluster_add(t, egress_cluster_name(t, ALLOW_ALL));
    return OK;
}
