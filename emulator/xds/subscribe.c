/* SPDX-License-Identifier: Apache-2.0 */
#include "subscribe.h"

#include <stdlib.h>
#include <string.h>

#include "ads.h"
#include "plan.h"

static bool is_star(const char *name)
{
    return strcmp(name, "*") == 0;
}

static bool has_star(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_star(names[i]))
            return true;
    return false;
}

/* "*" gets no item: it is no name. */
static const char *const *without_star(struct arena *arena, const char *const *names, size_t count,
                                       size_t *out_count)
{
    const char **plain = arena_new(arena, count * sizeof(*plain));
    *out_count = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_star(names[i]))
            plain[(*out_count)++] = names[i];
    return plain;
}

static bool asks_for_all(const struct asking *asking)
{
    const struct request *request = asking->request;
    if (has_star(request->names, request->name_count))
        return true;
    return request->name_count == 0 && asking->is_whole && !asking->subscription->was_named;
}

/* The list is the whole subscription: an item that was asked for and is not in it goes. A name
 * that is new in it has to be answered, whatever its version. */
static void replace_names(struct subscription *subscription, const char *const *names, size_t count)
{
    subscription_add(subscription, names, count);
    bool *listed = memory_new(subscription->count + 1);
    for (size_t i = 0; i < count; i++)
        listed[subscription_find(subscription, names[i]) - subscription->items] = true;
    for (size_t i = 0; i < subscription->count; i++) {
        struct item *item = &subscription->items[i];
        if (listed[i] && !item->is_asked)
            item->is_sent = false;
        item->is_asked = listed[i];
    }
    free(listed);
}

/* The client says that it holds the current version: it gets no answer. */
static bool is_up_to_date(const struct asking *asking)
{
    char current[ADS_VERSION_SIZE];
    const uint64_t version = plan_version(asking->subscription, asking->resources);
    return asking->trusts_client &&
           strcmp(asking->request->version, ads_print_version(version, current)) == 0;
}

static void open_sotw(const struct asking *asking)
{
    struct subscription *subscription = asking->subscription;
    if (is_up_to_date(asking)) {
        plan_assume(subscription, asking->resources);
        subscription->sent_version = subscription->acked_version =
            plan_version(subscription, asking->resources);
    } else {
        subscription->answer_due = true;
    }
}

/* No nonce though there was a response: the client begins anew. */
static void start_over(struct subscription *subscription)
{
    for (size_t i = 0; i < subscription->count; i++)
        subscription->items[i].is_sent = subscription->items[i].is_flying = false;
    subscription->is_flying = false;
    subscription->answer_due = true;
}

void subscribe_sotw(const struct asking *asking, struct arena *arena)
{
    struct subscription *subscription = asking->subscription;
    const struct request *request = asking->request;
    const bool is_first = !subscription->is_open;
    size_t count;
    const char *const *names = without_star(arena, request->names, request->name_count, &count);
    if (!is_first && request->nonce[0] == '\0' && subscription->nonce != 0)
        start_over(subscription);
    subscription->is_wildcard = asks_for_all(asking);
    subscription->was_named |= request->name_count > 0;
    subscription->is_open = true;
    replace_names(subscription, names, count);
    subscription_tidy(subscription);
    if (is_first)
        open_sotw(asking);
}

static void note_held(struct subscription *subscription, const struct request *request,
                      struct arena *arena)
{
    const char **names = arena_new(arena, request->held_count * sizeof(*names));
    for (size_t i = 0; i < request->held_count; i++)
        names[i] = request->held[i].name;
    subscription_add(subscription, names, request->held_count);
    for (size_t i = 0; i < request->held_count; i++) {
        struct item *item = subscription_find(subscription, request->held[i].name);
        char *end;
        item->version = strtoull(request->held[i].version, &end, 16);
        if (*end != '\0')
            item->version = 0; /* none of ours */
        item->is_sent = item->is_acked = true;
    }
}

static void ask(struct subscription *subscription, const char *const *names, size_t count,
                bool trusts_held)
{
    subscription_add(subscription, names, count);
    for (size_t i = 0; i < count; i++) {
        struct item *item = subscription_find(subscription, names[i]);
        item->is_due = !(trusts_held && item->is_sent);
        item->is_asked = true;
    }
}

/* Under a wildcard the client has to hear what becomes of a name that it no longer asks for. */
static void unask(struct subscription *subscription, const struct request *request)
{
    for (size_t i = 0; i < request->unsubscribed_count; i++) {
        struct item *item = subscription_find(subscription, request->unsubscribed[i]);
        if (is_star(request->unsubscribed[i])) {
            subscription->is_wildcard = false;
        } else if (item != NULL && item->is_asked) {
            item->is_asked = false;
            item->is_due = subscription->is_wildcard;
        }
    }
}

/* Whoever asks for all again may have forgotten what it had. */
static void ask_for_all(struct subscription *subscription)
{
    subscription->is_wildcard = subscription->answer_due = true;
    for (size_t i = 0; i < subscription->count; i++)
        subscription->items[i].is_due |= subscription->items[i].is_sent;
}

void subscribe_delta(const struct asking *asking, struct arena *arena)
{
    struct subscription *subscription = asking->subscription;
    const struct request *request = asking->request;
    const bool is_first = !subscription->is_open;
    size_t count;
    const char *const *names = without_star(arena, request->names, request->name_count, &count);
    if (is_first) {
        note_held(subscription, request, arena);
        subscription->is_wildcard = asks_for_all(asking);
        subscription->answer_due = subscription->is_wildcard && request->held_count == 0;
    } else if (has_star(request->names, request->name_count)) {
        ask_for_all(subscription);
    }
    subscription->is_open = true;
    ask(subscription, names, count, is_first && asking->trusts_client);
    unask(subscription, request);
    subscription_tidy(subscription);
}
