/* SPDX-License-Identifier: Apache-2.0
 *
 * One mesh: the items that a translation reads, each parsed when it is first looked up.
 *
 * An item is the unit of change: a proxy has to be translated again only if an item changed that
 * its last translation read, whether it was there then or not. Routes count as part of their
 * router, gateway routes as part of their gateway.
 *
 * Owns:     the view owns its items and their trees.
 * Lifetime: an item lives as long as the view, or until mesh_view_forget; its spec and children
 *           until the next put or remove.
 */
#ifndef XDS_MESH_VIEW_H
#define XDS_MESH_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "kind.h"

struct arena;
struct cJSON;
struct shared;

enum item_kind {
    ITEM_MESH,
    ITEM_VIRTUAL_NODE,
    ITEM_VIRTUAL_GATEWAY,
    ITEM_VIRTUAL_ROUTER,
    ITEM_VIRTUAL_SERVICE,
    /* From outside the mesh; they have no spec here, only readers. */
    ITEM_INSTANCES,   /* of a Cloud Map service, named namespace/service */
    ITEM_CERTIFICATE, /* named by its ARN, as the next one */
    ITEM_AUTHORITY,
};

/* A route of a router or gateway. */
struct mesh_child {
    const char *name;
    const struct cJSON *spec;
    char *text; /* of the spec, until that is parsed */
};

struct mesh_item {
    enum item_kind kind;
    const char *name;
    const struct cJSON *spec; /* NULL: there is no such resource */
    const struct mesh_child *children;
    size_t child_count; /* sorted by name */
    char *text;         /* of the spec, until that is parsed */
    bool has_texts;     /* its own or a child's */
    void *readers;      /* of whoever follows changes; NULL at first */
    uint64_t mark;      /* of the reads that hold it last */
    struct mesh_kept *kept;
    void *part;           /* see mesh_part */
    uint64_t part_change; /* the view's last one when that was made */
    struct mesh_item *next;
};

struct mesh_view;

struct mesh_view *mesh_view_new(const char *mesh);
void mesh_view_free(struct mesh_view *);
const char *mesh_view_name(const struct mesh_view *);

/* Takes a resource's spec as it is in the store: compact JSON that was checked at the door.
 * Returns the item that changed; what it holds is to be had from mesh_view_item. */
struct mesh_item *mesh_view_put(struct mesh_view *, const struct resource_path *,
                                struct bytes spec);
struct mesh_item *mesh_view_remove(struct mesh_view *, const struct resource_path *);

/* Finds the item, or makes one that stands for its absence. */
struct mesh_item *mesh_view_item(struct mesh_view *, enum item_kind, const char *name);

/* Frees an item that stands for an absence and has no readers; else does nothing. */
void mesh_view_forget(struct mesh_view *, struct mesh_item *);

/* Bytes made from an item and two constants alone, kept until the item changes, so that a thousand
 * proxies with one backend have its cluster made once. NULL: nothing is kept under that key.
 * mesh_keep takes the reference over. */
struct shared *mesh_kept(const struct mesh_item *, const void *key, const void *with);
void mesh_keep(const struct mesh_item *, const void *key, const void *with, struct shared *);

/* One thing that a translation made of items alone, kept with one of them for those of other
 * proxies that follow, until anything in the view changes: then its arena is cleared. NULL: none is
 * kept. */
void *mesh_part(const struct mesh_view *, const struct mesh_item *);
void mesh_keep_part(struct mesh_view *, const struct mesh_item *, void *part);
struct arena *mesh_parts(struct mesh_view *);

/* What one translation read: each item once. In the arena. */
struct mesh_reads {
    struct arena *arena;
    uint64_t mark;
    struct mesh_item **items;
    size_t count, capacity;
};
void mesh_reads_begin(struct mesh_reads *, struct mesh_view *, struct arena *);
const struct mesh_item *mesh_read(struct mesh_reads *, struct mesh_view *, enum item_kind,
                                  const char *name);
void mesh_note_read(struct mesh_reads *, const struct mesh_item *);

#endif
