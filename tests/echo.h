/* SPDX-License-Identifier: Apache-2.0
 *
 * A service for testing the gRPC layer, by path:
 *   /test.Echo/Echo    each message comes back; the stream ends when the peer has said all
 *   /test.Echo/Grow    a decimal number N brings a message of N bytes, made of shared parts
 *   /test.Echo/Finish  "STATUS TEXT" ends the stream so; "STATUS+ TEXT" after an echo
 *   /test.Echo/Hold    says nothing, ends nothing
 */
#ifndef TESTS_ECHO_H
#define TESTS_ECHO_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "grpc.h"

/* What the service saw, over all streams. */
static struct echo_log {
    size_t opened, received, half_closed, ready, ended, released, open;
    struct grpc_stream *last; /* opened */
} echo_log;

struct echo_item {
    struct echo_item *next;
    struct bytes parts[64];
    size_t count;
    char data[];
};

enum echo_method { ECHO_ECHO, ECHO_GROW, ECHO_FINISH, ECHO_HOLD };

/* Only one message can be on its way, so the others wait here. */
struct echo {
    enum echo_method method;
    struct echo_item *first, **last;
    bool has_ended; /* by the peer */
};

static const char *const echo_paths[] = {
    [ECHO_ECHO] = "/test.Echo/Echo",
    [ECHO_GROW] = "/test.Echo/Grow",
    [ECHO_FINISH] = "/test.Echo/Finish",
    [ECHO_HOLD] = "/test.Echo/Hold",
};

static void echo_release(void *item)
{
    echo_log.released++;
    free(item);
}

static void echo_forget(struct grpc_stream *stream)
{
    struct echo *echo = grpc_user(stream);
    while (echo->first) {
        struct echo_item *item = echo->first;
        echo->first = item->next;
        echo_release(item);
    }
    free(echo);
    echo_log.open--;
}

static void echo_finish(struct grpc_stream *stream, int status, const char *text)
{
    echo_forget(stream);
    grpc_finish(stream, (enum grpc_status)status, text);
}

/* Sends what waits, as far as the stream takes it. */
static void echo_pump(struct grpc_stream *stream)
{
    struct echo *echo = grpc_user(stream);
    while (echo->first && grpc_is_ready(stream)) {
        struct echo_item *item = echo->first;
        echo->first = item->next;
        if (!item->next)
            echo->last = &echo->first;
        grpc_send(stream, &(struct grpc_message){item->parts, item->count, echo_release, item});
    }
    if (echo->has_ended && !echo->first)
        echo_finish(stream, GRPC_OK, NULL);
}

static void echo_add(struct grpc_stream *stream, struct echo_item *item)
{
    struct echo *echo = grpc_user(stream);
    *echo->last = item;
    echo->last = &item->next;
    echo_pump(stream);
}

static bool echo_opened(void *context, struct grpc_stream *stream)
{
    (void)context;
    for (size_t i = 0; i < COUNT(echo_paths); i++) {
        if (strcmp(grpc_path(stream), echo_paths[i]) != 0)
            continue;
        struct echo *echo = memory_new(sizeof(*echo));
        echo->method = (enum echo_method)i;
        echo->last = &echo->first;
        grpc_set_user(stream, echo);
        echo_log.last = stream;
        echo_log.opened++;
        echo_log.open++;
        return true;
    }
    return false;
}

static struct echo_item *echo_copy(struct bytes message)
{
    struct echo_item *item = memory_new(sizeof(*item) + message.size);
    if (message.size)
        memcpy(item->data, message.data, message.size);
    item->parts[0] = (struct bytes){item->data, message.size};
    item->count = 1;
    return item;
}

static struct echo_item *echo_grown(struct bytes number)
{
    static const char shared[1 << 18];
    char text[24];
    snprintf(text, sizeof(text), "%.*s", (int)number.size, number.data);
    size_t size =
        strtoul(text, NULL, 10) % (COUNT(((struct echo_item *)0)->parts) * sizeof(shared));
    struct echo_item *item = memory_new(sizeof(*item));
    for (size_t left = size; left; left -= item->parts[item->count++].size)
        item->parts[item->count] =
            (struct bytes){shared, left < sizeof(shared) ? left : sizeof(shared)};
    return item;
}

static void echo_obey(struct grpc_stream *stream, struct bytes message)
{
    char text[256], *rest;
    snprintf(text, sizeof(text), "%.*s", (int)message.size, message.data);
    long status = strtol(text, &rest, 10) & 15;
    if (*rest == '+') {
        rest++;
        echo_add(stream, echo_copy(message));
    }
    echo_finish(stream, (int)status, *rest ? rest + 1 : NULL);
}

static void echo_received(struct grpc_stream *stream, struct bytes message)
{
    const struct echo *echo = grpc_user(stream);
    echo_log.received++;
    switch (echo->method) {
    case ECHO_ECHO:
        echo_add(stream, echo_copy(message));
        break;
    case ECHO_GROW:
        echo_add(stream, echo_grown(message));
        break;
    case ECHO_FINISH:
        echo_obey(stream, message);
        break;
    case ECHO_HOLD:
        break;
    }
}

static void echo_half_closed(struct grpc_stream *stream)
{
    struct echo *echo = grpc_user(stream);
    echo_log.half_closed++;
    if (echo->method == ECHO_HOLD)
        return;
    echo->has_ended = true;
    echo_pump(stream);
}

static void echo_ready(struct grpc_stream *stream)
{
    echo_log.ready++;
    echo_pump(stream);
}

static void echo_ended(struct grpc_stream *stream)
{
    echo_log.ended++;
    echo_forget(stream);
}

static const struct grpc_events echo_events = {
    .opened = echo_opened,
    .received = echo_received,
    .half_closed = echo_half_closed,
    .ready = echo_ready,
    .ended = echo_ended,
};

#endif
