/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "stream.h"
#include "tls.h"

/* nghttp2 gives up, wordless, when 1001 ACKs are due: ours must be the first to say so. */
#define GLITCH_COST_MS 30 /* 33 a second are free */
#define GLITCH_CREDIT_MS (1000L * GLITCH_COST_MS)

void connection_fail(struct connection *connection, const char *reason)
{
    if (connection->is_dead)
        return;
    LOG(LOG_DEBUG, "grpc", LOG_T("event", "closed"), LOG_T("peer", connection->peer),
        LOG_T("reason", reason));
    connection->is_dead = true;
    loop_unwatch(&connection->watch);
    loop_timer_stop(&connection->timer);
    loop_defer(connection->server->loop, &connection->task);
}

/* ---- out ---- */

static ssize_t transmit(struct connection *connection, const void *data, size_t size)
{
    if (connection->tls)
        return tls_write(connection->tls, data, size);
    return send(connection->watch.fd, data, size, MSG_NOSIGNAL);
}

static void update_watch(struct connection *connection)
{
    bool is_blocked =
        connection->output.size > 0 || (connection->tls && tls_wants_write(connection->tls));
    uint32_t events = EPOLLIN | (is_blocked ? EPOLLOUT : 0U);
    if (events != connection->events)
        loop_watch_change(&connection->watch, events);
    connection->events = events;
}

/* Writes until the kernel takes no more. False: the peer is gone. */
static bool write_all(struct connection *connection, const unsigned char *data, size_t size,
                      size_t *out_written)
{
    *out_written = 0;
    while (*out_written < size) {
        ssize_t sent = transmit(connection, data + *out_written, size - *out_written);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return sent < 0 && errno == EAGAIN;
        *out_written += (size_t)sent;
    }
    return true;
}

/* Sends what the kernel left before. */
static void write_rest(struct connection *connection)
{
    struct buffer *output = &connection->output;
    size_t written;
    if (!write_all(connection, (unsigned char *)output->data + connection->output_sent,
                   output->size - connection->output_sent, &written)) {
        connection_fail(connection, "cannot write");
        return;
    }
    connection->output_sent += written;
    if (written)
        connection->moved_ms = clock_monotonic_ms();
    if (connection->output_sent == output->size) {
        buffer_clear(output);
        connection->output_sent = 0;
    }
}

/* Sends frames, or keeps what the kernel does not take. True: all is sent. */
static bool write_frames(struct connection *connection, const unsigned char *data, size_t size)
{
    size_t written;
    if (!write_all(connection, data, size, &written)) {
        connection_fail(connection, "cannot write");
        return false;
    }
    if (written == size)
        return true;
    buffer_append(&connection->output, data + written, size - written);
    connection->moved_ms = clock_monotonic_ms();
    update_watch(connection);
    return false;
}

unsigned char *connection_room(const struct connection *connection, size_t size)
{
    struct grpc_server *server = connection->server;
    unsigned char *room = server->output + server->gathered;
    assert(server->gathering == connection);
    if (size > IO_SIZE - server->gathered)
        return NULL;
    server->gathered += size;
    return room;
}

/* Fills the server's output with frames: one write then serves many. Negative: nghttp2 failed. */
static ssize_t gather(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    const uint8_t *frame;
    ssize_t size = 1;
    server->gathering = connection;
    server->gathered = 0;
    while (server->gathered + FRAME_MAX <= IO_SIZE &&
           (size = nghttp2_session_mem_send(connection->session, &frame)) > 0)
        memcpy(connection_room(connection, (size_t)size), frame, (size_t)size);
    server->gathering = NULL;
    return size < 0 ? size : (ssize_t)server->gathered;
}

/* True if it is not the time: whoever made it so flushes afterwards. */
static bool must_wait(const struct connection *connection)
{
    return connection->is_reading || connection->task.is_waiting || connection->is_dead ||
           connection->output.size || connection->server->gathering == connection ||
           (connection->tls && !tls_is_open(connection->tls));
}

void connection_flush(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    if (must_wait(connection))
        return;
    if (server->gathering) { /* the buffer is in use */
        loop_defer(server->loop, &connection->task);
        return;
    }
    ssize_t size;
    while ((size = gather(connection)) > 0)
        if (!write_frames(connection, server->output, (size_t)size))
            return;
    if (size < 0)
        connection_fail(connection, nghttp2_strerror((int)size));
    else if (!nghttp2_session_want_read(connection->session) &&
             !nghttp2_session_want_write(connection->session))
        connection_fail(connection, "done");
}

/* ---- in ---- */

