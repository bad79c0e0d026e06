/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>

#include "arena.h"
#include "documents.h"

#define ONE 1
#define TWO 2

struct fixture {
    struct arena arena;
    struct store *store;
    struct store_txn *batch;
};

static int setup(void **state)
{
    const struct store_options options = {
        .directory = "/tmp", .is_memory = true, .map_size = (uint64_t)1 << 30};
    const char *reason = "";
    struct fixture *fixture = memory_new(sizeof *fixture);
    *fixture = (struct fixture){0};
    fixture->store = store_open(&options, &fixture->arena, &reason);
    assert_string_equal(reason, "");
    assert_int_equal(store_begin(fixture->store, &fixture->batch), OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(store_end(fixture->batch, OK), OK);
    store_close(fixture->store);
    arena_clear(&fixture->arena);
    free(fixture);
    return 0;
}

static void put(struct fixture *fixture, uint64_t parent, const char *name, const char *value)
{
    assert_int_equal(
        store_document_put(fixture->batch, DOCUMENT_INSTANCE, parent, name, bytes_of(value)), OK);
}

static const char *get(struct fixture *fixture, uint64_t parent, const char *name)
{
    struct bytes value;
    const enum status status =
        store_document(fixture->batch, DOCUMENT_INSTANCE, parent, name, &value);
    if (status == ERR_NOT_FOUND)
        return NULL;
    assert_int_equal(status, OK);
    return arena_copy(&fixture->arena, value);
}

/* The names found, one after the other. */
static const char *scan(struct fixture *fixture, uint64_t parent, const char *prefix,
                        const char *after)
{
    struct buffer names = {0};
    struct document_scan scan;
    buffer_text(&names, "");
    document_scan_begin(&scan, fixture->batch, DOCUMENT_INSTANCE, parent, prefix, after);
    while (document_scan_next(&scan))
        buffer_printf(&names, "%s ", scan.name);
    assert_int_equal(document_scan_end(&scan), OK);
    const char *text = arena_copy(&fixture->arena, buffer_bytes(&names));
    buffer_clear(&names);
    return text;
}

static void a_document_is_found_by_table_parent_and_name(void **state)
{
    struct fixture *fixture = *state;
    struct bytes value;
    put(fixture, ONE, "a", "1");
    put(fixture, TWO, "a", "2");
    put(fixture, ONE, "a", "3");
    assert_string_equal(get(fixture, ONE, "a"), "3");
    assert_string_equal(get(fixture, TWO, "a"), "2");
    assert_null(get(fixture, ONE, "b"));
    assert_int_equal(store_document(fixture->batch, DOCUMENT_SERVICE, ONE, "a", &value),
                     ERR_NOT_FOUND);
    assert_int_equal(store_count_documents(fixture->batch, DOCUMENT_INSTANCE), 2);
    assert_int_equal(store_document_delete(fixture->batch, DOCUMENT_INSTANCE, ONE, "a"), OK);
    assert_int_equal(store_document_delete(fixture->batch, DOCUMENT_INSTANCE, ONE, "a"), OK);
    assert_null(get(fixture, ONE, "a"));
    assert_false(store_has_documents(fixture->batch, DOCUMENT_INSTANCE, ONE));
    assert_true(store_has_documents(fixture->batch, DOCUMENT_INSTANCE, TWO));
}

static void a_scan_goes_through_a_prefix_in_byte_order(void **state)
{
    struct fixture *fixture = *state;
    static const char *const names[] = {"s/b", "s/a", "s/aa", "s0", "r/z", "s/"};
    for (size_t i = 0; i < COUNT(names); i++)
        put(fixture, ONE, names[i], "");
    put(fixture, TWO, "s/c", "");
    assert_string_equal(scan(fixture, ONE, "s/", NULL), " a aa b ");
    assert_string_equal(scan(fixture, ONE, "s/", "a"), "aa b ");
    assert_string_equal(scan(fixture, ONE, "s/", "ab"), "b ");
    assert_string_equal(scan(fixture, ONE, "s/", "b"), "");
    assert_string_equal(scan(fixture, ONE, "", NULL), "r/z s/ s/a s/aa s/b s0 ");
    assert_string_equal(scan(fixture, 3, "", NULL), "");
}

static void a_name_too_long_for_a_key_is_never_there(void **state)
{
    struct fixture *fixture = *state;
    const char *longest = arena_printf(&fixture->arena, "%0255d", 0);
    put(fixture, ONE, longest, "v");
    assert_string_equal(get(fixture, ONE, longest), "v");
    assert_null(get(fixture, ONE, arena_printf(&fixture->arena, "%0256d", 0)));
}

static void a_reset_takes_documents_but_numbers_go_on(void **state)
{
    struct fixture *fixture = *state;
    const uint64_t first = store_next_number(fixture->batch);
    put(fixture, ONE, "a", "1");
    assert_int_equal(store_reset(fixture->batch), OK);
    assert_null(get(fixture, ONE, "a"));
    assert_true(store_next_number(fixture->batch) > first);
}

static enum status count_scopes(void *context, const struct scope *scope, uint64_t id)
{
    (void)scope;
    (void)id;
    ++*(int *)context;
    return OK;
}

static void a_scope_with_a_namespace_alone_is_one(void **state)
{
    struct fixture *fixture = *state;
    uint64_t id;
    int count = 0;
    const struct scope scope = {"123456789012", "us-west-2"};
    assert_int_equal(store_scope_make(fixture->batch, &scope, &id), OK);
    assert_int_equal(store_scopes(fixture->batch, count_scopes, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        store_document_put(fixture->batch, DOCUMENT_NAMESPACE, id, "ns-1", BYTES("{}")), OK);
    assert_int_equal(store_scopes(fixture->batch, count_scopes, &count), OK);
    assert_int_equal(count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_document_is_found_by_table_parent_and_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_scan_goes_through_a_prefix_in_byte_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_name_too_long_for_a_key_is_never_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reset_takes_documents_but_numbers_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_scope_with_a_namespace_alone_is_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
