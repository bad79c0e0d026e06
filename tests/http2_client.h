/* SPDX-License-Identifier: Apache-2.0
 *
 * A small HTTP/2 client on the loop of the server that it tests. Every event of it stops the loop,
 * so a test can look and go on: see WAIT.
 */
#ifndef TESTS_HTTP2_CLIENT_H
#define TESTS_HTTP2_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bytes.h"
#include "loop.h"

/* One request and what came back. */
struct call {
    int32_t id;
    struct buffer up; /* to be sent */
    size_t up_sent;
    bool is_up_done;
    struct buffer down;
    int http_status;
    char grpc_status[8], grpc_message[4096], content_type[64];
    bool is_closed;
    uint32_t error; /* of is_closed */
};

struct client {
    struct loop *loop;
    struct loop_watch watch;
    nghttp2_session *session;
    struct call *calls[256];
    size_t call_count;
    bool is_gone; /* the server closed */
    bool has_goaway;
    uint32_t goaway_error;
    int pings;
};

static int client_connect(const char *address)
{
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in remote = {.sin_family = AF_INET};
    const char *colon = strrchr(address, ':');
    bool is_unix = strncmp(address, "unix:", 5) == 0;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    remote.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    remote.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    if (is_unix)
        snprintf(local.sun_path, sizeof(local.sun_path), "%s", address + 5);
    if (connect(fd, is_unix ? (struct sockaddr *)&local : (struct sockaddr *)&remote,
                is_unix ? sizeof(local) : sizeof(remote)) != 0) {
        close(fd);
        return -1;
    }
    if (!is_unix)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return fd;
}

/* Sends what the session has, the socket being roomy; a vanished server is seen when reading. */
static void client_flush(struct client *client)
{
    const uint8_t *data;
    ssize_t size;
    while ((size = nghttp2_session_mem_send(client->session, &data)) > 0)
        while (size > 0) {
            ssize_t sent = send(client->watch.fd, data, (size_t)size, MSG_NOSIGNAL);
            if (sent < 0)
                return;
            data += sent;
            size -= sent;
        }
}

static void client_on_ready(void *context, uint32_t events)
{
    (void)events;
    static uint8_t block[1 << 16];
    struct client *client = context;
    ssize_t size = recv(client->watch.fd, block, sizeof(block), MSG_DONTWAIT);
    if (size > 0) {
        nghttp2_session_mem_recv(client->session, block, (size_t)size);
        client_flush(client);
    } else if (size == 0 || errno != EAGAIN) {
        client->is_gone = true;
        loop_unwatch(&client->watch);
    }
    loop_stop(client->loop);
}

static struct call *client_call(const struct client *client, int32_t id)
{
    for (size_t i = 0; i < client->call_count; i++)
        if (client->calls[i]->id == id)
            return client->calls[i];
    return NULL;
}

static int client_on_header(nghttp2_session *session, const nghttp2_frame *frame,
                            const uint8_t *name, size_t name_size, const uint8_t *value,
                            size_t value_size, uint8_t flags, void *context)
{
    (void)session, (void)name_size, (void)flags;
    struct call *call = client_call(context, frame->hd.stream_id);
    const char *text = (const char *)value;
    if (!call)
        return 0;
    if (!strcmp((const char *)name, ":status"))
        call->http_status = (int)strtol(text, NULL, 10);
    else if (!strcmp((const char *)name, "grpc-status"))
        snprintf(call->grpc_status, sizeof(call->grpc_status), "%.*s", (int)value_size, text);
    else if (!strcmp((const char *)name, "grpc-message"))
        snprintf(call->grpc_message, sizeof(call->grpc_message), "%.*s", (int)value_size, text);
    else if (!strcmp((const char *)name, "content-type"))
        snprintf(call->content_type, sizeof(call->content_type), "%.*s", (int)value_size, text);
    return 0;
}

static int client_on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                          size_t size, void *context)
{
    (void)session, (void)flags;
    struct call *call = client_call(context, id);
    if (call)
        buffer_append(&call->down, data, size);
    return 0;
}

static int client_on_close(nghttp2_session *session, int32_t id, uint32_t error, void *context)
{
    (void)session;
    struct call *call = client_call(context, id);
    if (call) {
        call->is_closed = true;
        call->error = error;
    }
    return 0;
}

