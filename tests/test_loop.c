/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"
#include "loop.h"

/* What happened, one letter each. The loop stops at the full stop. */
struct story {
    struct loop *loop;
    char text[64];
};

/* Has a descriptor that is always readable, a timer and a task; each tells its letter, then does
 * one thing. */
struct actor {
    struct story *story;
    char letter;
    void (*then)(struct actor *);
    struct actor *other;
    struct loop_watch watch;
    struct loop_timer timer;
    struct loop_task task;
};

static void act(void *context)
{
    struct actor *actor = context;
    struct story *story = actor->story;
    size_t length = strlen(story->text);
    assert_true(length + 1 < sizeof(story->text));
    story->text[length] = actor->letter;
    if (actor->letter == '.')
        loop_stop(story->loop);
    if (actor->then)
        actor->then(actor);
}

static void act_ready(void *context, uint32_t events)
{
    assert_int_equal(events, EPOLLIN);
    act(context);
}

static void cast(struct actor *actor, struct story *story, char letter)
{
    *actor = (struct actor){.story = story, .letter = letter};
    actor->watch = (struct loop_watch){eventfd(1, 0), act_ready, actor, NULL};
    actor->timer = (struct loop_timer){.due = act, .context = actor};
    actor->task = (struct loop_task){.run = act, .context = actor};
    assert_true(actor->watch.fd >= 0);
}

static void setup(struct story *story, struct actor *a, struct actor *b, struct actor *end)
{
    *story = (struct story){.loop = loop_new()};
    assert_non_null(story->loop);
    cast(a, story, 'a');
    cast(b, story, 'b');
    cast(end, story, '.');
    a->other = b;
    b->other = a;
}

static void play(struct story *story, struct actor *a, struct actor *b, struct actor *end)
{
    loop_run(story->loop);
    loop_free(story->loop);
    close(a->watch.fd);
    close(b->watch.fd);
    close(end->watch.fd);
}

static void unwatch_self(struct actor *actor)
{
    loop_unwatch(&actor->watch);
}

static void unwatch_other(struct actor *actor)
{
    loop_unwatch(&actor->other->watch);
}

static void silence_self(struct actor *actor)
{
    loop_watch_change(&actor->watch, 0);
}

static void defer_other(struct actor *actor)
{
    loop_defer(actor->story->loop, &actor->other->task);
}

static void stop_other(struct actor *actor)
{
    loop_timer_stop(&actor->other->timer);
}

static void unwatch_at_third(struct actor *actor)
{
    if (strlen(actor->story->text) < 3)
        return;
    unwatch_self(actor);
    defer_other(actor);
}

static void defer_self_until_sixth(struct actor *actor)
{
    bool is_sixth = strlen(actor->story->text) == 6;
    loop_defer(actor->story->loop, is_sixth ? &actor->other->task : &actor->task);
}

static void restart_until_third(struct actor *actor)
{
    if (strlen(actor->story->text) < 3)
        loop_timer_start(actor->story->loop, &actor->timer, 0);
    else
        defer_other(actor);
}

static void a_readable_descriptor_is_told_each_round(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = unwatch_at_third;
    a.other = &end;
    loop_watch(story.loop, &a.watch, EPOLLIN);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "aaa.");
}

static void a_watch_may_silence_itself(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = silence_self;
    loop_watch(story.loop, &a.watch, EPOLLIN);
    loop_timer_start(story.loop, &end.timer, 5);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "a.");
}

static void a_watch_may_remove_itself(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = unwatch_self;
    loop_watch(story.loop, &a.watch, EPOLLIN);
    loop_timer_start(story.loop, &end.timer, 5);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "a.");
    loop_unwatch(&a.watch); /* nothing */
}

/* Both are ready in the first wait. The one that is called removes both. */
static void a_removed_watch_gets_no_event_that_has_already_come(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.letter = b.letter = 'x';
    a.then = b.then = unwatch_other;
    loop_watch(story.loop, &a.watch, EPOLLIN);
    loop_watch(story.loop, &b.watch, EPOLLIN);
    loop_defer(story.loop, &end.task);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "x.");
}

