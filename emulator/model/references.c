/* SPDX-License-Identifier: Apache-2.0 */
#include "references.h"

#include <assert.h>
#include <string.h>

#include "bytes.h"
#include "json.h"

#define TARGETS(route) "spec." route ".action.weightedTargets.virtualNode"
#define TARGET(route) "spec." route ".action.target.virtualService.virtualServiceName"

/* Source: botocore, the members documented as the name of another resource. */
static const struct {
    enum kind owner;
    enum kind target;
    const char *path;
} rows[] = {
    {KIND_GATEWAY_ROUTE,   KIND_VIRTUAL_SERVICE, TARGET("grpcRoute")                              },
    {KIND_GATEWAY_ROUTE,   KIND_VIRTUAL_SERVICE, TARGET("http2Route")                             },
    {KIND_GATEWAY_ROUTE,   KIND_VIRTUAL_SERVICE, TARGET("httpRoute")                              },
    {KIND_VIRTUAL_NODE,    KIND_VIRTUAL_SERVICE, "spec.backends.virtualService.virtualServiceName"},
    {KIND_ROUTE,           KIND_VIRTUAL_NODE,    TARGETS("grpcRoute")                             },
    {KIND_ROUTE,           KIND_VIRTUAL_NODE,    TARGETS("http2Route")                            },
    {KIND_ROUTE,           KIND_VIRTUAL_NODE,    TARGETS("httpRoute")                             },
    {KIND_ROUTE,           KIND_VIRTUAL_NODE,    TARGETS("tcpRoute")                              },
    {KIND_VIRTUAL_SERVICE, KIND_VIRTUAL_NODE,    "spec.provider.virtualNode.virtualNodeName"      },
    {KIND_VIRTUAL_SERVICE, KIND_VIRTUAL_ROUTER,  "spec.provider.virtualRouter.virtualRouterName"  },
};

struct walk {
    struct reference found;
    reference_visitor *visit;
    void *context;
};

static const struct cJSON *member_at(const struct cJSON *object, const char *path)
{
    char name[32];
    size_t size = strcspn(path, ".");
    assert(size < sizeof name);
    memcpy(name, path, size);
    name[size] = '\0';
    return json_member(object, name);
}

/* Follows the rest of a path, into every element of a list on it. The port is that of the nearest
 * object around the name that has one. */
static void follow(struct walk *walk, const struct cJSON *value, const char *path, int64_t port)
{
    if (!value)
        return;
    switch (json_type(value)) {
    case JSON_ARRAY:
        for (const struct cJSON *one = json_first(value); one; one = json_next(one))
            follow(walk, one, path, port);
        break;
    case JSON_OBJECT:
        follow(walk, member_at(value, path), path + strcspn(path, ".") + 1,
               json_integer(value, "port", port));
        break;
    default:
        walk->found.name = json_text(value);
        walk->found.port = port;
        walk->visit(walk->context, &walk->found);
    }
}

void references_walk(enum kind kind, const struct cJSON *spec, reference_visitor *visit,
                     void *context)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (rows[i].owner != kind)
            continue;
        struct walk walk = {
            {rows[i].target, NULL, 0, rows[i].path},
            visit, context
        };
        follow(&walk, spec, rows[i].path + strlen("spec."), 0);
    }
}
