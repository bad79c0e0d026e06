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

static const char *identity(struct arena *arena, const struct scope *scope, const char *request_id)
{
    return arena_printf(arena,
                        "<GetCallerIdentityResponse xmlns=\"" NAMESPACE "\">"
                        "<GetCallerIdentityResult>"
                        "<Arn>arn:%s:iam::%s:root</Arn><UserId>%s</UserId><Account>%s</Account>"
                        "</GetCallerIdentityResult>"
                        "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>"
                        "</GetCallerIdentityResponse>",
                        arn_partition(scope->region), scope->account, scope->account,
                        scope->account, request_id);
}

static const char *refusal(struct arena *arena, const char *request_id)
{
    return arena_printf(arena,
                        "<ErrorResponse xmlns=\"" NAMESPACE "\"><Error><Type>Sender</Type>"
                        "<Code>InvalidAction</Code>"
                        "<Message>Of STS only " STS_ACTION " is served</Message></Error>"
                        "<RequestId>%s</RequestId></ErrorResponse>",
                        request_id);
}

bool sts_answer(const struct http_request *request, const struct scope *scope, bool with_cors,
                struct http_response *out)
{
    struct arena *arena = request->arena;
    const char *action = sts_action(request);
    bool is_served = action && strcmp(action, STS_ACTION) == 0;
    *out = (struct http_response){.status = is_served ? 200 : 400, .is_arena = true};
    render_headers(arena, "text/xml", with_cors, out);
    const char *id = out->headers[0].value;
    out->body = bytes_of(is_served ? identity(arena, scope, id) : refusal(arena, id));
    return is_served;
}
