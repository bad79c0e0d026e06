/* SPDX-License-Identifier: Apache-2.0
 *
 * Incremental xDS. Rules by Envoy's xDS protocol page.
 */
#include "test.h"

#include <stdlib.h>

#include "ads_peer.h"

static void a_wildcard_gets_all_and_then_what_changed_and_what_is_gone(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "LDS a 1; LDS b 1; LDS c 1");
    peer_delta(&peer, XDS_LISTENER, "", "", "");
    assert_sends(&peer, "LDS a b c");
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_silent(&peer);
    peer_state(&peer, "LDS a 1; LDS b 2");
    assert_sends(&peer, "LDS b -c");
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_silent(&peer);
    peer_close(&peer);
}

static void a_wildcard_is_answered_even_with_nothing(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "");
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    assert_sends(&peer, "CDS");
    peer_close(&peer);
}

static void a_subscription_is_always_answered_at_once_for_what_is_not_there_too(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a none", "");
    assert_sends(&peer, "EDS a -none");
    peer_delta(&peer, XDS_ENDPOINT, peer_nonce(&peer, XDS_ENDPOINT), "a", "");
    assert_sends(&peer, "EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    peer_state(&peer, "EDS a 1; EDS none 1");
    assert_sends(&peer, "EDS none");
    peer_close(&peer);
}

static void a_name_given_up_hears_nothing_more(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1; EDS b 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a b", "");
    assert_sends(&peer, "EDS a b");
    peer_delta(&peer, XDS_ENDPOINT, peer_nonce(&peer, XDS_ENDPOINT), "", "a");
    assert_silent(&peer);
    peer_state(&peer, "EDS a 2; EDS b 2");
    assert_sends(&peer, "EDS b");
    peer_close(&peer);
}

static void a_name_given_up_under_a_wildcard_is_answered(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1");
    peer_delta(&peer, XDS_CLUSTER, "", "* a none", "");
    assert_sends(&peer, "CDS a -none");
    peer_delta(&peer, XDS_CLUSTER, peer_nonce(&peer, XDS_CLUSTER), "", "a none");
    assert_sends(&peer, "CDS a -none");
    peer_delta_ack(&peer, XDS_CLUSTER);
    assert_silent(&peer);
    peer_close(&peer);
}

/* go-control-plane#1450: a client that asks for all again may have forgotten what it had. */
static void a_star_given_again_brings_all_again(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; CDS b 1");
    peer_delta(&peer, XDS_CLUSTER, "", "*", "");
    assert_sends(&peer, "CDS a b");
    peer_delta(&peer, XDS_CLUSTER, peer_nonce(&peer, XDS_CLUSTER), "*", "");
    assert_sends(&peer, "CDS a b");
    peer_delta_ack(&peer, XDS_CLUSTER);
    assert_silent(&peer);
    peer_close(&peer);
}

static void a_name_twice_is_answered_once(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a none a none", "");
    assert_sends(&peer, "EDS a -none");
    peer_close(&peer);
}

static void a_star_given_up_leaves_the_names(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; CDS b 1");
    peer_delta(&peer, XDS_CLUSTER, "", "* a", "");
    assert_sends(&peer, "CDS a b");
    peer_delta(&peer, XDS_CLUSTER, peer_nonce(&peer, XDS_CLUSTER), "", "*");
    peer_state(&peer, "CDS a 2; CDS b 2");
    assert_sends(&peer, "CDS a");
    peer_close(&peer);
}

/* "" asks for all only as long as no name was ever given; a name beside does not end it. */
static void a_name_beside_an_unspoken_wildcard_keeps_it(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; CDS b 1");
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    assert_sends(&peer, "CDS a b");
    peer_delta(&peer, XDS_CLUSTER, peer_nonce(&peer, XDS_CLUSTER), "a", "");
    assert_sends(&peer, "CDS a");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_state(&peer, "CDS a 1; CDS b 2");
    assert_sends(&peer, "CDS b");
    peer_close(&peer);
}

static void an_old_nonce_still_changes_the_subscription(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1; EDS b 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a", "");
    assert_sends(&peer, "EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    peer_delta(&peer, XDS_ENDPOINT, "no such nonce", "b", "");
    assert_int_equal(peer.event.what, ADS_STALE);
    assert_sends(&peer, "EDS b");
    peer_close(&peer);
}

static void one_response_of_a_type_is_under_way(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1; EDS b 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a", "");
    assert_sends(&peer, "EDS a");
    peer_delta(&peer, XDS_ENDPOINT, "", "b", "");
    assert_silent(&peer);
    peer_delta_ack(&peer, XDS_ENDPOINT);
    assert_sends(&peer, "EDS b");
    peer_close(&peer);
}

static void a_refused_change_is_not_sent_again_by_itself(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a", "");
    assert_sends(&peer, "EDS a");
    peer_delta_refuse(&peer, XDS_ENDPOINT, "bad");
    assert_int_equal(peer.event.what, ADS_REFUSED);
    assert_silent(&peer);
    peer_state(&peer, "EDS a 2");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

static void what_was_refused_comes_again_with_a_removal(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; CDS b 1");
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    assert_sends(&peer, "CDS a b");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_state(&peer, "CDS a 2; CDS b 2");
    assert_sends(&peer, "CDS a b");
    peer_delta_refuse(&peer, XDS_CLUSTER, "a is bad");
    assert_silent(&peer);
    peer_state(&peer, "CDS b 2");
    assert_sends(&peer, "CDS b -a");
    peer_close(&peer);
}

static void a_removal_that_was_refused_comes_again_with_a_change(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "LDS l 1; LDS m 1");
    peer_delta(&peer, XDS_LISTENER, "", "", "");
    assert_sends(&peer, "LDS l m");
    peer_delta_ack(&peer, XDS_LISTENER);
    peer_state(&peer, "LDS m 2");
    assert_sends(&peer, "LDS m -l");
    peer_delta_refuse(&peer, XDS_LISTENER, "m is bad");
    assert_silent(&peer);
    peer_state(&peer, "LDS m 3");
    assert_sends(&peer, "LDS m -l");
    peer_delta_ack(&peer, XDS_LISTENER);
    peer_state(&peer, "LDS m 4");
    assert_sends(&peer, "LDS m");
    peer_close(&peer);
}

/* ---- coming back ---- */

static const char *version_of(struct peer *peer, const char *text, enum xds_type type,
                              const char *name)
{
    struct snapshot *snapshot = peer_snapshot(text);
    char *version = arena_new(&peer->arena, ADS_VERSION_SIZE);
    ads_print_version(snapshot_find(snapshot, type, name)->version, version);
    snapshot_unref(snapshot);
    return version;
}

static void a_client_that_comes_back_hears_differences_and_removals_alone(void **state)
{
    (void)state;
    static const char now[] = "LDS a 1; LDS b 2; LDS new 1";
    struct peer peer;
    peer_open(&peer, true, now);
    const char *same = version_of(&peer, now, XDS_LISTENER, "a");
    peer_delta_return(&peer, XDS_LISTENER, "",
                      arena_printf(&peer.arena, "a=%s b=1 gone=2 foreign=xyz", same));
    assert_sends(&peer, "LDS b new -foreign -gone");
    peer_close(&peer);
}

static void a_client_that_comes_back_with_all_hears_nothing(void **state)
{
    (void)state;
    static const char now[] = "CDS a 1 EDS:a; EDS a 1";
    struct peer peer;
    peer_open(&peer, true, now);
    peer_delta_return(&peer, XDS_CLUSTER, "",
                      arena_printf(&peer.arena, "a=%s", version_of(&peer, now, XDS_CLUSTER, "a")));
    peer_delta_return(&peer, XDS_ENDPOINT, "a",
                      arena_printf(&peer.arena, "a=%s", version_of(&peer, now, XDS_ENDPOINT, "a")));
    assert_silent(&peer);
    peer_close(&peer);
}

static void endpoints_are_sent_again_after_a_cds_on_the_stream(void **state)
{
    (void)state;
    static const char now[] = "CDS a 1 EDS:a; EDS a 1";
    struct peer peer;
    peer_open(&peer, true, now);
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    assert_sends(&peer, "CDS a");
    peer_delta_return(&peer, XDS_ENDPOINT, "a",
                      arena_printf(&peer.arena, "a=%s", version_of(&peer, now, XDS_ENDPOINT, "a")));
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

static void a_cluster_gone_meanwhile_leaves_after_the_routes_of_the_reconnect(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS b 1; LDS l 1 RDS:r; RDS r 2 CDS:b");
    peer_delta_return(&peer, XDS_CLUSTER, "", "gone=1");
    peer_delta_return(&peer, XDS_LISTENER, "", "l=1");
    assert_sends(&peer, "CDS b; LDS l");
    peer_delta_ack(&peer, XDS_CLUSTER);
    assert_silent(&peer);
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -gone");
    peer_close(&peer);
}

/* ---- warming and order ---- */

#define WITH_A "CDS a 1 EDS:a; CDS b 1; EDS a 1; LDS l 1 CDS:a"
#define WITHOUT_A "CDS b 1; LDS l 2 CDS:b"

static void synced(struct peer *peer)
{
    peer_open(peer, true, WITH_A);
    peer_delta(peer, XDS_CLUSTER, "", "", "");
    assert_sends(peer, "CDS a b");
    peer_delta_ack(peer, XDS_CLUSTER);
    peer_delta(peer, XDS_ENDPOINT, "", "a", "");
    assert_sends(peer, "EDS a");
    peer_delta_ack(peer, XDS_ENDPOINT);
    peer_delta(peer, XDS_LISTENER, "", "", "");
    assert_sends(peer, "LDS l");
    peer_delta_ack(peer, XDS_LISTENER);
    assert_silent(peer);
}

static void a_removed_cluster_and_its_endpoints_leave_last(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "LDS l");
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -a; EDS -a");
    peer_close(&peer);
}

static void a_cluster_that_came_back_before_it_left_never_left(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "LDS l");
    peer_state(&peer, WITH_A);
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "LDS l");
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_silent(&peer);
    peer_close(&peer);
}

