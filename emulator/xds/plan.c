/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include <string.h>

/* ---- items and resources side by side, by name ---- */

struct pairs {
    const struct subscription *subscription;
    const struct xds_resources *resources;
    size_t item_place, resource_place;
    struct item *item;                   /* NULL: none of that name */
    const struct xds_resource *resource; /* NULL: none, nor kept */
};

static struct pairs pairs_of(const struct subscription *subscription,
                             const struct xds_resources *resources)
{
    return (struct pairs){.subscription = subscription, .resources = resources};
}

static bool next_pair(struct pairs *pairs)
{
    const struct subscription *subscription = pairs->subscription;
    const bool has_item = pairs->item_place < subscription->count;
    const bool has_resource = pairs->resource_place < pairs->resources->count;
    struct item *item = has_item ? &subscription->items[pairs->item_place] : NULL;
    const struct xds_resource *resource =
        has_resource ? &pairs->resources->items[pairs->resource_place] : NULL;
    if (!has_item && !has_resource)
        return false;
    const int order = !has_item ? 1 : !has_resource ? -1 : strcmp(item->name, resource->name);
    pairs->item = order <= 0 ? item : NULL;
    pairs->resource = order >= 0 ? resource : item->kept;
    pairs->item_place += order <= 0;
    pairs->resource_place += order >= 0;
    return true;
}

static bool is_covered(const struct pairs *pairs)
{
    return subscription_covers(pairs->subscription, pairs->item);
}

/* ---- the plan ---- */

/* A cluster that leaves stays as the client has it. */
static bool is_new_to_client(const struct pairs *pairs)
{
    const struct item *item = pairs->item;
    if (item == NULL || item->is_due)
        return true;
    return !item->is_leaving && (!item->is_sent || item->version != pairs->resource->version);
}

/* What was refused together with other things is told again together with others. */
static bool is_told_again(const struct plan *plan, const struct pairs *pairs)
{
    return plan->with_rejected && pairs->item != NULL && pairs->item->is_rejected &&
           !pairs->item->is_leaving;
}

static bool is_carried(const struct plan *plan, const struct pairs *pairs)
{
    return pairs->resource != NULL && is_covered(pairs) &&
           (plan->manner == MANNER_WHOLE || is_new_to_client(pairs) || is_told_again(plan, pairs));
}

/* Nothing of that name, and the client has to be told. */
static bool is_gone(const struct pairs *pairs)
{
    return pairs->resource == NULL && !pairs->item->is_leaving && is_covered(pairs) &&
           (pairs->item->is_sent || pairs->item->is_due);
}

static bool is_removed(const struct plan *plan, const struct pairs *pairs)
{
    return plan->manner == MANNER_DELTA && pairs->resource == NULL && is_covered(pairs) &&
           (is_gone(pairs) || is_told_again(plan, pairs));
}

/* Names are part of the messages that the versions cover. */
uint64_t plan_version(const struct subscription *subscription,
                      const struct xds_resources *resources)
{
    uint64_t version = 1; /* never 0, which stands for none */
    struct pairs pairs = pairs_of(subscription, resources);
    while (next_pair(&pairs))
        if (pairs.resource != NULL && is_covered(&pairs))
            version = snapshot_mix(version, pairs.resource->version);
    return version;
}

static void fill(struct plan *plan, const struct subscription *subscription, plan_keeps *keeps,
                 void *context, struct arena *arena)
{
    const size_t most = subscription->count + plan->resources->count;
    struct pairs pairs = pairs_of(subscription, plan->resources);
    plan->carried = arena_new(arena, most * sizeof(*plan->carried));
    plan->removed = arena_new(arena, most * sizeof(*plan->removed));
    while (next_pair(&pairs)) {
        if (is_carried(plan, &pairs))
            plan->carried[plan->carried_count++] = pairs.resource;
        else if (is_removed(plan, &pairs) && !keeps(context, pairs.item->name))
            plan->removed[plan->removed_count++] = arena_copy(arena, bytes_of(pairs.item->name));
    }
}

void plan_make(struct plan *plan, enum manner manner, const struct subscription *subscription,
               const struct xds_resources *resources, plan_keeps *keeps, void *context,
               struct arena *arena)
{
    struct pairs pairs = pairs_of(subscription, resources);
    *plan = (struct plan){.manner = manner, .resources = resources};
    while (next_pair(&pairs)) {
        const bool is_new =
            pairs.resource != NULL && is_covered(&pairs) && is_new_to_client(&pairs);
        plan->with_rejected |= is_new || (manner != MANNER_PARTIAL && is_gone(&pairs) &&
                                          !keeps(context, pairs.item->name));
    }
    plan->is_needed = plan->with_rejected || (subscription->answer_due && manner != MANNER_PARTIAL);
    if (!plan->is_needed)
        return;
    fill(plan, subscription, keeps, context, arena);
    plan->version = plan_version(subscription, resources);
}

/* ---- what the client will have ---- */

static struct item *stay(struct item *place, const struct pairs *pairs)
{
    if (pairs->item != NULL) {
        *place = *pairs->item;
    } else {
        *place = (struct item){.name = memory_text(bytes_of(pairs->resource->name))};
    }
    return place;
}

static void note_flight(struct item *item, const struct xds_resource *resource)
{
    item->version = resource->version;
    item->is_sent = item->is_flying = true;
    item->is_due = item->is_rejected = false;
}

static void note_absence(struct item *item, bool is_told)
{
    item->is_sent = item->is_due = item->is_acked = item->is_rejected = false;
    item->is_flying = is_told;
}

static bool is_among_removed(const struct plan *plan, size_t *place, const struct item *item)
{
    if (*place == plan->removed_count || strcmp(plan->removed[*place], item->name) != 0)
        return false;
    ++*place;
    return true;
}

void plan_commit(const struct plan *plan, struct subscription *subscription)
{
    const size_t most = subscription->count + plan->resources->count;
    struct item *items = memory_new((most + 1) * sizeof(*items));
    struct pairs pairs = pairs_of(subscription, plan->resources);
    size_t count = 0, removed = 0;
    while (next_pair(&pairs)) {
        if (is_carried(plan, &pairs))
            note_flight(stay(&items[count++], &pairs), pairs.resource);
        else if (pairs.item != NULL && is_among_removed(plan, &removed, pairs.item))
            note_absence(stay(&items[count++], &pairs), true);
        else if (pairs.item != NULL && plan->manner == MANNER_WHOLE && is_gone(&pairs))
            note_absence(stay(&items[count++], &pairs), false);
        else if (pairs.item != NULL)
            stay(&items[count++], &pairs);
    }
    subscription_replace(subscription, items, count);
    subscription_tidy(subscription);
}

void plan_assume(struct subscription *subscription, const struct xds_resources *resources)
{
    const size_t most = subscription->count + resources->count;
    struct item *items = memory_new((most + 1) * sizeof(*items));
    struct pairs pairs = pairs_of(subscription, resources);
    size_t count = 0;
    while (next_pair(&pairs)) {
        const bool has = pairs.resource != NULL && is_covered(&pairs);
        if (pairs.item == NULL && !has)
            continue;
        struct item *item = stay(&items[count++], &pairs);
        if (has) {
            note_flight(item, pairs.resource);
            item->is_flying = false;
            item->is_acked = true;
        }
    }
    subscription_replace(subscription, items, count);
}
