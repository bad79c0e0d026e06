/* SPDX-License-Identifier: Apache-2.0 */
#include "operations.h"

#include <string.h>

#include "resources.h"
#include "shapes.h"
#include "tags.h"
#include "target.h"

#define ROOT "/v20190125"
#define MESHES ROOT "/meshes"
#define MESH MESHES "/{meshName}"
#define GATEWAYS MESH "/virtualGateways"
#define GATEWAY_ROUTES MESH "/virtualGateway/{virtualGatewayName}/gatewayRoutes"
#define NODES MESH "/virtualNodes"
#define ROUTERS MESH "/virtualRouters"
#define ROUTES MESH "/virtualRouter/{virtualRouterName}/routes"
#define SERVICES MESH "/virtualServices"

/* What an operation takes in its query. */
#define NONE                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }
#define OWNER                                                                                      \
    {                                                                                              \
        [PARAMETER_MESH_OWNER] = &account_id                                                       \
    }
#define PAGE(limit)                                                                                \
    {                                                                                              \
        [PARAMETER_LIMIT] = &(limit), [PARAMETER_NEXT_TOKEN] = &next_token                         \
    }
#define OWNED_PAGE(limit)                                                                          \
    {                                                                                              \
        [PARAMETER_LIMIT] = &(limit), [PARAMETER_MESH_OWNER] = &account_id,                        \
        [PARAMETER_NEXT_TOKEN] = &next_token                                                       \
    }
#define ARN                                                                                        \
    {                                                                                              \
        [PARAMETER_RESOURCE_ARN] = &arn                                                            \
    }
#define ARN_PAGE                                                                                   \
    {                                                                                              \
        [PARAMETER_LIMIT] = &tags_limit, [PARAMETER_NEXT_TOKEN] = &next_token,                     \
        [PARAMETER_RESOURCE_ARN] = &arn                                                            \
    }

const char *const parameter_names[PARAMETER_COUNT] = {
    [PARAMETER_LIMIT] = "limit",
    [PARAMETER_MESH_OWNER] = "meshOwner",
    [PARAMETER_NEXT_TOKEN] = "nextToken",
    [PARAMETER_RESOURCE_ARN] = "resourceArn",
};

