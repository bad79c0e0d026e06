/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

#include "arena.h"
#include "json.h"
#include "rules.h"
#include "shape.h"

#define LISTENER(protocol, rest)                                                                   \
    "{\"portMapping\":{\"port\":80,\"protocol\":\"" protocol "\"}" rest "}"
#define DISCOVERY "\"serviceDiscovery\":{\"dns\":{\"hostname\":\"h\"}}"
#define NODE(protocol, rest) "{" DISCOVERY ",\"listeners\":[" LISTENER(protocol, rest) "]}"
#define GATEWAY(protocol, rest) "{\"listeners\":[" LISTENER(protocol, rest) "]}"
#define HEALTH(protocol, rest)                                                                     \
    ",\"healthCheck\":{\"healthyThreshold\":2,\"unhealthyThreshold\":2,\"intervalMillis\":5000,"   \
    "\"timeoutMillis\":2000,\"protocol\":\"" protocol "\"" rest "}"
#define OUTLIERS(interval, ejection)                                                               \
    ",\"outlierDetection\":{\"maxEjectionPercent\":1,\"maxServerErrors\":1,\"interval\":" interval \
    ",\"baseEjectionDuration\":" ejection "}"
#define SECOND "{\"unit\":\"s\",\"value\":1}"
#define ACM(arn)                                                                                   \
    ",\"tls\":{\"mode\":\"STRICT\",\"certificate\":{\"acm\":{\"certificateArn\":\"" arn "\"}}}"
#define BACKEND(name) "{\"virtualService\":{\"virtualServiceName\":\"" name "\"}}"
#define MAP(key)                                                                                   \
    "{\"listeners\":[" LISTENER("http", "") "],\"serviceDiscovery\":{\"awsCloudMap\":{"            \
                                            "\"namespaceName\":\"n\",\"serviceName\":\"s\","       \
                                            "\"attributes\":[{\"key\":\"a\",\"value\":\"v\"},"     \
                                            "{\"key\":\"" key "\",\"value\":\"v\"}]}}}"

#define TO(targets) "\"action\":{\"weightedTargets\":[" targets "]}"
#define N1 "{\"virtualNode\":\"n\",\"weight\":1}"
#define ROUTE_OF(type, match, rest)                                                                \
    "{\"priority\":1,\"" type "\":{" TO(N1) ",\"match\":{" match "}" rest "}}"
#define RETRY(events) ",\"retryPolicy\":{\"maxRetries\":0,\"perRetryTimeout\":" SECOND events "}"
#define GATEWAY_ROUTE_OF(type, match, rewrite)                                                     \
    "{\"" type                                                                                     \
    "\":{\"action\":{\"target\":{\"virtualService\":{\"virtualServiceName\":\"s\"}}" rewrite       \
    "},\"match\":{" match "}}}"
#define REWRITE(rewrite) ",\"rewrite\":{" rewrite "}"
#define RANGE(start, end)                                                                          \
    "[{\"name\":\"n\",\"match\":{\"range\":{\"start\":" start ",\"end\":" end "}}}]"

#define LOG(path, format) "{\"accessLog\":{\"file\":{\"path\":\"" path "\",\"format\":" format "}}}"
#define POLICY(trust) "{\"clientPolicy\":{\"tls\":{\"validation\":{\"trust\":" trust "}}}}"
#define QUERY(name) "\"queryParameters\":[{\"name\":\"" name "\"}]"
#define X16 "xxxxxxxxxxxxxxxx"
#define X64 X16 X16 X16 X16
#define X256 X64 X64 X64 X64

#define NAME_TEXT " must be 1 to 255 printable ASCII characters (0x21-0x7E) without /."
#define TYPES_TEXT "Exactly one of httpRoute, http2Route, grpcRoute, tcpRoute must be set."

