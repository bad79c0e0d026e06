/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <pthread.h>
#include <stdatomic.h>

#include "arena.h"
#include "scratch.h"
#include "store.h"

#define MAP_SIZE ((uint64_t)64 << 30) /* the program's default: must do under sanitizers too */
#define US_WEST ((struct scope){"123456789012", "us-west-2"})

struct fixture {
    struct scratch scratch;
    struct arena arena;
    struct store *store;
    struct store_txn *batch;
    uint64_t scope, mesh;
};

static struct store *open_store(struct fixture *fixture)
{
    const struct store_options options = {
        .directory = fixture->scratch.path, .durability = STORE_PROCESS, .map_size = MAP_SIZE};
    const char *reason = "";
    struct store *store = store_open(&options, &fixture->arena, &reason);
    assert_string_equal(reason, "");
    return store;
}

static uint64_t put(struct store_txn *txn, enum kind kind, uint64_t parent, const char *name)
{
    uint64_t id;
    assert_int_equal(
        store_put(txn, kind, parent, name, 0, BYTES("{\"a\":1"), BYTES("{\"s\":2}"), &id), OK);
    return id;
}

/* Every test begins in a batch, with one mesh, m. */
static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    *fixture = (struct fixture){0};
    scratch_make(&fixture->scratch);
    fixture->store = open_store(fixture);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    assert_int_equal(store_scope_make(fixture->batch, &US_WEST, &fixture->scope), OK);
    fixture->mesh = put(fixture->batch, KIND_MESH, fixture->scope, "m");
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    if (fixture->batch)
        assert_int_equal(store_end(fixture->batch, ERR_INTERNAL), ERR_INTERNAL);
    store_close(fixture->store);
    scratch_clear(&fixture->scratch);
    arena_clear(&fixture->arena);
    free(fixture);
    return 0;
}

static void commit_and_begin(struct fixture *fixture)
{
    assert_int_equal(store_end(fixture->batch, OK), OK);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
}

static void reopen(struct fixture *fixture)
{
    assert_int_equal(store_end(fixture->batch, OK), OK);
    fixture->batch = NULL;
    store_close(fixture->store);
    fixture->store = open_store(fixture);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
}

static void assert_bytes(struct bytes got, const char *expected)
{
    assert_int_equal(got.size, strlen(expected));
    assert_memory_equal(got.data, expected, got.size);
}

/* The names that a scan gives, each followed by a blank. */
static const char *scan(struct fixture *fixture, enum kind kind, uint64_t parent, const char *after,
                        size_t limit)
{
    struct store_scan scan;
    const char *names = "";
    store_scan_begin(&scan, fixture->batch, kind, parent, after);
    while (limit-- > 0 && store_scan_next(&scan))
        names = arena_printf(&fixture->arena, "%s%s ", names, scan.name);
    assert_int_equal(store_scan_end(&scan), OK);
    return names;
}

static void a_row_reads_back_in_its_parts(void **state)
{
    struct fixture *fixture = *state;
    struct store_row row;
    uint64_t id;
    assert_int_equal(store_put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "n", 0,
                               BYTES("{\"name\":\"n\""), BYTES("{\"x\":[]}"), &id),
                     OK);
    assert_int_equal(store_get(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "n", &row), OK);
    assert_int_equal(row.id, id);
    assert_bytes(row.document, "{\"name\":\"n\",\"spec\":{\"x\":[]}}");
    assert_bytes(row.envelope, "{\"name\":\"n\"");
    assert_bytes(row.spec, "{\"x\":[]}");
}

static void a_row_of_many_pages_reads_back_whole(void **state)
{
    struct fixture *fixture = *state;
    struct store_row row;
    uint64_t id;
    enum { SIZE = 300000 };
    char *spec = memory_new(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        spec[i] = (char)('a' + i % 23);
    assert_int_equal(store_put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "big", 0,
                               BYTES("{"), (struct bytes){spec, SIZE}, &id),
                     OK);
    commit_and_begin(fixture);
    assert_int_equal(store_get(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "big", &row), OK);
    assert_int_equal(row.spec.size, SIZE);
    assert_memory_equal(row.spec.data, spec, SIZE);
    free(spec);
}

