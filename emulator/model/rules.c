/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <string.h>

#include "bytes.h"
#include "json.h"
#include "references.h"
#include "rule_checks.h"

#define NAME_MAX_LENGTH 255

enum status rules_check_name(const char *path, const char *name, struct error *error)
{
    size_t size = strlen(name);
    bool is_fine = size >= 1 && size <= NAME_MAX_LENGTH;
    for (size_t i = 0; i < size && is_fine; i++)
        is_fine = name[i] >= '!' && name[i] <= '~' && name[i] != '/';
    if (is_fine)
        return OK;
    return error_set(error, ERR_BAD_REQUEST,
                     "%s must be 1 to 255 printable ASCII characters (0x21-0x7E) without /.", path);
}

enum status rules_check_duration(const struct cJSON *parent, const char *name, struct error *error)
{
    const struct cJSON *duration = json_member(parent, name);
    if (duration && (!json_member(duration, "unit") || !json_member(duration, "value")))
        return error_set(error, ERR_BAD_REQUEST, "%s must have both a unit and a value.", name);
    return OK;
}

struct name_check {
    enum status status;
    struct error *error;
};

static void check_reference(void *context, const struct reference *reference)
{
    struct name_check *check = context;
    if (check->status == OK)
        check->status = rules_check_name(reference->path, reference->name, check->error);
}

static enum status check_names(const struct rule_input *spec)
{
    struct name_check check = {OK, spec->error};
    references_walk(spec->kind, spec->subject, check_reference, &check);
    return check.status;
}

#define MESH (1u << KIND_MESH)
#define GATEWAY (1u << KIND_VIRTUAL_GATEWAY)
#define GATEWAY_ROUTE (1u << KIND_GATEWAY_ROUTE)
#define NODE (1u << KIND_VIRTUAL_NODE)
#define ROUTER (1u << KIND_VIRTUAL_ROUTER)
#define ROUTE (1u << KIND_ROUTE)
#define SERVICE (1u << KIND_VIRTUAL_SERVICE)
#define ALL (MESH | GATEWAY | GATEWAY_ROUTE | NODE | ROUTER | ROUTE | SERVICE)

/* Five lines a row: name; kinds, subject and function; what it says; its source.
 * "documented" without more: prose of the API model (botocore appmesh 2019-01-25). */
