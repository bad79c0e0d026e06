/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream has asked for and been given of one type: a table of names, sorted.
 *
 * Owns: its items, with their names and copies of the resources kept.
 */
#ifndef XDS_SUBSCRIPTION_H
#define XDS_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

struct item {
    char *name;
    uint64_t version;     /* that was sent last or that the client told us it has; 0: any is news */
    bool is_asked : 1;    /* subscribed to by its own name */
    bool is_due : 1;      /* delta: the next response has to mention it, there or not */
    bool is_sent : 1;     /* the client has it, or will when it has read what is on its way */
    bool is_flying : 1;   /* in the response that has no answer yet, with delta as removed too */
    bool is_acked : 1;    /* the client took some version of it */
    bool is_rejected : 1; /* what was said of it last came in a response that was refused */
    bool is_leaving : 1;  /* a cluster that is gone but still stays with the client */
    struct xds_resource *kept; /* what a leaving cluster was; NULL: not known, or not leaving */
};

struct subscription {
    bool is_open;     /* a request has come */
    bool is_wildcard; /* all resources of the proxy */
    bool was_named;   /* once a name was given, an empty list asks for nothing */
    struct item *items;
    size_t count, capacity;

    bool needs_look; /* something happened since the last plan */
    bool answer_due; /* even if there is nothing to tell */
    bool is_flying;
    int64_t held_since_ms; /* 0: not held */
    uint64_t responses;
    uint64_t nonce; /* of the last response; 0: none */
    uint64_t sent_version, acked_version;
    char *refusal; /* the last one's text; NULL: what was sent after it was taken */
    int64_t refused_at_ms;
};

void subscription_clear(struct subscription *);

struct item *subscription_find(const struct subscription *, const char *name); /* NULL: none */

/* Makes sure that each name has an item. Borrowed names are copied. */
void subscription_add(struct subscription *, const char *const *names, size_t count);

/* Puts new items in place of the old; what is not among the new has been moved or is freed by the
 * caller. Takes the array over. */
void subscription_replace(struct subscription *, struct item *items, size_t count);

/* Drops what nobody asks for any more and the client has not got. */
void subscription_tidy(struct subscription *);

void item_clear(struct item *);
void item_release(struct item *); /* no longer leaving */

static inline bool subscription_covers(const struct subscription *subscription,
                                       const struct item *item)
{
    return subscription->is_wildcard || (item != NULL && item->is_asked);
}

#endif
