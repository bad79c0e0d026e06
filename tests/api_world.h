/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests through api_dispatch into a store of their own, without a socket: this file stands in
 * for the HTTP server.
 */
#ifndef TESTS_API_WORLD_H
#define TESTS_API_WORLD_H

#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include "api.h"
#include "arena.h"
#include "http.h"
#include "json.h"
#include "log.h"
#include "loop.h"
#include "store.h"

#define MESHES "/v20190125/meshes"
#define WORLD_SCOPE ((struct scope){"123456789012", "us-west-2"})

static struct world {
    struct loop *loop;
    struct store *store;
    struct api *api;
    struct arena arena;
    int status;
    struct cJSON *body;
    const char *error_type;
    bool is_answered;
    struct http_request *then; /* what the client asks as soon as it has this answer */
} world;

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
    struct http_request *then = world.then;
    world.then = NULL;
    world.is_answered = !then;
    if (then)
        api_dispatch(world.api, then);
    else
        loop_stop(world.loop);
}

static inline void world_store_died(void *context)
{
    (void)context;
}

static inline int world_make(void **state)
{
    (void)state;
    const char *reason = NULL;
    struct api_options options = {.scope = WORLD_SCOPE, .store_died = world_store_died};
    struct store_options where = {
        .directory = "/tmp", .is_memory = true, .map_size = (uint64_t)1 << 30};
    world = (struct world){0};
    log_configure(LOG_OFF, LOG_TEXT);
    world.loop = loop_new();
    world.store = store_open(&where, &world.arena, &reason);
    if (!world.store)
        fail_msg("%s", reason);
    world.api = api_new(world.loop, world.store, &options);
    return 0;
}

static inline int world_clear(void **state)
{
    (void)state;
    json_free(world.body);
    api_free(world.api);
    store_close(world.store);
    loop_free(world.loop);
    arena_clear(&world.arena);
    return 0;
}

static inline struct http_request request_of(const char *method, const char *target,
                                             const char *body)
{
    const char *query = strchr(target, '?');
    return (struct http_request){
        .method = method,
        .target = arena_copy(&world.arena, (struct bytes){target, strcspn(target, "?")}),
        .query = query ? query + 1 : "",
        .body = bytes_of(body),
        .arena = &world.arena,
    };
}

static inline void await_answer(void)
{
    world.is_answered = false;
    while (!world.is_answered)
        loop_run(world.loop);
}

/* Sends one request and waits for its answer: the status. */
static inline int ask(const char *method, const char *target, const char *body)
{
    struct http_request request = request_of(method, target, body);
    world.is_answered = false;
    api_dispatch(world.api, &request);
    if (!world.is_answered)
        await_answer();
    return world.status;
}

static inline const char *message(void)
{
    return json_string(world.body, "message");
}

static inline int64_t version(void)
{
    return json_integer(json_member(world.body, "metadata"), "version", 0);
}

/* A request and its answer. */
struct step {
    const char *method, *target, *body;
    int status;
    const char *message; /* NULL: any, or none */
};

#define DOES(method, target, body)                                                                 \
    {                                                                                              \
        method, target, body, 200, NULL                                                            \
    }
#define FAILS(status, method, target, body, message)                                               \
    {                                                                                              \
        method, target, body, status, message                                                      \
    }

static inline void play(const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        const int status = ask(step->method, step->target, step->body);
        if (status != step->status)
            fail_msg("step %zu, %s %s: %d %s", i, step->method, step->target, status, message());
        if (step->message)
            assert_string_equal(message(), step->message);
    }
}

#define PLAY(steps) play(steps, COUNT(steps))
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_make, world_clear)

#endif
