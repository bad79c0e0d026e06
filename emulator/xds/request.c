/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include <string.h>

#include <envoy/service/discovery/v3/discovery.pb-c.h>

#include "message.h"
#include "utf8.h"

#define DEPTH_MAX 32

/* ---- the look before unpacking: protobuf-c has no limits of its own ---- */

struct budget {
    size_t fields; /* left */
    bool is_exceeded;
};

struct scan {
    const uint8_t *at, *end;
    struct budget *budget;
    int depth;
};

/* Source: protobuf.dev, Encoding. */
enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static bool read_varint(struct scan *scan, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && scan->at < scan->end; shift += 7) {
        uint8_t byte = *scan->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

/* The bytes of a field, and past them. */
static bool read_field(struct scan *scan, uint64_t wire_type, struct bytes *out)
{
    uint64_t size;
    const uint8_t *start = scan->at;
    switch (wire_type) {
    case WIRE_VARINT:
        if (!read_varint(scan, &size))
            return false;
        size = 0; /* already past it */
        break;
    case WIRE_64:
        size = 8;
        break;
    case WIRE_32:
        size = 4;
        break;
    case WIRE_BYTES:
        if (!read_varint(scan, &size))
            return false;
        start = scan->at;
        break;
    default:
        return false;
    }
    if (size > (uint64_t)(scan->end - scan->at))
        return false;
    scan->at += size;
    *out = (struct bytes){(const char *)start, (size_t)(scan->at - start)};
    return true;
}

static bool is_text(struct bytes text)
{
    return (text.size == 0 || memchr(text.data, '\0', text.size) == NULL) && utf8_valid(text);
}

static bool is_sound(const ProtobufCMessageDescriptor *, struct scan);

static bool content_is_sound(const ProtobufCFieldDescriptor *field, const struct scan *scan,
                             struct bytes content)
{
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return is_text(content);
    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return true;
    const uint8_t *data = (const uint8_t *)content.data;
    return is_sound(field->descriptor,
                    (struct scan){data, data + content.size, scan->budget, scan->depth + 1});
}

static bool is_single_message(const ProtobufCFieldDescriptor *field)
{
    return field->type == PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
}

/* One more field. False: it is too many, or too deep. */
static bool spend(const struct scan *scan)
{
    struct budget *budget = scan->budget;
    budget->is_exceeded = budget->fields == 0 || scan->depth > DEPTH_MAX;
    budget->fields -= !budget->is_exceeded;
    return !budget->is_exceeded;
}

/* Two of a single message would be merged, the part of protobuf-c that has been wrong most often.
 */
static bool is_sound(const ProtobufCMessageDescriptor *descriptor, struct scan scan)
{
    uint64_t seen = 0;
    while (scan.at < scan.end) {
        uint64_t key;
        struct bytes content;
        if (!spend(&scan) || !read_varint(&scan, &key) || key >> 3 == 0 || key >> 3 > INT32_MAX ||
            !read_field(&scan, key & 7, &content))
            return false;
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(descriptor, (unsigned)(key >> 3));
        if (field == NULL || (key & 7) != WIRE_BYTES)
            continue;
        const uint64_t bit = UINT64_C(1) << (field->id & 63);
        if (is_single_message(field) && (seen & bit) != 0)
            return false;
        seen |= bit;
        if (!content_is_sound(field, &scan, content))
            return false;
    }
    return true;
}

static ProtobufCMessage *unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
                                struct bytes message, struct budget *budget)
{
    const uint8_t *data = (const uint8_t *)message.data;
    ProtobufCAllocator allocator = message_allocator(arena);
    if (!is_sound(descriptor, (struct scan){data, data + message.size, budget, 0}))
        return NULL;
    return protobuf_c_message_unpack(descriptor, &allocator, message.size, data);
}

/* ---- what we take from it ---- */

static const char *setting_of(const Google__Protobuf__Struct *metadata, const char *key)
{
    for (size_t i = 0; metadata != NULL && i < metadata->n_fields; i++) {
        const Google__Protobuf__Struct__FieldsEntry *entry = metadata->fields[i];
        if (strcmp(entry->key, key) != 0)
            continue;
        if (entry->value == NULL ||
            entry->value->kind_case != GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE)
            return "";
        return entry->value->string_value;
    }
    return NULL;
}

