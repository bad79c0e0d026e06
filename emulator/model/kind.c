/* SPDX-License-Identifier: Apache-2.0 */
#include "kind.h"

#include "shapes.h"

/* Two lines a row. */
/* clang-format off */
const struct kind_row kinds[KIND_COUNT] = {
    [KIND_MESH] = {
        "Mesh", "mesh", "meshName", "meshes",
        KIND_NONE, &mesh_spec},
    [KIND_VIRTUAL_GATEWAY] = {
        "VirtualGateway", "virtualGateway", "virtualGatewayName", "virtualGateways",
        KIND_MESH, &virtual_gateway_spec},
    [KIND_GATEWAY_ROUTE] = {
        "GatewayRoute", "gatewayRoute", "gatewayRouteName", "gatewayRoutes",
        KIND_VIRTUAL_GATEWAY, &gateway_route_spec},
    [KIND_VIRTUAL_NODE] = {
        "VirtualNode", "virtualNode", "virtualNodeName", "virtualNodes",
        KIND_MESH, &virtual_node_spec},
    [KIND_VIRTUAL_ROUTER] = {
        "VirtualRouter", "virtualRouter", "virtualRouterName", "virtualRouters",
        KIND_MESH, &virtual_router_spec},
    [KIND_ROUTE] = {
        "Route", "route", "routeName", "routes",
        KIND_VIRTUAL_ROUTER, &route_spec},
    [KIND_VIRTUAL_SERVICE] = {
        "VirtualService", "virtualService", "virtualServiceName", "virtualServices",
        KIND_MESH, &virtual_service_spec},
};
/* clang-format on */
