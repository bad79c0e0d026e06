/* SPDX-License-Identifier: Apache-2.0
 *
 * How one thread hands work to another's loop: a list behind a mutex, and an eventfd as bell.
 *
 * Owns: the mail is the poster's until mailbox_post, then the receiver's.
 */
#ifndef BASE_MAILBOX_H
#define BASE_MAILBOX_H

#include <pthread.h>

#include "loop.h"

/* First member of what is sent. */
struct mail {
    struct mail *next;
};

typedef void mailbox_receive(void *context, struct mail *);

struct mailbox {
    pthread_mutex_t mutex;
    struct mail *first, **end; /* guarded by it */
    struct loop_watch bell;
    mailbox_receive *receive;
    void *context;
};

/* Letters come to receive one by one, in order, in the loop's thread: in a round those that lay
 * there at its start. False with errno. */
bool mailbox_open(struct mailbox *, struct loop *, mailbox_receive *, void *context);
/* Hands what still lies there to receive. Nobody may post any more. All zero is fine. */
void mailbox_close(struct mailbox *);

void mailbox_post(struct mailbox *, struct mail *); /* from any thread */

#endif
