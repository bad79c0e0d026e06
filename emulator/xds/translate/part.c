/* SPDX-License-Identifier: Apache-2.0 */
#include "translate/translation.h"

void record_begin(struct translation *t, struct record *record)
{
    *record = (struct record){0};
    t->record = record;
}

void *keep_copy(struct arena *parts, const void *data, size_t size)
{
    return arena_copy(parts, (struct bytes){data, size});
}

static void keep_list(struct arena *parts, struct list *list)
{
    list->items = keep_copy(parts, list->items, list->count * sizeof(*list->items));
}

static void keep_texts(struct arena *parts, struct list *list)
{
    keep_list(parts, list);
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = arena_copy(parts, bytes_of(list->items[i]));
}

static void keep_targets(struct arena *parts, struct list *list)
{
    keep_list(parts, list);
    for (size_t i = 0; i < list->count; i++) {
        struct target *target = keep_copy(parts, list->items[i], sizeof(*target));
        target->cluster = arena_copy(parts, bytes_of(target->cluster));
        target->service = NULL;
        list->items[i] = target;
    }
}

void record_end(struct translation *t)
{
    struct arena *parts = mesh_parts(t->view);
    keep_list(parts, &t->record->items);
    keep_targets(parts, &t->record->targets);
    keep_texts(parts, &t->record->clusters);
    keep_texts(parts, &t->record->warnings);
    t->record = NULL;
}

void record_replay(struct translation *t, const struct record *record,
                   const struct service *service)
{
    for (size_t i = 0; i < record->items.count; i++)
        mesh_note_read(t->reads, record->items.items[i]);
    for (size_t i = 0; i < record->targets.count; i++)
        target_add(t, record->targets.items[i], service);
    for (size_t i = 0; i < record->clusters.count; i++)
        use(t, XDS_CLUSTER, record->clusters.items[i]);
    for (size_t i = 0; i < record->warnings.count; i++)
        snapshot_warn(t->out, record->warnings.items[i]);
}
