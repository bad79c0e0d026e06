/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "clock.h"
#include "server.h"

#define FOREVER INT64_MAX
#define RESUMED_TIMEOUT_S 3600u /* any that never comes true */
#define HANGUP_PATIENCE_MS 1000 /* what a client sent before it hung up is here already */
#define DISCARD_FACTOR 4        /* a chunked body so many times too large is not worth an answer */

static struct connection *connection_of(struct http_request *request)
{
    return (struct connection *)((char *)request - offsetof(struct connection, request));
}

void connection_shut(struct connection *connection)
{
    shutdown(connection->fd, SHUT_RDWR);
}

/* The deadline moves with every request, the timer only when it comes due or would come too late:
 * a busy connection touches the loop's heap about once per patience. */
static void on_timer(void *context)
{
    struct connection *connection = context;
    if (connection->deadline_ms == FOREVER)
        return;
    int64_t left_ms = connection->deadline_ms - clock_monotonic_ms();
    if (left_ms > 0)
        loop_timer_start(connection->server->loop, &connection->timer, left_ms);
    else
        connection_shut(connection);
}

static void await_since(struct connection *connection, enum phase phase, int64_t now_ms,
                        int64_t patience_ms)
{
    connection->phase = phase;
    connection->deadline_ms = now_ms + patience_ms;
    if (!connection->timer.loop || connection->timer.at_ms > connection->deadline_ms)
        loop_timer_start(connection->server->loop, &connection->timer, patience_ms);
}

static void await(struct connection *connection, enum phase phase, int64_t patience_ms)
{
    await_since(connection, phase, clock_monotonic_ms(), patience_ms);
}

static int64_t body_patience_ms(const struct connection *connection)
{
    const struct http_options *options = &connection->server->options;
    return options->body_patience_ms(options->context, connection->request.target);
}

/* libmicrohttpd does not notice the end of a stream that comes together with the last bytes. */
static void on_hangup(void *context, uint32_t events)
{
    (void)events;
    struct connection *connection = context;
    if (connection->phase == PHASE_HEAD || connection->phase == PHASE_BODY)
        await(connection, connection->phase, HANGUP_PATIENCE_MS);
}

static void connection_new(struct http_server *server, struct MHD_Connection *mhd, void **out)
{
    struct connection *connection = memory_new(sizeof(*connection));
    connection->server = server;
    connection->mhd = mhd;
    connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    connection->is_surplus = server->open >= server->options.limits.connections;
    connection->timer = (struct loop_timer){.due = on_timer, .context = connection};
    connection->hangup = (struct loop_watch){connection->fd, on_hangup, connection, NULL};
    loop_watch(server->loop, &connection->hangup, EPOLLRDHUP | EPOLLET);
    connection->next = server->connections;
    if (connection->next)
        connection->next->previous = connection;
    server->connections = connection;
    server->open++;
    *out = connection;
    await(connection, PHASE_HEAD, server->options.limits.head_patience_ms);
}

static void connection_free(struct connection *connection)
{
    struct http_server *server = connection->server;
    *(connection->previous ? &connection->previous->next : &server->connections) = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    server->open--;
    loop_defer(server->loop, &server->run); /* at its limit the daemon listens again in a run */
    if (server->is_draining && server->open == 0)
        loop_timer_start(server->loop, &server->drain_end, 0);
    loop_unwatch(&connection->hangup);
    loop_timer_stop(&connection->timer);
    arena_clear(&connection->arena);
    buffer_clear(&connection->body);
    free(connection);
}

void connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_new(context, mhd, socket_context);
    else
        connection_free(*socket_context);
}

/* The path of an absolute-form target, which loses its scheme and authority; other targets stay. */
static const char *origin_form(const char *target)
{
    const char *authority = target[0] == '/' ? NULL : strstr(target, "://");
    if (!authority || authority > target + strcspn(target, "/?"))
        return target;
    authority += strlen("://");
    return authority + strcspn(authority, "/?");
}

/* The target as it was sent: what libmicrohttpd's handler gets is decoded, and cut at %00. What
 * this returns becomes the handler's *con_cls. */
void *connection_target(void *context, const char *raw, struct MHD_Connection *mhd)
{
    (void)context;
    struct connection *connection =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    const char *target = origin_form(raw);
    size_t path = strcspn(target, "?");
    connection->request = (struct http_request){
        .target = path == 0 && target != raw
                      ? "/"
                      : arena_copy(&connection->arena, (struct bytes){target, path}),
        .query = target[path] ? arena_copy(&connection->arena, bytes_of(target + path + 1)) : "",
        .arena = &connection->arena,
    };
    return connection;
}

const char *http_header(const struct http_request *request, const char *name)
{
    struct connection *connection = connection_of((struct http_request *)request);
    return MHD_lookup_connection_value(connection->mhd, MHD_HEADER_KIND, name);
}

