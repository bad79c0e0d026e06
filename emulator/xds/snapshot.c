/* SPDX-License-Identifier: Apache-2.0 */
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "shared.h"

#define TYPE(name, message)                                                                        \
    {                                                                                              \
        name, TYPE_URL_PREFIX message                                                              \
    }
const struct xds_type_row xds_types[XDS_TYPE_COUNT] = {
    [XDS_CLUSTER] = TYPE("CDS", "envoy.config.cluster.v3.Cluster"),
    [XDS_ENDPOINT] = TYPE("EDS", "envoy.config.endpoint.v3.ClusterLoadAssignment"),
    [XDS_LISTENER] = TYPE("LDS", "envoy.config.listener.v3.Listener"),
    [XDS_ROUTE] = TYPE("RDS", "envoy.config.route.v3.RouteConfiguration"),
    [XDS_SECRET] = TYPE("SDS", "envoy.extensions.transport_sockets.tls.v3.Secret"),
};

struct snapshot *snapshot_new(void)
{
    struct snapshot *snapshot = memory_new(sizeof(*snapshot));
    *snapshot = (struct snapshot){.references = 1};
    return snapshot;
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
    snapshot->references++;
    return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
    if (!snapshot || --snapshot->references > 0)
        return;
    for (size_t i = 0; i < XDS_TYPE_COUNT; i++) {
        struct xds_resources *all = &snapshot->types[i];
        for (size_t r = 0; r < all->count; r++)
            shared_unref(all->items[r].shared);
        free(all->items);
    }
    free(snapshot->warnings);
    arena_clear(&snapshot->arena);
    free(snapshot);
}

static struct xds_resource *grow(struct xds_resources *resources)
{
    if (resources->count == resources->capacity) {
        resources->capacity = resources->capacity == 0 ? 2 : 2 * resources->capacity;
        resources->items =
            memory_resize(resources->items, resources->capacity * sizeof(*resources->items));
    }
    return &resources->items[resources->count++];
}

static const struct xds_use *copy_uses(struct arena *arena, const struct xds_use *uses,
                                       size_t count)
{
    struct xds_use *copy = arena_new(arena, count * sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = (struct xds_use){uses[i].type, arena_copy(arena, bytes_of(uses[i].name))};
    return copy;
}

/* The message is still to be set. */
static struct xds_resource *add(struct snapshot *snapshot, enum xds_type type, const char *name,
                                const struct xds_use *uses, size_t use_count)
{
    struct arena *arena = &snapshot->arena;
    struct xds_resource *resource = grow(&snapshot->types[type]);
    *resource = (struct xds_resource){
        .name = arena_copy(arena, bytes_of(name)),
        .uses = copy_uses(arena, uses, use_count),
        .use_count = use_count,
    };
    return resource;
}

void snapshot_add(struct snapshot *snapshot, enum xds_type type, const char *name,
                  const struct ProtobufCMessage *message, const struct xds_use *uses,
                  size_t use_count)
{
    struct xds_resource *resource = add(snapshot, type, name, uses, use_count);
    resource->message = message_pack(&snapshot->arena, message);
}

void snapshot_add_shared(struct snapshot *snapshot, enum xds_type type, const char *name,
                         struct shared *shared, const struct xds_use *uses, size_t use_count)
{
    struct xds_resource *resource = add(snapshot, type, name, uses, use_count);
    resource->shared = shared_ref(shared);
    resource->message = shared_bytes(shared);
}

void snapshot_warn(struct snapshot *snapshot, const char *warning)
{
    for (size_t i = 0; i < snapshot->warning_count; i++)
        if (strcmp(snapshot->warnings[i], warning) == 0)
            return;
    snapshot->warnings = memory_resize(snapshot->warnings,
                                       (snapshot->warning_count + 1) * sizeof(*snapshot->warnings));
    snapshot->warnings[snapshot->warning_count++] = arena_copy(&snapshot->arena, bytes_of(warning));
}

static const char *put(char **end, struct bytes text)
{
    char *start = *end;
    if (text.size > 0)
        memcpy(start, text.data, text.size);
    *end += text.size + 1; /* the memory is zeroed */
    return start;
}

static size_t size_of(const struct xds_resource *resource)
{
    size_t size = sizeof(*resource) + resource->use_count * sizeof(*resource->uses);
    for (size_t i = 0; i < resource->use_count; i++)
        size += strlen(resource->uses[i].name) + 1;
    return size + strlen(resource->name) + 1 + resource->message.size + 1;
}

struct xds_resource *resource_copy(const struct xds_resource *from)
{
    struct xds_resource *copy = memory_new(size_of(from));
    struct xds_use *uses = (struct xds_use *)(copy + 1);
    char *end = (char *)(uses + from->use_count);
    for (size_t i = 0; i < from->use_count; i++)
        uses[i] = (struct xds_use){from->uses[i].type, put(&end, bytes_of(from->uses[i].name))};
    *copy = *from;
    copy->uses = uses;
    copy->name = put(&end, bytes_of(from->name));
    copy->message.data = put(&end, from->message);
    return copy;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct xds_resource *)a)->name, ((const struct xds_resource *)b)->name);
}

uint64_t snapshot_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;
    return hash ^ (hash >> 32);
}

static uint64_t hash_bytes(uint64_t hash, struct bytes bytes)
{
    uint64_t word;
    size_t i = 0;
    for (; i + sizeof(word) <= bytes.size; i += sizeof(word)) {
        memcpy(&word, bytes.data + i, sizeof(word));
        hash = snapshot_mix(hash, word);
    }
    word = 0;
    if (i < bytes.size)
        memcpy(&word, bytes.data + i, bytes.size - i);
    return snapshot_mix(snapshot_mix(hash, word), bytes.size);
}

static struct xds_resource *find(const struct snapshot *snapshot, enum xds_type type,
                                 const char *name)
{
    const struct xds_resources *resources = &snapshot->types[type];
    const struct xds_resource key = {.name = name};
    if (resources->count == 0)
        return NULL;
    return bsearch(&key, resources->items, resources->count, sizeof(key), by_name);
}

const struct xds_resource *snapshot_find(const struct snapshot *snapshot, enum xds_type type,
                                         const char *name)
{
    return find(snapshot, type, name);
}

static void add_to_versions_of_used(struct snapshot *snapshot, const struct xds_resource *user)
{
    for (size_t i = 0; i < user->use_count; i++) {
        struct xds_resource *used = find(snapshot, user->uses[i].type, user->uses[i].name);
        if (used && user->uses[i].type != XDS_CLUSTER)
            used->version = snapshot_mix(used->version, user->content);
    }
}

/* Only listeners and clusters warm, and wait for what they name then; a cluster that a route or
 * listener names waits for nobody. */
static const enum xds_type warming[] = {XDS_CLUSTER, XDS_LISTENER};

void snapshot_finish(struct snapshot *snapshot)
{
    for (size_t type = 0; type < XDS_TYPE_COUNT; type++) {
        struct xds_resources *all = &snapshot->types[type];
        if (all->count > 0)
            qsort(all->items, all->count, sizeof(*all->items), by_name);
        for (size_t i = 0; i < all->count; i++)
            all->items[i].version = all->items[i].content = hash_bytes(0, all->items[i].message);
    }
    for (size_t w = 0; w < COUNT(warming); w++) {
        const struct xds_resources *all = &snapshot->types[warming[w]];
        for (size_t i = 0; i < all->count; i++)
            add_to_versions_of_used(snapshot, &all->items[i]);
    }
}
