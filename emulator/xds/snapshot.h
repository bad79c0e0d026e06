/* SPDX-License-Identifier: Apache-2.0
 *
 * What one proxy gets: per xDS type the named resources, packed, sorted by name, with versions.
 *
 * Lifetime: immutable after snapshot_finish; counted: it and all it holds live until the last
 *           snapshot_unref. One thread.
 */
#ifndef XDS_SNAPSHOT_H
#define XDS_SNAPSHOT_H

#include <stdint.h>

#include "arena.h"

struct ProtobufCMessage;
struct shared;

/* In the order of sending: make before break. */
enum xds_type { XDS_CLUSTER, XDS_ENDPOINT, XDS_LISTENER, XDS_ROUTE, XDS_SECRET, XDS_TYPE_COUNT };

struct xds_type_row {
    const char *name; /* CDS, as people call it */
    const char *url;
};
extern const struct xds_type_row xds_types[XDS_TYPE_COUNT];

/* That a resource cannot work without another one. */
struct xds_use {
    enum xds_type type;
    const char *name;
};

struct xds_resource {
    const char *name;
    struct bytes message;  /* packed; the value of an Any with the type's URL */
    struct shared *shared; /* of whose bytes it is; NULL: of the arena's */
    const struct xds_use *uses;
    size_t use_count;
    /* content covers the message; version also the messages of the resources that use this one, so
     * that an Envoy that warms one of those again is sent this one again. */
    uint64_t content, version;
};

struct xds_resources {
    struct xds_resource *items;
    size_t count, capacity;
};

struct snapshot {
    size_t references;
    struct arena arena;
    struct xds_resources types[XDS_TYPE_COUNT];
    const char **warnings; /* what in the mesh could not be served, for the log */
    size_t warning_count;
};

struct snapshot *snapshot_new(void); /* one reference, the caller's */
struct snapshot *snapshot_ref(struct snapshot *);
void snapshot_unref(struct snapshot *);

/* Only before snapshot_finish. Name, message and uses are copied; of what is shared a reference is
 * taken. */
void snapshot_add(struct snapshot *, enum xds_type, const char *name,
                  const struct ProtobufCMessage *, const struct xds_use *uses, size_t use_count);
void snapshot_add_shared(struct snapshot *, enum xds_type, const char *name, struct shared *,
                         const struct xds_use *uses, size_t use_count);
void snapshot_warn(struct snapshot *, const char *warning); /* copied; each text once */

/* Sorts, and computes the versions. A name must be there once in a type. */
void snapshot_finish(struct snapshot *);

/* A copy in one piece, the caller's to free. */
struct xds_resource *resource_copy(const struct xds_resource *);

/* One more word in a version. A bijection of either argument, so what differs within one word never
 * collides. */
uint64_t snapshot_mix(uint64_t hash, uint64_t word);

/* NULL if there is none. */
const struct xds_resource *snapshot_find(const struct snapshot *, enum xds_type, const char *name);

#endif