/* complaint NULL: accepted. Sources are in the table of rules. */
/* clang-format off */
static const struct {
    const char *rule;
    enum kind kind;
    const char *spec, *complaint;
} rows[] = {
    {"name", KIND_VIRTUAL_NODE, "{\"backends\":[" BACKEND("a_b.c-d:e") "]}", NULL},
    {"name", KIND_VIRTUAL_NODE, "{\"backends\":[" BACKEND("a") "," BACKEND("a b") "]}",
     "spec.backends.virtualService.virtualServiceName" NAME_TEXT},
    {"name", KIND_VIRTUAL_NODE, "{\"backends\":[" BACKEND("") "]}",
     "spec.backends.virtualService.virtualServiceName" NAME_TEXT},
    {"name", KIND_VIRTUAL_SERVICE,
     "{\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"a/b\"}}}",
     "spec.provider.virtualNode.virtualNodeName" NAME_TEXT},
    {"name", KIND_VIRTUAL_SERVICE,
     "{\"provider\":{\"virtualRouter\":{\"virtualRouterName\":\"é\"}}}",
     "spec.provider.virtualRouter.virtualRouterName" NAME_TEXT},
    {"name", KIND_ROUTE,
     "{\"tcpRoute\":{" TO(N1 ",{\"virtualNode\":\"\\u007f\",\"weight\":1}") "}}",
     "spec.tcpRoute.action.weightedTargets.virtualNode" NAME_TEXT},
    {"name", KIND_GATEWAY_ROUTE,
     "{\"httpRoute\":{\"match\":{\"prefix\":\"/\"},\"action\":{\"target\":{\"virtualService\":{"
     "\"virtualServiceName\":\"a\\n\"}}}}}",
     "spec.httpRoute.action.target.virtualService.virtualServiceName" NAME_TEXT},

    {"control-characters", KIND_VIRTUAL_NODE,
     "{\"logging\":" LOG("a", "{\"text\":\"a\\n\"}") "}", NULL},
    {"control-characters", KIND_VIRTUAL_NODE,
     "{\"logging\":" LOG("a\\n", "{\"text\":\"a\"}") "}",
     "path must not have control characters."},
    {"control-characters", KIND_VIRTUAL_GATEWAY,
     GATEWAY("http", HEALTH("http", ",\"path\":\"/\\u007f\"")),
     "path must not have control characters."},
    {"control-characters", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"headers\":[{\"name\":\"é\\t\"}]", ""), NULL},
    {"control-characters", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"headers\":[{\"name\":\"a\"},{\"name\":\"a\\r\"}]", ""),
     "name must not have control characters."},
    {"control-characters", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"hostname\":{\"exact\":\"\\u0001\"}", ""),
     "exact must not have control characters."},

    {"empty-texts", KIND_VIRTUAL_NODE, NODE("http", ""), NULL},
    {"empty-texts", KIND_VIRTUAL_NODE,
     "{\"serviceDiscovery\":{\"dns\":{\"hostname\":\"\"}},\"listeners\":[" LISTENER("http", "") "]}",
     "hostname must not be empty."},
    {"empty-texts", KIND_VIRTUAL_NODE,
     "{\"backendDefaults\":" POLICY("{\"acm\":{\"certificateAuthorityArns\":[\"a\",\"\"]}}") "}",
     "certificateAuthorityArns must not be empty."},
    {"empty-texts", KIND_VIRTUAL_GATEWAY,
     "{\"listeners\":[" LISTENER("http", "") "],\"backendDefaults\":" POLICY(
         "{\"sds\":{\"secretName\":\"\"}}") "}",
     "secretName must not be empty."},

    {"discovery-needs-listener", KIND_VIRTUAL_NODE, "{}", NULL},
    {"discovery-needs-listener", KIND_VIRTUAL_NODE, "{" DISCOVERY "}",
     "Service Discovery can't be set without a listener."},
    {"discovery-needs-listener", KIND_VIRTUAL_NODE, "{" DISCOVERY ",\"listeners\":[]}",
     "Service Discovery can't be set without a listener."},

    {"listener-needs-discovery", KIND_VIRTUAL_NODE, "{\"listeners\":[],\"logging\":{}}", NULL},
    {"listener-needs-discovery", KIND_VIRTUAL_NODE, NODE("tcp", ""), NULL},
    {"listener-needs-discovery", KIND_VIRTUAL_NODE, "{\"listeners\":[" LISTENER("tcp", "") "]}",
     "A listener can't be set without Service Discovery."},

    {"gateway-needs-listener", KIND_VIRTUAL_GATEWAY, GATEWAY("http", ""), NULL},
    {"gateway-needs-listener", KIND_VIRTUAL_GATEWAY, "{\"listeners\":[]}",
     "Virtual Gateway must have at least one listener."},

    {"listener-ports", KIND_VIRTUAL_ROUTER, "{}", NULL},
    {"listener-ports", KIND_VIRTUAL_ROUTER,
     "{\"listeners\":[" LISTENER("tcp", "")
     ",{\"portMapping\":{\"port\":65535,\"protocol\":\"tcp\"}}]}",
     NULL},
    {"listener-ports", KIND_VIRTUAL_ROUTER,
     "{\"listeners\":[" LISTENER("tcp", "") "," LISTENER("http", "") "]}",
     "More than one listener has port 80."},
    {"listener-ports", KIND_VIRTUAL_GATEWAY,
     "{\"listeners\":[" LISTENER("http", "") "," LISTENER("http", "") "]}",
     "More than one listener has port 80."},
    {"listener-ports", KIND_VIRTUAL_NODE,
     "{" DISCOVERY ",\"listeners\":[" LISTENER("tcp", "") "," LISTENER("http", "") "]}",
     "More than one listener has port 80."},

    {"health-check-path", KIND_VIRTUAL_NODE, NODE("http", HEALTH("tcp", "")), NULL},
    {"health-check-path", KIND_VIRTUAL_NODE, NODE("grpc", HEALTH("grpc", ",\"path\":\"\"")), NULL},
    {"health-check-path", KIND_VIRTUAL_GATEWAY, GATEWAY("http", HEALTH("http", ",\"path\":\"p\"")),
     NULL},
    {"health-check-path", KIND_VIRTUAL_NODE, NODE("http", HEALTH("http", "")),
     "HealthCheck of protocol HTTP or HTTP2 requires a path."},
    {"health-check-path", KIND_VIRTUAL_NODE, NODE("grpc", HEALTH("http2", ",\"path\":\"\"")),
     "HealthCheck of protocol HTTP or HTTP2 requires a path."},
    {"health-check-path", KIND_VIRTUAL_GATEWAY, GATEWAY("http", HEALTH("http", "")),
     "HealthCheck of protocol HTTP or HTTP2 requires a path."},

    {"grpc-health-check", KIND_VIRTUAL_NODE, NODE("http2", HEALTH("grpc", "")), NULL},
    {"grpc-health-check", KIND_VIRTUAL_GATEWAY, GATEWAY("grpc", HEALTH("grpc", "")), NULL},
    {"grpc-health-check", KIND_VIRTUAL_GATEWAY, GATEWAY("http", HEALTH("grpc", "")),
     "GRPC HealthCheck requires listener type of HTTP2 or GRPC."},
    {"grpc-health-check", KIND_VIRTUAL_NODE, NODE("tcp", HEALTH("grpc", "")),
     "GRPC HealthCheck requires listener type of HTTP2 or GRPC."},

    {"health-check-port", KIND_VIRTUAL_NODE, NODE("tcp", HEALTH("tcp", ",\"port\":80")), NULL},
    {"health-check-port", KIND_VIRTUAL_NODE, NODE("tcp", HEALTH("tcp", ",\"port\":81")),
     "HealthCheck port must be the listener port 80."},
    {"health-check-port", KIND_VIRTUAL_GATEWAY, GATEWAY("grpc", HEALTH("grpc", ",\"port\":81")),
     "HealthCheck port must be the listener port 80."},

    {"connection-pool", KIND_VIRTUAL_NODE,
     NODE("tcp", ",\"connectionPool\":{\"tcp\":{\"maxConnections\":1}}"), NULL},
    {"connection-pool", KIND_VIRTUAL_NODE,
     NODE("http", ",\"connectionPool\":{\"tcp\":{\"maxConnections\":1}}"),
     "Connection Pool type tcp does not match the listener protocol http."},
    {"connection-pool", KIND_VIRTUAL_GATEWAY,
     GATEWAY("http2", ",\"connectionPool\":{\"grpc\":{\"maxRequests\":1}}"),
     "Connection Pool type grpc does not match the listener protocol http2."},

    {"listener-timeout", KIND_VIRTUAL_NODE, NODE("http2", ",\"timeout\":{\"http2\":{}}"), NULL},
    {"listener-timeout", KIND_VIRTUAL_NODE, NODE("tcp", ",\"timeout\":{\"http\":{}}"),
     "Timeout type http does not match the listener protocol tcp."},

    {"listener-durations", KIND_VIRTUAL_NODE, NODE("tcp", OUTLIERS(SECOND, SECOND)), NULL},
    {"listener-durations", KIND_VIRTUAL_NODE,
     NODE("http", ",\"timeout\":{\"http\":{\"idle\":{\"unit\":\"ms\",\"value\":0}}}"), NULL},
    {"listener-durations", KIND_VIRTUAL_NODE,
     NODE("http", ",\"timeout\":{\"http\":{\"idle\":{\"unit\":\"ms\"}}}"),
     "idle must have both a unit and a value."},
    {"listener-durations", KIND_VIRTUAL_NODE,
     NODE("http", ",\"timeout\":{\"http\":{\"perRequest\":{}}}"),
     "perRequest must have both a unit and a value."},
    {"listener-durations", KIND_VIRTUAL_NODE, NODE("tcp", OUTLIERS("{\"value\":1}", SECOND)),
     "interval must have both a unit and a value."},
    {"listener-durations", KIND_VIRTUAL_NODE, NODE("tcp", OUTLIERS(SECOND, "{}")),
     "baseEjectionDuration must have both a unit and a value."},

    {"certificate-arn", KIND_VIRTUAL_NODE,
     NODE("http", ACM("arn:aws:acm:us-west-2:123456789012:certificate/c")), NULL},
    {"certificate-arn", KIND_VIRTUAL_GATEWAY, GATEWAY("http", ACM("arn:aws:acm:::c:d")), NULL},
    {"certificate-arn", KIND_VIRTUAL_NODE, NODE("http", ACM("")),
     "certificateArn must be an ARN."},
    {"certificate-arn", KIND_VIRTUAL_NODE, NODE("http", ACM("arn:aws:acm::")),
     "certificateArn must be an ARN."},
    {"certificate-arn", KIND_VIRTUAL_NODE, NODE("http", ACM("arn:aws:acm:r:a:")),
     "certificateArn must be an ARN."},
    {"certificate-arn", KIND_VIRTUAL_GATEWAY, GATEWAY("http", ACM("arn::acm:r:a:c")),
     "certificateArn must be an ARN."},
    {"certificate-arn", KIND_VIRTUAL_GATEWAY, GATEWAY("http", ACM("arn:aws::r:a:c")),
     "certificateArn must be an ARN."},
    {"certificate-arn", KIND_VIRTUAL_GATEWAY, GATEWAY("http", ACM("xrn:aws:acm:r:a:c")),
     "certificateArn must be an ARN."},

    {"backends", KIND_VIRTUAL_NODE, "{\"backends\":[" BACKEND("b") "," BACKEND("a") "]}", NULL},
    {"backends", KIND_VIRTUAL_NODE,
     "{\"backends\":[" BACKEND("b") "," BACKEND("a") "," BACKEND("b") "]}",
     "Backend b is listed more than once."},
    {"backends", KIND_VIRTUAL_NODE, "{\"backends\":[" BACKEND("b") "," BACKEND("b") "]}",
     "Backend b is listed more than once."},

    {"attribute-keys", KIND_VIRTUAL_NODE, MAP("AWS_INSTANCE"), NULL},
    {"attribute-keys", KIND_VIRTUAL_NODE, MAP("AWS_INSTANCE_PORT"),
     "Attribute key AWS_INSTANCE_PORT must not start with AWS_INSTANCE_."},

    {"one-route-type", KIND_ROUTE, "{\"tcpRoute\":{" TO(N1) "}}", NULL},
    {"one-route-type", KIND_ROUTE, "{}", TYPES_TEXT},
    {"one-route-type", KIND_ROUTE, "{\"priority\":1}", TYPES_TEXT},
    {"one-route-type", KIND_ROUTE,
     "{\"tcpRoute\":{" TO(N1) "},\"grpcRoute\":{\"match\":{}," TO(N1) "}}", TYPES_TEXT},
    {"one-route-type", KIND_GATEWAY_ROUTE, "{\"priority\":1}",
     "Exactly one of httpRoute, http2Route, grpcRoute must be set."},

    {"scheme", KIND_ROUTE, ROUTE_OF("http2Route", "\"scheme\":\"https\"", ""), NULL},
    {"scheme", KIND_ROUTE, ROUTE_OF("httpRoute", "\"prefix\":\"/\",\"scheme\":\"http\"", ""),
     "Scheme matching in HTTP routes is not supported."},

    {"match-not-empty", KIND_ROUTE, ROUTE_OF("grpcRoute", "", ""), NULL},
    {"match-not-empty", KIND_ROUTE, ROUTE_OF("tcpRoute", "", ""), NULL},
    {"match-not-empty", KIND_ROUTE, ROUTE_OF("httpRoute", "\"port\":80", ""), NULL},
    {"match-not-empty", KIND_GATEWAY_ROUTE, GATEWAY_ROUTE_OF("grpcRoute", "\"port\":80", ""), NULL},
    {"match-not-empty", KIND_ROUTE, ROUTE_OF("httpRoute", "", ""),
     "The match of httpRoute must have at least one criterion."},
    {"match-not-empty", KIND_GATEWAY_ROUTE, GATEWAY_ROUTE_OF("http2Route", "", ""),
     "The match of http2Route must have at least one criterion."},
    {"match-not-empty", KIND_GATEWAY_ROUTE, GATEWAY_ROUTE_OF("grpcRoute", "", ""),
     "The match of grpcRoute must have at least one criterion."},

    {"prefix-or-path", KIND_ROUTE, ROUTE_OF("httpRoute", "\"path\":{\"regex\":\"r\"}", ""), NULL},
    {"prefix-or-path", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"prefix\":\"/\",\"path\":{\"exact\":\"/\"}", ""),
     "A match must have either a prefix or a path, not both."},
    {"prefix-or-path", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\",\"path\":{\"exact\":\"/\"}", ""),
     "A match must have either a prefix or a path, not both."},

    {"prefix-slash", KIND_ROUTE, ROUTE_OF("httpRoute", "\"prefix\":\"/a\"", ""), NULL},
    {"prefix-slash", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"testPrefix\"", ""), NULL},
    {"prefix-slash", KIND_ROUTE, ROUTE_OF("httpRoute", "\"prefix\":\"a\"", ""),
     "The prefix of a match must start with /."},
    {"prefix-slash", KIND_ROUTE, ROUTE_OF("http2Route", "\"prefix\":\"\"", ""),
     "The prefix of a match must start with /."},

    {"path", KIND_GATEWAY_ROUTE, GATEWAY_ROUTE_OF("httpRoute", "\"path\":{\"exact\":\"/\"}", ""),
     NULL},
    {"path", KIND_ROUTE, ROUTE_OF("httpRoute", "\"path\":{}", ""),
     "The path of a match must be either exact or a regex."},
    {"path", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"path\":{\"exact\":\"/\",\"regex\":\"r\"}", ""),
     "The path of a match must be either exact or a regex."},

    {"path-slash", KIND_ROUTE, ROUTE_OF("httpRoute", "\"path\":{\"exact\":\"/a\"}", ""), NULL},
    {"path-slash", KIND_ROUTE, ROUTE_OF("httpRoute", "\"path\":{\"exact\":\"a\"}", ""),
     "The exact path of a match must start with /."},
    {"path-slash", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"path\":{\"exact\":\"a\"}", ""),
     "The exact path of a match must start with /."},

    {"header-name", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"headers\":[{\"name\":\"X-Testing1\"}]", ""), NULL},
    {"header-name", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"headers\":[{\"name\":\"a\"},{\"name\":\":authority\"}]", ""),
     "Header name :authority must not have a colon."},
    {"header-name", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"headers\":[{\"name\":\"a:\"}]", ""),
     "Header name a: must not have a colon."},

    {"range", KIND_ROUTE, ROUTE_OF("httpRoute", "\"headers\":" RANGE("-1", "0"), ""), NULL},
    {"range", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"metadata\":" RANGE("1", "2"), ""), NULL},
    {"range", KIND_ROUTE, ROUTE_OF("httpRoute", "\"headers\":" RANGE("1", "1"), ""),
     "The range of n must start below its end."},
    {"range", KIND_ROUTE, ROUTE_OF("grpcRoute", "\"metadata\":" RANGE("2", "1"), ""),
     "The range of n must start below its end."},
    {"range", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"headers\":" RANGE("2", "-9"), ""),
     "The range of n must start below its end."},

    {"query-parameter-names", KIND_ROUTE, ROUTE_OF("httpRoute", QUERY("é"), ""), NULL},
    {"query-parameter-names", KIND_ROUTE, ROUTE_OF("httpRoute", QUERY(""), ""),
     "The name of a query parameter must have 1 to 1024 bytes."},
    {"query-parameter-names", KIND_ROUTE, ROUTE_OF("http2Route", QUERY(X256 X256 X256 X256), ""), NULL},
    {"query-parameter-names", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", QUERY("x" X256 X256 X256 X256), ""),
     "The name of a query parameter must have 1 to 1024 bytes."},

    {"method-needs-service", KIND_ROUTE,
     ROUTE_OF("grpcRoute", "\"serviceName\":\"s\",\"methodName\":\"m\"", ""), NULL},
    {"method-needs-service", KIND_ROUTE, ROUTE_OF("grpcRoute", "\"methodName\":\"m\"", ""),
     "methodName can't be matched without serviceName."},

    {"weighted-targets", KIND_ROUTE,
     "{\"tcpRoute\":{" TO(N1 ",{\"virtualNode\":\"n\",\"weight\":1,\"port\":80},"
                             "{\"virtualNode\":\"n\",\"weight\":100,\"port\":81}") "}}",
     NULL},
    {"weighted-targets", KIND_ROUTE, "{\"tcpRoute\":{" TO(N1 "," N1) "}}",
     "Weighted target n is listed more than once for the same port."},

    {"retry-events", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"prefix\":\"/\"",
              RETRY(",\"tcpRetryEvents\":[\"connection-error\"]")),
     NULL},
    {"retry-events", KIND_ROUTE,
     ROUTE_OF("grpcRoute", "", RETRY(",\"grpcRetryEvents\":[\"cancelled\"]")), NULL},
    {"retry-events", KIND_ROUTE, ROUTE_OF("http2Route", "\"prefix\":\"/\"", RETRY("")),
     "A retry policy must have at least one retry event."},

    {"http-retry-events", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"prefix\":\"/\"",
              RETRY(",\"httpRetryEvents\":[\"server-error\",\"gateway-error\",\"client-error\","
                    "\"stream-error\"]")),
     NULL},
    {"http-retry-events", KIND_ROUTE,
     ROUTE_OF("grpcRoute", "", RETRY(",\"httpRetryEvents\":[\"server-error\",\"other\"]")),
     "HTTP retry event other must be one of server-error, gateway-error, client-error, "
     "stream-error."},

    {"route-durations", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"prefix\":\"/\"", ",\"timeout\":{\"idle\":" SECOND "}"), NULL},
    {"route-durations", KIND_ROUTE,
     ROUTE_OF("httpRoute", "\"prefix\":\"/\"", ",\"timeout\":{\"idle\":{}}"),
     "idle must have both a unit and a value."},
    {"route-durations", KIND_ROUTE,
     ROUTE_OF("grpcRoute", "", ",\"timeout\":{\"perRequest\":{\"unit\":\"s\"}}"),
     "perRequest must have both a unit and a value."},
    {"route-durations", KIND_ROUTE,
     ROUTE_OF("grpcRoute", "",
              ",\"retryPolicy\":{\"maxRetries\":1,\"perRetryTimeout\":{\"value\":1},"
              "\"httpRetryEvents\":[\"server-error\"]}"),
     "perRetryTimeout must have both a unit and a value."},

    {"hostname", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"hostname\":{\"suffix\":\".x\"}", ""), NULL},
    {"hostname", KIND_GATEWAY_ROUTE, GATEWAY_ROUTE_OF("httpRoute", "\"hostname\":{}", ""),
     "The hostname of a match must be either exact or a suffix."},
    {"hostname", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"hostname\":{\"exact\":\"x\",\"suffix\":\".x\"}", ""),
     "The hostname of a match must be either exact or a suffix."},

    {"reserved-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/aws\"", ""), NULL},
    {"reserved-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/aws-appmesh\"", ""),
     "Prefixes that start with /aws-appmesh or /aws-app-mesh are reserved."},
    {"reserved-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("http2Route", "\"prefix\":\"/aws-app-mesh/x/\"", ""),
     "Prefixes that start with /aws-appmesh or /aws-app-mesh are reserved."},

    {"reserved-service", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"serviceName\":\"aws.appmesher\"", ""), NULL},
    {"reserved-service", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"serviceName\":\"aws.appmesh\"", ""),
     "The service names aws.appmesh and /aws.app-mesh* are reserved."},
    {"reserved-service", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("grpcRoute", "\"serviceName\":\"/aws.app-mesh.v1\"", ""),
     "The service names aws.appmesh and /aws.app-mesh* are reserved."},

    {"rewrite-once", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("\"path\":{\"exact\":\"/\"}")),
     NULL},
    {"rewrite-once", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"",
                      REWRITE("\"path\":{\"exact\":\"/\"},\"prefix\":{\"value\":\"/\"}")),
     "A rewrite must have either a prefix or a path, not both."},

    {"prefix-rewrite", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("")), NULL},
    {"prefix-rewrite", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/conor\"",
                      REWRITE("\"prefix\":{\"defaultPrefix\":\"DISABLED\"}")),
     NULL},
    {"prefix-rewrite", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("\"prefix\":{}")),
     "A prefix rewrite must have either defaultPrefix or a value."},
    {"prefix-rewrite", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"",
                      REWRITE("\"prefix\":{\"defaultPrefix\":\"ENABLED\",\"value\":\"/\"}")),
     "A prefix rewrite must have either defaultPrefix or a value."},

    {"prefix-rewrite-slashes", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("\"prefix\":{\"value\":\"/a/\"}")),
     NULL},
    {"prefix-rewrite-slashes", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("\"prefix\":{\"value\":\"/a\"}")),
     "The value of a prefix rewrite must start and end with /."},
    {"prefix-rewrite-slashes", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/\"", REWRITE("\"prefix\":{\"value\":\"a/\"}")),
     "The value of a prefix rewrite must start and end with /."},

    {"rewritten-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/a/\"", REWRITE("\"prefix\":{\"value\":\"/\"}")),
     NULL},
    {"rewritten-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"port\":80", REWRITE("\"prefix\":{\"value\":\"/\"}")), NULL},
    {"rewritten-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"/a\"", REWRITE("\"prefix\":{\"value\":\"/\"}")),
     "A prefix that is rewritten must start with /, and end with / if it is rewritten to a value."},
    {"rewritten-prefix", KIND_GATEWAY_ROUTE,
     GATEWAY_ROUTE_OF("httpRoute", "\"prefix\":\"a\"",
                      REWRITE("\"prefix\":{\"defaultPrefix\":\"ENABLED\"}")),
     "A prefix that is rewritten must start with /, and end with / if it is rewritten to a value."},
};
/* clang-format on */

