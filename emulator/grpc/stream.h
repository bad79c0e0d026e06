/* SPDX-License-Identifier: Apache-2.0
 *
 * One gRPC call: an HTTP/2 stream whose request was or will be judged, and the nghttp2 callbacks
 * that move it.
 */
#ifndef GRPC_STREAM_H
#define GRPC_STREAM_H

#include "connection.h"
#include "message.h"

struct grpc_stream {
    struct connection *connection;
    struct grpc_stream *next, **link; /* in connection->streams */
    int32_t id;
    void *user;

    char *path;
    size_t header_size;
    bool is_post, is_grpc; /* what the request says */
    bool is_encoded;       /* grpc-encoding names a method */

    bool is_open;    /* the handler's */
    bool is_begun;   /* response headers were submitted */
    bool is_ending;  /* trailers wait for the message */
    bool wants_turn; /* to be told when the next message can be sent */

    struct incoming in;
    struct outgoing out;
    enum grpc_status status; /* of the waiting trailers */
    char *status_message;    /* encoded; NULL for none */
};

#define HEADER_LIST_MAX 16384 /* announced in SETTINGS */

/* Tells the handler if the stream is its. */
void stream_free(struct grpc_stream *);
/* Takes the stream from its handler and finishes it with OK. */
void stream_drain(struct grpc_stream *);

/* NULL: no memory. */
nghttp2_session_callbacks *stream_callbacks(void);

#endif
