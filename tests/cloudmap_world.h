/* SPDX-License-Identifier: Apache-2.0
 *
 * Calls of Cloud Map through cloudmap_dispatch into a store of their own, without a socket: this
 * file stands in for the HTTP server. The store can be closed and opened again.
 */
#ifndef CLOUDMAP_WORLD_H
#define CLOUDMAP_WORLD_H

#include "test.h"

#include "api.h"
#include "arena.h"
#include "cloudmap.h"
#include "http.h"
#include "json.h"
#include "loop.h"
#include "scratch.h"
#include "store.h"

#define WORLD_SCOPE ((struct scope){"123456789012", "us-west-2"})
#define FORMAT(text, ...) arena_printf(&world.arena, text, __VA_ARGS__)

static struct world {
    struct scratch scratch;
    struct loop *loop;
    struct store *store;
    struct api *api;
    struct cloudmap *cloudmap;
    struct arena arena;
    const char *target, *authorization; /* headers of the request under way */
    int status;
    struct cJSON *body;
    const char *error_type, *content_type;
    const char *text;             /* the body as it came */
    bool is_answered, is_running; /* the loop */
} world;

const char *http_header(const struct http_request *request, const char *name)
{
    (void)request;
    if (strcmp(name, "x-amz-target") == 0)
        return world.target;
    return strcmp(name, "authorization") == 0 ? world.authorization : NULL;
}

static inline const char *header_of(const struct http_response *response, const char *name)
{
    for (size_t i = 0; i < HTTP_HEADERS_MAX && response->headers[i].name; i++)
        if (strcmp(response->headers[i].name, name) == 0)
            return response->headers[i].value;
    return NULL;
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct json_fault fault;
    (void)request;
    world.status = response->status;
    json_free(world.body);
    world.body = json_parse(response->body, &fault);
    world.text = arena_copy(&world.arena, response->body);
    world.error_type = header_of(response, "x-amzn-errortype");
    world.content_type = header_of(response, "content-type");
    world.is_answered = true;
    if (world.is_running)
        loop_stop(world.loop);
}

static inline void world_store_died(void *context)
{
    (void)context;
}

static inline void world_open(int64_t delay_ms)
{
    const char *reason = NULL;
    struct api_options api = {.scope = WORLD_SCOPE, .store_died = world_store_died};
    struct cloudmap_options cloudmap = {.scope = WORLD_SCOPE, .operation_delay_ms = delay_ms};
    struct store_options where = {.directory = world.scratch.path,
                                  .durability = STORE_PROCESS,
                                  .map_size = (uint64_t)1 << 30};
    world.loop = loop_new();
    world.store = store_open(&where, &world.arena, &reason);
    if (!world.store)
        fail_msg("%s", reason);
    world.api = api_new(world.loop, world.store, &api);
    world.cloudmap = cloudmap_new(world.loop, world.store, world.api, &cloudmap);
    assert_int_equal(cloudmap_recover(world.cloudmap), OK);
}

static inline void world_close(void)
{
    cloudmap_free(world.cloudmap);
    api_free(world.api);
    store_close(world.store);
    loop_free(world.loop);
}

static inline int world_make(void **state)
{
    (void)state;
    world = (struct world){0};
    scratch_make(&world.scratch);
    world_open(0);
    return 0;
}

static inline int world_clear(void **state)
{
    (void)state;
    json_free(world.body);
    world_close();
    scratch_clear(&world.scratch);
    arena_clear(&world.arena);
    return 0;
}

static inline int send(const char *method, const char *query, const char *body)
{
    struct http_request request = {
        .method = method,
        .target = "/",
        .query = query,
        .body = bytes_of(body),
        .arena = &world.arena,
    };
    assert_true(cloudmap_takes(&request));
    world.is_answered = false;
    cloudmap_dispatch(world.cloudmap, &request);
    world.is_running = !world.is_answered;
    while (!world.is_answered)
        loop_run(world.loop);
    world.is_running = false;
    return world.status;
}

/* One call, answered: the error's name, "" if there is none. */
static inline const char *call(const char *action, const char *input)
{
    world.target = FORMAT("Route53AutoNaming_v20170314.%s", action);
    const int status = send("POST", "", input);
    world.target = NULL;
    assert_int_equal(status, world.error_type ? 400 : 200);
    assert_string_equal(world.content_type, "application/x-amz-json-1.1");
    if (world.error_type)
        assert_string_equal(json_string(world.body, "__type"), world.error_type);
    return world.error_type ? world.error_type : "";
}

/* One that must be fine. */
static inline const struct cJSON *ask(const char *action, const char *input)
{
    if (*call(action, input))
        fail_msg("%s %s: %s", action, input, world.text);
    return world.body;
}

static inline const char *message(void)
{
    return json_string(world.body, "Message");
}

static inline const char *keep(const char *text)
{
    assert_non_null(text);
    return arena_copy(&world.arena, bytes_of(text));
}

/* The operation's own text. */
static inline const char *operation(const char *id, const char *member)
{
    const struct cJSON *answer = ask("GetOperation", FORMAT("{\"OperationId\":\"%s\"}", id));
    return json_string(json_member(answer, "Operation"), member);
}

static inline const char *operation_id(void)
{
    return keep(json_string(world.body, "OperationId"));
}

/* The id of what the last call's operation is about. */
static inline const char *target_id(const char *kind)
{
    const struct cJSON *answer =
        ask("GetOperation", FORMAT("{\"OperationId\":\"%s\"}", operation_id()));
    return keep(json_string(json_member(json_member(answer, "Operation"), "Targets"), kind));
}

static inline const char *make_namespace(const char *action, const char *input)
{
    ask(action, input);
    return target_id("NAMESPACE");
}

static inline const char *make_http_namespace(const char *name)
{
    return make_namespace("CreateHttpNamespace", FORMAT("{\"Name\":\"%s\"}", name));
}

/* more: members after the name and the namespace, with a comma before each. */
static inline const char *make_service(const char *namespace_id, const char *name, const char *more)
{
    const struct cJSON *answer =
        ask("CreateService",
            FORMAT("{\"Name\":\"%s\",\"NamespaceId\":\"%s\"%s}", name, namespace_id, more));
    return keep(json_string(json_member(answer, "Service"), "Id"));
}

static inline void make_instance(const char *service, const char *id, const char *attributes)
{
    ask("RegisterInstance", FORMAT("{\"ServiceId\":\"%s\",\"InstanceId\":\"%s\",\"Attributes\":%s}",
                                   service, id, attributes));
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_clear)

#endif