/* A spec whose shape holds. */
static struct cJSON *parse(enum kind kind, const char *text)
{
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    struct json_fault fault;
    struct cJSON *spec = json_parse(bytes_of(text), &fault);
    if (!spec)
        fail_msg("bad JSON in the test at byte %zu: %s: %s", fault.offset, fault.reason, text);
    if (shape_check(kinds[kind].spec, spec, true, "spec", &violations, &error) != OK ||
        violations_report(&violations, &error) != OK)
        fail_msg("%s: %s", text, error.message);
    arena_clear(&arena);
    return spec;
}

static void each_row_is_refused_with_its_text_or_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena = {0};
        struct error error = {.arena = &arena};
        struct cJSON *spec = parse(rows[i].kind, rows[i].spec);
        enum status status = rules_check(rows[i].kind, spec, &error);
        if (!rows[i].complaint && status != OK)
            fail_msg("%s: %s: %s", rows[i].rule, rows[i].spec, error.message);
        if (rows[i].complaint && status == OK)
            fail_msg("%s: accepted: %s", rows[i].rule, rows[i].spec);
        if (rows[i].complaint) {
            bool is_forbidden = strcmp(rows[i].rule, "scheme") == 0;
            assert_int_equal(status, is_forbidden ? ERR_FORBIDDEN : ERR_BAD_REQUEST);
            assert_string_equal(error.message, rows[i].complaint);
        }
        json_free(spec);
        arena_clear(&arena);
    }
}

