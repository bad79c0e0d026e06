/* SPDX-License-Identifier: Apache-2.0
 *
 * Protobuf messages in an arena: made, put into an Any, found again by type URL.
 *
 * Lifetime: messages and what they hold live as long as the arena; nothing is freed one by one.
 */
#ifndef XDS_MESSAGE_H
#define XDS_MESSAGE_H

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

#include "arena.h"

#define TYPE_URL_PREFIX "type.googleapis.com/"

/* MESSAGE(arena, Envoy__Cluster, envoy__cluster): a new message with its defaults. */
#define MESSAGE(arena, Type, type) ((Type *)message_new((arena), &type##__descriptor))
void *message_new(struct arena *, const ProtobufCMessageDescriptor *);

/* In the arena, in one piece. */
struct bytes message_pack(struct arena *, const ProtobufCMessage *);
Google__Protobuf__Any *message_any(struct arena *, const ProtobufCMessage *);

/* The descriptor of a message that we put into Anys; NULL for any other type URL. */
const ProtobufCMessageDescriptor *message_descriptor(const char *type_url);

/* Everything is allocated in the arena and nothing is given back to it before its end. */
ProtobufCAllocator message_allocator(struct arena *);

Google__Protobuf__UInt32Value *message_uint32(struct arena *, uint32_t value);
Google__Protobuf__BoolValue *message_bool(struct arena *, bool value);

/* Adds fields that are packed already. They are messages or texts; the key of each is one byte. */
void message_splice(struct arena *, ProtobufCMessage *, struct bytes fields);

/* A repeated field that grows. SET_LIST(message, field, list) gives it to the message. */
struct list {
    void **items;
    size_t count, capacity;
};
void list_add(struct arena *, struct list *, void *item);
#define SET_LIST(message, field, list)                                                             \
    ((message)->n_##field = (list).count, (message)->field = (void *)(list).items)
#define SET_ONE(arena, message, field, item)                                                       \
    do {                                                                                           \
        struct list one = {0};                                                                     \
        list_add((arena), &one, (item));                                                           \
        SET_LIST((message), field, one);                                                           \
    } while (0)

#endif
