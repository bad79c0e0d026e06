/* SPDX-License-Identifier: Apache-2.0
 *
 * A folder of fixtures/envoy or fixtures/walkthroughs: a state document, and what proxies of its
 * mesh get.
 *
 * state.json: a state document with one account, region and mesh. Any other file.json:
 *   {"node": "mesh/<mesh>/virtualNode/<name>", "metadata": {...}, "resources": {"LDS": [...], ...}}
 *   and "warnings" if there are any, or, in place of both, "error": why the proxy is refused.
 * The API accepts all of these states but `refused`, which a translation must survive all the same.
 * Certificates need no fixture: that of an ARN is the text "chain of <ARN>", and so on; those of an
 * ARN with "unknown" in it are missing.
 */
#ifndef MESH_FIXTURE_H
#define MESH_FIXTURE_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "json.h"
#include "translate/translate.h"

struct fixture {
    struct arena arena;
    struct cJSON *document;
    const struct cJSON *lists; /* of the only account and region */
    struct mesh_view *view;
};

static inline struct cJSON *fixture_read_json(const char *path)
{
    struct buffer text = {0};
    struct json_fault fault;
    struct cJSON *json;
    size_t size;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    do {
        size = fread(buffer_reserve(&text, 65536), 1, 65536, file);
        text.size += size;
    } while (size > 0);
    fclose(file);
    json = json_parse(buffer_bytes(&text), &fault);
    if (!json)
        fail_msg("%s: %s at byte %zu", path, fault.reason, fault.offset);
    buffer_clear(&text);
    return json;
}

static inline struct resource_path fixture_path(enum kind kind, const struct cJSON *document)
{
    struct resource_path path = {.kind = kind};
    for (enum kind k = KIND_MESH; k < KIND_COUNT; k++)
        path.names[k] = json_string(document, kinds[k].name_member);
    return path;
}

static inline struct mesh_item *fixture_put(struct fixture *fixture, enum kind kind,
                                            const struct cJSON *document)
{
    const struct resource_path path = fixture_path(kind, document);
    struct buffer spec = {0};
    struct mesh_item *item;
    json_print(&spec, json_member(document, "spec"));
    item = mesh_view_put(fixture->view, &path, buffer_bytes(&spec));
    buffer_clear(&spec);
    return item;
}

static inline void fixture_open(struct fixture *fixture, const char *state_path)
{
    const struct cJSON *lists, *mesh;
    *fixture = (struct fixture){.document = fixture_read_json(state_path)};
    lists = json_first(json_first(json_member(fixture->document, "accounts")));
    mesh = json_first(json_member(lists, "meshes"));
    fixture->lists = lists;
    fixture->view = mesh_view_new(json_string(mesh, "meshName"));
    for (enum kind kind = KIND_MESH; kind < KIND_COUNT; kind++) {
        const struct cJSON *document = json_first(json_member(lists, kinds[kind].collection));
        for (; document; document = json_next(document))
            fixture_put(fixture, kind, document);
    }
}

static inline void fixture_close(struct fixture *fixture)
{
    mesh_view_free(fixture->view);
    json_free(fixture->document);
    arena_clear(&fixture->arena);
}

/* ---- what a translation needs from outside ---- */

static inline const struct cJSON *fixture_find(const struct cJSON *list, const char *member,
                                               const char *value)
{
    for (const struct cJSON *row = json_first(list); row; row = json_next(row))
        if (strcmp(json_string(row, member), value) == 0)
            return row;
    return NULL;
}

static inline const struct instance *fixture_instances(void *context, const char *namespace_name,
                                                       const char *service, size_t *out_count)
{
    struct fixture *fixture = context;
    const struct cJSON *map = json_member(fixture->lists, "cloudMap");
    const struct cJSON *space =
        fixture_find(json_member(map, "namespaces"), "Name", namespace_name);
    const struct cJSON *owner = fixture_find(json_member(map, "services"), "Name", service);
    const struct cJSON *all = json_member(map, "instances");
    struct instance *instances =
        arena_new(&fixture->arena, ((size_t)json_size(all) + 1) * sizeof(*instances));
    size_t count = 0;
    if (!space || !owner ||
        strcmp(json_string(owner, "NamespaceId"), json_string(space, "Id")) != 0)
        all = NULL;
    for (const struct cJSON *i = json_first(all); i; i = json_next(i))
        if (strcmp(json_string(i, "ServiceId"), json_string(owner, "Id")) == 0)
            instances[count++] =
                (struct instance){json_string(i, "Id"), json_member(i, "Attributes")};
    *out_count = count;
    return instances;
}

static inline bool fixture_certificate(void *context, const char *arn, struct certificate *out)
{
    struct fixture *fixture = context;
    out->chain = arena_printf(&fixture->arena, "chain of %s\n", arn);
    out->key = arena_printf(&fixture->arena, "key of %s\n", arn);
    return strstr(arn, "unknown") == NULL;
}

static inline const char *fixture_authority(void *context, const char *arn)
{
    struct fixture *fixture = context;
    if (strstr(arn, "unknown") != NULL)
        return NULL;
    return arena_printf(&fixture->arena, "authority of %s\n", arn);
}

/* The same translation without a snapshot is NULL with the error set. */
static inline struct snapshot *fixture_translate(struct fixture *fixture, const struct proxy *proxy,
                                                 struct mesh_reads *reads, struct error *error)
{
    const struct translate_sources sources = {fixture, fixture_instances, fixture_certificate,
                                              fixture_authority};
    struct snapshot *snapshot = NULL;
    mesh_reads_begin(reads, fixture->view, &fixture->arena);
    *error = (struct error){.arena = &fixture->arena};
    if (translate_proxy(fixture->view, proxy, &sources, reads, &snapshot, error) != OK)
        assert_null(snapshot);
    return snapshot;
}

#endif
