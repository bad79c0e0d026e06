/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "grpc_world.h"

static struct bytes message_in(const struct call *call)
{
    struct incoming in = {0};
    struct bytes input = buffer_bytes(&call->down), message = {0};
    assert_int_equal(message_take(&in, &input, &message), MESSAGE_WHOLE);
    return message;
}

/* ---- calls ---- */

static void a_message_comes_back_and_trailers_end_the_stream(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct call *call = client_open(client, "/test.Echo/Echo");
    client_send(client, call, BYTES("hello"));
    WAIT(world, call->down.size == MESSAGE_PREFIX + 5);
    assert_true(bytes_equal(message_in(call), BYTES("hello")));
    assert_int_equal(call->http_status, 200);
    assert_string_equal(call->content_type, "application/grpc");
    client_done(client, call);
    WAIT(world, call->is_closed);
    assert_string_equal(call->grpc_status, "0");
    assert_int_equal(call->error, NGHTTP2_NO_ERROR);
    assert_int_equal(echo_log.ended, 0);
    client_free(client);
}

static const struct {
    const char *method, *type;
    int http_status;
} requests[] = {
    {"POST", "application/grpc",             200},
    {"POST", "application/grpc+proto",       200},
    {"POST", "application/grpc;charset=any", 200},
    {"POST", "Application/gRPC",             200},
    {"POST", "application/grpc-web",         415},
    {"POST", "application/json",             415},
    {"GET",  "application/grpc",             405},
    {"PUT",  "application/grpc",             405},
};

static void what_is_not_grpc_gets_an_http_status(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct call *call = client_request(client, requests[i].method, "/test.Echo/Echo",
                                           requests[i].type, "te", "trailers");
        client_done(client, call);
        WAIT(world, call->is_closed);
        assert_int_equal(call->http_status, requests[i].http_status);
    }
    client_free(client);
}