static void a_replaced_row_keeps_its_id(void **state)
{
    struct fixture *fixture = *state;
    struct store_row row;
    uint64_t id;
    assert_int_equal(store_put(fixture->batch, KIND_MESH, fixture->scope, "m", fixture->mesh,
                               BYTES("{\"v\":2"), BYTES("{}"), &id),
                     OK);
    assert_int_equal(id, fixture->mesh);
    assert_int_equal(store_get(fixture->batch, KIND_MESH, fixture->scope, "m", &row), OK);
    assert_int_equal(row.id, fixture->mesh);
    assert_bytes(row.document, "{\"v\":2,\"spec\":{}}");
    assert_int_equal(store_count(fixture->batch, KIND_MESH), 1);
}

static void a_new_row_does_not_take_another_ones_name(void **state)
{
    struct fixture *fixture = *state;
    struct store_row row;
    uint64_t id = 77;
    assert_int_equal(store_put(fixture->batch, KIND_MESH, fixture->scope, "m", 0, BYTES("{\"v\":2"),
                               BYTES("{}"), &id),
                     ERR_CONFLICT);
    assert_int_equal(id, 77);
    assert_int_equal(store_get(fixture->batch, KIND_MESH, fixture->scope, "m", &row), OK);
    assert_bytes(row.document, "{\"a\":1,\"spec\":{\"s\":2}}");
}

static void what_is_not_there_is_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct resource_path path;
    struct scope scope;
    struct store_row row;
    uint64_t id;
    int64_t when;
    assert_int_equal(store_get(txn, KIND_MESH, fixture->scope, "n", &row), ERR_NOT_FOUND);
    assert_int_equal(store_get(txn, KIND_MESH, fixture->mesh, "m", &row), ERR_NOT_FOUND);
    assert_int_equal(store_get(txn, KIND_VIRTUAL_NODE, fixture->scope, "m", &row), ERR_NOT_FOUND);
    assert_int_equal(store_delete(txn, KIND_MESH, fixture->scope, "n"), ERR_NOT_FOUND);
    assert_int_equal(store_scope(txn, &(struct scope){"123456789012", "us-west-1"}, &id),
                     ERR_NOT_FOUND);
    assert_int_equal(store_hidden(txn, fixture->mesh, "m", &when), ERR_NOT_FOUND);
    assert_int_equal(store_locate(txn, 999, &fixture->arena, &scope, &path, &id), ERR_NOT_FOUND);
    assert_int_equal(store_locate(txn, fixture->scope, &fixture->arena, &scope, &path, &id),
                     ERR_NOT_FOUND); /* a scope is no resource */
}

static void a_deleted_row_takes_its_tags_tokens_and_id_along(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct resource_path path;
    struct scope scope;
    struct store_row row;
    struct bytes bytes;
    uint64_t parent;
    const uint64_t id = put(txn, KIND_ROUTE, fixture->mesh, "r");
    assert_int_equal(store_tags_put(txn, id, BYTES("[1]")), OK);
    assert_int_equal(store_tokens_put(txn, id, BYTES("t")), OK);
    assert_int_equal(store_delete(txn, KIND_ROUTE, fixture->mesh, "r"), OK);
    assert_int_equal(store_get(txn, KIND_ROUTE, fixture->mesh, "r", &row), ERR_NOT_FOUND);
    assert_int_equal(store_tags(txn, id, &bytes), OK);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(store_tokens(txn, id, &bytes), OK);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(store_locate(txn, id, &fixture->arena, &scope, &path, &parent), ERR_NOT_FOUND);
    assert_int_not_equal(put(txn, KIND_ROUTE, fixture->mesh, "r"), id);
}

static void names_that_begin_alike_stay_apart(void **state)
{
    static const char *const names[] = {"a!", "a", "ab", "aa", "b", "a~", "A", "a.b", "!", "~"};
    struct fixture *fixture = *state;
    const uint64_t other = put(fixture->batch, KIND_MESH, fixture->scope, "other");
    put(fixture->batch, KIND_VIRTUAL_NODE, other, "a");
    put(fixture->batch, KIND_VIRTUAL_SERVICE, fixture->mesh, "a");
    for (size_t i = 0; i < COUNT(names); i++)
        put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, names[i]);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, SIZE_MAX),
                        "! A a a! a.b aa ab a~ b ~ ");
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, other, NULL, SIZE_MAX), "a ");
    assert_int_equal(store_delete(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "a"), OK);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, "A", 2), "a! a.b ");
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, other, NULL, SIZE_MAX), "a ");
}

