/* SPDX-License-Identifier: Apache-2.0
 *
 * Every shape that a request can hold, in botocore's words and member order.
 * Source: botocore appmesh 2019-01-25, service-2.json.
 */
#include "shapes.h"

#include "patterns.h"
#include "shape_rows.h"

/* clang-format off */
/* The members of a trust go when the model does not have them (acm in a listener), and what is then
 * left got this text from the service. Source: recorded, aws-app-mesh-controller-for-k8s#575. */
#define TRUST(name_, ...)                                                                          \
    {OF(name_, SHAPE_UNION), MEMBERS(__VA_ARGS__),                                                 \
     .empty_complaint = "One type of TLS Validation Context Trust must be set."}

/* Names and numbers that many use. */

const struct shape resource_name = STRING_OF("ResourceName", 1, 255);
const struct shape service_name  = STRING("ServiceName");
const struct shape account_id    = STRING_OF("AccountId", 12, 12);
const struct shape arn           = STRING("Arn");

static const struct shape string        = STRING("String");
static const struct shape boolean       = {OF("Boolean", SHAPE_BOOLEAN)};
static const struct shape long_integer  = INTEGER("Long");
static const struct shape file_path     = STRING_OF("FilePath", 1, 255);
static const struct shape port_number   = INTEGER_OF("PortNumber", 1, 65535);
static const struct shape listener_port = INTEGER_OF("ListenerPort", 1, 65535);
static const struct shape port_set      = LIST("PortSet", port_number);

static const struct shape duration_unit  = ENUM("DurationUnit", "s", "ms");
static const struct shape duration_value = INTEGER_OF("DurationValue", 0, NO_MAX);
static const struct shape duration = STRUCT("Duration",
    MAY("unit",  duration_unit),
    MAY("value", duration_value));

static const struct shape port_protocol = ENUM("PortProtocol", "http", "tcp", "http2", "grpc");
static const struct shape port_mapping = STRUCT("PortMapping",
    MUST("port",     port_number),
    MUST("protocol", port_protocol));

static const struct shape ip_preference = ENUM("IpPreference",
    "IPv6_PREFERRED", "IPv4_PREFERRED", "IPv4_ONLY", "IPv6_ONLY");

static const struct shape http_timeout = STRUCT("HttpTimeout",
    MAY("idle",       duration),
    MAY("perRequest", duration));
static const struct shape grpc_timeout = STRUCT("GrpcTimeout",
    MAY("idle",       duration),
    MAY("perRequest", duration));
static const struct shape tcp_timeout = STRUCT("TcpTimeout",
    MAY("idle", duration));

/* Mesh */

static const struct shape egress_filter_type = ENUM("EgressFilterType", "ALLOW_ALL", "DROP_ALL");
static const struct shape egress_filter = STRUCT("EgressFilter",
    MUST("type", egress_filter_type));
static const struct shape mesh_service_discovery = STRUCT("MeshServiceDiscovery",
    MAY("ipPreference", ip_preference));
const struct shape mesh_spec = STRUCT("MeshSpec",
    MAY("egressFilter",     egress_filter),
    MAY("serviceDiscovery", mesh_service_discovery));

/* Connection pools of a virtual node */

static const struct shape max_connections      = INTEGER_OF("MaxConnections", 1, NO_MAX);
static const struct shape max_pending_requests = INTEGER_OF("MaxPendingRequests", 1, NO_MAX);
static const struct shape max_requests         = INTEGER_OF("MaxRequests", 1, NO_MAX);

static const struct shape grpc_pool = STRUCT("VirtualNodeGrpcConnectionPool",
    MUST("maxRequests", max_requests));
static const struct shape http_pool = STRUCT("VirtualNodeHttpConnectionPool",
    MUST("maxConnections",     max_connections),
    MAY ("maxPendingRequests", max_pending_requests));
static const struct shape http2_pool = STRUCT("VirtualNodeHttp2ConnectionPool",
    MUST("maxRequests", max_requests));
static const struct shape tcp_pool = STRUCT("VirtualNodeTcpConnectionPool",
    MUST("maxConnections", max_connections));
static const struct shape connection_pool = UNION("VirtualNodeConnectionPool",
    MAY("grpc",  grpc_pool),
    MAY("http",  http_pool),
    MAY("http2", http2_pool),
    MAY("tcp",   tcp_pool));

/* Health of a virtual node: active checks, outlier detection */

