/* SPDX-License-Identifier: Apache-2.0
 *
 * The control API's own state, and one request of it under way.
 */
#ifndef CONTROL_EXCHANGE_H
#define CONTROL_EXCHANGE_H

#include "api.h"
#include "arena.h"
#include "bridge.h"
#include "control.h"

struct control {
    struct api *api;
    struct cloudmap *cloudmap;
    struct store *store;
    struct control_options options;
    int64_t started_ms;
    struct bridge *bridge;
};

struct exchange {
    struct control *control;
    struct http_request *request;
    struct store_txn *txn;
    enum status (*handle)(struct exchange *);
    const char *content_type;
    struct buffer output;
    struct error error;
    struct api_job job;
    void (*finish)(struct exchange *); /* what follows the bridge's answer; NULL: nothing */
};

#endif
