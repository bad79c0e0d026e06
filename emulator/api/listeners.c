/* SPDX-License-Identifier: Apache-2.0 */
#include "listeners.h"

#include <string.h>

#include "json.h"
#include "references.h"

static struct listeners listeners_of(struct call *call, const struct cJSON *spec)
{
    const struct cJSON *list = json_member(spec, "listeners");
    size_t count = (size_t)json_size(list);
    struct listeners out = {0};
    if (count == 0)
        return out;
    out.items = arena_new(call->arena, count * sizeof(out.items[0]));
    for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
        const struct cJSON *mapping = json_member(item, "portMapping");
        const char *protocol = json_string(mapping, "protocol");
        out.items[out.count++] = (struct listener){json_integer(mapping, "port", 0),
                                                   arena_copy(call->arena, bytes_of(protocol))};
    }
    return out;
}

enum status listeners_of_text(struct call *call, struct bytes spec, struct listeners *out)
{
    struct json_fault fault;
    struct cJSON *tree = json_parse(spec, &fault);
    if (!tree)
        return ERR_INTERNAL;
    *out = listeners_of(call, tree);
    json_free(tree);
    return OK;
}

/* A service has the listeners of its provider; the walk meets at most one. */
struct provider {
    enum kind kind;
    const char *name;
};

static void take_provider(void *context, const struct reference *reference)
{
    *(struct provider *)context = (struct provider){reference->kind, reference->name};
}

enum status listeners_met(struct call *call, const struct place *place, enum kind kind,
                          const struct cJSON *spec, struct listeners *out)
{
    struct provider provider = {KIND_NONE, NULL};
    *out = (struct listeners){0};
    if (kind != KIND_VIRTUAL_SERVICE) {
        *out = listeners_of(call, spec);
        return OK;
    }
    if (spec)
        references_walk(KIND_VIRTUAL_SERVICE, spec, take_provider, &provider);
    if (provider.kind == KIND_NONE)
        return OK;
    return listeners_of_target(call, place, provider.kind, provider.name, out);
}

enum status listeners_of_target(struct call *call, const struct place *place, enum kind kind,
                                const char *name, struct listeners *out)
{
    struct store_row row;
    struct json_fault fault;
    enum status status = store_get(call->txn, kind, place->mesh, name, &row);
    if (status != OK)
        return status;
    struct cJSON *spec = json_parse(row.spec, &fault);
    if (!spec)
        return ERR_INTERNAL;
    status = listeners_met(call, place, kind, spec, out);
    json_free(spec);
    return status;
}

bool listeners_equal(const struct listeners *a, const struct listeners *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].port != b->items[i].port ||
            strcmp(a->items[i].protocol, b->items[i].protocol) != 0)
            return false;
    return true;
}

bool listeners_have_port(const struct listeners *listeners, int64_t port)
{
    for (size_t i = 0; i < listeners->count; i++)
        if (listeners->items[i].port == port)
            return true;
    return false;
}

bool listeners_fit(const struct listeners *listeners, const char *protocol, int64_t port)
{
    for (size_t i = 0; i < listeners->count; i++)
        if (strcmp(listeners->items[i].protocol, protocol) == 0 &&
            (port == 0 || listeners->items[i].port == port))
            return true;
    return false;
}
