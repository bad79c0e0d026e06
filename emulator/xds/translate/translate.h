/* SPDX-License-Identifier: Apache-2.0
 *
 * From a mesh to what one proxy of it gets: a pure function. What it reads is recorded; the same
 * reads give the same bytes.
 *
 * Source: the output follows the configuration that AWS's Envoy management service was seen to send
 * in 2019-2022, in the form that Envoys of today accept. Comments say where each fact is from:
 * "recorded" a dump of a running proxy, "botocore" the service model, "guide" AWS's user guide,
 * "data-plane-api" Envoy's own definitions, "our choice" where there is no record.
 */
#ifndef XDS_TRANSLATE_TRANSLATE_H
#define XDS_TRANSLATE_TRANSLATE_H

#include "kind.h"
#include "mesh_view.h"
#include "settings.h"
#include "snapshot.h"
#include "x509.h"

/* The cluster that serves secrets of `sds`, which the bootstrap must bring along. Recorded: AWS's
 * agent added it for APPMESH_SDS_SOCKET_PATH. */
#define SDS_SOCKET_CLUSTER "static_cluster_sds_unix_socket"

struct proxy {
    enum kind kind; /* KIND_VIRTUAL_NODE or KIND_VIRTUAL_GATEWAY */
    const char *name;
    struct proxy_settings settings;
};

/* A Cloud Map instance that is healthy; attributes is an object of strings. */
struct instance {
    const char *id;
    const struct cJSON *attributes;
};

/* What a translation needs from outside the mesh. What they give must live until translate_proxy
 * returns. Each use is recorded as a read of the matching item. */
struct translate_sources {
    void *context;
    /* Ascending by id. */
    const struct instance *(*instances)(void *context, const char *namespace_name,
                                        const char *service, size_t *out_count);
    bool (*certificate)(void *context, const char *arn, struct certificate *out);
    /* The authority itself, or for the ARN of a certificate the one that issued it. NULL: unknown.
     */
    const char *(*authority)(void *context, const char *arn);
};

/* reads: begun by the caller. *out is the caller's reference.
 * Errors: ERR_NOT_FOUND if the mesh or the proxy's own resource is not there; ERR_BAD_REQUEST for
 *         settings that this mesh cannot meet. Reads are recorded in any case. */
enum status translate_proxy(struct mesh_view *, const struct proxy *,
                            const struct translate_sources *, struct mesh_reads *,
                            struct snapshot **out, struct error *) NODISCARD;

#endif
