/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json.h"
#include "translate/translation.h"

/* Guide: a route without a priority comes after all that have one (0..1000). */
#define PRIORITY_NONE 1001

static int count_matchers(const struct cJSON *match)
{
    return json_size(json_member(match, "headers")) + json_size(json_member(match, "metadata")) +
           json_size(json_member(match, "queryParameters")) +
           (json_member(match, "method") != NULL) + (json_member(match, "scheme") != NULL);
}

/* Source: botocore GrpcRouteMatch; gRPC's path is /<service>/<method>. */
static void order_by_grpc(struct translation *t, const struct cJSON *match,
                          struct route_order *order)
{
    const char *service = json_string(match, "serviceName");
    const char *method = json_string(match, "methodName");
    if (!service)
        return;
    order->path_kind = method ? PATH_EXACT : PATH_PREFIX;
    order->path = arena_printf(t->arena, "/%s/%s", service, method ? method : "");
}

static void order_by_path(const struct cJSON *match, struct route_order *order)
{
    const struct cJSON *path = json_member(match, "path");
    const char *exact = json_string(path, "exact"), *regex = json_string(path, "regex");
    const char *prefix = json_string(match, "prefix");
    if (exact) {
        order->path_kind = PATH_EXACT;
        order->path = exact;
    } else if (regex) {
        order->path_kind = PATH_REGEX;
        order->path = regex;
    } else if (prefix) {
        order->path = prefix;
    }
}