static void what_is_put_off_runs_once_in_order_after_all_that_is_ready(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = unwatch_self;
    end.other = &b;
    end.then = defer_other; /* would run in the next round */
    loop_defer(story.loop, &a.task);
    loop_defer(story.loop, &end.task);
    loop_defer(story.loop, &a.task); /* nothing */
    loop_watch(story.loop, &a.watch, EPOLLIN);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "aa.");
}

static void work_that_puts_itself_off_leaves_others_their_turn(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = defer_self_until_sixth;
    a.other = &end;
    loop_defer(story.loop, &a.task);
    loop_watch(story.loop, &b.watch, EPOLLIN);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "bababab.");
}

static void work_that_is_cancelled_does_not_run(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    loop_defer(story.loop, &a.task);
    loop_defer(story.loop, &b.task);
    loop_cancel(story.loop, &b.task); /* the last */
    loop_defer(story.loop, &end.task);
    loop_cancel(story.loop, &a.task); /* the first */
    loop_cancel(story.loop, &a.task); /* nothing */
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, ".");
}

static void timers_come_in_order_of_time(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    loop_timer_start(story.loop, &end.timer, 200);
    loop_timer_start(story.loop, &b.timer, 100);
    loop_timer_start(story.loop, &a.timer, 1);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "ab.");
}

static void starting_a_started_timer_moves_it(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    loop_timer_start(story.loop, &a.timer, 0);
    loop_timer_start(story.loop, &b.timer, 600000);
    loop_timer_start(story.loop, &b.timer, 1);
    loop_timer_start(story.loop, &a.timer, 3);
    loop_timer_start(story.loop, &end.timer, 5);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "ba.");
}

static void a_timer_that_is_stopped_in_its_own_round_does_not_come(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.letter = b.letter = 'x';
    a.then = b.then = stop_other;
    loop_timer_start(story.loop, &a.timer, 0);
    loop_timer_start(story.loop, &b.timer, 0);
    loop_timer_start(story.loop, &end.timer, 9);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "x.");
    loop_timer_stop(&a.timer); /* nothing */
}

static void a_timer_may_start_itself_again(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    a.then = restart_until_third;
    a.other = &end;
    loop_timer_start(story.loop, &a.timer, 0);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "aaa.");
}

static int64_t no_patience(void *context)
{
    (void)context;
    return 0;
}

/* The loop looks all the time, from any part of a millisecond on. */
static void a_timer_is_never_early(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        struct story story;
        struct actor a, b, end;
        int64_t after_ms = i % 3;
        setup(&story, &a, &b, &end);
        loop_set_patience(story.loop, no_patience, NULL);
        int64_t start_us = clock_monotonic_us();
        loop_timer_start(story.loop, &end.timer, after_ms);
        play(&story, &a, &b, &end);
        assert_true(clock_monotonic_us() - start_us >= after_ms * 1000);
    }
}

/* A thousand timers, some moved and some stopped, against the order of their times. */
#define CROWD 1000
struct crowd {
    struct loop *loop;
    struct loop_timer timers[CROWD];
    struct member {
        struct crowd *crowd;
        bool is_expected;
    } members[CROWD];
    int64_t last_at_ms;
    size_t waiting;
};

static void member_due(void *context)
{
    struct member *member = context;
    struct crowd *crowd = member->crowd;
    int64_t at_ms = crowd->timers[member - crowd->members].at_ms;
    assert_true(member->is_expected);
    assert_true(at_ms >= crowd->last_at_ms);
    member->is_expected = false;
    crowd->last_at_ms = at_ms;
    if (--crowd->waiting == 0)
        loop_stop(crowd->loop);
}

static void a_thousand_timers_keep_their_order(void **state)
{
    (void)state;
    struct crowd *crowd = memory_new(sizeof(*crowd));
    unsigned seed = 1;
    crowd->loop = loop_new();
    for (size_t i = 0; i < CROWD; i++) {
        crowd->members[i] = (struct member){crowd, true};
        crowd->timers[i] = (struct loop_timer){.due = member_due, .context = &crowd->members[i]};
        loop_timer_start(crowd->loop, &crowd->timers[i], rand_r(&seed) % 50);
    }
    crowd->waiting = CROWD;
    for (size_t i = 0; i < CROWD; i += 3) {
        if (i % 2) {
            loop_timer_start(crowd->loop, &crowd->timers[i], rand_r(&seed) % 50);
        } else {
            loop_timer_stop(&crowd->timers[i]);
            crowd->members[i].is_expected = false;
            crowd->waiting--;
        }
    }
    loop_run(crowd->loop);
    for (size_t i = 0; i < CROWD; i++)
        assert_false(crowd->members[i].is_expected);
    loop_free(crowd->loop);
    free(crowd);
}