static void every_byte_and_length_a_name_may_have_is_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store_row row;
    char name[256];
    for (size_t size = 1; size <= 255; size++) {
        for (size_t i = 0; i < size; i++)
            name[i] = (char)('!' + (i + size) % ('~' - '!' + 1));
        name[size] = '\0';
        put(fixture->batch, KIND_ROUTE, fixture->mesh, name);
        assert_int_equal(store_get(fixture->batch, KIND_ROUTE, fixture->mesh, name, &row), OK);
    }
    assert_int_equal(store_count(fixture->batch, KIND_ROUTE), 255);
    struct store_scan scan;
    char last[256] = "";
    size_t count = 0;
    for (store_scan_begin(&scan, fixture->batch, KIND_ROUTE, fixture->mesh, NULL);
         store_scan_next(&scan); count++) {
        assert_true(strcmp(last, scan.name) < 0);
        memcpy(last, scan.name, sizeof last);
    }
    assert_int_equal(store_scan_end(&scan), OK);
    assert_int_equal(count, 255);
}

static void a_page_goes_on_after_a_name_that_is_gone(void **state)
{
    struct fixture *fixture = *state;
    for (char name[] = "a"; name[0] <= 'f'; name[0]++)
        put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, name);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, 2), "a b ");
    assert_int_equal(store_delete(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "b"), OK);
    assert_int_equal(store_delete(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "c"), OK);
    put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "bb");
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, "b", 2), "bb d ");
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, "f", 2), "");
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, "zzz", 2), "");
}

static void a_scan_of_nothing_is_empty(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, 9), "");
    assert_string_equal(scan(fixture, KIND_MESH, fixture->mesh, "x", 9), "");
}

static void children_are_seen_and_counted_up_to_a_limit(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    assert_false(store_has_children(txn, KIND_VIRTUAL_NODE, fixture->mesh));
    for (char name[] = "a"; name[0] <= 'f'; name[0]++)
        put(txn, KIND_VIRTUAL_NODE, fixture->mesh, name);
    assert_true(store_has_children(txn, KIND_VIRTUAL_NODE, fixture->mesh));
    assert_false(store_has_children(txn, KIND_VIRTUAL_ROUTER, fixture->mesh));
    assert_false(store_has_children(txn, KIND_VIRTUAL_NODE, fixture->mesh - 1));
    assert_false(store_has_children(txn, KIND_VIRTUAL_NODE, fixture->mesh + 1));
    assert_int_equal(store_count_children(txn, KIND_VIRTUAL_NODE, fixture->mesh, 100), 6);
    assert_int_equal(store_count_children(txn, KIND_VIRTUAL_NODE, fixture->mesh, 4), 4);
    assert_int_equal(store_count(txn, KIND_VIRTUAL_NODE), 6);
    assert_int_equal(store_count(txn, KIND_VIRTUAL_ROUTER), 0);
}

static void an_id_leads_back_to_names_and_scope(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct resource_path path;
    struct scope scope;
    uint64_t parent;
    const uint64_t router = put(txn, KIND_VIRTUAL_ROUTER, fixture->mesh, "router");
    const uint64_t route = put(txn, KIND_ROUTE, router, "route");
    assert_int_equal(store_locate(txn, route, &fixture->arena, &scope, &path, &parent), OK);
    assert_int_equal(parent, router);
    assert_int_equal(path.kind, KIND_ROUTE);
    assert_string_equal(path.names[KIND_MESH], "m");
    assert_string_equal(path.names[KIND_VIRTUAL_ROUTER], "router");
    assert_string_equal(path.names[KIND_ROUTE], "route");
    assert_null(path.names[KIND_VIRTUAL_NODE]);
    assert_string_equal(scope.account, US_WEST.account);
    assert_string_equal(scope.region, US_WEST.region);
    assert_int_equal(store_locate(txn, fixture->mesh, &fixture->arena, &scope, &path, &parent), OK);
    assert_int_equal(parent, fixture->scope);
    assert_int_equal(path.kind, KIND_MESH);
}

static enum status note_scope(void *context, const struct scope *scope, uint64_t id)
{
    struct buffer *buffer = context;
    buffer_printf(buffer, "%s/%s ", scope->account, scope->region);
    return id == 0 ? ERR_INTERNAL : OK;
}

