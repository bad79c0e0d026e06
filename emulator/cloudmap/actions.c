/* SPDX-License-Identifier: Apache-2.0 */
#include "actions.h"

#include "discover.h"
#include "effects.h"
#include "inputs.h"
#include "instances.h"
#include "labels.h"
#include "namespaces.h"
#include "services.h"

#define HTTP "HTTP"
#define PRIVATE "DNS_PRIVATE"
#define PUBLIC "DNS_PUBLIC"

/* clang-format off */
const struct action actions[ACTION_COUNT] = {
    {"CreateHttpNamespace",              WRITE, &create_http_namespace_input,                effect_run, &namespace_create, HTTP},
    {"CreatePrivateDnsNamespace",        WRITE, &create_private_dns_namespace_input,         effect_run, &namespace_create, PRIVATE},
    {"CreatePublicDnsNamespace",         WRITE, &create_public_dns_namespace_input,          effect_run, &namespace_create, PUBLIC},
    {"CreateService",                    WRITE, &create_service_input,                       service_create, NULL, NULL},
    {"DeleteNamespace",                  WRITE, &delete_namespace_input,                     effect_run, &namespace_delete, NULL},
    {"DeleteService",                    WRITE, &delete_service_input,                       service_delete, NULL, NULL},
    {"DeleteServiceAttributes",          WRITE, &delete_service_attributes_input,            service_delete_attributes, NULL, NULL},
    {"DeregisterInstance",               WRITE, &deregister_instance_input,                  effect_run, &instance_deregister, NULL},
    {"DiscoverInstances",                READ,  &discover_instances_input,                   discover_instances, NULL, NULL},
    {"DiscoverInstancesRevision",        READ,  &discover_instances_revision_input,          discover_revision, NULL, NULL},
    {"GetInstance",                      READ,  &get_instance_input,                         instance_get, NULL, NULL},
    {"GetInstancesHealthStatus",         READ,  &get_instances_health_status_input,          instance_list_health, NULL, NULL},
    {"GetNamespace",                     READ,  &get_namespace_input,                        namespace_get, NULL, NULL},
    {"GetOperation",                     READ,  &get_operation_input,                        effect_get_operation, NULL, NULL},
    {"GetService",                       READ,  &get_service_input,                          service_get, NULL, NULL},
    {"GetServiceAttributes",             READ,  &get_service_attributes_input,               service_get_attributes, NULL, NULL},
    {"ListInstances",                    READ,  &list_instances_input,                       instance_list, NULL, NULL},
    {"ListNamespaces",                   READ,  &list_namespaces_input,                      namespace_list, NULL, NULL},
    {"ListOperations",                   READ,  &list_operations_input,                      effect_list_operations, NULL, NULL},
    {"ListServices",                     READ,  &list_services_input,                        service_list, NULL, NULL},
    {"ListTagsForResource",              READ,  &list_tags_for_resource_input,               labels_list, NULL, NULL},
    {"RegisterInstance",                 WRITE, &register_instance_input,                    effect_run, &instance_register, NULL},
    {"TagResource",                      WRITE, &tag_input,                                  labels_add, NULL, NULL},
    {"UntagResource",                    WRITE, &untag_input,                                labels_remove, NULL, NULL},
    {"UpdateHttpNamespace",              WRITE, &update_http_namespace_input,                effect_run, &namespace_update, HTTP},
    {"UpdateInstanceCustomHealthStatus", WRITE, &update_instance_custom_health_status_input, instance_set_health, NULL, NULL},
    {"UpdatePrivateDnsNamespace",        WRITE, &update_private_dns_namespace_input,         effect_run, &namespace_update, PRIVATE},
    {"UpdatePublicDnsNamespace",         WRITE, &update_public_dns_namespace_input,          effect_run, &namespace_update, PUBLIC},
    {"UpdateService",                    WRITE, &update_service_input,                       effect_run, &service_update, NULL},
    {"UpdateServiceAttributes",          WRITE, &update_service_attributes_input,            service_update_attributes, NULL, NULL},
};
/* clang-format on */

const struct action *action_named(const char *name)
{
    for (size_t i = 0; i < ACTION_COUNT; i++)
        if (strcmp(actions[i].name, name) == 0)
            return &actions[i];
    return NULL;
}