static const struct shape health_threshold = INTEGER_OF("HealthCheckThreshold", 2, 10);
static const struct shape health_interval  = INTEGER_OF("HealthCheckIntervalMillis", 5000, 300000);
static const struct shape health_timeout   = INTEGER_OF("HealthCheckTimeoutMillis", 2000, 60000);
static const struct shape health_check = STRUCT("HealthCheckPolicy",
    MUST("healthyThreshold",   health_threshold),
    MUST("intervalMillis",     health_interval),
    MAY ("path",               string),
    MAY ("port",               port_number),
    MUST("protocol",           port_protocol),
    MUST("timeoutMillis",      health_timeout),
    MUST("unhealthyThreshold", health_threshold));

static const struct shape max_ejection_percent = INTEGER_OF("OutlierDetectionMaxEjectionPercent", 0, 100);
static const struct shape max_server_errors    = INTEGER_OF("OutlierDetectionMaxServerErrors", 1, NO_MAX);
static const struct shape outlier_detection = STRUCT("OutlierDetection",
    MUST("baseEjectionDuration", duration),
    MUST("interval",             duration),
    MUST("maxEjectionPercent",   max_ejection_percent),
    MUST("maxServerErrors",      max_server_errors));

static const struct shape listener_timeout = UNION("ListenerTimeout",
    MAY("grpc",  grpc_timeout),
    MAY("http",  http_timeout),
    MAY("http2", http_timeout),
    MAY("tcp",   tcp_timeout));

/* TLS of a virtual node, as server and as client */

static const struct shape subject_alternative_name  = STRING_OF("SubjectAlternativeName", 1, 254);
static const struct shape subject_alternative_list  = LIST("SubjectAlternativeNameList", subject_alternative_name);
static const struct shape subject_alternative_match = STRUCT("SubjectAlternativeNameMatchers",
    MUST("exact", subject_alternative_list));
static const struct shape subject_alternative_names = STRUCT("SubjectAlternativeNames",
    MUST("match", subject_alternative_match));

static const struct shape sds_secret_name  = STRING("SdsSecretName");
static const struct shape acm_certificate  = STRUCT("ListenerTlsAcmCertificate",
    MUST("certificateArn", arn));
static const struct shape file_certificate = STRUCT("ListenerTlsFileCertificate",
    MUST("certificateChain", file_path),
    MUST("privateKey",       file_path));
static const struct shape sds_certificate  = STRUCT("ListenerTlsSdsCertificate",
    MUST("secretName", sds_secret_name));

static const struct shape certificate_authority_arns = LIST_OF("CertificateAuthorityArns", 1, 3, arn);
static const struct shape acm_trust  = STRUCT("TlsValidationContextAcmTrust",
    MUST("certificateAuthorityArns", certificate_authority_arns));
static const struct shape file_trust = STRUCT("TlsValidationContextFileTrust",
    MUST("certificateChain", file_path));
static const struct shape sds_trust  = STRUCT("TlsValidationContextSdsTrust",
    MUST("secretName", sds_secret_name));

static const struct shape listener_certificate = UNION("ListenerTlsCertificate",
    MAY("acm",  acm_certificate),
    MAY("file", file_certificate),
    MAY("sds",  sds_certificate));
static const struct shape listener_tls_mode = ENUM("ListenerTlsMode", "STRICT", "PERMISSIVE", "DISABLED");
static const struct shape listener_trust = TRUST("ListenerTlsValidationContextTrust",
    MAY("file", file_trust),
    MAY("sds",  sds_trust));
static const struct shape listener_validation = STRUCT("ListenerTlsValidationContext",
    MAY ("subjectAlternativeNames", subject_alternative_names),
    MUST("trust",                   listener_trust));
static const struct shape listener_tls = STRUCT("ListenerTls",
    MUST("certificate", listener_certificate),
    MUST("mode",        listener_tls_mode),
    MAY ("validation",  listener_validation));

static const struct shape client_certificate = UNION("ClientTlsCertificate",
    MAY("file", file_certificate),
    MAY("sds",  sds_certificate));
static const struct shape client_trust = TRUST("TlsValidationContextTrust",
    MAY("acm",  acm_trust),
    MAY("file", file_trust),
    MAY("sds",  sds_trust));
static const struct shape client_validation = STRUCT("TlsValidationContext",
    MAY ("subjectAlternativeNames", subject_alternative_names),
    MUST("trust",                   client_trust));
static const struct shape client_policy_tls = STRUCT("ClientPolicyTls",
    MAY ("certificate", client_certificate),
    MAY ("enforce",     boolean),
    MAY ("ports",       port_set),
    MUST("validation",  client_validation));
