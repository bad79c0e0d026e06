/* SPDX-License-Identifier: Apache-2.0 */
#include "port_users.h"

#include <string.h>

#include "json.h"
#include "references.h"

/* Source: user guide, routes: the type of a route goes with the protocol of a listener. */
static const struct {
    const char *member, *protocol;
} route_types[] = {
    {"httpRoute",  "http" },
    {"http2Route", "http2"},
    {"grpcRoute",  "grpc" },
    {"tcpRoute",   "tcp"  },
};

struct port_user port_user_of_route(const struct cJSON *spec)
{
    struct port_user user = {0};
    for (size_t i = 0; i < COUNT(route_types); i++) {
        const struct cJSON *route = json_member(spec, route_types[i].member);
        if (!route)
            continue;
        user.protocol = route_types[i].protocol;
        user.port = json_integer(json_member(route, "match"), "port", 0);
    }
    return user;
}

static void add(struct call *call, struct port_users *users, struct port_user user)
{
    if (users->count == users->capacity) {
        users->capacity = users->capacity ? 2 * users->capacity : 8;
        struct port_user *items = arena_new(call->arena, users->capacity * sizeof(items[0]));
        if (users->count)
            memcpy(items, users->items, users->count * sizeof(items[0]));
        users->items = items;
    }
    users->items[users->count++] = user;
}

static enum status add_child(struct call *call, const struct store_scan *scan,
                             struct port_users *out)
{
    struct json_fault fault;
    struct cJSON *spec = json_parse(scan->row.spec, &fault);
    if (!spec)
        return ERR_INTERNAL;
    struct port_user user = port_user_of_route(spec);
    user.name = arena_copy(call->arena, bytes_of(scan->name));
    add(call, out, user);
    json_free(spec);
    return OK;
}

enum status port_users_of_children(struct call *call, uint64_t id, struct port_users *out)
{
    enum kind child = call->path.kind == KIND_VIRTUAL_ROUTER    ? KIND_ROUTE
                      : call->path.kind == KIND_VIRTUAL_GATEWAY ? KIND_GATEWAY_ROUTE
                                                                : KIND_NONE;
    if (child == KIND_NONE)
        return OK;
    struct store_scan scan;
    enum status status = OK;
    store_scan_begin(&scan, call->txn, child, id, NULL);
    while (status == OK && store_scan_next(&scan))
        status = add_child(call, &scan, out);
    enum status scanned = store_scan_end(&scan);
    return status == OK ? scanned : status;
}

/* ---- users of a target ---- */

struct search {
    struct call *call;
    struct port_users *out;
    enum kind kind; /* of the target that is looked for */
    const char *target;
    const char *user;
};

static void add_if_target(void *context, const struct reference *reference)
{
    struct search *search = context;
    if (reference->kind == search->kind && strcmp(reference->name, search->target) == 0)
        add(search->call, search->out, (struct port_user){search->user, NULL, reference->port});
}

/* Adds what row `id`, of kind `user`, asks of the target. */
static enum status add_referrer(struct search *search, uint64_t id)
{
    struct call *call = search->call;
    struct scope scope;
    struct resource_path path;
    struct store_row row;
    struct json_fault fault;
    uint64_t parent;
    enum status status = store_locate(call->txn, id, call->arena, &scope, &path, &parent);
    if (status == OK)
        status = store_get(call->txn, path.kind, parent, path.names[path.kind], &row);
    if (status != OK)
        return status;
    struct cJSON *spec = json_parse(row.spec, &fault);
    if (!spec)
        return ERR_INTERNAL;
    search->user = path.names[path.kind];
    references_walk(path.kind, spec, add_if_target, search);
    json_free(spec);
    return OK;
}

static enum status add_referrers(struct call *call, const struct place *place, enum kind kind,
                                 const char *target, enum kind user, struct port_users *out)
{
    struct search search = {call, out, kind, target, NULL};
    uint64_t *ids;
    size_t count;
    enum status status = store_referrers(call->txn, place->mesh, kind, target, user, SIZE_MAX,
                                         call->arena, &ids, &count);
    for (size_t i = 0; status == OK && i < count; i++)
        status = add_referrer(&search, ids[i]);
    return status;
}

/* Gateway routes name services, and services their provider. */
static enum status add_gateway_routes(struct call *call, const struct place *place,
                                      struct port_users *out)
{
    uint64_t *ids;
    size_t count;
    enum kind kind = call->path.kind;
    enum status status = store_referrers(call->txn, place->mesh, kind, call->path.names[kind],
                                         KIND_VIRTUAL_SERVICE, SIZE_MAX, call->arena, &ids, &count);
    for (size_t i = 0; status == OK && i < count; i++) {
        struct scope scope;
        struct resource_path path;
        uint64_t parent;
        status = store_locate(call->txn, ids[i], call->arena, &scope, &path, &parent);
        if (status == OK)
            status = add_referrers(call, place, KIND_VIRTUAL_SERVICE,
                                   path.names[KIND_VIRTUAL_SERVICE], KIND_GATEWAY_ROUTE, out);
    }
    return status;
}

enum status port_users_of_target(struct call *call, const struct place *place,
                                 struct port_users *out)
{
    enum kind kind = call->path.kind;
    enum status status = OK;
    if (kind == KIND_VIRTUAL_SERVICE)
        return add_referrers(call, place, kind, call->path.names[kind], KIND_GATEWAY_ROUTE, out);
    if (kind == KIND_VIRTUAL_NODE)
        status = add_referrers(call, place, kind, call->path.names[kind], KIND_ROUTE, out);
    if (status == OK && kind != KIND_VIRTUAL_GATEWAY)
        status = add_gateway_routes(call, place, out);
    return status;
}
