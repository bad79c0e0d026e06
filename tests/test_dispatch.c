/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests through api_dispatch into a store of their own, without a socket: this file stands in
 * for the HTTP server.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "api.h"
#include "arena.h"
#include "http.h"
#include "json.h"
#include "loop.h"
#include "store.h"

#define MESHES "/v20190125/meshes"

struct world {
    struct loop *loop;
    struct store *store;
    struct api *api;
    struct arena arena;
    int status;
    struct cJSON *body;
    const char *error_type;
    bool is_answered;
};

static struct world world;

const char *http_header(const struct http_request *request, const char *name)
{
    (void)request;
    (void)name;
    return NULL;
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct json_fault fault;
    (void)request;
    world.status = response->status;
    json_free(world.body);
    world.body = json_parse(response->body, &fault);
    assert_non_null(world.body);
    world.error_type = NULL;
    for (size_t i = 0; i < HTTP_HEADERS_MAX && response->headers[i].name; i++)
        if (strcmp(response->headers[i].name, "x-amzn-errortype") == 0)
            world.error_type = response->headers[i].value;
    world.is_answered = true;
    loop_stop(world.loop);
}

static void store_died(void *context)
{
    (void)context;
}

static int setup(void **state)
{
    (void)state;
    const char *reason = NULL;
    struct api_options options = {
        .scope = {"123456789012", "us-west-2"},
          .store_died = store_died
    };
    struct store_options where = {
        .directory = "/tmp", .is_memory = true, .map_size = (uint64_t)1 << 30};
    world = (struct world){0};
    world.loop = loop_new();
    world.store = store_open(&where, &world.arena, &reason);
    if (!world.store)
        fail_msg("%s", reason);
    world.api = api_new(world.loop, world.store, &options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_free(world.body);
    api_free(world.api);
    store_close(world.store);
    loop_free(world.loop);
    arena_clear(&world.arena);
    return 0;
}

/* Sends one request and waits for its answer. */
static int ask(const char *method, const char *target, const char *body)
{
    const char *query = strchr(target, '?');
    struct http_request request = {
        .method = method,
        .target = arena_copy(&world.arena, (struct bytes){target, strcspn(target, "?")}),
        .query = query ? query + 1 : "",
        .body = bytes_of(body),
        .arena = &world.arena,
    };
    world.is_answered = false;
    api_dispatch(world.api, &request);
    while (!world.is_answered)
        loop_run(world.loop);
    return world.status;
}

static const char *message(void)
{
    return json_string(world.body, "message");
}

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
    assert_int_equal(json_integer(json_member(world.body, "metadata"), "version", 0), 1);
    assert_int_equal(
        ask("PUT", MESHES "/m", "{\"spec\":{\"egressFilter\":{\"type\":\"DROP_ALL\"}}}"), 200);
    assert_int_equal(json_integer(json_member(world.body, "metadata"), "version", 0), 2);
    assert_int_equal(ask("DELETE", MESHES "/m", ""), 200);
    assert_string_equal(json_string(json_member(world.body, "status"), "status"), "DELETED");
    assert_int_equal(json_integer(json_member(world.body, "metadata"), "version", 0), 2);
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
    assert_int_equal(json_integer(json_member(world.body, "metadata"), "version", 0), 2);
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
    assert_int_equal(json_integer(json_member(world.body, "metadata"), "version", 0), 1);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_mesh_lives_from_create_to_delete),
        TEST(deleting_a_mesh_with_nodes_is_refused),
        TEST(a_service_that_a_backend_named_first_starts_at_version_2),
        TEST(a_failed_write_leaves_its_batch_alone),
        TEST(a_repeated_token_has_one_effect),
        TEST(a_bad_request_is_refused_by_name),
        TEST(a_list_goes_on_where_its_token_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
