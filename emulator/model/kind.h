/* SPDX-License-Identifier: Apache-2.0
 *
 * The seven kinds of resource: what each is called, where it hangs, how its ARN is written.
 */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

#include <stddef.h>

/* A parent comes before its children. */
enum kind {
    KIND_MESH,
    KIND_VIRTUAL_GATEWAY,
    KIND_GATEWAY_ROUTE,
    KIND_VIRTUAL_NODE,
    KIND_VIRTUAL_ROUTER,
    KIND_ROUTE,
    KIND_VIRTUAL_SERVICE,
    KIND_COUNT,
    KIND_NONE = KIND_COUNT /* the parent of a mesh */
};

struct shape;

struct kind_row {
    const char *name;        /* VirtualNode, as in error texts and operation names */
    const char *member;      /* virtualNode: payload member, ARN segment, metric label */
    const char *name_member; /* virtualNodeName */
    const char *collection;  /* virtualNodes: list member, last path segment, state document */
    enum kind parent;
    const struct shape *spec;
};
extern const struct kind_row kinds[KIND_COUNT];

/* A resource's names from the mesh down: names[KIND_MESH] is the mesh, names[kind] its own. Those
 * of kinds that are not on its path are NULL. */
struct resource_path {
    enum kind kind;
    const char *names[KIND_COUNT];
};

#endif