static const struct shape client_policy = STRUCT("ClientPolicy",
    MAY("tls", client_policy_tls));

/* Access logs, of virtual nodes and (from the format on) of virtual gateways */

static const struct shape json_key        = STRING_OF("JsonKey", 1, 100);
static const struct shape json_value      = STRING_OF("JsonValue", 1, 100);
static const struct shape json_format_ref = STRUCT("JsonFormatRef",
    MUST("key",   json_key),
    MUST("value", json_value));
static const struct shape json_format    = LIST("JsonFormat", json_format_ref);
static const struct shape text_format    = STRING_OF("TextFormat", 1, 1000);
static const struct shape logging_format = UNION("LoggingFormat",
    MAY("json", json_format),
    MAY("text", text_format));

static const struct shape file_access_log = STRUCT("FileAccessLog",
    MAY ("format", logging_format),
    MUST("path",   file_path));
static const struct shape access_log = UNION("AccessLog",
    MAY("file", file_access_log));
static const struct shape logging = STRUCT("Logging",
    MAY("accessLog", access_log));

/* Service discovery of a virtual node */

static const struct shape cloud_map_name  = STRING_OF("AwsCloudMapName", 1, 1024);
static const struct shape attribute_key   = PATTERN("AwsCloudMapInstanceAttributeKey", 1, 255, attribute_key_pattern);
static const struct shape attribute_value = PATTERN("AwsCloudMapInstanceAttributeValue", 1, 1024, attribute_value_pattern);
static const struct shape cloud_map_attribute = STRUCT("AwsCloudMapInstanceAttribute",
    MUST("key",   attribute_key),
    MUST("value", attribute_value));
static const struct shape cloud_map_attributes = LIST("AwsCloudMapInstanceAttributes", cloud_map_attribute);
static const struct shape cloud_map_discovery = STRUCT("AwsCloudMapServiceDiscovery",
    MAY ("attributes",    cloud_map_attributes),
    MAY ("ipPreference",  ip_preference),
    MUST("namespaceName", cloud_map_name),
    MUST("serviceName",   cloud_map_name));

static const struct shape hostname          = STRING("Hostname");
static const struct shape dns_response_type = ENUM("DnsResponseType", "LOADBALANCER", "ENDPOINTS");
static const struct shape dns_discovery = STRUCT("DnsServiceDiscovery",
    MUST("hostname",     hostname),
    MAY ("ipPreference", ip_preference),
    MAY ("responseType", dns_response_type));
static const struct shape service_discovery = UNION("ServiceDiscovery",
    MAY("awsCloudMap", cloud_map_discovery),
    MAY("dns",         dns_discovery));

/* Virtual node */

static const struct shape listener = STRUCT("Listener",
    MAY ("connectionPool",   connection_pool),
    MAY ("healthCheck",      health_check),
    MAY ("outlierDetection", outlier_detection),
    MUST("portMapping",      port_mapping),
    MAY ("timeout",          listener_timeout),
    MAY ("tls",              listener_tls));
static const struct shape listeners = LIST("Listeners", listener);

static const struct shape virtual_service_backend = STRUCT("VirtualServiceBackend",
    MAY ("clientPolicy",       client_policy),
    MUST("virtualServiceName", service_name));
static const struct shape backend = UNION("Backend",
    MAY("virtualService", virtual_service_backend));
static const struct shape backends = LIST("Backends", backend);
static const struct shape backend_defaults = STRUCT("BackendDefaults",
    MAY("clientPolicy", client_policy));

const struct shape virtual_node_spec = STRUCT("VirtualNodeSpec",
    MAY("backendDefaults",  backend_defaults),
    MAY("backends",         backends),
    MAY("listeners",        listeners),
    MAY("logging",          logging),
    MAY("serviceDiscovery", service_discovery));

/* Virtual gateway: connection pools, health */

static const struct shape gateway_grpc_pool = STRUCT("VirtualGatewayGrpcConnectionPool",
    MUST("maxRequests", max_requests));
static const struct shape gateway_http_pool = STRUCT("VirtualGatewayHttpConnectionPool",
    MUST("maxConnections",     max_connections),
    MAY ("maxPendingRequests", max_pending_requests));
static const struct shape gateway_http2_pool = STRUCT("VirtualGatewayHttp2ConnectionPool",
    MUST("maxRequests", max_requests));
static const struct shape gateway_connection_pool = UNION("VirtualGatewayConnectionPool",
    MAY("grpc",  gateway_grpc_pool),
    MAY("http",  gateway_http_pool),
    MAY("http2", gateway_http2_pool));

