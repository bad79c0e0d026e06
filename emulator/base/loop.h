/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread's event loop: descriptors by epoll, timers, work put off to the end of a round.
 *
 * Owns:    the caller owns the loop and the watches, timers and tasks put there; they are caller's
 *          memory, zeroed at first, that must outlive their registration. Callbacks may add and
 *          remove any of them, themselves too.
 * Threads: all calls from the loop's own thread, except loop_stop.
 * Errors:  loop_new gives NULL with errno; the others abort with one line, for they fail only for
 *          want of kernel memory or by misuse.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_callback(void *context);
typedef void loop_ready(void *context, uint32_t events); /* EPOLLIN, EPOLLOUT, ... */

struct loop *loop_new(void);
void loop_free(struct loop *);

/* Runs rounds until loop_stop: wait, call what is ready, call due timers, call what was put off. */
void loop_run(struct loop *);

/* The round under way is the last; before loop_run, it returns at once. From any thread,
 * async-signal-safe. */
void loop_stop(struct loop *);

struct loop_watch {
    int fd;
    loop_ready *ready;
    void *context;
    struct loop *loop; /* NULL when not watched */
};
/* Level-triggered. Fill fd, ready and context first. */
void loop_watch(struct loop *, struct loop_watch *, uint32_t events);
void loop_watch_change(struct loop_watch *, uint32_t events);

/* Nothing if not watched. No event is delivered after it, not even one that has already come.
 * Does not close the descriptor; unwatch first, then close. */
void loop_unwatch(struct loop_watch *);

struct loop_timer {
    loop_callback *due;
    void *context;
    int64_t at_ms;     /* set by loop_timer_start, monotonic */
    struct loop *loop; /* NULL when not started */
    uint32_t place;    /* in the loop's heap */
};
/* One shot, never early: due in a later round, at least after_ms from now. Starting a started timer
 * moves it. */
void loop_timer_start(struct loop *, struct loop_timer *, int64_t after_ms);
void loop_timer_stop(struct loop_timer *); /* nothing if not started */

/* Work for the end of this round: each runs once, in order, after everything that was ready. Work
 * put off by put-off work is for the next round, which does not wait: so descriptors, timers and
 * signals have their turn however busy clients keep the server. */
struct loop_task {
    loop_callback *run;
    void *context;
    struct loop_task *next;
    bool is_waiting;
};
void loop_defer(struct loop *, struct loop_task *);  /* nothing if already waiting */
void loop_cancel(struct loop *, struct loop_task *); /* nothing if not waiting */

/* Called before each wait: gives the longest wait in ms (-1 none) that a library behind it allows.
 * It may put off work and start timers: both still count for this wait. */
typedef int64_t loop_patience(void *context);
void loop_set_patience(struct loop *, loop_patience *, void *context);

#endif
