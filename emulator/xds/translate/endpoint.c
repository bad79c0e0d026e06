/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json.h"
#include "translate/translation.h"

static Envoy__LbEndpoint *endpoint(struct translation *t, const char *address, int64_t port)
{
    Envoy__LbEndpoint *out = MESSAGE(t->arena, Envoy__LbEndpoint, envoy__lb_endpoint);
    out->host_identifier_case = ENVOY__LB_ENDPOINT__HOST_IDENTIFIER_ENDPOINT;
    out->endpoint = MESSAGE(t->arena, Envoy__Endpoint, envoy__endpoint);
    out->endpoint->address = socket_address(t, address, port);
    return out;
}

static Envoy__ClusterLoadAssignment *assignment(struct translation *t, const char *cluster,
                                                const struct list *endpoints)
{
    Envoy__ClusterLoadAssignment *out =
        MESSAGE(t->arena, Envoy__ClusterLoadAssignment, envoy__cluster_load_assignment);
    Envoy__LocalityLbEndpoints *locality =
        MESSAGE(t->arena, Envoy__LocalityLbEndpoints, envoy__locality_lb_endpoints);
    out->cluster_name = cluster;
    if (endpoints->count == 0)
        return out;
    SET_LIST(locality, lb_endpoints, *endpoints);
    SET_ONE(t->arena, out, endpoints, locality);
    return out;
}

Envoy__ClusterLoadAssignment *single_endpoint(struct translation *t, const char *cluster,
                                              const char *address, int64_t port)
{
    struct list endpoints = {0};
    list_add(t->arena, &endpoints, endpoint(t, address, port));
    return assignment(t, cluster, &endpoints);
}

/* Source: botocore AwsCloudMapServiceDiscovery: an instance must carry all of the attributes. */
static bool has_attributes(const struct instance *instance, const struct cJSON *attributes)
{
    for (const struct cJSON *a = json_first(attributes); a; a = json_next(a)) {
        const char *value = json_string(instance->attributes, json_string(a, "key"));
        if (!value || strcmp(value, json_string(a, "value")) != 0)
            return false;
    }
    return true;
}

static const char *address_of(const struct instance *instance,
                              const struct ip_preference *preference)
{
    const char *ipv4 = json_string(instance->attributes, "AWS_INSTANCE_IPV4");
    const char *ipv6 = json_string(instance->attributes, "AWS_INSTANCE_IPV6");
    const char *preferred = preference->prefers_ipv6 ? ipv6 : ipv4;
    if (preferred || !preference->allows_other)
        return preferred;
    return preference->prefers_ipv6 ? ipv4 : ipv6;
}

/* The port is the listener's, not AWS_INSTANCE_PORT: it is part of what the cluster is. Our choice.
 */
void endpoints_add(struct translation *t, const struct target *target)
{
    const struct cJSON *map =
        json_member(json_member(target->node->spec, "serviceDiscovery"), "awsCloudMap");
    const char *space = json_string(map, "namespaceName"),
               *service = json_string(map, "serviceName");
    const struct ip_preference *preference = preference_for(t, map);
    struct list endpoints = {0};
    size_t count = 0;
    const struct instance *instances =
        t->sources->instances(t->sources->context, space, service, &count);
    read_item(t, ITEM_INSTANCES, arena_printf(t->arena, "%s/%s", space, service));
    for (size_t i = 0; i < count; i++) {
        const char *address = address_of(&instances[i], preference);
        if (address && has_attributes(&instances[i], json_member(map, "attributes")))
            list_add(t->arena, &endpoints, endpoint(t, address, target->port));
    }
    resource_add(t, XDS_ENDPOINT, target->cluster,
                 &assignment(t, target->cluster, &endpoints)->base);
}
