/* SPDX-License-Identifier: Apache-2.0 */
#include "meshes.h"

#include <assert.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "log.h"
#include "served_mesh.h"

struct meshes {
    struct store *store;
    struct store_txn *reader;
    struct meshes_sources sources;
    struct served_mesh *first;
};

struct meshes *meshes_new(struct store *store, const struct meshes_sources *sources)
{
    struct meshes *meshes = memory_new(sizeof(*meshes));
    *meshes = (struct meshes){.store = store, .sources = *sources};
    return meshes;
}

void meshes_free(struct meshes *meshes)
{
    if (meshes == NULL)
        return;
    assert(meshes->first == NULL);
    store_reader_free(meshes->reader);
    certificates_free(meshes->sources.certificates);
    free(meshes);
}

const struct scope *served_scope(const struct served_proxy *proxy)
{
    return &proxy->mesh->scope;
}

/* ---- translating ---- */

struct translation {
    struct meshes *meshes;
    struct served_mesh *mesh;
    struct store_txn *txn;
    struct arena arena;
    struct cJSON *trees; /* an array: what lives until the translation is done */
};

static const struct instance *instances_of(void *context, const char *namespace_name,
                                           const char *service, size_t *out_count)
{
    struct translation *translation = context;
    struct cJSON *list = json_new_array();
    size_t count = 0;
    json_append(translation->trees, list);
    if (translation->meshes->sources.instances == NULL ||
        translation->meshes->sources.instances(translation->txn, &translation->arena,
                                               &translation->mesh->scope, namespace_name, service,
                                               list) != OK) {
        *out_count = 0;
        return NULL;
    }
    struct instance *instances =
        arena_new(&translation->arena, ((size_t)json_size(list) + 1) * sizeof(*instances));
    for (const struct cJSON *i = json_first(list); i != NULL; i = json_next(i))
        instances[count++] = (struct instance){json_string(i, "Id"), json_member(i, "Attributes")};
    *out_count = count;
    return instances;
}

static bool find_issued(struct translation *translation, const char *arn, struct certificate *out)
{
    meshes_issued *issued = translation->meshes->sources.issued;
    return issued != NULL && issued(translation->txn, &translation->arena, arn, out) == OK;
}

static bool certificate_of(void *context, const char *arn, struct certificate *out)
{
    struct translation *translation = context;
    return certificates_find(translation->meshes->sources.certificates, arn, out) ||
           find_issued(translation, arn, out);
}

static const char *authority_of(void *context, const char *arn)
{
    struct translation *translation = context;
    struct certificate authority;
    const char *mapped = certificates_authority(translation->meshes->sources.certificates, arn);
    if (mapped != NULL)
        return mapped;
    return find_issued(translation, NULL, &authority) ? authority.chain : NULL;
}

static bool warned_before(const struct snapshot *before, const char *warning)
{
    for (size_t i = 0; before != NULL && i < before->warning_count; i++)
        if (strcmp(before->warnings[i], warning) == 0)
            return true;
    return false;
}

static void log_warnings(const struct served_proxy *proxy, const struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->warning_count; i++)
        if (!warned_before(proxy->snapshot, snapshot->warnings[i]))
            LOG(LOG_WARN, "xds", LOG_T("mesh", proxy->mesh->name),
                LOG_T(kinds[proxy->proxy.kind].member, proxy->proxy.name),
                LOG_T("warning", snapshot->warnings[i]));
}

static enum status translate(struct meshes *meshes, struct store_txn *txn,
                             struct served_proxy *proxy, struct error *error)
{
    struct translation translation = {
        .meshes = meshes, .mesh = proxy->mesh, .txn = txn, .trees = json_new_array()};
    const struct translate_sources sources = {&translation, instances_of, certificate_of,
                                              authority_of};
    struct snapshot *snapshot = NULL;
    struct mesh_reads reads;
    mesh_reads_begin(&reads, proxy->mesh->view, &translation.arena);
    const enum status status =
        translate_proxy(proxy->mesh->view, &proxy->proxy, &sources, &reads, &snapshot, error);
    served_mesh_set_reads(proxy, &reads);
    if (status == OK) {
        log_warnings(proxy, snapshot);
        snapshot_unref(proxy->snapshot);
        proxy->snapshot = snapshot;
    }
    json_free(translation.trees);
    arena_clear(&translation.arena);
    return status;
}

/* ---- joining and leaving ---- */

static bool is_of_scope(const struct served_mesh *mesh, const struct scope *scope)
{
    return strcmp(mesh->scope.account, scope->account) == 0 &&
           strcmp(mesh->scope.region, scope->region) == 0;
}

static struct served_mesh *find_mesh(const struct meshes *meshes, const struct scope *scope,
                                     const char *name)
{
    struct served_mesh *mesh = meshes->first;
    while (mesh != NULL && (strcmp(mesh->name, name) != 0 || !is_of_scope(mesh, scope)))
        mesh = mesh->next;
    return mesh;
}

