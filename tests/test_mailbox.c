/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <stdlib.h>

#include "bytes.h"
#include "mailbox.h"

#define LETTERS 10000
#define POSTERS 2

struct letter {
    struct mail mail;
    int poster, number;
};

struct office {
    struct loop *loop;
    struct mailbox box;
    int seen[POSTERS]; /* letters of each, which come in order */
    int total;
};

static void receive(void *context, struct mail *mail)
{
    struct office *office = context;
    struct letter *letter = (struct letter *)mail;
    assert_int_equal(letter->number, office->seen[letter->poster]++);
    free(letter);
    if (++office->total == POSTERS * LETTERS)
        loop_stop(office->loop);
}

struct poster {
    struct office *office;
    int index;
};

static void *post(void *context)
{
    const struct poster *poster = context;
    for (int i = 0; i < LETTERS; i++) {
        struct letter *letter = memory_new(sizeof *letter);
        *letter = (struct letter){.poster = poster->index, .number = i};
        mailbox_post(&poster->office->box, &letter->mail);
    }
    return NULL;
}

static void letters_of_several_threads_all_come_in_the_order_of_each(void **state)
{
    (void)state;
    struct office office = {.loop = loop_new()};
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    assert_true(mailbox_open(&office.box, office.loop, receive, &office));
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){&office, i};
        assert_int_equal(pthread_create(&threads[i], NULL, post, &posters[i]), 0);
    }
    loop_run(office.loop);
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(office.seen[i], LETTERS);
    }
    mailbox_close(&office.box);
    loop_free(office.loop);
}

static void letters_that_still_lie_there_are_received_at_the_end(void **state)
{
    (void)state;
    struct office office = {.loop = loop_new()};
    struct letter *letter = memory_new(sizeof *letter);
    assert_true(mailbox_open(&office.box, office.loop, receive, &office));
    mailbox_post(&office.box, &letter->mail);
    mailbox_close(&office.box);
    assert_int_equal(office.total, 1);
    loop_free(office.loop);
}

static void receive_and_post(void *context, struct mail *mail)
{
    struct office *office = context;
    assert_true(++office->total < 1000000);
    mailbox_post(&office->box, mail);
}

static void stop(void *context)
{
    loop_stop(((struct office *)context)->loop);
}

static void letters_without_an_end_leave_others_their_turn(void **state)
{
    (void)state;
    struct office office = {.loop = loop_new()};
    struct loop_timer timer = {.due = stop, .context = &office};
    struct mail mail;
    assert_true(mailbox_open(&office.box, office.loop, receive_and_post, &office));
    mailbox_post(&office.box, &mail);
    loop_timer_start(office.loop, &timer, 0);
    loop_run(office.loop);
    assert_true(office.total > 0);
    mailbox_close(&office.box);
    loop_free(office.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_of_several_threads_all_come_in_the_order_of_each),
        cmocka_unit_test(letters_that_still_lie_there_are_received_at_the_end),
        cmocka_unit_test(letters_without_an_end_leave_others_their_turn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
