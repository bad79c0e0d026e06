/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "grpc_world.h"
#include "log.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define SETTINGS "\0\0\0\4\0\0\0\0\0"

/* ---- peers that misbehave ---- */

static int raw_connect(struct world *world, struct bytes first)
{
    int fd = client_connect(grpc_address(world->server));
    assert_int_equal(send(fd, first.data, first.size, MSG_NOSIGNAL), first.size);
    return fd;
}

/* Reads what came; false once the server has closed. */
static bool raw_read(int fd, struct buffer *out)
{
    char block[4096];
    ssize_t size;
    while ((size = recv(fd, block, sizeof(block), MSG_DONTWAIT)) > 0)
        buffer_append(out, block, (size_t)size);
    return size < 0 && errno == EAGAIN;
}

static void whoever_speaks_no_http2_is_turned_away(void **state)
{
    static const struct bytes first[] = {
        WIRE("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        WIRE("\26\3\1\0\5hello this is not HTTP/2 either"),
        WIRE(PREFACE "\0\0\4\1\0\0\0\0\1abcd"), /* HEADERS before SETTINGS */
    };
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(first); i++) {
        struct buffer answer = {0};
        int fd = raw_connect(world, first[i]);
        WAIT(world, !raw_read(fd, &answer));
        buffer_clear(&answer);
        close(fd);
    }
}

static void a_connection_without_preface_is_closed(void **state)
{
    static const struct bytes first[] = {WIRE(""), WIRE("PRI * HT"), WIRE(PREFACE)};
    (void)state;
    struct world *world = world_new((struct grpc_options){.preface_ms = 20});
    for (size_t i = 0; i < COUNT(first); i++) {
        struct buffer answer = {0};
        int fd = raw_connect(world, first[i]);
        WAIT(world, !raw_read(fd, &answer));
        buffer_clear(&answer);
        close(fd);
    }
    world_free(world);
}

/* The types of the frames that came, in order. */
static void frame_types(const struct buffer *wire, char out[64])
{
    size_t count = 0;
    for (size_t at = 0; at + 9 <= wire->size && count < 63;) {
        const unsigned char *head = (unsigned char *)wire->data + at;
        out[count++] = (char)('0' + head[3]);
        at += 9 + ((size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2]);
    }
    out[count] = '\0';
}

static void a_peer_that_answers_no_ping_is_given_up(void **state)
{
    (void)state;
    char types[64];
    struct world *world =
        world_new((struct grpc_options){.ping_after_ms = 30, .ping_patience_ms = 30});
    struct buffer answer = {0};
    int fd = raw_connect(world, BYTES(PREFACE SETTINGS));
    WAIT(world, !raw_read(fd, &answer));
    frame_types(&answer, types);
    assert_string_equal(types, "446"); /* SETTINGS, its ACK, one PING */
    buffer_clear(&answer);
    close(fd);
    world_free(world);
}

static void a_quiet_peer_that_answers_pings_is_kept(void **state)
{
    (void)state;
    struct world *world =
        world_new((struct grpc_options){.ping_after_ms = 5, .ping_patience_ms = 1000});
    struct client *client = connect_client(world, WINDOW);
    WAIT(world, client->pings == 2 || client->is_gone);
    assert_false(client->is_gone);
    client_free(client);
    world_free(world);
}

/* After the emulator was stopped for a while, all of them look silent. */
static void a_peer_is_asked_before_it_is_given_up(void **state)
{
    (void)state;
    struct world *world =
        world_new((struct grpc_options){.ping_after_ms = 200, .ping_patience_ms = 1000});
    struct client *client = connect_client(world, WINDOW);
    for (int64_t until_ms = world->started_ms + 100; clock_monotonic_ms() < until_ms;)
        loop_run(world->loop);
    usleep(1300 * 1000);
    WAIT(world, client->pings == 1 || client->is_gone);
    assert_false(client->is_gone);
    client_free(client);
    world_free(world);
}

static void a_peer_that_takes_nothing_is_given_up_although_it_talks(void **state)
{
    (void)state;
    struct world *world =
        world_new((struct grpc_options){.ping_after_ms = 50, .ping_patience_ms = 50});
    struct client *client = connect_client(world, 1U << 30);
    nghttp2_submit_window_update(client->session, NGHTTP2_FLAG_NONE, 0, 1 << 30);
    loop_unwatch(&client->watch);
    client_send(client, client_open(client, "/test.Echo/Grow"), BYTES("16000000"));
    WAIT(world, echo_log.received == 1);
    for (int64_t said_ms = 0; world->server->connection_count; loop_run(world->loop)) {
        assert_true(clock_monotonic_ms() - world->started_ms < PATIENCE_MS);
        if (clock_monotonic_ms() - said_ms < 20)
            continue;
        said_ms = clock_monotonic_ms();
        nghttp2_submit_ping(client->session, NGHTTP2_FLAG_NONE, NULL);
        client_flush(client);
    }
    client_free(client);
    world_free(world);
}

