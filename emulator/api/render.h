/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers on the wire: the AWS headers, bodies of errors, CORS.
 */
#ifndef API_RENDER_H
#define API_RENDER_H

#include <stdbool.h>

#include "bytes.h"
#include "http.h"
#include "status.h"

struct arena;

/* Adds a header, unless value is NULL or there is no room. */
void render_header(struct http_response *, const char *name, const char *value);

/* Adds what every answer carries: its id (in the arena), its content type, the headers for pages of
 * other origins if they are wanted. */
void render_headers(struct arena *, const char *content_type, bool with_cors,
                    struct http_response *out);

/* 200 with a body that lives in the request's arena. */
void render_output(struct arena *, struct bytes body, bool with_cors, struct http_response *out);

/* The error's status, name and message. */
void render_error(struct arena *, const struct error *, bool with_cors, struct http_response *out);

/* The answer to a preflight. Source: recorded, AllanZhengYP/cors-test. */
void render_preflight(const struct http_request *, struct http_response *out);

#endif
