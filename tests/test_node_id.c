/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "arena.h"
#include "node_id.h"
#include "scratch.h"

static void a_node_id_or_arn_says_mesh_kind_and_name(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        enum kind kind;
        const char *mesh, *name, *owner, *account, *region;
    } rows[] = {
        {"mesh/m/virtualNode/n",                                                KIND_VIRTUAL_NODE,    "m",              "n",   NULL, NULL,           NULL        },
        {"mesh/m/virtualGateway/g",                                             KIND_VIRTUAL_GATEWAY, "m",              "g",   NULL, NULL,           NULL        },
        {"mesh/m@123456789012/virtualNode/n",                                   KIND_VIRTUAL_NODE,    "m@123456789012", "n",
         "123456789012",                                                                                                             NULL,           NULL        },
        {"mesh/m@12345678901/virtualNode/n",                                    KIND_VIRTUAL_NODE,    "m@12345678901",  "n",   NULL, NULL,
         NULL                                                                                                                                                    },
        {"mesh/@123456789012/virtualNode/n",                                    KIND_VIRTUAL_NODE,    "@123456789012",  "n",   NULL, NULL,
         NULL                                                                                                                                                    },
        {"mesh/m/virtualNode/a:b",                                              KIND_VIRTUAL_NODE,    "m",              "a:b", NULL, NULL,           NULL        },
        {"arn:aws:appmesh:eu-west-1:111122223333:mesh/m/virtualNode/n",         KIND_VIRTUAL_NODE,    "m",              "n",
         NULL,                                                                                                                       "111122223333", "eu-west-1" },
        {"arn:aws-cn:appmesh:cn-north-1:111122223333:mesh/m:x/virtualNode/n:y", KIND_VIRTUAL_NODE,
         "m:x",                                                                                                         "n:y", NULL, "111122223333", "cn-north-1"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct node_id id;
        assert_true(node_id_parse(&arena, rows[i].id, &id));
        assert_int_equal(id.kind, rows[i].kind);
        assert_string_equal(id.mesh, rows[i].mesh);
        assert_string_equal(id.name, rows[i].name);
#define ASSERT_SAME(a, b) assert_string_equal((a) ? (a) : "none", (b) ? (b) : "none")
        ASSERT_SAME(id.owner, rows[i].owner);
        ASSERT_SAME(id.arn_account, rows[i].account);
        ASSERT_SAME(id.arn_region, rows[i].region);
        arena_clear(&arena);
    }
}

static void anything_else_is_no_node_id(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "",
        "mesh",
        "mesh/m",
        "mesh/m/virtualNode",
        "mesh/m/virtualNode/",
        "mesh//virtualNode/n",
        "mesh/m/virtualNode/n/more",
        "mesh/m/virtualRouter/r",
        "mesh/m/virtualnode/n",
        "/mesh/m/virtualNode/n",
        "arn:aws:appmesh:eu-west-1:mesh/m/virtualNode/n",
        "arn:aws:ecs:eu-west-1:111122223333:mesh/m/virtualNode/n",
        "arn:aws:appmesh:eu-west-1:1111:mesh/m/virtualNode/n",
        "arn:aws:appmesh::111122223333:mesh/m/virtualNode/n",
    };
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct arena arena = {0};
        struct node_id id;
        if (node_id_parse(&arena, ids[i], &id))
            fail_msg("taken: %s", ids[i]);
        arena_clear(&arena);
    }
}

/* ---- where it is ---- */

#define HOME ((struct scope){"123456789012", "us-west-2"})

struct world {
    struct scratch scratch;
    struct arena arena;
    struct store *store;
    struct store_txn *txn;
};

static uint64_t put(struct world *world, enum kind kind, uint64_t parent, const char *name)
{
    uint64_t id;
    assert_int_equal(
        store_put(world->txn, kind, parent, name, 0, BYTES("{\"a\":1"), BYTES("{}"), &id), OK);
    return id;
}

static void put_node(struct world *world, const char *account, const char *region, const char *mesh,
                     const char *name)
{
    uint64_t scope;
    assert_int_equal(store_scope_make(world->txn, &(struct scope){account, region}, &scope), OK);
    const uint64_t id = put(world, KIND_MESH, scope, mesh);
    if (name)
        put(world, KIND_VIRTUAL_NODE, id, name);
}