static const struct request_node *read_node(struct arena *arena, const Envoy__Node *node)
{
    if (node == NULL)
        return NULL;
    struct request_node *out = arena_new(arena, sizeof(*out));
    out->id = node->id;
    out->region = node->locality != NULL ? node->locality->region : "";
    for (size_t i = 0; i < SETTING_COUNT; i++)
        out->settings[i] = setting_of(node->metadata, setting_keys[i]);
    return out;
}

static const char *refusal_of(struct arena *arena, const Google__Rpc__Status *status)
{
    return status == NULL
               ? NULL
               : arena_copy(arena, utf8_cut(bytes_of(status->message), REQUEST_REFUSAL_SIZE_MAX));
}

static void read_sotw(struct arena *arena, const Envoy__DiscoveryRequest *from, struct request *out)
{
    *out = (struct request){
        .node = read_node(arena, from->node),
        .type_url = from->type_url,
        .nonce = from->response_nonce,
        .version = from->version_info,
        .names = (const char *const *)from->resource_names,
        .name_count = from->n_resource_names,
        .refusal = refusal_of(arena, from->error_detail),
    };
}

static void read_delta(struct arena *arena, const Envoy__DeltaDiscoveryRequest *from,
                       struct request *out)
{
    const size_t count = from->n_initial_resource_versions;
    struct held_version *held = arena_new(arena, count * sizeof(*held));
    for (size_t i = 0; i < count; i++)
        held[i] = (struct held_version){from->initial_resource_versions[i]->key,
                                        from->initial_resource_versions[i]->value};
    *out = (struct request){
        .node = read_node(arena, from->node),
        .type_url = from->type_url,
        .nonce = from->response_nonce,
        .version = "",
        .names = (const char *const *)from->resource_names_subscribe,
        .name_count = from->n_resource_names_subscribe,
        .unsubscribed = (const char *const *)from->resource_names_unsubscribe,
        .unsubscribed_count = from->n_resource_names_unsubscribe,
        .held = held,
        .held_count = count,
        .refusal = refusal_of(arena, from->error_detail),
    };
}

static bool is_short(const char *text)
{
    return text == NULL || strlen(text) <= REQUEST_NAME_SIZE_MAX;
}

/* What a stream keeps. */
static bool is_bounded(const struct request *request)
{
    bool is_bounded = request->name_count + request->held_count <= REQUEST_NAMES_MAX;
    for (size_t i = 0; is_bounded && i < request->name_count; i++)
        is_bounded = is_short(request->names[i]);
    for (size_t i = 0; is_bounded && i < request->held_count; i++)
        is_bounded = is_short(request->held[i].name);
    if (request->node == NULL)
        return is_bounded;
    for (size_t i = 0; is_bounded && i < SETTING_COUNT; i++)
        is_bounded = is_short(request->node->settings[i]);
    return is_bounded && is_short(request->node->id);
}

enum grpc_status request_read(struct arena *arena, bool is_delta, struct bytes message,
                              struct request *out, const char **out_reason)
{
    struct request request;
    struct budget budget = {.fields = REQUEST_FIELDS_MAX};
    const ProtobufCMessage *tree = unpack(arena,
                                          is_delta ? &envoy__delta_discovery_request__descriptor
                                                   : &envoy__discovery_request__descriptor,
                                          message, &budget);
    if (budget.is_exceeded) {
        *out_reason = "a request has at most 100000 fields in at most 32 levels";
        return GRPC_RESOURCE_EXHAUSTED;
    }
    if (tree == NULL) {
        *out_reason = "the request is not a well-formed message of its type";
        return GRPC_INTERNAL;
    }
    if (is_delta)
        read_delta(arena, (const Envoy__DeltaDiscoveryRequest *)tree, &request);
    else
        read_sotw(arena, (const Envoy__DiscoveryRequest *)tree, &request);
    if (!is_bounded(&request)) {
        *out_reason = "a request names at most 10000 resources; a name, the node's id and each of "
                      "its settings have at most 4096 bytes";
        return GRPC_RESOURCE_EXHAUSTED;
    }
    *out = request;
    return GRPC_OK;
}
