/* SPDX-License-Identifier: Apache-2.0
 *
 * State of the world. Rules by Envoy's xDS protocol page; what it leaves open is our choice.
 */
#include "test.h"

#include <stdlib.h>

#include "ads_peer.h"

#define MESH "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a"

/* Connects as Envoy does, until all is acknowledged. */
static void sync(struct peer *peer)
{
    peer_ask(peer, XDS_CLUSTER, "");
    assert_sends(peer, "CDS a");
    peer_ask(peer, XDS_ENDPOINT, "a");
    peer_ack(peer, XDS_CLUSTER, "");
    assert_sends(peer, "EDS a");
    peer_ack(peer, XDS_ENDPOINT, "a");
    peer_ask(peer, XDS_LISTENER, "");
    assert_sends(peer, "LDS l");
    peer_ask(peer, XDS_ROUTE, "r");
    peer_ack(peer, XDS_LISTENER, "");
    assert_sends(peer, "RDS r");
    peer_ack(peer, XDS_ROUTE, "r");
    assert_silent(peer);
}

static void synced(struct peer *peer)
{
    peer_open(peer, false, MESH);
    sync(peer);
}

/* ---- subscriptions ---- */

static void an_envoy_gets_all_of_its_types_in_turn(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_close(&peer);
}

static void an_unknown_type_ends_the_stream_as_unimplemented(void **state)
{
    (void)state;
    struct peer peer;
    struct request request = {.type_url = "type.googleapis.com/envoy.service.runtime.v3.Runtime",
                              .nonce = "",
                              .version = ""};
    peer_open(&peer, false, MESH);
    assert_int_equal(peer_send(&peer, &request), GRPC_UNIMPLEMENTED);
    assert_non_null(strstr(peer.reason, "v3.Runtime"));
    peer_close(&peer);
}

static void a_stream_of_one_type_needs_no_type_and_takes_no_other(void **state)
{
    (void)state;
    struct peer peer;
    struct request request = {.type_url = "", .nonce = "", .version = ""};
    peer_open(&peer, false, MESH);
    ads_free(peer.ads);
    peer.ads = ads_new(false, XDS_LISTENER);
    peer_state(&peer, MESH);
    assert_int_equal(peer_send(&peer, &request), GRPC_OK);
    assert_sends(&peer, "LDS l");
    request.type_url = xds_types[XDS_CLUSTER].url;
    assert_int_equal(peer_send(&peer, &request), GRPC_INVALID_ARGUMENT);
    peer_close(&peer);
}

static void empty_names_are_a_wildcard_for_lds_and_cds_alone(void **state)
{
    (void)state;
    static const char *const sent[] = {"CDS a", "", "LDS l", "", ""};
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++) {
        struct peer peer;
        peer_open(&peer, false, MESH);
        peer_ask(&peer, type, "");
        assert_sends(&peer, sent[type]);
        peer_close(&peer);
    }
}

static void a_wildcard_is_answered_even_with_nothing(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "");
    peer_ask(&peer, XDS_CLUSTER, "");
    peer_ask(&peer, XDS_LISTENER, "");
    assert_sends(&peer, "CDS; LDS");
    peer_close(&peer);
}

/* go-control-plane#1300: what a stream asks for is more than its last list. */
static void a_named_request_ends_the_wildcard_and_then_empty_asks_for_nothing(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; CDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_CLUSTER, "b");
    assert_sends(&peer, "CDS b");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_silent(&peer);
    peer_state(&peer, "CDS a 2; CDS b 2");
    assert_silent(&peer);
    peer_close(&peer);
}

static void a_star_stands_beside_names(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; CDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "* b");
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_CLUSTER, "*");
    peer_state(&peer, "CDS a 2; CDS b 1");
    assert_sends(&peer, "CDS a b");
    peer_close(&peer);
}

static void an_added_name_is_answered_though_the_version_is_the_same(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_silent(&peer);
    peer_close(&peer);
}

static void unknown_names_are_not_answered_but_remembered_and_sent_when_made(void **state)
{
    (void)state;
    static const enum xds_type types[] = {XDS_ENDPOINT, XDS_ROUTE, XDS_SECRET};
    for (size_t i = 0; i < COUNT(types); i++) {
        struct peer peer;
        const char *type = xds_types[types[i]].name;
        peer_open(&peer, false, MESH);
        peer_ask(&peer, types[i], "later");
        assert_silent(&peer);
        peer_state(&peer, arena_printf(&peer.arena, MESH "; %s later 1", type));
        assert_sends(&peer, arena_printf(&peer.arena, "%s later", type));
        peer_close(&peer);
    }
}

