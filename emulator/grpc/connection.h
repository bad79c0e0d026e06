/* SPDX-License-Identifier: Apache-2.0
 *
 * One socket and its HTTP/2 session: bytes in, bytes out, liveness.
 *
 * Lifetime: connection_fail only marks it; the loop frees it soon after, so a stream's holder never
 *           loses its pointer inside a call of its own.
 */
#ifndef GRPC_CONNECTION_H
#define GRPC_CONNECTION_H

#include "address.h"
#include "server.h"

struct connection {
    struct grpc_server *server;
    struct connection *next, **link; /* in server->connections */
    nghttp2_session *session;
    struct ssl_st *tls; /* NULL: plain */
    struct grpc_stream *streams;
    struct loop_watch watch;
    struct loop_timer timer;
    struct loop_task task; /* flush later, or free */
    uint32_t events;       /* watched for */

    struct buffer output; /* what the kernel did not take; at most IO_SIZE */
    size_t output_sent;
    int64_t moved_ms; /* when some of it last went */

    int64_t heard_ms;          /* when bytes last came */
    int64_t asked_ms;          /* when the last PING was sent; 0: never */
    int64_t glitches_until_ms; /* when those counted so far are forgiven */
    bool is_reading;           /* inside nghttp2, which must not be asked for output */
    bool is_greeted;           /* the peer's preface is in */
    bool is_dead;
    char peer[ADDRESS_SIZE];
};

/* Takes the fd. NULL: no memory. */
struct connection *connection_new(struct grpc_server *, int fd, const char *peer);
/* Ends its streams and frees it. */
void connection_free(struct connection *);

void connection_feed(struct connection *, struct bytes); /* bytes from the peer */
void connection_flush(struct connection *);              /* frames to the peer, as far as it goes */
void connection_fail(struct connection *, const char *reason);

/* Room for a piece of what is being gathered to be written. NULL: there is no more. */
unsigned char *connection_room(const struct connection *, size_t size);

/* Counts a frame that brings nobody forward, such as a reset or a ping. RFC 9113, 10.5.
 * nghttp2 1.52 limits some of these floods itself, this one also those it does not know. */
void connection_count_glitch(struct connection *);

/* A whole frame came: the peer speaks HTTP/2. */
void connection_heard_frame(struct connection *);

/* Ends every stream with status OK and says GOAWAY. */
void connection_drain(struct connection *);

#endif
