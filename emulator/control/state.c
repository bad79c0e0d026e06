/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <string.h>

#include "api.h"
#include "arena.h"
#include "cloudmap.h"
#include "exchange.h"
#include "json.h"
#include "store.h"

/* ---- print ---- */

/* Visits the rows of a kind in a scope: those under each row of the kind above. */
struct walk {
    struct store_txn *txn;
    const struct scope *scope;
    struct buffer *out;
    size_t count; /* of what the list that is being printed holds */
    enum status (*visit)(struct walk *, const struct resource_path *, const struct store_row *);
};

static enum status walk_below(struct walk *walk, enum kind kind, enum kind above, uint64_t parent,
                              struct resource_path *path);

/* The kinds from the mesh down to `kind`: the one to scan below `above`. */
static enum kind next_kind(enum kind kind, enum kind above)
{
    while (kinds[kind].parent != above)
        kind = kinds[kind].parent;
    return kind;
}

static enum status walk_row(struct walk *walk, enum kind kind, enum kind here,
                            struct resource_path *path, const struct store_row *row)
{
    if (here != kind)
        return walk_below(walk, kind, here, row->id, path);
    path->kind = kind;
    return walk->visit(walk, path, row);
}

static enum status walk_below(struct walk *walk, enum kind kind, enum kind above, uint64_t parent,
                              struct resource_path *path)
{
    struct store_scan scan;
    enum status status = OK;
    enum kind here = next_kind(kind, above);
    store_scan_begin(&scan, walk->txn, here, parent, NULL);
    while (status == OK && store_scan_next(&scan)) {
        path->names[here] = scan.name;
        status = walk_row(walk, kind, here, path, &scan.row);
    }
    path->names[here] = NULL;
    enum status scanned = store_scan_end(&scan);
    return status == OK ? scanned : status;
}

static enum status walk_kind(struct walk *walk, enum kind kind, uint64_t scope)
{
    struct resource_path path = {0};
    return walk_below(walk, kind, KIND_NONE, scope, &path);
}

static void separate(struct walk *walk)
{
    if (walk->count++ > 0)
        buffer_char(walk->out, ',');
}

static enum status print_row(struct walk *walk, const struct resource_path *path,
                             const struct store_row *row)
{
    (void)path;
    separate(walk);
    buffer_append(walk->out, row->document.data, row->document.size);
    return OK;
}

static enum status print_tags(struct walk *walk, const struct resource_path *path,
                              const struct store_row *row)
{
    struct bytes tags;
    enum status status = store_tags(walk->txn, row->id, &tags);
    if (status != OK || tags.size <= strlen("[]"))
        return status;
    struct arena arena = {0};
    separate(walk);
    json_print_string(walk->out, arn_format(&arena, walk->scope, path));
    buffer_char(walk->out, ':');
    buffer_append(walk->out, tags.data, tags.size);
    arena_clear(&arena);
    return OK;
}

static enum status print_all_tags(struct walk *walk, uint64_t scope)
{
    enum status status = OK;
    walk->visit = print_tags;
    walk->count = 0;
    for (enum kind kind = 0; status == OK && kind < KIND_COUNT; kind++)
        status = walk_kind(walk, kind, scope);
    if (status == OK)
        status = cloudmap_print_tags(walk->txn, walk->scope, scope, walk->count == 0, walk->out);
    return status;
}

struct print {
    struct store_txn *txn;
    struct buffer *out;
    char account[16]; /* whose regions are being printed; "" before the first */
};

static enum status print_region(struct walk *walk, uint64_t id)
{
    enum status status = OK;
    json_print_string(walk->out, walk->scope->region);
    buffer_text(walk->out, ":{");
    walk->visit = print_row;
    for (enum kind kind = 0; status == OK && kind < KIND_COUNT; kind++) {
        buffer_printf(walk->out, "\"%s\":[", kinds[kind].collection);
        walk->count = 0;
        status = walk_kind(walk, kind, id);
        buffer_text(walk->out, "],");
    }
    buffer_text(walk->out, "\"tags\":{");
    if (status == OK)
        status = print_all_tags(walk, id);
    buffer_text(walk->out, "},\"cloudMap\":");
    if (status == OK)
        status = cloudmap_print(walk->txn, id, walk->out);
    buffer_char(walk->out, '}');
    return status;
}

/* Scopes come sorted, so an account's regions follow each other. */
static enum status print_scope(void *context, const struct scope *scope, uint64_t id)
{
    struct print *print = context;
    struct walk walk = {.txn = print->txn, .scope = scope, .out = print->out};
    if (strcmp(print->account, scope->account) == 0) {
        buffer_char(print->out, ',');
    } else {
        buffer_text(print->out, print->account[0] ? "}," : "");
        json_print_string(print->out, scope->account);
        buffer_text(print->out, ":{");
        memccpy(print->account, scope->account, '\0', sizeof(print->account));
    }
    return print_region(&walk, id);
}

enum status state_print(struct store_txn *txn, struct buffer *out)
{
    struct print print = {.txn = txn, .out = out};
    buffer_printf(out, "{\"format\":%d,\"accounts\":{", STATE_FORMAT);
    enum status status = store_scopes(txn, print_scope, &print);
    buffer_text(out, print.account[0] ? "}}}" : "}}");
    return status;
}

/* ---- replace ---- */

/* What is referred to comes before what refers to it. */
static const enum kind import_order[] = {
    KIND_MESH,  KIND_VIRTUAL_GATEWAY, KIND_VIRTUAL_NODE,  KIND_VIRTUAL_ROUTER,
    KIND_ROUTE, KIND_VIRTUAL_SERVICE, KIND_GATEWAY_ROUTE,
};

