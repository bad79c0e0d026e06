/* SPDX-License-Identifier: Apache-2.0
 *
 * A stream that behaves as an Envoy: aggregated, state of the world or delta, on a connection of
 * its own. It asks for the clusters, then for their endpoints and the listeners, then for the
 * routes of these, and acknowledges each response. What goes wrong ends the program.
 */
#ifndef BENCH_ENVOY_H
#define BENCH_ENVOY_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>

#include "samples.h"

enum type { CDS, EDS, LDS, RDS, TYPE_COUNT };
extern const char *const type_names[TYPE_COUNT];

#define ENVOY_NAMES_MAX 128

struct subscription {
    char *names[ENVOY_NAMES_MAX];
    size_t count, told; /* the server was told of the first ones */
    bool is_asked, is_answered;
    char version[32], nonce[32]; /* of the last response */
};

struct block {
    uint8_t *data;
    size_t size, capacity;
};

/* What came in; the owner may empty it. */
struct tally {
    size_t bytes; /* read from the socket */
    size_t messages;
    size_t resources[TYPE_COUNT];
};

struct envoy {
    int fd; /* to be watched for input */
    bool is_delta;
    bool is_synced; /* all that it asked for was answered once */
    struct tally tally;
    struct subscription subscriptions[TYPE_COUNT];
    nghttp2_session *session;
    int32_t stream;
    struct block in, out; /* gRPC messages */
    size_t out_sent;
};

/* Connects and asks. Lifetime: it must stay where it is. */
void envoy_open(struct envoy *, unsigned short port, bool is_delta, const char *node);
void envoy_close(struct envoy *);

/* Takes what is there, of which there must be some, and answers it. */
void envoy_read(struct envoy *);

#endif