static void a_name_twice_is_answered_once(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, MESH);
    peer_ask(&peer, XDS_ENDPOINT, "a a a");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

static void too_many_names_end_the_stream_as_exhausted(void **state)
{
    (void)state;
    struct peer peer;
    const char **names = calloc(6000, sizeof(*names));
    struct request request = {.type_url = xds_types[XDS_ENDPOINT].url, .nonce = "", .version = ""};
    peer_open(&peer, true, MESH);
    request.names = names;
    request.name_count = 6000;
    for (size_t i = 0; i < 6000; i++)
        names[i] = arena_printf(&peer.arena, "n%zu", i);
    assert_int_equal(peer_send(&peer, &request), GRPC_OK);
    for (size_t i = 0; i < 6000; i++)
        names[i] = arena_printf(&peer.arena, "m%zu", i);
    assert_int_equal(peer_send(&peer, &request), GRPC_RESOURCE_EXHAUSTED);
    peer_close(&peer);
    free(names);
}

/* ---- nonces and refusals ---- */

static void a_nonce_is_new_for_each_response_of_a_stream(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    for (enum xds_type a = 0; a < XDS_SECRET; a++)
        for (enum xds_type b = 0; b < a; b++)
            assert_true(peer.last[a].nonce != peer.last[b].nonce);
    peer_close(&peer);
}

static void a_request_with_an_old_nonce_is_dropped(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    const char *old = peer_nonce(&peer, XDS_ENDPOINT);
    peer_ack(&peer, XDS_ENDPOINT, "a");
    peer_state(&peer, "EDS a 2; EDS b 1");
    assert_sends(&peer, "EDS a");
    peer_request(&peer, XDS_ENDPOINT, "a b", old, "", NULL);
    assert_int_equal(peer.event.what, ADS_STALE);
    assert_silent(&peer);
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_int_equal(peer.event.what, ADS_ACKED);
    assert_sends(&peer, "EDS b");
    peer_close(&peer);
}

static void a_nonce_of_another_type_is_an_old_one(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "CDS a; EDS a");
    peer_request(&peer, XDS_ENDPOINT, "a b", peer_nonce(&peer, XDS_CLUSTER), "", NULL);
    assert_int_equal(peer.event.what, ADS_STALE);
    assert_silent(&peer);
    peer_close(&peer);
}

static void no_nonce_after_a_response_begins_anew(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_silent(&peer);
    peer_close(&peer);
}

static void a_refusal_is_kept_and_the_same_bytes_are_not_sent_again(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 2 CDS:a");
    assert_sends(&peer, "RDS r");
    peer_refuse(&peer, XDS_ROUTE, "r", "bad regex");
    assert_int_equal(peer.event.what, ADS_REFUSED);
    assert_silent(&peer);
    assert_string_equal(ads_report(peer.ads, XDS_ROUTE).refusal, "bad regex");
    peer_state(&peer, "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 3 CDS:a");
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_null(ads_report(peer.ads, XDS_ROUTE).refusal);
    peer_close(&peer);
}

static void what_was_refused_with_a_bad_one_comes_again_with_the_good_one(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS a b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    peer_state(&peer, "EDS a 2; EDS b 2");
    assert_sends(&peer, "EDS a b");
    peer_refuse(&peer, XDS_ENDPOINT, "a b", "b is bad");
    assert_silent(&peer);
    peer_state(&peer, "EDS a 2; EDS b 3");
    assert_sends(&peer, "EDS a b");
    peer_close(&peer);
}

static void a_refusal_that_adds_a_name_is_answered_with_that_alone(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_refuse(&peer, XDS_ENDPOINT, "a b", "a is bad");
    assert_sends(&peer, "EDS a b");
    peer_close(&peer);
}

/* ---- versions ---- */

static void only_what_changed_is_sent(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS a b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    peer_state(&peer, "EDS a 1; EDS b 2");
    assert_sends(&peer, "EDS b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    peer_state(&peer, "EDS a 1; EDS b 2");
    assert_silent(&peer);
    peer_close(&peer);
}

static void lds_and_cds_are_always_whole(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; CDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_CLUSTER, "");
    peer_state(&peer, "CDS a 1; CDS b 2");
    assert_sends(&peer, "CDS a b");
    peer_close(&peer);
}

/* A version is of what exists among the names, so a restarted server finds the same. */
static void a_client_that_comes_back_with_the_current_version_is_sent_nothing(void **state)
{
    (void)state;
    struct peer before, after;
    synced(&before);
    peer_open(&after, false, MESH);
    for (enum xds_type type = 0; type < XDS_SECRET; type++)
        peer_request(&after, type, before.names[type], "", before.versions[type], NULL);
    assert_silent(&after);
    peer_state(&after, "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 2 CDS:a");
    assert_sends(&after, "RDS r");
    peer_close(&before);
    peer_close(&after);
}

