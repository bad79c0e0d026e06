/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "arena.h"
#include "scratch.h"
#include "store.h"

#define US_WEST ((struct scope){"123456789012", "us-west-2"})

struct fixture {
    struct scratch scratch;
    struct arena arena;
    struct store *store;
    struct store_txn *batch;
    uint64_t scope, mesh;
    struct buffer heard; /* all that the listener was told, a line each */
};

static void hear(void *context, struct store_changes *changes)
{
    struct fixture *fixture = context;
    if (changes->is_all)
        buffer_text(&fixture->heard, "all\n");
    for (size_t i = 0; !changes->is_all && i < changes->count; i++) {
        const struct store_change *change = &changes->items[i];
        buffer_printf(&fixture->heard, "%s %s", change->scope.account, change->scope.region);
        if (change->path.kind == KIND_NONE)
            buffer_printf(&fixture->heard, " %s/%s", change->namespace_name, change->service);
        for (enum kind kind = 0; kind < KIND_COUNT; kind++)
            if (change->path.names[kind])
                buffer_printf(&fixture->heard, " %s=%s", kinds[kind].member,
                              change->path.names[kind]);
        buffer_text(&fixture->heard, "\n");
    }
    store_changes_free(changes);
}

static uint64_t put(struct store_txn *txn, enum kind kind, uint64_t parent, const char *name)
{
    uint64_t id;
    assert_int_equal(store_put(txn, kind, parent, name, 0, BYTES("{\"a\":1"), BYTES("{}"), &id),
                     OK);
    return id;
}

static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    const char *reason = "";
    scratch_make(&fixture->scratch);
    const struct store_options options = {.directory = fixture->scratch.path,
                                          .durability = STORE_PROCESS,
                                          .map_size = (uint64_t)64 << 30};
    fixture->store = store_open(&options, &fixture->arena, &reason);
    assert_string_equal(reason, "");
    store_listen(fixture->store, hear, fixture);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    assert_int_equal(store_scope_make(fixture->batch, &US_WEST, &fixture->scope), OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    store_close(fixture->store);
    scratch_clear(&fixture->scratch);
    arena_clear(&fixture->arena);
    buffer_clear(&fixture->heard);
    free(fixture);
    return 0;
}

static void commit(struct fixture *fixture)
{
    buffer_text(&fixture->heard, "");
    assert_int_equal(store_end(fixture->batch, OK), OK);
}

static void a_commit_tells_what_was_put_and_deleted_with_all_names(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t mesh = put(fixture->batch, KIND_MESH, fixture->scope, "m");
    const uint64_t router = put(fixture->batch, KIND_VIRTUAL_ROUTER, mesh, "r");
    put(fixture->batch, KIND_ROUTE, router, "a");
    assert_int_equal(store_delete(fixture->batch, KIND_ROUTE, router, "a"), OK);
    assert_int_equal(store_delete(fixture->batch, KIND_VIRTUAL_ROUTER, mesh, "r"), OK);
    commit(fixture);
    assert_string_equal(fixture->heard.data,
                        "123456789012 us-west-2 mesh=m\n"
                        "123456789012 us-west-2 mesh=m virtualRouter=r\n"
                        "123456789012 us-west-2 mesh=m virtualRouter=r route=a\n"
                        "123456789012 us-west-2 mesh=m virtualRouter=r route=a\n"
                        "123456789012 us-west-2 mesh=m virtualRouter=r\n");
}

static void a_failed_child_has_changed_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *child;
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    put(child, KIND_MESH, fixture->scope, "kept");
    assert_int_equal(store_child_end(child, OK), OK);
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    put(child, KIND_MESH, fixture->scope, "lost");
    assert_int_equal(store_reset(child), OK);
    assert_int_equal(store_child_end(child, ERR_CONFLICT), ERR_CONFLICT);
    commit(fixture);
    assert_string_equal(fixture->heard.data, "123456789012 us-west-2 mesh=kept\n");
}

static void an_aborted_batch_tells_nothing(void **state)
{
    struct fixture *fixture = *state;
    put(fixture->batch, KIND_MESH, fixture->scope, "m");
    assert_int_equal(store_end(fixture->batch, ERR_INTERNAL), ERR_INTERNAL);
    assert_int_equal(fixture->heard.size, 0);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    commit(fixture);
    assert_string_equal(fixture->heard.data, "");
}

static void a_reset_tells_that_anything_may_have_changed(void **state)
{
    struct fixture *fixture = *state;
    put(fixture->batch, KIND_MESH, fixture->scope, "m");
    assert_int_equal(store_reset(fixture->batch), OK);
    commit(fixture);
    assert_string_equal(fixture->heard.data, "all\n");
}

static void more_changes_than_are_worth_telling_are_all(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i <= STORE_CHANGES_MAX; i++)
        store_note_instances(fixture->batch, &US_WEST, "space", "service");
    commit(fixture);
    assert_string_equal(fixture->heard.data, "all\n");
}

static void instances_are_told_by_their_service(void **state)
{
    struct fixture *fixture = *state;
    store_note_instances(fixture->batch, &US_WEST, "space", "service");
    commit(fixture);
    assert_string_equal(fixture->heard.data, "123456789012 us-west-2 space/service\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_commit_tells_what_was_put_and_deleted_with_all_names),
        TEST(a_failed_child_has_changed_nothing),
        TEST(an_aborted_batch_tells_nothing),
        TEST(a_reset_tells_that_anything_may_have_changed),
        TEST(more_changes_than_are_worth_telling_are_all),
        TEST(instances_are_told_by_their_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
