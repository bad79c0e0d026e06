/* SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/struct.pb-c.h>
#include <inttypes.h>
#include <stdlib.h>

#include "json.h"
#include "message.h"

#define REDACTED "\"[redacted]\""

/* ---- fields of any message, by reflection; of bytes there are none but an Any's ---- */

/* A field's place in its message, and in C the value there: a pointer for a message or string. */
static const void *member_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (const char *)message + field->offset;
}

static unsigned quantifier(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return *(const unsigned *)((const char *)message + field->quantifier_offset);
}

static bool is_default(const ProtobufCFieldDescriptor *field, const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return !*(const void *const *)member;
    case PROTOBUF_C_TYPE_STRING:
        return !*(const char *const *)member || **(const char *const *)member == '\0';
    case PROTOBUF_C_TYPE_BOOL:
        return !*(const protobuf_c_boolean *)member;
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const double *)member == 0;
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)member == 0;
    default:
        return *(const uint32_t *)member == 0;
    }
}

static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)((const char *)message + field->quantifier_offset) > 0;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return quantifier(message, field) == field->id;
    return !is_default(field, member_of(message, field));
}

static size_t element_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_INT64:
        return sizeof(int64_t);
    default:
        return sizeof(uint32_t);
    }
}

/* ---- values ---- */

static void dump_enum(struct buffer *out, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *row = protobuf_c_enum_descriptor_get_value(type, value);
    if (row)
        json_print_string(out, row->name);
    else
        buffer_printf(out, "%d", value);
}

static void dump_value(struct buffer *out, const ProtobufCFieldDescriptor *field,
                       const void *member)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        dump_message(out, *(const ProtobufCMessage *const *)member);
        break;
    case PROTOBUF_C_TYPE_STRING:
        json_print_string(out, *(const char *const *)member);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        buffer_text(out, *(const protobuf_c_boolean *)member ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        buffer_printf(out, "%.17g", *(const double *)member);
        break;
    case PROTOBUF_C_TYPE_INT64:
        buffer_printf(out, "\"%" PRId64 "\"", *(const int64_t *)member);
        break;
    case PROTOBUF_C_TYPE_INT32:
        buffer_printf(out, "%" PRId32, *(const int32_t *)member);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        dump_enum(out, field->descriptor, *(const int *)member);
        break;
    default:
        buffer_printf(out, "%" PRIu32, *(const uint32_t *)member);
    }
}

/* An entry of a map is a message with key and value; protobuf-c does not tell, but names it so. */
static bool is_map(const ProtobufCFieldDescriptor *field)
{
    const ProtobufCMessageDescriptor *entry = field->descriptor;
    size_t size;
    if (field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE)
        return false;
    size = strlen(entry->short_name);
    return size > 5 && strcmp(entry->short_name + size - 5, "Entry") == 0 && entry->n_fields == 2 &&
           strcmp(entry->fields[0].name, "key") == 0 && strcmp(entry->fields[1].name, "value") == 0;
}

static void dump_entry(struct buffer *out, const ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *fields = entry->descriptor->fields;
    json_print_string(out, *(const char *const *)member_of(entry, &fields[0]));
    buffer_char(out, ':');
    dump_value(out, &fields[1], member_of(entry, &fields[1]));
}

static void dump_elements(struct buffer *out, const ProtobufCMessage *message,
                          const ProtobufCFieldDescriptor *field)
{
    size_t count = *(const size_t *)((const char *)message + field->quantifier_offset);
    const char *items = *(const char *const *)member_of(message, field);
    bool is_object = is_map(field);
    buffer_char(out, is_object ? '{' : '[');
    for (size_t i = 0; i < count; i++) {
        const void *item = items + i * element_size(field);
        if (i > 0)
            buffer_char(out, ',');
        if (is_object)
            dump_entry(out, *(const ProtobufCMessage *const *)item);
        else
            dump_value(out, field, item);
    }
    buffer_char(out, is_object ? '}' : ']');
}

static bool is_secret(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return strcmp(message->descriptor->short_name, "TlsCertificate") == 0 &&
           strcmp(field->name, "private_key") == 0;
}

/* A path to a key is no secret; what stands in a message is. */
static void dump_secret(struct buffer *out, const ProtobufCMessage *source)
{
    const ProtobufCFieldDescriptor *field = source->descriptor->fields;
    while (quantifier(source, field) != field->id)
        field++;
    if (strcmp(field->name, "filename") == 0)
        dump_message(out, source);
    else
        buffer_printf(out, "{\"%s\":" REDACTED "}", field->name);
}

