/* SPDX-License-Identifier: Apache-2.0
 *
 * A gRPC server on one loop: streams of messages over HTTP/2, by prior knowledge or TLS, on TCP and
 * unix sockets. The only user of nghttp2 and of OpenSSL's TLS. It knows paths and bytes, no types.
 * Source: grpc/grpc: doc/PROTOCOL-HTTP2.md, http2-spec.md; RFC 9113.
 *
 * Taken: POST with content-type application/grpc or application/grpc+... (else HTTP 405, 415).
 * grpc-timeout is left to the client, which resets the stream. Messages are not compressed: a
 * compressed one ends its stream (UNIMPLEMENTED if grpc-encoding names a method, else INTERNAL).
 * Refused by itself: messages over GRPC_MESSAGE_MAX (RESOURCE_EXHAUSTED), floods (GOAWAY with
 * ENHANCE_YOUR_CALM), headers over 16 KiB (HTTP 431), more than 100 streams on a connection.
 *
 * Memory: a stream holds one message on its way out, a connection 64 KiB that the kernel did not
 *         take, half-received messages GRPC_PARTIAL_MAX in all; nothing grows with a slow reader.
 * Threads: all calls from the loop's thread. Callbacks come from the loop, never from inside
 *         grpc_send or grpc_finish.
 */
#ifndef GRPC_GRPC_H
#define GRPC_GRPC_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"

struct loop;
struct grpc_server;
struct grpc_stream;

#define GRPC_MESSAGE_MAX (4U << 20)
#define GRPC_PARTIAL_MAX (64U << 20)  /* of one server */
#define GRPC_CONNECTIONS_MAX 4096U    /* of one server; one more is closed as it comes */
#define GRPC_STREAMS_MAX 100U         /* of one connection */
#define GRPC_STATUS_MESSAGE_MAX 2048U /* encoded; the rest is cut off */

/* Source: grpc/grpc: doc/statuscodes.md. Those that this program sends. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
};

/* What happens on a stream. A stream that opened accepted is the handler's until it calls
 * grpc_finish or ended is called; after either the pointer is dead and nothing more is called. */
struct grpc_events {
    /* The head of a request is in: true takes the stream, false refuses it as UNIMPLEMENTED. */
    bool (*opened)(void *context, struct grpc_stream *);
    /* A whole message; borrowed until the callback returns. */
    void (*received)(struct grpc_stream *, struct bytes message);
    /* The peer sends no more. Still the handler's to finish. */
    void (*half_closed)(struct grpc_stream *);
    /* The message that a grpc_send left waiting is on its way: the next can be sent. */
    void (*ready)(struct grpc_stream *);
    /* Reset by the peer, connection lost, refused by this layer, or drained. */
    void (*ended)(struct grpc_stream *);
};

struct grpc_options {
    const char *address;                   /* ADDR:PORT (port 0: a free one) or unix:PATH */
    const char *tls_certificate, *tls_key; /* PEM text, or NULL for plain HTTP/2 */
    const struct grpc_events *events;      /* borrowed until grpc_close */
    void *context;                         /* of opened */
    /* When a peer is given up: no HTTP/2 preface after preface_ms; nothing heard for ping_after_ms,
     * nor in ping_patience_ms after our PING. 0: 10, 30 and 20 s. */
    int64_t preface_ms, ping_after_ms, ping_patience_ms;
};

/* A unix socket gets mode 0666; a leftover that nobody answers on is replaced.
 * Effect: with TLS, SIGPIPE is ignored from then on: OpenSSL writes without MSG_NOSIGNAL.
 * Errors: NULL with one line in *out_reason (static or in the arena). */
struct grpc_server *grpc_listen(struct loop *, const struct grpc_options *, struct arena *,
                                const char **out_reason);
const char *grpc_address(const struct grpc_server *); /* as bound: ADDR:PORT or unix:PATH */

/* Stops accepting, ends every stream with status OK and every connection with GOAWAY; calls done
 * from the loop once all are gone, at the latest after patience_ms. Call grpc_close after it. */
void grpc_drain(struct grpc_server *, int64_t patience_ms, void (*done)(void *), void *context);
/* Ends what is left at once, calling ended. Not from inside a callback of a stream. NULL is fine.
 */
void grpc_close(struct grpc_server *);

/* ---- streams ---- */

const char *grpc_path(const struct grpc_stream *); /* "/package.Service/Method" */
const char *grpc_peer(const struct grpc_stream *); /* ADDR:PORT, or "unix:pid=N" */
bool grpc_share_connection(const struct grpc_stream *, const struct grpc_stream *);
void *grpc_user(const struct grpc_stream *);
void grpc_set_user(struct grpc_stream *, void *);

/* A message is its parts, one after the other. Parts can be shared by any number of streams: they
 * and what they point at must stay until release, which is called once and may be NULL. */
struct grpc_message {
    const struct bytes *parts;
    size_t count;
    void (*release)(void *owner);
    void *owner;
};

/* True if no message waits: what was sent has passed the peer's flow control. Then, and only then,
 * grpc_send may be called. If the stream is not ready afterwards, ready follows. */
bool grpc_is_ready(const struct grpc_stream *);
/* Writes as much as the peer takes, at once; inside a callback of the same connection, after it. */
void grpc_send(struct grpc_stream *, const struct grpc_message *);

/* Ends the stream, after the message that still waits. The text is cut and percent-encoded; NULL
 * for none. Copied. */
void grpc_finish(struct grpc_stream *, enum grpc_status, const char *message);

#endif