/* Nothing if proxies are left. */
static void mesh_drop(struct meshes *meshes, struct served_mesh *mesh)
{
    struct served_mesh **at = &meshes->first;
    if (mesh->proxies != NULL)
        return;
    while (*at != mesh)
        at = &(*at)->next;
    *at = mesh->next;
    served_mesh_free(mesh);
    malloc_trim(0); /* a thousand may have come and gone */
}

static bool same_values(const char *const *a, const char *const *b)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if ((a[i] == NULL) != (b[i] == NULL) || (a[i] != NULL && strcmp(a[i], b[i]) != 0))
            return false;
    return true;
}

static struct served_proxy *find_proxy(const struct served_mesh *mesh, const struct node_id *id,
                                       const char *const *values)
{
    struct served_proxy *proxy = mesh->proxies;
    while (proxy != NULL &&
           (proxy->proxy.kind != id->kind || strcmp(proxy->proxy.name, id->name) != 0 ||
            !same_values(proxy->values, values)))
        proxy = proxy->next;
    return proxy;
}

static void proxy_drop(struct served_proxy *proxy)
{
    *proxy->at = proxy->next;
    if (proxy->next != NULL)
        proxy->next->at = proxy->at;
    served_mesh_set_reads(proxy, &(struct mesh_reads){0});
    snapshot_unref(proxy->snapshot);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free((char *)proxy->values[i]);
    free((char *)proxy->proxy.name);
    free(proxy);
}

static struct served_proxy *proxy_new(struct served_mesh *mesh, const struct node_id *id,
                                      const char *const *values)
{
    struct served_proxy *proxy = memory_new(sizeof(*proxy));
    *proxy = (struct served_proxy){.mesh = mesh, .next = mesh->proxies, .at = &mesh->proxies};
    if (proxy->next != NULL)
        proxy->next->at = &proxy->next;
    proxy->proxy = (struct proxy){.kind = id->kind};
    proxy->proxy.name = memory_text(bytes_of(id->name));
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (values[i] != NULL)
            proxy->values[i] = memory_text(bytes_of(values[i]));
    mesh->proxies = proxy;
    return proxy;
}

static enum status proxy_make(struct meshes *meshes, struct store_txn *txn,
                              struct served_mesh *mesh, const struct node_id *id,
                              const char *const *values, struct served_proxy **out,
                              struct error *error)
{
    struct served_proxy *proxy = proxy_new(mesh, id, values);
    enum status status = settings_parse(proxy->values, &proxy->proxy.settings, error);
    if (status == OK)
        status = translate(meshes, txn, proxy, error);
    if (status == OK)
        *out = proxy;
    else
        proxy_drop(proxy);
    return status;
}

/* The store has the node. A view without it is of before: what tells of it is on its way here. */
static enum status proxy_make_now(struct meshes *meshes, struct store_txn *txn,
                                  struct served_mesh *mesh, const struct node_id *id,
                                  const char *const *values, struct served_proxy **out,
                                  struct error *error)
{
    enum status status = proxy_make(meshes, txn, mesh, id, values, out, error);
    if (status != ERR_NOT_FOUND)
        return status;
    *error = (struct error){.arena = error->arena};
    status = served_mesh_load(txn, mesh);
    return status == OK ? proxy_make(meshes, txn, mesh, id, values, out, error) : status;
}

static enum status join(struct meshes *meshes, struct store_txn *txn,
                        const struct meshes_query *query, struct served_proxy **out,
                        bool *out_elsewhere, struct error *error)
{
    struct node_id id;
    struct node_place place;
    enum status status = OK;
    if (!node_id_parse(error->arena, query->id, &id))
        return error_set(error, ERR_BAD_REQUEST,
                         "the node id must be mesh/<mesh>/virtualNode/<name>, "
                         "mesh/<mesh>/virtualGateway/<name> or the ARN of one, not \"%s\"",
                         query->id);
    status = node_id_find(txn, error->arena, &id, meshes->sources.fallback, query->region, &place,
                          error);
    if (status != OK)
        return status;
    struct served_mesh *mesh = find_mesh(meshes, &place.scope, place.mesh);
    if (mesh == NULL) {
        mesh = served_mesh_new(&place.scope, place.mesh);
        mesh->next = meshes->first;
        meshes->first = mesh;
        status = served_mesh_load(txn, mesh);
    }
    *out_elsewhere = place.is_elsewhere;
    *out = find_proxy(mesh, &id, query->values);
    if (status == OK && *out == NULL)
        status = proxy_make_now(meshes, txn, mesh, &id, query->values, out, error);
    if (status != OK)
        mesh_drop(meshes, mesh);
    return status;
}

enum status meshes_join(struct meshes *meshes, const struct meshes_query *query,
                        struct served_proxy **out, bool *out_elsewhere, struct error *error)
{
    struct served_proxy *proxy = NULL;
    enum status status = store_read(meshes->store, &meshes->reader);
    if (status != OK)
        return error_set(error, status, "the store cannot be read now");
    status = join(meshes, meshes->reader, query, &proxy, out_elsewhere, error);
    store_read_end(meshes->reader);
    if (status != OK)
        return error_set(error, status, "the store cannot be read now"); /* the first word stays */
    assert(proxy);
    proxy->users++;
    *out = proxy;
    return OK;
}