/* envoy#31535 */
static void a_changed_cluster_brings_its_endpoints_after_it(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 2 EDS:a; CDS b 1; EDS a 1; LDS l 1 CDS:a");
    assert_sends(&peer, "CDS a; EDS a");
    peer_close(&peer);
}

static void a_listener_removed_and_added_again_gets_its_routes(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "LDS l 1 RDS:r; RDS r 1");
    peer_delta(&peer, XDS_LISTENER, "", "", "");
    peer_delta(&peer, XDS_ROUTE, "", "r", "");
    assert_sends(&peer, "LDS l; RDS r");
    peer_delta_ack(&peer, XDS_LISTENER);
    peer_delta_ack(&peer, XDS_ROUTE);
    peer_state(&peer, "");
    assert_sends(&peer, "LDS -l; RDS -r");
    peer_delta_ack(&peer, XDS_LISTENER);
    peer_delta_ack(&peer, XDS_ROUTE);
    peer_state(&peer, "LDS l 1 RDS:r; RDS r 1");
    assert_sends(&peer, "LDS l; RDS r");
    peer_close(&peer);
}

/* The client keeps what it has of it; what it refused is not sent to it again. */
static void a_removed_cluster_that_was_refused_does_not_spoil_what_comes_meanwhile(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 9 EDS:a; CDS b 1; EDS a 1; LDS l 1 CDS:a");
    assert_sends(&peer, "CDS a; EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    peer_delta_refuse(&peer, XDS_CLUSTER, "bad");
    peer_state(&peer, "CDS b 1; CDS c 1; LDS l 2 CDS:b");
    assert_sends(&peer, "CDS c; LDS l");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -a; EDS -a");
    peer_close(&peer);
}

static void a_cluster_that_came_back_is_told_again_if_it_was_refused(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, "CDS a 2 EDS:a; CDS b 9; EDS a 1; LDS l 1 CDS:a");
    assert_sends(&peer, "CDS a b; EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    peer_delta_refuse(&peer, XDS_CLUSTER, "b is bad");
    peer_state(&peer, "CDS b 1; LDS l 2");
    assert_sends(&peer, "CDS b; LDS l");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_state(&peer, "CDS a 2 EDS:a; CDS b 1; EDS a 1; LDS l 2");
    assert_sends(&peer, "CDS a; EDS a");
    peer_close(&peer);
}

static void a_refused_cluster_that_came_and_went_again_is_removed(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; LDS l 1");
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    peer_delta(&peer, XDS_LISTENER, "", "", "");
    assert_sends(&peer, "CDS a; LDS l");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_state(&peer, "CDS a 2; LDS l 1");
    assert_sends(&peer, "CDS a");
    peer_delta_refuse(&peer, XDS_CLUSTER, "no");
    peer_state(&peer, "LDS l 1");
    peer_state(&peer, "CDS a 2; LDS l 1");
    peer_state(&peer, "LDS l 1");
    assert_silent(&peer);
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -a");
    peer_close(&peer);
}

static void a_cluster_that_leaves_is_not_brought_up_to_date(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "CDS a 1; CDS b 1; LDS l 1");
    peer_delta(&peer, XDS_CLUSTER, "", "", "");
    peer_delta(&peer, XDS_LISTENER, "", "", "");
    assert_sends(&peer, "CDS a b; LDS l");
    peer_state(&peer, "CDS a 2; CDS b 1; LDS l 1");
    peer_state(&peer, "CDS b 2; LDS l 1");
    peer_delta_ack(&peer, XDS_CLUSTER);
    assert_sends(&peer, "CDS b");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -a");
    peer_close(&peer);
}

