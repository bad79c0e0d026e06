/* SPDX-License-Identifier: Apache-2.0 */
#include "mesh_view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"
#include "shared.h"

#define BUCKETS_MIN 64

struct mesh_view {
    char *mesh;
    struct mesh_item **buckets; /* a power of two */
    size_t bucket_count, item_count;
    uint64_t mark;
    struct arena parts;
    uint64_t changes;
};

static struct mesh_item **new_buckets(size_t count)
{
    size_t size = count * sizeof(struct mesh_item *);
    return memset(memory_new(size), 0, size);
}

struct mesh_view *mesh_view_new(const char *mesh)
{
    struct mesh_view *view = memory_new(sizeof(*view));
    *view = (struct mesh_view){
        .mesh = memory_text(bytes_of(mesh)),
        .buckets = new_buckets(BUCKETS_MIN),
        .bucket_count = BUCKETS_MIN,
    };
    return view;
}

/* Readers see what an item holds const; the view owns it. */
static struct cJSON *owned(const struct cJSON *tree)
{
    return (struct cJSON *)tree;
}

/* Some documents of a mesh nobody ever reads: the text takes a fraction of the tree's memory. */
static void replace(const struct cJSON **spec, char **text, struct bytes next)
{
    json_free(owned(*spec));
    free(*text);
    *spec = NULL;
    *text = next.data ? memory_text(next) : NULL;
}

static void parse(const struct cJSON **spec, char **text)
{
    struct json_fault fault;
    if (!*text)
        return;
    *spec = json_parse(bytes_of(*text), &fault);
    assert(*spec);
    free(*text);
    *text = NULL;
}

static void parse_item(struct mesh_item *item)
{
    struct mesh_child *children = (struct mesh_child *)item->children;
    parse(&item->spec, &item->text);
    for (size_t i = 0; i < item->child_count; i++)
        parse(&children[i].spec, &children[i].text);
    item->has_texts = false;
}

static void child_clear(struct mesh_child *child)
{
    replace(&child->spec, &child->text, (struct bytes){0});
    free((char *)child->name);
}

static void clear_children(struct mesh_item *item)
{
    struct mesh_child *children = (struct mesh_child *)item->children;
    for (size_t i = 0; i < item->child_count; i++)
        child_clear(&children[i]);
    free(children);
    item->children = NULL;
    item->child_count = 0;
}

struct mesh_kept {
    const void *key, *with;
    struct mesh_kept *next;
    struct shared *bytes;
};

static void clear_kept(struct mesh_item *item)
{
    for (struct mesh_kept *kept = item->kept, *next; kept; kept = next) {
        next = kept->next;
        shared_unref(kept->bytes);
        free(kept);
    }
    item->kept = NULL;
}

struct shared *mesh_kept(const struct mesh_item *item, const void *key, const void *with)
{
    for (const struct mesh_kept *kept = item->kept; kept; kept = kept->next)
        if (kept->key == key && kept->with == with)
            return kept->bytes;
    return NULL;
}

/* What is kept is no part of what readers see const. */
void mesh_keep(const struct mesh_item *item, const void *key, const void *with,
               struct shared *bytes)
{
    struct mesh_kept *kept = memory_new(sizeof(*kept));
    *kept = (struct mesh_kept){key, with, item->kept, bytes};
    ((struct mesh_item *)item)->kept = kept;
}

void *mesh_part(const struct mesh_view *view, const struct mesh_item *item)
{
    return item->part_change == view->changes ? item->part : NULL;
}

void mesh_keep_part(struct mesh_view *view, const struct mesh_item *item, void *part)
{
    struct mesh_item *own = (struct mesh_item *)item;
    own->part = part;
    own->part_change = view->changes;
}

struct arena *mesh_parts(struct mesh_view *view)
{
    return &view->parts;
}

static void drop_parts(struct mesh_view *view)
{
    view->changes++;
    arena_clear(&view->parts);
}

