/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct mail *take_all(struct mailbox *box)
{
    pthread_mutex_lock(&box->mutex);
    struct mail *first = box->first;
    box->first = NULL;
    box->end = &box->first;
    pthread_mutex_unlock(&box->mutex);
    return first;
}

/* What is posted meanwhile rings again: descriptors and timers have their turn before it. */
static void receive_all(struct mailbox *box)
{
    for (struct mail *mail = take_all(box), *next; mail != NULL; mail = next) {
        next = mail->next;
        box->receive(box->context, mail);
    }
}

static void answer_bell(void *context, uint32_t events)
{
    struct mailbox *box = context;
    eventfd_t count;
    (void)events;
    (void)eventfd_read(box->bell.fd, &count);
    receive_all(box);
}

bool mailbox_open(struct mailbox *box, struct loop *loop, mailbox_receive *receive, void *context)
{
    const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return false;
    *box = (struct mailbox){.receive = receive, .context = context};
    pthread_mutex_init(&box->mutex, NULL);
    box->end = &box->first;
    box->bell = (struct loop_watch){.fd = fd, .ready = answer_bell, .context = box};
    loop_watch(loop, &box->bell, EPOLLIN);
    return true;
}

void mailbox_close(struct mailbox *box)
{
    if (box->receive == NULL)
        return;
    receive_all(box);
    loop_unwatch(&box->bell);
    close(box->bell.fd);
    pthread_mutex_destroy(&box->mutex);
    *box = (struct mailbox){0};
}

void mailbox_post(struct mailbox *box, struct mail *mail)
{
    mail->next = NULL;
    pthread_mutex_lock(&box->mutex);
    const bool was_empty = box->first == NULL;
    *box->end = mail;
    box->end = &mail->next;
    pthread_mutex_unlock(&box->mutex);
    if (was_empty)
        (void)eventfd_write(box->bell.fd, 1);
}