static void a_version_covers_all_that_is_subscribed_and_not_what_was_carried(void **state)
{
    (void)state;
    struct peer before, after;
    peer_open(&before, false, "EDS a 1; EDS b 1; EDS c 1");
    peer_ask(&before, XDS_ENDPOINT, "a");
    assert_sends(&before, "EDS a");
    peer_ack(&before, XDS_ENDPOINT, "a b");
    assert_sends(&before, "EDS b");
    peer_open(&after, false, "EDS a 1; EDS b 1; EDS c 2");
    peer_request(&after, XDS_ENDPOINT, "a b", "", before.versions[XDS_ENDPOINT], NULL);
    assert_silent(&after);
    peer_close(&before);
    peer_close(&after);
}

static void a_client_that_comes_back_with_another_version_gets_all(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_request(&peer, XDS_ENDPOINT, "a b", "", "00000000deadbeef", NULL);
    assert_sends(&peer, "EDS a b");
    peer_close(&peer);
}

#define ALL "CDS a 1 EDS:a SDS:s; EDS a 1; LDS l 1 RDS:r SDS:s; RDS r 1; SDS s 1"

static const struct {
    enum xds_type sent, asked;
    const char *name, *answer;
} current_versions[] = {
    {XDS_CLUSTER,  XDS_ENDPOINT, "a", "EDS a"},
    {XDS_CLUSTER,  XDS_SECRET,   "s", "SDS s"},
    {XDS_CLUSTER,  XDS_ROUTE,    "r", ""     },
    {XDS_LISTENER, XDS_ROUTE,    "r", "RDS r"},
    {XDS_LISTENER, XDS_SECRET,   "s", "SDS s"},
    {XDS_LISTENER, XDS_ENDPOINT, "a", ""     },
    {XDS_ENDPOINT, XDS_CLUSTER,  "",  ""     },
};

static void the_current_version_is_answered_after_a_cds_or_lds_on_the_stream(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(current_versions); i++) {
        const enum xds_type sent = current_versions[i].sent, asked = current_versions[i].asked;
        struct peer before, after;
        peer_open(&before, false, ALL);
        peer_ask(&before, asked, current_versions[i].name);
        peer_drain(&before);
        peer_open(&after, false, ALL);
        peer_ask(&after, sent, sent == XDS_ENDPOINT ? "a" : "");
        peer_drain(&after);
        peer_request(&after, asked, current_versions[i].name, "", before.versions[asked], NULL);
        assert_sends(&after, current_versions[i].answer);
        peer_close(&before);
        peer_close(&after);
    }
}

/* ---- warming ---- */

/* go-control-plane#245, envoy#13009, envoy#31535: the endpoints are the same, yet Envoy waits for
 * them. */
static void a_changed_cluster_brings_its_endpoints_after_it(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 2 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a");
    assert_sends(&peer, "CDS a; EDS a");
    peer_close(&peer);
}

static void a_changed_cluster_brings_its_endpoints_after_a_reconnect(void **state)
{
    (void)state;
    static const char changed[] = "CDS a 2 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a";
    struct peer before, after;
    synced(&before);
    peer_open(&after, false, changed);
    for (enum xds_type type = 0; type < XDS_SECRET; type++)
        peer_request(&after, type, before.names[type], "", before.versions[type], NULL);
    assert_sends(&after, "CDS a; EDS a");
    peer_close(&before);
    peer_close(&after);
}

static void a_changed_listener_brings_its_routes_and_secrets_after_it(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "LDS l 1 RDS:r SDS:s; RDS r 1; SDS s 1");
    peer_ask(&peer, XDS_LISTENER, "");
    assert_sends(&peer, "LDS l");
    peer_ask(&peer, XDS_ROUTE, "r");
    peer_ask(&peer, XDS_SECRET, "s");
    peer_ack(&peer, XDS_LISTENER, "");
    assert_sends(&peer, "RDS r; SDS s");
    peer_ack(&peer, XDS_ROUTE, "r");
    peer_ack(&peer, XDS_SECRET, "s");
    peer_state(&peer, "LDS l 2 RDS:r SDS:s; RDS r 1; SDS s 1");
    assert_sends(&peer, "LDS l; RDS r; SDS s");
    peer_close(&peer);
}

