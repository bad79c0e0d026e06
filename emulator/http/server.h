/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of http: a server, its connections, and the one request each of them carries at a time.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <microhttpd.h>

#include "address.h"
#include "http.h"
#include "loop.h"

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    struct loop *loop;
    struct loop_watch watch; /* the daemon's epoll */
    struct loop_task run;    /* the daemon has work that its epoll does not show */
    struct connection *connections;
    unsigned open; /* how many they are */
    char address[ADDRESS_SIZE];
    char complaint[256]; /* libmicrohttpd's first: why it did not start */
    bool is_draining;
    struct loop_timer drain_end;
    void (*on_drained)(void *);
    void *on_drained_context;
};

/* What a connection waits for. The client owes all but PHASE_HANDLER. */
enum phase { PHASE_HEAD, PHASE_BODY, PHASE_HANDLER, PHASE_ANSWER };

struct connection {
    struct http_request request;
    struct arena arena;
    struct buffer body;
    size_t body_max;
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct connection *previous, *next;
    struct loop_timer timer;  /* never later than the deadline */
    struct loop_watch hangup; /* the client has closed its sending side */
    int64_t deadline_ms;
    enum phase phase;
    int fd;
    bool is_surplus;   /* came when the server had enough of them */
    bool is_answered;  /* the handler has called http_respond */
    bool is_suspended; /* out of libmicrohttpd's hands until then */
    bool is_hurried;   /* see connection_resume */
};

/* libmicrohttpd's callbacks; context is the server. */
void connection_notify(void *context, struct MHD_Connection *, void **socket_context,
                       enum MHD_ConnectionNotificationCode);
void *connection_target(void *context, const char *target, struct MHD_Connection *);
enum MHD_Result connection_handle(void *context, struct MHD_Connection *, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **connection);
void connection_completed(void *context, struct MHD_Connection *, void **connection,
                          enum MHD_RequestTerminationCode);

/* Ends it: libmicrohttpd sees the client gone. */
void connection_shut(struct connection *);

/* For a server that closes: gives the connection back to libmicrohttpd, shut and unanswered. */
void connection_abandon(struct connection *);

/* Fills what is 0 with the defaults, raises the soft limit of descriptors, and fits the limits. */
void limits_settle(struct http_limits *);

/* Why the request whose head is whole is refused: the reason, and *out_status; NULL if it is fine.
 * Sets *out_size to the announced size of the body, 0 if there is none. */
const char *head_complaint(const struct connection *, int *out_status, size_t *out_size);

#endif
