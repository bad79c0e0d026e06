/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "json.h"
#include "rule_checks.h"

static const struct cJSON *match_of(const struct rule_input *route)
{
    return json_member(route->subject, "match");
}

static const struct cJSON *rewrite_of(const struct rule_input *route)
{
    return json_member(json_member(route->subject, "action"), "rewrite");
}

static bool starts_with(const char *text, const char *start)
{
    return text && strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with_slash(const char *text)
{
    return *text && text[strlen(text) - 1] == '/';
}

enum status check_hostname(const struct rule_input *route)
{
    const struct cJSON *hostname = json_member(match_of(route), "hostname");
    if (hostname && json_size(hostname) != 1)
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The hostname of a match must be either exact or a suffix.");
    return OK;
}

enum status check_reserved_prefix(const struct rule_input *route)
{
    const char *prefix = json_string(match_of(route), "prefix");
    if (starts_with(prefix, "/aws-appmesh") || starts_with(prefix, "/aws-app-mesh"))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "Prefixes that start with /aws-appmesh or /aws-app-mesh are reserved.");
    return OK;
}

enum status check_reserved_service(const struct rule_input *route)
{
    const char *service = json_string(match_of(route), "serviceName");
    if (starts_with(service, "/aws.app-mesh") || (service && strcmp(service, "aws.appmesh") == 0))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The service names aws.appmesh and /aws.app-mesh* are reserved.");
    return OK;
}

enum status check_rewrite_once(const struct rule_input *route)
{
    if (json_member(rewrite_of(route), "prefix") && json_member(rewrite_of(route), "path"))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "A rewrite must have either a prefix or a path, not both.");
    return OK;
}

enum status check_prefix_rewrite(const struct rule_input *route)
{
    const struct cJSON *rewrite = json_member(rewrite_of(route), "prefix");
    if (rewrite && json_size(rewrite) != 1)
        return error_set(route->error, ERR_BAD_REQUEST,
                         "A prefix rewrite must have either defaultPrefix or a value.");
    return OK;
}

enum status check_prefix_rewrite_slashes(const struct rule_input *route)
{
    const char *value = json_string(json_member(rewrite_of(route), "prefix"), "value");
    if (value && (*value != '/' || !ends_with_slash(value)))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "The value of a prefix rewrite must start and end with /.");
    return OK;
}

enum status check_rewritten_prefix(const struct rule_input *route)
{
    const struct cJSON *rewrite = json_member(rewrite_of(route), "prefix");
    const char *prefix = json_string(match_of(route), "prefix");
    if (!rewrite || !prefix)
        return OK;
    if (*prefix != '/' || (json_member(rewrite, "value") && !ends_with_slash(prefix)))
        return error_set(route->error, ERR_BAD_REQUEST,
                         "A prefix that is rewritten must start with /, and end with / if it is "
                         "rewritten to a value.");
    return OK;
}
