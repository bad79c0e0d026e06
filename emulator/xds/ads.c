/* SPDX-License-Identifier: Apache-2.0 */
#include "ads.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "subscribe.h"

struct ads {
    bool is_delta;
    enum xds_type only;
    struct snapshot *snapshot;
    uint64_t last_nonce;
    struct subscription types[XDS_TYPE_COUNT];
};

/* Empty names are a wildcard, and state of the world is complete, for these two alone. */
static bool is_whole(enum xds_type type)
{
    return type == XDS_CLUSTER || type == XDS_LISTENER;
}

static enum manner manner_of(const struct ads *ads, enum xds_type type)
{
    if (ads->is_delta)
        return MANNER_DELTA;
    return is_whole(type) ? MANNER_WHOLE : MANNER_PARTIAL;
}

struct ads *ads_new(bool is_delta, enum xds_type only)
{
    struct ads *ads = memory_new(sizeof(*ads));
    *ads = (struct ads){.is_delta = is_delta, .only = only};
    return ads;
}

void ads_free(struct ads *ads)
{
    if (ads == NULL)
        return;
    for (size_t i = 0; i < XDS_TYPE_COUNT; i++)
        subscription_clear(&ads->types[i]);
    snapshot_unref(ads->snapshot);
    free(ads);
}

/* ---- a new state ---- */

/* In state of the world nothing says that such a resource is gone; made again, it is sent again. */
static void forget_absent(struct subscription *subscription, const struct snapshot *next,
                          enum xds_type type)
{
    for (size_t i = 0; i < subscription->count; i++)
        if (snapshot_find(next, type, subscription->items[i].name) == NULL)
            subscription->items[i].is_sent = subscription->items[i].is_acked = false;
}

void ads_take(struct ads *ads, struct snapshot *snapshot)
{
    if (ads->snapshot != NULL)
        order_note_leaving(ads->types, ads->snapshot, snapshot);
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++) {
        if (manner_of(ads, type) == MANNER_PARTIAL)
            forget_absent(&ads->types[type], snapshot, type);
        ads->types[type].needs_look = true;
    }
    snapshot_ref(snapshot);
    snapshot_unref(ads->snapshot);
    ads->snapshot = snapshot;
}

/* ---- requests: who asks ---- */

enum xds_type ads_type_of_url(const char *type_url)
{
    enum xds_type type = 0;
    while (type < XDS_TYPE_COUNT && strcmp(xds_types[type].url, type_url) != 0)
        type++;
    return type;
}

static enum grpc_status find_type(const struct ads *ads, const struct request *request,
                                  struct arena *arena, enum xds_type *out, const char **out_reason)
{
    if (ads->only != XDS_TYPE_COUNT && request->type_url[0] == '\0') {
        *out = ads->only;
        return GRPC_OK;
    }
    *out = ads_type_of_url(request->type_url);
    if (*out == XDS_TYPE_COUNT) {
        *out_reason =
            arena_printf(arena, "resources of type \"%s\" are not served", request->type_url);
        return GRPC_UNIMPLEMENTED;
    }
    if (ads->only == XDS_TYPE_COUNT || ads->only == *out)
        return GRPC_OK;
    *out_reason = arena_printf(arena, "this stream serves %s alone", xds_types[ads->only].url);
    return GRPC_INVALID_ARGUMENT;
}

/* ---- requests: answers to responses ---- */

static void note_ack(struct subscription *subscription)
{
    for (size_t i = 0; i < subscription->count; i++) {
        struct item *item = &subscription->items[i];
        if (item->is_flying) {
            item->is_acked |= item->is_sent;
            item->is_flying = item->is_rejected = false;
        }
    }
    subscription->acked_version = subscription->sent_version;
    free(subscription->refusal);
    subscription->refusal = NULL;
}

/* The client keeps what it had. What it refused is not sent again before something changes. */
static void note_refusal(struct subscription *subscription, const char *text, int64_t now_wall_ms)
{
    for (size_t i = 0; i < subscription->count; i++) {
        struct item *item = &subscription->items[i];
        if (item->is_flying) {
            item->is_flying = false;
            item->is_rejected = true;
        }
    }
    free(subscription->refusal);
    subscription->refusal = memory_text(bytes_of(text));
    subscription->refused_at_ms = now_wall_ms;
}

static bool answers_last(const struct subscription *subscription, const struct request *request)
{
    char nonce[24];
    snprintf(nonce, sizeof(nonce), "%" PRIu64, subscription->nonce);
    return strcmp(nonce, request->nonce) == 0;
}

static void note_answer(struct subscription *subscription, const struct request *request,
                        int64_t now_wall_ms, struct ads_event *event)
{
    if (!subscription->is_flying)
        return;
    subscription->is_flying = false;
    event->what = request->refusal != NULL ? ADS_REFUSED : ADS_ACKED;
    if (request->refusal != NULL)
        note_refusal(subscription, request->refusal, now_wall_ms);
    else
        note_ack(subscription);
}

/* True if this stream has sent something after which the client may wait for the type anew. */
static bool has_sent_users(const struct ads *ads, enum xds_type type)
{
    const bool clusters = ads->types[XDS_CLUSTER].responses > 0;
    const bool listeners = ads->types[XDS_LISTENER].responses > 0;
    switch (type) {
    case XDS_ENDPOINT:
        return clusters;
    case XDS_ROUTE:
        return listeners;
    case XDS_SECRET:
        return clusters || listeners;
    default:
        return false;
    }
}

static size_t count_asked(const struct subscription *subscription)
{
    size_t count = 0;
    for (size_t i = 0; i < subscription->count; i++)
        count += subscription->items[i].is_asked;
    return count;
}