static void headers_over_the_limit_are_refused(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    char value[HEADER_LIST_MAX];
    memset(value, 'a', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    struct call *call =
        client_request(client, "POST", "/test.Echo/Echo", "application/grpc", "x-long", value);
    WAIT(world, call->is_closed);
    assert_int_equal(call->http_status, 431);
    assert_int_equal(echo_log.opened, 0);
    client_free(client);
}

static void an_unknown_path_is_unimplemented(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct call *call = client_open(client, "/test.Echo/Nothing");
    WAIT(world, call->is_closed);
    assert_int_equal(call->http_status, 200);
    assert_string_equal(call->grpc_status, "12");
    assert_string_equal(call->grpc_message, "unknown method /test.Echo/Nothing");
    client_free(client);
}

static const struct {
    struct bytes said;
    const char *status, *message;
} endings[] = {
    {WIRE("0"),                     "0",  ""                  },
    {WIRE("3 plain"),               "3",  "plain"             },
    {WIRE("8 100 %"),               "8",  "100 %25"           },
    {WIRE("13 a\nb\177\303\274~ "), "13", "a%0Ab%7F%C3%BC~%20"},
};

static void status_messages_are_percent_encoded(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    for (size_t i = 0; i < COUNT(endings); i++) {
        struct call *call = client_open(client, "/test.Echo/Finish");
        client_send(client, call, endings[i].said);
        WAIT(world, call->is_closed);
        assert_string_equal(call->grpc_status, endings[i].status);
        assert_string_equal(call->grpc_message, endings[i].message);
    }
    client_free(client);
}

static void a_long_status_message_is_cut_between_characters_of_its_encoding(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    char path[2 * GRPC_STATUS_MESSAGE_MAX];
    memset(path, '%', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    struct call *call = client_open(client, path);
    WAIT(world, call->is_closed);
    size_t size = strlen(call->grpc_message);
    assert_true(size <= GRPC_STATUS_MESSAGE_MAX && size > GRPC_STATUS_MESSAGE_MAX - 3);
    assert_string_equal(call->grpc_message + size - 3, "%25");
    client_free(client);
}

static const struct {
    const char *encoding;
    struct bytes wire;
    const char *status, *message;
} bad_messages[] = {
    {"gzip",     WIRE("\1\0\0\0\1x"),       "12", "compressed messages are not supported"            },
    {"identity", WIRE("\1\0\0\0\1x"),       "13", "the message is compressed without a grpc-encoding"},
    {"identity", WIRE("\2\0\0\0\1x"),       "13", "the message starts with an unknown flag"          },
    {"identity", WIRE("\0\0\100\0\1"),      "8",  "the message is larger than 4194304 bytes"         },
    {"identity", WIRE("\0\0\0\0\1x\0\0\0"), "13", "the last message is cut short"                    },
    {"gzip",     WIRE("\0\0\0\0\1x"),       "0",  ""                                                 },
};

static void a_bad_message_ends_its_stream_with_a_reason(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    for (size_t i = 0; i < COUNT(bad_messages); i++) {
        struct call *call = client_request(client, "POST", "/test.Echo/Echo", "application/grpc",
                                           "grpc-encoding", bad_messages[i].encoding);
        client_bytes(client, call, bad_messages[i].wire.data, bad_messages[i].wire.size);
        client_done(client, call);
        WAIT(world, call->is_closed);
        assert_string_equal(call->grpc_status, bad_messages[i].status);
        assert_string_equal(call->grpc_message, bad_messages[i].message);
    }
    assert_int_equal(echo_log.ended, COUNT(bad_messages) - 1);
    client_free(client);
}

static void half_received_messages_of_all_have_a_common_bound(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct bytes half = {memory_new(GRPC_MESSAGE_MAX), GRPC_MESSAGE_MAX};
    const size_t count = GRPC_PARTIAL_MAX / GRPC_MESSAGE_MAX;
    struct call *calls[GRPC_PARTIAL_MAX / GRPC_MESSAGE_MAX + 1];
    for (size_t i = 0; i <= count; i++) {
        calls[i] = client_open(client, "/test.Echo/Hold");
        client_bytes(client, calls[i], "\0\0\100\0\0", MESSAGE_PREFIX);
        client_bytes(client, calls[i], half.data, half.size - 1);
        WAIT(world, calls[i]->up_sent == calls[i]->up.size || calls[i]->is_closed);
    }
    WAIT(world, calls[count]->is_closed);
    assert_string_equal(calls[count]->grpc_status, "8");
    assert_string_equal(calls[count]->grpc_message, "too many messages are half received");
    assert_true(world->server->partial_size <= GRPC_PARTIAL_MAX);
    client_bytes(client, calls[0], "x", 1);
    WAIT(world, echo_log.received == 1);
    client_free(client);
    WAIT(world, echo_log.open == 0);
    assert_int_equal(world->server->partial_size, 0);
    free((char *)(uintptr_t)half.data);
}

static void a_stream_over_the_limit_of_its_connection_is_refused(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    for (size_t i = 0; i <= GRPC_STREAMS_MAX; i++)
        client_open(client, "/test.Echo/Hold");
    WAIT(world, client->calls[GRPC_STREAMS_MAX]->is_closed);
    assert_int_equal(client->calls[GRPC_STREAMS_MAX]->error, NGHTTP2_REFUSED_STREAM);
    assert_int_equal(echo_log.open, GRPC_STREAMS_MAX);
    client_free(client);
}

static void a_stream_that_its_peer_leaves_half_open_does_not_count_for_ever(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    for (size_t i = 0; i < GRPC_STREAMS_MAX + 50; i++) {
        struct call *call = client_open(client, "/test.Echo/Finish");
        client_send(client, call, BYTES("3 go"));
        WAIT(world, call->is_closed);
        assert_string_equal(call->grpc_status, "3");
    }
    client_free(client);
}

/* ---- slow readers ---- */

static void a_slow_reader_is_told_when_it_can_have_more(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, 0);
    struct call *call = client_open(client, "/test.Echo/Echo");
    client_send(client, call, BYTES("one"));
    client_send(client, call, BYTES("two"));
    WAIT(world, echo_log.received == 2);
    assert_false(grpc_is_ready(echo_log.last));
    assert_int_equal(echo_log.ready, 0);
    nghttp2_submit_window_update(client->session, NGHTTP2_FLAG_NONE, call->id, 10);
    client_flush(client);
    WAIT(world, call->down.size == 10);
    assert_memory_equal(call->down.data, "\0\0\0\0\3one\0\0", 10);
    assert_int_equal(echo_log.released, 1);
    nghttp2_submit_window_update(client->session, NGHTTP2_FLAG_NONE, call->id, 10);
    client_flush(client);
    WAIT(world, echo_log.released == 2);
    assert_true(grpc_is_ready(echo_log.last));
    client_free(client);
}

static void sending_calls_nothing_back(void **state)
{
    static const struct bytes part = WIRE("pushed");
    struct world *world = *state;
    struct client *client = connect_client(world, 0);
    struct call *call = client_open(client, "/test.Echo/Echo");
    client_send(client, call, BYTES("one"));
    WAIT(world, echo_log.received == 1);
    nghttp2_submit_window_update(client->session, NGHTTP2_FLAG_NONE, call->id, 1000);
    client_flush(client);
    WAIT(world, echo_log.ready == 1);
    for (int i = 0; i < 3; i++) {
        grpc_send(echo_log.last, &(struct grpc_message){.parts = &part, .count = 1});
        assert_true(grpc_is_ready(echo_log.last));
    }
    assert_int_equal(echo_log.ready, 1);
    WAIT(world, call->down.size == 4 * MESSAGE_PREFIX + 3 + 3 * part.size);
    client_free(client);
}

static void a_stream_ends_even_if_its_window_is_used_up(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, 8);
    struct call *call = client_open(client, "/test.Echo/Echo");
    client_send(client, call, BYTES("one"));
    WAIT(world, call->down.size == 8);
    nghttp2_session_set_local_window_size(client->session, NGHTTP2_FLAG_NONE, call->id, 0);
    client_done(client, call);
    WAIT(world, call->is_closed);
    assert_string_equal(call->grpc_status, "0");
    client_free(client);
}

