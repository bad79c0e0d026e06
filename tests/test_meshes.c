/* SPDX-License-Identifier: Apache-2.0
 *
 * Proxies of a mesh in a store, and the changes that reach them; no streams.
 */
#include "test.h"

#include "log.h"
#include "meshes.h"
#include "scratch.h"

static const struct scope home = {"123456789012", "us-west-2"};

#define ENVELOPE "{\"a\":1"

/* front -> service back -> node back; other calls nobody. */
#define NODE                                                                                       \
    "\"listeners\":[{\"portMapping\":{\"port\":%d,\"protocol\":\"http\"}}],"                       \
    "\"serviceDiscovery\":{\"dns\":{\"hostname\":\"h\"}}"
#define BACKEND "\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"back\"}}]"
#define SERVICE "{\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"back\"}}}"

struct world {
    struct scratch scratch;
    struct arena arena;
    struct store *store;
    struct store_txn *batch;
    struct meshes *meshes;
    struct store_changes *changes; /* of the last commit, not yet applied */
    uint64_t scope, mesh;
    struct buffer told; /* "name status" of each proxy that was told, joined by ", " */
};

/* ---- the store ---- */

static void hear(void *context, struct store_changes *changes)
{
    struct world *world = context;
    store_changes_free(world->changes);
    world->changes = changes;
}

static uint64_t put(struct world *world, enum kind kind, uint64_t parent, const char *name,
                    const char *spec)
{
    struct store_row row;
    uint64_t id = 0;
    if (store_get(world->batch, kind, parent, name, &row) == OK)
        id = row.id;
    assert_int_equal(
        store_put(world->batch, kind, parent, name, id, BYTES(ENVELOPE), bytes_of(spec), &id), OK);
    return id;
}

static void put_node(struct world *world, const char *name, int port, bool has_backend)
{
    const char *members = arena_printf(&world->arena, NODE, port);
    put(world, KIND_VIRTUAL_NODE, world->mesh, name,
        arena_printf(&world->arena, "{%s%s%s}", members, has_backend ? "," : "",
                     has_backend ? BACKEND : ""));
}

static void delete_node(struct world *world, const char *name)
{
    assert_int_equal(store_delete(world->batch, KIND_VIRTUAL_NODE, world->mesh, name), OK);
}

static void put_mesh(struct world *world)
{
    assert_int_equal(store_scope_make(world->batch, &home, &world->scope), OK);
    world->mesh = put(world, KIND_MESH, world->scope, "m", "{}");
    put_node(world, "back", 8080, false);
    put_node(world, "front", 9090, true);
    put_node(world, "other", 7070, false);
    put(world, KIND_VIRTUAL_SERVICE, world->mesh, "back", SERVICE);
}

static void begin(struct world *world)
{
    assert_int_equal(store_begin(world->store, &world->batch), OK);
}

static void commit(struct world *world)
{
    assert_int_equal(store_end(world->batch, OK), OK);
}

/* ---- proxies ---- */

static enum status join(struct world *world, const char *name, struct served_proxy **out)
{
    static const char *const values[SETTING_COUNT];
    struct error error = {.arena = &world->arena};
    bool is_elsewhere;
    const struct meshes_query query = {arena_printf(&world->arena, "mesh/m/virtualNode/%s", name),
                                       "", values};
    return meshes_join(world->meshes, &query, out, &is_elsewhere, &error);
}

static struct served_proxy *joined(struct world *world, const char *name)
{
    struct served_proxy *proxy;
    assert_int_equal(join(world, name, &proxy), OK);
    return proxy;
}

/* Who is served no longer leaves at once, as streams do. */
static void tell(void *context, struct served_proxy *proxy, enum status status, const char *message)
{
    struct world *world = context;
    assert_int_equal(status == OK, message == NULL);
    buffer_printf(&world->told, "%s%s %s", world->told.size > 0 ? ", " : "", proxy->proxy.name,
                  status == OK ? "again" : "no more");
    if (status != OK)
        meshes_leave(world->meshes, proxy);
}