static void item_free(struct mesh_item *item)
{
    clear_kept(item);
    replace(&item->spec, &item->text, (struct bytes){0});
    clear_children(item);
    free((char *)item->name);
    free(item);
}

void mesh_view_free(struct mesh_view *view)
{
    if (!view)
        return;
    for (size_t i = 0; i < view->bucket_count; i++) {
        for (struct mesh_item *item = view->buckets[i], *next; item; item = next) {
            next = item->next;
            item_free(item);
        }
    }
    arena_clear(&view->parts);
    free(view->buckets);
    free(view->mesh);
    free(view);
}

const char *mesh_view_name(const struct mesh_view *view)
{
    return view->mesh;
}

/* FNV-1a: names are short. */
static uint64_t hash_of(enum item_kind kind, const char *name)
{
    uint64_t hash = 0xCBF29CE484222325 ^ (uint64_t)kind;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001B3;
    return hash ^ (hash >> 32);
}

static struct mesh_item **bucket_of(const struct mesh_view *view, enum item_kind kind,
                                    const char *name)
{
    return &view->buckets[hash_of(kind, name) & (view->bucket_count - 1)];
}

static void grow(struct mesh_view *view)
{
    struct mesh_item **old = view->buckets;
    size_t old_count = view->bucket_count;
    view->bucket_count = 2 * old_count;
    view->buckets = new_buckets(view->bucket_count);
    for (size_t i = 0; i < old_count; i++) {
        for (struct mesh_item *item = old[i], *next; item; item = next) {
            struct mesh_item **bucket = bucket_of(view, item->kind, item->name);
            next = item->next;
            item->next = *bucket;
            *bucket = item;
        }
    }
    free(old);
}

static struct mesh_item *add(struct mesh_view *view, enum item_kind kind, const char *name)
{
    struct mesh_item *item = memory_new(sizeof(*item));
    struct mesh_item **bucket;
    if (view->item_count++ == view->bucket_count)
        grow(view);
    bucket = bucket_of(view, kind, name);
    *item = (struct mesh_item){.kind = kind, .name = memory_text(bytes_of(name)), .next = *bucket};
    *bucket = item;
    return item;
}

static struct mesh_item *find_or_add(struct mesh_view *view, enum item_kind kind, const char *name)
{
    struct mesh_item *item = *bucket_of(view, kind, name);
    while (item && (item->kind != kind || strcmp(item->name, name) != 0))
        item = item->next;
    return item ? item : add(view, kind, name);
}

struct mesh_item *mesh_view_item(struct mesh_view *view, enum item_kind kind, const char *name)
{
    struct mesh_item *item = find_or_add(view, kind, name);
    if (item->has_texts)
        parse_item(item);
    return item;
}

/* To which item a kind of resource belongs, and by the name of which kind. */
static const struct {
    enum item_kind item;
    enum kind named_by;
} items_of[KIND_COUNT] = {
    [KIND_MESH] = {ITEM_MESH,            KIND_MESH           },
    [KIND_VIRTUAL_GATEWAY] = {ITEM_VIRTUAL_GATEWAY, KIND_VIRTUAL_GATEWAY},
    [KIND_GATEWAY_ROUTE] = {ITEM_VIRTUAL_GATEWAY, KIND_VIRTUAL_GATEWAY},
    [KIND_VIRTUAL_NODE] = {ITEM_VIRTUAL_NODE,    KIND_VIRTUAL_NODE   },
    [KIND_VIRTUAL_ROUTER] = {ITEM_VIRTUAL_ROUTER,  KIND_VIRTUAL_ROUTER },
    [KIND_ROUTE] = {ITEM_VIRTUAL_ROUTER,  KIND_VIRTUAL_ROUTER },
    [KIND_VIRTUAL_SERVICE] = {ITEM_VIRTUAL_SERVICE, KIND_VIRTUAL_SERVICE},
};

/* That a resource is or belongs to. */
static struct mesh_item *item_of(struct mesh_view *view, const struct resource_path *path)
{
    return find_or_add(view, items_of[path->kind].item, path->names[items_of[path->kind].named_by]);
}

