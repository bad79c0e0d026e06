/* SPDX-License-Identifier: Apache-2.0
 *
 * No field of the schema is ignored: each one, changed in some document of fixtures/envoy, changes
 * what some proxy of that mesh gets, unless its row in model/shapes.c says why it is inert; and
 * those change nothing.
 */
#include "test.h"

#include <glob.h>
#include <string.h>

#include "mesh_fixture.h"
#include "shapes.h"

/* A leaf of the schema, such as VirtualNodeSpec.listeners.portMapping.port. */
struct leaf {
    const char *path;
    const char *inert;
    bool is_changed; /* somewhere in the fixtures */
    bool has_effect;
};

struct leaves {
    struct arena arena;
    struct leaf items[1024];
    size_t count;
};

/* ---- the leaves that there are ---- */

static void collect(struct leaves *leaves, const struct shape *shape, const char *path,
                    const char *inert)
{
    if (shape->type == SHAPE_LIST) {
        collect(leaves, shape->element, path, inert);
    } else if (shape->member_count > 0) {
        for (size_t i = 0; i < shape->member_count; i++) {
            const struct member *member = &shape->members[i];
            collect(leaves, member->shape,
                    arena_printf(&leaves->arena, "%s.%s", path, member->name),
                    inert ? inert : member->inert);
        }
    } else {
        assert_true(leaves->count < COUNT(leaves->items));
        leaves->items[leaves->count++] = (struct leaf){.path = path, .inert = inert};
    }
}

static struct leaf *leaf_at(struct leaves *leaves, const char *path)
{
    for (size_t i = 0; i < leaves->count; i++)
        if (strcmp(leaves->items[i].path, path) == 0)
            return &leaves->items[i];
    fail_msg("%s is no leaf", path);
    return NULL;
}

/* ---- what the proxies of a mesh get ---- */

#define PROXIES_MAX 32

struct observed {
    uint64_t sum; /* of all that it gets */
    struct mesh_reads reads;
};

static uint64_t sum_of(const struct snapshot *snapshot)
{
    uint64_t sum = 0;
    for (size_t type = 0; type < XDS_TYPE_COUNT; type++)
        for (size_t i = 0; i < snapshot->types[type].count; i++)
            sum = sum * 31 + snapshot->types[type].items[i].content;
    return sum;
}

static struct observed observe(struct fixture *fixture, enum kind kind, const char *name)
{
    const struct proxy proxy = {.kind = kind, .name = name};
    struct observed observed;
    struct error error;
    struct snapshot *snapshot = fixture_translate(fixture, &proxy, &observed.reads, &error);
    assert_non_null(snapshot);
    observed.sum = sum_of(snapshot);
    snapshot_unref(snapshot);
    return observed;
}

static size_t observe_all(struct fixture *fixture, struct observed *out)
{
    static const enum kind proxies[] = {KIND_VIRTUAL_NODE, KIND_VIRTUAL_GATEWAY};
    size_t count = 0;
    for (size_t k = 0; k < COUNT(proxies); k++) {
        const struct kind_row *kind = &kinds[proxies[k]];
        const struct cJSON *document = json_first(json_member(fixture->lists, kind->collection));
        for (; document; document = json_next(document)) {
            assert_true(count < PROXIES_MAX);
            out[count++] = observe(fixture, proxies[k], json_string(document, kind->name_member));
        }
    }
    return count;
}

static bool has_read(const struct mesh_reads *reads, const struct mesh_item *item)
{
    for (size_t i = 0; i < reads->count; i++)
        if (reads->items[i] == item)
            return true;
    return false;
}

/* ---- changing ---- */

struct mutation {
    struct leaves *leaves;
    struct fixture *fixture;
    enum kind kind;
    struct cJSON *document;
    struct observed before[PROXIES_MAX];
};

/* True if some proxy gets something else; each of those must have read the item that changed. */
static bool has_changed(struct mutation *mutation, const struct mesh_item *item)
{
    struct observed after[PROXIES_MAX];
    size_t count = observe_all(mutation->fixture, after);
    bool is_changed = false;
    for (size_t i = 0; i < count; i++) {
        if (after[i].sum == mutation->before[i].sum)
            continue;
        is_changed = true;
        assert_true(has_read(&mutation->before[i].reads, item));
    }
    return is_changed;
}

static struct cJSON *parse(const char *text)
{
    struct json_fault fault;
    return json_parse(bytes_of(text), &fault);
}

