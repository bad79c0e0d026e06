/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "bytes.h"
#include "clock.h"

#define READY_MAX 64

struct loop {
    int epoll;
    struct loop_watch bell; /* an eventfd, to wake the loop for loop_stop */
    atomic_bool is_stopped;
    struct epoll_event ready[READY_MAX];
    int ready_count;            /* 0 outside of call_ready */
    struct loop_timer **timers; /* a binary heap, the next one first */
    uint32_t timer_count, timer_capacity;
    struct loop_task *first_task, **last_task;
    struct loop_task round_end; /* of put-off work: what comes after it is for the next round */
    loop_patience *patience;
    void *patience_context;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "appmesh-emulator: %s: %s\n", what, strerror(errno));
    abort();
}

/* Descriptors */

static void control(struct loop_watch *watch, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(watch->loop->epoll, operation, watch->fd, &event) < 0)
        die("epoll_ctl");
}

void loop_watch(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
    watch->loop = loop;
    control(watch, EPOLL_CTL_ADD, events);
}

void loop_watch_change(struct loop_watch *watch, uint32_t events)
{
    control(watch, EPOLL_CTL_MOD, events);
}

void loop_unwatch(struct loop_watch *watch)
{
    struct loop *loop = watch->loop;
    if (!loop)
        return;
    control(watch, EPOLL_CTL_DEL, 0);
    watch->loop = NULL;
    for (int i = 0; i < loop->ready_count; i++)
        if (loop->ready[i].data.ptr == watch)
            loop->ready[i].data.ptr = NULL;
}

static void call_ready(struct loop *loop)
{
    for (int i = 0; i < loop->ready_count; i++) {
        struct loop_watch *watch = loop->ready[i].data.ptr;
        if (watch)
            watch->ready(watch->context, loop->ready[i].events);
    }
    loop->ready_count = 0;
}

/* Timers */

static void place(struct loop *loop, struct loop_timer *timer, uint32_t at)
{
    loop->timers[at] = timer;
    timer->place = at;
}

static void sift_up(struct loop *loop, struct loop_timer *timer, uint32_t at)
{
    while (at > 0 && timer->at_ms < loop->timers[(at - 1) / 2]->at_ms) {
        place(loop, loop->timers[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    place(loop, timer, at);
}

static void sift_down(struct loop *loop, struct loop_timer *timer, uint32_t at)
{
    for (uint32_t child; (child = 2 * at + 1) < loop->timer_count; at = child) {
        if (child + 1 < loop->timer_count &&
            loop->timers[child + 1]->at_ms < loop->timers[child]->at_ms)
            child++;
        if (timer->at_ms <= loop->timers[child]->at_ms)
            break;
        place(loop, loop->timers[child], at);
    }
    place(loop, timer, at);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t after_ms)
{
    loop_timer_stop(timer);
    if (loop->timer_count == loop->timer_capacity) {
        loop->timer_capacity = loop->timer_capacity ? loop->timer_capacity * 2 : 64;
        loop->timers =
            memory_resize(loop->timers, loop->timer_capacity * sizeof(struct loop_timer *));
    }
    timer->loop = loop;
    timer->at_ms = clock_monotonic_ms() + after_ms + 1; /* the clock drops part of a millisecond */
    sift_up(loop, timer, loop->timer_count++);
}

void loop_timer_stop(struct loop_timer *timer)
{
    struct loop *loop = timer->loop;
    if (!loop)
        return;
    timer->loop = NULL;
    struct loop_timer *last = loop->timers[--loop->timer_count];
    if (last == timer)
        return;
    if (last->at_ms < timer->at_ms)
        sift_up(loop, last, timer->place);
    else
        sift_down(loop, last, timer->place);
}

static void call_due(struct loop *loop)
{
    int64_t now_ms = loop->timer_count ? clock_monotonic_ms() : 0;
    while (loop->timer_count && loop->timers[0]->at_ms <= now_ms) {
        struct loop_timer *timer = loop->timers[0];
        loop_timer_stop(timer);
        timer->due(timer->context);
    }
}

/* Work put off */

void loop_defer(struct loop *loop, struct loop_task *task)
{
    if (task->is_waiting)
        return;
    task->is_waiting = true;
    task->next = NULL;
    *loop->last_task = task;
    loop->last_task = &task->next;
}

void loop_cancel(struct loop *loop, struct loop_task *task)
{
    if (!task->is_waiting)
        return;
    struct loop_task **link = &loop->first_task;
    while (*link != task)
        link = &(*link)->next;
    *link = task->next;
    if (!*link)
        loop->last_task = link;
    task->is_waiting = false;
}

static struct loop_task *take_task(struct loop *loop)
{
    struct loop_task *task = loop->first_task;
    loop->first_task = task->next;
    if (!loop->first_task)
        loop->last_task = &loop->first_task;
    task->is_waiting = false;
    return task;
}

static void call_deferred(struct loop *loop)
{
    if (!loop->first_task)
        return;
    loop_defer(loop, &loop->round_end);
    for (struct loop_task *task; (task = take_task(loop)) != &loop->round_end;)
        task->run(task->context);
}

/* Rounds */

void loop_set_patience(struct loop *loop, loop_patience *patience, void *context)
{
    loop->patience = patience;
    loop->patience_context = context;
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int wait_ms(struct loop *loop)
{
    int64_t wait = loop->patience ? loop->patience(loop->patience_context) : -1;
    if (loop->first_task)
        return 0;
    if (loop->timer_count) {
        int64_t left = loop->timers[0]->at_ms - clock_monotonic_ms();
        wait = sooner(wait, left > 0 ? left : 0);
    }
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

static void run_round(struct loop *loop)
{
    int count = epoll_wait(loop->epoll, loop->ready, READY_MAX, wait_ms(loop));
    if (count < 0 && errno != EINTR)
        die("epoll_wait");
    loop->ready_count = count > 0 ? count : 0;
    call_ready(loop);
    call_due(loop);
    call_deferred(loop);
}

void loop_run(struct loop *loop)
{
    while (!atomic_exchange(&loop->is_stopped, false))
        run_round(loop);
}

void loop_stop(struct loop *loop)
{
    int kept = errno;
    atomic_store(&loop->is_stopped, true);
    eventfd_write(loop->bell.fd, 1);
    errno = kept;
}

static void silence_bell(void *context, uint32_t events)
{
    (void)events;
    eventfd_t rings;
    eventfd_read(((struct loop *)context)->bell.fd, &rings);
}

struct loop *loop_new(void)
{
    struct loop *loop = memory_new(sizeof(*loop));
    loop->last_task = &loop->first_task;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->bell = (struct loop_watch){
        .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .ready = silence_bell, .context = loop};
    if (loop->epoll < 0 || loop->bell.fd < 0) {
        loop_free(loop);
        return NULL;
    }
    loop_watch(loop, &loop->bell, EPOLLIN);
    return loop;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    int kept = errno;
    close_if_open(loop->bell.fd);
    close_if_open(loop->epoll);
    free(loop->timers);
    free(loop);
    errno = kept;
}