static enum status stop_at_scope(void *context, const struct scope *scope, uint64_t id)
{
    (void)note_scope(context, scope, id);
    return ERR_LIMIT;
}

static void scopes_with_resources_come_in_byte_order(void **state)
{
    static const struct scope scopes[] = {
        {"210987654321", "a" },
        {"123456789012", "z" },
        {"123456789012", "aa"},
        {"1",            "zz"},
    };
    struct fixture *fixture = *state;
    struct buffer seen = {0};
    uint64_t id, again;
    for (size_t i = 0; i < COUNT(scopes); i++) {
        assert_int_equal(store_scope_make(fixture->batch, &scopes[i], &id), OK);
        put(fixture->batch, KIND_MESH, id, "m");
    }
    assert_int_equal(store_scope_make(fixture->batch, &scopes[3], &again), OK);
    assert_int_equal(again, id);
    assert_int_equal(store_delete(fixture->batch, KIND_MESH, id, "m"), OK);
    assert_int_equal(store_scopes(fixture->batch, note_scope, &seen), OK);
    assert_string_equal(seen.data, "123456789012/aa 123456789012/us-west-2 123456789012/z "
                                   "210987654321/a ");
    seen.size = 0;
    assert_int_equal(store_scopes(fixture->batch, stop_at_scope, &seen), ERR_LIMIT);
    assert_string_equal(seen.data, "123456789012/aa ");
    buffer_clear(&seen);
}

static const char *referrers(struct fixture *fixture, const char *target, enum kind source)
{
    uint64_t *ids;
    size_t count;
    const char *text = "";
    assert_int_equal(store_referrers(fixture->batch, fixture->mesh, KIND_VIRTUAL_NODE, target,
                                     source, SIZE_MAX, &fixture->arena, &ids, &count),
                     OK);
    assert_true((ids == NULL) == (count == 0));
    for (size_t i = 0; i < count; i++)
        text = arena_printf(&fixture->arena, "%s%llu ", text, (unsigned long long)ids[i]);
    return text;
}

static void refer(struct fixture *fixture, const char *target, enum kind source, uint64_t id)
{
    assert_int_equal(
        store_reference_add(fixture->batch, fixture->mesh, KIND_VIRTUAL_NODE, target, source, id),
        OK);
}

static void referrers_come_by_target_and_kind(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t id = 300; id >= 250; id -= 5)
        refer(fixture, "n", KIND_ROUTE, id);
    refer(fixture, "n", KIND_ROUTE, 255); /* again: no matter */
    refer(fixture, "n", KIND_VIRTUAL_SERVICE, 7);
    refer(fixture, "nn", KIND_ROUTE, 8);
    refer(fixture, "", KIND_ROUTE, 9);
    assert_string_equal(referrers(fixture, "n", KIND_ROUTE),
                        "250 255 260 265 270 275 280 285 290 295 300 ");
    assert_string_equal(referrers(fixture, "n", KIND_VIRTUAL_SERVICE), "7 ");
    assert_string_equal(referrers(fixture, "nn", KIND_ROUTE), "8 ");
    assert_string_equal(referrers(fixture, "nnn", KIND_ROUTE), "");
}

static void no_more_referrers_come_than_are_asked_for(void **state)
{
    struct fixture *fixture = *state;
    for (uint64_t id = 1; id <= 3; id++)
        refer(fixture, "n", KIND_ROUTE, id);
    for (size_t most = 1; most <= 4; most++) {
        uint64_t *ids;
        size_t count;
        assert_int_equal(store_referrers(fixture->batch, fixture->mesh, KIND_VIRTUAL_NODE, "n",
                                         KIND_ROUTE, most, &fixture->arena, &ids, &count),
                         OK);
        assert_int_equal(count, most < 3 ? most : 3);
        assert_int_equal(ids[0], 1);
    }
}

static void a_removed_reference_is_gone_and_may_be_removed_again(void **state)
{
    struct fixture *fixture = *state;
    refer(fixture, "n", KIND_ROUTE, 1);
    refer(fixture, "n", KIND_ROUTE, 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_reference_remove(fixture->batch, fixture->mesh, KIND_VIRTUAL_NODE,
                                                "n", KIND_ROUTE, 1),
                         OK);
    assert_string_equal(referrers(fixture, "n", KIND_ROUTE), "2 ");
}