static int setup(void **state)
{
    struct world *world = memory_new(sizeof *world);
    const char *reason = "";
    scratch_make(&world->scratch);
    const struct store_options options = {.directory = world->scratch.path,
                                          .durability = STORE_PROCESS,
                                          .map_size = (uint64_t)64 << 30};
    world->store = store_open(&options, &world->arena, &reason);
    assert_string_equal(reason, "");
    assert_int_equal(store_begin(world->store, &world->txn), OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    assert_int_equal(store_end(world->txn, ERR_INTERNAL), ERR_INTERNAL);
    store_close(world->store);
    scratch_clear(&world->scratch);
    arena_clear(&world->arena);
    free(world);
    return 0;
}

/* "account/region mesh", with "!" if it is elsewhere; or the error's message. */
static const char *find(struct world *world, const char *text, const char *region)
{
    struct node_id id;
    struct node_place place;
    struct error error = {.arena = &world->arena};
    assert_true(node_id_parse(&world->arena, text, &id));
    if (node_id_find(world->txn, &world->arena, &id, &HOME, region, &place, &error) != OK)
        return error.message;
    return arena_printf(&world->arena, "%s/%s %s%s", place.scope.account, place.scope.region,
                        place.mesh, place.is_elsewhere ? "!" : "");
}

static void a_short_id_is_looked_up_at_home(void **state)
{
    struct world *world = *state;
    put_node(world, "123456789012", "us-west-2", "m", "n");
    put_node(world, "123456789012", "eu-west-1", "m", "n");
    put_node(world, "111122223333", "us-west-2", "m", "n");
    assert_string_equal(find(world, "mesh/m/virtualNode/n", ""), "123456789012/us-west-2 m");
    assert_string_equal(find(world, "mesh/m/virtualNode/n", "eu-west-1"),
                        "123456789012/eu-west-1 m");
    assert_string_equal(find(world, "mesh/m@111122223333/virtualNode/n", ""),
                        "111122223333/us-west-2 m");
}

static void a_mesh_of_the_literal_name_comes_before_an_owner(void **state)
{
    struct world *world = *state;
    put_node(world, "111122223333", "us-west-2", "m", "n");
    put_node(world, "111122223333", "us-west-2", "m@111122223333", "n");
    assert_string_equal(find(world, "mesh/m@111122223333/virtualNode/n", ""),
                        "111122223333/us-west-2 m@111122223333");
}

static void the_only_other_place_serves_a_short_id(void **state)
{
    struct world *world = *state;
    put_node(world, "123456789012", "us-west-2", "m", NULL);
    put_node(world, "111122223333", "eu-west-1", "m", "n");
    assert_string_equal(find(world, "mesh/m/virtualNode/n", ""), "111122223333/eu-west-1 m!");
}

static void an_arn_says_where_it_is(void **state)
{
    struct world *world = *state;
    put_node(world, "111122223333", "eu-west-1", "m", "n");
    assert_string_equal(
        find(world, "arn:aws:appmesh:eu-west-1:111122223333:mesh/m/virtualNode/n", "us-east-1"),
        "111122223333/eu-west-1 m");
    assert_string_equal(
        find(world, "arn:aws:appmesh:eu-west-1:999999999999:mesh/m/virtualNode/n", ""),
        "VirtualNode n of mesh m is not in account 999999999999, region eu-west-1; a mesh of this "
        "name is in 111122223333/eu-west-1");
}

static void a_failure_names_each_place_with_such_a_mesh(void **state)
{
    struct world *world = *state;
    assert_string_equal(find(world, "mesh/m/virtualNode/n", ""),
                        "VirtualNode n of mesh m is not in account 123456789012, region us-west-2; "
                        "there is no mesh of this name");
    put_node(world, "123456789012", "us-west-2", "m", NULL);
    put_node(world, "111122223333", "eu-west-1", "m", "n");
    put_node(world, "111122223333", "us-east-1", "m", "n");
    assert_string_equal(find(world, "mesh/m/virtualNode/n", ""),
                        "VirtualNode n of mesh m is not in account 123456789012, region us-west-2; "
                        "a mesh of this name is in 111122223333/eu-west-1, 111122223333/us-east-1, "
                        "123456789012/us-west-2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_id_or_arn_says_mesh_kind_and_name),
        cmocka_unit_test(anything_else_is_no_node_id),
        TEST(a_short_id_is_looked_up_at_home),
        TEST(a_mesh_of_the_literal_name_comes_before_an_owner),
        TEST(the_only_other_place_serves_a_short_id),
        TEST(an_arn_says_where_it_is),
        TEST(a_failure_names_each_place_with_such_a_mesh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
