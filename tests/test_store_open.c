/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "arena.h"
#include "scratch.h"
#include "store.h"

#define MAP_SIZE ((uint64_t)1 << 30)
#define US_WEST ((struct scope){"123456789012", "us-west-2"})

struct fixture {
    struct scratch scratch;
    struct arena arena;
    struct store_options options;
    const char *reason;
};

static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    *fixture = (struct fixture){0};
    scratch_make(&fixture->scratch);
    fixture->options = (struct store_options){
        .directory = fixture->scratch.path, .durability = STORE_POWER, .map_size = MAP_SIZE};
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

static struct store *try_open(struct fixture *fixture)
{
    fixture->reason = NULL;
    return store_open(&fixture->options, &fixture->arena, &fixture->reason);
}

static struct store *must_open(struct fixture *fixture)
{
    struct store *store = try_open(fixture);
    assert_null(fixture->reason);
    assert_non_null(store);
    return store;
}

/* One line that says where and what. */
static void assert_refused(struct fixture *fixture, const char *directory, const char *words)
{
    assert_null(try_open(fixture));
    assert_non_null(fixture->reason);
    if (!strstr(fixture->reason, directory) || !strstr(fixture->reason, words))
        fail_msg("'%s' lacks '%s' or '%s'", fixture->reason, directory, words);
    assert_null(strchr(fixture->reason, '\n'));
}

static void write_file(struct fixture *fixture, const char *name, const void *data, size_t size)
{
    FILE *file = fopen(scratch_file(&fixture->scratch, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static off_t file_size(struct fixture *fixture, const char *name)
{
    struct stat file;
    assert_int_equal(stat(scratch_file(&fixture->scratch, name), &file), 0);
    return file.st_size;
}

/* Writes rows of 100 bytes to 20 KB in one batch; names from "a0" on. */
static void fill(struct store *store, int count)
{
    struct store_txn *batch;
    uint64_t scope, mesh, id;
    static char spec[20000];
    memset(spec, '1', sizeof spec);
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_scope_make(batch, &US_WEST, &scope), OK);
    assert_int_equal(store_put(batch, KIND_MESH, scope, "m", 0, BYTES("{"), BYTES("{}"), &mesh),
                     OK);
    for (int i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "a%d", i);
        const struct bytes value = {spec, i % 5 == 0 ? sizeof spec : 100};
        assert_int_equal(store_put(batch, KIND_VIRTUAL_NODE, mesh, name, 0, BYTES("{"), value, &id),
                         OK);
    }
    assert_int_equal(store_end(batch, OK), OK);
}

/* Number of nodes under the one mesh, each read to its last byte; -1 if there is no mesh. */
static int read_all(struct store *store)
{
    struct store_txn *reader = NULL;
    struct store_scan scan;
    struct store_row mesh;
    uint64_t scope;
    int count = -1;
    assert_int_equal(store_read(store, &reader), OK);
    if (store_scope(reader, &US_WEST, &scope) == OK &&
        store_get(reader, KIND_MESH, scope, "m", &mesh) == OK) {
        store_scan_begin(&scan, reader, KIND_VIRTUAL_NODE, mesh.id, NULL);
        for (count = 0; store_scan_next(&scan); count++)
            for (size_t i = 0; i < scan.row.spec.size; i++)
                assert_int_equal(scan.row.spec.data[i], '1');
        assert_int_equal(store_scan_end(&scan), OK);
    }
    store_reader_free(reader);
    return count;
}

static void the_directory_is_made_for_its_owner_alone(void **state)
{
    struct fixture *fixture = *state;
    static const char *const files[] = {"data.mdb", "lock.mdb", "lock"};
    struct scratch inner;
    struct stat info;
    assert_true(snprintf(inner.path, sizeof inner.path, "%s/data", fixture->scratch.path) > 0);
    fixture->options.directory = inner.path;
    store_close(must_open(fixture));
    assert_int_equal(stat(inner.path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_int_equal(stat(scratch_file(&inner, files[i]), &info), 0);
        assert_int_equal(info.st_mode & 07777, 0600);
    }
    scratch_clear(&inner);
}

static void a_directory_that_cannot_be_made_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.directory = "/nowhere/at/all";
    assert_refused(fixture, "/nowhere/at/all", "No such file or directory");
    fixture->options.directory = "/dev/null";
    assert_refused(fixture, "/dev/null", "Not a directory");
    fixture->options.directory = "/proc";
    assert_refused(fixture, "/proc", "cannot lock");
    fixture->options =
        (struct store_options){.directory = "/nowhere", .is_memory = true, .map_size = MAP_SIZE};
    assert_refused(fixture, "/nowhere", "temporary directory");
}

static void a_directory_in_use_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = must_open(fixture);
    assert_refused(fixture, fixture->scratch.path, "in use by another server");
    store_close(store);
    store_close(must_open(fixture));
}