static bool has_row(const struct rule *rule, enum kind kind, bool is_refused)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].rule, rule->name) == 0 && rows[i].kind == kind &&
            (rows[i].complaint != NULL) == is_refused)
            return true;
    return false;
}

/* The kinds that refer to others: names of the rest are checked where they come in. */
static unsigned kinds_of(const struct rule *rule)
{
    if (strcmp(rule->name, "name") != 0)
        return rule->kinds;
    return 1u << KIND_VIRTUAL_NODE | 1u << KIND_VIRTUAL_SERVICE | 1u << KIND_ROUTE |
           1u << KIND_GATEWAY_ROUTE;
}

static void every_rule_is_tested_both_ways_and_refuses_in_each_of_its_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        bool is_accepted = false;
        for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
            is_accepted = is_accepted || has_row(&rules[i], kind, false);
            if (kinds_of(&rules[i]) & 1u << kind && !has_row(&rules[i], kind, true))
                fail_msg("no refused row for %s of %s", rules[i].name, kinds[kind].name);
        }
        if (!is_accepted)
            fail_msg("no accepted row for %s", rules[i].name);
    }
}

static void a_rule_has_a_name_of_its_own_and_a_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_count; i++) {
        assert_true(strlen(rules[i].says) > 0 && strlen(rules[i].source) > 0);
        for (size_t j = i + 1; j < rule_count; j++)
            assert_string_not_equal(rules[i].name, rules[j].name);
    }
}