static int client_on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    (void)session;
    struct client *client = context;
    if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
        client->pings++;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        client->has_goaway = true;
        client->goaway_error = frame->goaway.error_code;
    }
    return 0;
}

static void client_session(struct client *client, uint32_t window)
{
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_session_callbacks *calls;
    nghttp2_option *option;
    nghttp2_option_new(&option);
    nghttp2_option_set_peer_max_concurrent_streams(option, 256); /* until its SETTINGS are in */
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_header_callback(calls, client_on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, client_on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, client_on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, client_on_frame);
    nghttp2_session_client_new2(&client->session, calls, client, option);
    nghttp2_session_callbacks_del(calls);
    nghttp2_option_del(option);
    nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, &settings, 1);
}

/* window: how many bytes each stream may be sent before its data is taken. NULL: no connection. */
static struct client *client_new(struct loop *loop, const char *address, uint32_t window)
{
    int fd = client_connect(address);
    if (fd < 0)
        return NULL;
    struct client *client = memory_new(sizeof(*client));
    client->loop = loop;
    client->watch = (struct loop_watch){.fd = fd, .ready = client_on_ready, .context = client};
    loop_watch(loop, &client->watch, EPOLLIN);
    client_session(client, window);
    client_flush(client);
    return client;
}

static void client_free(struct client *client)
{
    loop_unwatch(&client->watch);
    close(client->watch.fd);
    nghttp2_session_del(client->session);
    for (size_t i = 0; i < client->call_count; i++) {
        buffer_clear(&client->calls[i]->up);
        buffer_clear(&client->calls[i]->down);
        free(client->calls[i]);
    }
    free(client);
}

static ssize_t client_upload(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                             uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session, (void)id, (void)context;
    struct call *call = source->ptr;
    size_t left = call->up.size - call->up_sent, used = left < size ? left : size;
    if (used == left && call->is_up_done)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    else if (used == 0)
        return NGHTTP2_ERR_DEFERRED;
    if (used)
        memcpy(out, call->up.data + call->up_sent, used);
    call->up_sent += used;
    return (ssize_t)used;
}

#define CLIENT_HEADER(name, value)                                                                 \
    {                                                                                              \
        (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), strlen(name), strlen(value),  \
            NGHTTP2_NV_FLAG_NONE                                                                   \
    }

/* A request with one more header of the caller's choice. */
static struct call *client_request(struct client *client, const char *method, const char *path,
                                   const char *type, const char *name, const char *value)
{
    const nghttp2_nv headers[] = {
        CLIENT_HEADER(":method", method),    CLIENT_HEADER(":scheme", "http"),
        CLIENT_HEADER(":authority", "x"),    CLIENT_HEADER(":path", path),
        CLIENT_HEADER("content-type", type), CLIENT_HEADER(name, value),
    };
    struct call *call = memory_new(sizeof(*call));
    const nghttp2_data_provider body = {.source.ptr = call, .read_callback = client_upload};
    client->calls[client->call_count++] = call;
    call->id = nghttp2_submit_request(client->session, NULL, headers, COUNT(headers), &body, call);
    client_flush(client);
    return call;
}

static struct call *client_open(struct client *client, const char *path)
{
    return client_request(client, "POST", path, "application/grpc", "te", "trailers");
}

static void client_bytes(struct client *client, struct call *call, const void *data, size_t size)
{
    buffer_append(&call->up, data, size);
    nghttp2_session_resume_data(client->session, call->id);
    client_flush(client);
}

static void client_send(struct client *client, struct call *call, struct bytes message)
{
    struct buffer framed = {0};
    const unsigned char prefix[] = {
        0, (unsigned char)(message.size >> 24), (unsigned char)(message.size >> 16),
        (unsigned char)(message.size >> 8), (unsigned char)message.size};
    buffer_append(&framed, prefix, sizeof(prefix));
    if (message.size)
        buffer_append(&framed, message.data, message.size);
    client_bytes(client, call, framed.data, framed.size);
    buffer_clear(&framed);
}

static inline void client_done(struct client *client, struct call *call)
{
    call->is_up_done = true;
    nghttp2_session_resume_data(client->session, call->id);
    client_flush(client);
}

#endif