/* Opens the store in a child and dies there by kill -9 while a batch is under way. */
static void die_with_the_store_open(struct fixture *fixture)
{
    int how;
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct store_txn *batch;
        struct store *store = must_open(fixture);
        fill(store, 20);
        if (store_begin(store, &batch) == OK && store_reset(batch) == OK)
            raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
}

static void a_killed_server_leaves_its_commits_and_no_lock(void **state)
{
    struct fixture *fixture = *state;
    die_with_the_store_open(fixture);
    struct store *store = must_open(fixture);
    assert_int_equal(read_all(store), 20);
    store_close(store);
}

static void a_file_of_another_program_is_refused(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 100, 4095, 4096, 4097, 8191, 8192, 12288, 100000};
    struct fixture *fixture = *state;
    char *garbage = memory_new(100000);
    for (size_t i = 0; i < 100000; i++)
        garbage[i] = (char)(i * 7919 >> 5);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        write_file(fixture, "data.mdb", garbage, sizes[i]);
        assert_refused(fixture, fixture->scratch.path, "is not a store of this program");
        assert_int_equal(file_size(fixture, "data.mdb"), sizes[i]);
    }
    memset(garbage, 0, 100000);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        write_file(fixture, "data.mdb", garbage, sizes[i]);
        assert_refused(fixture, fixture->scratch.path, "is not a store of this program");
    }
    free(garbage);
}

static void an_empty_file_becomes_a_store(void **state)
{
    struct fixture *fixture = *state;
    write_file(fixture, "data.mdb", "", 0);
    store_close(must_open(fixture));
}

/* What a power loss leaves before the first commit: anything, and the mark. */
static void a_store_that_was_never_finished_is_made_anew(void **state)
{
    struct fixture *fixture = *state;
    static const char half[4096];
    write_file(fixture, "data.mdb", half, sizeof half);
    write_file(fixture, "unfinished", "", 0);
    store_close(must_open(fixture));
    assert_int_equal(access(scratch_file(&fixture->scratch, "unfinished"), F_OK), -1);
    write_file(fixture, "data.mdb", half, sizeof half);
    assert_refused(fixture, fixture->scratch.path, "is not a store of this program");
}

static void a_mark_does_a_sound_store_no_harm(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = must_open(fixture);
    fill(store, 3);
    store_close(store);
    write_file(fixture, "unfinished", "", 0);
    store = must_open(fixture);
    assert_int_equal(read_all(store), 3);
    store_close(store);
}

static void garbage_in_lmdbs_lock_file_does_no_harm(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = must_open(fixture);
    fill(store, 3);
    store_close(store);
    write_file(fixture, "lock.mdb", "garbage", 7);
    store = must_open(fixture);
    assert_int_equal(read_all(store), 3);
    store_close(store);
}

/* A store with free pages, big rows and small ones. */
static void make_store(struct fixture *fixture)
{
    struct store_txn *batch;
    struct store *store = must_open(fixture);
    fill(store, 5);
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_reset(batch), OK);
    assert_int_equal(store_end(batch, OK), OK);
    fill(store, 30);
    store_close(store);
}

static void a_store_cut_short_at_any_page_is_refused_or_whole(void **state)
{
    struct fixture *fixture = *state;
    int refused = 0;
    make_store(fixture);
    const off_t size = file_size(fixture, "data.mdb");
    const int fd = open(scratch_file(&fixture->scratch, "data.mdb"), O_RDONLY);
    char *copy = memory_new((size_t)size);
    assert_int_equal(pread(fd, copy, (size_t)size, 0), size);
    close(fd);
    for (off_t cut = 4096; cut < size; cut += 2048) {
        write_file(fixture, "data.mdb", copy, (size_t)cut);
        struct store *store = try_open(fixture);
        if (store)
            assert_int_equal(read_all(store), 30);
        else
            refused++;
        store_close(store);
    }
    assert_true(refused > size / 4096);
    free(copy);
}

