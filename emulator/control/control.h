/* SPDX-License-Identifier: Apache-2.0
 *
 * The control API, which is not AWS's: /_emulator/health, reset, state, proxies, config, metrics,
 * the alias /moto-api/reset, and the seed that a start may bring. Everything else goes on to Cloud
 * Map and the api.
 *
 * A web page must not reach it: a request with Origin or Sec-Fetch-Site: cross-site, or with a Host
 * that is not localhost, an IP literal or a name allowed, is 403.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arn.h"

struct api;
struct arena;
struct bridge;
struct cloudmap;
struct control;
struct http_request;
struct http_response;
struct store;

struct control_options {
    const char *const *hosts; /* more names that Host may have, NULL-terminated; "*": any */
    const char *version;      /* of the program */
    struct scope scope;       /* of seed lines that do not say */
};

/* Owns: api, cloudmap, store and the options' strings stay the caller's and must outlive it. */
struct control *control_new(struct api *, struct cloudmap *, struct store *,
                            const struct control_options *);
void control_free(struct control *);

/* Whom to ask about proxies; before the first request. Stays the caller's. */
void control_set_bridge(struct control *, struct bridge *);

/* The callbacks of the API's port (http_options); the context is the struct control. */
void control_dispatch(void *control, struct http_request *);
void control_refuse(void *control, struct arena *, const char *reason, struct http_response *);
size_t control_body_max(void *control, const struct http_request *);
int64_t control_body_patience_ms(void *control, const char *target);

/* Fills an empty store from a file: a state document, or lines {"operation":...,"input":{...}}. All
 * or nothing, before the loop runs. A store that is not empty is left alone, with a line in the
 * log. False with one line in *out_reason (in the arena) that names the file and the line, or the
 * place in the document, that failed. */
bool control_seed(struct control *, const char *file, struct arena *, const char **out_reason);

#endif
