/* SPDX-License-Identifier: Apache-2.0
 *
 * Make before break: in which order one stream's types may be told of a state.
 *
 * What is needed comes first: an LDS or RDS waits for the clusters that it names, and for their
 * endpoints and secrets. What is gone goes last: a cluster stays, as it was and with what it uses,
 * until the LDS and RDS without it are taken.
 *
 * All of the functions take the stream's subscriptions, one for each type.
 */
#ifndef XDS_ORDER_H
#define XDS_ORDER_H

#include "plan.h"

/* Another state takes the place of one. */
void order_note_leaving(struct subscription *types, const struct snapshot *was,
                        const struct snapshot *next);

/* The client has said what it holds from another stream. */
void order_note_gone(struct subscription *types, const struct snapshot *);

/* True if a leaving cluster uses it. */
bool order_keeps(const struct subscription *types, enum xds_type, const char *name);

/* True if the clusters that the plan names have to come first. */
bool order_has_to_wait(const struct subscription *types, const struct snapshot *, enum xds_type,
                       const struct plan *);

/* What is carried anew waits anew for what it uses. */
void order_renew_used(struct subscription *types, enum xds_type, const struct plan *);

/* Lets leaving clusters go, if they may. True if there are any. */
bool order_let_leave(struct subscription *types);

#endif
