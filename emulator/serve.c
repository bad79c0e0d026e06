/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "api.h"
#include "bridge.h"
#include "cloudmap.h"
#include "control.h"
#include "file.h"
#include "http.h"
#include "issuer.h"
#include "log.h"
#include "loop.h"
#include "options.h"

#define STOP_PATIENCE_MS 5000 /* for requests in flight */

struct server {
    const struct options *options;
    struct arena arena;
    struct loop *loop;
    struct store *store;
    struct api *api;
    struct cloudmap *cloudmap;
    struct control *control;
    struct bridge *bridge;
    struct http_server *http;
    struct loop_watch signals;
    bool is_stopping;
    int draining; /* servers that are not done yet */
    int exit_code;
};

static void complain(const char *reason)
{
    fprintf(stderr, "appmesh-emulator: %s\n", reason);
}

/* ---- stop ---- */

static void leave_loop(void *context)
{
    struct server *server = context;
    if (--server->draining == 0)
        loop_stop(server->loop);
}

static void stop(struct server *server, int exit_code)
{
    server->exit_code = exit_code;
    if (server->is_stopping)
        return;
    server->is_stopping = true;
    server->draining = 2;
    bridge_stop(server->bridge, STOP_PATIENCE_MS, leave_loop, server);
    http_drain(server->http, STOP_PATIENCE_MS, leave_loop, server);
}

/* ---- certificates ---- */

static struct certificates *read_certificates(const struct server *server, struct arena *arena,
                                              const char **out_reason)
{
    return certificates_load(server->options->certificates, server->options->authorities, arena,
                             out_reason);
}

static void read_certificates_again(struct server *server)
{
    struct arena arena = {0};
    const char *reason;
    struct certificates *certificates = read_certificates(server, &arena, &reason);
    if (certificates)
        bridge_set_certificates(server->bridge, certificates);
    else
        LOG(LOG_ERROR, "main", LOG_T("signal", "SIGHUP"), LOG_T("error", reason));
    arena_clear(&arena);
}

/* ---- signals ---- */

static sigset_t signals_heard(void)
{
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGINT);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGHUP);
    return heard;
}

static void end_at_once(int number)
{
    (void)number;
    _exit(EXIT_FAILURE);
}

/* While the loop does not run, before and after it: a seed may be long, and so may a last sync. */
static void hear_signals_without_loop(void)
{
    sigset_t heard = signals_heard();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, end_at_once);
    signal(SIGTERM, end_at_once);
    sigprocmask(SIG_UNBLOCK, &heard, NULL);
}

static void take_signal(void *context, uint32_t events)
{
    (void)events;
    struct server *server = context;
    struct signalfd_siginfo signal;
    if (read(server->signals.fd, &signal, sizeof signal) != sizeof signal)
        return;
    if (signal.ssi_signo == SIGHUP) {
        read_certificates_again(server);
        return;
    }
    if (server->is_stopping)
        _exit(EXIT_FAILURE);
    stop(server, EXIT_SUCCESS);
}

static void give_store_up(void *context)
{
    complain("the store could not be written and is closed; start again to open its last commit");
    stop(context, EXIT_FAILURE);
}

/* ---- start ---- */

static bool make_loop(struct server *server, const char **out_reason)
{
    server->loop = loop_new();
    if (!server->loop)
        *out_reason = strerror(errno);
    return server->loop;
}

/* From now on signals arrive through the loop alone, in none of the threads that are to come. */
static bool watch_signals(struct server *server, const char **out_reason)
{
    sigset_t heard = signals_heard();
    sigprocmask(SIG_BLOCK, &heard, NULL);
    server->signals.fd = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    server->signals.ready = take_signal;
    server->signals.context = server;
    if (server->signals.fd < 0) {
        *out_reason = strerror(errno);
        return false;
    }
    loop_watch(server->loop, &server->signals, EPOLLIN);
    return true;
}

static bool open_store(struct server *server, const char **out_reason)
{
    const struct options *options = server->options;
    const char *temporary = getenv("TMPDIR");
    struct store_options store = {
        .directory = options->data,
        .is_memory = options->is_memory,
        .durability = options->durability,
        .map_size = options->map_size,
    };
    if (options->is_memory)
        store.directory = temporary && *temporary ? temporary : "/tmp";
    server->store = store_open(&store, &server->arena, out_reason);
    return server->store != NULL;
}

static bool make_api(struct server *server, const char **out_reason)
{
    const struct options *options = server->options;
    struct api_options api = {options->scope, options->quotas, options->cors, give_store_up,
                              server};
    struct cloudmap_options cloudmap = {options->scope, options->cors,
                                        (int64_t)options->operation_delay_ms};
    struct control_options control = {options->control_hosts, VERSION, options->scope};
    server->api = api_new(server->loop, server->store, &api);
    server->cloudmap = cloudmap_new(server->loop, server->store, server->api, &cloudmap);
    server->control = control_new(server->api, server->cloudmap, server->store, &control);
    if (cloudmap_recover(server->cloudmap) != OK) {
        *out_reason = "the store cannot finish the operations that it holds";
        return false;
    }
    return !options->seed ||
           control_seed(server->control, options->seed, &server->arena, out_reason);
}