static struct bytes read_file(struct fixture *fixture, const char *name)
{
    const size_t size = (size_t)file_size(fixture, name);
    char *copy = arena_new(&fixture->arena, size);
    FILE *file = fopen(scratch_file(&fixture->scratch, name), "r");
    assert_non_null(file);
    assert_int_equal(fread(copy, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    return (struct bytes){copy, size};
}

/* Changes every place where data.mdb says `from` to `to`, of the same size. */
static void patch_store(struct fixture *fixture, struct bytes from, struct bytes to)
{
    const struct bytes file = read_file(fixture, "data.mdb");
    int patched = 0;
    assert_int_equal(from.size, to.size);
    for (char *at = (char *)(uintptr_t)file.data;
         (at = memmem(at, file.size - (size_t)(at - file.data), from.data, from.size)); patched++)
        memcpy(at, to.data, to.size);
    assert_true(patched > 0);
    write_file(fixture, "data.mdb", file.data, file.size);
}

static void opening_a_store_writes_nothing_to_it(void **state)
{
    struct fixture *fixture = *state;
    make_store(fixture);
    const struct bytes before = read_file(fixture, "data.mdb");
    store_close(must_open(fixture));
    assert_true(bytes_equal(read_file(fixture, "data.mdb"), before));
}

static void a_sound_store_may_end_before_its_last_page(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *batch;
    uint64_t id;
    static const char big[400000]; /* more than any run of free pages in the store */
    make_store(fixture);
    struct store *store = must_open(fixture);
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_put(batch, KIND_ROUTE, 1, "gone", 0, BYTES("{"),
                               (struct bytes){big, sizeof big}, &id),
                     OK);
    assert_int_equal(store_delete(batch, KIND_ROUTE, 1, "gone"), OK);
    assert_int_equal(store_end(batch, OK), OK);
    store_close(store);
    const off_t before = file_size(fixture, "data.mdb");
    store = must_open(fixture);
    assert_int_equal(read_all(store), 30);
    store_close(store);
    assert_true(file_size(fixture, "data.mdb") > before); /* or the test shows nothing */
}

/* Reads all nodes, in a process that may end doing so. */
static enum status read_nodes(struct store *store)
{
    struct store_txn *reader = NULL;
    struct store_scan scan;
    struct store_row mesh;
    uint64_t scope;
    enum status status = store_read(store, &reader);
    if (status == OK)
        status = store_scope(reader, &US_WEST, &scope);
    if (status == OK)
        status = store_get(reader, KIND_MESH, scope, "m", &mesh);
    if (status != OK)
        return status;
    store_scan_begin(&scan, reader, KIND_VIRTUAL_NODE, mesh.id, NULL);
    while (store_scan_next(&scan))
        ;
    return store_scan_end(&scan);
}

#define REFUSED 2

/* The exit code of a server that opens the store and reads it. */
static int fate_of_reading(struct fixture *fixture, char message[512])
{
    int how, out[2];
    assert_int_equal(pipe(out), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(out[1], STDERR_FILENO);
        struct store *store = try_open(fixture);
        _exit(store && read_nodes(store) == OK ? EXIT_SUCCESS : REFUSED);
    }
    close(out[1]);
    const ssize_t size = read(out[0], message, 511);
    close(out[0]);
    assert_true(size >= 0);
    message[size] = '\0';
    assert_int_equal(waitpid(pid, &how, 0), pid);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static void a_page_that_cannot_be_ends_the_server_with_one_line(void **state)
{
    static const char zeros[4096];
    struct fixture *fixture = *state;
    int died = 0;
    struct store *store = must_open(fixture);
    fill(store, 60); /* more than one page of names */
    store_close(store);
    const struct bytes file = read_file(fixture, "data.mdb");
    for (size_t page = 2; page < file.size / sizeof zeros; page++) {
        char message[512], *copy = arena_copy(&fixture->arena, file);
        memcpy(copy + page * sizeof zeros, zeros, sizeof zeros);
        write_file(fixture, "data.mdb", copy, file.size);
        if (fate_of_reading(fixture, message) != EXIT_FAILURE)
            continue;
        died++;
        assert_non_null(strstr(message, "appmesh-emulator: the store "));
        assert_non_null(strstr(message, "/data.mdb is damaged ("));
        assert_ptr_equal(strchr(message, '\n'), message + strlen(message) - 1);
    }
    assert_true(died > 0);
}

static void a_store_of_another_format_is_refused(void **state)
{
    struct fixture *fixture = *state;
    make_store(fixture);
    patch_store(fixture, BYTES("format\0\0\0\0\0\0\0\2"), BYTES("format\0\0\0\0\0\0\0\7"));
    assert_refused(fixture, fixture->scratch.path,
                   "has format 7 and this program reads only format 2");
}

static void an_lmdb_file_of_another_program_is_refused(void **state)
{
    struct fixture *fixture = *state;
    make_store(fixture);
    patch_store(fixture, BYTES("meta"), BYTES("mEta"));
    assert_refused(fixture, fixture->scratch.path, "is not a store of this program");
    patch_store(fixture, BYTES("mEta"), BYTES("meta"));
    patch_store(fixture, BYTES("format"), BYTES("fOrmat"));
    assert_refused(fixture, fixture->scratch.path, "is not a store of this program");
}

static void a_table_that_a_store_lacks_is_made(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *batch;
    make_store(fixture);
    patch_store(fixture, BYTES("tokens"), BYTES("tokenz"));
    struct store *store = must_open(fixture);
    assert_int_equal(read_all(store), 30);
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_tokens_put(batch, 1, BYTES("t")), OK);
    assert_int_equal(store_end(batch, OK), OK);
    store_close(store);
}

static void more_address_space_than_there_is_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.map_size = (uint64_t)1 << 47;
    assert_refused(fixture, fixture->scratch.path, "--map-size");
}

