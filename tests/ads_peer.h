/* SPDX-License-Identifier: Apache-2.0
 *
 * The client's side of an xDS stream, without sockets, and states written as text.
 *
 * A state: `TYPE name content [TYPE:used ...]` joined by `; `, as in
 *     "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a"
 * Equal contents of one name and type are equal bytes. What a stream sends is written
 * `CDS a b -gone`, joined by `; `.
 */
#ifndef ADS_PEER_H
#define ADS_PEER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <envoy/config/cluster/v3/cluster.pb-c.h>

#include "ads.h"
#include "message.h"

struct peer {
    struct ads *ads;
    struct arena arena;
    int64_t now_ms;
    struct ads_event event; /* of the last request */
    const char *reason;     /* why the last request ended the stream */
    struct ads_response last[XDS_TYPE_COUNT];
    char versions[XDS_TYPE_COUNT][ADS_VERSION_SIZE];
    const char *names[XDS_TYPE_COUNT]; /* of the last request, blanks between */
};

/* ---- states ---- */

static inline enum xds_type peer_type(const char *word)
{
    enum xds_type type = 0;
    while (strncmp(xds_types[type].name, word, 3) != 0) {
        type++;
        assert_true(type < XDS_TYPE_COUNT);
    }
    return type;
}

/* The words of a text up to a stop, in the arena; moves the text past the stop. */
static inline size_t peer_words(struct arena *arena, const char **text, char stop,
                                const char *out[16])
{
    size_t count = 0;
    const char *c = *text;
    for (c += strspn(c, " "); *c != '\0' && *c != stop; c += strspn(c, " ")) {
        const struct bytes word = {c, strcspn(c, stop == '\0' ? " " : " ;")};
        assert_true(count < 16);
        out[count++] = arena_copy(arena, word);
        c += word.size;
    }
    *text = *c == stop && *c != '\0' ? c + 1 : c;
    return count;
}

static inline void peer_add(struct snapshot *snapshot, const char *const *words, size_t count)
{
    struct arena arena = {0};
    struct xds_use uses[16];
    Envoy__Cluster *message = MESSAGE(&arena, Envoy__Cluster, envoy__cluster);
    message->name = arena_printf(&arena, "%s %s", words[0], words[1]);
    message->lb_policy = (Envoy__Cluster__LbPolicy)strtol(words[2], NULL, 10);
    for (size_t i = 3; i < count; i++)
        uses[i - 3] = (struct xds_use){peer_type(words[i]), words[i] + 4};
    snapshot_add(snapshot, peer_type(words[0]), words[1], &message->base, uses, count - 3);
    arena_clear(&arena);
}

static inline struct snapshot *peer_snapshot(const char *text)
{
    struct arena arena = {0};
    struct snapshot *snapshot = snapshot_new();
    const char *words[16];
    for (size_t count; (count = peer_words(&arena, &text, ';', words)) > 0;)
        peer_add(snapshot, words, count);
    snapshot_finish(snapshot);
    arena_clear(&arena);
    return snapshot;
}

static inline void peer_state(struct peer *peer, const char *text)
{
    struct snapshot *snapshot = peer_snapshot(text);
    ads_take(peer->ads, snapshot);
    snapshot_unref(snapshot);
}

/* ---- life ---- */

static inline void peer_open(struct peer *peer, bool is_delta, const char *state)
{
    *peer = (struct peer){.ads = ads_new(is_delta, XDS_TYPE_COUNT), .now_ms = 1000};
    peer_state(peer, state);
}

static inline void peer_close(struct peer *peer)
{
    ads_free(peer->ads);
    arena_clear(&peer->arena);
}

/* ---- what the stream sends ---- */

static inline const char *peer_drain(struct peer *peer)
{
    struct buffer text = {0};
    struct ads_response response;
    while (ads_next(peer->ads, &peer->arena, peer->now_ms, &response)) {
        buffer_printf(&text, "%s%s", text.size > 0 ? "; " : "", xds_types[response.type].name);
        for (size_t i = 0; i < response.count; i++)
            buffer_printf(&text, " %s", response.resources[i]->name);
        for (size_t i = 0; i < response.removed_count; i++)
            buffer_printf(&text, " -%s", response.removed[i]);
        peer->last[response.type] = response;
        ads_print_version(response.version, peer->versions[response.type]);
        assert_true(ads_pack(peer->ads, &peer->arena, &response).size > 0);
    }
    const char *out = arena_copy(&peer->arena, buffer_bytes(&text));
    buffer_clear(&text);
    return out;
}

