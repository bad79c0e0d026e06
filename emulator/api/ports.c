/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "listeners.h"
#include "port_users.h"
#include "references.h"
#include "relations.h"

/* What the rules look at. */
struct ports {
    struct call *call;
    const struct place *place;
    const struct cJSON *spec;    /* the new one */
    struct listeners old, new;   /* of a router, gateway or node, or of a service's provider */
    struct listeners parent;     /* of a route's router or a gateway route's gateway */
    struct port_users children;  /* routes of the router, gateway routes of the gateway */
    struct port_users referrers; /* routes and gateway routes that send traffic to it */
};

static enum status refuse(const struct ports *ports, const char *text)
{
    return error_set(&ports->call->error, ERR_BAD_REQUEST, "%s", text);
}

/* The resource itself and its parent, in the words of messages. */
static const char *own_kind(const struct ports *ports)
{
    return kinds[ports->call->path.kind].name;
}

static const char *own_name(const struct ports *ports)
{
    return ports->call->path.names[ports->call->path.kind];
}

static const char *parent_kind(const struct ports *ports)
{
    return kinds[kinds[ports->call->path.kind].parent].name;
}

static const char *parent_name(const struct ports *ports)
{
    return ports->call->path.names[kinds[ports->call->path.kind].parent];
}

/* ---- routes and gateway routes ---- */

static enum status several_listeners_need_a_match_port(const struct ports *ports)
{
    struct port_user user = port_user_of_route(ports->spec);
    if (ports->parent.count <= 1 || user.port)
        return OK;
    return refuse(ports, ports->call->path.kind == KIND_ROUTE
                             ? "Route must define a port match criteria if the Virtual Router has "
                               "multiple listeners"
                             : "Gateway route must define a match port if the parent Virtual "
                               "Gateway has multiple listeners.");
}

static enum status a_match_port_is_a_listener_port(const struct ports *ports)
{
    struct port_user user = port_user_of_route(ports->spec);
    if (ports->parent.count == 0 || !user.port || listeners_have_port(&ports->parent, user.port))
        return OK;
    return error_set(&ports->call->error, ERR_BAD_REQUEST,
                     "Match port %" PRId64 " is not a listener port of %s %s", user.port,
                     parent_kind(ports), parent_name(ports));
}

static enum status a_route_fits_a_listener(const struct ports *ports)
{
    struct port_user user = port_user_of_route(ports->spec);
    if (ports->parent.count == 0 || listeners_fit(&ports->parent, user.protocol, user.port))
        return OK;
    return error_set(&ports->call->error, ERR_BAD_REQUEST,
                     "%s %s needs a listener of protocol %s on %s %s", own_kind(ports),
                     own_name(ports), user.protocol, parent_kind(ports), parent_name(ports));
}

struct target_check {
    const struct ports *ports;
    enum status status;
};

static void check_target_port(void *context, const struct reference *reference)
{
    struct target_check *check = context;
    struct call *call = check->ports->call;
    struct listeners target;
    if (check->status != OK)
        return;
    check->status =
        listeners_of_target(call, check->ports->place, reference->kind, reference->name, &target);
    if (check->status != OK || target.count == 0)
        return;
    const char *name = kinds[reference->kind].name;
    if (!reference->port && target.count > 1)
        check->status = error_set(&call->error, ERR_BAD_REQUEST,
                                  "Target %s %s has multiple listeners: its port must be defined",
                                  name, reference->name);
    else if (reference->port && !listeners_have_port(&target, reference->port))
        check->status = error_set(&call->error, ERR_BAD_REQUEST,
                                  "Target port %" PRId64 " is not a listener port of %s %s",
                                  reference->port, name, reference->name);
}

static enum status target_ports_are_listener_ports(const struct ports *ports)
{
    struct target_check check = {ports, OK};
    references_walk(ports->call->path.kind, ports->spec, check_target_port, &check);
    return check.status;
}

/* ---- updates of routers, gateways and nodes ---- */

