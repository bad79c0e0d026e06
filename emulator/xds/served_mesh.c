/* SPDX-License-Identifier: Apache-2.0 */
#include "served_mesh.h"

#include <stdlib.h>
#include <string.h>

struct served_mesh *served_mesh_new(const struct scope *scope, const char *name)
{
    struct served_mesh *mesh = memory_new(sizeof(*mesh));
    mesh->scope.account = arena_copy(&mesh->arena, bytes_of(scope->account));
    mesh->scope.region = arena_copy(&mesh->arena, bytes_of(scope->region));
    mesh->name = arena_copy(&mesh->arena, bytes_of(name));
    return mesh;
}

void served_mesh_free(struct served_mesh *mesh)
{
    mesh_view_free(mesh->view);
    arena_clear(&mesh->arena);
    free(mesh);
}

/* ---- items and their readers ---- */

/* Who reads an item; hangs on item->readers. */
struct readers {
    struct served_proxy **proxies;
    size_t count, capacity;
};

static void add_reader(struct mesh_item *item, struct served_proxy *proxy)
{
    struct readers *readers = item->readers;
    if (readers == NULL)
        readers = item->readers = memory_new(sizeof(*readers));
    if (readers->count == readers->capacity) {
        readers->capacity = readers->capacity == 0 ? 2 : 2 * readers->capacity;
        readers->proxies =
            memory_resize(readers->proxies, readers->capacity * sizeof(*readers->proxies));
    }
    readers->proxies[readers->count++] = proxy;
}

static void remove_reader(struct served_mesh *mesh, struct mesh_item *item,
                          const struct served_proxy *proxy)
{
    struct readers *readers = item->readers;
    size_t place = 0;
    while (readers->proxies[place] != proxy)
        place++;
    readers->proxies[place] = readers->proxies[--readers->count];
    if (readers->count > 0)
        return;
    free(readers->proxies);
    free(readers);
    item->readers = NULL;
    mesh_view_forget(mesh->view, item);
}

static int by_address(const void *a, const void *b)
{
    const uintptr_t left = (uintptr_t) * (struct mesh_item *const *)a;
    const uintptr_t right = (uintptr_t) * (struct mesh_item *const *)b;
    return left < right ? -1 : left > right;
}

/* Touches only what differs from the one before, for some items have a thousand readers. */
void served_mesh_set_reads(struct served_proxy *proxy, const struct mesh_reads *reads)
{
    struct mesh_item **old = proxy->reads, **fresh = NULL;
    const size_t old_count = proxy->read_count, count = reads->count;
    size_t o = 0, f = 0;
    if (count > 0) {
        fresh = memory_new(count * sizeof(struct mesh_item *));
        memcpy(fresh, reads->items, count * sizeof(struct mesh_item *));
        qsort(fresh, count, sizeof(struct mesh_item *), by_address);
    }
    while (o < old_count || f < count) {
        const int order = o == old_count ? 1 : f == count ? -1 : by_address(&old[o], &fresh[f]);
        if (order > 0)
            add_reader(fresh[f], proxy);
        else if (order < 0)
            remove_reader(proxy->mesh, old[o], proxy);
        o += order <= 0;
        f += order >= 0;
    }
    free(old);
    proxy->reads = fresh;
    proxy->read_count = count;
}

static void mark_readers(const struct mesh_item *item)
{
    const struct readers *readers = item->readers;
    for (size_t i = 0; readers != NULL && i < readers->count; i++)
        readers->proxies[i]->is_dirty = true;
}

/* ---- reading a mesh ---- */

static enum status load_kind(struct store_txn *, struct served_mesh *, struct resource_path,
                             uint64_t parent);

static enum status load_children(struct store_txn *txn, struct served_mesh *mesh,
                                 const struct resource_path *path, uint64_t id)
{
    enum status status = OK;
    for (enum kind kind = 0; status == OK && kind < KIND_COUNT; kind++) {
        struct resource_path below = *path;
        below.kind = kind;
        if (kinds[kind].parent == path->kind)
            status = load_kind(txn, mesh, below, id);
    }
    return status;
}