static bool is_child(const struct resource_path *path)
{
    return items_of[path->kind].named_by != path->kind;
}

/* The place of a child by its name: the first that is not below it. */
static size_t child_place(const struct mesh_item *item, const char *name)
{
    size_t low = 0, high = item->child_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(item->children[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool child_is_at(const struct mesh_item *item, size_t place, const char *name)
{
    return place < item->child_count && strcmp(item->children[place].name, name) == 0;
}

static void put_child(struct mesh_item *item, const char *name, struct bytes spec)
{
    struct mesh_child *children = (struct mesh_child *)item->children;
    size_t place = child_place(item, name);
    if (child_is_at(item, place, name)) {
        replace(&children[place].spec, &children[place].text, spec);
        return;
    }
    children = memory_resize(children, (item->child_count + 1) * sizeof(*children));
    memmove(&children[place + 1], &children[place],
            (item->child_count - place) * sizeof(*children));
    children[place] = (struct mesh_child){memory_text(bytes_of(name)), NULL, memory_text(spec)};
    item->children = children;
    item->child_count++;
}

static void remove_child(struct mesh_item *item, const char *name)
{
    struct mesh_child *children = (struct mesh_child *)item->children;
    size_t place = child_place(item, name);
    if (!child_is_at(item, place, name))
        return;
    child_clear(&children[place]);
    item->child_count--;
    memmove(&children[place], &children[place + 1],
            (item->child_count - place) * sizeof(*children));
}

struct mesh_item *mesh_view_put(struct mesh_view *view, const struct resource_path *path,
                                struct bytes spec)
{
    struct mesh_item *item = item_of(view, path);
    clear_kept(item);
    drop_parts(view);
    if (is_child(path))
        put_child(item, path->names[path->kind], spec);
    else
        replace(&item->spec, &item->text, spec);
    item->has_texts = true;
    return item;
}

struct mesh_item *mesh_view_remove(struct mesh_view *view, const struct resource_path *path)
{
    struct mesh_item *item = item_of(view, path);
    clear_kept(item);
    drop_parts(view);
    if (is_child(path)) {
        remove_child(item, path->names[path->kind]);
        return item;
    }
    replace(&item->spec, &item->text, (struct bytes){0});
    clear_children(item);
    return item;
}

void mesh_view_forget(struct mesh_view *view, struct mesh_item *item)
{
    struct mesh_item **place = bucket_of(view, item->kind, item->name);
    if (item->spec || item->text || item->child_count > 0 || item->readers)
        return;
    while (*place != item)
        place = &(*place)->next;
    *place = item->next;
    view->item_count--;
    drop_parts(view);
    item_free(item);
}

void mesh_reads_begin(struct mesh_reads *reads, struct mesh_view *view, struct arena *arena)
{
    *reads = (struct mesh_reads){.arena = arena, .mark = ++view->mark};
}

static void reads_add(struct mesh_reads *reads, struct mesh_item *item)
{
    if (reads->count == reads->capacity) {
        size_t capacity = reads->capacity == 0 ? 16 : 2 * reads->capacity;
        struct mesh_item **items = arena_new(reads->arena, capacity * sizeof(struct mesh_item *));
        if (reads->count > 0)
            memcpy(items, reads->items, reads->count * sizeof(struct mesh_item *));
        reads->items = items;
        reads->capacity = capacity;
    }
    reads->items[reads->count++] = item;
}

void mesh_note_read(struct mesh_reads *reads, const struct mesh_item *item)
{
    struct mesh_item *own = (struct mesh_item *)item;
    if (own->mark == reads->mark)
        return;
    own->mark = reads->mark;
    reads_add(reads, own);
}

const struct mesh_item *mesh_read(struct mesh_reads *reads, struct mesh_view *view,
                                  enum item_kind kind, const char *name)
{
    const struct mesh_item *item = mesh_view_item(view, kind, name);
    mesh_note_read(reads, item);
    return item;
}
