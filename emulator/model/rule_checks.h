/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions behind the rules, one each; the table in rules.c says what they hold and where that
 * comes from. All read a spec whose shape holds, and may rely on the rules before theirs.
 */
#ifndef MODEL_RULE_CHECKS_H
#define MODEL_RULE_CHECKS_H

#include "rules.h"

/* rules_of_nodes.c: virtual nodes, and the listeners of gateways and routers too */
rule_check check_discovery_needs_listener, check_listener_needs_discovery, check_gateway_listeners,
    check_listener_ports, check_health_path, check_grpc_health, check_health_port,
    check_connection_pool, check_listener_timeout, check_listener_durations, check_certificate_arn,
    check_backends, check_attribute_keys;

/* rules_of_routes.c: routes and gateway routes */
rule_check check_one_route_type, check_scheme, check_match_is_not_empty, check_prefix_or_path,
    check_prefix_slash, check_path, check_path_slash, check_header_names, check_ranges,
    check_query_parameter_names, check_method_needs_service, check_targets, check_retry_events,
    check_http_retry_events, check_route_durations;

/* rules_of_gateway_routes.c */
rule_check check_hostname, check_reserved_prefix, check_reserved_service, check_rewrite_once,
    check_prefix_rewrite, check_prefix_rewrite_slashes, check_rewritten_prefix;

/* rules_of_texts.c: whatever has texts */
rule_check check_control_characters, check_empty_texts;

/* A duration that is there has both members. */
enum status rules_check_duration(const struct cJSON *parent, const char *name,
                                 struct error *) NODISCARD;

#endif