struct import {
    struct control *control;
    struct store_txn *txn;
    struct scope scope;
    struct error *error;
};

/* What one element needs goes with it: there may be very many. */
static enum status import_element(struct import *import, enum kind kind, struct cJSON *element,
                                  size_t index)
{
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    const char *path = arena_printf(&arena, "accounts.%s.%s.%s.%zu.member", import->scope.account,
                                    import->scope.region, kinds[kind].collection, index);
    enum status status =
        api_import(import->control->api, import->txn, &import->scope, kind, element, path, &error);
    if (status != OK && error.message)
        error_set(import->error, status, "%s", error.message);
    arena_clear(&arena);
    return status;
}

static enum status is_no(struct import *import, const char *member, const char *what)
{
    return error_set(import->error, ERR_SERIALIZATION, "accounts.%s.%s%s%s: not %s",
                     import->scope.account, import->scope.region, member[0] ? "." : "", member,
                     what);
}

static enum status import_kind(struct import *import, enum kind kind, const struct cJSON *region)
{
    const struct cJSON *list = json_member(region, kinds[kind].collection);
    enum status status = OK;
    size_t index = 0;
    if (list && json_type(list) != JSON_ARRAY)
        return is_no(import, kinds[kind].collection, "a list");
    for (struct cJSON *item = json_first(list); status == OK && item; item = json_next(item))
        status = import_element(import, kind, item, ++index);
    return status;
}

static enum status tag(struct import *import, const char *arn, const struct cJSON *list,
                       struct error *error)
{
    if (cloudmap_has_arn(arn))
        return cloudmap_import_tags(import->control->store, import->txn, &import->scope, arn, list,
                                    error);
    struct cJSON *input = json_new_object();
    json_add_string(input, "resourceArn", arn);
    json_add(input, "tags", json_copy(list));
    return api_replay(import->control->api, import->txn, &import->scope, "TagResource", input,
                      error);
}

static enum status import_tag_list(struct import *import, const char *arn, const struct cJSON *list)
{
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    enum status status = tag(import, arn, list, &error);
    if (status != OK && error.message)
        error_set(import->error, status, "accounts.%s.%s.tags.%s: %s", import->scope.account,
                  import->scope.region, arn, error.message);
    arena_clear(&arena);
    return status;
}

static enum status import_tags(struct import *import, const struct cJSON *region)
{
    const struct cJSON *tags = json_member(region, "tags");
    enum status status = OK;
    if (tags && json_type(tags) != JSON_OBJECT)
        return is_no(import, "tags", "an object");
    for (const struct cJSON *list = json_first(tags); status == OK && list; list = json_next(list))
        status = import_tag_list(import, json_name(list), list);
    return status;
}

static enum status import_cloudmap(struct import *import, const struct cJSON *region)
{
    struct arena arena = {0};
    const char *path = arena_printf(&arena, "accounts.%s.%s.cloudMap", import->scope.account,
                                    import->scope.region);
    enum status status = cloudmap_import(import->control->store, import->txn, &import->scope,
                                         json_member(region, "cloudMap"), path, import->error);
    arena_clear(&arena);
    return status;
}

static enum status import_region(struct import *import, const struct cJSON *region)
{
    enum status status = OK;
    if (json_type(region) != JSON_OBJECT)
        return is_no(import, "", "an object");
    for (size_t i = 0; status == OK && i < COUNT(import_order); i++)
        status = import_kind(import, import_order[i], region);
    if (status == OK)
        status = import_cloudmap(import, region);
    return status == OK ? import_tags(import, region) : status;
}

static enum status import_account(struct import *import, const struct cJSON *account)
{
    enum status status = OK;
    if (json_type(account) != JSON_OBJECT || !scope_has_account(json_name(account)))
        return error_set(import->error, ERR_BAD_REQUEST,
                         "accounts.%s: must be an object under an account of 12 digits",
                         json_name(account));
    import->scope.account = json_name(account);
    for (const struct cJSON *region = json_first(account); status == OK && region;
         region = json_next(region)) {
        import->scope.region = json_name(region);
        status = scope_has_region(json_name(region))
                     ? import_region(import, region)
                     : error_set(import->error, ERR_BAD_REQUEST, "accounts.%s.%s: not a region",
                                 json_name(account), json_name(region));
    }
    return status;
}

static enum status check_document(const struct cJSON *document, struct error *error)
{
    const struct cJSON *accounts = json_member(document, "accounts");
    if (json_integer(document, "format", 0) != STATE_FORMAT)
        return error_set(error, ERR_BAD_REQUEST, "format: must be %d", STATE_FORMAT);
    if (!accounts || json_type(accounts) != JSON_OBJECT)
        return error_set(error, ERR_BAD_REQUEST, "accounts: must be an object");
    return OK;
}

/* As in every input, a member that is null counts as absent; an element of a list does not. */
static void drop_null_members(struct cJSON *value)
{
    for (struct cJSON *child = json_first(value), *next; child; child = next) {
        next = json_next(child);
        if (json_type(value) == JSON_OBJECT && json_type(child) == JSON_NULL)
            json_delete(value, child);
        else
            drop_null_members(child);
    }
}

enum status state_replace(struct control *control, struct store_txn *txn, struct cJSON *document,
                          struct error *error)
{
    struct import import = {.control = control, .txn = txn, .error = error};
    drop_null_members(document);
    const struct cJSON *accounts = json_member(document, "accounts");
    enum status status = check_document(document, error);
    if (status == OK)
        status = store_reset(txn);
    for (const struct cJSON *account = json_first(accounts); status == OK && account;
         account = json_next(account))
        status = import_account(&import, account);
    return status;
}
