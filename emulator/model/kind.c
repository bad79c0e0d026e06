/* SPDX-License-Identifier: Apache-2.0 */
#include "kind.h"

/* clang-format off: two lines a row */
const struct kind_row kinds[KIND_COUNT] = {
    [KIND_MESH] = {"Mesh",           "mesh",           "meshName",           "meshes",        KIND_NONE,           NULL},
    [KIND_VIRTUAL_GATEWAY] = {"VirtualGateway", "virtualGateway", "virtualGatewayName",
                   "virtualGateways",                                                         KIND_MESH,           NULL},
    [KIND_GATEWAY_ROUTE] = {"GatewayRoute",   "gatewayRoute",   "gatewayRouteName",   "gatewayRoutes",
                   KIND_VIRTUAL_GATEWAY,                                                                           NULL},
    [KIND_VIRTUAL_NODE] = {"VirtualNode",    "virtualNode",    "virtualNodeName",    "virtualNodes",
                   KIND_MESH,                                                                                      NULL},
    [KIND_VIRTUAL_ROUTER] = {"VirtualRouter",  "virtualRouter",  "virtualRouterName",
                   "virtualRouters",                                                          KIND_MESH,           NULL},
    [KIND_ROUTE] = {"Route",          "route",          "routeName",          "routes",        KIND_VIRTUAL_ROUTER, NULL},
    [KIND_VIRTUAL_SERVICE] = {"VirtualService", "virtualService", "virtualServiceName",
                   "virtualServices",                                                         KIND_MESH,           NULL},
};
/* clang-format on */