void connection_count_glitch(struct connection *connection)
{
    int64_t now_ms = connection->heard_ms;
    if (connection->glitches_until_ms < now_ms)
        connection->glitches_until_ms = now_ms;
    connection->glitches_until_ms += GLITCH_COST_MS;
    if (connection->glitches_until_ms - now_ms >= GLITCH_CREDIT_MS)
        nghttp2_session_terminate_session(connection->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

void connection_feed(struct connection *connection, struct bytes input)
{
    connection->heard_ms = clock_monotonic_ms();
    connection->is_reading = true;
    ssize_t taken =
        nghttp2_session_mem_recv(connection->session, (const uint8_t *)input.data, input.size);
    connection->is_reading = false;
    if (taken < 0)
        connection_fail(connection, nghttp2_strerror((int)taken));
}

static ssize_t receive(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    if (connection->tls)
        return tls_read(connection->tls, server->input, sizeof(server->input));
    return recv(connection->watch.fd, server->input, sizeof(server->input), 0);
}

static void read_some(struct connection *connection)
{
    do {
        ssize_t size = receive(connection);
        if (size > 0)
            connection_feed(connection,
                            (struct bytes){(char *)connection->server->input, (size_t)size});
        else if (size == 0)
            connection_fail(connection, "closed by the peer");
        else if (errno != EAGAIN && errno != EINTR)
            connection_fail(connection, "cannot read");
    } while (!connection->is_dead && connection->tls && tls_has_more(connection->tls));
}

static void on_socket(void *context, uint32_t events)
{
    struct connection *connection = context;
    if (connection->output.size && events & EPOLLOUT)
        write_rest(connection);
    if (!connection->is_dead && events & ~(uint32_t)EPOLLOUT)
        read_some(connection);
    connection_flush(connection);
    if (!connection->is_dead)
        update_watch(connection);
}

/* ---- time ---- */

/* Since when the peer has neither sent anything nor taken what waits for it. */
static int64_t quiet_since_ms(const struct connection *connection)
{
    if (connection->output.size && connection->moved_ms < connection->heard_ms)
        return connection->moved_ms;
    return connection->heard_ms;
}

/* Gives up a peer that never spoke HTTP/2 or fell silent; asks a quiet one for a sign of life. */
static void check_alive(struct connection *connection)
{
    const struct grpc_server *server = connection->server;
    const int64_t now_ms = clock_monotonic_ms(), since_ms = quiet_since_ms(connection);
    const bool is_asked = connection->asked_ms > since_ms;
    const int64_t due_ms = is_asked ? connection->asked_ms + server->ping_patience_ms
                                    : since_ms + server->ping_after_ms;
    if (!connection->is_greeted) {
        connection_fail(connection, "no HTTP/2 preface");
    } else if (now_ms < due_ms) {
        loop_timer_start(server->loop, &connection->timer, due_ms - now_ms);
    } else if (is_asked) {
        connection_fail(connection, "silent");
    } else {
        connection->asked_ms = now_ms;
        nghttp2_submit_ping(connection->session, NGHTTP2_FLAG_NONE, NULL);
        loop_timer_start(server->loop, &connection->timer, server->ping_patience_ms);
    }
}

void connection_heard_frame(struct connection *connection)
{
    const struct grpc_server *server = connection->server;
    if (!connection->is_greeted)
        loop_timer_start(server->loop, &connection->timer, server->ping_after_ms);
    connection->is_greeted = true;
}

static void on_timer(void *context)
{
    struct connection *connection = context;
    check_alive(connection);
    connection_flush(connection);
}

/* ---- life ---- */

static void link_up(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next)
        connection->next->link = &connection->next;
    server->connections = connection;
    server->connection_count++;
}

static void unlink_from(struct grpc_server *server, struct connection *connection)
{
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    server->connection_count--;
}

static void greet(struct connection *connection)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, GRPC_STREAMS_MAX},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,   HEADER_LIST_MAX },
        {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE,      0               },
    };
    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, COUNT(settings));
}

/* What was put off: a flush or the end. */
static void on_task(void *context)
{
    struct connection *connection = context;
    if (connection->is_dead)
        connection_free(connection);
    else
        connection_flush(connection);
}

static bool begin_session(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    if (server->tls && !(connection->tls = tls_accept(server->tls, connection->watch.fd)))
        return false;
    return nghttp2_session_server_new2(&connection->session, server->callbacks, connection,
                                       server->option) == 0;
}

struct connection *connection_new(struct grpc_server *server, int fd, const char *peer)
{
    struct connection *connection = memory_new(sizeof(*connection));
    connection->server = server;
    connection->heard_ms = clock_monotonic_ms();
    snprintf(connection->peer, sizeof(connection->peer), "%s", peer);
    connection->watch = (struct loop_watch){.fd = fd, .ready = on_socket, .context = connection};
    connection->timer = (struct loop_timer){.due = on_timer, .context = connection};
    connection->task = (struct loop_task){.run = on_task, .context = connection};
    link_up(connection);
    if (!begin_session(connection)) {
        connection_free(connection);
        return NULL;
    }
    loop_watch(server->loop, &connection->watch, connection->events = EPOLLIN);
    loop_timer_start(server->loop, &connection->timer, server->preface_ms);
    greet(connection);
    connection_flush(connection);
    return connection;
}

void connection_free(struct connection *connection)
{
    struct grpc_server *server = connection->server;
    connection->is_dead = true;
    loop_unwatch(&connection->watch);
    loop_timer_stop(&connection->timer);
    loop_cancel(server->loop, &connection->task);
    while (connection->streams)
        stream_free(connection->streams);
    nghttp2_session_del(connection->session);
    tls_end(connection->tls);
    close(connection->watch.fd);
    buffer_clear(&connection->output);
    unlink_from(server, connection);
    free(connection);
    server_forget(server);
}

void connection_drain(struct connection *connection)
{
    for (struct grpc_stream *stream = connection->streams; stream; stream = stream->next)
        stream_drain(stream);
    nghttp2_submit_goaway(connection->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(connection->session),
                          NGHTTP2_NO_ERROR, NULL, 0);
    connection_flush(connection);
}
