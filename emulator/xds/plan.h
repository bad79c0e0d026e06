/* SPDX-License-Identifier: Apache-2.0
 *
 * What the next response of one type has to say: the difference between what the client has and
 * what it should have.
 */
#ifndef XDS_PLAN_H
#define XDS_PLAN_H

#include "subscription.h"

/* Which rules a type follows on a stream. Source: Envoy's xDS protocol page, "Resource types" and
 * "Incremental xDS". */
enum manner {
    MANNER_WHOLE,   /* state of the world, LDS and CDS: what is left out is deleted */
    MANNER_PARTIAL, /* state of the world, all others: what is left out stays */
    MANNER_DELTA,
};

/* The arrays are in the arena, the resources themselves the snapshot's or kept in the subscription.
 */
struct plan {
    enum manner manner;
    const struct xds_resources *resources;
    bool is_needed;
    bool with_rejected; /* something changed: what was refused with other things is told again */
    const struct xds_resource **carried;
    size_t carried_count;
    const char **removed; /* delta */
    size_t removed_count;
    uint64_t version; /* of all that exists among what is subscribed, carried or not */
};

/* True if a name that is gone must stay with the client for now. */
typedef bool plan_keeps(void *context, const char *name);

void plan_make(struct plan *, enum manner, const struct subscription *,
               const struct xds_resources *, plan_keeps *, void *context, struct arena *);

/* The version that plan_make would find, without making one. */
uint64_t plan_version(const struct subscription *, const struct xds_resources *);

/* Notes in the subscription that the plan is on its way. */
void plan_commit(const struct plan *, struct subscription *);

/* Notes that the client has all that exists of what it asks for. */
void plan_assume(struct subscription *, const struct xds_resources *);

#endif