static const struct shape gateway_protocol = ENUM("VirtualGatewayPortProtocol", "http", "http2", "grpc");
static const struct shape gateway_port_mapping = STRUCT("VirtualGatewayPortMapping",
    MUST("port",     port_number),
    MUST("protocol", gateway_protocol));

/* No Envoy has a virtual gateway as its upstream, so nobody checks its health. */
#define NOT_CHECKED "no Envoy checks the health of a virtual gateway"
static const struct shape gateway_health_threshold = INTEGER_OF("VirtualGatewayHealthCheckThreshold", 2, 10);
static const struct shape gateway_health_interval  = INTEGER_OF("VirtualGatewayHealthCheckIntervalMillis", 5000, 300000);
static const struct shape gateway_health_timeout   = INTEGER_OF("VirtualGatewayHealthCheckTimeoutMillis", 2000, 60000);
static const struct shape gateway_health_check = STRUCT("VirtualGatewayHealthCheckPolicy",
    INERT_MUST("healthyThreshold",   gateway_health_threshold, NOT_CHECKED),
    INERT_MUST("intervalMillis",     gateway_health_interval,  NOT_CHECKED),
    INERT_MAY ("path",               string,                   NOT_CHECKED),
    INERT_MAY ("port",               port_number,              NOT_CHECKED),
    INERT_MUST("protocol",           gateway_protocol,         NOT_CHECKED),
    INERT_MUST("timeoutMillis",      gateway_health_timeout,   NOT_CHECKED),
    INERT_MUST("unhealthyThreshold", gateway_health_threshold, NOT_CHECKED));

/* TLS of a virtual gateway, as server and as client */

static const struct shape gateway_secret_name      = STRING("VirtualGatewaySdsSecretName");
static const struct shape gateway_acm_certificate  = STRUCT("VirtualGatewayListenerTlsAcmCertificate",
    MUST("certificateArn", arn));
static const struct shape gateway_file_certificate = STRUCT("VirtualGatewayListenerTlsFileCertificate",
    MUST("certificateChain", file_path),
    MUST("privateKey",       file_path));
static const struct shape gateway_sds_certificate  = STRUCT("VirtualGatewayListenerTlsSdsCertificate",
    MUST("secretName", gateway_secret_name));

static const struct shape gateway_authority_arns = LIST_OF("VirtualGatewayCertificateAuthorityArns", 1, 3, arn);
static const struct shape gateway_acm_trust  = STRUCT("VirtualGatewayTlsValidationContextAcmTrust",
    MUST("certificateAuthorityArns", gateway_authority_arns));
static const struct shape gateway_file_trust = STRUCT("VirtualGatewayTlsValidationContextFileTrust",
    MUST("certificateChain", file_path));
static const struct shape gateway_sds_trust  = STRUCT("VirtualGatewayTlsValidationContextSdsTrust",
    MUST("secretName", gateway_secret_name));

static const struct shape gateway_listener_certificate = UNION("VirtualGatewayListenerTlsCertificate",
    MAY("acm",  gateway_acm_certificate),
    MAY("file", gateway_file_certificate),
    MAY("sds",  gateway_sds_certificate));
static const struct shape gateway_tls_mode = ENUM("VirtualGatewayListenerTlsMode",
    "STRICT", "PERMISSIVE", "DISABLED");
static const struct shape gateway_listener_trust = TRUST("VirtualGatewayListenerTlsValidationContextTrust",
    MAY("file", gateway_file_trust),
    MAY("sds",  gateway_sds_trust));
static const struct shape gateway_listener_validation = STRUCT("VirtualGatewayListenerTlsValidationContext",
    MAY ("subjectAlternativeNames", subject_alternative_names),
    MUST("trust",                   gateway_listener_trust));
static const struct shape gateway_listener_tls = STRUCT("VirtualGatewayListenerTls",
    MUST("certificate", gateway_listener_certificate),
    MUST("mode",        gateway_tls_mode),
    MAY ("validation",  gateway_listener_validation));

static const struct shape gateway_client_certificate = UNION("VirtualGatewayClientTlsCertificate",
    MAY("file", gateway_file_certificate),
    MAY("sds",  gateway_sds_certificate));
static const struct shape gateway_client_trust = TRUST("VirtualGatewayTlsValidationContextTrust",
    MAY("acm",  gateway_acm_trust),
    MAY("file", gateway_file_trust),
    MAY("sds",  gateway_sds_trust));
