/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents in, Envoy resources out: every folder of fixtures/envoy and fixtures/walkthroughs (see
 * mesh_fixture.h).
 * `test_translate --accept` rewrites what the proxies get there.
 */
#include "test.h"

#include <glob.h>
#include <string.h>

#include "dump.h"
#include "mesh_fixture.h"

static bool accepts;

/* mesh/<mesh>/virtualNode/<name> */
static struct proxy proxy_of(struct arena *arena, const struct cJSON *fixture)
{
    const char *node = json_string(fixture, "node");
    const char *name = strrchr(node, '/') + 1;
    bool is_gateway = strstr(node, "/virtualGateway/") != NULL;
    return (struct proxy){.kind = is_gateway ? KIND_VIRTUAL_GATEWAY : KIND_VIRTUAL_NODE,
                          .name = arena_copy(arena, bytes_of(name))};
}

static enum status read_settings(const struct cJSON *metadata, struct proxy_settings *out,
                                 struct error *error)
{
    const char *values[SETTING_COUNT];
    for (size_t i = 0; i < SETTING_COUNT; i++)
        values[i] = json_string(metadata, setting_keys[i]);
    return settings_parse(values, out, error);
}

static void add_warnings(struct cJSON *out, const struct snapshot *snapshot)
{
    struct cJSON *warnings;
    if (snapshot->warning_count == 0)
        return;
    warnings = json_add_array(out, "warnings");
    for (size_t i = 0; i < snapshot->warning_count; i++)
        json_append(warnings, json_new_string(snapshot->warnings[i]));
}

struct outcome {
    struct cJSON *json; /* what a proxy's file has to hold */
    struct snapshot *snapshot;
    struct mesh_reads reads;
};

static struct outcome outcome_of(struct fixture *fixture, const struct cJSON *file)
{
    struct error error = {.arena = &fixture->arena};
    struct proxy proxy = proxy_of(&fixture->arena, file);
    struct outcome out = {.json = json_new_object()};
    json_add_string(out.json, "node", json_string(file, "node"));
    if (json_member(file, "metadata") != NULL)
        json_add(out.json, "metadata", json_copy(json_member(file, "metadata")));
    if (read_settings(json_member(file, "metadata"), &proxy.settings, &error) == OK)
        out.snapshot = fixture_translate(fixture, &proxy, &out.reads, &error);
    if (out.snapshot) {
        struct buffer text = {0};
        struct json_fault fault;
        dump_snapshot(&text, out.snapshot);
        json_add(out.json, "resources", json_parse(buffer_bytes(&text), &fault));
        buffer_clear(&text);
        add_warnings(out.json, out.snapshot);
    } else {
        json_add_string(out.json, "error", error.message);
    }
    return out;
}

static void outcome_clear(struct outcome *outcome)
{
    json_free(outcome->json);
    snapshot_unref(outcome->snapshot);
}

/* ---- whatever was kept by the translations before ---- */

static bool has_read(const struct mesh_reads *reads, const struct mesh_item *item)
{
    for (size_t i = 0; i < reads->count; i++)
        if (reads->items[i] == item)
            return true;
    return false;
}

static bool have_read_the_same(const struct mesh_reads *a, const struct mesh_reads *b)
{
    bool is_same = a->count == b->count;
    for (size_t i = 0; is_same && i < a->count; i++)
        is_same = has_read(b, a->items[i]);
    return is_same;
}

static bool use_the_same(const struct xds_resource *a, const struct xds_resource *b)
{
    bool is_same = a->use_count == b->use_count;
    for (size_t i = 0; is_same && i < a->use_count; i++)
        is_same = a->uses[i].type == b->uses[i].type && !strcmp(a->uses[i].name, b->uses[i].name);
    return is_same;
}

static bool are_same(const struct outcome *a, const struct outcome *b)
{
    if (!json_equal(a->json, b->json) || !have_read_the_same(&a->reads, &b->reads))
        return false;
    for (enum xds_type type = 0; a->snapshot && type < XDS_TYPE_COUNT; type++)
        for (size_t i = 0; i < a->snapshot->types[type].count; i++)
            if (!use_the_same(&a->snapshot->types[type].items[i],
                              &b->snapshot->types[type].items[i]))
                return false;
    return true;
}

