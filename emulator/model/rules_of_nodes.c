/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "json.h"
#include "rule_checks.h"

#define PORT_COUNT 65536

static int64_t port_of(const struct cJSON *listener)
{
    return json_integer(json_member(listener, "portMapping"), "port", 0);
}

static const char *protocol_of(const struct cJSON *listener)
{
    return json_string(json_member(listener, "portMapping"), "protocol");
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return word && (strcmp(word, a) == 0 || strcmp(word, b) == 0);
}

static bool has_listener(const struct rule_input *spec)
{
    return json_first(json_member(spec->subject, "listeners")) != NULL;
}

enum status check_discovery_needs_listener(const struct rule_input *spec)
{
    if (json_member(spec->subject, "serviceDiscovery") && !has_listener(spec))
        return error_set(spec->error, ERR_BAD_REQUEST,
                         "Service Discovery can't be set without a listener.");
    return OK;
}

enum status check_listener_needs_discovery(const struct rule_input *spec)
{
    if (has_listener(spec) && !json_member(spec->subject, "serviceDiscovery"))
        return error_set(spec->error, ERR_BAD_REQUEST,
                         "A listener can't be set without Service Discovery.");
    return OK;
}

enum status check_gateway_listeners(const struct rule_input *spec)
{
    if (!has_listener(spec))
        return error_set(spec->error, ERR_BAD_REQUEST,
                         "Virtual Gateway must have at least one listener.");
    return OK;
}

enum status check_listener_ports(const struct rule_input *spec)
{
    unsigned char seen[PORT_COUNT / 8] = {0};
    const struct cJSON *listener = json_first(json_member(spec->subject, "listeners"));
    for (; listener; listener = json_next(listener)) {
        size_t port = (size_t)port_of(listener);
        unsigned bit = 1u << port % 8;
        if (seen[port / 8] & bit)
            return error_set(spec->error, ERR_BAD_REQUEST, "More than one listener has port %zu.",
                             port);
        seen[port / 8] = (unsigned char)(seen[port / 8] | bit);
    }
    return OK;
}

enum status check_health_path(const struct rule_input *listener)
{
    const struct cJSON *health = json_member(listener->subject, "healthCheck");
    const char *path = json_string(health, "path");
    if (is_one_of(json_string(health, "protocol"), "http", "http2") && (!path || !*path))
        return error_set(listener->error, ERR_BAD_REQUEST,
                         "HealthCheck of protocol HTTP or HTTP2 requires a path.");
    return OK;
}

enum status check_grpc_health(const struct rule_input *listener)
{
    const char *protocol = json_string(json_member(listener->subject, "healthCheck"), "protocol");
    if (protocol && strcmp(protocol, "grpc") == 0 &&
        !is_one_of(protocol_of(listener->subject), "http2", "grpc"))
        return error_set(listener->error, ERR_BAD_REQUEST,
                         "GRPC HealthCheck requires listener type of HTTP2 or GRPC.");
    return OK;
}

enum status check_health_port(const struct rule_input *listener)
{
    int64_t port = port_of(listener->subject);
    if (json_integer(json_member(listener->subject, "healthCheck"), "port", port) != port)
        return error_set(listener->error, ERR_BAD_REQUEST,
                         "HealthCheck port must be the listener port %" PRId64 ".", port);
    return OK;
}

/* The one member of a union is called like the protocol. */
static enum status check_fit(const struct rule_input *listener, const char *member,
                             const char *words)
{
    const struct cJSON *one = json_first(json_member(listener->subject, member));
    const char *protocol = protocol_of(listener->subject);
    if (one && strcmp(json_name(one), protocol) != 0)
        return error_set(listener->error, ERR_BAD_REQUEST,
                         "%s type %s does not match the listener protocol %s.", words,
                         json_name(one), protocol);
    return OK;
}

enum status check_connection_pool(const struct rule_input *listener)
{
    return check_fit(listener, "connectionPool", "Connection Pool");
}

enum status check_listener_timeout(const struct rule_input *listener)
{
    return check_fit(listener, "timeout", "Timeout");
}

enum status check_listener_durations(const struct rule_input *listener)
{
    const struct cJSON *outliers = json_member(listener->subject, "outlierDetection");
    const struct cJSON *timeout = json_first(json_member(listener->subject, "timeout"));
    enum status status = rules_check_duration(outliers, "baseEjectionDuration", listener->error);
    if (status == OK)
        status = rules_check_duration(outliers, "interval", listener->error);
    if (status == OK)
        status = rules_check_duration(timeout, "idle", listener->error);
    if (status == OK)
        status = rules_check_duration(timeout, "perRequest", listener->error);
    return status;
}

/* arn:partition:service:region:account:resource, of which region and account may be empty. */
static bool is_arn(const char *text)
{
    size_t sizes[5];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        sizes[i] = strcspn(text, ":");
        if (text[sizes[i]] == '\0' || (i == 0 && strncmp(text, "arn:", 4) != 0))
            return false;
        text += sizes[i] + 1;
    }
    return sizes[1] > 0 && sizes[2] > 0 && *text;
}

enum status check_certificate_arn(const struct rule_input *listener)
{
    const struct cJSON *tls = json_member(listener->subject, "tls");
    const struct cJSON *acm = json_member(json_member(tls, "certificate"), "acm");
    if (acm && !is_arn(json_string(acm, "certificateArn")))
        return error_set(listener->error, ERR_BAD_REQUEST, "certificateArn must be an ARN.");
    return OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted rather than each compared with each: a body of 1 MiB can hold 20,000 backends. */
enum status check_backends(const struct rule_input *spec)
{
    const struct cJSON *backends = json_member(spec->subject, "backends");
    size_t count = 0;
    if (json_size(backends) < 2)
        return OK;
    const char **names = memory_new((size_t)json_size(backends) * sizeof *names);
    for (const struct cJSON *one = json_first(backends); one; one = json_next(one))
        names[count++] = json_string(json_member(one, "virtualService"), "virtualServiceName");
    qsort(names, count, sizeof *names, compare_names);
    enum status status = OK;
    for (size_t i = 1; i < count && status == OK; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status = error_set(spec->error, ERR_BAD_REQUEST, "Backend %s is listed more than once.",
                               names[i]);
    free(names);
    return status;
}

enum status check_attribute_keys(const struct rule_input *spec)
{
    static const char reserved[] = "AWS_INSTANCE_";
    const struct cJSON *discovery = json_member(spec->subject, "serviceDiscovery");
    const struct cJSON *attributes =
        json_member(json_member(discovery, "awsCloudMap"), "attributes");
    for (const struct cJSON *one = json_first(attributes); one; one = json_next(one))
        if (strncmp(json_string(one, "key"), reserved, strlen(reserved)) == 0)
            return error_set(spec->error, ERR_BAD_REQUEST,
                             "Attribute key %s must not start with %s.", json_string(one, "key"),
                             reserved);
    return OK;
}