/* What the changes of the last commit led to. */
static const char *apply(struct world *world)
{
    buffer_clear(&world->told);
    buffer_text(&world->told, "");
    meshes_apply(world->meshes, world->changes, tell, world);
    store_changes_free(world->changes);
    world->changes = NULL;
    return world->told.data;
}

/* ---- worlds ---- */

static int setup(void **state)
{
    struct world *world = memory_new(sizeof(*world));
    const char *reason = "";
    scratch_make(&world->scratch);
    const struct store_options options = {.directory = world->scratch.path,
                                          .durability = STORE_PROCESS,
                                          .map_size = (uint64_t)64 << 30};
    world->store = store_open(&options, &world->arena, &reason);
    assert_string_equal(reason, "");
    const struct meshes_sources sources = {
        .fallback = &home,
        .certificates = certificates_load(NULL, NULL, &world->arena, &reason),
    };
    world->meshes = meshes_new(world->store, &sources);
    store_listen(world->store, hear, world);
    begin(world);
    put_mesh(world);
    commit(world);
    *state = world;
    return 0;
}

/* meshes_free asserts that no mesh is left. */
static int teardown(void **state)
{
    struct world *world = *state;
    meshes_free(world->meshes);
    store_changes_free(world->changes);
    store_close(world->store);
    scratch_clear(&world->scratch);
    arena_clear(&world->arena);
    buffer_clear(&world->told);
    free(world);
    return 0;
}

/* ---- joining ---- */

