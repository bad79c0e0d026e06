/* SPDX-License-Identifier: Apache-2.0
 *
 * The 38 operations as rows. Source: botocore appmesh 2019-01-25.
 */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "kind.h"
#include "status.h"
#include "store.h"

struct call;
struct shape;

enum parameter {
    PARAMETER_LIMIT,
    PARAMETER_MESH_OWNER,
    PARAMETER_NEXT_TOKEN,
    PARAMETER_RESOURCE_ARN,
    PARAMETER_COUNT
};
extern const char *const parameter_names[PARAMETER_COUNT];

#define OPERATION_COUNT 38
#define SEGMENTS_MAX 7

struct operation {
    const char *name;
    const char *method;
    const char *path; /* {memberName} stands for one segment */
    enum kind kind;   /* KIND_NONE for the tag operations */
    enum access access;
    enum status (*handle)(struct call *) NODISCARD;
    const struct shape *parameters[PARAMETER_COUNT]; /* of the query; NULL: not taken */
    const struct shape *body;                        /* NULL: none */
};
extern const struct operation operations[OPERATION_COUNT];

const struct operation *operation_named(const char *name); /* NULL: unknown */

/* The operation for a method and a raw target's segments; the raw segments that stand for names go
 * to out_names by kind (data NULL: none). NULL if there is none. */
const struct operation *operation_match(const char *method, const struct bytes *segments,
                                        size_t count, struct bytes out_names[KIND_COUNT]);

/* The kind whose name a {memberName} of a path holds. */
enum kind operation_path_kind(struct bytes placeholder);

/* What the model says of a path member that names a resource of the kind. */
const struct shape *operation_name_shape(enum kind);

#endif
