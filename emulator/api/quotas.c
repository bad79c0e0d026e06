/* SPDX-License-Identifier: Apache-2.0 */
#include "quotas.h"

#include "json.h"

#define BACKENDS_MAX 50

static const struct {
    unsigned max;
    const char *what; /* as in the error's text */
    const char *where;
} quotas[KIND_COUNT] = {
    [KIND_MESH] = {15,  "meshes",           "account"        },
    [KIND_VIRTUAL_GATEWAY] = {3,   "virtual gateways", "mesh"           },
    [KIND_GATEWAY_ROUTE] = {10,  "gateway routes",   "virtual gateway"},
    [KIND_VIRTUAL_NODE] = {200, "virtual nodes",    "mesh"           },
    [KIND_VIRTUAL_ROUTER] = {200, "virtual routers",  "mesh"           },
    [KIND_ROUTE] = {50,  "routes",           "virtual router" },
    [KIND_VIRTUAL_SERVICE] = {200, "virtual services", "mesh"           },
};

/* Source: the text of meshes is recorded (terraform-provider-aws PR#7395); the others follow it. */
static enum status is_over(struct call *call, const char *what, unsigned max, const char *where,
                           const char *name)
{
    return error_set(&call->error, ERR_LIMIT,
                     "You've reached the limit on number of %s(%u) for %s %s.", what, max, where,
                     name);
}

enum status quotas_check_spec(struct call *call, const struct cJSON *spec)
{
    if (!call->options->quotas || json_size(json_member(spec, "backends")) <= BACKENDS_MAX)
        return OK;
    return is_over(call, "backends", BACKENDS_MAX, "virtual node",
                   call->path.names[KIND_VIRTUAL_NODE]);
}

enum status quotas_check(struct call *call, const struct place *place, const struct cJSON *spec)
{
    enum kind kind = call->path.kind, parent = kinds[kind].parent;
    if (!call->options->quotas)
        return OK;
    if (store_count_children(call->txn, kind, place->parent, quotas[kind].max) >= quotas[kind].max)
        return is_over(call, quotas[kind].what, quotas[kind].max, quotas[kind].where,
                       parent == KIND_NONE ? call->scope.account : call->path.names[parent]);
    return quotas_check_spec(call, spec);
}
