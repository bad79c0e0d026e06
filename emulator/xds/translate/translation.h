/* SPDX-License-Identifier: Apache-2.0
 *
 * One translation under way: what the files of this folder share.
 *
 * Lifetime: everything is in the translation's arena; messages may share parts.
 */
#ifndef XDS_TRANSLATE_TRANSLATION_H
#define XDS_TRANSLATE_TRANSLATION_H

#include <envoy/config/accesslog/v3/accesslog.pb-c.h>
#include <envoy/config/cluster/v3/cluster.pb-c.h>
#include <envoy/config/core/v3/config_source.pb-c.h>
#include <envoy/config/endpoint/v3/endpoint.pb-c.h>
#include <envoy/config/listener/v3/listener.pb-c.h>
#include <envoy/config/route/v3/route.pb-c.h>

#include "message.h"
#include "translate/translate.h"
#include "translate/words.h"

/* Where AWS's iptables rules send traffic. Source: guide, getting-started-ec2. */
#define INGRESS_PORT 15000
#define EGRESS_PORT 15001

struct translation {
    struct arena *arena;
    struct mesh_view *view;
    struct mesh_reads *reads;
    const struct proxy *proxy;
    const struct translate_sources *sources;
    struct snapshot *out;

    const char *mesh;
    const struct cJSON *mesh_spec, *spec; /* spec: of the proxy's own node or gateway */
    const struct ip_preference *preference;
    bool allows_all; /* the mesh's egress filter */

    Envoy__ConfigSource *ads;
    Envoy__AccessLog *access_log;      /* NULL: none */
    Envoy__RetryPolicy *default_retry; /* made when first needed */

    struct buffer quoted;  /* for one text at a time */
    struct list listeners; /* of Envoy__Listener: those that were added */
    struct list targets;   /* of struct target */
    struct record *record; /* NULL: nothing is recorded */
    struct list secrets;   /* wanted ones; secret.c */
    struct xds_use *uses;
    size_t use_count, use_capacity;
};

