/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdio.h>

#include "arena.h"
#include "json.h"
#include "mesh_view.h"
#include "shared.h"

#define MANY 1000

static struct resource_path path_of(enum kind kind, const char *parent, const char *name)
{
    struct resource_path path = {.kind = kind};
    path.names[KIND_MESH] = "m";
    if (kinds[kind].parent != KIND_NONE)
        path.names[kinds[kind].parent] = parent;
    path.names[kind] = name;
    return path;
}

static struct mesh_item *put(struct mesh_view *view, enum kind kind, const char *parent,
                             const char *name, const char *spec)
{
    const struct resource_path path = path_of(kind, parent, name);
    struct mesh_item *item = mesh_view_put(view, &path, bytes_of(spec));
    assert_ptr_equal(mesh_view_item(view, item->kind, item->name), item);
    return item;
}

static struct mesh_item *take_out(struct mesh_view *view, enum kind kind, const char *parent,
                                  const char *name)
{
    const struct resource_path path = path_of(kind, parent, name);
    return mesh_view_remove(view, &path);
}

static void a_resource_is_found_replaced_and_removed(void **state)
{
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *item = put(view, KIND_VIRTUAL_NODE, "m", "n", "{\"a\":1}");
    (void)state;
    assert_string_equal(mesh_view_name(view), "m");
    assert_ptr_equal(mesh_view_item(view, ITEM_VIRTUAL_NODE, "n"), item);
    assert_int_equal(json_integer(item->spec, "a", 0), 1);
    assert_ptr_equal(put(view, KIND_VIRTUAL_NODE, "m", "n", "{\"a\":2}"), item);
    assert_int_equal(json_integer(item->spec, "a", 0), 2);
    assert_null(mesh_view_item(view, ITEM_VIRTUAL_SERVICE, "n")->spec);
    assert_ptr_equal(take_out(view, KIND_VIRTUAL_NODE, "m", "n"), item);
    assert_null(item->spec);
    mesh_view_free(view);
}

static void a_spec_is_parsed_when_somebody_looks(void **state)
{
    const struct resource_path router = path_of(KIND_VIRTUAL_ROUTER, "m", "r");
    const struct resource_path route = path_of(KIND_ROUTE, "r", "a");
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *item = mesh_view_put(view, &router, BYTES("{\"a\":1}"));
    (void)state;
    mesh_view_put(view, &route, BYTES("{\"a\":2}"));
    mesh_view_put(view, &route, BYTES("{\"a\":3}"));
    mesh_view_forget(view, item);
    assert_null(item->spec);
    assert_null(item->children[0].spec);
    assert_ptr_equal(mesh_view_item(view, ITEM_VIRTUAL_ROUTER, "r"), item);
    assert_int_equal(json_integer(item->spec, "a", 0), 1);
    assert_int_equal(json_integer(item->children[0].spec, "a", 0), 3);
    mesh_view_put(view, &router, BYTES("{}")); /* and not again */
    mesh_view_free(view);
}

static void many_items_are_all_found(void **state)
{
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *items[MANY];
    char name[32];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        items[i] = put(view, KIND_VIRTUAL_NODE, "m", name, "{}");
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_ptr_equal(mesh_view_item(view, ITEM_VIRTUAL_NODE, name), items[i]);
    }
    mesh_view_free(view);
}

static void routes_are_a_part_of_their_router_sorted_by_name(void **state)
{
    static const char *const names[] = {"b", "c", "a"};
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *router = put(view, KIND_VIRTUAL_ROUTER, "m", "r", "{}");
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_ptr_equal(put(view, KIND_ROUTE, "r", names[i], "{\"priority\":1}"), router);
    assert_ptr_equal(put(view, KIND_ROUTE, "r", "b", "{\"priority\":2}"), router);
    assert_int_equal(router->child_count, 3);
    assert_string_equal(router->children[0].name, "a");
    assert_string_equal(router->children[1].name, "b");
    assert_int_equal(json_integer(router->children[1].spec, "priority", 0), 2);
    assert_ptr_equal(take_out(view, KIND_ROUTE, "r", "a"), router);
    take_out(view, KIND_ROUTE, "r", "none");
    assert_int_equal(router->child_count, 2);
    take_out(view, KIND_VIRTUAL_ROUTER, "m", "r");
    assert_int_equal(router->child_count, 0);
    mesh_view_free(view);
}

