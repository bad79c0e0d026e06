/* SPDX-License-Identifier: Apache-2.0
 *
 * One gRPC stream of a proxy: its requests to the state machine, its responses to the peer.
 *
 * Threads: the xDS loop's.
 */
#ifndef XDS_STREAM_H
#define XDS_STREAM_H

#include "ads.h"
#include "meshes.h"

struct loop;
struct stream;

struct streams {
    struct loop *loop;
    struct meshes *meshes;
    struct stream *first; /* all that said who they are */
    size_t count;         /* of Envoys; each has one stream, or one for each type */
    uint64_t pushes[XDS_TYPE_COUNT], refusals[XDS_TYPE_COUNT];
};

/* Callbacks of the gRPC server; the context of opened is the struct streams. */
extern const struct grpc_events stream_events;

/* meshes_rebuilt; the context is the struct streams. */
void streams_tell(void *streams, struct served_proxy *, enum status, const char *message);

/* Appends {"proxies":[...]}. */
void streams_print(const struct streams *, struct buffer *);
/* Appends Prometheus lines. */
void streams_print_metrics(const struct streams *, struct buffer *);

#endif
