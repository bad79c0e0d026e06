/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "bytes.h"
#include "json.h"
#include "rule_checks.h"

#define QUERY_PARAMETER_NAME_MAX                                                                   \
    1024 /* data-plane-api: envoy/config/route/v3/route_components.proto */

enum status check_one_route_type(const struct rule_input *spec)
{
    bool has_priority = json_member(spec->subject, "priority") != NULL;
    if (json_size(spec->subject) - has_priority != 1)
        return error_set(spec->error, ERR_BAD_REQUEST, "Exactly one of %s must be set.",
                         spec->kind == KIND_ROUTE ? "httpRoute, http2Route, grpcRoute, tcpRoute"
                                                  : "httpRoute, http2Route, grpcRoute");
    return OK;
}

static bool is_type(const struct rule_input *route, const char *type)
{
    return strcmp(json_name(route->subject), type) == 0;
}

static const struct cJSON *match_of(const struct rule_input *route)
{
    return json_member(route->subject, "match");
}

/* 403, not 400. */
enum status check_scheme(const struct rule_input *route)
{
    if (is_type(route, "httpRoute") && json_member(match_of(route), "scheme"))
        return error_set(route->error, ERR_FORBIDDEN,
                         "Scheme matching in HTTP routes is not supported.");
    return OK;
}

/* A grpcRoute may match everything, a gRPC gateway route may not. */
enum status check_match_is_not_empty(const struct rule_input *route)
{
    bool may_be_empty =
        is_type(route, "tcpRoute") || (is_type(route, "grpcRoute") && route->kind == KIND_ROUTE);
    if (!may_be_empty && !json_first(match_of(route)))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The match of %s must have at least one criterion.",
                         json_name(route->subject));
    return OK;
}

enum status check_prefix_or_path(const struct rule_input *route)
{
    if (json_member(match_of(route), "prefix") && json_member(match_of(route), "path"))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "A match must have either a prefix or a path, not both.");
    return OK;
}

enum status check_prefix_slash(const struct rule_input *route)
{
    const char *prefix = json_string(match_of(route), "prefix");
    if (prefix && *prefix != '/')
        return error_set(route->error, ERR_BAD_REQUEST, "The prefix of a match must start with /.");
    return OK;
}

enum status check_path(const struct rule_input *route)
{
    const struct cJSON *path = json_member(match_of(route), "path");
    if (path && json_size(path) != 1)
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The path of a match must be either exact or a regex.");
    return OK;
}

enum status check_path_slash(const struct rule_input *route)
{
    const char *exact = json_string(json_member(match_of(route), "path"), "exact");
    if (exact && *exact != '/')
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The exact path of a match must start with /.");
    return OK;
}

enum status check_header_names(const struct rule_input *route)
{
    const struct cJSON *header = json_first(json_member(match_of(route), "headers"));
    for (; header; header = json_next(header))
        if (strchr(json_string(header, "name"), ':'))
            return error_set(route->error, ERR_BAD_REQUEST, "Header name %s must not have a colon.",
                             json_string(header, "name"));
    return OK;
}

static enum status check_ranges_in(const struct rule_input *route, const char *list)
{
    const struct cJSON *one = json_first(json_member(match_of(route), list));
    for (; one; one = json_next(one)) {
        const struct cJSON *range = json_member(json_member(one, "match"), "range");
        if (range && json_integer(range, "start", 0) >= json_integer(range, "end", 0))
            return error_set(route->error, ERR_BAD_REQUEST,
                             "The range of %s must start below its end.", json_string(one, "name"));
    }
    return OK;
}

enum status check_ranges(const struct rule_input *route)
{
    enum status status = check_ranges_in(route, "headers");
    return status == OK ? check_ranges_in(route, "metadata") : status;
}

enum status check_query_parameter_names(const struct rule_input *route)
{
    const struct cJSON *one = json_first(json_member(match_of(route), "queryParameters"));
    for (; one; one = json_next(one)) {
        size_t size = strlen(json_string(one, "name"));
        if (size < 1 || size > QUERY_PARAMETER_NAME_MAX)
            return error_set(route->error, ERR_BAD_REQUEST,
                             "The name of a query parameter must have 1 to %d bytes.",
                             QUERY_PARAMETER_NAME_MAX);
    }
    return OK;
}

enum status check_method_needs_service(const struct rule_input *route)
{
    if (json_member(match_of(route), "methodName") && !json_member(match_of(route), "serviceName"))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "methodName can't be matched without serviceName.");
    return OK;
}

static bool is_same_target(const struct cJSON *a, const struct cJSON *b)
{
    return strcmp(json_string(a, "virtualNode"), json_string(b, "virtualNode")) == 0 &&
           json_integer(a, "port", 0) == json_integer(b, "port", 0);
}

/* Each with each: the shape allows ten. */
enum status check_targets(const struct rule_input *route)
{
    const struct cJSON *targets =
        json_member(json_member(route->subject, "action"), "weightedTargets");
    for (const struct cJSON *a = json_first(targets); a; a = json_next(a))
        for (const struct cJSON *b = json_next(a); b; b = json_next(b))
            if (is_same_target(a, b))
                return error_set(route->error, ERR_BAD_REQUEST,
                                 "Weighted target %s is listed more than once for the same port.",
                                 json_string(a, "virtualNode"));
    return OK;
}

enum status check_retry_events(const struct rule_input *route)
{
    const struct cJSON *policy = json_member(route->subject, "retryPolicy");
    if (policy && !json_member(policy, "httpRetryEvents") &&
        !json_member(policy, "tcpRetryEvents") && !json_member(policy, "grpcRetryEvents"))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "A retry policy must have at least one retry event.");
    return OK;
}

static bool is_http_retry_event(const char *event)
{
    static const char *const events[] = {"server-error", "gateway-error", "client-error",
                                         "stream-error"};
    for (size_t i = 0; i < COUNT(events); i++)
        if (strcmp(event, events[i]) == 0)
            return true;
    return false;
}

enum status check_http_retry_events(const struct rule_input *route)
{
    const struct cJSON *policy = json_member(route->subject, "retryPolicy");
    const struct cJSON *event = json_first(json_member(policy, "httpRetryEvents"));
    for (; event; event = json_next(event))
        if (!is_http_retry_event(json_text(event)))
            return error_set(route->error, ERR_BAD_REQUEST,
                             "HTTP retry event %s must be one of server-error, gateway-error, "
                             "client-error, stream-error.",
                             json_text(event));
    return OK;
}

enum status check_route_durations(const struct rule_input *route)
{
    const struct cJSON *policy = json_member(route->subject, "retryPolicy");
    const struct cJSON *timeout = json_member(route->subject, "timeout");
    enum status status = rules_check_duration(policy, "perRetryTimeout", route->error);
    if (status == OK)
        status = rules_check_duration(timeout, "idle", route->error);
    if (status == OK)
        status = rules_check_duration(timeout, "perRequest", route->error);
    return status;
}
