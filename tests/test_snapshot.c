/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <google/protobuf/duration.pb-c.h>

#include "snapshot.h"

/* Any message will do: a duration of so many seconds. */
static void add(struct snapshot *snapshot, enum xds_type type, const char *name, int64_t content,
                const struct xds_use *uses, size_t use_count)
{
    Google__Protobuf__Duration message = GOOGLE__PROTOBUF__DURATION__INIT;
    message.seconds = content;
    snapshot_add(snapshot, type, name, &message.base, uses, use_count);
}

struct contents {
    int cluster, endpoints, listener, routes, secret;
};

static struct snapshot *snapshot_of(struct contents contents)
{
    static const struct xds_use of_cluster[] = {
        {XDS_ENDPOINT, "c"},
        {XDS_SECRET,   "s"}
    };
    static const struct xds_use of_listener[] = {
        {XDS_ROUTE,   "r"},
        {XDS_CLUSTER, "c"}
    };
    static const struct xds_use of_routes[] = {
        {XDS_CLUSTER, "c"   },
        {XDS_CLUSTER, "gone"}
    };
    struct snapshot *snapshot = snapshot_new();
    add(snapshot, XDS_ROUTE, "r", contents.routes, of_routes, COUNT(of_routes));
    add(snapshot, XDS_LISTENER, "l", contents.listener, of_listener, COUNT(of_listener));
    add(snapshot, XDS_CLUSTER, "c", contents.cluster, of_cluster, COUNT(of_cluster));
    add(snapshot, XDS_ENDPOINT, "c", contents.endpoints, NULL, 0);
    add(snapshot, XDS_SECRET, "s", contents.secret, NULL, 0);
    snapshot_finish(snapshot);
    return snapshot;
}

static bool is_same_version(const struct snapshot *a, const struct snapshot *b, enum xds_type type)
{
    return a->types[type].items[0].version == b->types[type].items[0].version;
}

/* Envoy waits again for what a changed cluster or listener names, so that must look changed too. */
static void a_version_covers_those_that_warm_with_it(void **state)
{
    static const struct {
        struct contents contents;
        bool same[XDS_TYPE_COUNT]; /* in the order CDS, EDS, LDS, RDS, SDS */
    } rows[] = {
        {{1, 1, 1, 1, 1}, {true, true, true, true, true}   },
        {{2, 1, 1, 1, 1}, {false, false, true, true, false}},
        {{1, 2, 1, 1, 1}, {true, false, true, true, true}  },
        {{1, 1, 2, 1, 1}, {true, true, false, false, true} },
        {{1, 1, 1, 2, 1}, {true, true, true, false, true}  },
        {{1, 1, 1, 1, 2}, {true, true, true, true, false}  },
    };
    struct snapshot *before = snapshot_of(rows[0].contents);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *after = snapshot_of(rows[i].contents);
        for (enum xds_type type = XDS_CLUSTER; type < XDS_TYPE_COUNT; type++)
            assert_int_equal(is_same_version(before, after, type), rows[i].same[type]);
        snapshot_unref(after);
    }
    snapshot_unref(before);
}

static void resources_are_sorted_and_found_by_name(void **state)
{
    static const char *const names[] = {"b", "d", "a", "c"};
    struct snapshot *snapshot = snapshot_new();
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        add(snapshot, XDS_CLUSTER, names[i], (int64_t)i, NULL, 0);
    snapshot_finish(snapshot);
    assert_int_equal(snapshot->types[XDS_CLUSTER].count, COUNT(names));
    assert_string_equal(snapshot->types[XDS_CLUSTER].items[0].name, "a");
    assert_string_equal(snapshot->types[XDS_CLUSTER].items[3].name, "d");
    for (size_t i = 0; i < COUNT(names); i++)
        assert_string_equal(snapshot_find(snapshot, XDS_CLUSTER, names[i])->name, names[i]);
    assert_null(snapshot_find(snapshot, XDS_CLUSTER, "e"));
    assert_null(snapshot_find(snapshot, XDS_LISTENER, "a"));
    snapshot_unref(snapshot);
}

static void a_snapshot_lives_until_its_last_reference_goes(void **state)
{
    struct snapshot *snapshot = snapshot_new();
    (void)state;
    snapshot_warn(snapshot, "first");
    snapshot_warn(snapshot, "second");
    snapshot_warn(snapshot, "first");
    assert_ptr_equal(snapshot_ref(snapshot), snapshot);
    snapshot_unref(snapshot);
    assert_int_equal(snapshot->warning_count, 2);
    assert_string_equal(snapshot->warnings[1], "second");
    snapshot_unref(snapshot);
    snapshot_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_covers_those_that_warm_with_it),
        cmocka_unit_test(resources_are_sorted_and_found_by_name),
        cmocka_unit_test(a_snapshot_lives_until_its_last_reference_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
