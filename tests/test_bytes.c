/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>

#include "bytes.h"

static void runs_of_bytes_are_equal_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t a_size, b_size;
        bool equal;
    } rows[] = {
        {"a",    "a",    1, 1, true },
        {"ab",   "ac",   1, 1, true },
        {"a\0b", "a\0b", 3, 3, true },
        {"a\0b", "a\0c", 3, 3, false},
        {"a",    "ab",   1, 2, false},
        {NULL,   "",     0, 0, true },
        {NULL,   "a",    0, 1, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bytes a = {rows[i].a, rows[i].a_size}, b = {rows[i].b, rows[i].b_size};
        assert_int_equal(bytes_equal(a, b), rows[i].equal);
    }
}

static void a_literal_keeps_its_nul_characters(void **state)
{
    (void)state;
    assert_int_equal(BYTES("a\0b").size, 3);
    assert_true(bytes_equal(BYTES("abc"), bytes_of("abc")));
}

static void a_buffer_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    for (size_t i = 0; i < 5000; i++) {
        buffer_char(&buffer, (char)('a' + i % 26));
        assert_int_equal(buffer.size, i + 1);
        assert_int_equal(buffer.data[buffer.size], '\0');
        assert_true(buffer.capacity > buffer.size);
    }
    for (size_t i = 0; i < buffer.size; i++)
        assert_int_equal(buffer.data[i], 'a' + i % 26);
    buffer_clear(&buffer);
}

static void a_buffer_takes_text_bytes_and_formats(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_text(&buffer, "one");
    buffer_append(&buffer, NULL, 0);
    buffer_append(&buffer, "\0!", 2);
    buffer_printf(&buffer, "%s=%0300d", "n", 7);
    assert_int_equal(buffer.size, 3 + 2 + 2 + 300);
    assert_true(bytes_equal((struct bytes){buffer.data, 7}, BYTES("one\0!n=")));
    assert_int_equal(buffer.data[buffer.size - 1], '7');
    assert_int_equal(buffer.data[buffer.size], '\0');
    buffer_clear(&buffer);
}

static void a_cleared_buffer_is_empty_and_can_be_used(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_clear(&buffer);
    buffer_append(&buffer, "", 0);
    assert_string_equal(buffer.data, "");
    buffer_text(&buffer, "old");
    buffer_clear(&buffer);
    assert_int_equal(buffer_bytes(&buffer).size, 0);
    buffer_text(&buffer, "new");
    assert_true(bytes_equal(buffer_bytes(&buffer), BYTES("new")));
    buffer_clear(&buffer);
}

static void reserved_room_is_the_callers_to_fill(void **state)
{
    (void)state;
    struct buffer buffer = {0};
    buffer_text(&buffer, "a");
    memset(buffer_reserve(&buffer, 1000), 'x', 1000);
    buffer.size += 1000;
    buffer_char(&buffer, 'b');
    assert_int_equal(buffer.size, 1002);
    assert_int_equal(buffer.data[0], 'a');
    assert_int_equal(buffer.data[1000], 'x');
    assert_string_equal(buffer.data + 1001, "b");
    buffer_clear(&buffer);
}

static void new_memory_is_zero(void **state)
{
    (void)state;
    unsigned char *memory = memory_new(100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(memory[i], 0);
    memory = memory_resize(memory, 200);
    assert_int_equal(memory[99], 0);
    free(memory);
    free(memory_new(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_bytes_are_equal_by_content),
        cmocka_unit_test(a_literal_keeps_its_nul_characters),
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(a_buffer_takes_text_bytes_and_formats),
        cmocka_unit_test(a_cleared_buffer_is_empty_and_can_be_used),
        cmocka_unit_test(reserved_room_is_the_callers_to_fill),
        cmocka_unit_test(new_memory_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