static const struct shape gateway_client_validation = STRUCT("VirtualGatewayTlsValidationContext",
    MAY ("subjectAlternativeNames", subject_alternative_names),
    MUST("trust",                   gateway_client_trust));
static const struct shape gateway_client_policy_tls = STRUCT("VirtualGatewayClientPolicyTls",
    MAY ("certificate", gateway_client_certificate),
    MAY ("enforce",     boolean),
    MAY ("ports",       port_set),
    MUST("validation",  gateway_client_validation));
static const struct shape gateway_client_policy = STRUCT("VirtualGatewayClientPolicy",
    MAY("tls", gateway_client_policy_tls));

/* Virtual gateway */

static const struct shape gateway_listener = STRUCT("VirtualGatewayListener",
    MAY      ("connectionPool", gateway_connection_pool),
    INERT_MAY("healthCheck",    gateway_health_check, NOT_CHECKED),
    MUST     ("portMapping",    gateway_port_mapping),
    MAY      ("tls",            gateway_listener_tls));
static const struct shape gateway_listeners = LIST("VirtualGatewayListeners", gateway_listener);

static const struct shape gateway_backend_defaults = STRUCT("VirtualGatewayBackendDefaults",
    MAY("clientPolicy", gateway_client_policy));
static const struct shape gateway_file_access_log = STRUCT("VirtualGatewayFileAccessLog",
    MAY ("format", logging_format),
    MUST("path",   file_path));
static const struct shape gateway_access_log = UNION("VirtualGatewayAccessLog",
    MAY("file", gateway_file_access_log));
static const struct shape gateway_logging = STRUCT("VirtualGatewayLogging",
    MAY("accessLog", gateway_access_log));

const struct shape virtual_gateway_spec = STRUCT("VirtualGatewaySpec",
    MAY ("backendDefaults", gateway_backend_defaults),
    MUST("listeners",       gateway_listeners),
    MAY ("logging",         gateway_logging));

/* Virtual service, virtual router */

static const struct shape node_provider = STRUCT("VirtualNodeServiceProvider",
    MUST("virtualNodeName", resource_name));
static const struct shape router_provider = STRUCT("VirtualRouterServiceProvider",
    MUST("virtualRouterName", resource_name));
static const struct shape provider = UNION("VirtualServiceProvider",
    MAY("virtualNode",   node_provider),
    MAY("virtualRouter", router_provider));
const struct shape virtual_service_spec = STRUCT("VirtualServiceSpec",
    MAY("provider", provider));

static const struct shape router_listener = STRUCT("VirtualRouterListener",
    MUST("portMapping", port_mapping));
static const struct shape router_listeners = LIST("VirtualRouterListeners", router_listener);
const struct shape virtual_router_spec = STRUCT("VirtualRouterSpec",
    MAY("listeners", router_listeners));

/* Matching requests, in routes and gateway routes */

static const struct shape header_name  = STRING_OF("HeaderName", 1, 50);
static const struct shape header_match = STRING_OF("HeaderMatch", 1, 255);
static const struct shape match_range = STRUCT("MatchRange",
    MUST("end",   long_integer),
    MUST("start", long_integer));

/* The same five ways under three names. */
#define MATCH_METHODS                                                                              \
    MAY("exact",  header_match),                                                                   \
    MAY("prefix", header_match),                                                                   \
    MAY("range",  match_range),                                                                    \
    MAY("regex",  header_match),                                                                   \
    MAY("suffix", header_match)
static const struct shape header_match_method         = UNION("HeaderMatchMethod", MATCH_METHODS);
static const struct shape route_metadata_match_method = UNION("GrpcRouteMetadataMatchMethod", MATCH_METHODS);
static const struct shape metadata_match_method       = UNION("GrpcMetadataMatchMethod", MATCH_METHODS);

static const struct shape path_exact = STRING_OF("HttpPathExact", 1, 255);
static const struct shape path_regex = STRING_OF("HttpPathRegex", 1, 255);
static const struct shape path_match = STRUCT("HttpPathMatch",
    MAY("exact", path_exact),
    MAY("regex", path_regex));
