/* SPDX-License-Identifier: Apache-2.0 */
#include "render.h"

#include "json.h"
#include "random.h"

static void add_header(struct http_response *out, const char *name, const char *value)
{
    size_t i = 0;
    while (i < HTTP_HEADERS_MAX && out->headers[i].name)
        i++;
    if (i < HTTP_HEADERS_MAX && value)
        out->headers[i] = (struct http_header){name, value};
}

static const char *request_id(struct arena *arena)
{
    char *id = arena_new(arena, UUID_SIZE);
    random_uuid(id);
    return id;
}

static void add_origin_headers(struct http_response *out)
{
    add_header(out, "access-control-allow-origin", "*");
    add_header(out, "access-control-expose-headers",
               "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
}

static void add_headers(struct arena *arena, bool with_cors, struct http_response *out)
{
    add_header(out, "x-amzn-requestid", request_id(arena));
    add_header(out, "content-type", "application/json");
    if (with_cors)
        add_origin_headers(out);
}

void render_output(struct arena *arena, struct bytes body, bool with_cors,
                   struct http_response *out)
{
    *out = (struct http_response){.status = 200, .body = body, .is_arena = true};
    add_headers(arena, with_cors, out);
}

void render_error(struct arena *arena, const struct error *error, bool with_cors,
                  struct http_response *out)
{
    struct buffer body = {0};
    /* The front end that denies access spells its member otherwise than the service does. */
    buffer_text(&body, error->status == ERR_ACCESS_DENIED ? "{\"Message\":" : "{\"message\":");
    json_print_string(&body, error->message);
    buffer_char(&body, '}');
    out->status = status_http(error->status);
    out->body = (struct bytes){arena_copy(arena, buffer_bytes(&body)), body.size};
    out->is_arena = true;
    buffer_clear(&body);
    add_headers(arena, with_cors, out);
    add_header(out, "x-amzn-errortype", status_aws_name(error->status));
}

void render_preflight(const struct http_request *request, struct http_response *out)
{
    *out = (struct http_response){.status = 200};
    add_header(out, "x-amzn-requestid", request_id(request->arena));
    add_origin_headers(out);
    add_header(out, "access-control-allow-headers",
               http_header(request, "access-control-request-headers"));
    add_header(out, "access-control-allow-methods",
               http_header(request, "access-control-request-method"));
    add_header(out, "access-control-max-age", "172800");
}
