/* SPDX-License-Identifier: Apache-2.0
 *
 * An HTTP/1.1 server on one loop: requests come in whole and validated as HTTP, answers go out when
 * the handler has one. The only user of libmicrohttpd.
 *
 * Refused here, before any handler (Connection: close): (400) no or two Host, two Content-Length,
 * Content-Length with Transfer-Encoding, a Transfer-Encoding other than chunked, a header name that
 * is empty or ends in a blank, a method that is no token, a target that is not printable ASCII or
 * of another form than "/...", "scheme://authority/..." or "*"; (413) a body over the limit; (503,
 * Retry-After: 1) the requests of connections beyond the 1,000th. Source: measured behaviour of
 * libmicrohttpd 0.9.75, which takes them all. What it does not let us see: a line that starts with
 * ':' behind other headers, which it takes for the end of the head.
 *
 * One server a loop, for it takes the loop's patience. A connection on which the client owes
 * something for too long, a head, a body or the reading of an answer, is closed; time in the
 * handler's hands never counts. One that has hung up in the middle of a request is closed in a
 * second.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "bytes.h"

struct loop;
struct http_server;

/* Lifetime: all of it is borrowed until http_respond. The arena is the request's. */
struct http_request {
    const char *method;
    const char *target; /* raw path: no query, no scheme or authority, nothing decoded */
    const char *query;  /* raw, without '?'; "" if none */
    struct bytes body;
    struct arena *arena;
    int64_t started_us; /* monotonic: when the head was whole */
    void *context;      /* the handler's own, to find its call again */
};

/* Of a header sent twice the first. NULL if absent. Names are compared without case. */
const char *http_header(const struct http_request *, const char *name);

struct http_header {
    const char *name, *value;
};
#define HTTP_HEADERS_MAX 8

struct http_response {
    int status;
    struct http_header headers[HTTP_HEADERS_MAX]; /* up to the first without a name */
    struct bytes body;                            /* copied, unless is_arena */
    bool is_arena; /* the body lives in the request's arena: sent from there, not copied */
    bool is_last;  /* Connection: close */
};

/* Must call http_respond exactly once, now or from a later callback of the loop; a client that goes
 * away meanwhile changes nothing. */
typedef void http_handler(void *context, struct http_request *);
void http_respond(struct http_request *, const struct http_response *);

/* What to say to a request that this layer refuses: fills body and headers of the response, whose
 * status is set, in the caller's own form. */
typedef void http_refusal(void *context, struct arena *, const char *reason,
                          struct http_response *);

/* 0 means the default. Scaled down, with a line in the log, where descriptors are few. */
struct http_limits {
    unsigned connections;      /* served at once: 1,000 */
    unsigned connections_hard; /* held at once, the surplus to be refused: a tenth more */
    int64_t head_patience_ms;  /* from accept or the last answer to a whole head: 30 s */
};

struct http_options {
    const char *address;                   /* ADDR:PORT, [ADDR]:PORT; port 0: a free one */
    const char *tls_certificate, *tls_key; /* PEM text, or NULL for plain HTTP */
    http_handler *handle;
    http_refusal *refuse;
    void *context; /* of the four callbacks */
    /* How many bytes of body a request with this head may have / how long that of a raw target,
     * counted from the head, and then the reading of the answer may take. */
    size_t (*body_max)(void *context, const struct http_request *head);
    int64_t (*body_patience_ms)(void *context, const char *target);
    struct http_limits limits;
};

/* Raises the soft limit of descriptors. NULL with one line in *out_reason (static or in the arena).
 * The certificate and the key are copied. */
struct http_server *http_listen(struct loop *, const struct http_options *, struct arena *,
                                const char **out_reason);
const char *http_address(const struct http_server *); /* ADDR:PORT as bound */

/* Stops accepting and closes what is idle; calls done from the loop, once, when every request in
 * flight has its answer sent, at the latest after patience_ms. */
void http_drain(struct http_server *, int64_t patience_ms, void (*done)(void *), void *context);

/* Closes all at once. Requests not yet answered are forgotten: http_respond must not follow. Not
 * from inside a handler. */
void http_close(struct http_server *);

#endif
