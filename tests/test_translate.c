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

/* What a proxy's file has to hold. */
static struct cJSON *outcome(struct fixture *fixture, const struct cJSON *file)
{
    struct error error = {.arena = &fixture->arena};
    struct proxy proxy = proxy_of(&fixture->arena, file);
    struct snapshot *snapshot = NULL;
    struct mesh_reads reads;
    struct cJSON *out = json_new_object();
    json_add_string(out, "node", json_string(file, "node"));
    if (json_member(file, "metadata") != NULL)
        json_add(out, "metadata", json_copy(json_member(file, "metadata")));
    if (read_settings(json_member(file, "metadata"), &proxy.settings, &error) == OK)
        snapshot = fixture_translate(fixture, &proxy, &reads, &error);
    if (snapshot) {
        struct buffer text = {0};
        struct json_fault fault;
        dump_snapshot(&text, snapshot);
        json_add(out, "resources", json_parse(buffer_bytes(&text), &fault));
        buffer_clear(&text);
        add_warnings(out, snapshot);
    } else {
        json_add_string(out, "error", error.message);
    }
    snapshot_unref(snapshot);
    return out;
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
    struct cJSON *file = fixture_read_json(path), *got = outcome(fixture, file);
    bool is_equal = json_equal(file, got);
    if (accepts)
        rewrite(path, got);
    else if (!is_equal)
        print_error("%s differs; test_translate --accept shows how in the file\n", path);
    json_free(got);
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