static struct MHD_Response *response_new(const struct http_response *response, bool is_last)
{
    struct MHD_Response *out = MHD_create_response_from_buffer(
        response->body.size, (void *)response->body.data,
        response->is_arena ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    assert(out);
    for (size_t i = 0; i < HTTP_HEADERS_MAX && response->headers[i].name; i++)
        MHD_add_response_header(out, response->headers[i].name, response->headers[i].value);
    if (is_last)
        MHD_add_response_header(out, MHD_HTTP_HEADER_CONNECTION, "close");
    return out;
}

static void answer(struct connection *connection, const struct http_response *response)
{
    struct MHD_Response *out =
        response_new(response, response->is_last || connection->server->is_draining);
    if (MHD_queue_response(connection->mhd, (unsigned)response->status, out) != MHD_YES)
        connection_shut(connection);
    MHD_destroy_response(out);
    await(connection, PHASE_ANSWER, body_patience_ms(connection));
}

/* libmicrohttpd first reads from a resumed connection, and a client that has closed its sending
 * side would lose its answer. Connections with a timeout of their own are advanced before any is
 * read, so it gets one until the answer is sent. MHD_get_timeout does not see resumed ones: the
 * daemon has to be run. */
static void connection_resume(struct connection *connection)
{
    connection->is_suspended = false;
    connection->is_hurried = true;
    MHD_set_connection_option(connection->mhd, MHD_CONNECTION_OPTION_TIMEOUT, RESUMED_TIMEOUT_S);
    MHD_resume_connection(connection->mhd);
    loop_defer(connection->server->loop, &connection->server->run);
}

void http_respond(struct http_request *request, const struct http_response *response)
{
    struct connection *connection = connection_of(request);
    assert(!connection->is_answered);
    connection->is_answered = true;
    answer(connection, response);
    if (connection->is_suspended)
        connection_resume(connection);
}

void connection_abandon(struct connection *connection)
{
    connection_shut(connection);
    if (!connection->is_suspended)
        return;
    connection->is_suspended = false;
    MHD_resume_connection(connection->mhd);
}

static void refuse(struct connection *connection, int status, const char *reason)
{
    const struct http_options *options = &connection->server->options;
    struct http_response response = {.status = status, .is_last = true};
    options->refuse(options->context, &connection->arena, reason, &response);
    for (size_t i = 0; status == MHD_HTTP_SERVICE_UNAVAILABLE && i < HTTP_HEADERS_MAX; i++) {
        if (!response.headers[i].name) {
            response.headers[i] = (struct http_header){MHD_HTTP_HEADER_RETRY_AFTER, "1"};
            break;
        }
    }
    answer(connection, &response);
}

/* The first call for a request. A response queued here ends the connection, which is what a
 * refusal wants, for the rest of what was sent may be anything. */
static void on_head(struct connection *connection)
{
    const struct http_options *options = &connection->server->options;
    struct http_request *request = &connection->request;
    int status = MHD_HTTP_BAD_REQUEST;
    size_t size = 0;
    const char *complaint = head_complaint(connection, &status, &size);
    connection->body_max = options->body_max(options->context, request);
    if (!complaint && size > connection->body_max) {
        complaint = "the body is too large";
        status = MHD_HTTP_CONTENT_TOO_LARGE;
    }
    request->started_us = clock_monotonic_us();
    if (complaint)
        refuse(connection, status, complaint);
    else
        await_since(connection, PHASE_BODY, request->started_us / 1000,
                    body_patience_ms(connection));
}

/* False: not worth going on. libmicrohttpd takes no answer before the end of a body, so one that
 * grows too large is read on, but not kept. */
static bool on_body(struct connection *connection, const char *data, size_t size)
{
    struct bytes *body = &connection->request.body;
    body->size += size;
    if (body->size <= connection->body_max)
        buffer_append(&connection->body, data, size);
    else
        buffer_clear(&connection->body);
    return body->size / DISCARD_FACTOR <= connection->body_max;
}

static void on_request(struct connection *connection)
{
    const struct http_options *options = &connection->server->options;
    struct http_request *request = &connection->request;
    if (request->body.size > connection->body_max) {
        refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
        return;
    }
    request->body.data = connection->body.data;
    connection->phase = PHASE_HANDLER;
    connection->deadline_ms = FOREVER;
    options->handle(options->context, request);
    if (connection->is_answered)
        return;
    connection->is_suspended = true;
    MHD_suspend_connection(connection->mhd);
}

enum MHD_Result connection_handle(void *context, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **con_cls)
{
    (void)context, (void)mhd, (void)url, (void)version;
    struct connection *connection = *con_cls;
    bool goes_on = connection->phase != PHASE_HANDLER; /* else: abandoned */
    if (connection->phase == PHASE_HEAD) {
        connection->request.method = method;
        on_head(connection);
    } else if (*size) {
        goes_on = on_body(connection, data, *size);
        *size = 0;
    } else if (goes_on) {
        on_request(connection);
    }
    return goes_on ? MHD_YES : MHD_NO;
}

void connection_completed(void *context, struct MHD_Connection *mhd, void **con_cls,
                          enum MHD_RequestTerminationCode code)
{
    (void)context, (void)code;
    struct connection *connection = *con_cls;
    arena_clear(&connection->arena);
    buffer_clear(&connection->body);
    connection->is_answered = false;
    if (connection->is_hurried)
        MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
    connection->is_hurried = false;
    await(connection, PHASE_HEAD, connection->server->options.limits.head_patience_ms);
    if (connection->server->is_draining)
        shutdown(connection->fd, SHUT_RD); /* its answer was made before and promised more */
}
