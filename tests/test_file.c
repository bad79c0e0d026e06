/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include "file.h"
#include "scratch.h"

struct fixture {
    struct scratch scratch;
    struct arena arena;
    const char *path, *reason;
};

static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    scratch_make(&fixture->scratch);
    fixture->path = scratch_file(&fixture->scratch, "file");
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    scratch_clear(&fixture->scratch);
    arena_clear(&fixture->arena);
    free(fixture);
    return 0;
}

static void write_file(const struct fixture *fixture, struct bytes bytes)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

/* As many bytes as asked for, each telling its place. */
static struct bytes pattern(struct fixture *fixture, size_t size)
{
    char *data = arena_new(&fixture->arena, size);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)('a' + i % 23);
    return (struct bytes){data, size};
}

static void all_bytes_of_a_file_are_read(void **state)
{
    static const size_t sizes[] = {0, 1, 4096, 65535, 65536, 65537, 1000000};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct buffer buffer = {0};
        const struct bytes bytes = pattern(fixture, sizes[i]);
        write_file(fixture, bytes);
        assert_true(file_read(fixture->path, sizes[i], &buffer));
        assert_int_equal(buffer.size, bytes.size);
        assert_memory_equal(buffer.data, bytes.data, bytes.size);
        buffer_clear(&buffer);
    }
}

static void what_cannot_be_read_is_an_errno(void **state)
{
    struct fixture *fixture = *state;
    const struct {
        const char *path;
        int why;
    } rows[] = {
        {"/nowhere",            ENOENT},
        {fixture->scratch.path, EISDIR},
        {"/dev/zero",           EFBIG },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buffer buffer = {0};
        assert_false(file_read(rows[i].path, 1000, &buffer));
        assert_int_equal(errno, rows[i].why);
        buffer_clear(&buffer);
    }
}

static void a_text_ends_in_nul(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, BYTES("one\ntwo"));
    assert_string_equal(file_text(&fixture->arena, fixture->path, &fixture->reason), "one\ntwo");
    const struct bytes largest = pattern(fixture, FILE_TEXT_MAX);
    write_file(fixture, largest);
    const char *text = file_text(&fixture->arena, fixture->path, &fixture->reason);
    assert_int_equal(strlen(text), FILE_TEXT_MAX);
}

static void assert_no_text(struct fixture *fixture, const char *path, const char *why)
{
    assert_null(file_text(&fixture->arena, path, &fixture->reason));
    assert_string_equal(fixture->reason, arena_printf(&fixture->arena, "%s: %s", path, why));
}

static void what_is_no_text_has_a_reason(void **state)
{
    struct fixture *fixture = *state;
    assert_no_text(fixture, "/nowhere", "No such file or directory");
    assert_no_text(fixture, "/dev/null", "the file is empty");
    assert_no_text(fixture, "/dev/zero", "File too large");
    write_file(fixture, BYTES("\0text"));
    assert_no_text(fixture, fixture->path, "the file is not text");
    write_file(fixture, BYTES("text\0"));
    assert_no_text(fixture, fixture->path, "the file is not text");
    write_file(fixture, pattern(fixture, FILE_TEXT_MAX + 1));
    assert_no_text(fixture, fixture->path, "File too large");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_bytes_of_a_file_are_read),
        TEST(what_cannot_be_read_is_an_errno),
        TEST(a_text_ends_in_nul),
        TEST(what_is_no_text_has_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