/* A PEM file's text into the arena; without a path *out stays NULL. */
static bool read_pem(struct arena *arena, const char *path, const char **out,
                     const char **out_reason)
{
    if (path)
        *out = file_text(arena, path, out_reason);
    return !path || *out;
}

static bool listen_for_proxies(struct server *server, const char **out_reason)
{
    static const char *const nowhere[] = {NULL};
    const struct options *options = server->options;
    struct bridge_options bridge = {
        .addresses = options_xds_is_off(options) ? nowhere : options->xds,
        .scope = options->scope,
        .instances = cloudmap_healthy,
        .issued = issuer_find,
    };
    if (!read_pem(&server->arena, options->xds_tls_cert, &bridge.tls_certificate, out_reason) ||
        !read_pem(&server->arena, options->xds_tls_key, &bridge.tls_key, out_reason))
        return false;
    bridge.certificates = read_certificates(server, &server->arena, out_reason);
    if (!bridge.certificates)
        return false;
    server->bridge = bridge_start(server->loop, server->store, &bridge, &server->arena, out_reason);
    control_set_bridge(server->control, server->bridge);
    return server->bridge != NULL;
}

/* Nobody is asked who he is: who can connect may do everything. */
static void warn_if_open(const char *address)
{
    if (strncmp(address, "127.", 4) != 0 && strncmp(address, "[::1]", 5) != 0)
        LOG(LOG_WARN, "serve", LOG_T("event", "open to other machines"), LOG_T("listen", address));
}

static bool listen_for_requests(struct server *server, const char **out_reason)
{
    const struct options *options = server->options;
    struct http_options http = {
        .address = options->listen,
        .handle = control_dispatch,
        .refuse = control_refuse,
        .context = server->control,
        .body_max = control_body_max,
        .body_patience_ms = control_body_patience_ms,
    };
    if (!read_pem(&server->arena, options->tls_cert, &http.tls_certificate, out_reason) ||
        !read_pem(&server->arena, options->tls_key, &http.tls_key, out_reason))
        return false;
    server->http = http_listen(server->loop, &http, &server->arena, out_reason);
    if (server->http)
        warn_if_open(http_address(server->http));
    return server->http != NULL;
}

/* ---- the ready line ---- */

/* Blanks would end the field, control characters the line: they are percent-encoded, and so is the
 * percent sign, that what is read can be decoded. */
static void print_field(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        printf(*c <= ' ' || *c == 0x7F || *c == '%' ? "%%%02X" : "%c", *c);
}

static void print_absolute(const char *path)
{
    char *absolute = realpath(path, NULL);
    print_field(absolute ? absolute : path);
    free(absolute);
}

static void say_ready(const struct server *server)
{
    const struct options *options = server->options;
    struct buffer xds = {0};
    bridge_print_addresses(server->bridge, &xds);
    printf("ready api=%s://%s xds=", options->tls_cert ? "https" : "http",
           http_address(server->http));
    print_field(xds.size > 0 ? xds.data : "off");
    buffer_clear(&xds);
    printf(" data=");
    if (options->is_memory)
        printf("memory");
    else
        print_absolute(options->data);
    printf("\n");
    fflush(stdout);
}

/* ---- life ---- */

static bool start(struct server *server, const char **out_reason)
{
    return make_loop(server, out_reason) && open_store(server, out_reason) &&
           make_api(server, out_reason) && watch_signals(server, out_reason) &&
           listen_for_proxies(server, out_reason) && listen_for_requests(server, out_reason);
}

/* In reverse; what a failed start did not reach is NULL. */
static void clear(struct server *server)
{
    http_close(server->http);
    bridge_free(server->bridge);
    control_free(server->control);
    cloudmap_free(server->cloudmap);
    api_free(server->api);
    store_close(server->store);
    loop_unwatch(&server->signals);
    loop_free(server->loop);
    if (server->signals.fd >= 0)
        close(server->signals.fd);
    arena_clear(&server->arena);
}

int serve(const struct options *options)
{
    struct server server = {.options = options, .signals = {.fd = -1}};
    log_configure(options->log_level, options->log_format);
    hear_signals_without_loop();
    const char *reason;
    if (start(&server, &reason)) {
        say_ready(&server);
        loop_run(server.loop);
    } else {
        complain(reason);
        server.exit_code = EXIT_FAILURE;
    }
    hear_signals_without_loop();
    clear(&server);
    return server.exit_code;
}