struct route_order route_order(struct translation *t, enum protocol protocol,
                               const struct cJSON *spec, const char *name)
{
    const struct cJSON *match = json_member(json_member(spec, protocols[protocol].route), "match");
    struct route_order order = {
        .priority = json_integer(spec, "priority", PRIORITY_NONE),
        .path_kind = PATH_PREFIX,
        .path = "/",
        .matchers = count_matchers(match),
        .name = name,
    };
    if (protocol == PROTOCOL_GRPC)
        order_by_grpc(t, match, &order);
    else
        order_by_path(match, &order);
    return order;
}

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Priority and longest prefix as the guide and aws-app-mesh-roadmap#77 say; the recorded gateway
 * had equal lengths in byte order; the rest is our choice, AWS calls ties undefined (#167). */
int route_order_compare(const struct route_order *a, const struct route_order *b)
{
    int by = compare(a->priority, b->priority);
    if (by == 0)
        by = compare(a->path_kind, b->path_kind);
    if (by == 0 && a->path_kind == PATH_PREFIX)
        by = compare((int64_t)strlen(b->path), (int64_t)strlen(a->path));
    if (by == 0)
        by = compare(b->matchers, a->matchers);
    if (by == 0)
        by = strcmp(a->path, b->path);
    return by != 0 ? by : strcmp(a->name, b->name);
}

static Envoy__RegexMatcher *envoy_regex(struct translation *t, const char *regex)
{
    Envoy__RegexMatcher *matcher = MESSAGE(t->arena, Envoy__RegexMatcher, envoy__regex_matcher);
    matcher->regex = regex;
    return matcher;
}

static Envoy__StringMatcher *equal_to(struct translation *t, const char *value)
{
    Envoy__StringMatcher *matcher = MESSAGE(t->arena, Envoy__StringMatcher, envoy__string_matcher);
    matcher->match_pattern_case = ENVOY__STRING_MATCHER__MATCH_PATTERN_EXACT;
    matcher->exact = value;
    return matcher;
}

/* {exact, prefix, suffix, regex}, of which exactly one is there. */
static Envoy__StringMatcher *envoy_string_matcher(struct translation *t, const struct cJSON *match)
{
    const char *exact = json_string(match, "exact"), *prefix = json_string(match, "prefix");
    const char *suffix = json_string(match, "suffix");
    Envoy__StringMatcher *matcher;
    if (exact)
        return equal_to(t, exact);
    matcher = MESSAGE(t->arena, Envoy__StringMatcher, envoy__string_matcher);
    if (prefix) {
        matcher->match_pattern_case = ENVOY__STRING_MATCHER__MATCH_PATTERN_PREFIX;
        matcher->prefix = prefix;
    } else if (suffix) {
        matcher->match_pattern_case = ENVOY__STRING_MATCHER__MATCH_PATTERN_SUFFIX;
        matcher->suffix = suffix;
    } else {
        matcher->match_pattern_case = ENVOY__STRING_MATCHER__MATCH_PATTERN_SAFE_REGEX;
        matcher->safe_regex = envoy_regex(t, json_string(match, "regex"));
    }
    return matcher;
}

/* Both ends as they are: start is in, end is out, here as there (botocore MatchRange;
 * data-plane-api: envoy/type/v3/range.proto). */
static Envoy__Int64Range *envoy_range(struct translation *t, const struct cJSON *range)
{
    Envoy__Int64Range *out = MESSAGE(t->arena, Envoy__Int64Range, envoy__int64_range);
    out->start = json_integer(range, "start", 0);
    out->end = json_integer(range, "end", 0);
    return out;
}

static void set_header_match(struct translation *t, Envoy__HeaderMatcher *matcher,
                             const struct cJSON *match)
{
    const struct cJSON *range = json_member(match, "range");
    if (!match) {
        matcher->header_match_specifier_case =
            ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_PRESENT_MATCH;
        matcher->present_match = true;
    } else if (range) {
        matcher->header_match_specifier_case =
            ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_RANGE_MATCH;
        matcher->range_match = envoy_range(t, range);
    } else {
        matcher->header_match_specifier_case =
            ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_STRING_MATCH;
        matcher->string_match = envoy_string_matcher(t, match);
    }
}

static Envoy__HeaderMatcher *header_matcher(struct translation *t, const char *name)
{
    Envoy__HeaderMatcher *matcher = MESSAGE(t->arena, Envoy__HeaderMatcher, envoy__header_matcher);
    matcher->name = name;
    return matcher;
}

static Envoy__HeaderMatcher *header_equal_to(struct translation *t, const char *name,
                                             const char *value)
{
    Envoy__HeaderMatcher *matcher = header_matcher(t, name);
    matcher->header_match_specifier_case =
        ENVOY__HEADER_MATCHER__HEADER_MATCH_SPECIFIER_STRING_MATCH;
    matcher->string_match = equal_to(t, value);
    return matcher;
}

/* headers of HTTP routes, metadata of gRPC routes: the same thing on the wire. */
static void add_headers(struct translation *t, const struct cJSON *headers, struct list *out)
{
    for (const struct cJSON *h = json_first(headers); h; h = json_next(h)) {
        Envoy__HeaderMatcher *matcher =
            header_matcher(t, lower_case(t->arena, json_string(h, "name")));
        matcher->invert_match = json_boolean(h, "invert");
        set_header_match(t, matcher, json_member(h, "match"));
        list_add(t->arena, out, matcher);
    }
}

static void add_pseudo_header(struct translation *t, const char *name, const char *value,
                              struct list *out)
{
    if (value)
        list_add(t->arena, out, header_equal_to(t, name, value));
}

static void add_query_parameters(struct translation *t, const struct cJSON *parameters,
                                 struct list *out)
{
    for (const struct cJSON *p = json_first(parameters); p; p = json_next(p)) {
        Envoy__QueryParameterMatcher *matcher =
            MESSAGE(t->arena, Envoy__QueryParameterMatcher, envoy__query_parameter_matcher);
        const char *exact = json_string(json_member(p, "match"), "exact");
        matcher->name = json_string(p, "name");
        if (exact) {
            matcher->query_parameter_match_specifier_case =
                ENVOY__QUERY_PARAMETER_MATCHER__QUERY_PARAMETER_MATCH_SPECIFIER_STRING_MATCH;
            matcher->string_match = equal_to(t, exact);
        } else {
            matcher->query_parameter_match_specifier_case =
                ENVOY__QUERY_PARAMETER_MATCHER__QUERY_PARAMETER_MATCH_SPECIFIER_PRESENT_MATCH;
            matcher->present_match = true;
        }
        list_add(t->arena, out, matcher);
    }
}

static void set_path(struct translation *t, Envoy__RouteMatch *out, const struct route_order *order)
{
    switch (order->path_kind) {
    case PATH_EXACT:
        out->path_specifier_case = ENVOY__ROUTE_MATCH__PATH_SPECIFIER_PATH;
        out->path = order->path;
        break;
    case PATH_REGEX:
        out->path_specifier_case = ENVOY__ROUTE_MATCH__PATH_SPECIFIER_SAFE_REGEX;
        out->safe_regex = envoy_regex(t, order->path);
        break;
    case PATH_PREFIX:
        out->path_specifier_case = ENVOY__ROUTE_MATCH__PATH_SPECIFIER_PREFIX;
        out->prefix = order->path;
        break;
    }
}

Envoy__RouteMatch *envoy_route_match(struct translation *t, const struct route_order *order,
                                     const struct cJSON *match)
{
    Envoy__RouteMatch *out = MESSAGE(t->arena, Envoy__RouteMatch, envoy__route_match);
    struct list headers = {0}, parameters = {0};
    set_path(t, out, order);
    add_pseudo_header(t, ":method", json_string(match, "method"), &headers);
    add_pseudo_header(t, ":scheme", json_string(match, "scheme"), &headers);
    add_headers(t, json_member(match, "headers"), &headers);
    add_headers(t, json_member(match, "metadata"), &headers);
    add_query_parameters(t, json_member(match, "queryParameters"), &parameters);
    SET_LIST(out, headers, headers);
    SET_LIST(out, query_parameters, parameters);
    return out;
}

void match_header(struct translation *t, Envoy__RouteMatch *match, const char *name,
                  const char *value)
{
    struct list headers = {0};
    for (size_t i = 0; i < match->n_headers; i++)
        list_add(t->arena, &headers, match->headers[i]);
    list_add(t->arena, &headers, header_equal_to(t, name, value));
    SET_LIST(match, headers, headers);
}
