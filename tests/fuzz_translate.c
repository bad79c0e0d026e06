/* SPDX-License-Identifier: Apache-2.0
 *
 * The meshes of fixtures/envoy, changed as the bytes say and as far as shapes and rules let it in,
 * translated for each of their proxies. What comes out must not be what Envoy refuses: names,
 * domains, addresses and matches that are there twice, weights that sum up to 0, references to
 * nothing.
 */
#include <assert.h>
#include <ctype.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <envoy/config/listener/v3/listener.pb-c.h>
#include <envoy/config/route/v3/route.pb-c.h>

#include "arena.h"
#include "json.h"
#include "message.h"
#include "rules.h"
#include "shape.h"
#include "translate/translate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHANGES_MAX 16
#define DOCUMENTS_MAX 64

/* ---- choices ---- */

struct choices {
    const uint8_t *next, *end;
};

static size_t choose(struct choices *choices, size_t count)
{
    assert(count > 0);
    return choices->next == choices->end ? 0 : *choices->next++ % count;
}

/* ---- a mesh in documents ---- */

struct document {
    enum kind kind;
    struct cJSON *json; /* with its names and its spec */
};

struct mesh {
    struct cJSON *state;
    struct document documents[DOCUMENTS_MAX];
    size_t count;
};

static glob_t fixtures;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    assert(glob(SOURCE_DIR "/fixtures/envoy/*/state.json", 0, NULL, &fixtures) == 0);
    return 0;
}

static struct cJSON *read_json(const char *path)
{
    struct buffer text = {0};
    struct json_fault fault;
    struct cJSON *json;
    size_t size;
    FILE *file = fopen(path, "r");
    assert(file);
    while ((size = fread(buffer_reserve(&text, 65536), 1, 65536, file)) > 0)
        text.size += size;
    fclose(file);
    json = json_parse(buffer_bytes(&text), &fault);
    assert(json);
    buffer_clear(&text);
    return json;
}

static void mesh_load(struct mesh *mesh, const char *path)
{
    const struct cJSON *lists;
    mesh->state = read_json(path);
    mesh->count = 0;
    lists = json_first(json_first(json_member(mesh->state, "accounts")));
    for (enum kind kind = KIND_MESH; kind < KIND_COUNT; kind++) {
        struct cJSON *json = json_first(json_member(lists, kinds[kind].collection));
        for (; json; json = json_next(json)) {
            assert(mesh->count < DOCUMENTS_MAX);
            mesh->documents[mesh->count++] = (struct document){kind, json};
        }
    }
}

static const char *name_of(const struct document *document)
{
    return json_string(document->json, kinds[document->kind].name_member);
}

/* ---- changes ---- */

struct change {
    struct choices *choices;
    const struct mesh *mesh;
    struct arena *arena;
};