/* The users without a port, as "[a, b]" of at most five, and how many there are. */
static size_t list_without_port(struct call *call, const struct port_users *users,
                                const char **out_names)
{
    struct buffer names = {0};
    size_t count = 0;
    for (size_t i = 0; i < users->count; i++)
        if (!users->items[i].port && count++ < NAMES_LISTED)
            buffer_printf(&names, "%s%s", count > 1 ? ", " : "", users->items[i].name);
    *out_names = arena_copy(call->arena, buffer_bytes(&names));
    buffer_clear(&names);
    return count;
}

static enum status several_listeners_need_match_ports(const struct ports *ports)
{
    const char *names;
    if (ports->new.count <= 1)
        return OK;
    size_t count = list_without_port(ports->call, &ports->children, &names);
    if (count == 0)
        return OK;
    bool is_router = ports->call->path.kind == KIND_VIRTUAL_ROUTER;
    const char *route = is_router ? "Route" : "Gateway Route";
    const char *parent = is_router ? "Virtual Router" : "Virtual Gateway";
    return error_set(&ports->call->error, ERR_BAD_REQUEST,
                     "All %ss for this %s must define a port match before adding multiple "
                     "listeners to this %s. %zu %s(s) are missing port. Listing up to 5 %s names: "
                     "[%s]",
                     route, parent, parent, count, route, is_router ? "route" : "gateway route",
                     names);
}

static enum status several_listeners_need_target_ports(const struct ports *ports)
{
    const char *names;
    if (ports->new.count <= 1)
        return OK;
    size_t count = list_without_port(ports->call, &ports->referrers, &names);
    if (count == 0)
        return OK;
    return error_set(&ports->call->error, ERR_BAD_REQUEST,
                     "All Routes that target %s %s must define a target port before adding "
                     "multiple listeners to it. %zu Route(s) are missing port. Listing up to 5 "
                     "route names: [%s]",
                     own_kind(ports), own_name(ports), count, names);
}

static enum status drop_is_refused(const struct ports *ports, int64_t port)
{
    const struct port_users *lists[] = {&ports->children, &ports->referrers};
    struct buffer names = {0};
    size_t count = 0;
    for (size_t l = 0; l < COUNT(lists); l++)
        for (size_t i = 0; i < lists[l]->count; i++)
            if (lists[l]->items[i].port == port && count++ < NAMES_LISTED)
                buffer_printf(&names, "%s%s", count > 1 ? ", " : "", lists[l]->items[i].name);
    enum status status =
        count == 0 ? OK
                   : error_set(&ports->call->error, ERR_BAD_REQUEST,
                               "%s %s cannot drop listener port %" PRId64 ": used by [%s]",
                               own_kind(ports), own_name(ports), port, names.data);
    buffer_clear(&names);
    return status;
}

static enum status a_port_in_use_stays(const struct ports *ports)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < ports->old.count; i++)
        if (!listeners_have_port(&ports->new, ports->old.items[i].port))
            status = drop_is_refused(ports, ports->old.items[i].port);
    return status;
}

static enum status routes_still_fit(const struct ports *ports)
{
    for (size_t i = 0; i < ports->children.count; i++) {
        const struct port_user *user = &ports->children.items[i];
        if (!listeners_fit(&ports->new, user->protocol, user->port))
            return error_set(&ports->call->error, ERR_BAD_REQUEST,
                             "%s %s must keep a listener of protocol %s: used by [%s]",
                             own_kind(ports), own_name(ports), user->protocol, user->name);
    }
    return OK;
}

static enum status target_ports_still_fit(const struct ports *ports)
{
    for (size_t i = 0; ports->new.count > 0 && i < ports->referrers.count; i++) {
        const struct port_user *user = &ports->referrers.items[i];
        if (user->port && !listeners_have_port(&ports->new, user->port))
            return error_set(&ports->call->error, ERR_BAD_REQUEST,
                             "%s %s must have listener port %" PRId64 ": used by [%s]",
                             own_kind(ports), own_name(ports), user->port, user->name);
    }
    return OK;
}