static void *stop_from_outside(void *loop)
{
    loop_stop(loop);
    return NULL;
}

static void another_thread_may_stop_the_loop(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, stop_from_outside, loop), 0);
    loop_run(loop);
    pthread_join(thread, NULL);
    loop_free(loop);
}

static struct loop *signalled_loop;

static void stop_on_signal(int number)
{
    (void)number;
    loop_stop(signalled_loop);
}

static void raise_alarm(void *context)
{
    (void)context;
    raise(SIGUSR1);
}

static void a_signal_handler_may_stop_the_loop_and_it_may_run_again(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = stop_on_signal}, before;
    sigaction(SIGUSR1, &action, &before);
    signalled_loop = loop_new();
    struct loop_timer timer = {.due = raise_alarm};
    for (int i = 0; i < 2; i++) {
        loop_timer_start(signalled_loop, &timer, 0);
        loop_run(signalled_loop);
        assert_null(timer.loop);
    }
    sigaction(SIGUSR1, &before, NULL);
    loop_free(signalled_loop);
}

static void a_loop_stopped_before_it_runs_returns_at_once(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    loop_defer(story.loop, &a.task);
    loop_stop(story.loop);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "");
}

static int64_t patience_of_a_millisecond(void *context)
{
    struct actor *end = context;
    size_t length = strlen(end->story->text);
    if (length == 3)
        loop_defer(end->story->loop, &end->task);
    else
        end->story->text[length] = 'p';
    return length == 3 ? -1 : 1;
}

static void patience_ends_a_wait_and_may_put_off_work(void **state)
{
    (void)state;
    struct story story;
    struct actor a, b, end;
    setup(&story, &a, &b, &end);
    loop_set_patience(story.loop, patience_of_a_millisecond, &end);
    play(&story, &a, &b, &end);
    assert_string_equal(story.text, "ppp.");
}

static void a_loop_without_descriptors_left_is_not_made(void **state)
{
    (void)state;
    struct rlimit before, none;
    getrlimit(RLIMIT_NOFILE, &before);
    int next = dup(0);
    for (rlim_t left = 0; left < 2; left++) {
        none = before;
        none.rlim_cur = (rlim_t)next + 1 + left;
        setrlimit(RLIMIT_NOFILE, &none);
        struct loop *loop = loop_new();
        int reason = errno;
        setrlimit(RLIMIT_NOFILE, &before);
        assert_null(loop);
        assert_int_equal(reason, EMFILE);
    }
    close(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_readable_descriptor_is_told_each_round),
        cmocka_unit_test(a_watch_may_silence_itself),
        cmocka_unit_test(a_watch_may_remove_itself),
        cmocka_unit_test(a_removed_watch_gets_no_event_that_has_already_come),
        cmocka_unit_test(what_is_put_off_runs_once_in_order_after_all_that_is_ready),
        cmocka_unit_test(work_that_puts_itself_off_leaves_others_their_turn),
        cmocka_unit_test(work_that_is_cancelled_does_not_run),
        cmocka_unit_test(timers_come_in_order_of_time),
        cmocka_unit_test(starting_a_started_timer_moves_it),
        cmocka_unit_test(a_timer_that_is_stopped_in_its_own_round_does_not_come),
        cmocka_unit_test(a_timer_may_start_itself_again),
        cmocka_unit_test(a_timer_is_never_early),
        cmocka_unit_test(a_thousand_timers_keep_their_order),
        cmocka_unit_test(another_thread_may_stop_the_loop),
        cmocka_unit_test(a_signal_handler_may_stop_the_loop_and_it_may_run_again),
        cmocka_unit_test(a_loop_stopped_before_it_runs_returns_at_once),
        cmocka_unit_test(patience_ends_a_wait_and_may_put_off_work),
        cmocka_unit_test(a_loop_without_descriptors_left_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
