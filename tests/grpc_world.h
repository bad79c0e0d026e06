/* SPDX-License-Identifier: Apache-2.0
 *
 * A server of the gRPC layer, the echo service on it, and clients, all on one loop.
 */
#ifndef TESTS_GRPC_WORLD_H
#define TESTS_GRPC_WORLD_H

#include "clock.h"
#include "connection.h"
#include "echo.h"
#include "http2_client.h"
#include "stream.h"

#define PATIENCE_MS 20000
#define WINDOW 65535

/* A constant initialiser of struct bytes. */
#define WIRE(literal)                                                                              \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

/* A loop, a server on it and a tick that lets a test look every millisecond. */
struct world {
    struct loop *loop;
    struct arena arena;
    struct grpc_server *server;
    struct loop_timer tick;
    int64_t started_ms;
    bool is_drained;
};

#define WAIT(world, condition)                                                                     \
    do {                                                                                           \
        while (!(condition)) {                                                                     \
            if (clock_monotonic_ms() - (world)->started_ms > PATIENCE_MS)                          \
                fail_msg("waited in vain for: %s", #condition);                                    \
            loop_run((world)->loop);                                                               \
        }                                                                                          \
    } while (0)

static void tick(void *context)
{
    struct world *world = context;
    loop_timer_start(world->loop, &world->tick, 0);
    loop_stop(world->loop);
}

static struct world *world_new(struct grpc_options options)
{
    struct world *world = memory_new(sizeof(*world));
    const char *reason = NULL;
    echo_log = (struct echo_log){0};
    world->loop = loop_new();
    world->started_ms = clock_monotonic_ms();
    world->tick = (struct loop_timer){.due = tick, .context = world};
    loop_timer_start(world->loop, &world->tick, 0);
    if (!options.address)
        options.address = "127.0.0.1:0";
    if (!options.events)
        options.events = &echo_events;
    world->server = grpc_listen(world->loop, &options, &world->arena, &reason);
    if (!world->server)
        fail_msg("%s", reason);
    return world;
}

static void world_free(struct world *world)
{
    grpc_close(world->server);
    assert_int_equal(echo_log.open, 0);
    loop_timer_stop(&world->tick);
    loop_free(world->loop);
    arena_clear(&world->arena);
    free(world);
}

/* Set-up and tear-down of the tests that are SERVED. */
static int with_server(void **state)
{
    *state = world_new((struct grpc_options){0});
    return 0;
}

static int without_server(void **state)
{
    world_free(*state);
    return 0;
}

static struct client *connect_client(struct world *world, uint32_t window)
{
    struct client *client = client_new(world->loop, grpc_address(world->server), window);
    assert_non_null(client);
    return client;
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, with_server, without_server)

#endif
