/* SPDX-License-Identifier: Apache-2.0
 *
 * What the connections of one listener share.
 */
#ifndef GRPC_SERVER_H
#define GRPC_SERVER_H

#include <nghttp2/nghttp2.h>

#include "grpc.h"
#include "loop.h"

struct connection;

/* One frame as nghttp2 hands it out: RFC 9113's default SETTINGS_MAX_FRAME_SIZE and the head. */
#define FRAME_HEAD 9
#define FRAME_MAX (16384 + FRAME_HEAD)
#define IO_SIZE 65536

struct grpc_server {
    struct loop *loop;
    const struct grpc_events *events;
    void *context;
    int64_t preface_ms, ping_after_ms, ping_patience_ms;

    struct loop_watch listener; /* fd -1: not listening */
    struct loop_timer retry;    /* accepting again after a pause */
    char *address;
    struct ssl_ctx_st *tls; /* NULL: plain */

    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    struct connection *connections;
    size_t connection_count;
    size_t partial_size; /* bytes of half-received messages */

    struct loop_timer drain; /* started: draining */
    void (*drained)(void *);
    void *drained_context;

    struct connection *gathering; /* whose frames are in output just now */
    size_t gathered;              /* bytes of them */
    unsigned char input[IO_SIZE], output[IO_SIZE];
};

/* A connection has gone: the last one ends a drain. */
void server_forget(struct grpc_server *);

#endif
