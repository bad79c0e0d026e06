/* SPDX-License-Identifier: Apache-2.0 */
#include "relations.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "issuer.h"
#include "json.h"
#include "references.h"

/* ---- what a spec refers to ---- */

struct named {
    enum kind kind;
    const char *name;
};

struct named_list {
    struct named *items;
    size_t count, capacity;
};

static void collect(void *context, const struct reference *reference)
{
    struct named_list *list = context;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->items = memory_resize(list->items, list->capacity * sizeof(list->items[0]));
    }
    list->items[list->count++] = (struct named){reference->kind, reference->name};
}

static int by_kind_and_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind)
                              : strcmp(x->name, y->name);
}

/* Sorted, each once; the caller frees items. spec may be NULL. */
static struct named_list list_references(enum kind kind, const struct cJSON *spec)
{
    struct named_list list = {0};
    if (spec)
        references_walk(kind, spec, collect, &list);
    if (list.count == 0)
        return list;
    qsort(list.items, list.count, sizeof(list.items[0]), by_kind_and_name);
    size_t kept = 1;
    for (size_t i = 1; i < list.count; i++)
        if (by_kind_and_name(&list.items[i], &list.items[kept - 1]) != 0)
            list.items[kept++] = list.items[i];
    list.count = kept;
    return list;
}

static bool list_has(const struct named_list *list, const struct named *item)
{
    return list->count > 0 &&
           bsearch(item, list->items, list->count, sizeof(*item), by_kind_and_name) != NULL;
}

struct check {
    struct call *call;
    const struct place *place;
    enum status status;
};

/* Source: the virtual node's text is recorded (app-mesh-tutorial#1); the others follow it. */
static void check_target(void *context, const struct reference *reference)
{
    struct check *check = context;
    struct store_row row;
    if (check->status != OK)
        return;
    check->status =
        store_get(check->call->txn, reference->kind, check->place->mesh, reference->name, &row);
    if (check->status == ERR_NOT_FOUND)
        check->status = error_set(&check->call->error, ERR_NOT_FOUND, "%s with name %s is missing",
                                  kinds[reference->kind].name, reference->name);
}

enum status relations_check(struct call *call, const struct place *place, const struct cJSON *spec)
{
    struct check check = {call, place, OK};
    if (call->path.kind != KIND_VIRTUAL_NODE) /* its backends may come later */
        references_walk(call->path.kind, spec, check_target, &check);
    return check.status;
}

/* ---- references by name, and the virtual services that only backends name ---- */

static enum status row_exists(struct call *call, const struct place *place,
                              const struct named *item, bool *out)
{
    struct store_row row;
    enum status status = store_get(call->txn, item->kind, place->mesh, item->name, &row);
    *out = status == OK;
    return status == ERR_NOT_FOUND ? OK : status;
}

/* Source: recorded, aws-cli examples create-virtual-node and create-virtual-service: naming an
 * unknown virtual service makes a record that a later create continues as version 2. */
static enum status remember_hidden(struct call *call, const struct place *place,
                                   const struct named *item)
{
    bool exists;
    int64_t since;
    enum status status = row_exists(call, place, item, &exists);
    if (status != OK || exists)
        return status;
    status = store_hidden(call->txn, place->mesh, item->name, &since);
    if (status == ERR_NOT_FOUND)
        status = store_hidden_put(call->txn, place->mesh, item->name, clock_wall_ms());
    return status;
}

static enum status forget_hidden(struct call *call, const struct place *place,
                                 const struct named *item)
{
    uint64_t *ids;
    size_t count;
    enum status status = store_referrers(call->txn, place->mesh, item->kind, item->name,
                                         KIND_VIRTUAL_NODE, 1, call->arena, &ids, &count);
    if (status != OK || count > 0)
        return status;
    status = store_hidden_delete(call->txn, place->mesh, item->name);
    return status == ERR_NOT_FOUND ? OK : status;
}

static enum status add(struct call *call, const struct place *place, uint64_t id,
                       const struct named *item)
{
    enum status status =
        store_reference_add(call->txn, place->mesh, item->kind, item->name, call->path.kind, id);
    if (status == OK && call->path.kind == KIND_VIRTUAL_NODE)
        status = remember_hidden(call, place, item);
    return status;
}

static enum status drop(struct call *call, const struct place *place, uint64_t id,
                        const struct named *item)
{
    enum status status =
        store_reference_remove(call->txn, place->mesh, item->kind, item->name, call->path.kind, id);
    if (status == OK && call->path.kind == KIND_VIRTUAL_NODE)
        status = forget_hidden(call, place, item);
    return status;
}

enum status relations_change(struct call *call, const struct place *place, uint64_t id,
                             const struct cJSON *old_spec, const struct cJSON *new_spec)
{
    enum status status = OK;
    struct named_list old = list_references(call->path.kind, old_spec);
    struct named_list new = list_references(call->path.kind, new_spec);
    for (size_t i = 0; status == OK && i < new.count; i++)
        if (!list_has(&old, &new.items[i]))
            status = add(call, place, id, &new.items[i]);
    for (size_t i = 0; status == OK && i < old.count; i++)
        if (!list_has(&new, &old.items[i]))
            status = drop(call, place, id, &old.items[i]);
    if (status == OK)
        status = issuer_change(call, id, old_spec, new_spec);
    free(old.items);
    free(new.items);
    return status;
}

