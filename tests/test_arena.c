/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdalign.h>

#include "arena.h"

static const size_t sizes[] = {0, 1, 7, 8, 100, 1000, 1024, 1025, 4096, 5000, 100000, 3, 16};

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena arena = {0};
    unsigned char *pieces[COUNT(sizes) * 20];
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t size = sizes[i % COUNT(sizes)];
        pieces[i] = arena_new(&arena, size);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < size; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)(i % 255) + 1, size);
    }
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (size_t j = 0; j < sizes[i % COUNT(sizes)]; j++)
            assert_int_equal(pieces[i][j], i % 255 + 1);
    arena_clear(&arena);
}

static void a_large_piece_does_not_waste_the_open_block(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *first = arena_new(&arena, 16);
    arena_new(&arena, 100000);
    char *second = arena_new(&arena, 16);
    assert_ptr_equal(second, first + 16);
    arena_clear(&arena);
}

static void copies_and_prints_are_terminated(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *copy = arena_copy(&arena, (struct bytes){"hello", 4});
    char *nothing = arena_copy(&arena, (struct bytes){NULL, 0});
    char *line = arena_printf(&arena, "%s/%d", copy, 42);
    assert_string_equal(copy, "hell");
    assert_string_equal(nothing, "");
    assert_string_equal(line, "hell/42");
    arena_clear(&arena);
}

static void a_cleared_arena_can_be_used_and_cleared_again(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_clear(&arena);
    assert_string_equal(arena_copy(&arena, BYTES("a")), "a");
    arena_clear(&arena);
    assert_string_equal(arena_copy(&arena, BYTES("b")), "b");
    arena_clear(&arena);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_large_piece_does_not_waste_the_open_block),
        cmocka_unit_test(copies_and_prints_are_terminated),
        cmocka_unit_test(a_cleared_arena_can_be_used_and_cleared_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