static const struct shape http_method = ENUM("HttpMethod",
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH");
static const struct shape http_scheme = ENUM("HttpScheme", "http", "https");

static const struct shape query_parameter_name  = STRING("QueryParameterName");
static const struct shape query_parameter_match = STRUCT("QueryParameterMatch",
    MAY("exact", string));
static const struct shape query_parameter = STRUCT("HttpQueryParameter",
    MAY ("match", query_parameter_match),
    MUST("name",  query_parameter_name));
static const struct shape query_parameters = LIST_OF("HttpQueryParameters", 1, 10, query_parameter);

/* Route: where requests go, and retries */

static const struct shape percent = INTEGER_OF("PercentInt", 0, 100);
static const struct shape weighted_target = STRUCT("WeightedTarget",
    MAY ("port",        listener_port),
    MUST("virtualNode", resource_name),
    MUST("weight",      percent));
static const struct shape weighted_targets = LIST_OF("WeightedTargets", 1, 10, weighted_target);

static const struct shape max_retries       = INTEGER_OF("MaxRetries", 0, NO_MAX);
static const struct shape http_retry_event  = STRING_OF("HttpRetryPolicyEvent", 1, 25);
static const struct shape http_retry_events = LIST_OF("HttpRetryPolicyEvents", 1, 25, http_retry_event);
static const struct shape tcp_retry_event   = ENUM("TcpRetryPolicyEvent", "connection-error");
static const struct shape tcp_retry_events  = LIST_OF("TcpRetryPolicyEvents", 1, 1, tcp_retry_event);
static const struct shape grpc_retry_event  = ENUM("GrpcRetryPolicyEvent",
    "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable");
static const struct shape grpc_retry_events = LIST_OF("GrpcRetryPolicyEvents", 1, 5, grpc_retry_event);

static const struct shape http_retry_policy = STRUCT("HttpRetryPolicy",
    MAY ("httpRetryEvents", http_retry_events),
    MUST("maxRetries",      max_retries),
    MUST("perRetryTimeout", duration),
    MAY ("tcpRetryEvents",  tcp_retry_events));
static const struct shape grpc_retry_policy = STRUCT("GrpcRetryPolicy",
    MAY ("grpcRetryEvents", grpc_retry_events),
    MAY ("httpRetryEvents", http_retry_events),
    MUST("maxRetries",      max_retries),
    MUST("perRetryTimeout", duration),
    MAY ("tcpRetryEvents",  tcp_retry_events));

/* Route */

static const struct shape http_header = STRUCT("HttpRouteHeader",
    MAY ("invert", boolean),
    MAY ("match",  header_match_method),
    MUST("name",   header_name));
static const struct shape http_headers = LIST_OF("HttpRouteHeaders", 1, 10, http_header);
static const struct shape http_match = STRUCT("HttpRouteMatch",
    MAY("headers",         http_headers),
    MAY("method",          http_method),
    MAY("path",            path_match),
    MAY("port",            listener_port),
    MAY("prefix",          string),
    MAY("queryParameters", query_parameters),
    MAY("scheme",          http_scheme));
static const struct shape http_action = STRUCT("HttpRouteAction",
    MUST("weightedTargets", weighted_targets));
static const struct shape http_route = STRUCT("HttpRoute",
    MUST("action",      http_action),
    MUST("match",       http_match),
    MAY ("retryPolicy", http_retry_policy),
    MAY ("timeout",     http_timeout));

static const struct shape method_name    = STRING_OF("MethodName", 1, 50);
static const struct shape route_metadata = STRUCT("GrpcRouteMetadata",
    MAY ("invert", boolean),
    MAY ("match",  route_metadata_match_method),
    MUST("name",   header_name));
static const struct shape route_metadata_list = LIST_OF("GrpcRouteMetadataList", 1, 10, route_metadata);
static const struct shape grpc_match = STRUCT("GrpcRouteMatch",
    MAY("metadata",    route_metadata_list),
    MAY("methodName",  method_name),
    MAY("port",        listener_port),
    MAY("serviceName", service_name));
static const struct shape grpc_action = STRUCT("GrpcRouteAction",
    MUST("weightedTargets", weighted_targets));
static const struct shape grpc_route = STRUCT("GrpcRoute",
    MUST("action",      grpc_action),
    MUST("match",       grpc_match),
    MAY ("retryPolicy", grpc_retry_policy),
    MAY ("timeout",     grpc_timeout));

static const struct shape tcp_match = STRUCT("TcpRouteMatch",
    MAY("port", listener_port));
static const struct shape tcp_action = STRUCT("TcpRouteAction",
    MUST("weightedTargets", weighted_targets));
static const struct shape tcp_route = STRUCT("TcpRoute",
    MUST("action",  tcp_action),
    MAY ("match",   tcp_match),
    MAY ("timeout", tcp_timeout));

static const struct shape route_priority = INTEGER_OF("RoutePriority", 0, 1000);
const struct shape route_spec = STRUCT("RouteSpec",
    MAY("grpcRoute",  grpc_route),
    MAY("http2Route", http_route),
    MAY("httpRoute",  http_route),
    MAY("priority",   route_priority),
    MAY("tcpRoute",   tcp_route));

/* Gateway route: where requests go, and how they are rewritten */

static const struct shape exact_hostname  = STRING_OF("ExactHostName", 1, 253);
static const struct shape suffix_hostname = STRING_OF("SuffixHostname", 1, 253);
static const struct shape hostname_match = STRUCT("GatewayRouteHostnameMatch",
    MAY("exact",  exact_hostname),
    MAY("suffix", suffix_hostname));

static const struct shape target_service = STRUCT("GatewayRouteVirtualService",
    MUST("virtualServiceName", resource_name));
static const struct shape target = STRUCT("GatewayRouteTarget",
    MAY ("port",           listener_port),
    MUST("virtualService", target_service));

static const struct shape default_rewrite  = ENUM("DefaultGatewayRouteRewrite", "ENABLED", "DISABLED");
static const struct shape hostname_rewrite = STRUCT("GatewayRouteHostnameRewrite",
    MAY("defaultTargetHostname", default_rewrite));
static const struct shape path_rewrite = STRUCT("HttpGatewayRoutePathRewrite",
    MAY("exact", path_exact));
static const struct shape prefix_value   = STRING_OF("HttpGatewayRoutePrefix", 1, 255);
static const struct shape prefix_rewrite = STRUCT("HttpGatewayRoutePrefixRewrite",
    MAY("defaultPrefix", default_rewrite),
    MAY("value",         prefix_value));
static const struct shape gateway_http_rewrite = STRUCT("HttpGatewayRouteRewrite",
    MAY("hostname", hostname_rewrite),
    MAY("path",     path_rewrite),
    MAY("prefix",   prefix_rewrite));
static const struct shape gateway_grpc_rewrite = STRUCT("GrpcGatewayRouteRewrite",
    MAY("hostname", hostname_rewrite));

/* Gateway route */

static const struct shape gateway_header = STRUCT("HttpGatewayRouteHeader",
    MAY ("invert", boolean),
    MAY ("match",  header_match_method),
    MUST("name",   header_name));
static const struct shape gateway_headers = LIST_OF("HttpGatewayRouteHeaders", 1, 10, gateway_header);
static const struct shape gateway_http_match = STRUCT("HttpGatewayRouteMatch",
    MAY("headers",         gateway_headers),
    MAY("hostname",        hostname_match),
    MAY("method",          http_method),
    MAY("path",            path_match),
    MAY("port",            listener_port),
    MAY("prefix",          string),
    MAY("queryParameters", query_parameters));
static const struct shape gateway_http_action = STRUCT("HttpGatewayRouteAction",
    MAY ("rewrite", gateway_http_rewrite),
    MUST("target",  target));
static const struct shape gateway_http_route = STRUCT("HttpGatewayRoute",
    MUST("action", gateway_http_action),
    MUST("match",  gateway_http_match));

static const struct shape gateway_metadata = STRUCT("GrpcGatewayRouteMetadata",
    MAY ("invert", boolean),
    MAY ("match",  metadata_match_method),
    MUST("name",   header_name));
static const struct shape gateway_metadata_list = LIST_OF("GrpcGatewayRouteMetadataList", 1, 10, gateway_metadata);
static const struct shape gateway_grpc_match = STRUCT("GrpcGatewayRouteMatch",
    MAY("hostname",    hostname_match),
    MAY("metadata",    gateway_metadata_list),
    MAY("port",        listener_port),
    MAY("serviceName", service_name));
static const struct shape gateway_grpc_action = STRUCT("GrpcGatewayRouteAction",
    MAY ("rewrite", gateway_grpc_rewrite),
    MUST("target",  target));
static const struct shape gateway_grpc_route = STRUCT("GrpcGatewayRoute",
    MUST("action", gateway_grpc_action),
    MUST("match",  gateway_grpc_match));

static const struct shape gateway_route_priority = INTEGER_OF("GatewayRoutePriority", 0, 1000);
const struct shape gateway_route_spec = STRUCT("GatewayRouteSpec",
    MAY("grpcRoute",  gateway_grpc_route),
    MAY("http2Route", gateway_http_route),
    MAY("httpRoute",  gateway_http_route),
    MAY("priority",   gateway_route_priority));

/* Tags */

static const struct shape tag_key   = STRING_OF("TagKey", 1, 128);
static const struct shape tag_value = STRING_OF("TagValue", 0, 256);
static const struct shape tag = STRUCT("TagRef",
    MUST("key",   tag_key),
    MUST("value", tag_value));
static const struct shape tags     = LIST_OF("TagList", 0, 50, tag);
static const struct shape tag_keys = LIST_OF("TagKeyList", 0, 50, tag_key);

/* What travels in paths and queries besides names */

const struct shape next_token = STRING("String");
const struct shape tags_limit = INTEGER_OF("TagsLimit", 1, 50);

const struct shape list_meshes_limit           = INTEGER_OF("ListMeshesLimit", 1, 100);
const struct shape list_virtual_gateways_limit = INTEGER_OF("ListVirtualGatewaysLimit", 1, 100);
const struct shape list_gateway_routes_limit   = INTEGER_OF("ListGatewayRoutesLimit", 1, 100);
const struct shape list_virtual_nodes_limit    = INTEGER_OF("ListVirtualNodesLimit", 1, 100);
const struct shape list_virtual_routers_limit  = INTEGER_OF("ListVirtualRoutersLimit", 1, 100);
const struct shape list_routes_limit           = INTEGER_OF("ListRoutesLimit", 1, 100);
const struct shape list_virtual_services_limit = INTEGER_OF("ListVirtualServicesLimit", 1, 100);

/* What travels in bodies */

const struct shape create_mesh_body = STRUCT("CreateMeshInput",
    MAY ("clientToken", string),
    MUST("meshName",    resource_name),
    MAY ("spec",        mesh_spec),
    MAY ("tags",        tags));
const struct shape update_mesh_body = STRUCT("UpdateMeshInput",
    MAY("clientToken", string),
    MAY("spec",        mesh_spec));

const struct shape create_virtual_gateway_body = STRUCT("CreateVirtualGatewayInput",
    MAY ("clientToken",        string),
    MUST("spec",               virtual_gateway_spec),
    MAY ("tags",               tags),
    MUST("virtualGatewayName", resource_name));
const struct shape update_virtual_gateway_body = STRUCT("UpdateVirtualGatewayInput",
    MAY ("clientToken", string),
    MUST("spec",        virtual_gateway_spec));

const struct shape create_gateway_route_body = STRUCT("CreateGatewayRouteInput",
    MAY ("clientToken",      string),
    MUST("gatewayRouteName", resource_name),
    MUST("spec",             gateway_route_spec),
    MAY ("tags",             tags));
const struct shape update_gateway_route_body = STRUCT("UpdateGatewayRouteInput",
    MAY ("clientToken", string),
    MUST("spec",        gateway_route_spec));

const struct shape create_virtual_node_body = STRUCT("CreateVirtualNodeInput",
    MAY ("clientToken",     string),
    MUST("spec",            virtual_node_spec),
    MAY ("tags",            tags),
    MUST("virtualNodeName", resource_name));
const struct shape update_virtual_node_body = STRUCT("UpdateVirtualNodeInput",
    MAY ("clientToken", string),
    MUST("spec",        virtual_node_spec));

const struct shape create_virtual_router_body = STRUCT("CreateVirtualRouterInput",
    MAY ("clientToken",       string),
    MUST("spec",              virtual_router_spec),
    MAY ("tags",              tags),
    MUST("virtualRouterName", resource_name));
const struct shape update_virtual_router_body = STRUCT("UpdateVirtualRouterInput",
    MAY ("clientToken", string),
    MUST("spec",        virtual_router_spec));

const struct shape create_route_body = STRUCT("CreateRouteInput",
    MAY ("clientToken", string),
    MUST("routeName",   resource_name),
    MUST("spec",        route_spec),
    MAY ("tags",        tags));
const struct shape update_route_body = STRUCT("UpdateRouteInput",
    MAY ("clientToken", string),
    MUST("spec",        route_spec));

const struct shape create_virtual_service_body = STRUCT("CreateVirtualServiceInput",
    MAY ("clientToken",        string),
    MUST("spec",               virtual_service_spec),
    MAY ("tags",               tags),
    MUST("virtualServiceName", service_name));
const struct shape update_virtual_service_body = STRUCT("UpdateVirtualServiceInput",
    MAY ("clientToken", string),
    MUST("spec",        virtual_service_spec));

const struct shape tag_resource_body = STRUCT("TagResourceInput",
    MUST("tags", tags));
const struct shape untag_resource_body = STRUCT("UntagResourceInput",
    MUST("tagKeys", tag_keys));
/* clang-format on */
