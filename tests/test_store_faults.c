/* SPDX-License-Identifier: Apache-2.0
 *
 * The store on a disk that fails: the Nth call of each kind that LMDB makes, for all N.
 *
 * The functions below stand in front of libc's, for the libraries too. They let all calls through
 * but the one that the test has asked to fail, and note the order of those that matter.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "arena.h"
#include "log.h"
#include "scratch.h"
#include "store.h"

enum call { NONE, PWRITE, WRITEV, FDATASYNC, FSYNC, FTRUNCATE, CALL_COUNT };

static struct {
    enum call call;  /* that fails */
    int nth;         /* from 1 */
    bool is_lasting; /* and all after it */
    bool is_short;   /* half of it is written before it fails */
    int error;
    atomic_int seen; /* calls of that kind so far */
    sem_t synced;
    bool holds_sync;       /* until somebody has read, */
    sem_t read;            /* and says so, */
    atomic_bool is_unread; /* unless that took too long */
    char events[64];       /* w: write, s: fdatasync, m: write that is its own sync */
    size_t event_count;
} fault;

static bool fails(enum call call)
{
    if (fault.call != call)
        return false;
    const int seen = atomic_fetch_add(&fault.seen, 1) + 1;
    errno = fault.error;
    return fault.is_lasting ? seen >= fault.nth : seen == fault.nth;
}

static bool has_fired(void)
{
    return atomic_load(&fault.seen) >= fault.nth;
}

#define PATIENCE_S 20

static bool comes(sem_t *semaphore)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    return sem_timedwait(semaphore, &deadline) == 0;
}

static void note(char event)
{
    if (fault.event_count < sizeof fault.events - 1)
        fault.events[fault.event_count++] = event;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    note(fcntl(fd, F_GETFL) & O_DSYNC ? 'm' : 'w');
    if (!fails(PWRITE))
        return syscall(SYS_pwrite64, fd, data, size, offset);
    if (fault.is_short)
        return syscall(SYS_pwrite64, fd, data, size / 2, offset);
    return -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    note('w');
    if (!fails(WRITEV))
        return syscall(SYS_writev, fd, parts, count);
    if (fault.is_short)
        return syscall(SYS_writev, fd, parts, count / 2);
    return -1;
}

/* Nothing here loses power, so neither of the two waits for the disk. */
int fsync(int fd)
{
    (void)fd;
    return fails(FSYNC) ? -1 : 0;
}

int fdatasync(int fd)
{
    (void)fd;
    note('s');
    sem_post(&fault.synced);
    if (fault.holds_sync && !comes(&fault.read))
        atomic_store(&fault.is_unread, true);
    return fails(FDATASYNC) ? -1 : 0;
}

