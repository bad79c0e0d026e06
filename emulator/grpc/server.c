/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "stream.h"
#include "tls.h"
#include "unix_socket.h"

#define ACCEPTS_PER_ROUND 64 /* so that those who are connected get their turn */
#define RETRY_MS 100
#define PREFACE_MS 10000
#define PING_AFTER_MS 30000
#define PING_PATIENCE_MS 20000

/* ---- accepting ---- */

static void name_peer(int fd, const struct sockaddr *address, char out[ADDRESS_SIZE])
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (address->sa_family != AF_UNIX)
        address_print(address, out);
    else if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        snprintf(out, ADDRESS_SIZE, "unix:pid=%d", (int)peer.pid);
    else
        snprintf(out, ADDRESS_SIZE, "unix");
}

static void stop_listening(struct grpc_server *server)
{
    loop_unwatch(&server->listener);
    loop_timer_stop(&server->retry);
    if (server->listener.fd < 0)
        return;
    unix_socket_remove(server->address);
    close(server->listener.fd);
    server->listener.fd = -1;
}

/* Descriptors or memory are short: a level-triggered listener would spin until some come free. */
static void pause_accepting(struct grpc_server *server)
{
    LOG(LOG_WARN, "grpc", LOG_T("event", "accept"), LOG_T("reason", strerror(errno)));
    loop_unwatch(&server->listener);
    loop_timer_start(server->loop, &server->retry, RETRY_MS);
}

static void resume_accepting(void *context)
{
    struct grpc_server *server = context;
    loop_watch(server->loop, &server->listener, EPOLLIN);
}

static void accept_one(struct grpc_server *server, int fd, const struct sockaddr *address)
{
    char peer[ADDRESS_SIZE];
    name_peer(fd, address, peer);
    if (server->connection_count >= GRPC_CONNECTIONS_MAX) {
        LOG(LOG_WARN, "grpc", LOG_T("event", "refused"), LOG_T("peer", peer),
            LOG_T("reason", "too many connections"));
        close(fd);
        return;
    }
    if (address->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection_new(server, fd, peer);
}

static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_listener(void *context, uint32_t events)
{
    (void)events;
    struct grpc_server *server = context;
    for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
        struct sockaddr_storage address = {0};
        socklen_t size = sizeof(address);
        int fd = accept4(server->listener.fd, (struct sockaddr *)&address, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (is_shortage(errno))
                pause_accepting(server);
            return; /* level-triggered: what else waits is told again */
        }
        accept_one(server, fd, (struct sockaddr *)&address);
    }
}

/* ---- life ---- */

static bool prepare_nghttp2(struct grpc_server *server)
{
    server->callbacks = stream_callbacks();
    if (!server->callbacks || nghttp2_option_new(&server->option) != 0)
        return false;
    /* Closed streams are nothing to remember: priorities are not used. */
    nghttp2_option_set_no_closed_streams(server->option, 1);
    /* No header of ours comes back often enough to pay for a table per connection. */
    nghttp2_option_set_max_deflate_dynamic_table_size(server->option, 0);
    nghttp2_option_set_max_outbound_ack(server->option, 1000);
    nghttp2_option_set_max_settings(server->option, 32);
    return true;
}

static int64_t or_default(int64_t value, int64_t fallback)
{
    return value ? value : fallback;
}

static struct grpc_server *server_new(struct loop *loop, const struct grpc_options *options)
{
    struct grpc_server *server = memory_new(sizeof(*server));
    server->loop = loop;
    server->events = options->events;
    server->context = options->context;
    server->preface_ms = or_default(options->preface_ms, PREFACE_MS);
    server->ping_after_ms = or_default(options->ping_after_ms, PING_AFTER_MS);
    server->ping_patience_ms = or_default(options->ping_patience_ms, PING_PATIENCE_MS);
    server->listener = (struct loop_watch){.fd = -1, .ready = on_listener, .context = server};
    server->retry = (struct loop_timer){.due = resume_accepting, .context = server};
    return server;
}

static bool start(struct grpc_server *server, const struct grpc_options *options,
                  struct arena *arena, const char **out_reason)
{
    char bound[ADDRESS_SIZE];
    const char *address = options->address;
    if (options->tls_certificate &&
        !(server->tls = tls_new(options->tls_certificate, options->tls_key, out_reason)))
        return false;
    if (!prepare_nghttp2(server)) {
        *out_reason = "out of memory";
        return false;
    }
    bool is_unix = unix_socket_is(address);
    server->listener.fd = is_unix ? unix_socket_listen(address, arena, out_reason)
                                  : address_listen(address, bound, arena, out_reason);
    if (server->listener.fd < 0)
        return false;
    server->address = memory_text(bytes_of(is_unix ? address : bound));
    loop_watch(server->loop, &server->listener, EPOLLIN);
    return true;
}

struct grpc_server *grpc_listen(struct loop *loop, const struct grpc_options *options,
                                struct arena *arena, const char **out_reason)
{
    struct grpc_server *server = server_new(loop, options);
    if (start(server, options, arena, out_reason))
        return server;
    grpc_close(server);
    return NULL;
}

const char *grpc_address(const struct grpc_server *server)
{
    return server->address;
}

void grpc_close(struct grpc_server *server)
{
    if (!server)
        return;
    stop_listening(server);
    while (server->connections)
        connection_free(server->connections);
    loop_timer_stop(&server->drain);
    tls_free(server->tls);
    nghttp2_session_callbacks_del(server->callbacks);
    nghttp2_option_del(server->option);
    free(server->address);
    free(server);
}

/* ---- drain ---- */

static void end_drain(void *context)
{
    struct grpc_server *server = context;
    void (*drained)(void *) = server->drained;
    server->drained = NULL;
    while (server->connections)
        connection_free(server->connections);
    drained(server->drained_context);
}

void grpc_drain(struct grpc_server *server, int64_t patience_ms, void (*done)(void *),
                void *context)
{
    stop_listening(server);
    server->drained = done;
    server->drained_context = context;
    server->drain = (struct loop_timer){.due = end_drain, .context = server};
    loop_timer_start(server->loop, &server->drain, server->connections ? patience_ms : 0);
    for (struct connection *connection = server->connections; connection;
         connection = connection->next)
        connection_drain(connection);
}

void server_forget(struct grpc_server *server)
{
    if (server->drained && !server->connections)
        loop_timer_start(server->loop, &server->drain, 0);
}