static void a_peer_that_does_not_read_costs_a_bounded_buffer_and_delays_nobody(void **state)
{
    struct world *world = *state;
    struct client *deaf = connect_client(world, 1U << 30), *other = connect_client(world, WINDOW);
    nghttp2_submit_window_update(deaf->session, NGHTTP2_FLAG_NONE, 0, 1 << 30);
    loop_unwatch(&deaf->watch);
    struct call *call = client_open(deaf, "/test.Echo/Grow");
    client_send(deaf, call, BYTES("16000000"));
    client_send(deaf, call, BYTES("16000000"));
    WAIT(world, echo_log.received == 2);
    struct connection *connection = world->server->connections->next;
    assert_true(connection->output.size > 0 && connection->output.size <= IO_SIZE);
    struct call *quick = client_open(other, "/test.Echo/Echo");
    client_send(other, quick, BYTES("hello"));
    WAIT(world, quick->down.size == MESSAGE_PREFIX + 5);
    assert_true(connection->output.size <= IO_SIZE);
    loop_watch(world->loop, &deaf->watch, EPOLLIN);
    WAIT(world, call->down.size == (size_t)2 * (MESSAGE_PREFIX + 16000000));
    client_free(deaf);
    client_free(other);
}

/* ---- ends ---- */

static void a_reset_tells_the_handler_once(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct call *call = client_open(client, "/test.Echo/Hold");
    WAIT(world, echo_log.open == 1);
    nghttp2_submit_rst_stream(client->session, NGHTTP2_FLAG_NONE, call->id, NGHTTP2_CANCEL);
    client_flush(client);
    WAIT(world, echo_log.open == 0);
    assert_int_equal(echo_log.ended, 1);
    client_free(client);
}

static void a_lost_connection_ends_its_streams_and_frees_what_waits(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, 0);
    for (int i = 0; i < 10; i++)
        client_send(client, client_open(client, "/test.Echo/Echo"), BYTES("unread"));
    WAIT(world, echo_log.received == 10);
    client_free(client);
    WAIT(world, echo_log.open == 0);
    assert_int_equal(echo_log.ended, 10);
    assert_int_equal(echo_log.released, 10);
    WAIT(world, world->server->connection_count == 0);
}

static void closing_the_server_ends_streams(void **state)
{
    (void)state;
    struct world *world = world_new((struct grpc_options){0});
    struct client *client = connect_client(world, WINDOW);
    client_open(client, "/test.Echo/Hold");
    WAIT(world, echo_log.open == 1);
    world_free(world);
    assert_int_equal(echo_log.ended, 1);
    client->watch.loop = NULL; /* it went with the world */
    client_free(client);
}

static void note_drained(void *context)
{
    ((struct world *)context)->is_drained = true;
}

static void draining_says_goaway_and_ends_streams_with_ok(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, WINDOW);
    struct call *open = client_open(client, "/test.Echo/Hold");
    struct call *used = client_open(client, "/test.Echo/Echo");
    client_send(client, used, BYTES("hello"));
    WAIT(world, used->down.size > 0 && echo_log.open == 2);
    grpc_drain(world->server, 10 * PATIENCE_MS, note_drained, world);
    assert_int_equal(echo_log.ended, 2);
    WAIT(world, client->is_gone && world->is_drained);
    assert_string_equal(open->grpc_status, "0");
    assert_string_equal(used->grpc_status, "0");
    assert_true(client->has_goaway);
    assert_int_equal(client->goaway_error, NGHTTP2_NO_ERROR);
    assert_int_equal(client_connect(grpc_address(world->server)), -1);
    client_free(client);
}