/* The n-th other value to try, from 0; NULL: no more. Words of an enum, or values close by and far
 * away. */
static struct cJSON *other_value(const struct shape *shape, const struct cJSON *value, int n)
{
    char text[32];
    if (shape->values && shape->values[1])
        return n > 0 ? NULL
                     : json_new_string(
                           shape->values[strcmp(shape->values[0], json_text(value)) == 0]);
    if (shape->type == SHAPE_BOOLEAN)
        return n > 0 ? NULL : parse(json_is_true(value) ? "false" : "true");
    if (shape->type == SHAPE_STRING) {
        snprintf(text, sizeof(text), "x%.20s", json_text(value));
        return n > 0 ? NULL : json_new_string(text);
    }
    snprintf(text, sizeof(text), "%.0f", json_value(value) + (n > 0 ? 900 : 1));
    return n > 1 ? NULL : parse(text);
}

static struct mesh_item *put_value(struct mutation *mutation, struct cJSON *parent,
                                   struct cJSON *value, struct cJSON *by)
{
    json_replace(parent, value, by);
    return fixture_put(mutation->fixture, mutation->kind, mutation->document);
}

static void change_leaf(struct mutation *mutation, const struct shape *shape, struct cJSON *parent,
                        struct cJSON *value, struct leaf *leaf)
{
    struct cJSON *old = json_copy(value), *other;
    for (int n = 0; !leaf->has_effect && (other = other_value(shape, old, n)) != NULL; n++) {
        const struct mesh_item *item = put_value(mutation, parent, value, other);
        value = other;
        leaf->is_changed = true;
        leaf->has_effect = has_changed(mutation, item);
    }
    put_value(mutation, parent, value, old);
}

static void change_all(struct mutation *mutation, const struct shape *shape, struct cJSON *parent,
                       struct cJSON *value, const char *path)
{
    struct cJSON *next;
    if (shape->type == SHAPE_LIST) {
        for (struct cJSON *element = json_first(value); element; element = next) {
            next = json_next(element);
            change_all(mutation, shape->element, value, element, path);
        }
    } else if (shape->member_count > 0) {
        for (size_t i = 0; i < shape->member_count; i++) {
            const struct member *member = &shape->members[i];
            struct cJSON *child = json_member(value, member->name);
            if (child)
                change_all(mutation, member->shape, value, child,
                           arena_printf(&mutation->leaves->arena, "%s.%s", path, member->name));
        }
    } else {
        struct leaf *leaf = leaf_at(mutation->leaves, path);
        if (!leaf->has_effect)
            change_leaf(mutation, shape, parent, value, leaf);
    }
}

static void change_documents(struct leaves *leaves, const char *state_path)
{
    struct fixture fixture;
    fixture_open(&fixture, state_path);
    for (enum kind kind = KIND_MESH; kind < KIND_COUNT; kind++) {
        struct cJSON *document = json_first(json_member(fixture.lists, kinds[kind].collection));
        for (; document; document = json_next(document)) {
            struct mutation mutation = {leaves, &fixture, kind, document, {{0}}};
            observe_all(&fixture, mutation.before);
            change_all(&mutation, kinds[kind].spec, document, json_member(document, "spec"),
                       kinds[kind].spec->name);
        }
    }
    fixture_close(&fixture);
}

/* ---- */

static void every_field_has_the_effect_that_its_row_says(void **state)
{
    static struct leaves leaves;
    size_t wrong = 0;
    glob_t states;
    (void)state;
    for (enum kind kind = KIND_MESH; kind < KIND_COUNT; kind++)
        collect(&leaves, kinds[kind].spec, kinds[kind].spec->name, NULL);
    assert_int_equal(glob(SOURCE_DIR "/fixtures/envoy/*/state.json", 0, NULL, &states), 0);
    for (size_t i = 0; i < states.gl_pathc; i++)
        change_documents(&leaves, states.gl_pathv[i]);
    for (size_t i = 0; i < leaves.count; i++) {
        const struct leaf *leaf = &leaves.items[i];
        const char *complaint = NULL;
        if (!leaf->is_changed)
            complaint = "is in no fixture";
        else if (leaf->has_effect && leaf->inert)
            complaint = "is said to be inert but has an effect";
        else if (!leaf->has_effect && !leaf->inert)
            complaint = "changes nothing";
        if (complaint)
            print_error("%s %s\n", leaf->path, complaint);
        wrong += complaint != NULL;
    }
    globfree(&states);
    arena_clear(&leaves.arena);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_has_the_effect_that_its_row_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