static void tags_and_tokens_are_replaced_and_emptied(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct bytes bytes;
    assert_int_equal(store_tags(txn, fixture->mesh, &bytes), OK);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(store_tags_put(txn, fixture->mesh, BYTES("[1]")), OK);
    assert_int_equal(store_tags_put(txn, fixture->mesh, BYTES("[1,2]")), OK);
    assert_int_equal(store_tokens_put(txn, fixture->mesh, BYTES("tokens")), OK);
    assert_int_equal(store_tags(txn, fixture->mesh, &bytes), OK);
    assert_bytes(bytes, "[1,2]");
    assert_int_equal(store_tags_put(txn, fixture->mesh, BYTES("")), OK);
    assert_int_equal(store_tags_put(txn, fixture->mesh, BYTES("")), OK);
    assert_int_equal(store_tags(txn, fixture->mesh, &bytes), OK);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(store_tokens(txn, fixture->mesh, &bytes), OK);
    assert_bytes(bytes, "tokens");
}

static void a_hidden_record_keeps_its_time(void **state)
{
    struct fixture *fixture = *state;
    int64_t when;
    assert_int_equal(store_hidden_put(fixture->batch, fixture->mesh, "s", 1554068421859), OK);
    assert_int_equal(store_hidden(fixture->batch, fixture->mesh, "s", &when), OK);
    assert_int_equal(when, 1554068421859);
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_hidden_delete(fixture->batch, fixture->mesh, "s"), OK);
    assert_int_equal(store_hidden(fixture->batch, fixture->mesh, "s", &when), ERR_NOT_FOUND);
}

static void a_failed_child_leaves_the_batch_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *child;
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    put(child, KIND_VIRTUAL_NODE, fixture->mesh, "kept");
    assert_int_equal(store_child_end(child, OK), OK);
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    put(child, KIND_VIRTUAL_NODE, fixture->mesh, "dropped");
    assert_int_equal(store_delete(child, KIND_VIRTUAL_NODE, fixture->mesh, "kept"), OK);
    assert_int_equal(store_child_end(child, ERR_CONFLICT), ERR_CONFLICT);
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    put(child, KIND_VIRTUAL_NODE, fixture->mesh, "later");
    assert_int_equal(store_child_end(child, OK), OK);
    reopen(fixture);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, 9), "kept later ");
}

static void an_aborted_batch_leaves_nothing_but_its_ids_used(void **state)
{
    struct fixture *fixture = *state;
    commit_and_begin(fixture);
    const uint64_t id = put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "n");
    assert_int_equal(store_end(fixture->batch, ERR_LIMIT), ERR_LIMIT);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    assert_int_equal(store_count(fixture->batch, KIND_VIRTUAL_NODE), 0);
    assert_true(put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "n") > id);
}

static void a_reader_sees_the_commit_before_it_began(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *reader = NULL;
    assert_int_equal(store_read(fixture->store, &reader), OK);
    assert_int_equal(store_count(reader, KIND_MESH), 0);
    commit_and_begin(fixture);
    assert_int_equal(store_count(reader, KIND_MESH), 0);
    store_read_end(reader);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(store_read(fixture->store, &reader), OK);
        assert_int_equal(store_count(reader, KIND_MESH), 1);
        store_read_end(reader);
    }
    store_reader_free(reader);
    store_reader_free(NULL);
}

static void all_of_it_outlives_a_restart(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct store_row row;
    struct bytes bytes;
    int64_t when;
    unsigned char secret[32];
    assert_int_equal(store_secret(fixture->store).size, sizeof secret);
    memcpy(secret, store_secret(fixture->store).data, sizeof secret);
    const uint64_t node = put(txn, KIND_VIRTUAL_NODE, fixture->mesh, "n");
    assert_int_equal(store_tags_put(txn, node, BYTES("[1]")), OK);
    assert_int_equal(store_tokens_put(txn, node, BYTES("t")), OK);
    assert_int_equal(store_hidden_put(txn, fixture->mesh, "s", 5), OK);
    refer(fixture, "n", KIND_ROUTE, 3);
    reopen(fixture);
    txn = fixture->batch;
    assert_memory_equal(store_secret(fixture->store).data, secret, sizeof secret);
    assert_int_equal(store_get(txn, KIND_VIRTUAL_NODE, fixture->mesh, "n", &row), OK);
    assert_int_equal(row.id, node);
    assert_int_equal(store_tags(txn, node, &bytes), OK);
    assert_bytes(bytes, "[1]");
    assert_int_equal(store_tokens(txn, node, &bytes), OK);
    assert_bytes(bytes, "t");
    assert_int_equal(store_hidden(txn, fixture->mesh, "s", &when), OK);
    assert_string_equal(referrers(fixture, "n", KIND_ROUTE), "3 ");
    assert_true(put(txn, KIND_VIRTUAL_NODE, fixture->mesh, "o") > node);
}