static void a_changed_listener_brings_its_routes_and_secrets_after_a_reconnect(void **state)
{
    (void)state;
    struct peer before, after;
    peer_open(&before, false, "LDS l 1 RDS:r SDS:s; RDS r 1; SDS s 1");
    peer_ask(&before, XDS_LISTENER, "");
    peer_ask(&before, XDS_ROUTE, "r");
    peer_ask(&before, XDS_SECRET, "s");
    assert_sends(&before, "LDS l; RDS r; SDS s");
    peer_open(&after, false, "LDS l 2 RDS:r SDS:s; RDS r 1; SDS s 1");
    for (enum xds_type type = XDS_LISTENER; type < XDS_TYPE_COUNT; type++)
        peer_request(&after, type, before.names[type], "", before.versions[type], NULL);
    assert_sends(&after, "LDS l; RDS r; SDS s");
    peer_close(&before);
    peer_close(&after);
}

/* That it goes is told at once, and what it named may stay where it is. */
static void a_listener_removed_and_added_again_gets_its_routes_and_secrets(void **state)
{
    (void)state;
    static const char with[] = "LDS l 1 RDS:r SDS:s; LDS m 1; RDS r 1; SDS s 1";
    struct peer peer;
    peer_open(&peer, false, with);
    peer_ask(&peer, XDS_LISTENER, "");
    peer_ask(&peer, XDS_ROUTE, "r");
    peer_ask(&peer, XDS_SECRET, "s");
    assert_sends(&peer, "LDS l m; RDS r; SDS s");
    for (enum xds_type type = XDS_LISTENER; type < XDS_TYPE_COUNT; type++)
        peer_ack(&peer, type, peer.names[type]);
    peer_state(&peer, "LDS m 1; RDS r 1; SDS s 1");
    assert_sends(&peer, "LDS m; RDS r; SDS s"); /* their versions cover the listener */
    for (enum xds_type type = XDS_LISTENER; type < XDS_TYPE_COUNT; type++)
        peer_ack(&peer, type, peer.names[type]);
    peer_state(&peer, with);
    assert_sends(&peer, "LDS l m; RDS r; SDS s");
    peer_close(&peer);
}

/* ---- order ---- */

static void types_go_in_the_order_of_make_before_break(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, MESH "; SDS s 1");
    static const enum xds_type backwards[] = {XDS_SECRET, XDS_ROUTE, XDS_LISTENER, XDS_ENDPOINT};
    static const char *const names[] = {"s", "r", "", "a"};
    for (size_t i = 0; i < COUNT(backwards); i++)
        peer_ask(&peer, backwards[i], names[i]);
    assert_sends(&peer, "EDS a; LDS l; RDS r; SDS s");
    peer_close(&peer);
}

#define TWO_CLUSTERS                                                                               \
    "CDS a 1 EDS:a; CDS b 1 EDS:b SDS:s; EDS a 1; EDS b 1; SDS s 1; LDS l 1 RDS:r; "               \
    "RDS r 2 CDS:a CDS:b"

static void a_route_to_a_new_cluster_waits_for_it_its_endpoints_and_secrets(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, TWO_CLUSTERS);
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    peer_ask(&peer, XDS_SECRET, "s");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "EDS b; SDS s");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_silent(&peer);
    peer_ack(&peer, XDS_SECRET, "s");
    assert_sends(&peer, "RDS r");
    peer_close(&peer);
}

static void a_listener_to_a_new_cluster_waits_for_it(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 1 EDS:a; CDS b 1; EDS a 1; LDS l 2 RDS:r CDS:b; RDS r 1 CDS:a");
    assert_sends(&peer, "CDS a b; RDS r");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "LDS l");
    peer_close(&peer);
}

static void a_route_to_known_clusters_does_not_wait(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 2 EDS:a; CDS b 1 EDS:b; EDS a 1; EDS b 1; LDS l 1 RDS:r; "
                      "RDS r 2 CDS:a");
    assert_sends(&peer, "CDS a b; EDS a; RDS r");
    peer_close(&peer);
}

static void waiting_has_an_end(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, TWO_CLUSTERS);
    assert_sends(&peer, "CDS a b");
    assert_int_equal(ads_due_ms(peer.ads), peer.now_ms + ADS_PATIENCE_MS);
    peer.now_ms += ADS_PATIENCE_MS - 1;
    assert_silent(&peer);
    peer.now_ms += 1;
    assert_sends(&peer, "RDS r");
    assert_int_equal(ads_due_ms(peer.ads), -1);
    peer_close(&peer);
}

static void nothing_waits_where_clusters_are_not_subscribed(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, MESH);
    peer_ask(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "RDS r");
    peer_close(&peer);
}

#define WITHOUT_A "CDS b 1; LDS l 1 RDS:r; RDS r 2 CDS:b"
#define WITH_A "CDS a 1 EDS:a; CDS b 1; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a"