static void a_read_is_recorded_once_and_absence_is_a_read_too(void **state)
{
    struct mesh_view *view = mesh_view_new("m");
    struct arena arena = {0};
    struct mesh_reads first, second;
    (void)state;
    put(view, KIND_VIRTUAL_NODE, "m", "n", "{}");
    mesh_reads_begin(&first, view, &arena);
    assert_non_null(mesh_read(&first, view, ITEM_VIRTUAL_NODE, "n")->spec);
    assert_null(mesh_read(&first, view, ITEM_VIRTUAL_NODE, "gone")->spec);
    mesh_read(&first, view, ITEM_VIRTUAL_NODE, "n");
    assert_int_equal(first.count, 2);
    mesh_reads_begin(&second, view, &arena);
    mesh_read(&second, view, ITEM_VIRTUAL_NODE, "gone");
    assert_int_equal(second.count, 1);
    assert_ptr_equal(second.items[0], first.items[1]);
    assert_ptr_equal(second.items[0], put(view, KIND_VIRTUAL_NODE, "m", "gone", "{}"));
    arena_clear(&arena);
    mesh_view_free(view);
}

static void only_an_unread_absence_is_forgotten(void **state)
{
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *there = put(view, KIND_VIRTUAL_NODE, "m", "n", "{}");
    struct mesh_item *read = mesh_view_item(view, ITEM_VIRTUAL_NODE, "read");
    struct mesh_item *unread = mesh_view_item(view, ITEM_VIRTUAL_NODE, "unread");
    (void)state;
    read->readers = view;
    unread->mark = 7;
    mesh_view_forget(view, there);
    mesh_view_forget(view, read);
    mesh_view_forget(view, unread);
    assert_ptr_equal(mesh_view_item(view, ITEM_VIRTUAL_NODE, "n"), there);
    assert_ptr_equal(mesh_view_item(view, ITEM_VIRTUAL_NODE, "read"), read);
    assert_int_equal(mesh_view_item(view, ITEM_VIRTUAL_NODE, "unread")->mark, 0);
    mesh_view_free(view);
}

static void what_is_kept_goes_when_its_item_changes(void **state)
{
    static const int key, other;
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *item = put(view, KIND_VIRTUAL_NODE, "m", "n", "{}");
    struct mesh_item *neighbour = put(view, KIND_VIRTUAL_NODE, "m", "o", "{}");
    (void)state;
    struct shared *first = shared_new(BYTES("first")), *third = shared_new(BYTES("third"));
    assert_null(mesh_kept(item, &key, NULL));
    mesh_keep(item, &key, NULL, shared_ref(first));
    mesh_keep(item, &key, &other, shared_new(BYTES("second")));
    mesh_keep(neighbour, &key, NULL, third);
    assert_ptr_equal(mesh_kept(item, &key, NULL), first);
    assert_true(bytes_equal(shared_bytes(mesh_kept(item, &key, &other)), BYTES("second")));
    assert_null(mesh_kept(item, &other, NULL));
    put(view, KIND_VIRTUAL_NODE, "m", "n", "{}");
    assert_null(mesh_kept(item, &key, NULL));
    assert_true(bytes_equal(shared_bytes(first), BYTES("first"))); /* whoever holds it, has it */
    shared_unref(first);
    assert_ptr_equal(mesh_kept(neighbour, &key, NULL), third);
    take_out(view, KIND_VIRTUAL_NODE, "m", "o");
    assert_null(mesh_kept(neighbour, &key, NULL));
    mesh_view_free(view);
}

static void a_part_is_kept_until_anything_changes(void **state)
{
    struct mesh_view *view = mesh_view_new("m");
    struct mesh_item *item = put(view, KIND_VIRTUAL_NODE, "m", "n", "{}");
    (void)state;
    for (int change = 0; change < 4; change++) {
        char *part = arena_copy(mesh_parts(view), BYTES("part"));
        assert_null(mesh_part(view, item));
        mesh_keep_part(view, item, part);
        mesh_view_forget(view, item); /* which is there, and stays */
        assert_ptr_equal(mesh_part(view, item), part);
        assert_null(mesh_part(view, mesh_view_item(view, ITEM_VIRTUAL_NODE, "gone")));
        if (change == 0)
            put(view, KIND_VIRTUAL_NODE, "m", "other", "{}");
        else if (change == 1)
            take_out(view, KIND_VIRTUAL_NODE, "m", "other");
        else
            mesh_view_forget(view, mesh_view_item(view, ITEM_VIRTUAL_NODE, "gone"));
    }
    assert_null(mesh_part(view, item));
    mesh_view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_resource_is_found_replaced_and_removed),
        cmocka_unit_test(a_spec_is_parsed_when_somebody_looks),
        cmocka_unit_test(many_items_are_all_found),
        cmocka_unit_test(routes_are_a_part_of_their_router_sorted_by_name),
        cmocka_unit_test(a_read_is_recorded_once_and_absence_is_a_read_too),
        cmocka_unit_test(only_an_unread_absence_is_forgotten),
        cmocka_unit_test(what_is_kept_goes_when_its_item_changes),
        cmocka_unit_test(a_part_is_kept_until_anything_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