static void a_reset_leaves_the_secret_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *txn = fixture->batch;
    struct bytes bytes;
    unsigned char secret[32];
    uint64_t id;
    int64_t when;
    memcpy(secret, store_secret(fixture->store).data, sizeof secret);
    assert_int_equal(store_tags_put(txn, fixture->mesh, BYTES("[1]")), OK);
    assert_int_equal(store_hidden_put(txn, fixture->mesh, "s", 5), OK);
    refer(fixture, "n", KIND_ROUTE, 3);
    commit_and_begin(fixture);
    txn = fixture->batch;
    assert_int_equal(store_reset(txn), OK);
    reopen(fixture);
    txn = fixture->batch;
    assert_memory_equal(store_secret(fixture->store).data, secret, sizeof secret);
    assert_int_equal(store_count(txn, KIND_MESH), 0);
    assert_int_equal(store_scope(txn, &US_WEST, &id), ERR_NOT_FOUND);
    assert_int_equal(store_tags(txn, fixture->mesh, &bytes), OK);
    assert_int_equal(bytes.size, 0);
    assert_int_equal(store_hidden(txn, fixture->mesh, "s", &when), ERR_NOT_FOUND);
    assert_string_equal(referrers(fixture, "n", KIND_ROUTE), "");
    assert_int_equal(store_scope_make(txn, &US_WEST, &id), OK);
    assert_true(put(txn, KIND_MESH, id, "m") > fixture->mesh);
}

static void a_reset_in_a_failed_child_never_was(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *child;
    put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, "n");
    commit_and_begin(fixture);
    assert_int_equal(store_child_begin(fixture->batch, &child), OK);
    assert_int_equal(store_reset(child), OK);
    assert_int_equal(store_count(child, KIND_MESH), 0);
    assert_int_equal(store_child_end(child, ERR_BAD_REQUEST), ERR_BAD_REQUEST);
    reopen(fixture);
    assert_int_equal(store_count(fixture->batch, KIND_MESH), 1);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, 9), "n ");
}

static void put_large_batch(struct fixture *fixture, const char *name)
{
    struct store_txn *txn = fixture->batch;
    static const char spec[9 << 20];
    uint64_t id;
    assert_int_equal(store_put(txn, KIND_VIRTUAL_NODE, fixture->mesh, name, 0, BYTES("{"),
                               (struct bytes){spec, sizeof spec}, &id),
                     OK);
    commit_and_begin(fixture);
}

static void readers_and_writers_go_on_after_a_large_batch(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *parked = NULL, *active = NULL;
    assert_int_equal(store_read(fixture->store, &parked), OK);
    store_read_end(parked);
    assert_int_equal(store_read(fixture->store, &active), OK);
    put_large_batch(fixture, "a");
    assert_int_equal(store_count(active, KIND_VIRTUAL_NODE), 0);
    store_read_end(active);
    put_large_batch(fixture, "b");
    assert_int_equal(store_read(fixture->store, &parked), OK);
    assert_int_equal(store_read(fixture->store, &active), OK);
    assert_int_equal(store_count(parked, KIND_VIRTUAL_NODE), 2);
    assert_int_equal(store_count(active, KIND_VIRTUAL_NODE), 2);
    store_reader_free(parked);
    store_reader_free(active);
    reopen(fixture);
    assert_string_equal(scan(fixture, KIND_VIRTUAL_NODE, fixture->mesh, NULL, 9), "a b ");
}

struct watcher {
    struct store *store;
    atomic_bool is_done;
    uint64_t seen;
    bool is_wrong; /* asserts belong to the first thread */
};

/* Every batch makes two rows, so a reader never finds an odd number of them, nor fewer than
 * before. */