int ftruncate(int fd, off_t size)
{
    return fails(FTRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

#define US_WEST ((struct scope){"123456789012", "us-west-2"})
#define BATCHES 5
#define WRITES 4 /* a batch */

struct fixture {
    struct scratch scratch;
    struct arena arena;
    struct store_options options;
    uint64_t mesh;
};

static void be_sound(void)
{
    fault.call = NONE;
}

static void fail_at(enum call call, int nth)
{
    fault.call = call;
    fault.nth = nth;
    atomic_store(&fault.seen, 0);
}

static int setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    *fixture = (struct fixture){0};
    scratch_make(&fixture->scratch);
    fixture->options = (struct store_options){.directory = fixture->scratch.path,
                                              .durability = STORE_POWER,
                                              .map_size = (uint64_t)1 << 30};
    *state = fixture;
    be_sound();
    sem_init(&fault.synced, 0, 0);
    log_configure(LOG_OFF, LOG_TEXT);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    be_sound();
    scratch_clear(&fixture->scratch);
    arena_clear(&fixture->arena);
    free(fixture);
    return 0;
}

static struct store *must_open(struct fixture *fixture)
{
    const char *reason = "";
    struct store *store = store_open(&fixture->options, &fixture->arena, &reason);
    assert_string_equal(reason, "");
    return store;
}

static void make_mesh(struct fixture *fixture, struct store *store)
{
    struct store_txn *batch;
    uint64_t scope;
    assert_int_equal(store_begin(store, &batch), OK);
    assert_int_equal(store_scope_make(batch, &US_WEST, &scope), OK);
    assert_int_equal(
        store_put(batch, KIND_MESH, scope, "m", 0, BYTES("{"), BYTES("{}"), &fixture->mesh), OK);
    assert_int_equal(store_end(batch, OK), OK);
}

/* One write: a row with a tag and a reference. */
static enum status write_one(struct fixture *fixture, struct store_txn *batch, int number, int i)
{
    struct store_txn *child;
    uint64_t id;
    char name[32];
    static const char spec[3000]; /* more than a page takes inline */
    snprintf(name, sizeof name, "n%d-%d", number, i);
    enum status status = store_child_begin(batch, &child);
    if (status != OK)
        return status;
    status = store_put(child, KIND_VIRTUAL_NODE, fixture->mesh, name, 0, BYTES("{"),
                       (struct bytes){spec, i % 2 ? sizeof spec : 300}, &id);
    if (status == OK)
        status = store_tags_put(child, id, BYTES("[]"));
    if (status == OK)
        status =
            store_reference_add(child, fixture->mesh, KIND_VIRTUAL_NODE, "target", KIND_ROUTE, id);
    return store_child_end(child, status);
}

static enum status write_batch(struct fixture *fixture, struct store *store, int number)
{
    struct store_txn *batch;
    enum status status = store_begin(store, &batch);
    if (status != OK)
        return status;
    for (int i = 0; status == OK && i < WRITES; i++)
        status = write_one(fixture, batch, number, i);
    return store_end(batch, status);
}

/* What a reader must find: each batch whole or not at all, and nothing besides. */
static void assert_holds(struct fixture *fixture, struct store *store, const bool kept[BATCHES])
{
    struct store_txn *reader = NULL;
    struct store_row row;
    struct bytes tags;
    uint64_t *ids;
    size_t referrers;
    uint64_t expected = 0;
    char name[32];
    assert_int_equal(store_read(store, &reader), OK);
    for (int number = 0; number < BATCHES; number++)
        for (int i = 0; i < WRITES; i++) {
            snprintf(name, sizeof name, "n%d-%d", number, i);
            const enum status status =
                store_get(reader, KIND_VIRTUAL_NODE, fixture->mesh, name, &row);
            assert_int_equal(status, kept[number] ? OK : ERR_NOT_FOUND);
            if (!kept[number])
                continue;
            expected++;
            assert_int_equal(store_tags(reader, row.id, &tags), OK);
            assert_int_equal(tags.size, 2);
        }
    assert_int_equal(store_count(reader, KIND_VIRTUAL_NODE), expected);
    assert_int_equal(store_referrers(reader, fixture->mesh, KIND_VIRTUAL_NODE, "target", KIND_ROUTE,
                                     SIZE_MAX, &fixture->arena, &ids, &referrers),
                     OK);
    assert_int_equal(referrers, expected);
    store_reader_free(reader);
}

static void assert_dead(struct store *store)
{
    struct store_txn *txn = NULL;
    assert_true(store_is_dead(store));
    assert_int_equal(store_begin(store, &txn), ERR_UNAVAILABLE);
    assert_int_equal(store_read(store, &txn), ERR_UNAVAILABLE);
}

/* Runs the whole workload with the fault set. False once the fault lies beyond its end. */
static bool survives(struct fixture *fixture)
{
    const enum call call = fault.call;
    bool kept[BATCHES];
    be_sound();
    scratch_make(&fixture->scratch);
    fixture->options.directory = fixture->scratch.path;
    struct store *store = must_open(fixture);
    make_mesh(fixture, store);
    fail_at(call, fault.nth);
    for (int number = 0; number < BATCHES; number++) {
        const bool was_sound = !has_fired();
        const enum status status = write_batch(fixture, store, number);
        kept[number] = status == OK;
        if (status != OK) {
            assert_int_equal(status, ERR_UNAVAILABLE);
            assert_true(has_fired());
        }
        if (!was_sound && !fault.is_lasting && !store_is_dead(store))
            assert_int_equal(status, OK); /* service goes on */
    }
    const bool is_fired = has_fired();
    be_sound();
    if (store_is_dead(store))
        assert_dead(store);
    else
        assert_holds(fixture, store, kept);
    store_close(store);
    store = must_open(fixture);
    assert_holds(fixture, store, kept);
    assert_int_equal(write_batch(fixture, store, BATCHES), OK);
    store_close(store);
    scratch_clear(&fixture->scratch);
    return is_fired;
}

/* Answers how many calls of that kind the workload makes. */
static int sweep(struct fixture *fixture, enum call call)
{
    int nth = 1;
    for (fail_at(call, nth); survives(fixture); fail_at(call, ++nth))
        ;
    return nth - 1;
}

static const struct {
    int error;
    bool is_lasting;
} failures[] = {
    {EIO,    false},
    {EIO,    true },
    {ENOSPC, true },
    {EDQUOT, false}
};

static void a_failing_disk_is_unavailable_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    scratch_clear(&fixture->scratch);
    for (size_t i = 0; i < COUNT(failures); i++) {
        fault.error = failures[i].error;
        fault.is_lasting = failures[i].is_lasting;
        assert_true(sweep(fixture, PWRITE) >= BATCHES); /* at least each meta page */
        assert_true(sweep(fixture, WRITEV) > 0);
        assert_int_equal(sweep(fixture, FDATASYNC), BATCHES);
    }
    scratch_make(&fixture->scratch);
}

