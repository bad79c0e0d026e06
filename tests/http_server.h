/* SPDX-License-Identifier: Apache-2.0
 *
 * A server on a loop in a thread of its own, with a handler that does what the target says, and a
 * client of plain sockets that reads and writes bytes.
 */
#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include "test.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http.h"
#include "loop.h"

#define BODY_MAX 1000
#define LARGE_BODY_MAX (1 << 20)
#define HUGE_ANSWER ((size_t)64 << 20)
#define HELD_MAX 8
#define TEXT_MAX 8192
#define CLIENT_PATIENCE_S 20 /* a test that waits so long has failed */

struct server {
    struct loop *loop;
    struct http_server *http;
    struct http_options options;
    int64_t body_patience_ms, drain_patience_ms;
    struct http_request *held[HELD_MAX];
    size_t held_count;
    struct loop_task release;
    bool is_drained;
    pthread_t thread;
    in_port_t port;
};

/* Answers with what came: "METHOD target?query [header x-echo] body". */
static void respond_echo(struct http_request *request)
{
    const char *header = http_header(request, "x-ECHO");
    char *head = arena_printf(request->arena, "%s %s?%s [%s] ", request->method, request->target,
                              request->query, header ? header : "");
    struct buffer text = {0};
    buffer_text(&text, head);
    buffer_append(&text, request->body.data, request->body.size);
    struct http_response response = {
        .status = 200, .headers = {{"x-test", "echo"}}, .body = buffer_bytes(&text)};
    http_respond(request, &response);
    buffer_clear(&text);
}

static void respond_huge(struct http_request *request)
{
    struct bytes body = {arena_new(request->arena, HUGE_ANSWER), HUGE_ANSWER};
    http_respond(request, &(struct http_response){.status = 200, .body = body, .is_arena = true});
}

static void release(void *context)
{
    struct server *server = context;
    for (size_t i = 0; i < server->held_count; i++)
        respond_echo(server->held[i]);
    server->held_count = 0;
}

static void hold(struct server *server, struct http_request *request)
{
    assert_true(server->held_count < HELD_MAX);
    server->held[server->held_count++] = request;
}

static void note_drained(void *context)
{
    struct server *server = context;
    server->is_drained = true;
    loop_stop(server->loop);
}

/* /held waits for /release, /later for the end of the round; /drain starts to drain, /last once it
 * is answered. */
static void handle(void *context, struct http_request *request)
{
    struct server *server = context;
    if (strcmp(request->target, "/held") == 0) {
        hold(server, request);
    } else if (strcmp(request->target, "/later") == 0) {
        hold(server, request);
        loop_defer(server->loop, &server->release);
    } else if (strcmp(request->target, "/huge") == 0) {
        respond_huge(request);
    } else {
        if (strcmp(request->target, "/release") == 0)
            release(server);
        if (strcmp(request->target, "/drain") == 0)
            http_drain(server->http, server->drain_patience_ms, note_drained, server);
        respond_echo(request);
        if (strcmp(request->target, "/last") == 0)
            http_drain(server->http, server->drain_patience_ms, note_drained, server);
    }
}

static void refuse(void *context, struct arena *arena, const char *reason,
                   struct http_response *out)
{
    (void)context;
    out->headers[0] = (struct http_header){"content-type", "application/json"};
    out->body = bytes_of(arena_printf(arena, "{\"message\":\"%s\"}", reason));
    out->is_arena = true;
}

static size_t body_max(void *context, const struct http_request *head)
{
    (void)context;
    return strcmp(head->target, "/large") == 0 ? LARGE_BODY_MAX : BODY_MAX;
}

static int64_t body_patience(void *context, const char *target)
{
    (void)target;
    return ((struct server *)context)->body_patience_ms;
}

static void server_init(struct server *server)
{
    *server = (struct server){.body_patience_ms = 30000, .drain_patience_ms = 30000};
    server->loop = loop_new();
    assert_non_null(server->loop);
    server->release = (struct loop_task){.run = release, .context = server};
    server->options = (struct http_options){.address = "127.0.0.1:0",
                                            .handle = handle,
                                            .refuse = refuse,
                                            .context = server,
                                            .body_max = body_max,
                                            .body_patience_ms = body_patience};
}

static void *server_run(void *context)
{
    loop_run(((struct server *)context)->loop);
    return NULL;
}

static void server_listen(struct server *server)
{
    struct arena arena = {0};
    const char *reason = "";
    server->http = http_listen(server->loop, &server->options, &arena, &reason);
    assert_string_equal(reason, "");
    assert_non_null(server->http);
    const char *port = strrchr(http_address(server->http), ':') + 1;
    server->port = (in_port_t)strtoul(port, NULL, 10);
    arena_clear(&arena);
}

static void server_start(struct server *server)
{
    server_listen(server);
    assert_int_equal(pthread_create(&server->thread, NULL, server_run, server), 0);
}

/* After the loop has stopped, by loop_stop or at the end of draining. */
static void server_close(struct server *server)
{
    pthread_join(server->thread, NULL);
    http_close(server->http);
    loop_free(server->loop);
}

static void server_stop(struct server *server)
{
    loop_stop(server->loop);
    server_close(server);
}

static int dial(const struct server *server)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval patience = {.tv_sec = CLIENT_PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    size_t size = strlen(text);
    assert_int_equal(send(fd, text, size, MSG_NOSIGNAL), size);
}

/* All that comes until the server closes. */
static const char *hear_end(int fd, char out[TEXT_MAX])
{
    size_t size = 0;
    ssize_t more;
    while ((more = recv(fd, out + size, TEXT_MAX - 1 - size, 0)) > 0)
        size += (size_t)more;
    assert_int_equal(more, 0);
    out[size] = '\0';
    return out;
}

/* One response, head and body; the rest stays in the socket. For answers without a length, and to
 * HEAD: the head alone. */
static const char *hear(int fd, char out[TEXT_MAX])
{
    size_t size = 0;
    while (size < 4 || memcmp(out + size - 4, "\r\n\r\n", 4) != 0) {
        assert_true(size < TEXT_MAX - 1);
        assert_int_equal(recv(fd, out + size++, 1, 0), 1);
    }
    out[size] = '\0';
    const char *length = strcasestr(out, "\r\ncontent-length: ");
    size_t body = length ? strtoul(length + strlen("\r\ncontent-length: "), NULL, 10) : 0;
    assert_true(size + body < TEXT_MAX);
    if (body)
        assert_int_equal(recv(fd, out + size, body, MSG_WAITALL), body);
    out[size + body] = '\0';
    return out;
}

static void assert_has(const char *text, const char *part)
{
    if (!strcasestr(text, part))
        fail_msg("no '%s' in '%s'", part, text);
}

#endif
