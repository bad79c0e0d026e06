/* SPDX-License-Identifier: Apache-2.0 */
#include "resources.h"

#include <stdlib.h>

#include "clock.h"
#include "document.h"
#include "json.h"
#include "pages.h"
#include "place.h"
#include "ports.h"
#include "quotas.h"
#include "relations.h"
#include "rules.h"
#include "tags.h"
#include "tokens.h"

#define PAGE_MOST 100 /* botocore: ListMeshesLimit and its like */

/* ---- what create and update share ---- */

/* The spec of the input. A mesh may come without one and then has an empty one (recorded: aws-cli
 * example create-mesh). */
static struct cJSON *input_spec(struct call *call)
{
    struct cJSON *spec = json_member(call->input, "spec");
    return spec ? spec : json_add_object(call->input, "spec");
}

/* Rules in the service's order: the spec by itself, what it names, ports and protocols. Leaves the
 * spec in its stored form. */
static enum status check_spec(struct call *call, const struct place *place, uint64_t id,
                              const struct cJSON *old_spec, struct cJSON *spec)
{
    enum status status = rules_check(call->path.kind, spec, &call->error);
    if (status == OK)
        status = relations_check(call, place, spec);
    if (status == OK)
        status = ports_check(call, place, id, old_spec, spec);
    if (status == OK)
        rules_fill(call->path.kind, spec);
    return status;
}

/* Stores envelope and spec as the row and as the call's output. */
static enum status put(struct call *call, const struct place *place, uint64_t id,
                       const struct metadata *metadata, const struct cJSON *spec, uint64_t *out_id)
{
    struct buffer envelope = {0}, text = {0};
    document_print_envelope(&envelope, &call->path, metadata, "ACTIVE");
    json_print(&text, spec);
    call->output = document_join(call->arena, buffer_bytes(&envelope), buffer_bytes(&text));
    enum kind kind = call->path.kind;
    enum status status = store_put(call->txn, kind, place->parent, call->path.names[kind], id,
                                   buffer_bytes(&envelope), buffer_bytes(&text), out_id);
    buffer_clear(&envelope);
    buffer_clear(&text);
    return status;
}

static void show_row(struct call *call, const struct store_row *row)
{
    call->output = (struct bytes){arena_copy(call->arena, row->document), row->document.size};
}

/* ---- create ---- */

static enum status insert(struct call *call, const struct place *place,
                          const struct metadata *metadata, struct cJSON *spec)
{
    uint64_t id = 0;
    enum status status = put(call, place, 0, metadata, spec, &id);
    if (status == OK)
        status = relations_change(call, place, id, NULL, spec);
    if (status == OK)
        status = tags_put_new(call, id, json_member(call->input, "tags"));
    if (status == OK)
        status = tokens_remember(call, id, true);
    return status;
}

/* What is given stays, as a document says itself how old its resources are. Of the times, which are
 * equal on create, one stands for both. */
static void keep_given(struct metadata *metadata, const struct metadata *given)
{
    if (given->uid)
        metadata->uid = given->uid;
    if (given->created_ms || given->updated_ms) {
        metadata->created_ms = given->created_ms ? given->created_ms : given->updated_ms;
        metadata->updated_ms = given->updated_ms ? given->updated_ms : given->created_ms;
    }
    if (given->version)
        metadata->version = given->version;
}

/* Else a virtual service that backends named first goes on from their record. */
static enum status settle_metadata(struct call *call, const struct place *place,
                                   const struct metadata *given, struct metadata *metadata)
{
    int64_t since;
    enum status status = relations_take_hidden(call, place, &since);
    if (given) {
        keep_given(metadata, given);
    } else if (since > 0) {
        metadata->created_ms = since;
        metadata->version = 2;
    }
    return status;
}

static enum status replay_or_conflict(struct call *call, const struct store_row *row)
{
    bool is_replay;
    enum status status = tokens_check(call, row->id, &is_replay);
    if (status != OK)
        return status;
    enum kind kind = call->path.kind;
    if (!is_replay)
        return error_set(&call->error, ERR_CONFLICT, "%s with name %s already exists",
                         kinds[kind].name, call->path.names[kind]);
    show_row(call, row);
    return OK;
}

/* Finds the place of a new resource; *out_exists if it is there already and the call answered. */
static enum status find_free_place(struct call *call, struct place *out, bool *out_exists)
{
    struct store_row row;
    enum status status = place_find(call, out);
    if (status != OK)
        return status;
    enum kind kind = call->path.kind;
    status = store_get(call->txn, kind, out->parent, call->path.names[kind], &row);
    *out_exists = status == OK;
    if (status == OK)
        return replay_or_conflict(call, &row);
    return status == ERR_NOT_FOUND ? OK : status;
}

