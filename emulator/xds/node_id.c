/* SPDX-License-Identifier: Apache-2.0 */
#include "node_id.h"

#include <string.h>

#define ACCOUNT_SIZE 12

/* ---- reading ---- */

/* Up to the separator, into the arena; moves the text past it. NULL if there is none. */
static const char *cut(struct arena *arena, const char **text, char separator)
{
    const char *end = strchr(*text, separator);
    if (end == NULL)
        return NULL;
    const char *part = arena_copy(arena, (struct bytes){*text, (size_t)(end - *text)});
    *text = end + 1;
    return part;
}

/* arn:<partition>:appmesh:<region>:<account>: */
static bool take_arn(struct arena *arena, const char **text, struct node_id *id)
{
    const char *words[5];
    if (strncmp(*text, "arn:", 4) != 0)
        return true;
    for (size_t i = 0; i < COUNT(words); i++)
        if ((words[i] = cut(arena, text, ':')) == NULL)
            return false;
    id->arn_region = words[3];
    id->arn_account = words[4];
    return strcmp(words[2], "appmesh") == 0 && scope_has_region(words[3]) &&
           scope_has_account(words[4]);
}

static const enum kind proxy_kinds[] = {KIND_VIRTUAL_NODE, KIND_VIRTUAL_GATEWAY};

static bool take_kind(const char *word, enum kind *out)
{
    for (size_t i = 0; i < COUNT(proxy_kinds); i++)
        if (strcmp(word, kinds[proxy_kinds[i]].member) == 0) {
            *out = proxy_kinds[i];
            return true;
        }
    return false;
}

static void take_owner(struct arena *arena, struct node_id *id)
{
    const char *at = strrchr(id->mesh, '@');
    if (at == NULL || at == id->mesh || strlen(at + 1) != ACCOUNT_SIZE ||
        strspn(at + 1, "0123456789") != ACCOUNT_SIZE)
        return;
    id->bare_mesh = arena_copy(arena, (struct bytes){id->mesh, (size_t)(at - id->mesh)});
    id->owner = at + 1;
}

bool node_id_parse(struct arena *arena, const char *text, struct node_id *out)
{
    struct node_id id = {0};
    const char *word, *kind;
    if (!take_arn(arena, &text, &id))
        return false;
    if ((word = cut(arena, &text, '/')) == NULL || strcmp(word, "mesh") != 0)
        return false;
    if ((id.mesh = cut(arena, &text, '/')) == NULL || id.mesh[0] == '\0')
        return false;
    if ((kind = cut(arena, &text, '/')) == NULL || !take_kind(kind, &id.kind))
        return false;
    if (text[0] == '\0' || strchr(text, '/') != NULL || strlen(id.mesh) > 255 || strlen(text) > 255)
        return false;
    id.name = arena_copy(arena, bytes_of(text));
    take_owner(arena, &id);
    *out = id;
    return true;
}

/* ---- finding ---- */

struct search {
    struct store_txn *txn;
    struct arena *arena;
    const struct node_id *id;
    struct node_place found;
    size_t count;
    struct buffer meshes; /* where one of that name is */
};

static bool has_node(struct store_txn *txn, uint64_t scope, const char *mesh,
                     const struct node_id *id, bool *out_has_mesh)
{
    struct store_row row;
    *out_has_mesh = store_get(txn, KIND_MESH, scope, mesh, &row) == OK;
    return *out_has_mesh && store_get(txn, id->kind, row.id, id->name, &row) == OK;
}

/* A short id that names the mesh's owner means a mesh of that account alone. */
static const char *mesh_in(const struct node_id *id, const struct scope *scope, size_t attempt)
{
    if (attempt == 0)
        return id->mesh;
    return id->owner != NULL && strcmp(id->owner, scope->account) == 0 ? id->bare_mesh : NULL;
}

static void note_found(struct search *search, const struct scope *scope, const char *mesh)
{
    struct arena *arena = search->arena;
    search->count++;
    search->found = (struct node_place){
        .scope = {arena_copy(arena, bytes_of(scope->account)),
                  arena_copy(arena, bytes_of(scope->region))},
        .mesh = mesh,
    };
}

static enum status look_in(void *context, const struct scope *scope, uint64_t scope_id)
{
    struct search *search = context;
    for (size_t attempt = 0; attempt < 2; attempt++) {
        const char *mesh = mesh_in(search->id, scope, attempt);
        bool has_mesh = false;
        const bool is_found =
            mesh != NULL && has_node(search->txn, scope_id, mesh, search->id, &has_mesh);
        if (has_mesh)
            buffer_printf(&search->meshes, "%s %s/%s", search->meshes.size > 0 ? "," : "",
                          scope->account, scope->region);
        if (is_found) {
            note_found(search, scope, mesh);
            return OK;
        }
    }
    return OK;
}

static enum status look_at_home(struct search *search, const struct scope *home)
{
    uint64_t scope_id;
    const enum status status = store_scope(search->txn, home, &scope_id);
    return status == OK ? look_in(search, home, scope_id) : status;
}

static struct scope home_of(const struct node_id *id, const struct scope *fallback,
                            const char *region)
{
    struct scope home = *fallback;
    if (id->arn_account != NULL)
        home = (struct scope){id->arn_account, id->arn_region};
    else if (scope_has_region(region))
        home.region = region;
    if (id->owner != NULL)
        home.account = id->owner;
    return home;
}

static enum status say_not_found(struct search *search, const struct scope *home,
                                 struct error *error)
{
    const struct node_id *id = search->id;
    return error_set(error, ERR_NOT_FOUND, "%s %s of mesh %s is not in account %s, region %s; %s%s",
                     kinds[id->kind].name, id->name, id->mesh, home->account, home->region,
                     search->meshes.size > 0 ? "a mesh of this name is in"
                                             : "there is no mesh of this name",
                     search->meshes.size > 0 ? search->meshes.data : "");
}

static enum status find(struct search *search, const struct scope *home, struct error *error)
{
    enum status status = look_at_home(search, home);
    if (status != OK && status != ERR_NOT_FOUND)
        return status;
    if (search->count == 1)
        return OK;
    search->meshes.size = 0; /* home comes up again */
    status = store_scopes(search->txn, look_in, search);
    if (status != OK)
        return status;
    search->found.is_elsewhere = true;
    if (search->count == 1 && search->id->arn_account == NULL)
        return OK;
    return say_not_found(search, home, error);
}

enum status node_id_find(struct store_txn *txn, struct arena *arena, const struct node_id *id,
                         const struct scope *fallback, const char *region, struct node_place *out,
                         struct error *error)
{
    const struct scope home = home_of(id, fallback, region);
    struct search search = {.txn = txn, .arena = arena, .id = id};
    const enum status status = find(&search, &home, error);
    if (status == OK)
        *out = search.found;
    buffer_clear(&search.meshes);
    return status;
}