void meshes_leave(struct meshes *meshes, struct served_proxy *proxy)
{
    struct served_mesh *mesh = proxy->mesh;
    if (--proxy->users > 0)
        return;
    proxy_drop(proxy);
    mesh_drop(meshes, mesh);
}

/* ---- changes ---- */

/* A change outside the meshes. */
static void note_outside(struct meshes *meshes, struct arena *arena,
                         const struct store_change *change)
{
    const char *service = NULL;
    if (change->certificate == NULL)
        service = arena_printf(arena, "%s/%s", change->namespace_name, change->service);
    for (struct served_mesh *mesh = meshes->first; mesh != NULL; mesh = mesh->next) {
        if (change->certificate != NULL)
            served_mesh_note(mesh, ITEM_CERTIFICATE, change->certificate);
        else if (is_of_scope(mesh, &change->scope))
            served_mesh_note(mesh, ITEM_INSTANCES, service);
    }
}

static enum status take_change(struct meshes *meshes, struct store_txn *txn, struct arena *arena,
                               const struct store_change *change)
{
    if (change->path.kind == KIND_NONE) {
        note_outside(meshes, arena, change);
        return OK;
    }
    struct served_mesh *mesh = find_mesh(meshes, &change->scope, change->path.names[KIND_MESH]);
    return mesh == NULL ? OK : served_mesh_patch(txn, mesh, &change->path);
}

static enum status take_changes(struct meshes *meshes, struct store_txn *txn,
                                const struct store_changes *changes)
{
    struct arena arena = {0};
    enum status status = OK;
    if (changes->is_all)
        for (struct served_mesh *mesh = meshes->first; status == OK && mesh != NULL;
             mesh = mesh->next)
            status = served_mesh_load(txn, mesh);
    for (size_t i = 0; status == OK && !changes->is_all && i < changes->count; i++)
        status = take_change(meshes, txn, &arena, &changes->items[i]);
    arena_clear(&arena);
    return status;
}

static void rebuild(struct meshes *meshes, struct store_txn *txn, struct served_proxy *proxy,
                    meshes_rebuilt *rebuilt, void *context)
{
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    proxy->is_dirty = false;
    const enum status status = translate(meshes, txn, proxy, &error);
    rebuilt(context, proxy, status, error.message);
    arena_clear(&arena);
}

/* What is rebuilt may leave, and take the mesh along. */
static void rebuild_dirty(struct meshes *meshes, struct served_mesh *mesh, meshes_rebuilt *rebuilt,
                          void *context)
{
    for (struct served_proxy *proxy = mesh->proxies, *next; proxy != NULL; proxy = next) {
        next = proxy->next;
        if (proxy->is_dirty)
            rebuild(meshes, meshes->reader, proxy, rebuilt, context);
    }
}

static void rebuild_all_dirty(struct meshes *meshes, meshes_rebuilt *rebuilt, void *context)
{
    for (struct served_mesh *mesh = meshes->first, *next; mesh != NULL; mesh = next) {
        next = mesh->next;
        rebuild_dirty(meshes, mesh, rebuilt, context);
    }
}

static bool uses_certificates(const struct served_proxy *proxy)
{
    for (size_t i = 0; i < proxy->read_count; i++)
        if (proxy->reads[i]->kind == ITEM_CERTIFICATE || proxy->reads[i]->kind == ITEM_AUTHORITY)
            return true;
    return false;
}

void meshes_set_certificates(struct meshes *meshes, struct certificates *certificates,
                             meshes_rebuilt *rebuilt, void *context)
{
    certificates_free(meshes->sources.certificates);
    meshes->sources.certificates = certificates;
    for (struct served_mesh *mesh = meshes->first; mesh != NULL; mesh = mesh->next)
        for (struct served_proxy *proxy = mesh->proxies; proxy != NULL; proxy = proxy->next)
            proxy->is_dirty |= uses_certificates(proxy);
    if (meshes->first == NULL || store_read(meshes->store, &meshes->reader) != OK)
        return;
    rebuild_all_dirty(meshes, rebuilt, context);
    store_read_end(meshes->reader);
}

void meshes_apply(struct meshes *meshes, const struct store_changes *changes,
                  meshes_rebuilt *rebuilt, void *context)
{
    if (meshes->first == NULL || store_read(meshes->store, &meshes->reader) != OK)
        return;
    for (; changes != NULL; changes = changes->next)
        if (take_changes(meshes, meshes->reader, changes) != OK)
            LOG(LOG_ERROR, "xds", LOG_T("error", "a change could not be read from the store"));
    rebuild_all_dirty(meshes, rebuilt, context);
    store_read_end(meshes->reader);
}