static void synced_with_two(struct peer *peer)
{
    peer_open(peer, false, WITH_A);
    peer_ask(peer, XDS_CLUSTER, "");
    assert_sends(peer, "CDS a b");
    peer_ask(peer, XDS_ENDPOINT, "a");
    peer_ack(peer, XDS_CLUSTER, "");
    assert_sends(peer, "EDS a");
    peer_ack(peer, XDS_ENDPOINT, "a");
    peer_ask(peer, XDS_LISTENER, "");
    peer_ask(peer, XDS_ROUTE, "r");
    assert_sends(peer, "LDS l; RDS r");
    peer_ack(peer, XDS_LISTENER, "");
    peer_ack(peer, XDS_ROUTE, "r");
    assert_silent(peer);
}

static void a_removed_cluster_leaves_after_the_routes_without_it_are_acked(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS b");
    peer_close(&peer);
}

static void a_removed_cluster_stays_in_a_cds_that_must_go_meanwhile(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, "CDS b 1; CDS c 1; LDS l 1 RDS:r; RDS r 2 CDS:b");
    assert_sends(&peer, "CDS a b c; RDS r");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS b c");
    peer_close(&peer);
}

static void after_a_refused_route_the_removed_cluster_stays(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "RDS r");
    peer_refuse(&peer, XDS_ROUTE, "r", "no");
    assert_silent(&peer);
    peer_state(&peer, "CDS b 1; LDS l 1 RDS:r; RDS r 3 CDS:b");
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS b");
    peer_close(&peer);
}

static void a_removed_cluster_that_nothing_else_concerns_leaves_at_once(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, "CDS a 1 EDS:a; EDS a 1; LDS l 1 RDS:r; RDS r 1 CDS:a");
    assert_sends(&peer, "CDS a");
    peer_close(&peer);
}

/* Nobody else was subscribed when it left; its next state must not hold it again. */
static void a_cluster_that_left_is_new_when_it_comes_back(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; CDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "CDS a b");
    peer_state(&peer, "CDS a 2");
    assert_silent(&peer);
    peer_ask(&peer, XDS_LISTENER, "");
    peer_ask(&peer, XDS_ROUTE, "r");
    peer_state(&peer, "CDS a 3");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "CDS a; LDS");
    peer_ack(&peer, XDS_CLUSTER, "");
    peer_ack(&peer, XDS_LISTENER, "");
    assert_silent(&peer);
    peer_state(&peer, "CDS a 3; CDS b 1; RDS r 1 CDS:b");
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "RDS r");
    peer_close(&peer);
}

/* A client that takes nothing must not hold one state for each cluster that left meanwhile. */
static void a_removed_cluster_stays_without_the_state_it_was_of(void **state)
{
    (void)state;
    struct peer peer;
    struct snapshot *with = peer_snapshot(WITH_A);
    synced_with_two(&peer);
    ads_take(peer.ads, with);
    peer_state(&peer, WITHOUT_A);
    assert_int_equal(with->references, 1);
    snapshot_unref(with);
    peer_state(&peer, "CDS b 1; CDS c 1; LDS l 1 RDS:r; RDS r 2 CDS:b");
    assert_sends(&peer, "CDS a b c; RDS r");
    peer_close(&peer);
}

static void a_cluster_that_the_client_never_took_does_not_stay(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, MESH "; CDS bad 1");
    assert_sends(&peer, "CDS a bad");
    peer_refuse(&peer, XDS_CLUSTER, "", "bad");
    peer_state(&peer, "CDS a 1 EDS:a; EDS a 1; LDS l 2 RDS:r; RDS r 1 CDS:a");
    assert_sends(&peer, "CDS a; EDS a; LDS l; RDS r");
    peer_close(&peer);
}

static void a_refused_route_that_the_client_gave_up_holds_no_cluster(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, "CDS a 1 EDS:a; CDS b 1; EDS a 1; LDS l 1 RDS:r; RDS r 2 CDS:a");
    assert_sends(&peer, "RDS r");
    peer_refuse(&peer, XDS_ROUTE, "r", "no");
    peer_state(&peer, "CDS b 1; LDS l 2");
    assert_sends(&peer, "LDS l");
    peer_ack(&peer, XDS_LISTENER, "");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ROUTE, "");
    assert_sends(&peer, "CDS b");
    peer_close(&peer);
}