static void subscribe(struct ads *ads, enum xds_type type, const struct request *request,
                      struct arena *arena)
{
    const bool is_first = !ads->types[type].is_open;
    const struct asking asking = {
        .subscription = &ads->types[type],
        .request = request,
        .resources = &ads->snapshot->types[type],
        .is_whole = is_whole(type),
        .trusts_client = !has_sent_users(ads, type),
    };
    if (ads->is_delta)
        subscribe_delta(&asking, arena);
    else
        subscribe_sotw(&asking, arena);
    if (is_first && type == XDS_CLUSTER)
        order_note_gone(ads->types, ads->snapshot);
    ads->types[type].needs_look = true;
}

enum grpc_status ads_receive(struct ads *ads, const struct request *request, int64_t now_wall_ms,
                             struct arena *arena, struct ads_event *out, const char **out_reason)
{
    enum xds_type type;
    const enum grpc_status status = find_type(ads, request, arena, &type, out_reason);
    if (status != GRPC_OK)
        return status;
    struct subscription *subscription = &ads->types[type];
    *out = (struct ads_event){ADS_ASKED, type};
    if (subscription->nonce != 0 && answers_last(subscription, request))
        note_answer(subscription, request, now_wall_ms, out);
    else if (subscription->nonce != 0 && request->nonce[0] != '\0')
        out->what = ADS_STALE;
    if (ads->is_delta || out->what != ADS_STALE)
        subscribe(ads, type, request, arena);
    if (count_asked(subscription) <= REQUEST_NAMES_MAX)
        return GRPC_OK;
    *out_reason = "a stream takes at most 10000 names of a type";
    return GRPC_RESOURCE_EXHAUSTED;
}

/* ---- responses ---- */

static bool must_wait(struct ads *ads, enum xds_type type, const struct plan *plan, int64_t now_ms)
{
    struct subscription *subscription = &ads->types[type];
    if (!order_has_to_wait(ads->types, ads->snapshot, type, plan))
        return false;
    if (subscription->held_since_ms == 0)
        subscription->held_since_ms = now_ms;
    return now_ms - subscription->held_since_ms < ADS_PATIENCE_MS;
}

static void send(struct ads *ads, enum xds_type type, const struct plan *plan,
                 struct ads_response *out)
{
    struct subscription *subscription = &ads->types[type];
    order_renew_used(ads->types, type, plan);
    plan_commit(plan, subscription);
    subscription->nonce = ++ads->last_nonce;
    subscription->responses++;
    subscription->sent_version = plan->version;
    subscription->is_flying = true;
    subscription->needs_look = subscription->answer_due = false;
    subscription->held_since_ms = 0;
    *out = (struct ads_response){
        .type = type,
        .version = plan->version,
        .nonce = subscription->nonce,
        .resources = plan->carried,
        .count = plan->carried_count,
        .removed = plan->removed,
        .removed_count = plan->removed_count,
    };
}

struct keeping {
    const struct subscription *types;
    enum xds_type type;
};

static bool is_kept(void *context, const char *name)
{
    const struct keeping *keeping = context;
    return order_keeps(keeping->types, keeping->type, name);
}

static bool next_of_type(struct ads *ads, enum xds_type type, struct arena *arena, int64_t now_ms,
                         struct ads_response *out)
{
    struct subscription *subscription = &ads->types[type];
    struct keeping keeping = {ads->types, type};
    struct plan plan;
    if (!subscription->is_open || !subscription->needs_look || subscription->is_flying)
        return false;
    plan_make(&plan, manner_of(ads, type), subscription, &ads->snapshot->types[type], is_kept,
              &keeping, arena);
    if (!plan.is_needed) {
        subscription->needs_look = subscription->answer_due = false;
        subscription->held_since_ms = 0;
        return false;
    }
    if (must_wait(ads, type, &plan, now_ms))
        return false;
    send(ads, type, &plan, out);
    return true;
}

bool ads_next(struct ads *ads, struct arena *arena, int64_t now_ms, struct ads_response *out)
{
    assert(ads->snapshot != NULL);
    do {
        for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
            if (next_of_type(ads, type, arena, now_ms, out))
                return true;
    } while (order_let_leave(ads->types));
    return false;
}

int64_t ads_due_ms(const struct ads *ads)
{
    int64_t due = -1;
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++) {
        const int64_t since = ads->types[type].held_since_ms;
        if (since > 0 && (due < 0 || since + ADS_PATIENCE_MS < due))
            due = since + ADS_PATIENCE_MS;
    }
    return due;
}

/* ---- for people ---- */

struct ads_report ads_report(const struct ads *ads, enum xds_type type)
{
    const struct subscription *subscription = &ads->types[type];
    return (struct ads_report){
        .is_open = subscription->is_open,
        .sent = subscription->sent_version,
        .acked = subscription->acked_version,
        .refusal = subscription->refusal,
        .refused_at_ms = subscription->refused_at_ms,
    };
}

bool ads_is_delta(const struct ads *ads)
{
    return ads->is_delta;
}

void ads_names(const struct ads *ads, enum xds_type type, ads_name_visitor *visit, void *context)
{
    const struct subscription *subscription = &ads->types[type];
    if (subscription->is_wildcard)
        visit(context, "*");
    for (size_t i = 0; i < subscription->count; i++)
        if (subscription->items[i].is_asked)
            visit(context, subscription->items[i].name);
}

const char *ads_print_version(uint64_t version, char out[ADS_VERSION_SIZE])
{
    snprintf(out, ADS_VERSION_SIZE, "%016" PRIx64, version);
    return out;
}
