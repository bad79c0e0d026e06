/* SPDX-License-Identifier: Apache-2.0
 *
 * What a request to Cloud Map can hold, and what an element of a state document does.
 */
#ifndef CLOUDMAP_INPUTS_H
#define CLOUDMAP_INPUTS_H

#include "shape.h"

extern const struct shape create_http_namespace_input, create_private_dns_namespace_input,
    create_public_dns_namespace_input, create_service_input, delete_namespace_input,
    delete_service_input, delete_service_attributes_input, deregister_instance_input,
    discover_instances_input, discover_instances_revision_input, get_instance_input,
    get_instances_health_status_input, get_namespace_input, get_operation_input, get_service_input,
    get_service_attributes_input, list_instances_input, list_namespaces_input,
    list_operations_input, list_services_input, list_tags_for_resource_input,
    register_instance_input, tag_input, untag_input, update_http_namespace_input,
    update_instance_custom_health_status_input, update_private_dns_namespace_input,
    update_public_dns_namespace_input, update_service_input, update_service_attributes_input;

extern const struct shape state_namespace, state_service, state_instance;

#endif
