/* SPDX-License-Identifier: Apache-2.0
 *
 * The shapes that the operations and the kinds name. Source: botocore appmesh 2019-01-25.
 */
#ifndef MODEL_SHAPES_H
#define MODEL_SHAPES_H

#include "shape.h"

/* The seven specs (also kinds[].spec). */
extern const struct shape mesh_spec, virtual_gateway_spec, gateway_route_spec, virtual_node_spec,
    virtual_router_spec, route_spec, virtual_service_spec;

/* Members of requests: path and query. */
extern const struct shape resource_name, service_name, account_id, next_token, arn, tags_limit,
    list_meshes_limit, list_virtual_gateways_limit, list_gateway_routes_limit,
    list_virtual_nodes_limit, list_virtual_routers_limit, list_routes_limit,
    list_virtual_services_limit;

/* Bodies: structs named after their operations' inputs, holding only the members that travel in
 * the body. */
extern const struct shape create_mesh_body, update_mesh_body, create_virtual_gateway_body,
    update_virtual_gateway_body, create_gateway_route_body, update_gateway_route_body,
    create_virtual_node_body, update_virtual_node_body, create_virtual_router_body,
    update_virtual_router_body, create_route_body, update_route_body, create_virtual_service_body,
    update_virtual_service_body, tag_resource_body, untag_resource_body;

#endif
