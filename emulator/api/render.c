/* SPDX-License-Identifier: Apache-2.0 */
#include "render.h"

#include "json.h"
#include "random.h"

void render_header(struct http_response *out, const char *name, const char *value)
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
    render_header(out, "access-control-allow-origin", "*");
    render_header(out, "access-control-expose-headers",
                  "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date");
}

void render_headers(struct arena *arena, const char *content_type, bool with_cors,
                    struct http_response *out)
{
    render_header(out, "x-amzn-requestid", request_id(arena));
    render_header(out, "content-type", content_type);
    if (with_cors)
        add_origin_headers(out);
}

void render_output(struct arena *arena, struct bytes body, bool with_cors,
                   struct http_response *out)
{
    *out = (struct http_response){.status = 200, .body = body, .is_arena = true};
    render_headers(arena, "application/json", with_cors, out);
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
    render_headers(arena, "application/json", with_cors, out);
    render_header(out, "x-amzn-errortype", status_aws_name(error->status));
}

void render_preflight(const struct http_request *request, struct http_response *out)
{
    *out = (struct http_response){.status = 200};
    render_header(out, "x-amzn-requestid", request_id(request->arena));
    add_origin_headers(out);
    render_header(out, "access-control-allow-headers",
                  http_header(request, "access-control-request-headers"));
    render_header(out, "access-control-allow-methods",
                  http_header(request, "access-control-request-method"));
    render_header(out, "access-control-max-age", "172800");
}