static void streams_of_one_node_share_a_proxy_and_the_last_takes_its_mesh_along(void **state)
{
    struct world *world = *state;
    struct served_proxy *first = joined(world, "front"), *second = joined(world, "front");
    struct served_proxy *other = joined(world, "other");
    assert_ptr_equal(first, second);
    assert_ptr_equal(first->mesh, other->mesh);
    meshes_leave(world->meshes, first);
    meshes_leave(world->meshes, other);
    assert_non_null(snapshot_find(second->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8080"));
    meshes_leave(world->meshes, second);
}

static void what_is_not_there_leaves_nothing_behind(void **state)
{
    struct world *world = *state;
    struct served_proxy *proxy;
    assert_int_equal(join(world, "none", &proxy), ERR_NOT_FOUND);
    begin(world);
    assert_int_equal(store_delete(world->batch, KIND_VIRTUAL_SERVICE, world->mesh, "back"), OK);
    commit(world);
    meshes_leave(world->meshes, joined(world, "front")); /* its backend is not served */
}

/* The letter with the change may come after the first request of its proxy. */
static void a_node_is_served_though_its_change_was_not_told_yet(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front");
    begin(world);
    put_node(world, "new", 6060, true);
    commit(world);
    struct served_proxy *fresh = joined(world, "new");
    assert_non_null(snapshot_find(fresh->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8080"));
    assert_string_equal(apply(world), "new again, front again");
    begin(world);
    put_node(world, "back", 8081, false);
    commit(world);
    assert_string_equal(apply(world), "new again, front again");
    meshes_leave(world->meshes, fresh);
    meshes_leave(world->meshes, front);
}

static void a_proxy_is_shared_still_when_its_mesh_was_read_anew_for_another(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front");
    begin(world);
    put_node(world, "new", 6060, false);
    commit(world);
    struct served_proxy *fresh = joined(world, "new");
    assert_ptr_equal(joined(world, "front"), front);
    meshes_leave(world->meshes, front);
    const char *told = apply(world);
    assert_non_null(strstr(told, "front again"));
    assert_non_null(strstr(told, "new again"));
    assert_ptr_equal(joined(world, "front"), front);
    meshes_leave(world->meshes, front);
    meshes_leave(world->meshes, front);
    meshes_leave(world->meshes, fresh);
}

/* ---- changes ---- */

static void only_who_reads_what_changed_is_translated_again(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front"), *other = joined(world, "other");
    begin(world);
    put_node(world, "back", 8081, false);
    commit(world);
    assert_string_equal(apply(world), "front again");
    assert_non_null(snapshot_find(front->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8081"));
    begin(world);
    put_node(world, "unrelated", 6060, false);
    commit(world);
    assert_string_equal(apply(world), "");
    begin(world);
    put(world, KIND_MESH, world->scope, "m", "{\"egressFilter\":{\"type\":\"ALLOW_ALL\"}}");
    commit(world);
    assert_string_equal(apply(world), "other again, front again");
    meshes_leave(world->meshes, front);
    meshes_leave(world->meshes, other);
}

static void what_was_read_as_absent_is_told_when_it_is_made(void **state)
{
    struct world *world = *state;
    begin(world);
    assert_int_equal(store_delete(world->batch, KIND_VIRTUAL_SERVICE, world->mesh, "back"), OK);
    commit(world);
    struct served_proxy *front = joined(world, "front");
    assert_null(snapshot_find(front->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8080"));
    begin(world);
    put(world, KIND_VIRTUAL_SERVICE, world->mesh, "back", SERVICE);
    commit(world);
    assert_string_equal(apply(world), "front again");
    assert_non_null(snapshot_find(front->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8080"));
    meshes_leave(world->meshes, front);
}

static void a_node_that_goes_takes_its_proxy_along_and_no_other(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front"), *proxy;
    joined(world, "other");
    begin(world);
    delete_node(world, "other");
    commit(world);
    assert_string_equal(apply(world), "other no more");
    assert_int_equal(join(world, "other", &proxy), ERR_NOT_FOUND);
    meshes_leave(world->meshes, front);
}

/* Judged by what a read after the commit holds. */
static void a_node_deleted_and_made_again_at_once_keeps_its_proxy(void **state)
{
    struct world *world = *state;
    struct served_proxy *other = joined(world, "other");
    begin(world);
    delete_node(world, "other");
    put_node(world, "other", 7071, false);
    commit(world);
    assert_string_equal(apply(world), "other again");
    assert_non_null(snapshot_find(other->snapshot, XDS_CLUSTER, "cds_ingress_m_other_http_7071"));
    meshes_leave(world->meshes, other);
}

static void a_reset_ends_all_and_a_state_put_back_ends_none(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front");
    joined(world, "other");
    begin(world);
    assert_int_equal(store_reset(world->batch), OK);
    put_mesh(world);
    delete_node(world, "other");
    commit(world);
    assert_string_equal(apply(world), "other no more, front again");
    begin(world);
    put_node(world, "back", 8081, false);
    commit(world);
    assert_string_equal(apply(world), "front again");
    begin(world);
    assert_int_equal(store_reset(world->batch), OK);
    commit(world);
    assert_string_equal(apply(world), "front no more");
    assert_int_equal(join(world, "front", &front), ERR_NOT_FOUND);
}

static void anything_may_have_changed_is_everything_read_anew(void **state)
{
    struct world *world = *state;
    struct served_proxy *front = joined(world, "front"), *other = joined(world, "other");
    begin(world);
    put_node(world, "back", 8081, false);
    commit(world);
    world->changes->is_all = true;
    world->changes->count = 0;
    assert_string_equal(apply(world), "other again, front again");
    assert_non_null(snapshot_find(front->snapshot, XDS_CLUSTER, "cds_egress_m_back_http_8081"));
    meshes_leave(world->meshes, front);
    meshes_leave(world->meshes, other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(streams_of_one_node_share_a_proxy_and_the_last_takes_its_mesh_along),
        TEST(what_is_not_there_leaves_nothing_behind),
        TEST(a_node_is_served_though_its_change_was_not_told_yet),
        TEST(a_proxy_is_shared_still_when_its_mesh_was_read_anew_for_another),
        TEST(only_who_reads_what_changed_is_translated_again),
        TEST(what_was_read_as_absent_is_told_when_it_is_made),
        TEST(a_node_that_goes_takes_its_proxy_along_and_no_other),
        TEST(a_node_deleted_and_made_again_at_once_keeps_its_proxy),
        TEST(a_reset_ends_all_and_a_state_put_back_ends_none),
        TEST(anything_may_have_changed_is_everything_read_anew),
    };
    log_configure(LOG_OFF, LOG_TEXT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