static void draining_does_not_wait_for_ever_for_a_slow_reader(void **state)
{
    struct world *world = *state;
    struct client *client = connect_client(world, 0);
    client_send(client, client_open(client, "/test.Echo/Echo"), BYTES("unread"));
    WAIT(world, echo_log.received == 1);
    grpc_drain(world->server, 30, note_drained, world);
    WAIT(world, client->has_goaway);
    WAIT(world, world->is_drained);
    assert_int_equal(world->server->connection_count, 0);
    client_free(client);
}

static void draining_without_connections_is_done_at_once(void **state)
{
    struct world *world = *state;
    grpc_drain(world->server, 10 * PATIENCE_MS, note_drained, world);
    assert_false(world->is_drained);
    WAIT(world, world->is_drained);
}

/* ---- pushes from one stream to another ---- */

static struct grpc_stream *pushers[2];
static const struct bytes pushed = WIRE("pushed");
static const struct grpc_message push = {.parts = &pushed, .count = 1};

static bool push_opened(void *context, struct grpc_stream *stream)
{
    (void)context;
    pushers[strcmp(grpc_path(stream), "/first") == 0 ? 0 : 1] = stream;
    return true;
}

/* To the other connection, while this one is being read. */
static void push_received(struct grpc_stream *stream, struct bytes message)
{
    (void)message;
    grpc_send(pushers[1], &push);
    assert_true(grpc_is_ready(pushers[1]));
    grpc_send(stream, &push);
    assert_false(grpc_is_ready(stream));
}

/* To the other connection, while frames of this one are being gathered. */
static void push_ready(struct grpc_stream *stream)
{
    assert_ptr_equal(stream, pushers[0]);
    grpc_send(pushers[1], &push);
    assert_false(grpc_is_ready(pushers[1]));
    grpc_finish(pushers[1], GRPC_OK, "pushed");
}

static void push_ended(struct grpc_stream *stream)
{
    (void)stream;
}

static const struct grpc_events push_events = {push_opened, push_received, push_ended, push_ready,
                                               push_ended};

static void a_callback_may_push_to_a_stream_of_another_connection(void **state)
{
    (void)state;
    struct world *world = world_new((struct grpc_options){.events = &push_events});
    struct client *first = connect_client(world, WINDOW), *second = connect_client(world, WINDOW);
    struct call *one = client_open(first, "/first"), *two = client_open(second, "/second");
    WAIT(world, pushers[0] && pushers[1]);
    for (int i = 0; i < 20; i++) /* nothing else is to stir the connections */
        loop_run(world->loop);
    client_send(first, one, BYTES("go"));
    WAIT(world, two->is_closed && one->down.size == MESSAGE_PREFIX + pushed.size);
    assert_int_equal(two->down.size, 2 * (MESSAGE_PREFIX + pushed.size));
    assert_string_equal(two->grpc_message, "pushed");
    client_free(first);
    client_free(second);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_message_comes_back_and_trailers_end_the_stream),
        SERVED(what_is_not_grpc_gets_an_http_status),
        SERVED(headers_over_the_limit_are_refused),
        SERVED(an_unknown_path_is_unimplemented),
        SERVED(status_messages_are_percent_encoded),
        SERVED(a_long_status_message_is_cut_between_characters_of_its_encoding),
        SERVED(a_bad_message_ends_its_stream_with_a_reason),
        SERVED(half_received_messages_of_all_have_a_common_bound),
        SERVED(a_stream_over_the_limit_of_its_connection_is_refused),
        SERVED(a_stream_that_its_peer_leaves_half_open_does_not_count_for_ever),
        SERVED(a_slow_reader_is_told_when_it_can_have_more),
        SERVED(sending_calls_nothing_back),
        SERVED(a_stream_ends_even_if_its_window_is_used_up),
        SERVED(a_peer_that_does_not_read_costs_a_bounded_buffer_and_delays_nobody),
        SERVED(a_reset_tells_the_handler_once),
        SERVED(a_lost_connection_ends_its_streams_and_frees_what_waits),
        cmocka_unit_test(closing_the_server_ends_streams),
        SERVED(draining_says_goaway_and_ends_streams_with_ok),
        SERVED(draining_does_not_wait_for_ever_for_a_slow_reader),
        SERVED(draining_without_connections_is_done_at_once),
        cmocka_unit_test(a_callback_may_push_to_a_stream_of_another_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