static void a_write_cut_short_is_unavailable_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    scratch_clear(&fixture->scratch);
    fault.is_lasting = false;
    fault.is_short = true;
    assert_true(sweep(fixture, PWRITE) >= BATCHES);
    assert_true(sweep(fixture, WRITEV) > 0);
    fault.is_short = false;
    scratch_make(&fixture->scratch);
}

static void a_meta_page_that_fails_ends_the_store(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = must_open(fixture);
    make_mesh(fixture, store);
    fault.error = EIO;
    fault.is_lasting = true;
    fail_at(PWRITE, 1); /* a batch's pages lie together and go out by writev */
    assert_int_equal(write_batch(fixture, store, 0), ERR_UNAVAILABLE);
    be_sound();
    assert_dead(store);
    store_close(store);
    store = must_open(fixture);
    assert_holds(fixture, store, (const bool[BATCHES]){false});
    store_close(store);
}

/* Opens with each call failing in turn; every refusal has a reason and does not last. A new store
 * needs calls of each kind, one that is there none. */
static void sweep_open(struct fixture *fixture, bool is_new)
{
    for (enum call call = NONE + 1; call < CALL_COUNT; call++) {
        bool is_fired = true;
        int nth = 1;
        for (; is_fired; nth++) {
            const char *reason = NULL;
            if (is_new) {
                scratch_clear(&fixture->scratch);
                scratch_make(&fixture->scratch);
            }
            fail_at(call, nth);
            struct store *store = store_open(&fixture->options, &fixture->arena, &reason);
            is_fired = has_fired();
            be_sound();
            assert_true((store == NULL) == is_fired);
            assert_true((reason != NULL) == is_fired);
            store_close(store);
            store_close(must_open(fixture));
        }
        assert_int_equal(nth > 2, is_new);
    }
}

static void a_disk_that_fails_at_the_start_is_a_reason(void **state)
{
    struct fixture *fixture = *state;
    fault.error = EIO;
    fault.is_lasting = false;
    sweep_open(fixture, true);
    sweep_open(fixture, false);
}