static void *watch(void *context)
{
    struct watcher *watcher = context;
    struct store_txn *reader = NULL;
    bool is_last = false;
    while (!is_last) {
        is_last = atomic_load(&watcher->is_done);
        const enum status status = store_read(watcher->store, &reader);
        const uint64_t count = status == OK ? store_count(reader, KIND_VIRTUAL_NODE) : 1;
        watcher->is_wrong |= count % 2 != 0 || count < watcher->seen;
        watcher->seen = count;
        store_read_end(reader);
    }
    store_reader_free(reader);
    return NULL;
}

static void a_reader_in_its_own_thread_sees_whole_batches(void **state)
{
    enum { BATCHES = 40 };
    struct fixture *fixture = *state;
    struct watcher watcher = {.store = fixture->store};
    pthread_t thread;
    char name[32];
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    for (int i = 0; i < BATCHES; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, name);
        if (i % 8 == 0) {
            put_large_batch(fixture, arena_printf(&fixture->arena, "large%d", i));
            continue;
        }
        snprintf(name, sizeof name, "%d again", i);
        put(fixture->batch, KIND_VIRTUAL_NODE, fixture->mesh, name);
        commit_and_begin(fixture);
    }
    atomic_store(&watcher.is_done, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_false(watcher.is_wrong);
    assert_int_equal(watcher.seen, 2 * BATCHES);
}

static void a_file_that_is_gone_after_a_large_batch_ends_the_store(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *reader = NULL;
    char *path = fixture->scratch.path;
    const char *away = arena_printf(&fixture->arena, "%s.away", path);
    put(fixture->batch, KIND_ROUTE, fixture->mesh, "r");
    commit_and_begin(fixture);
    assert_int_equal(store_read(fixture->store, &reader), OK);
    store_read_end(reader);
    static const char spec[9 << 20];
    uint64_t id;
    assert_int_equal(store_put(fixture->batch, KIND_ROUTE, fixture->mesh, "large", 0, BYTES("{"),
                               (struct bytes){spec, sizeof spec}, &id),
                     OK);
    assert_int_equal(rename(path, away), 0);
    assert_int_equal(store_end(fixture->batch, OK), OK); /* it is on disk */
    assert_true(store_is_dead(fixture->store));
    assert_int_equal(store_begin(fixture->store, &fixture->batch), ERR_UNAVAILABLE);
    assert_int_equal(store_read(fixture->store, &reader), ERR_UNAVAILABLE);
    store_reader_free(reader);
    store_close(fixture->store);
    assert_int_equal(rename(away, path), 0);
    fixture->store = open_store(fixture);
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    assert_string_equal(scan(fixture, KIND_ROUTE, fixture->mesh, NULL, 9), "large r ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_row_reads_back_in_its_parts),
        TEST(a_row_of_many_pages_reads_back_whole),
        TEST(a_replaced_row_keeps_its_id),
        TEST(a_new_row_does_not_take_another_ones_name),
        TEST(what_is_not_there_is_not_found),
        TEST(a_deleted_row_takes_its_tags_tokens_and_id_along),
        TEST(names_that_begin_alike_stay_apart),
        TEST(every_byte_and_length_a_name_may_have_is_kept),
        TEST(a_page_goes_on_after_a_name_that_is_gone),
        TEST(a_scan_of_nothing_is_empty),
        TEST(children_are_seen_and_counted_up_to_a_limit),
        TEST(an_id_leads_back_to_names_and_scope),
        TEST(scopes_with_resources_come_in_byte_order),
        TEST(referrers_come_by_target_and_kind),
        TEST(no_more_referrers_come_than_are_asked_for),
        TEST(a_removed_reference_is_gone_and_may_be_removed_again),
        TEST(tags_and_tokens_are_replaced_and_emptied),
        TEST(a_hidden_record_keeps_its_time),
        TEST(a_failed_child_leaves_the_batch_as_it_was),
        TEST(an_aborted_batch_leaves_nothing_but_its_ids_used),
        TEST(a_reader_sees_the_commit_before_it_began),
        TEST(all_of_it_outlives_a_restart),
        TEST(a_reset_leaves_the_secret_alone),
        TEST(a_reset_in_a_failed_child_never_was),
        TEST(readers_and_writers_go_on_after_a_large_batch),
        TEST(a_reader_in_its_own_thread_sees_whole_batches),
        TEST(a_file_that_is_gone_after_a_large_batch_ends_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