/* clang-format off */
const struct operation operations[OPERATION_COUNT] = {
    {"CreateMesh",   "PUT",    MESHES, KIND_MESH, WRITE, resource_create,   NONE,  &create_mesh_body},
    {"DescribeMesh", "GET",    MESH,   KIND_MESH, READ,  resource_describe, OWNER, NULL},
    {"UpdateMesh",   "PUT",    MESH,   KIND_MESH, WRITE, resource_update,   NONE,  &update_mesh_body},
    {"DeleteMesh",   "DELETE", MESH,   KIND_MESH, WRITE, resource_delete,   NONE,  NULL},
    {"ListMeshes",   "GET",    MESHES, KIND_MESH, READ,  resource_list,     PAGE(list_meshes_limit), NULL},

#define GATEWAY GATEWAYS "/{virtualGatewayName}"
    {"CreateVirtualGateway",   "PUT",    GATEWAYS, KIND_VIRTUAL_GATEWAY, WRITE, resource_create,   OWNER, &create_virtual_gateway_body},
    {"DescribeVirtualGateway", "GET",    GATEWAY,  KIND_VIRTUAL_GATEWAY, READ,  resource_describe, OWNER, NULL},
    {"UpdateVirtualGateway",   "PUT",    GATEWAY,  KIND_VIRTUAL_GATEWAY, WRITE, resource_update,   OWNER, &update_virtual_gateway_body},
    {"DeleteVirtualGateway",   "DELETE", GATEWAY,  KIND_VIRTUAL_GATEWAY, WRITE, resource_delete,   OWNER, NULL},
    {"ListVirtualGateways",    "GET",    GATEWAYS, KIND_VIRTUAL_GATEWAY, READ,  resource_list,     OWNED_PAGE(list_virtual_gateways_limit), NULL},

#define GATEWAY_ROUTE GATEWAY_ROUTES "/{gatewayRouteName}"
    {"CreateGatewayRoute",   "PUT",    GATEWAY_ROUTES, KIND_GATEWAY_ROUTE, WRITE, resource_create,   OWNER, &create_gateway_route_body},
    {"DescribeGatewayRoute", "GET",    GATEWAY_ROUTE,  KIND_GATEWAY_ROUTE, READ,  resource_describe, OWNER, NULL},
    {"UpdateGatewayRoute",   "PUT",    GATEWAY_ROUTE,  KIND_GATEWAY_ROUTE, WRITE, resource_update,   OWNER, &update_gateway_route_body},
    {"DeleteGatewayRoute",   "DELETE", GATEWAY_ROUTE,  KIND_GATEWAY_ROUTE, WRITE, resource_delete,   OWNER, NULL},
    {"ListGatewayRoutes",    "GET",    GATEWAY_ROUTES, KIND_GATEWAY_ROUTE, READ,  resource_list,     OWNED_PAGE(list_gateway_routes_limit), NULL},

#define NODE NODES "/{virtualNodeName}"
    {"CreateVirtualNode",   "PUT",    NODES, KIND_VIRTUAL_NODE, WRITE, resource_create,   OWNER, &create_virtual_node_body},
    {"DescribeVirtualNode", "GET",    NODE,  KIND_VIRTUAL_NODE, READ,  resource_describe, OWNER, NULL},
    {"UpdateVirtualNode",   "PUT",    NODE,  KIND_VIRTUAL_NODE, WRITE, resource_update,   OWNER, &update_virtual_node_body},
    {"DeleteVirtualNode",   "DELETE", NODE,  KIND_VIRTUAL_NODE, WRITE, resource_delete,   OWNER, NULL},
    {"ListVirtualNodes",    "GET",    NODES, KIND_VIRTUAL_NODE, READ,  resource_list,     OWNED_PAGE(list_virtual_nodes_limit), NULL},

#define ROUTER ROUTERS "/{virtualRouterName}"
    {"CreateVirtualRouter",   "PUT",    ROUTERS, KIND_VIRTUAL_ROUTER, WRITE, resource_create,   OWNER, &create_virtual_router_body},
    {"DescribeVirtualRouter", "GET",    ROUTER,  KIND_VIRTUAL_ROUTER, READ,  resource_describe, OWNER, NULL},
    {"UpdateVirtualRouter",   "PUT",    ROUTER,  KIND_VIRTUAL_ROUTER, WRITE, resource_update,   OWNER, &update_virtual_router_body},
    {"DeleteVirtualRouter",   "DELETE", ROUTER,  KIND_VIRTUAL_ROUTER, WRITE, resource_delete,   OWNER, NULL},
    {"ListVirtualRouters",    "GET",    ROUTERS, KIND_VIRTUAL_ROUTER, READ,  resource_list,     OWNED_PAGE(list_virtual_routers_limit), NULL},

#define ROUTE ROUTES "/{routeName}"
    {"CreateRoute",   "PUT",    ROUTES, KIND_ROUTE, WRITE, resource_create,   OWNER, &create_route_body},
    {"DescribeRoute", "GET",    ROUTE,  KIND_ROUTE, READ,  resource_describe, OWNER, NULL},
    {"UpdateRoute",   "PUT",    ROUTE,  KIND_ROUTE, WRITE, resource_update,   OWNER, &update_route_body},
    {"DeleteRoute",   "DELETE", ROUTE,  KIND_ROUTE, WRITE, resource_delete,   OWNER, NULL},
    {"ListRoutes",    "GET",    ROUTES, KIND_ROUTE, READ,  resource_list,     OWNED_PAGE(list_routes_limit), NULL},

#define SERVICE SERVICES "/{virtualServiceName}"
    {"CreateVirtualService",   "PUT",    SERVICES, KIND_VIRTUAL_SERVICE, WRITE, resource_create,   OWNER, &create_virtual_service_body},
    {"DescribeVirtualService", "GET",    SERVICE,  KIND_VIRTUAL_SERVICE, READ,  resource_describe, OWNER, NULL},
    {"UpdateVirtualService",   "PUT",    SERVICE,  KIND_VIRTUAL_SERVICE, WRITE, resource_update,   OWNER, &update_virtual_service_body},
    {"DeleteVirtualService",   "DELETE", SERVICE,  KIND_VIRTUAL_SERVICE, WRITE, resource_delete,   OWNER, NULL},
    {"ListVirtualServices",    "GET",    SERVICES, KIND_VIRTUAL_SERVICE, READ,  resource_list,     OWNED_PAGE(list_virtual_services_limit), NULL},

    {"ListTagsForResource", "GET", ROOT "/tags",  KIND_NONE, READ,  tags_list,   ARN_PAGE, NULL},
    {"TagResource",         "PUT", ROOT "/tag",   KIND_NONE, WRITE, tags_add,    ARN, &tag_resource_body},
    {"UntagResource",       "PUT", ROOT "/untag", KIND_NONE, WRITE, tags_remove, ARN, &untag_resource_body},
};
/* clang-format on */

const struct operation *operation_named(const char *name)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    return NULL;
}

enum kind operation_path_kind(struct bytes placeholder)
{
    for (enum kind kind = 0; kind < KIND_COUNT; kind++)
        if (bytes_equal(placeholder, bytes_of(kinds[kind].name_member)))
            return kind;
    return KIND_NONE;
}

const struct shape *operation_name_shape(enum kind kind)
{
    return kind == KIND_VIRTUAL_SERVICE ? &service_name : &resource_name;
}

/* The last part of the path that ends at *end, which moves to the slash before it. */
static struct bytes last_part(const char *path, const char **end)
{
    const char *slash = memrchr(path, '/', (size_t)(*end - path));
    struct bytes part = {slash + 1, (size_t)(*end - slash - 1)};
    *end = slash;
    return part;
}

/* From the back, for paths differ there. */
static bool path_matches(const char *path, const struct bytes *segments, size_t count)
{
    const char *end = path + strlen(path);
    while (count > 0 && end > path) {
        struct bytes part = last_part(path, &end);
        count--;
        if (part.data[0] != '{' && !bytes_equal(part, segments[count]))
            return false;
    }
    return count == 0 && end == path;
}

static void take_names(const char *path, const struct bytes *segments, size_t count,
                       struct bytes out_names[KIND_COUNT])
{
    const char *end = path + strlen(path);
    memset(out_names, 0, KIND_COUNT * sizeof(out_names[0]));
    while (count-- > 0) {
        struct bytes part = last_part(path, &end);
        if (part.data[0] == '{')
            out_names[operation_path_kind((struct bytes){part.data + 1, part.size - 2})] =
                segments[count];
    }
}

const struct operation *operation_match(const char *method, const struct bytes *segments,
                                        size_t count, struct bytes out_names[KIND_COUNT])
{
    for (const struct operation *op = operations; op < operations + OPERATION_COUNT; op++) {
        if (op->method[0] != method[0] || strcmp(op->method, method) != 0 ||
            !path_matches(op->path, segments, count))
            continue;
        take_names(op->path, segments, count, out_names);
        return op;
    }
    return NULL;
}