const struct mesh_item *read_item(struct translation *, enum item_kind, const char *name);
void warn(struct translation *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the resource that is being built names; resource_add takes it up. */
void use(struct translation *, enum xds_type, const char *name);
void resource_add(struct translation *, enum xds_type, const char *name, const ProtobufCMessage *);
void resource_add_shared(struct translation *, enum xds_type, const char *name, struct shared *);

/* ---- service.c: from a backend's name to the nodes behind it ---- */

/* A listener of a virtual node that requests may end up at: one egress cluster. */
struct target {
    const struct mesh_item *node;
    const struct cJSON *listener;
    enum protocol protocol;
    int64_t port;
    const char *cluster;
    bool has_endpoints;            /* found by Cloud Map */
    const struct service *service; /* the first by name that leads here: its policy counts */
};

struct service_port {
    int64_t port;
    enum protocol protocol;
};

struct service {
    const char *name;
    const struct cJSON *policy;       /* clientPolicy.tls, or NULL */
    const struct mesh_item *provider; /* a router, a node, or NULL: it leads nowhere */
    struct service_port *ports;
    size_t port_count;
    struct service_part *part;
};

/* clientPolicy.tls of a backend or of backendDefaults; NULL in, NULL out. */
const struct cJSON *client_policy(const struct cJSON *holder);

struct service *service_read(struct translation *, const char *name, const struct cJSON *policy);

/* The target at a node; NULL, with a warning, if there is none. wanted: the port asked for, 0 for
 * none; then the node's only listener, or else the one with the port `dialled`, or the first. */
struct target *target_read(struct translation *, const struct service *, const char *node,
                           int64_t wanted, int64_t dialled);
/* Notes that the service leads to such a target. */
struct target *target_add(struct translation *, const struct target *, const struct service *);

/* ---- part.c: what depends on a service alone is made once for all proxies that call it ---- */

/* While a part is made, what that does to the translation goes into a record instead. To use the
 * part is to replay the record: in the translation that made it, and in those of other proxies. */
struct record {
    struct list items;    /* of const struct mesh_item: read */
    struct list targets;  /* of struct target: led to */
    struct list clusters; /* of const char: used */
    struct list warnings; /* of const char */
};

/* Routes to a port of a service, packed as fields of a virtual host. */
struct routes_part {
    int64_t port;
    struct bytes packed;
    struct record record;
    struct routes_part *next;
};

/* Kept with the virtual service's item. */
struct service_part {
    struct service service; /* without a policy */
    struct record record;
    struct routes_part *routes; /* those that were needed so far */
};

void record_begin(struct translation *, struct record *);
void record_end(struct translation *); /* what the record holds lives as long as the parts now */
void record_replay(struct translation *, const struct record *, const struct service *);
void *keep_copy(struct arena *parts, const void *data, size_t size);

/* ---- route.c ---- */

/* What a copy of a service's routes has beyond the plain ones; members may be NULL. */
struct route_extra {
    const char *header_value; /* of VIRTUAL_SERVICE_HEADER, that the copy asks for */
    const char *host_rewrite;
};
/* Recorded: how a virtual gateway that keeps the host tells its own egress the service. */
#define VIRTUAL_SERVICE_HEADER "x-app-mesh-virtual-service"

/* Adds an Envoy__Route for each route of the service at one of its ports, in matching order. */
void envoy_routes(struct translation *, const struct service *, const struct service_port *,
                  const struct route_extra *, struct list *out);
/* The plain ones, packed as fields of a virtual host. */
struct bytes plain_routes(struct translation *, const struct service *,
                          const struct service_port *);

/* The longest request timeout among the router's routes (at a port; 0: any); NULL if it has none.
 */
Google__Protobuf__Duration *service_timeout(struct translation *, const struct service *,
                                            int64_t port);

/* The route that decides where a service's TCP connections go. */
struct tcp_target {
    const char *cluster;
    uint32_t weight;
};
struct tcp_route {
    struct tcp_target *targets; /* with a weight above 0, sorted by cluster */
    size_t target_count;
    const struct cJSON *idle;
};
struct tcp_route tcp_route_read(struct translation *, const struct service *,
                                const struct service_port *);

/* All to one cluster. */
Envoy__Route *cluster_route(struct translation *, const char *cluster);

/* ---- virtual_host.c ---- */

Envoy__VirtualHost *virtual_host(struct translation *, const char *name);
void virtual_host_domain(struct translation *, Envoy__VirtualHost *, const char *domain);

/* The hosts sorted by name, then the last one (may be NULL). Each has a domain. Envoy refuses a
 * name or domain that is there twice: the first keeps it. */
void route_configuration_add(struct translation *, const char *name, struct list *virtual_hosts,
                             Envoy__VirtualHost *last, bool ignores_port);

/* ---- match.c ---- */

enum path_kind { PATH_EXACT, PATH_REGEX, PATH_PREFIX }; /* in matching order */

/* What decides which of two routes comes first. */
struct route_order {
    int64_t priority;
    enum path_kind path_kind;
    const char *path;
    int matchers; /* headers, query parameters, method, scheme */
    const char *name;
};
struct route_order route_order(struct translation *, enum protocol, const struct cJSON *spec,
                               const char *name);
int route_order_compare(const struct route_order *, const struct route_order *);

Envoy__RouteMatch *envoy_route_match(struct translation *, const struct route_order *,
                                     const struct cJSON *match);
void match_header(struct translation *, Envoy__RouteMatch *, const char *name, const char *value);

/* ---- cluster.c, endpoint.c ---- */

/* One per target, with the endpoints of those found by Cloud Map. */
void target_clusters_add(struct translation *);
void original_destination_cluster_add(struct translation *, const char *name);
/* The application's, or a gateway's way to its own egress. */
void local_cluster_add(struct translation *, const char *name, const char *address, int64_t port,
                       enum protocol, const struct cJSON *connection_pool);

Envoy__ClusterLoadAssignment *single_endpoint(struct translation *, const char *cluster,
                                              const char *address, int64_t port);
/* Of a target found by Cloud Map. */
void endpoints_add(struct translation *, const struct target *);

/* ---- tls.c, secret.c ---- */

/* NULL: plaintext. */
Envoy__TransportSocket *envoy_upstream_tls(struct translation *, const struct target *);
Envoy__TransportSocket *envoy_downstream_tls(struct translation *, const struct cJSON *tls,
                                             enum protocol);
bool is_tls_mode(const struct cJSON *tls, const char *mode); /* tls may be NULL */

/* Secrets over ADS for ACM's ARNs. Each answers the secret's name; secrets_add makes them. */
const char *certificate_secret_want(struct translation *, const char *arn);
const char *issuer_secret_want(struct translation *, const char *certificate_arn);
const char *authorities_secret_want(struct translation *, const char **arns, size_t count);
void secrets_add(struct translation *);

/* ---- listener.c ---- */

/* A chain that waits for its match. */
Envoy__FilterChain *http_chain(struct translation *, const char *stat_prefix, const char *routes,
                               bool has_websocket);
Envoy__FilterChain *tcp_chain(struct translation *, const char *stat_prefix,
                              const struct tcp_target *, size_t target_count,
                              Google__Protobuf__Duration *idle);
void match_port(struct translation *, Envoy__FilterChain *, int64_t port);
void match_any_address(struct translation *, Envoy__FilterChain *);

enum direction { INGRESS, EGRESS };

enum { FILTER_ORIGINAL_DST = 1, FILTER_TLS_INSPECTOR = 2 };

/* An address NULL is the one where all listeners of this proxy are. */

/* False, with a warning, if a listener is there already: Envoy refuses two at one address. */
bool listener_fits(struct translation *, const char *address, int64_t port);

/* Named by its place. */
Envoy__Listener *listener_new(struct translation *, enum direction, const char *address,
                              int64_t port, unsigned filters);
void listener_add(struct translation *, Envoy__Listener *, const struct list *chains);

/* The chains of one ingress port: one, or two where TLS is optional; true if they have to be told
 * apart by the TLS inspector. */
bool ingress_chains(struct translation *, const struct cJSON *listener, Envoy__FilterChain *plain,
                    struct list *out);

Envoy__Address *socket_address(struct translation *, const char *address, int64_t port);

/* ---- egress.c ---- */

/* A node's way out to its services (of struct service, sorted by name). */
enum status node_egress_add(struct translation *, const struct list *services,
                            struct error *) NODISCARD;

/* The virtual host of a service for one of its ports, the name its first domain. port NULL: without
 * routes. host_rewrite: NULL for none. */
Envoy__VirtualHost *service_host(struct translation *, const struct service *,
                                 const struct service_port *, const char *name,
                                 const char *host_rewrite);

/* ---- node.c, gateway.c: the whole ---- */

enum status translate_node(struct translation *, struct error *) NODISCARD;
void translate_gateway(struct translation *);

/* ---- translate.c: names as EMS formed them, and what all share ---- */

const char *local_cluster_name(struct translation *, enum protocol, int64_t port);
const char *egress_cluster_name(struct translation *, const char *rest);
const char *routes_name(struct translation *, enum direction, enum protocol, int64_t port);
/* Of an ingress listener, one of count. */
const char *ingress_stat_prefix(struct translation *, const struct cJSON *listener, int count);

/* Recorded on listeners, clusters and routes: a JSON text of tags, with one or, for a NULL key,
 * none.
 */
Envoy__Metadata *envoy_tags(struct translation *, const char *key, const char *value);

/* discovery: a node's awsCloudMap or dns, whose own preference wins over the mesh's; or NULL. */
const struct ip_preference *preference_for(const struct translation *,
                                           const struct cJSON *discovery);

#endif
