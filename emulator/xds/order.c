/* SPDX-License-Identifier: Apache-2.0 */
#include "order.h"

#include <string.h>

/* ---- what is gone goes last ---- */

/* Some version of it, or will when it has read what is on its way; not what it refused at first. */
static bool client_has(const struct item *item)
{
    return item->is_sent && (item->is_acked || !item->is_rejected);
}

/* A cluster that comes back before it left is as it was, but for what was refused of it: that is
 * told again. */
void order_note_leaving(struct subscription *types, const struct snapshot *was,
                        const struct snapshot *next)
{
    struct subscription *clusters = &types[XDS_CLUSTER];
    for (size_t i = 0; i < clusters->count; i++) {
        struct item *item = &clusters->items[i];
        if (snapshot_find(next, XDS_CLUSTER, item->name) != NULL) {
            if (item->is_leaving && item->is_rejected)
                item->version = 0;
            item_release(item);
            continue;
        }
        const struct xds_resource *cluster = snapshot_find(was, XDS_CLUSTER, item->name);
        if (cluster != NULL && client_has(item) && !item->is_leaving) {
            item->is_leaving = true;
            item->kept = resource_copy(cluster);
        }
    }
}

/* Nobody knows any more what it was. */
void order_note_gone(struct subscription *types, const struct snapshot *snapshot)
{
    struct subscription *clusters = &types[XDS_CLUSTER];
    for (size_t i = 0; i < clusters->count; i++)
        clusters->items[i].is_leaving =
            client_has(&clusters->items[i]) &&
            snapshot_find(snapshot, XDS_CLUSTER, clusters->items[i].name) == NULL;
}

static bool uses(const struct xds_resource *resource, enum xds_type type, const char *name)
{
    for (size_t i = 0; i < resource->use_count; i++)
        if (resource->uses[i].type == type && strcmp(resource->uses[i].name, name) == 0)
            return true;
    return false;
}

bool order_keeps(const struct subscription *types, enum xds_type type, const char *name)
{
    const struct subscription *clusters = &types[XDS_CLUSTER];
    if (type != XDS_ENDPOINT && type != XDS_SECRET)
        return false;
    for (size_t i = 0; i < clusters->count; i++)
        if (clusters->items[i].kept != NULL && uses(clusters->items[i].kept, type, name))
            return true;
    return false;
}

static bool is_settled(const struct subscription *subscription)
{
    for (size_t i = 0; i < subscription->count; i++)
        if (subscription->items[i].is_rejected)
            return false;
    return !subscription->is_open || (!subscription->needs_look && !subscription->is_flying);
}

bool order_let_leave(struct subscription *types)
{
    struct subscription *clusters = &types[XDS_CLUSTER];
    bool any = false;
    if (!is_settled(&types[XDS_LISTENER]) || !is_settled(&types[XDS_ROUTE]))
        return false;
    for (size_t i = 0; i < clusters->count; i++) {
        any |= clusters->items[i].is_leaving;
        item_release(&clusters->items[i]);
    }
    clusters->needs_look |= any;
    types[XDS_ENDPOINT].needs_look |= any;
    types[XDS_SECRET].needs_look |= any;
    return any;
}

/* ---- what is needed comes first ---- */

static bool waits_for(const struct subscription *types, const struct snapshot *snapshot,
                      enum xds_type type, const char *name)
{
    const struct subscription *subscription = &types[type];
    const struct item *item = subscription_find(subscription, name);
    return subscription->is_open && subscription_covers(subscription, item) &&
           snapshot_find(snapshot, type, name) != NULL && (item == NULL || !item->is_acked);
}

static bool cluster_is_ready(const struct subscription *types, const struct snapshot *snapshot,
                             const char *name)
{
    const struct xds_resource *cluster = snapshot_find(snapshot, XDS_CLUSTER, name);
    if (cluster == NULL)
        return true;
    if (waits_for(types, snapshot, XDS_CLUSTER, name))
        return false;
    for (size_t i = 0; i < cluster->use_count; i++)
        if (waits_for(types, snapshot, cluster->uses[i].type, cluster->uses[i].name))
            return false;
    return true;
}

static bool clusters_are_ready(const struct subscription *types, const struct snapshot *snapshot,
                               const struct xds_resource *user)
{
    for (size_t i = 0; i < user->use_count; i++)
        if (user->uses[i].type == XDS_CLUSTER &&
            !cluster_is_ready(types, snapshot, user->uses[i].name))
            return false;
    return true;
}

bool order_has_to_wait(const struct subscription *types, const struct snapshot *snapshot,
                       enum xds_type type, const struct plan *plan)
{
    if ((type != XDS_LISTENER && type != XDS_ROUTE) || !types[XDS_CLUSTER].is_open)
        return false;
    for (size_t i = 0; i < plan->carried_count; i++)
        if (!clusters_are_ready(types, snapshot, plan->carried[i]))
            return true;
    return false;
}

/* Clusters are not waited for anew: they stay with the client. */
static void renew_uses_of(struct subscription *types, const struct xds_resource *resource)
{
    for (size_t i = 0; i < resource->use_count; i++) {
        struct subscription *used = &types[resource->uses[i].type];
        struct item *item = subscription_find(used, resource->uses[i].name);
        if (resource->uses[i].type == XDS_CLUSTER || item == NULL)
            continue;
        item->version = 0;
        used->needs_look = true;
    }
}

void order_renew_used(struct subscription *types, enum xds_type type, const struct plan *plan)
{
    if (type != XDS_CLUSTER && type != XDS_LISTENER)
        return;
    for (size_t i = 0; i < plan->carried_count; i++) {
        const struct item *item = subscription_find(&types[type], plan->carried[i]->name);
        if (item == NULL || !item->is_sent || item->is_rejected ||
            item->version != plan->carried[i]->version)
            renew_uses_of(types, plan->carried[i]);
    }
}