static void a_map_that_cannot_hold_an_empty_store_is_refused(void **state)
{
    struct fixture *fixture = *state;
    int refused = 0, opened = 0;
    for (uint64_t pages = 1; pages < 16; pages++) {
        fixture->options.map_size = pages * 4096;
        struct store *store = try_open(fixture);
        if (store)
            opened++;
        else
            refused++;
        assert_true((store == NULL) == (fixture->reason != NULL));
        store_close(store);
    }
    assert_true(refused > 0 && opened > 0);
}

static enum status put_until_full(struct store *store, int *out_kept)
{
    struct store_txn *batch, *child;
    uint64_t id;
    enum status status = OK;
    static char spec[1000];
    memset(spec, '1', sizeof spec);
    assert_int_equal(store_begin(store, &batch), OK);
    for (*out_kept = 0; status == OK; *out_kept += status == OK) {
        char name[16];
        snprintf(name, sizeof name, "f%d", *out_kept);
        assert_int_equal(store_child_begin(batch, &child), OK);
        status = store_put(child, KIND_VIRTUAL_SERVICE, 1, name, 0, BYTES("{"),
                           (struct bytes){spec, sizeof spec}, &id);
        status = store_child_end(child, status);
    }
    assert_int_equal(status, ERR_UNAVAILABLE);
    return store_end(batch, OK);
}

static void a_full_map_is_unavailable_until_there_is_room(void **state)
{
    struct fixture *fixture = *state;
    struct store_txn *batch, *reader = NULL;
    int kept;
    fixture->options.map_size = 512 * 1024;
    struct store *store = must_open(fixture);
    fill(store, 3);
    for (int round = 0; round < 3; round++) {
        const enum status status = put_until_full(store, &kept);
        assert_true(kept > 50);
        assert_true(status == OK || status == ERR_UNAVAILABLE);
        assert_false(store_is_dead(store));
        assert_int_equal(read_all(store), 3);
        assert_int_equal(store_read(store, &reader), OK);
        assert_int_equal(store_count(reader, KIND_VIRTUAL_SERVICE), status == OK ? kept : 0);
        store_read_end(reader);
        assert_int_equal(store_begin(store, &batch), OK);
        assert_int_equal(store_reset(batch), OK);
        assert_int_equal(store_end(batch, OK), OK);
        fill(store, 3);
    }
    store_reader_free(reader);
    store_close(store);
    fixture->options.map_size = MAP_SIZE;
    store = must_open(fixture);
    assert_int_equal(read_all(store), 3);
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_reset(batch), OK);
    assert_int_equal(store_end(batch, OK), OK);
    fill(store, 1000); /* which 512 KiB would not hold */
    store_close(store);
}

static void a_store_in_memory_leaves_no_file(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.is_memory = true;
    struct store *store = must_open(fixture), *other = must_open(fixture);
    assert_int_equal(scratch_count(&fixture->scratch), 0);
    fill(store, 100);
    assert_int_equal(read_all(store), 100);
    assert_int_equal(read_all(other), -1);
    store_close(store);
    fill(other, 2);
    assert_int_equal(read_all(other), 2);
    store_close(other);
    assert_int_equal(scratch_count(&fixture->scratch), 0);
    store_close(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_directory_is_made_for_its_owner_alone),
        TEST(a_directory_that_cannot_be_made_is_refused),
        TEST(a_directory_in_use_is_refused),
        TEST(a_killed_server_leaves_its_commits_and_no_lock),
        TEST(a_file_of_another_program_is_refused),
        TEST(an_empty_file_becomes_a_store),
        TEST(a_store_that_was_never_finished_is_made_anew),
        TEST(a_mark_does_a_sound_store_no_harm),
        TEST(garbage_in_lmdbs_lock_file_does_no_harm),
        TEST(a_store_cut_short_at_any_page_is_refused_or_whole),
        TEST(a_sound_store_may_end_before_its_last_page),
        TEST(opening_a_store_writes_nothing_to_it),
        TEST(a_page_that_cannot_be_ends_the_server_with_one_line),
        TEST(a_store_of_another_format_is_refused),
        TEST(an_lmdb_file_of_another_program_is_refused),
        TEST(a_table_that_a_store_lacks_is_made),
        TEST(a_map_that_cannot_hold_an_empty_store_is_refused),
        TEST(more_address_space_than_there_is_is_refused),
        TEST(a_full_map_is_unavailable_until_there_is_room),
        TEST(a_store_in_memory_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
