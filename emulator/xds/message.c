/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <string.h>

#include <envoy/config/cluster/v3/cluster.pb-c.h>
#include <envoy/config/endpoint/v3/endpoint.pb-c.h>
#include <envoy/config/listener/v3/listener.pb-c.h>
#include <envoy/config/route/v3/route.pb-c.h>
#include <envoy/extensions/access_loggers/file/v3/file.pb-c.h>
#include <envoy/extensions/filters/http/router/v3/router.pb-c.h>
#include <envoy/extensions/filters/listener/original_dst/v3/original_dst.pb-c.h>
#include <envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.pb-c.h>
#include <envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.pb-c.h>
#include <envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.pb-c.h>
#include <envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.pb-c.h>
#include <envoy/extensions/transport_sockets/tls/v3/secret.pb-c.h>
#include <envoy/extensions/transport_sockets/tls/v3/tls.pb-c.h>
#include <envoy/extensions/upstreams/http/v3/http_protocol_options.pb-c.h>

static const ProtobufCMessageDescriptor *const packed_into_anys[] = {
    &envoy__cluster__descriptor,
    &envoy__cluster_load_assignment__descriptor,
    &envoy__listener__descriptor,
    &envoy__route_configuration__descriptor,
    &envoy__secret__descriptor,
    &envoy__file_access_log__descriptor,
    &envoy__router__descriptor,
    &envoy__original_dst__descriptor,
    &envoy__tls_inspector__descriptor,
    &envoy__http_connection_manager__descriptor,
    &envoy__tcp_proxy__descriptor,
    &envoy__previous_hosts_predicate__descriptor,
    &envoy__upstream_tls_context__descriptor,
    &envoy__downstream_tls_context__descriptor,
    &envoy__http_protocol_options__descriptor,
};

void *message_new(struct arena *arena, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = arena_new(arena, descriptor->sizeof_message);
    protobuf_c_message_init(descriptor, message);
    return message;
}

struct bytes message_pack(struct arena *arena, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    char *data = arena_new(arena, size);
    protobuf_c_message_pack(message, (uint8_t *)data);
    return (struct bytes){data, size};
}

Google__Protobuf__Any *message_any(struct arena *arena, const ProtobufCMessage *message)
{
    Google__Protobuf__Any *any = MESSAGE(arena, Google__Protobuf__Any, google__protobuf__any);
    struct bytes packed = message_pack(arena, message);
    any->type_url = arena_printf(arena, TYPE_URL_PREFIX "%s", message->descriptor->name);
    any->value.data = (uint8_t *)packed.data;
    any->value.len = packed.size;
    return any;
}

const ProtobufCMessageDescriptor *message_descriptor(const char *type_url)
{
    size_t prefix = strlen(TYPE_URL_PREFIX);
    if (strncmp(type_url, TYPE_URL_PREFIX, prefix) != 0)
        return NULL;
    for (size_t i = 0; i < COUNT(packed_into_anys); i++)
        if (strcmp(packed_into_anys[i]->name, type_url + prefix) == 0)
            return packed_into_anys[i];
    return NULL;
}

static void *allocate(void *arena, size_t size)
{
    return arena_new(arena, size);
}

static void keep(void *arena, void *data)
{
    (void)arena;
    (void)data;
}

ProtobufCAllocator message_allocator(struct arena *arena)
{
    return (ProtobufCAllocator){allocate, keep, arena};
}

Google__Protobuf__UInt32Value *message_uint32(struct arena *arena, uint32_t value)
{
    Google__Protobuf__UInt32Value *wrapper =
        MESSAGE(arena, Google__Protobuf__UInt32Value, google__protobuf__uint32_value);
    wrapper->value = value;
    return wrapper;
}

Google__Protobuf__BoolValue *message_bool(struct arena *arena, bool value)
{
    Google__Protobuf__BoolValue *wrapper =
        MESSAGE(arena, Google__Protobuf__BoolValue, google__protobuf__bool_value);
    wrapper->value = value;
    return wrapper;
}

void list_add(struct arena *arena, struct list *list, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 4 : 2 * list->capacity;
        void **items = arena_new(arena, capacity * sizeof(*items));
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
}