static void the_first_rule_that_fails_answers_alone(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct error error = {.arena = &arena};
    struct cJSON *spec = parse(
        KIND_VIRTUAL_NODE,
        "{" DISCOVERY ",\"backends\":[" BACKEND("a") "," BACKEND("a") "," BACKEND("a b") "]}");
    assert_int_equal(rules_check(KIND_VIRTUAL_NODE, spec, &error), ERR_BAD_REQUEST);
    assert_string_equal(error.message, "spec.backends.virtualService.virtualServiceName" NAME_TEXT);
    json_free(spec);
    arena_clear(&arena);
}

static void a_name_has_1_to_255_printable_characters(void **state)
{
    (void)state;
    struct arena arena = {0};
    char name[257] = {0};
    memset(name, '~', 255);
    struct error error = {.arena = &arena};
    assert_int_equal(rules_check_name("meshName", name, &error), OK);
    assert_int_equal(rules_check_name("meshName", "..", &error), OK);
    assert_int_equal(rules_check_name("meshName", "!", &error), OK);
    name[255] = '!';
    assert_int_equal(rules_check_name("meshName", name, &error), ERR_BAD_REQUEST);
    assert_string_equal(error.message, "meshName" NAME_TEXT);
    arena_clear(&arena);
}

#define CHECKED(port) LISTENER("grpc", HEALTH("grpc", port))
#define PORT_80 ",\"port\":80"