static void endpoints_that_vanished_on_their_way_are_waited_for_anew(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 1 EDS:a; EDS a 2; LDS l 1 RDS:r; RDS r 1 CDS:a");
    assert_sends(&peer, "EDS a");
    peer_state(&peer, "LDS l 1 RDS:r; RDS r 2");
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS");
    peer_ack(&peer, XDS_ENDPOINT, "a");
    peer_ack(&peer, XDS_CLUSTER, "");
    peer_state(&peer, MESH);
    assert_sends(&peer, "CDS a; EDS a");
    peer_ack(&peer, XDS_CLUSTER, "");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "RDS r");
    peer_close(&peer);
}

/* ---- flow ---- */

static void a_newer_state_replaces_the_one_that_waits(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_state(&peer, "EDS a 2");
    assert_silent(&peer);
    peer_state(&peer, "EDS a 3");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    struct snapshot *newest = peer_snapshot("EDS a 3");
    assert_true(bytes_equal(peer.last[XDS_ENDPOINT].resources[0]->message,
                            snapshot_find(newest, XDS_ENDPOINT, "a")->message));
    snapshot_unref(newest);
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_silent(&peer);
    peer_close(&peer);
}

static void one_type_under_way_does_not_hold_another_back(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; SDS s 1");
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_ask(&peer, XDS_SECRET, "s");
    assert_sends(&peer, "SDS s");
    peer_close(&peer);
}

/* ---- what others got wrong ---- */

/* go-control-plane#540, #606, #1299: one of several that were named changes or goes; what is left
 * out of the response is gone for the client. */
static void of_named_clusters_all_are_sent_when_one_changes_or_goes(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1; CDS b 1; CDS c 1; CDS d 1");
    peer_ask(&peer, XDS_CLUSTER, "a b c");
    assert_sends(&peer, "CDS a b c");
    peer_ack(&peer, XDS_CLUSTER, "a b c");
    peer_state(&peer, "CDS a 1; CDS b 2; CDS c 1; CDS d 1");
    assert_sends(&peer, "CDS a b c");
    peer_ack(&peer, XDS_CLUSTER, "a b c");
    peer_state(&peer, "CDS a 1; CDS c 1; CDS d 1");
    assert_sends(&peer, "CDS a c");
    peer_close(&peer);
}

/* go-control-plane#583: the version of the endpoints is the same, the cluster is not. */
static void a_cluster_removed_and_added_again_gets_its_endpoints(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS b");
    peer_ack(&peer, XDS_CLUSTER, "");
    peer_state(&peer, WITH_A);
    assert_sends(&peer, "CDS a b; EDS a");
    peer_close(&peer);
}