/* clang-format off */
const struct rule rules[] = {
    {"name",
     ALL, SUBJECT_SPEC, check_names,
     "Names of all kinds and every reference to one are 1 to 255 printable ASCII characters "
     "(0x21-0x7E) without '/'.",
     "our choice: '/' never worked (recorded, aws-app-mesh-roadmap#101), the model bounds only the length"},
    {"control-characters",
     NODE | GATEWAY | ROUTE | GATEWAY_ROUTE, SUBJECT_SPEC, check_control_characters,
     "No text but the format of an access log has control characters other than tabs.",
     "our choice: Envoy refuses them in names of headers, in hosts and in paths that are sent"},
    {"empty-texts",
     NODE | GATEWAY, SUBJECT_SPEC, check_empty_texts,
     "The hostname of a serviceDiscovery, secret names and ARNs of authorities are not empty.",
     "our choice: Envoy refuses them, and with them all other clusters or listeners"},

    {"discovery-needs-listener",
     NODE, SUBJECT_SPEC, check_discovery_needs_listener,
     "serviceDiscovery needs at least one listener.",
     "recorded: terraform-provider-aws#13337"},
    {"listener-needs-discovery",
     NODE, SUBJECT_SPEC, check_listener_needs_discovery,
     "A listener needs serviceDiscovery.",
     "documented; the text is ours"},
    {"gateway-needs-listener",
     GATEWAY, SUBJECT_SPEC, check_gateway_listeners,
     "A virtual gateway has at least one listener.",
     "our choice"},
    {"listener-ports",
     NODE | GATEWAY | ROUTER, SUBJECT_SPEC, check_listener_ports,
     "No two listeners have the same port.",
     "our choice"},
    {"health-check-path",
     NODE | GATEWAY, SUBJECT_LISTENER, check_health_path,
     "A health check of protocol http or http2 has a path that is not empty.",
     "documented: aws-app-mesh-roadmap#199; the text is ours"},
    {"grpc-health-check",
     NODE | GATEWAY, SUBJECT_LISTENER, check_grpc_health,
     "A health check of protocol grpc needs a listener of protocol http2 or grpc.",
     "recorded: terraform-provider-aws#21359"},
    {"health-check-port",
     NODE | GATEWAY, SUBJECT_LISTENER, check_health_port,
     "The port of a health check, if given, is the listener's.",
     "documented; the text is ours"},
    {"connection-pool",
     NODE | GATEWAY, SUBJECT_LISTENER, check_connection_pool,
     "The connection pool is of the listener's protocol.",
     "documented; the text is ours"},
    {"listener-timeout",
     NODE, SUBJECT_LISTENER, check_listener_timeout,
     "The timeout is of the listener's protocol.",
     "our choice, as for connection pools"},
    {"listener-durations",
     NODE, SUBJECT_LISTENER, check_listener_durations,
     "A duration has both a unit and a value.",
     "our choice: the model requires neither"},
    {"certificate-arn",
     NODE | GATEWAY, SUBJECT_LISTENER, check_certificate_arn,
     "The certificateArn of a listener is an ARN; it need not exist.",
     "our choice: the service looked the certificate up (recorded, aws-app-mesh-roadmap#180)"},
    {"backends",
     NODE, SUBJECT_SPEC, check_backends,
     "No two backends name the same virtual service.",
     "our choice, as announced in aws-app-mesh-roadmap#170"},
    {"attribute-keys",
     NODE, SUBJECT_SPEC, check_attribute_keys,
     "No Cloud Map attribute key starts with AWS_INSTANCE_.",
     "recorded for AWS_INSTANCE_PORT: aws-app-mesh-controller-for-k8s#357; the text is ours"},

    {"one-route-type",
     ROUTE | GATEWAY_ROUTE, SUBJECT_SPEC, check_one_route_type,
     "A spec has exactly one route type.",
     "documented; the text is ours"},
    {"scheme",
     ROUTE, SUBJECT_ROUTE, check_scheme,
     "An httpRoute does not match on scheme (403, not 400).",
     "recorded: terraform-provider-aws#18528"},
    {"match-not-empty",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_match_is_not_empty,
     "The match of an HTTP route, or of a gateway route of any type, has at least one criterion.",
     "our choice: a prefix was once required; an empty grpcRoute match was accepted (terraform-provider-aws#16816)"},
    {"prefix-or-path",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_prefix_or_path,
     "A match does not have both prefix and path.",
     "documented by AWS's Kubernetes controller, which refuses it; the text is ours"},
    {"prefix-slash",
     ROUTE, SUBJECT_ROUTE, check_prefix_slash,
     "The prefix of a route starts with '/'; that of a gateway route need not.",
     "documented; a gateway route without it was accepted by the service in the controller's tests"},
    {"path",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_path,
     "The path of a match is either exact or regex.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"path-slash",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_path_slash,
     "An exact path starts with '/'.",
     "documented by the AWS CDK, which refuses others; the text is ours"},
    {"header-name",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_header_names,
     "The name of a header has no colon.",
     "recorded: aws-app-mesh-roadmap#261; the text is ours"},
    {"range",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_ranges,
     "The range of a header or of metadata starts below its end, which is exclusive.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"query-parameter-names",
     ROUTE | GATEWAY_ROUTE, SUBJECT_ROUTE, check_query_parameter_names,
     "The name of a query parameter has 1 to 1024 bytes.",
     "our choice: the model has no bounds, Envoy these"},
    {"method-needs-service",
     ROUTE, SUBJECT_ROUTE, check_method_needs_service,
     "methodName needs serviceName.",
     "documented; the text is ours"},
    {"weighted-targets",
     ROUTE, SUBJECT_ROUTE, check_targets,
     "A virtual node is a weighted target more than once only with different ports.",
     "our choice"},
    {"retry-events",
     ROUTE, SUBJECT_ROUTE, check_retry_events,
     "A retry policy has at least one event, of any sort.",
     "documented; the text is ours"},
    {"http-retry-events",
     ROUTE, SUBJECT_ROUTE, check_http_retry_events,
     "HTTP retry events are server-error, gateway-error, client-error or stream-error.",
     "documented, the model only bounds their length; the text is ours"},
    {"route-durations",
     ROUTE, SUBJECT_ROUTE, check_route_durations,
     "A duration has both a unit and a value.",
     "our choice: the model requires neither"},

    {"hostname",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_hostname,
     "The hostname of a match is either exact or a suffix.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"reserved-prefix",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_reserved_prefix,
     "Prefixes /aws-appmesh* and /aws-app-mesh* are reserved.",
     "documented: App Mesh user guide, gateway routes; the text is ours"},
    {"reserved-service",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_reserved_service,
     "The gRPC service names aws.appmesh and /aws.app-mesh* are reserved.",
     "documented: App Mesh user guide, gateway routes; the text is ours"},
    {"rewrite-once",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_rewrite_once,
     "A rewrite does not have both prefix and path.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"prefix-rewrite",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_prefix_rewrite,
     "A prefix rewrite has either defaultPrefix or value.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"prefix-rewrite-slashes",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_prefix_rewrite_slashes,
     "The value of a prefix rewrite starts and ends with '/'.",
     "documented by AWS's Kubernetes controller; the text is ours"},
    {"rewritten-prefix",
     GATEWAY_ROUTE, SUBJECT_ROUTE, check_rewritten_prefix,
     "A prefix that is rewritten starts with '/', and ends with it if it is rewritten to a value.",
     "documented by AWS's Kubernetes controller and CDK; the text is ours"},
};
/* clang-format on */
const size_t rule_count = COUNT(rules);