static void keepalive_without_data_is_never_punished(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct call *call = client_open(client, "/test.Echo/Echo");
    for (int i = 0; i < 500; i++)
        nghttp2_submit_ping(client->session, NGHTTP2_FLAG_NONE, NULL);
    client_flush(client);
    client_send(client, call, BYTES("still here"));
    WAIT(world, call->down.size == MESSAGE_PREFIX + 10);
    assert_false(client->has_goaway);
    client_free(client);
}

static const struct flood {
    const char *name;
    struct bytes frame;
} floods[] = {
    {"ping",           WIRE("\0\0\10\6\0\0\0\0\0abcdefgh") },
    {"ping ack",       WIRE("\0\0\10\6\1\0\0\0\0abcdefgh") },
    {"settings",       WIRE(SETTINGS)                      },
    {"priority",       WIRE("\0\0\5\2\0\0\0\0\1\0\0\0\0\0")},
    {"empty data",     WIRE("\0\0\0\0\0\0\0\0\1")          },
    {"closed streams", WIRE("\0\0\4\3\0\0\0\0\1\0\0\0\10") },
};

/* The request that the frames on stream 1 belong to: POST /test.Echo/Hold with content-length 1,
 * HPACK without tables. */
#define HOLD                                                                                       \
    "\0\0\115\1\4\0\0\0\1"                                                                         \
    "\203\206\1\1x\0\5:path\17/test.Echo/Hold\0\14content-type\20application/grpc"                 \
    "\0\16content-length\1"                                                                        \
    "1"

/* Sends it all and reads until the server closes: the error of its last GOAWAY, or -1. */
static int goaway_after(struct world *world, const struct buffer *wire)
{
    static const char head[] = {7, 0, 0, 0, 0, 0}; /* type, flags, stream */
    struct buffer answer = {0};
    int error = -1, fd = raw_connect(world, buffer_bytes(wire));
    WAIT(world, !raw_read(fd, &answer));
    const char *found = memmem(answer.data, answer.size, head, sizeof(head));
    if (found)
        error = found[sizeof(head) + 7]; /* after the last stream: the low byte */
    buffer_clear(&answer);
    close(fd);
    return error;
}

static void a_flood_is_answered_with_enhance_your_calm(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(floods); i++) {
        struct buffer wire = {0};
        buffer_append(&wire, PREFACE SETTINGS HOLD, sizeof(PREFACE SETTINGS HOLD) - 1);
        for (int j = 0; j < 3000; j++)
            buffer_append(&wire, floods[i].frame.data, floods[i].frame.size);
        if (goaway_after(world, &wire) != NGHTTP2_ENHANCE_YOUR_CALM)
            fail_msg("not stopped: %s", floods[i].name);
        buffer_clear(&wire);
    }
    assert_int_equal(echo_log.open, 0);
}

static const struct flood resets[] = {
    {"by the peer",      WIRE("\0\0\4\3\0\0\0\0\1\0\0\0\10")        },
    {"provoked",         WIRE("\0\0\4\10\0\0\0\0\1\177\377\377\377")}, /* WINDOW_UPDATE over 2^31 */
    {"provoked by data", WIRE("\0\0\2\0\0\0\0\0\1ab")               }, /* more than content-length */
};

static void append_on_stream(struct buffer *wire, struct bytes frame, unsigned id)
{
    size_t start = wire->size;
    buffer_append(wire, frame.data, frame.size);
    for (int i = 0; i < 4; i++)
        wire->data[start + 5 + (size_t)i] = (char)(id >> (24 - 8 * i) & 0xff);
}

static void streams_opened_to_be_reset_are_a_flood(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(resets); i++) {
        struct buffer wire = {0};
        buffer_append(&wire, PREFACE SETTINGS, sizeof(PREFACE SETTINGS) - 1);
        for (unsigned id = 1; id < 4000; id += 2) {
            append_on_stream(&wire, BYTES(HOLD), id);
            append_on_stream(&wire, resets[i].frame, id);
        }
        if (goaway_after(world, &wire) != NGHTTP2_ENHANCE_YOUR_CALM)
            fail_msg("not stopped: %s", resets[i].name);
        buffer_clear(&wire);
    }
    assert_int_equal(echo_log.open, 0);
}

/* ---- too many ---- */

static void a_connection_over_the_limit_is_closed_as_it_comes(void **state)
{
    struct world *world = *state;
    struct client *served = connect_client(world, WINDOW);
    WAIT(world, world->server->connection_count == 1);
    world->server->connection_count = GRPC_CONNECTIONS_MAX;
    log_configure(LOG_OFF, LOG_TEXT);
    struct client *client = connect_client(world, WINDOW);
    WAIT(world, client->is_gone);
    log_configure(LOG_INFO, LOG_TEXT);
    world->server->connection_count = 1;
    struct call *call = client_open(served, "/test.Echo/Nothing");
    WAIT(world, call->is_closed);
    client_free(client);
    client_free(served);
}

