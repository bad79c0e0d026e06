/* SPDX-License-Identifier: Apache-2.0
 *
 * The meshes that proxies are connected to, parsed, and what each of those proxies gets. A mesh is
 * read when its first proxy comes, patched by change, dropped after its last has left. A proxy is
 * translated anew only if something changed that its last translation read.
 *
 * Threads: the xDS loop's. Reads the store through a transaction of its own, which ends before any
 *          function here returns.
 */
#ifndef XDS_MESHES_H
#define XDS_MESHES_H

#include "certificates.h"
#include "node_id.h"
#include "translate/translate.h"

struct meshes;
struct served_mesh;

/* Appends the healthy instances of a Cloud Map service to an array, as {"Id", "Attributes"}. */
typedef enum status meshes_instances(struct store_txn *, struct arena *, const struct scope *,
                                     const char *namespace_name, const char *service,
                                     struct cJSON *out);

/* What was issued for the ARN of a certificate, or, for NULL, the authority behind all. Texts go
 * into the arena. ERR_NOT_FOUND. */
typedef enum status meshes_issued(struct store_txn *, struct arena *, const char *arn,
                                  struct certificate *out);

/* All streams of one node with the same settings share it. */
struct served_proxy {
    struct served_mesh *mesh;
    struct proxy proxy;
    const char *values[SETTING_COUNT]; /* the settings as they were given */
    struct snapshot *snapshot;
    struct mesh_item **reads; /* ascending by address */
    size_t read_count;
    size_t users;
    void *streams; /* the bridge's */
    bool is_dirty;
    struct served_proxy *next, **at; /* of the mesh */
};

struct meshes_sources {
    const struct scope *fallback;      /* as for node_id_find; borrowed */
    meshes_instances *instances;       /* NULL: there are none */
    struct certificates *certificates; /* become the meshes'; they come before what was issued */
    meshes_issued *issued;             /* NULL: nothing was */
};
struct meshes *meshes_new(struct store *, const struct meshes_sources *);
void meshes_free(struct meshes *);

/* Who is asked for: an Envoy's node id, its locality's region and its settings. */
struct meshes_query {
    const char *id, *region;
    const char *const *values; /* SETTING_COUNT of them */
};

/* Each join is followed by one leave. out_elsewhere: as in node_place.
 * Errors: ERR_NOT_FOUND, ERR_BAD_REQUEST for a malformed id or settings. */
enum status meshes_join(struct meshes *, const struct meshes_query *, struct served_proxy **out,
                        bool *out_elsewhere, struct error *) NODISCARD;
void meshes_leave(struct meshes *, struct served_proxy *);

/* The scope that a proxy's mesh is of. */
const struct scope *served_scope(const struct served_proxy *);

/* Called for each proxy that has to be told: it has a new snapshot, or (status other than OK) is
 * served no longer. May let streams leave. */
typedef void meshes_rebuilt(void *context, struct served_proxy *, enum status, const char *message);
/* The changes of one commit or of several, by next. */
void meshes_apply(struct meshes *, const struct store_changes *, meshes_rebuilt *, void *context);

/* Takes the certificates over in place of those before; who uses one is rebuilt. */
void meshes_set_certificates(struct meshes *, struct certificates *, meshes_rebuilt *,
                             void *context);

#endif