/* ---- the table ---- */

#define KIND(kind) (1u << KIND_##kind)
#define ROUTES (KIND(ROUTE) | KIND(GATEWAY_ROUTE))
#define PARENTS (KIND(VIRTUAL_ROUTER) | KIND(VIRTUAL_GATEWAY))
#define TARGETS (KIND(VIRTUAL_ROUTER) | KIND(VIRTUAL_NODE) | KIND(VIRTUAL_SERVICE))
#define LISTENERS (PARENTS | KIND(VIRTUAL_NODE) | KIND(VIRTUAL_SERVICE))

/* A rule, what it says, where it comes from. */
/* clang-format off */
const struct ports_rule ports_rules[] = {
    {"match-port-required", ROUTES, several_listeners_need_a_match_port,
     "Under a parent with several listeners the match names a port.",
     "recorded: aws-app-mesh-controller-for-k8s#715 and aws-cdk#25112"},
    {"match-port-exists", ROUTES, a_match_port_is_a_listener_port,
     "A match port is a listener port of the parent.",
     "our choice: such a route could never match"},
    {"route-type-fits", ROUTES, a_route_fits_a_listener,
     "The type of a route is the protocol of a listener of the parent.",
     "user guide, routes: must match; the error is our choice"},
    {"target-port-fits", ROUTES, target_ports_are_listener_ports,
     "A target with several listeners is named with a port, and a target port is a listener port.",
     "user guide, routes and gateway routes; the texts are our choice"},
    {"routes-have-match-ports", PARENTS, several_listeners_need_match_ports,
     "A parent gets several listeners only once all its routes match a port.",
     "recorded: aws-app-mesh-controller-for-k8s#715; virtual gateways by analogy"},
    {"targets-have-ports", TARGETS, several_listeners_need_target_ports,
     "A target gets several listeners only once all that target it name a port.",
     "recorded: terraform-provider-aws#35294 (without its text)"},
    {"port-in-use", LISTENERS, a_port_in_use_stays,
     "A listener port that a match or a target names cannot be dropped.",
     "our choice: the service's own answer is not recorded"},
    {"routes-still-fit", PARENTS, routes_still_fit,
     "A protocol that routes of the parent need cannot be dropped, nor can all listeners.",
     "recorded: aws-app-mesh-controller-for-k8s#767 (without its text)"},
    {"target-ports-still-fit", TARGETS, target_ports_still_fit,
     "Listeners, or another provider, come with the ports that targets name already.",
     "our choice: it keeps target-port-fits true"},
};
/* clang-format on */
const size_t ports_rule_count = COUNT(ports_rules);

static enum status look(struct ports *ports, uint64_t id, const struct cJSON *old_spec)
{
    struct call *call = ports->call;
    enum kind kind = call->path.kind;
    if (1u << kind & ROUTES)
        return listeners_of_text(call, ports->place->parent_spec, &ports->parent);
    if (!old_spec)
        return OK; /* nobody can rely on it yet */
    enum status status = listeners_met(call, ports->place, kind, old_spec, &ports->old);
    if (status == OK)
        status = listeners_met(call, ports->place, kind, ports->spec, &ports->new);
    if (status != OK || listeners_equal(&ports->old, &ports->new))
        return status;
    status = port_users_of_children(call, id, &ports->children);
    return status == OK ? port_users_of_target(call, ports->place, &ports->referrers) : status;
}

enum status ports_check(struct call *call, const struct place *place, uint64_t id,
                        const struct cJSON *old_spec, const struct cJSON *new_spec)
{
    unsigned kind = 1u << call->path.kind;
    if (!(kind & (ROUTES | LISTENERS)))
        return OK;
    struct ports ports = {.call = call, .place = place, .spec = new_spec};
    enum status status = look(&ports, id, old_spec);
    for (size_t i = 0; status == OK && i < ports_rule_count; i++)
        if (ports_rules[i].kinds & kind)
            status = ports_rules[i].check(&ports);
    return status;
}
