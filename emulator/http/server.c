/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"

/* libmicrohttpd clears the pool for each request, so it costs time; it is also the ceiling of the
 * head (431 beyond). Measured: 32 KiB 0.89, 16 KiB 0.94, 8 KiB 0.96 of the bare server's rate. */
#define POOL_SIZE 16384

static void note_complaint(void *context, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
static void note_complaint(void *context, const char *format, va_list arguments)
{
    struct http_server *server = context;
    char text[sizeof(server->complaint)];
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = '\0';
    LOG(LOG_DEBUG, "http", LOG_T("message", text));
    if (!server->complaint[0])
        memcpy(server->complaint, text, sizeof(text));
}

static void on_ready(void *context, uint32_t events)
{
    (void)events;
    MHD_run(((struct http_server *)context)->daemon);
}

static void run(void *context)
{
    on_ready(context, 0);
}

/* What a run of the daemon left undone is for the next round, so that others have their turn. */
static int64_t patience(void *context)
{
    struct http_server *server = context;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    if (MHD_get_timeout(server->daemon, &wait_ms) != MHD_YES || wait_ms > 0)
        return -1;
    loop_defer(server->loop, &server->run);
    return 0;
}

/* The daemon owns the listener, also if it does not start. */
static struct MHD_Daemon *daemon_start(struct http_server *server, int listener)
{
    const struct http_options *options = &server->options;
    bool is_tls = options->tls_certificate != NULL;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    const struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)options->tls_certificate},
        {MHD_OPTION_HTTPS_MEM_KEY,  0, (void *)options->tls_key        },
        {MHD_OPTION_END,            0, NULL                            },
    };
    return MHD_start_daemon(
        is_tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, connection_handle, server,
        MHD_OPTION_EXTERNAL_LOGGER, note_complaint, server, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_LIMIT, options->limits.connections_hard,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_SIZE, MHD_OPTION_STRICT_FOR_CLIENT, 0,
        MHD_OPTION_URI_LOG_CALLBACK, connection_target, server, MHD_OPTION_NOTIFY_CONNECTION,
        connection_notify, server, MHD_OPTION_NOTIFY_COMPLETED, connection_completed, server,
        is_tls ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls, MHD_OPTION_END);
}

static void on_drained(void *context)
{
    struct http_server *server = context;
    loop_timer_stop(&server->drain_end);
    server->is_draining = false;
    server->on_drained(server->on_drained_context);
}

static struct http_server *server_new(struct loop *loop, const struct http_options *options)
{
    struct http_server *server = memory_new(sizeof(*server));
    server->options = *options;
    server->loop = loop;
    server->watch = (struct loop_watch){.ready = on_ready, .context = server};
    server->run = (struct loop_task){.run = run, .context = server};
    server->drain_end = (struct loop_timer){.due = on_drained, .context = server};
    limits_settle(&server->options.limits);
    return server;
}

struct http_server *http_listen(struct loop *loop, const struct http_options *options,
                                struct arena *arena, const char **out_reason)
{
    struct http_server *server = server_new(loop, options);
    int listener = address_listen(options->address, server->address, arena, out_reason);
    if (listener >= 0) {
        server->daemon = daemon_start(server, listener);
        if (!server->daemon)
            *out_reason = arena_printf(
                arena, "%s: %s%s", options->address,
                options->tls_certificate ? "the TLS certificate or key: " : "", server->complaint);
    }
    if (!server->daemon) {
        free(server);
        return NULL;
    }
    server->watch.fd = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    loop_watch(loop, &server->watch, EPOLLIN);
    loop_set_patience(loop, patience, server);
    MHD_run(server->daemon); /* it watches its listener from its first run on */
    return server;
}

const char *http_address(const struct http_server *server)
{
    return server->address;
}

void http_drain(struct http_server *server, int64_t patience_ms, void (*done)(void *),
                void *context)
{
    server->is_draining = true;
    server->on_drained = done;
    server->on_drained_context = context;
    close(MHD_quiesce_daemon(server->daemon));
    for (struct connection *one = server->connections; one; one = one->next) {
        if (one->phase == PHASE_HEAD)
            shutdown(one->fd, SHUT_RD); /* a request that has come but was not read is answered */
    }
    loop_timer_start(server->loop, &server->drain_end, server->open ? patience_ms : 0);
}

void http_close(struct http_server *server)
{
    if (!server)
        return;
    server->is_draining = false;
    for (struct connection *one = server->connections; one; one = one->next)
        connection_abandon(one);
    MHD_run(server->daemon); /* it must not stop while connections are suspended */
    loop_unwatch(&server->watch);
    loop_set_patience(server->loop, NULL, NULL);
    loop_timer_stop(&server->drain_end);
    MHD_stop_daemon(server->daemon);
    loop_cancel(server->loop, &server->run); /* only now no connection asks for it any more */
    free(server);
}
