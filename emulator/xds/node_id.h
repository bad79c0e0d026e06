/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a proxy says it is: an Envoy's node id, and where in the store that is.
 *
 * Forms (source: AWS's Envoy agent and injector): mesh/<mesh>[@<owner>]/virtualNode/<name>,
 * mesh/<mesh>[@<owner>]/virtualGateway/<name>, and ARNs that end so.
 */
#ifndef XDS_NODE_ID_H
#define XDS_NODE_ID_H

#include "arn.h"
#include "store.h"

/* Strings are in the arena. */
struct node_id {
    enum kind kind;
    const char *mesh; /* as it stands there, owner and all */
    const char *name;
    const char *bare_mesh, *owner;        /* without "@" and 12 digits, and those; NULL: none */
    const char *arn_account, *arn_region; /* NULL: a short id */
};

/* False, with *out untouched, if it is none. */
bool node_id_parse(struct arena *, const char *text, struct node_id *out);

struct node_place {
    struct scope scope; /* in the arena */
    const char *mesh;
    bool is_elsewhere; /* not where a short id is looked up, but nowhere else either */
};

/* fallback: the scope of a request that does not say; region: the node's locality, "" for none.
 * A short id is looked up in the mesh owner's account or the fallback's, in its own region or the
 * fallback's; if it is not there, exactly one other scope may have it. An ARN says where it is.
 * Errors: ERR_NOT_FOUND, naming each place where such a mesh exists. */
enum status node_id_find(struct store_txn *, struct arena *, const struct node_id *,
                         const struct scope *fallback, const char *region, struct node_place *out,
                         struct error *) NODISCARD;

#endif
