/* SPDX-License-Identifier: Apache-2.0 */
#include "subscription.h"

#include <stdlib.h>
#include <string.h>

void item_release(struct item *item)
{
    free(item->kept);
    item->kept = NULL;
    item->is_leaving = false;
}

void item_clear(struct item *item)
{
    item_release(item);
    free(item->name);
}

void subscription_clear(struct subscription *subscription)
{
    for (size_t i = 0; i < subscription->count; i++)
        item_clear(&subscription->items[i]);
    free(subscription->items);
    free(subscription->refusal);
    *subscription = (struct subscription){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct item *)a)->name, ((const struct item *)b)->name);
}

struct item *subscription_find(const struct subscription *subscription, const char *name)
{
    const struct item key = {.name = (char *)name};
    if (subscription->count == 0)
        return NULL;
    return bsearch(&key, subscription->items, subscription->count, sizeof(key), by_name);
}

static struct item *append(struct subscription *subscription)
{
    if (subscription->count == subscription->capacity) {
        subscription->capacity = subscription->capacity == 0 ? 8 : 2 * subscription->capacity;
        subscription->items =
            memory_resize(subscription->items, subscription->capacity * sizeof(struct item));
    }
    return &subscription->items[subscription->count++];
}

/* Two equal names among the new ones leave neighbours. */
static void drop_doubles(struct subscription *subscription)
{
    size_t kept = 1;
    for (size_t i = 1; i < subscription->count; i++) {
        if (by_name(&subscription->items[i], &subscription->items[kept - 1]) == 0)
            item_clear(&subscription->items[i]);
        else
            subscription->items[kept++] = subscription->items[i];
    }
    subscription->count = kept;
}

void subscription_add(struct subscription *subscription, const char *const *names, size_t count)
{
    struct subscription fresh = {0};
    for (size_t i = 0; i < count; i++)
        if (subscription_find(subscription, names[i]) == NULL)
            *append(&fresh) = (struct item){.name = memory_text(bytes_of(names[i]))};
    if (fresh.count == 0)
        return;
    for (size_t i = 0; i < fresh.count; i++)
        *append(subscription) = fresh.items[i];
    free(fresh.items);
    qsort(subscription->items, subscription->count, sizeof(struct item), by_name);
    drop_doubles(subscription);
}

void subscription_replace(struct subscription *subscription, struct item *items, size_t count)
{
    free(subscription->items);
    subscription->items = items;
    subscription->count = subscription->capacity = count;
}

static bool is_needed(const struct subscription *subscription, const struct item *item)
{
    return item->is_asked || (subscription->is_wildcard && (item->is_sent || item->is_due ||
                                                            item->is_flying || item->is_rejected));
}

void subscription_tidy(struct subscription *subscription)
{
    size_t kept = 0;
    for (size_t i = 0; i < subscription->count; i++) {
        if (is_needed(subscription, &subscription->items[i]))
            subscription->items[kept++] = subscription->items[i];
        else
            item_clear(&subscription->items[i]);
    }
    subscription->count = kept;
}