/* Some name of the mesh, or what is almost one. */
static const char *choose_name(struct change *change)
{
    static const char *const before[] = {"", "", "", "X", "*"};
    static const char *const after[] = {"", "", "", ":8080"};
    const struct mesh *mesh = change->mesh;
    const char *name = name_of(&mesh->documents[choose(change->choices, mesh->count)]);
    char *text =
        arena_printf(change->arena, "%s%s%s", before[choose(change->choices, COUNT(before))], name,
                     after[choose(change->choices, COUNT(after))]);
    if (choose(change->choices, 4) == 0)
        text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

static struct cJSON *other_string(struct change *change, const struct shape *shape)
{
    static const char *const texts[] = {"/", "/a", "/a/", "a", "*.a", ".a", "A"};
    size_t count = 0;
    if (strcmp(shape->name, "ResourceName") == 0 || strcmp(shape->name, "ServiceName") == 0)
        return json_new_string(choose_name(change));
    if (!shape->values)
        return json_new_string(texts[choose(change->choices, COUNT(texts))]);
    while (shape->values[count])
        count++;
    return json_new_string(shape->values[choose(change->choices, count)]);
}

/* A value that only objects can be given. */
static struct cJSON *other_value(struct change *change, const struct shape *shape)
{
    static const int64_t integers[] = {80, 443, 8080, 15001, 1, 0, JSON_INTEGER_MAX};
    struct cJSON *holder = json_new_object(), *value;
    int64_t integer = integers[choose(change->choices, COUNT(integers))];
    if (shape->has_bounds && integer < shape->min)
        integer = shape->min;
    if (shape->has_bounds && integer > shape->max)
        integer = shape->max;
    if (shape->type == SHAPE_BOOLEAN)
        json_add_boolean(holder, "", choose(change->choices, 2) == 0);
    else
        json_add_integer(holder, "", integer);
    value = json_detach(holder, json_first(holder));
    json_free(holder);
    return value;
}

static void change_value(struct change *, const struct shape *, struct cJSON *parent,
                         struct cJSON *value);

static void change_member(struct change *change, const struct shape *shape, struct cJSON *object)
{
    const struct member *member = &shape->members[choose(change->choices, shape->member_count)];
    struct cJSON *value = json_member(object, member->name);
    if (!value)
        return;
    if (!member->is_required && shape->type == SHAPE_STRUCT && choose(change->choices, 4) == 0)
        json_delete(object, value);
    else
        change_value(change, member->shape, object, value);
}

static void change_element(struct change *change, const struct shape *shape, struct cJSON *array)
{
    struct cJSON *element = json_first(array);
    for (size_t skip = choose(change->choices, (size_t)json_size(array)); skip > 0; skip--)
        element = json_next(element);
    if (choose(change->choices, 4) == 0)
        json_append(array, json_copy(element));
    else
        change_value(change, shape->element, array, element);
}

static void change_value(struct change *change, const struct shape *shape, struct cJSON *parent,
                         struct cJSON *value)
{
    if (shape->member_count > 0)
        change_member(change, shape, value);
    else if (shape->type == SHAPE_LIST && json_size(value) > 0)
        change_element(change, shape, value);
    else if (shape->type == SHAPE_STRING)
        json_replace(parent, value, other_string(change, shape));
    else if (shape->type != SHAPE_LIST)
        json_replace(parent, value, other_value(change, shape));
}

/* What the API would refuse for itself stays as it was. */
static void change_document(struct change *change, const struct document *document)
{
    const char *member =
        choose(change->choices, 8) == 0 ? kinds[document->kind].name_member : "spec";
    struct cJSON *now = json_member(document->json, member), *before = json_copy(now);
    struct error error = {.arena = change->arena};
    if (strcmp(member, "spec") == 0)
        change_value(change, kinds[document->kind].spec, document->json, now);
    else if (document->kind != KIND_MESH)
        json_replace(document->json, now, json_new_string(choose_name(change)));
    if (rules_check(document->kind, json_member(document->json, "spec"), &error) == OK)
        json_free(before);
    else
        json_replace(document->json, json_member(document->json, member), before);
}

static struct mesh_view *view_of(const struct mesh *mesh)
{
    struct mesh_view *view = mesh_view_new(name_of(&mesh->documents[0]));
    for (size_t i = 0; i < mesh->count; i++) {
        const struct document *document = &mesh->documents[i];
        struct resource_path path = {.kind = document->kind};
        struct buffer spec = {0};
        for (enum kind kind = KIND_MESH; kind < KIND_COUNT; kind++)
            path.names[kind] = json_string(document->json, kinds[kind].name_member);
        json_print(&spec, json_member(document->json, "spec"));
        mesh_view_put(view, &path, buffer_bytes(&spec));
        buffer_clear(&spec);
    }
    return view;
}

/* ---- what comes from outside the mesh ---- */

static const struct instance *instances_of(void *context, const char *namespace_name,
                                           const char *service, size_t *out_count)
{
    static const struct instance bare[] = {
        {"i", NULL}
    };
    (void)context;
    (void)namespace_name;
    *out_count = service[0] == 'a';
    return bare;
}

static bool certificate_of(void *context, const char *arn, struct certificate *out)
{
    (void)context;
    *out = (struct certificate){"chain", "key"};
    return arn[0] == 'a';
}

static const char *authority_of(void *context, const char *arn)
{
    (void)context;
    return arn[0] == 'a' ? "authority" : NULL;
}

/* ---- what Envoy refuses ---- */

static void *unpack(struct arena *arena, const struct xds_resource *resource,
                    const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCAllocator allocator = message_allocator(arena);
    void *message = protobuf_c_message_unpack(descriptor, &allocator, resource->message.size,
                                              (const uint8_t *)resource->message.data);
    assert(message);
    return message;
}

/* addresses: of the listeners before this one. */
static void check_address(struct arena *arena, const Envoy__SocketAddress *socket,
                          struct list *addresses)
{
    char *address = arena_printf(arena, "%s %u", socket->address, socket->port_value);
    for (size_t i = 0; i < addresses->count; i++)
        assert(strcmp(addresses->items[i], address) != 0);
    list_add(arena, addresses, address);
}

static void check_listener(struct arena *arena, const struct xds_resource *resource,
                           struct list *addresses)
{
    const Envoy__Listener *listener = unpack(arena, resource, &envoy__listener__descriptor);
    struct bytes *matches = arena_new(arena, listener->n_filter_chains * sizeof(*matches));
    check_address(arena, listener->address->socket_address, addresses);
    assert(listener->n_filter_chains > 0);
    for (size_t i = 0; i < listener->n_filter_chains; i++) {
        matches[i] = message_pack(arena, &listener->filter_chains[i]->filter_chain_match->base);
        for (size_t j = 0; j < i; j++)
            assert(!bytes_equal(matches[i], matches[j]));
    }
}

static void check_route(const Envoy__Route *route)
{
    const Envoy__WeightedCluster *weighted;
    uint64_t sum = 0;
    if (route->action_case != ENVOY__ROUTE__ACTION_ROUTE ||
        route->route->cluster_specifier_case !=
            ENVOY__ROUTE_ACTION__CLUSTER_SPECIFIER_WEIGHTED_CLUSTERS)
        return;
    weighted = route->route->weighted_clusters;
    for (size_t i = 0; i < weighted->n_clusters; i++)
        sum += weighted->clusters[i]->weight->value;
    assert(sum > 0);
}

static void check_routes(struct arena *arena, const struct xds_resource *resource)
{
    const Envoy__RouteConfiguration *routes =
        unpack(arena, resource, &envoy__route_configuration__descriptor);
    struct list domains = {0};
    for (size_t h = 0; h < routes->n_virtual_hosts; h++) {
        const Envoy__VirtualHost *host = routes->virtual_hosts[h];
        assert(host->n_domains > 0);
        for (size_t i = 0; i < h; i++)
            assert(strcmp(routes->virtual_hosts[i]->name, host->name) != 0);
        for (size_t d = 0; d < host->n_domains; d++)
            list_add(arena, &domains, (void *)host->domains[d]);
        for (size_t r = 0; r < host->n_routes; r++)
            check_route(host->routes[r]);
    }
    for (size_t i = 0; i < domains.count; i++)
        for (size_t j = 0; j < i; j++)
            assert(strcasecmp(domains.items[i], domains.items[j]) != 0);
}

static void check_resources(const struct snapshot *snapshot, enum xds_type type,
                            struct arena *arena)
{
    const struct xds_resources *all = &snapshot->types[type];
    struct list addresses = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct xds_resource *resource = &all->items[i];
        assert(i == 0 || strcmp(all->items[i - 1].name, resource->name) < 0);
        for (size_t u = 0; u < resource->use_count; u++)
            assert(resource->uses[u].type == XDS_SECRET ||
                   snapshot_find(snapshot, resource->uses[u].type, resource->uses[u].name));
        if (type == XDS_LISTENER)
            check_listener(arena, resource, &addresses);
        else if (type == XDS_ROUTE)
            check_routes(arena, resource);
    }
}

