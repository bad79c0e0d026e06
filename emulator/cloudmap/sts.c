/* SPDX-License-Identifier: Apache-2.0 */
#include "sts.h"

#include <string.h>

#include "http.h"
#include "render.h"
#include "target.h"

#define NAMESPACE "https://sts.amazonaws.com/doc/2011-06-15/"

const char *sts_action(const struct http_request *request)
{
    const char *action = NULL;
    bool is_post = strcmp(request->method, "POST") == 0;
    const char *form = is_post ? arena_copy(request->arena, request->body) : request->query;
    return target_parameter(request->arena, form, "Action", &action) ? action : NULL;
}

void sts_answer(const struct http_request *request, const struct scope *scope, bool with_cors,
                struct http_response *out)
{
    *out = (struct http_response){.status = 200, .is_arena = true};
    render_headers(request->arena, "text/xml", with_cors, out);
    out->body = bytes_of(
        arena_printf(request->arena,
                     "<GetCallerIdentityResponse xmlns=\"" NAMESPACE "\">"
                     "<GetCallerIdentityResult>"
                     "<Arn>arn:%s:iam::%s:root</Arn><UserId>%s</UserId><Account>%s</Account>"
                     "</GetCallerIdentityResult>"
                     "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>"
                     "</GetCallerIdentityResponse>",
                     arn_partition(scope->region), scope->account, scope->account, scope->account,
                     out->headers[0].value));
}

void sts_refuse(const struct http_request *request, bool with_cors, struct http_response *out)
{
    *out = (struct http_response){.status = 400, .is_arena = true};
    render_headers(request->arena, "text/xml", with_cors, out);
    out->body =
        bytes_of(arena_printf(request->arena,
                              "<ErrorResponse xmlns=\"" NAMESPACE "\"><Error><Type>Sender</Type>"
                              "<Code>InvalidAction</Code>"
                              "<Message>Of STS only " STS_ACTION " is served</Message></Error>"
                              "<RequestId>%s</RequestId></ErrorResponse>",
                              out->headers[0].value));
}
