/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include <envoy/service/discovery/v3/discovery.pb-c.h>

#include "ads.h"
#include "message.h"

static const char *print_version(struct arena *arena, uint64_t version)
{
    return ads_print_version(version, arena_new(arena, ADS_VERSION_SIZE));
}

static Google__Protobuf__Any *any_of(struct arena *arena, enum xds_type type,
                                     const struct xds_resource *resource)
{
    Google__Protobuf__Any *any = MESSAGE(arena, Google__Protobuf__Any, google__protobuf__any);
    any->type_url = (char *)xds_types[type].url;
    any->value.data = (uint8_t *)resource->message.data;
    any->value.len = resource->message.size;
    return any;
}

static struct bytes pack_sotw(struct arena *arena, const struct ads_response *response,
                              const char *nonce)
{
    Envoy__DiscoveryResponse *message =
        MESSAGE(arena, Envoy__DiscoveryResponse, envoy__discovery_response);
    struct list resources = {0};
    for (size_t i = 0; i < response->count; i++)
        list_add(arena, &resources, any_of(arena, response->type, response->resources[i]));
    SET_LIST(message, resources, resources);
    message->version_info = print_version(arena, response->version);
    message->type_url = xds_types[response->type].url;
    message->nonce = nonce;
    return message_pack(arena, &message->base);
}

static struct bytes pack_delta(struct arena *arena, const struct ads_response *response,
                               const char *nonce)
{
    Envoy__DeltaDiscoveryResponse *message =
        MESSAGE(arena, Envoy__DeltaDiscoveryResponse, envoy__delta_discovery_response);
    struct list resources = {0};
    for (size_t i = 0; i < response->count; i++) {
        const struct xds_resource *from = response->resources[i];
        Envoy__Resource *resource = MESSAGE(arena, Envoy__Resource, envoy__resource);
        resource->name = from->name;
        resource->version = print_version(arena, from->version);
        resource->resource = any_of(arena, response->type, from);
        list_add(arena, &resources, resource);
    }
    SET_LIST(message, resources, resources);
    message->n_removed_resources = response->removed_count;
    message->removed_resources = (const char **)response->removed;
    message->system_version_info = print_version(arena, response->version);
    message->type_url = xds_types[response->type].url;
    message->nonce = nonce;
    return message_pack(arena, &message->base);
}

struct bytes ads_pack(const struct ads *ads, struct arena *arena,
                      const struct ads_response *response)
{
    const char *nonce = arena_printf(arena, "%" PRIu64, response->nonce);
    return ads_is_delta(ads) ? pack_delta(arena, response, nonce)
                             : pack_sotw(arena, response, nonce);
}