static void assert_filled(enum kind kind, const char *given, const char *stored)
{
    struct cJSON *spec = parse(kind, given), *expected = parse(kind, stored);
    rules_fill(kind, spec);
    assert_true(json_equal(spec, expected));
    json_free(spec);
    json_free(expected);
}

static void backends_and_the_health_check_port_are_filled_in(void **state)
{
    (void)state;
    assert_filled(KIND_MESH, "{}", "{}");
    assert_filled(KIND_VIRTUAL_ROUTER, "{\"listeners\":[]}", "{\"listeners\":[]}");
    assert_filled(KIND_VIRTUAL_NODE, "{}", "{\"backends\":[]}");
    assert_filled(KIND_VIRTUAL_GATEWAY, "{\"listeners\":[" CHECKED("") "]}",
                  "{\"listeners\":[" CHECKED(PORT_80) "]}");
    assert_filled(KIND_VIRTUAL_GATEWAY, "{\"listeners\":[" CHECKED(PORT_80) "]}",
                  "{\"listeners\":[" CHECKED(PORT_80) "]}");
    assert_filled(KIND_VIRTUAL_GATEWAY, GATEWAY("http", ""), GATEWAY("http", ""));
    assert_filled(KIND_VIRTUAL_NODE,
                  "{\"backends\":[" BACKEND("a") "],\"listeners\":[" CHECKED("") "]}",
                  "{\"backends\":[" BACKEND("a") "],\"listeners\":[" CHECKED(PORT_80) "]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_refused_with_its_text_or_accepted),
        cmocka_unit_test(every_rule_is_tested_both_ways_and_refuses_in_each_of_its_kinds),
        cmocka_unit_test(a_rule_has_a_name_of_its_own_and_a_source),
        cmocka_unit_test(the_first_rule_that_fails_answers_alone),
        cmocka_unit_test(a_name_has_1_to_255_printable_characters),
        cmocka_unit_test(backends_and_the_health_check_port_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