enum status resource_make(struct call *call, const struct metadata *given)
{
    struct place place;
    bool exists;
    enum status status = find_free_place(call, &place, &exists);
    if (status != OK || exists)
        return status;
    struct metadata metadata = metadata_new(call->arena, &call->scope, &call->path);
    struct cJSON *spec = input_spec(call);
    status = check_spec(call, &place, 0, NULL, spec);
    if (status == OK)
        status = quotas_check(call, &place, spec);
    if (status == OK)
        status = settle_metadata(call, &place, given, &metadata);
    return status == OK ? insert(call, &place, &metadata, spec) : status;
}

enum status resource_create(struct call *call)
{
    return resource_make(call, NULL);
}

/* ---- describe ---- */

enum status resource_describe(struct call *call)
{
    struct place place;
    struct store_row row;
    enum status status = place_find_row(call, &place, &row);
    if (status == OK)
        show_row(call, &row);
    return status;
}

/* ---- update ---- */

/* The next state of the metadata: each change counts, time never goes back. */
static void touch(struct metadata *metadata)
{
    int64_t now = clock_wall_ms();
    metadata->version++;
    if (now > metadata->updated_ms)
        metadata->updated_ms = now;
}

static enum status replace(struct call *call, const struct place *place,
                           const struct store_row *row, const struct cJSON *old_spec)
{
    uint64_t id = row->id;
    struct cJSON *spec = input_spec(call);
    struct metadata metadata = document_metadata(call->arena, row->envelope);
    enum status status = check_spec(call, place, id, old_spec, spec);
    if (status == OK)
        status = quotas_check_spec(call, spec);
    if (status != OK)
        return status;
    touch(&metadata);
    status = put(call, place, id, &metadata, spec, &id);
    if (status == OK)
        status = relations_change(call, place, id, old_spec, spec);
    if (status == OK)
        status = tokens_remember(call, id, false);
    return status;
}

enum status resource_update(struct call *call)
{
    struct place place;
    struct store_row row;
    bool is_replay;
    enum status status = place_find_row(call, &place, &row);
    if (status == OK)
        status = tokens_check(call, row.id, &is_replay);
    if (status != OK)
        return status;
    if (is_replay) {
        show_row(call, &row);
        return OK;
    }
    struct json_fault fault;
    struct cJSON *old_spec = json_parse(row.spec, &fault);
    status = old_spec ? replace(call, &place, &row, old_spec) : ERR_INTERNAL;
    json_free(old_spec);
    return status;
}

/* ---- delete ---- */

/* Shows the resource as it goes. Source: recorded, aws-cli examples delete-*: version and time move
 * on, but not the version of a mesh. */
static void show_deleted(struct call *call, const struct store_row *row)
{
    struct buffer envelope = {0};
    struct metadata metadata = document_metadata(call->arena, row->envelope);
    int64_t version = metadata.version;
    touch(&metadata);
    if (call->path.kind == KIND_MESH)
        metadata.version = version;
    document_print_envelope(&envelope, &call->path, &metadata, "DELETED");
    call->output = document_join(call->arena, buffer_bytes(&envelope), row->spec);
    buffer_clear(&envelope);
}

enum status resource_delete(struct call *call)
{
    struct place place;
    struct store_row row;
    enum status status = place_find_row(call, &place, &row);
    if (status == OK)
        status = relations_check_delete(call, &place, row.id);
    if (status != OK)
        return status;
    struct json_fault fault;
    struct cJSON *spec = json_parse(row.spec, &fault);
    if (!spec)
        return ERR_INTERNAL;
    show_deleted(call, &row);
    enum kind kind = call->path.kind;
    uint64_t id = row.id;
    status = relations_change(call, &place, id, spec, NULL);
    if (status == OK)
        status = store_delete(call->txn, kind, place.parent, call->path.names[kind]);
    json_free(spec);
    return status;
}

/* ---- list ---- */

static enum status print_page(struct call *call, const struct page *page, struct buffer *out)
{
    struct store_scan scan;
    const char *last = NULL; /* of a page that is full */
    int64_t count = 0;
    store_scan_begin(&scan, call->txn, call->path.kind, page->parent, page->after);
    buffer_printf(out, "{\"%s\":[", kinds[call->path.kind].collection);
    while (!last && store_scan_next(&scan)) {
        if (count++ > 0)
            buffer_char(out, ',');
        document_print_reference(out, scan.row.envelope);
        if (count == page->limit)
            last = arena_copy(call->arena, bytes_of(scan.name));
    }
    buffer_char(out, ']');
    if (last && store_scan_next(&scan))
        page_print_token(call, page, last, out);
    buffer_char(out, '}');
    return store_scan_end(&scan);
}

enum status resource_list(struct call *call)
{
    struct place place;
    struct page page;
    struct buffer out = {0};
    enum status status = place_find(call, &place);
    if (status == OK)
        status = page_begin(call, place.parent, PAGE_MOST, &page);
    if (status == OK)
        status = print_page(call, &page, &out);
    call->output = (struct bytes){arena_copy(call->arena, buffer_bytes(&out)), out.size};
    buffer_clear(&out);
    return status;
}