static void dump_field(struct buffer *out, const ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field)
{
    const void *member = member_of(message, field);
    buffer_printf(out, "\"%s\":", field->name);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        dump_elements(out, message, field);
    else if (is_secret(message, field))
        dump_secret(out, *(const ProtobufCMessage *const *)member);
    else
        dump_value(out, field, member);
}

static void dump_fields(struct buffer *out, const ProtobufCMessage *message, bool is_first)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!is_present(message, field))
            continue;
        if (!is_first)
            buffer_char(out, ',');
        is_first = false;
        dump_field(out, message, field);
    }
}

/* ---- messages with a form of their own ---- */

/* The message that an Any holds is an object that begins with its type. */
static void dump_packed(struct buffer *out, const char *type_url, struct bytes packed)
{
    const ProtobufCMessageDescriptor *descriptor = message_descriptor(type_url);
    struct arena arena = {0};
    ProtobufCAllocator allocator = message_allocator(&arena);
    ProtobufCMessage *message = NULL;
    if (descriptor)
        message = protobuf_c_message_unpack(descriptor, &allocator, packed.size,
                                            (const uint8_t *)packed.data);
    buffer_text(out, "{\"@type\":");
    json_print_string(out, type_url);
    if (message)
        dump_fields(out, message, false);
    buffer_char(out, '}');
    arena_clear(&arena);
}

static void dump_any(struct buffer *out, const ProtobufCMessage *message)
{
    const Google__Protobuf__Any *any = (const Google__Protobuf__Any *)message;
    dump_packed(out, any->type_url, (struct bytes){(const char *)any->value.data, any->value.len});
}

/* 0, 3, 6 or 9 digits after the point. */
static void dump_duration(struct buffer *out, const ProtobufCMessage *message)
{
    const Google__Protobuf__Duration *duration = (const Google__Protobuf__Duration *)message;
    int nanos = abs(duration->nanos);
    buffer_printf(out, "\"%s%" PRId64, duration->nanos < 0 && duration->seconds == 0 ? "-" : "",
                  duration->seconds);
    if (nanos % 1000000 == 0 && nanos != 0)
        buffer_printf(out, ".%03d", nanos / 1000000);
    else if (nanos % 1000 == 0 && nanos != 0)
        buffer_printf(out, ".%06d", nanos / 1000);
    else if (nanos != 0)
        buffer_printf(out, ".%09d", nanos);
    buffer_text(out, "s\"");
}

/* A wrapper is its value, which is there even if it is 0. */
static void dump_wrapper(struct buffer *out, const ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[0];
    dump_value(out, field, member_of(message, field));
}

/* A Struct is its only field, a map; a ListValue its only field, a list. */
static void dump_only_field(struct buffer *out, const ProtobufCMessage *message)
{
    dump_elements(out, message, &message->descriptor->fields[0]);
}

static void dump_struct_value(struct buffer *out, const ProtobufCMessage *message)
{
    const Google__Protobuf__Value *value = (const Google__Protobuf__Value *)message;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (field->id != (uint32_t)value->kind_case)
            continue;
        if (value->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE)
            buffer_text(out, "null");
        else
            dump_value(out, field, member_of(message, field));
    }
}

typedef void dump_form(struct buffer *, const ProtobufCMessage *);
static const struct {
    const char *name;
    dump_form *dump;
} forms[] = {
    {"google.protobuf.Any",         dump_any         },
    {"google.protobuf.BoolValue",   dump_wrapper     },
    {"google.protobuf.UInt32Value", dump_wrapper     },
    {"google.protobuf.Duration",    dump_duration    },
    {"google.protobuf.Struct",      dump_only_field  },
    {"google.protobuf.ListValue",   dump_only_field  },
    {"google.protobuf.Value",       dump_struct_value},
};

void dump_message(struct buffer *out, const ProtobufCMessage *message)
{
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (strcmp(forms[i].name, message->descriptor->name) == 0) {
            forms[i].dump(out, message);
            return;
        }
    }
    buffer_char(out, '{');
    dump_fields(out, message, true);
    buffer_char(out, '}');
}

void dump_snapshot(struct buffer *out, const struct snapshot *snapshot)
{
    static const enum xds_type order[] = {XDS_LISTENER, XDS_CLUSTER, XDS_ENDPOINT, XDS_ROUTE,
                                          XDS_SECRET};
    for (size_t i = 0; i < COUNT(order); i++) {
        const struct xds_resources *all = &snapshot->types[order[i]];
        buffer_printf(out, "%s\"%s\":[", i == 0 ? "{" : ",", xds_types[order[i]].name);
        for (size_t r = 0; r < all->count; r++) {
            if (r > 0)
                buffer_char(out, ',');
            dump_packed(out, xds_types[order[i]].url, all->items[r].message);
        }
        buffer_char(out, ']');
    }
    buffer_char(out, '}');
}
