/* SPDX-License-Identifier: Apache-2.0
 *
 * How requests are read, refused and answered.
 */
#include "api_world.h"

static void make_mesh(void)
{
    assert_int_equal(ask("PUT", MESHES, "{\"meshName\":\"m\"}"), 200);
}

static void make_node(const char *name, const char *spec)
{
    const char *body =
        arena_printf(&world.arena, "{\"virtualNodeName\":\"%s\",\"spec\":%s}", name, spec);
    assert_int_equal(ask("PUT", MESHES "/m/virtualNodes", body), 200);
}

static void a_mesh_lives_from_create_to_delete(void **state)
{
    (void)state;
    make_mesh();
    assert_int_equal(ask("GET", MESHES "/m", ""), 200);
    assert_string_equal(json_string(world.body, "meshName"), "m");
    assert_int_equal(version(), 1);
    assert_int_equal(
        ask("PUT", MESHES "/m", "{\"spec\":{\"egressFilter\":{\"type\":\"DROP_ALL\"}}}"), 200);
    assert_int_equal(version(), 2);
    assert_int_equal(ask("DELETE", MESHES "/m", ""), 200);
    assert_string_equal(json_string(json_member(world.body, "status"), "status"), "DELETED");
    assert_int_equal(version(), 2);
    assert_int_equal(ask("GET", MESHES "/m", ""), 404);
    assert_string_equal(world.error_type, "NotFoundException");
    assert_string_equal(message(), "Mesh with name m is not present for account 123456789012");
}

static void deleting_a_mesh_with_nodes_is_refused(void **state)
{
    (void)state;
    make_mesh();
    make_node("n", "{}");
    assert_int_equal(ask("DELETE", MESHES "/m", ""), 409);
    assert_string_equal(message(),
                        "Mesh m for account 123456789012 has active VirtualNodes, please "
                        "delete VirtualNodes before deleting the Mesh");
}

static void a_service_that_a_backend_named_first_starts_at_version_2(void **state)
{
    (void)state;
    make_mesh();
    make_node("n", "{\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"s\"}}]}");
    assert_int_equal(ask("GET", MESHES "/m/virtualServices/s", ""), 404);
    assert_int_equal(
        ask("PUT", MESHES "/m/virtualServices", "{\"virtualServiceName\":\"s\",\"spec\":{}}"), 200);
    assert_int_equal(version(), 2);
}

static void a_failed_write_leaves_its_batch_alone(void **state)
{
    (void)state;
    make_mesh();
    assert_int_equal(ask("PUT", MESHES, "{\"meshName\":\"m\"}"), 409);
    assert_string_equal(message(), "Mesh with name m already exists");
    assert_int_equal(ask("PUT", MESHES, "{\"meshName\":\"m2\"}"), 200);
}

static void a_repeated_token_has_one_effect(void **state)
{
    (void)state;
    const char *create = "{\"meshName\":\"m\",\"clientToken\":\"t\"}";
    assert_int_equal(ask("PUT", MESHES, create), 200);
    assert_int_equal(ask("PUT", MESHES, create), 200);
    assert_int_equal(version(), 1);
    assert_int_equal(ask("PUT", MESHES,
                         "{\"meshName\":\"m\",\"clientToken\":\"t\","
                         "\"spec\":{\"egressFilter\":{\"type\":\"DROP_ALL\"}}}"),
                     409);
    assert_string_equal(message(),
                        "The client token was already used with a different specification");
}

static const struct {
    const char *method, *target, *body;
    int status;
    const char *type, *message;
} refused[] = {
    {"GET",  "/",                                "",                                           404, "UnknownOperationException", "No operation answers GET /"       },
    {"POST", MESHES,                             "",                                           404, "UnknownOperationException", "No operation answers POST " MESHES},
    {"PUT",  MESHES,                             "{",                                          400, "SerializationException",    NULL                               },
    {"PUT",  MESHES,                             "{\"meshName\":1}",                           400, "SerializationException",    NULL                               },
    {"PUT",  MESHES,                             "",                                           400, "BadRequestException",
     "1 validation error detected: Value null at 'meshName' failed to satisfy constraint: Member "
     "must not be null"                                                                                                                                             },
    {"GET",  MESHES "/",                         "",                                           400, "BadRequestException",
     "1 validation error detected: Value '' at 'meshName' failed to satisfy constraint: Member "
     "must have length greater than or equal to 1"                                                                                                                  },
    {"GET",  MESHES "/a%2Fb",                    "",                                           400, "BadRequestException",       NULL                               },
    {"GET",  MESHES "?limit=0",                  "",                                           400, "BadRequestException",
     "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must "
     "have value greater than or equal to 1"                                                                                                                        },
    {"GET",  MESHES "?nextToken=AAAA",           "",                                           400, "BadRequestException",       "Invalid nextToken"                },
    {"GET",  MESHES "/m?meshOwner=999999999999", "",                                           403, "ForbiddenException",        NULL                               },
    {"PUT",  "/v20190125/tag?resourceArn=x",     "{\"tags\":[]}",                              400, "BadRequestException",
     "x is an invalid ARN."                                                                                                                                         },
    {"PUT",  MESHES,                             "{\"meshName\":\"m\",\"clientToken\":\"!\"}", 400, "BadRequestException",       NULL                               },
};

static void a_bad_request_is_refused_by_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        assert_int_equal(ask(refused[i].method, refused[i].target, refused[i].body),
                         refused[i].status);
        assert_string_equal(world.error_type, refused[i].type);
        if (refused[i].message)
            assert_string_equal(message(), refused[i].message);
    }
}

/* Another client's read of the same round must not show it the time before its write. */
static void who_is_told_of_a_write_reads_it_at_once(void **state)
{
    (void)state;
    struct http_request write = request_of("PUT", MESHES, "{\"meshName\":\"m\"}");
    struct http_request read = request_of("GET", MESHES "/m", "");
    api_dispatch(world.api, &write);
    assert_int_equal(ask("GET", MESHES "/m", ""), 404);
    world.then = &read;
    await_answer();
    assert_int_equal(world.status, 200);
}

static void a_list_goes_on_where_its_token_says(void **state)
{
    (void)state;
    for (char name = 'a'; name <= 'e'; name++)
        assert_int_equal(
            ask("PUT", MESHES, arena_printf(&world.arena, "{\"meshName\":\"%c\"}", name)), 200);
    assert_int_equal(ask("GET", MESHES "?limit=2", ""), 200);
    assert_int_equal(json_size(json_member(world.body, "meshes")), 2);
    const char *token = arena_printf(&world.arena, MESHES "?limit=3&nextToken=%s",
                                     json_string(world.body, "nextToken"));
    assert_int_equal(ask("DELETE", MESHES "/b", ""), 200);
    assert_int_equal(ask("GET", token, ""), 200);
    const struct cJSON *meshes = json_member(world.body, "meshes");
    assert_int_equal(json_size(meshes), 3);
    assert_string_equal(json_string(json_first(meshes), "meshName"), "c");
    assert_null(json_string(world.body, "nextToken"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_mesh_lives_from_create_to_delete),
        WORLD_TEST(deleting_a_mesh_with_nodes_is_refused),
        WORLD_TEST(a_service_that_a_backend_named_first_starts_at_version_2),
        WORLD_TEST(a_failed_write_leaves_its_batch_alone),
        WORLD_TEST(a_repeated_token_has_one_effect),
        WORLD_TEST(a_bad_request_is_refused_by_name),
        WORLD_TEST(who_is_told_of_a_write_reads_it_at_once),
        WORLD_TEST(a_list_goes_on_where_its_token_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