#define assert_sends(peer, expected) assert_string_equal(peer_drain(peer), (expected))
#define assert_silent(peer) assert_string_equal(peer_drain(peer), "")

/* ---- what the client says ---- */

static inline enum grpc_status peer_send(struct peer *peer, const struct request *request)
{
    return ads_receive(peer->ads, request, 1700000000000, &peer->arena, &peer->event,
                       &peer->reason);
}

static inline const char *const *peer_list(struct peer *peer, const char *names, size_t *out_count)
{
    const char **list = arena_new(&peer->arena, 16 * sizeof(*list));
    *out_count = peer_words(&peer->arena, &names, '\0', list);
    return list;
}

static inline const char *peer_nonce(struct peer *peer, enum xds_type type)
{
    if (peer->last[type].nonce == 0)
        return "";
    return arena_printf(&peer->arena, "%" PRIu64, peer->last[type].nonce);
}

static inline void peer_request(struct peer *peer, enum xds_type type, const char *names,
                                const char *nonce, const char *version, const char *refusal)
{
    struct request request = {
        .type_url = xds_types[type].url,
        .nonce = nonce,
        .version = version,
        .refusal = refusal,
    };
    request.names = peer_list(peer, names, &request.name_count);
    peer->names[type] = names;
    assert_int_equal(peer_send(peer, &request), GRPC_OK);
}

/* A first request of a type, of a client that holds nothing. */
static inline void peer_ask(struct peer *peer, enum xds_type type, const char *names)
{
    peer_request(peer, type, names, "", "", NULL);
}

/* State of the world: answers the last response, with the names that the client wants now. */
static inline void peer_ack(struct peer *peer, enum xds_type type, const char *names)
{
    peer_request(peer, type, names, peer_nonce(peer, type), peer->versions[type], NULL);
}

static inline void peer_refuse(struct peer *peer, enum xds_type type, const char *names,
                               const char *text)
{
    peer_request(peer, type, names, peer_nonce(peer, type), "", text);
}

static inline void peer_delta(struct peer *peer, enum xds_type type, const char *nonce,
                              const char *subscribe, const char *unsubscribe)
{
    struct request request = {
        .type_url = xds_types[type].url,
        .nonce = nonce,
        .version = "",
    };
    request.names = peer_list(peer, subscribe, &request.name_count);
    request.unsubscribed = peer_list(peer, unsubscribe, &request.unsubscribed_count);
    assert_int_equal(peer_send(peer, &request), GRPC_OK);
}

/* Answers the last response of a delta stream. */
static inline void peer_delta_ack(struct peer *peer, enum xds_type type)
{
    peer_delta(peer, type, peer_nonce(peer, type), "", "");
}

static inline void peer_delta_refuse(struct peer *peer, enum xds_type type, const char *text)
{
    const struct request request = {.type_url = xds_types[type].url,
                                    .nonce = peer_nonce(peer, type),
                                    .version = "",
                                    .refusal = text};
    assert_int_equal(peer_send(peer, &request), GRPC_OK);
}

/* The first request of a client that comes back: names as in peer_delta, held as `name=version`
 * words. */
static inline void peer_delta_return(struct peer *peer, enum xds_type type, const char *subscribe,
                                     const char *held)
{
    struct held_version versions[16];
    struct request request = {.type_url = xds_types[type].url, .nonce = "", .version = ""};
    const char *const *words = peer_list(peer, held, &request.held_count);
    request.names = peer_list(peer, subscribe, &request.name_count);
    request.held = versions;
    for (size_t i = 0; i < request.held_count; i++) {
        const size_t size = strcspn(words[i], "=");
        versions[i].name = arena_copy(&peer->arena, (struct bytes){words[i], size});
        versions[i].version = words[i] + size + 1;
    }
    assert_int_equal(peer_send(peer, &request), GRPC_OK);
}

#endif
