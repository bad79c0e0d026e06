/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "acm.h"
#include "json.h"
#include "translate/translation.h"

const struct cJSON *client_policy(const struct cJSON *holder)
{
    return json_member(json_member(holder, "clientPolicy"), "tls");
}

static const struct mesh_item *read_provider(struct translation *t, const struct cJSON *spec,
                                             const char *service)
{
    const struct cJSON *provider = json_member(spec, "provider");
    const char *router = json_string(json_member(provider, "virtualRouter"), "virtualRouterName");
    const char *node = json_string(json_member(provider, "virtualNode"), "virtualNodeName");
    const struct mesh_item *item = NULL;
    if (router)
        item = read_item(t, ITEM_VIRTUAL_ROUTER, router);
    else if (node)
        item = read_item(t, ITEM_VIRTUAL_NODE, node);
    if (item && item->spec)
        return item;
    warn(t, "virtual service %s has no provider", service);
    return NULL;
}

/* Each port once; the first listener with it counts. */
static void add_ports(struct translation *t, struct service *service, const struct cJSON *spec)
{
    const struct cJSON *listeners = json_member(spec, "listeners");
    struct service_port *ports =
        arena_new(t->arena, (service->port_count + (size_t)json_size(listeners)) * sizeof(*ports));
    size_t count = service->port_count;
    if (count > 0)
        memcpy(ports, service->ports, count * sizeof(*ports));
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l)) {
        int64_t port = listener_port(l);
        size_t i = 0;
        while (i < count && ports[i].port != port)
            i++;
        if (i == count)
            ports[count++] = (struct service_port){port, listener_protocol(l)};
    }
    service->ports = ports;
    service->port_count = count;
}

/* Our choice for routers of old meshes, which have no listeners: the ports of what they lead to. */
static void add_target_ports(struct translation *t, struct service *service)
{
    for (size_t i = 0; i < service->provider->child_count; i++) {
        const struct cJSON *route = json_first(service->provider->children[i].spec);
        for (; route; route = json_next(route)) {
            const struct cJSON *targets =
                json_member(json_member(route, "action"), "weightedTargets");
            for (targets = json_first(targets); targets; targets = json_next(targets))
                add_ports(
                    t, service,
                    read_item(t, ITEM_VIRTUAL_NODE, json_string(targets, "virtualNode"))->spec);
        }
    }
}

static void fill(struct translation *t, const struct mesh_item *item, struct service *service)
{
    service->name = item->name;
    if (!item->spec) {
        warn(t, "there is no virtual service %s", item->name);
        return;
    }
    service->provider = read_provider(t, item->spec, item->name);
    if (!service->provider)
        return;
    add_ports(t, service, service->provider->spec);
    if (service->port_count == 0 && service->provider->kind == ITEM_VIRTUAL_ROUTER)
        add_target_ports(t, service);
}

static struct service_part *part_new(struct translation *t, const struct mesh_item *item)
{
    struct arena *parts = mesh_parts(t->view);
    struct service_part *part = arena_new(parts, sizeof(*part));
    struct service *service = &part->service;
    record_begin(t, &part->record);
    fill(t, item, service);
    record_end(t);
    service->ports =
        keep_copy(parts, service->ports, service->port_count * sizeof(*service->ports));
    service->part = part;
    mesh_keep_part(t->view, item, part);
    return part;
}

struct service *service_read(struct translation *t, const char *name, const struct cJSON *policy)
{
    struct service *service = arena_new(t->arena, sizeof(*service));
    const struct mesh_item *item = read_item(t, ITEM_VIRTUAL_SERVICE, name);
    const struct service_part *part = mesh_part(t->view, item);
    if (!part)
        part = part_new(t, item);
    *service = part->service;
    service->policy = policy;
    record_replay(t, &part->record, service);
    return service;
}

static const struct cJSON *listener_at(const struct cJSON *listeners, int64_t port)
{
    for (const struct cJSON *l = json_first(listeners); l; l = json_next(l))
        if (listener_port(l) == port)
            return l;
    return NULL;
}

static const struct cJSON *choose_listener(const struct cJSON *listeners, int64_t wanted,
                                           int64_t dialled)
{
    const struct cJSON *same = listener_at(listeners, wanted != 0 ? wanted : dialled);
    if (wanted != 0 || same)
        return same;
    return json_first(listeners);
}

static struct target *target_find(const struct translation *t, const struct mesh_item *node,
                                  const struct cJSON *listener)
{
    for (size_t i = 0; i < t->targets.count; i++) {
        struct target *target = t->targets.items[i];
        if (target->node == node && target->listener == listener)
            return target;
    }
    return NULL;
}

static struct target target_of(struct translation *t, const struct mesh_item *node,
                               const struct cJSON *listener)
{
    struct target target = {
        .node = node,
        .listener = listener,
        .protocol = listener_protocol(listener),
        .port = listener_port(listener),
    };
    target.cluster =
        egress_cluster_name(t, JOIN(t->arena, node->name, "_", protocols[target.protocol].name, "_",
                                    decimal(t->arena, target.port)));
    target.has_endpoints = json_member(json_member(node->spec, "serviceDiscovery"), "awsCloudMap");
    return target;
}

static bool is_same_policy(const struct cJSON *a, const struct cJSON *b)
{
    return a == b || (a && b && json_equal(a, b));
}

/* Two services with different policies may lead to one node, whose cluster has one name: our choice
 * is the policy of the service whose name comes first. */
static void join_target(struct translation *t, struct target *target, const struct service *service)
{
    const struct service *loser = service;
    if (strcmp(service->name, target->service->name) < 0) {
        loser = target->service;
        target->service = service;
    }
    if (!is_same_policy(target->service->policy, loser->policy))
        warn(t, "virtual node %s: the client policy for virtual service %s has no effect",
             target->node->name, loser->name);
}

struct target *target_add(struct translation *t, const struct target *like,
                          const struct service *service)
{
    struct target *target = t->record ? NULL : target_find(t, like->node, like->listener);
    if (target) {
        join_target(t, target, service);
        return target;
    }
    target = arena_new(t->arena, sizeof(*target));
    *target = *like;
    target->service = service;
    list_add(t->arena, t->record ? &t->record->targets : &t->targets, target);
    return target;
}

struct target *target_read(struct translation *t, const struct service *service, const char *node,
                           int64_t wanted, int64_t dialled)
{
    const struct mesh_item *item = read_item(t, ITEM_VIRTUAL_NODE, node);
    const struct cJSON *listener =
        choose_listener(json_member(item->spec, "listeners"), wanted, dialled);
    if (!listener || !spec_discovery_name(t->arena, item->spec)) {
        warn(t, "virtual service %s: virtual node %s %s", service->name, node,
             !item->spec ? "does not exist" : "has no such listener or no discovery");
        return NULL;
    }
    const struct target found = target_of(t, item, listener);
    return target_add(t, &found, service);
}