/* The member of a route's spec that is not its priority. */
static const struct cJSON *route_of(const struct cJSON *spec)
{
    const struct cJSON *member = json_first(spec);
    return strcmp(json_name(member), "priority") == 0 ? json_next(member) : member;
}

static enum status check_rule(const struct rule *rule, struct rule_input input)
{
    enum status status = OK;
    switch (rule->subject) {
    case SUBJECT_SPEC:
        return rule->check(&input);
    case SUBJECT_LISTENER:
        input.subject = json_first(json_member(input.subject, "listeners"));
        for (; input.subject && status == OK; input.subject = json_next(input.subject))
            status = rule->check(&input);
        return status;
    case SUBJECT_ROUTE:
        input.subject = route_of(input.subject);
        return rule->check(&input);
    }
    return status;
}

enum status rules_check(enum kind kind, const struct cJSON *spec, struct error *error)
{
    enum status status = OK;
    for (size_t i = 0; i < rule_count && status == OK; i++)
        if (rules[i].kinds & 1u << kind)
            status = check_rule(&rules[i], (struct rule_input){kind, spec, error});
    return status;
}

static void fill_health_port(struct cJSON *listener)
{
    struct cJSON *health = json_member(listener, "healthCheck");
    if (health && !json_member(health, "port"))
        json_add_integer(health, "port",
                         json_integer(json_member(listener, "portMapping"), "port", 0));
}

void rules_fill(enum kind kind, struct cJSON *spec)
{
    if (kind != KIND_VIRTUAL_NODE && kind != KIND_VIRTUAL_GATEWAY)
        return;
    struct cJSON *listener = json_first(json_member(spec, "listeners"));
    for (; listener; listener = json_next(listener))
        fill_health_port(listener);
    if (kind == KIND_VIRTUAL_NODE && !json_member(spec, "backends"))
        json_add_array(spec, "backends");
}
