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

/* The type URL is the full name, told twice so that packing need not form it each time. */
static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    const char *type_url;
} packed[] = {
    {&envoy__cluster__descriptor,                  TYPE_URL_PREFIX "envoy.config.cluster.v3.Cluster"                                     },
    {&envoy__cluster_load_assignment__descriptor,
     TYPE_URL_PREFIX "envoy.config.endpoint.v3.ClusterLoadAssignment"                                                                    },
    {&envoy__listener__descriptor,                 TYPE_URL_PREFIX "envoy.config.listener.v3.Listener"                                   },
    {&envoy__route_configuration__descriptor,
     TYPE_URL_PREFIX "envoy.config.route.v3.RouteConfiguration"                                                                          },
    {&envoy__secret__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.transport_sockets.tls.v3.Secret"                                                                  },
    {&envoy__file_access_log__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.access_loggers.file.v3.FileAccessLog"                                                             },
    {&envoy__router__descriptor,                   TYPE_URL_PREFIX "envoy.extensions.filters.http.router.v3.Router"                      },
    {&envoy__original_dst__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.filters.listener.original_dst.v3.OriginalDst"                                                     },
    {&envoy__tls_inspector__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"                                                   },
    {&envoy__http_connection_manager__descriptor,  TYPE_URL_PREFIX
     "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"},
    {&envoy__tcp_proxy__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"                                                            },
    {&envoy__previous_hosts_predicate__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"                                              },
    {&envoy__upstream_tls_context__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"                                                      },
    {&envoy__downstream_tls_context__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"                                                    },
    {&envoy__http_protocol_options__descriptor,
     TYPE_URL_PREFIX "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"                                                            },
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

/* As a field that its descriptor does not know. */
void message_splice(struct arena *arena, ProtobufCMessage *message, struct bytes fields)
{
    ProtobufCMessageUnknownField *unknown = arena_new(arena, sizeof(*unknown));
    if (fields.size == 0)
        return;
    unknown->tag = (uint32_t)fields.data[0] >> 3;
    unknown->wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    unknown->len = fields.size - 1;
    unknown->data = (uint8_t *)fields.data + 1;
    message->unknown_fields = unknown;
    message->n_unknown_fields = 1;
}

static const char *type_url_of(const ProtobufCMessageDescriptor *descriptor)
{
    size_t i = 0;
    while (packed[i].descriptor != descriptor)
        i++;
    return packed[i].type_url;
}

Google__Protobuf__Any *message_any(struct arena *arena, const ProtobufCMessage *message)
{
    Google__Protobuf__Any *any = MESSAGE(arena, Google__Protobuf__Any, google__protobuf__any);
    struct bytes bytes = message_pack(arena, message);
    any->type_url = (char *)type_url_of(message->descriptor);
    any->value.data = (uint8_t *)bytes.data;
    any->value.len = bytes.size;
    return any;
}

const ProtobufCMessageDescriptor *message_descriptor(const char *type_url)
{
    for (size_t i = 0; i < COUNT(packed); i++)
        if (strcmp(packed[i].type_url, type_url) == 0)
            return packed[i].descriptor;
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