static void a_connection_that_finds_no_descriptor_waits_for_one(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct rlimit usual, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    int lowest = dup(STDERR_FILENO);
    close(lowest);
    none = (struct rlimit){(rlim_t)lowest, usual.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    log_configure(LOG_OFF, LOG_TEXT);
    WAIT(world, world->server->retry.loop);
    log_configure(LOG_INFO, LOG_TEXT);
    assert_int_equal(world->server->connection_count, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    struct call *call = client_open(client, "/test.Echo/Nothing");
    WAIT(world, call->is_closed);
    client_free(client);
}

/* ---- addresses ---- */

static const struct {
    const char *address, *reason;
} bad_addresses[] = {
    {"127.0.0.1",          "127.0.0.1: must be ADDR:PORT or [ADDR]:PORT"  },
    {"127.0.0.1:",         "127.0.0.1:: must be ADDR:PORT or [ADDR]:PORT" },
    {"::1:80",             "::1:80: must be ADDR:PORT or [ADDR]:PORT"     },
    {"[]:80",              "[]:80: must be ADDR:PORT or [ADDR]:PORT"      },
    {"unix:",              "unix:: the path must have 1 to 107 bytes"     },
    {"unix:/nowhere/sock", "unix:/nowhere/sock: No such file or directory"},
    {"unix:/dev/null",     "unix:/dev/null: a file is in the way"         },
};

static const char *refusal(struct world *world, const struct grpc_options *options)
{
    const char *reason = NULL;
    assert_null(grpc_listen(world->loop, options, &world->arena, &reason));
    return reason;
}

static void a_bad_address_is_refused_in_one_line(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < COUNT(bad_addresses); i++) {
        struct grpc_options options = {.address = bad_addresses[i].address, .events = &echo_events};
        assert_string_equal(refusal(world, &options), bad_addresses[i].reason);
    }
}

static void a_port_in_use_is_refused(void **state)
{
    struct world *world = *state;
    struct grpc_options options = {.address = grpc_address(world->server), .events = &echo_events};
    char expected[ADDRESS_SIZE + 32];
    snprintf(expected, sizeof(expected), "%s: the port is in use", options.address);
    assert_string_equal(refusal(world, &options), expected);
}

static void bad_tls_material_is_refused(void **state)
{
    struct world *world = *state;
    struct grpc_options options = {.address = "127.0.0.1:0",
                                   .tls_certificate = "no PEM",
                                   .tls_key = "no PEM",
                                   .events = &echo_events};
    assert_string_equal(refusal(world, &options),
                        "the TLS certificate is not PEM that OpenSSL takes");
}

static void a_unix_socket_is_open_to_all_and_removed_at_the_end(void **state)
{
    (void)state;
    char address[64], *path = address + 5;
    struct stat found;
    snprintf(address, sizeof(address), "unix:/tmp/test_grpc.%d", (int)getpid());
    struct world *world = world_new((struct grpc_options){.address = address});
    assert_string_equal(grpc_address(world->server), address);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0666);
    struct client *client = connect_client(world, WINDOW);
    struct call *call = client_open(client, "/test.Echo/Echo");
    client_send(client, call, BYTES("hello"));
    WAIT(world, call->down.size > 0);
    char peer[ADDRESS_SIZE];
    snprintf(peer, sizeof(peer), "unix:pid=%d", (int)getpid());
    assert_string_equal(grpc_peer(echo_log.last), peer);
    client_free(client);
    world_free(world);
    assert_int_equal(stat(path, &found), -1);
}

static void a_unix_socket_that_nobody_answers_on_is_replaced(void **state)
{
    (void)state;
    struct sockaddr_un left = {.sun_family = AF_UNIX};
    char address[128];
    snprintf(left.sun_path, sizeof(left.sun_path), "/tmp/test_grpc.%d", (int)getpid());
    snprintf(address, sizeof(address), "unix:%s", left.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&left, sizeof(left)), 0);
    close(fd);
    struct world *world = world_new((struct grpc_options){.address = address});
    struct grpc_options second = {.address = address, .events = &echo_events};
    char expected[160];
    snprintf(expected, sizeof(expected), "%s: the socket is in use", address);
    assert_string_equal(refusal(world, &second), expected);
    client_free(connect_client(world, WINDOW));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(whoever_speaks_no_http2_is_turned_away),
        cmocka_unit_test(a_connection_without_preface_is_closed),
        cmocka_unit_test(a_peer_that_answers_no_ping_is_given_up),
        cmocka_unit_test(a_quiet_peer_that_answers_pings_is_kept),
        cmocka_unit_test(a_peer_is_asked_before_it_is_given_up),
        cmocka_unit_test(a_peer_that_takes_nothing_is_given_up_although_it_talks),
        SERVED(keepalive_without_data_is_never_punished),
        SERVED(a_flood_is_answered_with_enhance_your_calm),
        SERVED(streams_opened_to_be_reset_are_a_flood),
        SERVED(a_connection_over_the_limit_is_closed_as_it_comes),
        SERVED(a_connection_that_finds_no_descriptor_waits_for_one),
        SERVED(a_bad_address_is_refused_in_one_line),
        SERVED(a_port_in_use_is_refused),
        SERVED(bad_tls_material_is_refused),
        cmocka_unit_test(a_unix_socket_is_open_to_all_and_removed_at_the_end),
        cmocka_unit_test(a_unix_socket_that_nobody_answers_on_is_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