static enum status load_kind(struct store_txn *txn, struct served_mesh *mesh,
                             struct resource_path path, uint64_t parent)
{
    struct store_scan scan;
    enum status status = OK;
    store_scan_begin(&scan, txn, path.kind, parent, NULL);
    while (status == OK && store_scan_next(&scan)) {
        path.names[path.kind] = scan.name;
        mesh_view_put(mesh->view, &path, scan.row.spec);
        status = load_children(txn, mesh, &path, scan.row.id);
    }
    const enum status ended = store_scan_end(&scan);
    return status == OK ? ended : status;
}

/* A mesh that is not there leaves an empty view. */
static enum status load(struct store_txn *txn, struct served_mesh *mesh)
{
    uint64_t scope;
    struct store_row row;
    const struct resource_path path = {.kind = KIND_MESH, .names = {[KIND_MESH] = mesh->name}};
    mesh->view = mesh_view_new(mesh->name);
    mesh->id = 0;
    enum status status = store_scope(txn, &mesh->scope, &scope);
    if (status == OK)
        status = store_get(txn, KIND_MESH, scope, mesh->name, &row);
    if (status != OK)
        return status == ERR_NOT_FOUND ? OK : status;
    mesh->id = row.id;
    mesh_view_put(mesh->view, &path, row.spec);
    return load_children(txn, mesh, &path, row.id);
}

/* The items that proxies read go with the view. */
enum status served_mesh_load(struct store_txn *txn, struct served_mesh *mesh)
{
    for (struct served_proxy *proxy = mesh->proxies; proxy != NULL; proxy = proxy->next) {
        served_mesh_set_reads(proxy, &(struct mesh_reads){0});
        proxy->is_dirty = true;
    }
    mesh_view_free(mesh->view);
    return load(txn, mesh);
}

/* ---- changes ---- */

/* The row as it is now, whatever the change was. */
static enum status find_row(struct store_txn *txn, const struct served_mesh *mesh,
                            const struct resource_path *path, struct store_row *out)
{
    const enum kind parent_kind = kinds[path->kind].parent;
    uint64_t parent = mesh->id;
    if (parent_kind != KIND_MESH) {
        const enum status status =
            store_get(txn, parent_kind, mesh->id, path->names[parent_kind], out);
        if (status != OK)
            return status;
        parent = out->id;
    }
    return store_get(txn, path->kind, parent, path->names[path->kind], out);
}

static enum status find_mesh_row(struct store_txn *txn, const struct served_mesh *mesh,
                                 struct store_row *out)
{
    uint64_t scope;
    const enum status status = store_scope(txn, &mesh->scope, &scope);
    return status == OK ? store_get(txn, KIND_MESH, scope, mesh->name, out) : status;
}

static enum status patch_mesh(struct store_txn *txn, struct served_mesh *mesh,
                              const struct resource_path *path)
{
    struct store_row row;
    const enum status status = find_mesh_row(txn, mesh, &row);
    if (status == OK && row.id == mesh->id)
        mark_readers(mesh_view_put(mesh->view, path, row.spec));
    else if (status == OK || status == ERR_NOT_FOUND)
        return served_mesh_load(txn, mesh);
    return status;
}

enum status served_mesh_patch(struct store_txn *txn, struct served_mesh *mesh,
                              const struct resource_path *path)
{
    struct store_row row;
    if (path->kind == KIND_MESH)
        return patch_mesh(txn, mesh, path);
    const enum status status = find_row(txn, mesh, path, &row);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    struct mesh_item *item = status == OK ? mesh_view_put(mesh->view, path, row.spec)
                                          : mesh_view_remove(mesh->view, path);
    mark_readers(item);
    mesh_view_forget(mesh->view, item);
    return OK;
}

void served_mesh_note(struct served_mesh *mesh, enum item_kind kind, const char *name)
{
    struct mesh_item *item = mesh_view_item(mesh->view, kind, name);
    mark_readers(item);
    mesh_view_forget(mesh->view, item);
}
