/* SPDX-License-Identifier: Apache-2.0
 *
 * One xDS stream as a state machine: requests and snapshots in, responses out; no socket, no clock.
 *
 *     ads_take(ads, snapshot);                          the proxy's state, now and at each change
 *     ads_receive(ads, &request, now, wall, &event);    what the client said
 *     while (the stream takes more && ads_next(ads, arena, now, &response)) ... send it ...
 *
 * One response of a type is under way at a time; what changes meanwhile is in the next, which is
 * made of the newest snapshot when it is sent, so a slow client costs no queue.
 *
 * Order, make before break: CDS, EDS, LDS, RDS, SDS. An LDS or RDS that names a cluster which this
 * client has not acknowledged waits for it, and for the endpoints and secrets that it names, at
 * most ADS_PATIENCE_MS. Clusters that are gone leave only after the LDS and RDS without them are
 * acknowledged.
 *
 * Source: Envoy's "xDS REST and gRPC protocol"; what it leaves open is our choice.
 */
#ifndef XDS_ADS_H
#define XDS_ADS_H

#include "arena.h"
#include "request.h"
#include "snapshot.h"

#define ADS_PATIENCE_MS 5000

struct ads;

/* only: the type of a stream that has one, else XDS_TYPE_COUNT. */
struct ads *ads_new(bool is_delta, enum xds_type only);
void ads_free(struct ads *);

/* Borrows a reference; before the first ads_receive. */
void ads_take(struct ads *, struct snapshot *);

struct ads_event {
    enum { ADS_ASKED, ADS_ACKED, ADS_REFUSED, ADS_STALE } what;
    enum xds_type type;
};

/* now_wall_ms: for the record of a refusal.
 * Errors: how the stream has to end; *out_reason is in the arena. */
enum grpc_status ads_receive(struct ads *, const struct request *, int64_t now_wall_ms,
                             struct arena *, struct ads_event *out,
                             const char **out_reason) NODISCARD;

/* Lifetime: arrays and removed names are in the arena; the resources are the stream's, so a
 * response must be packed before anything else is called. */
struct ads_response {
    enum xds_type type;
    uint64_t version, nonce;
    const struct xds_resource *const *resources;
    size_t count;
    const char *const *removed; /* delta */
    size_t removed_count;
};

/* The next response there is to send; notes it as sent. */
bool ads_next(struct ads *, struct arena *, int64_t now_ms, struct ads_response *out);
/* When ads_next has to be asked again though nothing came: monotonic ms; -1 for never. */
int64_t ads_due_ms(const struct ads *);

/* As a DiscoveryResponse or DeltaDiscoveryResponse, in the arena. */
struct bytes ads_pack(const struct ads *, struct arena *, const struct ads_response *);

/* For people: what a type of the stream stands at. */
struct ads_report {
    bool is_open;
    uint64_t sent, acked; /* versions; 0: none */
    const char *refusal;  /* borrowed until the next ads_receive; NULL: none */
    int64_t refused_at_ms;
};
struct ads_report ads_report(const struct ads *, enum xds_type);
bool ads_is_delta(const struct ads *);

typedef void ads_name_visitor(void *context, const char *name);
/* The names subscribed to, "*" among them. */
void ads_names(const struct ads *, enum xds_type, ads_name_visitor *, void *context);

/* XDS_TYPE_COUNT: none of ours. */
enum xds_type ads_type_of_url(const char *type_url);

#define ADS_VERSION_SIZE 17
/* A version as it is on the wire. */
const char *ads_print_version(uint64_t version, char out[ADS_VERSION_SIZE]);

#endif