static void check_proxy(struct mesh_view *view, const struct proxy *proxy, struct arena *arena)
{
    static const struct translate_sources sources = {NULL, instances_of, certificate_of,
                                                     authority_of};
    struct error error = {.arena = arena};
    struct snapshot *snapshot;
    struct mesh_reads reads;
    mesh_reads_begin(&reads, view, arena);
    if (translate_proxy(view, proxy, &sources, &reads, &snapshot, &error) != OK)
        return;
    for (enum xds_type type = XDS_CLUSTER; type < XDS_TYPE_COUNT; type++)
        check_resources(snapshot, type, arena);
    snapshot_unref(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct proxy_settings modes[] = {
        {0 },
        { true, true, true, true, "127.9.0.1", "127.0.0.2", 0x7F090000, 7},
    };
    struct choices choices = {data, data + size};
    struct arena arena = {0};
    struct mesh mesh;
    struct change change = {&choices, &mesh, &arena};
    struct mesh_view *view;
    mesh_load(&mesh, fixtures.gl_pathv[choose(&choices, fixtures.gl_pathc)]);
    for (int i = 0; i < CHANGES_MAX && choices.next < choices.end; i++)
        change_document(&change, &mesh.documents[choose(&choices, mesh.count)]);
    view = view_of(&mesh);
    for (size_t i = 0; i < mesh.count; i++) {
        const struct document *document = &mesh.documents[i];
        if (document->kind == KIND_VIRTUAL_NODE || document->kind == KIND_VIRTUAL_GATEWAY)
            for (size_t m = 0; m < COUNT(modes); m++)
                check_proxy(view, &(struct proxy){document->kind, name_of(document), modes[m]},
                            &arena);
    }
    mesh_view_free(view);
    json_free(mesh.state);
    arena_clear(&arena);
    return 0;
}