static const char *events_of_a_batch(struct fixture *fixture)
{
    struct store *store = must_open(fixture);
    make_mesh(fixture, store);
    memset(fault.events, 0, sizeof fault.events);
    fault.event_count = 0;
    assert_int_equal(write_batch(fixture, store, 0), OK);
    char *events = arena_printf(&fixture->arena, "%s", fault.events);
    store_close(store);
    return events;
}

static void power_syncs_pages_then_meta_page_before_it_answers(void **state)
{
    struct fixture *fixture = *state;
    const char *events = events_of_a_batch(fixture);
    const size_t pages = strspn(events, "w");
    assert_true(pages > 0);
    assert_string_equal(events + pages, "sm");
}

static void memory_never_syncs(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.is_memory = true;
    const char *events = events_of_a_batch(fixture);
    assert_int_equal(strspn(events, "w"), strlen(events));
    assert_int_equal(sem_trywait(&fault.synced), -1);
}

static void process_syncs_within_seconds_and_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.durability = STORE_PROCESS;
    struct store *store = must_open(fixture);
    make_mesh(fixture, store);
    assert_true(comes(&fault.synced));
    assert_int_equal(write_batch(fixture, store, 0), OK);
    store_close(store);
    assert_int_equal(sem_trywait(&fault.synced), 0);
}

/* More than a batch may leave in LMDB's hands: the environment is exchanged after it. */
static void write_large_batch(struct fixture *fixture, struct store *store)
{
    struct store_txn *batch;
    uint64_t id;
    char name[32];
    assert_int_equal(store_begin(store, &batch), OK);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "large%d", i);
        assert_int_equal(store_put(batch, KIND_VIRTUAL_NODE, fixture->mesh, name, 0, BYTES("{"),
                                   BYTES("{}"), &id),
                         OK);
    }
    assert_int_equal(store_end(batch, OK), OK);
}

static void process_syncs_after_a_large_batch_too(void **state)
{
    struct fixture *fixture = *state;
    fixture->options.durability = STORE_PROCESS;
    struct store *store = must_open(fixture);
    write_large_batch(fixture, store);
    for (int number = 0; number < 3; number++) { /* two syncs may be the large batch's own */
        assert_int_equal(write_batch(fixture, store, number), OK);
        assert_true(comes(&fault.synced));
    }
    store_close(store);
}

static void *read_during_a_sync(void *store)
{
    struct store_txn *reader = NULL;
    enum status status = ERR_UNAVAILABLE;
    if (comes(&fault.synced))
        status = store_read(store, &reader);
    sem_post(&fault.read);
    store_reader_free(reader);
    return (void *)(intptr_t)status;
}

/* The helper syncs before the exchange. */
static void a_reader_does_not_wait_for_the_sync_after_a_large_batch(void **state)
{
    struct fixture *fixture = *state;
    pthread_t thread;
    void *status;
    fixture->options.durability = STORE_PROCESS;
    struct store *store = must_open(fixture);
    sem_init(&fault.read, 0, 0);
    fault.holds_sync = true;
    assert_int_equal(pthread_create(&thread, NULL, read_during_a_sync, store), 0);
    write_large_batch(fixture, store);
    fault.holds_sync = false;
    assert_int_equal(pthread_join(thread, &status), 0);
    assert_int_equal((intptr_t)status, OK);
    assert_false(atomic_load(&fault.is_unread));
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_failing_disk_is_unavailable_and_loses_nothing),
        TEST(a_write_cut_short_is_unavailable_and_loses_nothing),
        TEST(a_meta_page_that_fails_ends_the_store),
        TEST(a_disk_that_fails_at_the_start_is_a_reason),
        TEST(power_syncs_pages_then_meta_page_before_it_answers),
        TEST(memory_never_syncs),
        TEST(process_syncs_within_seconds_and_at_the_end),
        TEST(process_syncs_after_a_large_batch_too),
        TEST(a_reader_does_not_wait_for_the_sync_after_a_large_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
