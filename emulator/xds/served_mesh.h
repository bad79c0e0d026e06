/* SPDX-License-Identifier: Apache-2.0
 *
 * One mesh that proxies are connected to: parsed as it is in the store, patched by change, and who
 * reads what of it.
 *
 * Threads: the xDS loop's. Transactions are the caller's.
 */
#ifndef XDS_SERVED_MESH_H
#define XDS_SERVED_MESH_H

#include "meshes.h"

struct served_mesh {
    struct scope scope;
    const char *name;
    uint64_t id; /* of the row; 0: it is gone */
    struct mesh_view *view;
    struct served_proxy *proxies;
    struct served_mesh *next; /* of the meshes */
    struct arena arena;
};

/* Names are copied. To be loaded before anything else. */
struct served_mesh *served_mesh_new(const struct scope *, const char *name);
void served_mesh_free(struct served_mesh *); /* without proxies */

/* Reads it anew; a mesh that is not there is an empty one. Its proxies are dirty then. */
enum status served_mesh_load(struct store_txn *, struct served_mesh *) NODISCARD;

/* Takes over what the store has of the resource now. Who read it is dirty. */
enum status served_mesh_patch(struct store_txn *, struct served_mesh *,
                              const struct resource_path *) NODISCARD;

/* The same of something outside the mesh: ITEM_INSTANCES and what follows. */
void served_mesh_note(struct served_mesh *, enum item_kind, const char *name);

/* What the proxy's last translation read: that alone makes it dirty from now on. */
void served_mesh_set_reads(struct served_proxy *, const struct mesh_reads *);

#endif