/* The same, when the client has said meanwhile that it needs the endpoints no more. */
static void a_cluster_added_again_gets_its_endpoints_when_they_are_asked_for_again(void **state)
{
    (void)state;
    struct peer peer;
    synced_with_two(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "RDS r");
    peer_ack(&peer, XDS_ROUTE, "r");
    assert_sends(&peer, "CDS b");
    peer_ack(&peer, XDS_CLUSTER, "");
    peer_ack(&peer, XDS_ENDPOINT, "");
    assert_silent(&peer);
    peer_state(&peer, WITH_A);
    assert_sends(&peer, "CDS a b");
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

/* go-control-plane#1318, #1319: an answer to names of which some do not exist is not a request. */
static void an_ack_that_repeats_an_unknown_name_is_not_answered(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1");
    peer_ask(&peer, XDS_ENDPOINT, "a unknown");
    assert_sends(&peer, "EDS a");
    for (int i = 0; i < 3; i++) {
        peer_ack(&peer, XDS_ENDPOINT, "a unknown");
        assert_silent(&peer);
    }
    peer_state(&peer, "EDS a 1; EDS unknown 1");
    assert_sends(&peer, "EDS unknown");
    peer_close(&peer);
}

/* go-control-plane#1298: a change of one of several names leaves nothing behind that would answer
 * for the others. */
static void each_change_of_several_names_is_sent_once(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 0; EDS b 0; EDS c 0");
    peer_ask(&peer, XDS_ENDPOINT, "a b c");
    assert_sends(&peer, "EDS a b c");
    for (int i = 1; i < 4; i++) {
        peer_ack(&peer, XDS_ENDPOINT, "a b c");
        peer_state(&peer, arena_printf(&peer.arena, "EDS a %d; EDS b %d; EDS c 0", i, i - 1));
        assert_sends(&peer, i == 1 ? "EDS a" : "EDS a b");
        peer_state(&peer, arena_printf(&peer.arena, "EDS a %d; EDS b %d; EDS c 0", i, i - 1));
        assert_silent(&peer);
    }
    peer_close(&peer);
}

/* go-control-plane#431, #1301: what was given up and is asked for again is new to the client. */
static void a_name_given_up_and_asked_for_again_is_sent_again(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS a b");
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS b");
    peer_close(&peer);
}

/* go-control-plane#1356: a state that cannot answer a request must not end the wait for one that
 * can. */
static void a_state_without_a_name_does_not_end_the_wait_for_it(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1");
    peer_ask(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS a");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    peer_state(&peer, "EDS c 1");
    assert_silent(&peer);
    peer_state(&peer, "EDS b 1; EDS a 1");
    assert_sends(&peer, "EDS a b");
    peer_close(&peer);
}

/* go-control-plane#1498: what waits when a name is given up is not sent any more. */
static void nothing_is_sent_for_a_name_that_was_given_up_meanwhile(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "SDS s 1; SDS t 1");
    peer_ask(&peer, XDS_SECRET, "s t");
    assert_sends(&peer, "SDS s t");
    peer_state(&peer, "SDS s 2; SDS t 2");
    assert_silent(&peer);
    peer_ack(&peer, XDS_SECRET, "s");
    assert_sends(&peer, "SDS s");
    peer_state(&peer, "SDS s 3; SDS t 3");
    peer_ack(&peer, XDS_SECRET, "");
    assert_silent(&peer);
    peer_close(&peer);
}

/* java-control-plane#127, envoy#9934: a client that comes back while a cluster warms may ask for
 * the endpoints of one that is gone by now; the others must not wait for it. */
static void a_reconnect_that_names_a_gone_cluster_gets_the_other_endpoints(void **state)
{
    (void)state;
    static const char *const versions[] = {"", "00000000deadbeef"};
    for (size_t i = 0; i < COUNT(versions); i++) {
        struct peer peer;
        peer_open(&peer, false, "CDS b 1 EDS:b; EDS b 1; LDS l 1 CDS:b");
        peer_request(&peer, XDS_ENDPOINT, "b gone", "", versions[i], NULL);
        peer_request(&peer, XDS_LISTENER, "", "", versions[i], NULL);
        assert_sends(&peer, "EDS b; LDS l");
        peer_close(&peer);
    }
}

/* envoy#7529: endpoints asked for without a name, at first or after the last cluster went. */
static void endpoints_asked_for_without_names_are_none_until_there_are_names(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_ENDPOINT, "");
    assert_silent(&peer);
    peer_ask(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_ack(&peer, XDS_ENDPOINT, "");
    peer_state(&peer, "EDS a 2; EDS b 2");
    assert_silent(&peer);
    peer_ack(&peer, XDS_ENDPOINT, "a");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

/* go-control-plane lets an ADS request wait that names less than there is (kuma#12098): Envoy asks
 * for one cluster's endpoints after the other. */
static void a_subset_of_the_proxys_names_is_answered(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, false, "CDS a 1 EDS:a; CDS b 1 EDS:b; EDS a 1; EDS b 1");
    peer_ask(&peer, XDS_CLUSTER, "");
    assert_sends(&peer, "CDS a b");
    peer_ask(&peer, XDS_ENDPOINT, "b");
    assert_sends(&peer, "EDS b");
    peer_ack(&peer, XDS_ENDPOINT, "a b");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

/* envoy#46383: a new cluster without endpoints warms until it has an answer, be it empty, and each
 * CDS meanwhile puts off Envoy's request for it: none comes that is not needed. */
static void a_new_cluster_without_instances_gets_its_empty_endpoints_and_no_second_cds(void **state)
{
    (void)state;
    static const char with[] = "CDS a 1 EDS:a; CDS e 1 EDS:e; EDS a 1; EDS e 0; LDS l 1 RDS:r; "
                               "RDS r 1 CDS:a";
    struct peer peer;
    synced(&peer);
    peer_state(&peer, with);
    assert_sends(&peer, "CDS a e");
    peer_ack(&peer, XDS_CLUSTER, "");
    for (int i = 0; i < 3; i++) {
        peer_state(&peer, with);
        assert_silent(&peer);
    }
    peer_ack(&peer, XDS_ENDPOINT, "a e");
    assert_sends(&peer, "EDS e");
    peer_close(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_envoy_gets_all_of_its_types_in_turn),
        cmocka_unit_test(an_unknown_type_ends_the_stream_as_unimplemented),
        cmocka_unit_test(a_stream_of_one_type_needs_no_type_and_takes_no_other),
        cmocka_unit_test(empty_names_are_a_wildcard_for_lds_and_cds_alone),
        cmocka_unit_test(a_wildcard_is_answered_even_with_nothing),
        cmocka_unit_test(a_named_request_ends_the_wildcard_and_then_empty_asks_for_nothing),
        cmocka_unit_test(a_star_stands_beside_names),
        cmocka_unit_test(an_added_name_is_answered_though_the_version_is_the_same),
        cmocka_unit_test(unknown_names_are_not_answered_but_remembered_and_sent_when_made),
        cmocka_unit_test(a_name_twice_is_answered_once),
        cmocka_unit_test(too_many_names_end_the_stream_as_exhausted),
        cmocka_unit_test(a_nonce_is_new_for_each_response_of_a_stream),
        cmocka_unit_test(a_request_with_an_old_nonce_is_dropped),
        cmocka_unit_test(a_nonce_of_another_type_is_an_old_one),
        cmocka_unit_test(no_nonce_after_a_response_begins_anew),
        cmocka_unit_test(a_refusal_is_kept_and_the_same_bytes_are_not_sent_again),
        cmocka_unit_test(what_was_refused_with_a_bad_one_comes_again_with_the_good_one),
        cmocka_unit_test(a_refusal_that_adds_a_name_is_answered_with_that_alone),
        cmocka_unit_test(only_what_changed_is_sent),
        cmocka_unit_test(lds_and_cds_are_always_whole),
        cmocka_unit_test(a_client_that_comes_back_with_the_current_version_is_sent_nothing),
        cmocka_unit_test(a_version_covers_all_that_is_subscribed_and_not_what_was_carried),
        cmocka_unit_test(a_client_that_comes_back_with_another_version_gets_all),
        cmocka_unit_test(the_current_version_is_answered_after_a_cds_or_lds_on_the_stream),
        cmocka_unit_test(a_changed_cluster_brings_its_endpoints_after_it),
        cmocka_unit_test(a_changed_cluster_brings_its_endpoints_after_a_reconnect),
        cmocka_unit_test(a_changed_listener_brings_its_routes_and_secrets_after_it),
        cmocka_unit_test(a_changed_listener_brings_its_routes_and_secrets_after_a_reconnect),
        cmocka_unit_test(a_listener_removed_and_added_again_gets_its_routes_and_secrets),
        cmocka_unit_test(types_go_in_the_order_of_make_before_break),
        cmocka_unit_test(a_route_to_a_new_cluster_waits_for_it_its_endpoints_and_secrets),
        cmocka_unit_test(a_listener_to_a_new_cluster_waits_for_it),
        cmocka_unit_test(a_route_to_known_clusters_does_not_wait),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(nothing_waits_where_clusters_are_not_subscribed),
        cmocka_unit_test(a_removed_cluster_leaves_after_the_routes_without_it_are_acked),
        cmocka_unit_test(a_removed_cluster_stays_in_a_cds_that_must_go_meanwhile),
        cmocka_unit_test(after_a_refused_route_the_removed_cluster_stays),
        cmocka_unit_test(a_removed_cluster_that_nothing_else_concerns_leaves_at_once),
        cmocka_unit_test(a_cluster_that_left_is_new_when_it_comes_back),
        cmocka_unit_test(a_removed_cluster_stays_without_the_state_it_was_of),
        cmocka_unit_test(a_cluster_that_the_client_never_took_does_not_stay),
        cmocka_unit_test(a_refused_route_that_the_client_gave_up_holds_no_cluster),
        cmocka_unit_test(endpoints_that_vanished_on_their_way_are_waited_for_anew),
        cmocka_unit_test(a_newer_state_replaces_the_one_that_waits),
        cmocka_unit_test(one_type_under_way_does_not_hold_another_back),
        cmocka_unit_test(of_named_clusters_all_are_sent_when_one_changes_or_goes),
        cmocka_unit_test(a_cluster_removed_and_added_again_gets_its_endpoints),
        cmocka_unit_test(a_cluster_added_again_gets_its_endpoints_when_they_are_asked_for_again),
        cmocka_unit_test(an_ack_that_repeats_an_unknown_name_is_not_answered),
        cmocka_unit_test(each_change_of_several_names_is_sent_once),
        cmocka_unit_test(a_name_given_up_and_asked_for_again_is_sent_again),
        cmocka_unit_test(a_state_without_a_name_does_not_end_the_wait_for_it),
        cmocka_unit_test(nothing_is_sent_for_a_name_that_was_given_up_meanwhile),
        cmocka_unit_test(a_reconnect_that_names_a_gone_cluster_gets_the_other_endpoints),
        cmocka_unit_test(endpoints_asked_for_without_names_are_none_until_there_are_names),
        cmocka_unit_test(a_subset_of_the_proxys_names_is_answered),
        cmocka_unit_test(
            a_new_cluster_without_instances_gets_its_empty_endpoints_and_no_second_cds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