static void drop_what_is_kept(struct fixture *fixture)
{
    fixture_put(fixture, KIND_MESH, json_first(json_member(fixture->lists, "meshes")));
}

static void check_it_is_steady(struct fixture *fixture, const struct cJSON *file,
                               const struct outcome *first)
{
    for (int i = 0; i < 2; i++) {
        struct outcome again = outcome_of(fixture, file);
        assert_true(are_same(first, &again));
        outcome_clear(&again);
        drop_what_is_kept(fixture);
    }
}

/* ---- --accept ---- */

#define LINE_MAX_SIZE 100

/* What fits in a line is in one. */
static void print_lines(struct buffer *out, const struct cJSON *json, int depth)
{
    bool is_object = json_type(json) == JSON_OBJECT;
    size_t start = out->size;
    json_print(out, json);
    if (out->size - start + (size_t)depth <= LINE_MAX_SIZE || json_first(json) == NULL)
        return;
    out->size = start;
    buffer_char(out, is_object ? '{' : '[');
    for (const struct cJSON *child = json_first(json); child; child = json_next(child)) {
        buffer_printf(out, "%s\n%*s", child == json_first(json) ? "" : ",", depth + 1, "");
        if (is_object) {
            json_print_string(out, json_name(child));
            buffer_text(out, ": ");
        }
        print_lines(out, child, depth + 1);
    }
    buffer_printf(out, "\n%*s%c", depth, "", is_object ? '}' : ']');
}

static void rewrite(const char *path, const struct cJSON *json)
{
    struct buffer text = {0};
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    print_lines(&text, json, 0);
    buffer_char(&text, '\n');
    assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
    fclose(file);
    buffer_clear(&text);
}

/* ---- */

static bool holds(struct fixture *fixture, const char *path)
{
    struct cJSON *file = fixture_read_json(path);
    struct outcome got = outcome_of(fixture, file);
    bool is_equal = json_equal(file, got.json);
    check_it_is_steady(fixture, file, &got);
    if (accepts)
        rewrite(path, got.json);
    else if (!is_equal)
        print_error("%s differs; test_translate --accept shows how in the file\n", path);
    outcome_clear(&got);
    json_free(file);
    return is_equal || accepts;
}

/* How many of the folder's files do not hold. */
static int folder_failures(const char *state_path)
{
    struct fixture fixture;
    glob_t files;
    char pattern[512];
    int failures = 0;
    size_t folder = strlen(state_path) - strlen("state.json");
    snprintf(pattern, sizeof(pattern), "%.*s*.json", (int)folder, state_path);
    fixture_open(&fixture, state_path);
    assert_int_equal(glob(pattern, 0, NULL, &files), 0);
    assert_true(files.gl_pathc > 1);
    for (size_t f = 0; f < files.gl_pathc; f++)
        if (strcmp(files.gl_pathv[f], state_path) != 0)
            failures += !holds(&fixture, files.gl_pathv[f]);
    globfree(&files);
    fixture_close(&fixture);
    return failures;
}

static void check_folders(const char *pattern)
{
    glob_t states;
    int failures = 0;
    assert_int_equal(glob(pattern, 0, NULL, &states), 0);
    for (size_t i = 0; i < states.gl_pathc; i++)
        failures += folder_failures(states.gl_pathv[i]);
    globfree(&states);
    assert_int_equal(failures, 0);
}

static void proxies_get_what_their_fixtures_hold(void **state)
{
    (void)state;
    check_folders(SOURCE_DIR "/fixtures/envoy/*/state.json");
}

static void walkthroughs_hold_what_their_proxies_get(void **state)
{
    (void)state;
    check_folders(SOURCE_DIR "/fixtures/walkthroughs/*/state.json");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proxies_get_what_their_fixtures_hold),
        cmocka_unit_test(walkthroughs_hold_what_their_proxies_get),
    };
    accepts = argc == 2 && strcmp(argv[1], "--accept") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
