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

/* 200 with a body that lives in the request's arena. */
void render_output(struct arena *, struct bytes body, bool with_cors, struct http_response *out);

/* The error's status, name and message. */
void render_error(struct arena *, const struct error *, bool with_cors, struct http_response *out);

/* The answer to a preflight. Source: recorded, AllanZhengYP/cors-test. */
void render_preflight(const struct http_request *, struct http_response *out);

#endif