/* go-control-plane#583 */
static void a_cluster_removed_and_added_again_gets_its_endpoints(void **state)
{
    (void)state;
    struct peer peer;
    synced(&peer);
    peer_state(&peer, WITHOUT_A);
    assert_sends(&peer, "LDS l");
    peer_delta_ack(&peer, XDS_LISTENER);
    assert_sends(&peer, "CDS -a; EDS -a");
    peer_delta_ack(&peer, XDS_CLUSTER);
    peer_delta(&peer, XDS_ENDPOINT, peer_nonce(&peer, XDS_ENDPOINT), "", "a");
    peer_state(&peer, WITH_A);
    assert_sends(&peer, "CDS a");
    peer_delta(&peer, XDS_ENDPOINT, "", "a", "");
    peer_delta_ack(&peer, XDS_CLUSTER);
    assert_sends(&peer, "EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    assert_sends(&peer, "LDS l");
    peer_close(&peer);
}

/* go-control-plane#488, #615: a name that was told to be absent is told when it is there. */
static void a_removed_resource_that_is_made_again_is_sent_again(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "EDS a 1");
    peer_delta(&peer, XDS_ENDPOINT, "", "a", "");
    assert_sends(&peer, "EDS a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    peer_state(&peer, "");
    assert_sends(&peer, "EDS -a");
    peer_delta_ack(&peer, XDS_ENDPOINT);
    assert_silent(&peer);
    peer_state(&peer, "EDS a 1");
    assert_sends(&peer, "EDS a");
    peer_close(&peer);
}

/* go-control-plane#875, #876: changes and requests of more types than a channel had room for. */
static void changes_and_requests_pile_up_to_one_response_of_each_type(void **state)
{
    (void)state;
    static const char *const names[] = {"*", "e", "*", "r", "s"};
    struct peer peer;
    peer_open(&peer, true, "CDS c 0; EDS e 0; LDS l 0; RDS r 0; SDS s 0");
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        peer_delta(&peer, type, "", names[type], "");
    assert_sends(&peer, "CDS c; EDS e; LDS l; RDS r; SDS s");
    for (int i = 1; i <= 50; i++) {
        peer_state(&peer,
                   arena_printf(&peer.arena, "CDS c %d; EDS e %d; LDS l %d; RDS r %d; SDS s %d", i,
                                i, i, i, i));
        for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
            peer_delta(&peer, type, "", names[type], "");
        assert_silent(&peer);
    }
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        peer_delta_ack(&peer, type);
    assert_sends(&peer, "CDS c; EDS e; LDS l; RDS r; SDS s");
    for (enum xds_type type = 0; type < XDS_TYPE_COUNT; type++)
        peer_delta_ack(&peer, type);
    assert_silent(&peer);
    peer_close(&peer);
}

/* go-control-plane#1498 */
static void nothing_is_sent_for_a_name_that_was_given_up_meanwhile(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, true, "SDS s 1; SDS t 1");
    peer_delta(&peer, XDS_SECRET, "", "s t", "");
    assert_sends(&peer, "SDS s t");
    peer_state(&peer, "SDS s 2; SDS t 2");
    peer_delta(&peer, XDS_SECRET, peer_nonce(&peer, XDS_SECRET), "", "t");
    assert_sends(&peer, "SDS s");
    peer_close(&peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wildcard_gets_all_and_then_what_changed_and_what_is_gone),
        cmocka_unit_test(a_wildcard_is_answered_even_with_nothing),
        cmocka_unit_test(a_subscription_is_always_answered_at_once_for_what_is_not_there_too),
        cmocka_unit_test(a_name_given_up_hears_nothing_more),
        cmocka_unit_test(a_name_given_up_under_a_wildcard_is_answered),
        cmocka_unit_test(a_star_given_again_brings_all_again),
        cmocka_unit_test(a_name_twice_is_answered_once),
        cmocka_unit_test(a_star_given_up_leaves_the_names),
        cmocka_unit_test(a_name_beside_an_unspoken_wildcard_keeps_it),
        cmocka_unit_test(an_old_nonce_still_changes_the_subscription),
        cmocka_unit_test(one_response_of_a_type_is_under_way),
        cmocka_unit_test(a_refused_change_is_not_sent_again_by_itself),
        cmocka_unit_test(what_was_refused_comes_again_with_a_removal),
        cmocka_unit_test(a_removal_that_was_refused_comes_again_with_a_change),
        cmocka_unit_test(a_client_that_comes_back_hears_differences_and_removals_alone),
        cmocka_unit_test(a_client_that_comes_back_with_all_hears_nothing),
        cmocka_unit_test(endpoints_are_sent_again_after_a_cds_on_the_stream),
        cmocka_unit_test(a_cluster_gone_meanwhile_leaves_after_the_routes_of_the_reconnect),
        cmocka_unit_test(a_removed_cluster_and_its_endpoints_leave_last),
        cmocka_unit_test(a_cluster_that_came_back_before_it_left_never_left),
        cmocka_unit_test(a_cluster_that_came_back_is_told_again_if_it_was_refused),
        cmocka_unit_test(a_refused_cluster_that_came_and_went_again_is_removed),
        cmocka_unit_test(a_cluster_that_leaves_is_not_brought_up_to_date),
        cmocka_unit_test(a_changed_cluster_brings_its_endpoints_after_it),
        cmocka_unit_test(a_listener_removed_and_added_again_gets_its_routes),
        cmocka_unit_test(a_removed_cluster_that_was_refused_does_not_spoil_what_comes_meanwhile),
        cmocka_unit_test(a_cluster_removed_and_added_again_gets_its_endpoints),
        cmocka_unit_test(a_removed_resource_that_is_made_again_is_sent_again),
        cmocka_unit_test(changes_and_requests_pile_up_to_one_response_of_each_type),
        cmocka_unit_test(nothing_is_sent_for_a_name_that_was_given_up_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