enum status relations_take_hidden(struct call *call, const struct place *place, int64_t *out_since)
{
    *out_since = 0;
    if (call->path.kind != KIND_VIRTUAL_SERVICE)
        return OK;
    const char *name = call->path.names[KIND_VIRTUAL_SERVICE];
    enum status status = store_hidden(call->txn, place->mesh, name, out_since);
    if (status == OK)
        status = store_hidden_delete(call->txn, place->mesh, name);
    return status == ERR_NOT_FOUND ? OK : status;
}

/* ---- what keeps a resource from being deleted ---- */

enum relation { CHILD, REFERRER };

/* In the order of the checks. In the texts {name} is the resource, {account} its mesh's owner and
 * {names} up to five referrers. */
/* clang-format off */
static const struct in_use {
    enum kind kind;
    enum relation relation;
    enum kind blocker;
    const char *text;
} in_use[] = {
#define ACTIVE(kinds) \
    "Mesh {name} for account {account} has active " kinds ", please delete " kinds " before deleting the Mesh"
    /* recorded: terraform-provider-aws#11249; other kinds by analogy (aws-app-mesh-roadmap#147) */
    {KIND_MESH, CHILD, KIND_VIRTUAL_NODE,    ACTIVE("VirtualNodes")},
    {KIND_MESH, CHILD, KIND_VIRTUAL_ROUTER,  ACTIVE("VirtualRouters")},
    {KIND_MESH, CHILD, KIND_VIRTUAL_SERVICE, ACTIVE("VirtualServices")},
    {KIND_MESH, CHILD, KIND_VIRTUAL_GATEWAY, ACTIVE("VirtualGateways")},
#undef ACTIVE
    /* recorded: gloo-mesh#431 */
    {KIND_VIRTUAL_ROUTER, CHILD, KIND_ROUTE,
     "VirtualRouter you're trying to delete {name} has active routes"},
    /* recorded: aws-app-mesh-controller-for-k8s#25 */
    {KIND_VIRTUAL_ROUTER, REFERRER, KIND_VIRTUAL_SERVICE,
     "VirtualRouter with name {name} cannot be deleted because it is a VirtualService provider"},
    /* recorded: terraform-provider-aws#38444 */
    {KIND_VIRTUAL_NODE, REFERRER, KIND_ROUTE,
     "VirtualNode with name {name} cannot be deleted because it is the target of one or more routes."},
    /* by analogy with virtual routers */
    {KIND_VIRTUAL_NODE, REFERRER, KIND_VIRTUAL_SERVICE,
     "VirtualNode with name {name} cannot be deleted because it is a VirtualService provider"},
    {KIND_VIRTUAL_GATEWAY, CHILD, KIND_GATEWAY_ROUTE,
     "VirtualGateway you're trying to delete {name} has active gateway routes"},
    /* recorded: aws-nuke#913 */
    {KIND_VIRTUAL_SERVICE, REFERRER, KIND_GATEWAY_ROUTE,
     "VirtualService {name} is being referenced in the following: GATEWAY_ROUTE: [{names}]"},
};
/* clang-format on */

/* The names of rows, joined by ", ", in the arena. */
static enum status join_names(struct call *call, const uint64_t *ids, size_t count,
                              const char **out)
{
    struct buffer names = {0};
    enum status status = OK;
    for (size_t i = 0; status == OK && i < count; i++) {
        struct scope scope;
        struct resource_path path;
        uint64_t parent;
        status = store_locate(call->txn, ids[i], call->arena, &scope, &path, &parent);
        if (status == OK)
            buffer_printf(&names, "%s%s", i ? ", " : "", path.names[path.kind]);
    }
    if (status == OK)
        *out = arena_copy(call->arena, buffer_bytes(&names));
    buffer_clear(&names);
    return status;
}

static const char *word_for(struct call *call, const char *placeholder, const char *names)
{
    if (strncmp(placeholder, "{names}", 7) == 0)
        return names;
    if (strncmp(placeholder, "{name}", 6) == 0)
        return call->path.names[call->path.kind];
    return call->scope.account;
}

static enum status refuse_delete(struct call *call, const char *text, const char *names)
{
    struct buffer message = {0};
    while (*text) {
        size_t plain = strcspn(text, "{");
        buffer_append(&message, text, plain);
        text += plain;
        if (*text) {
            buffer_text(&message, word_for(call, text, names));
            text += strcspn(text, "}") + 1;
        }
    }
    error_set(&call->error, ERR_IN_USE, "%s", message.data);
    buffer_clear(&message);
    return ERR_IN_USE;
}

static enum status check_in_use(struct call *call, const struct place *place, uint64_t id,
                                const struct in_use *row)
{
    if (row->relation == CHILD)
        return store_has_children(call->txn, row->blocker, id) ? refuse_delete(call, row->text, "")
                                                               : OK;
    uint64_t *ids;
    size_t count;
    const char *names;
    enum status status =
        store_referrers(call->txn, place->mesh, row->kind, call->path.names[row->kind],
                        row->blocker, NAMES_LISTED, call->arena, &ids, &count);
    if (status != OK || count == 0)
        return status;
    status = join_names(call, ids, count, &names);
    return status == OK ? refuse_delete(call, row->text, names) : status;
}

enum status relations_check_delete(struct call *call, const struct place *place, uint64_t id)
{
    enum status status = OK;
    for (size_t i = 0; status == OK && i < COUNT(in_use); i++)
        if (in_use[i].kind == call->path.kind)
            status = check_in_use(call, place, id, &in_use[i]);
    return status;
}
