/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "arena.h"
#include "json.h"
#include "shapes.h"

static struct cJSON *parse(const char *text)
{
    struct json_fault fault;
    struct cJSON *value = json_parse(bytes_of(text), &fault);
    if (!value)
        fail_msg("bad JSON in the test at byte %zu: %s: %s", fault.offset, fault.reason, text);
    return value;
}

/* The complaint about a body, in the arena; "" if there is none. */
static const char *complaint_about(struct arena *arena, const struct shape *shape,
                                   struct cJSON *body)
{
    struct violations violations = {.arena = arena};
    struct error error = {.arena = arena};
    enum status status = shape_check(shape, body, true, "", &violations, &error);
    if (status == OK)
        status = violations_report(&violations, &error);
    else
        assert_int_equal(status, ERR_SERIALIZATION);
    assert_int_equal(status, error.status);
    return status == OK ? "" : error.message;
}

struct row {
    const struct shape *shape;
    const char *body, *complaint;
};

static void assert_complaints(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena = {0};
        struct cJSON *body = parse(rows[i].body);
        assert_string_equal(complaint_about(&arena, rows[i].shape, body), rows[i].complaint);
        json_free(body);
        arena_clear(&arena);
    }
}

#define ONE "1 validation error detected: "
#define NODE(spec) "{\"virtualNodeName\":\"n\",\"spec\":" spec "}"
#define ROUTE(spec) "{\"routeName\":\"r\",\"spec\":" spec "}"
#define TARGETS "\"action\":{\"weightedTargets\":[{\"virtualNode\":\"n\",\"weight\":1}]}"

/* clang-format off */
static const struct row violations_of_one[] = {
    {&create_mesh_body, "{}",
     ONE "Value null at 'meshName' failed to satisfy constraint: Member must not be null"},
    {&create_mesh_body, "{\"meshName\":null}",
     ONE "Value null at 'meshName' failed to satisfy constraint: Member must not be null"},
    {&create_mesh_body, "{\"meshName\":\"\"}",
     ONE "Value '' at 'meshName' failed to satisfy constraint: Member must have length greater "
         "than or equal to 1"},
    {&create_mesh_body, "{\"meshName\":\"m\",\"spec\":{\"egressFilter\":{\"type\":\"all\"}}}",
     ONE "Value 'all' at 'spec.egressFilter.type' failed to satisfy constraint: Member must "
         "satisfy enum value set: [ALLOW_ALL, DROP_ALL]"},
    {&create_virtual_node_body,
     NODE("{\"listeners\":[{\"portMapping\":{\"port\":1,\"protocol\":\"tcp\"}},"
          "{\"portMapping\":{\"port\":65536,\"protocol\":\"tcp\"}}]}"),
     ONE "Value '65536' at 'spec.listeners.2.member.portMapping.port' failed to satisfy "
         "constraint: Member must have value less than or equal to 65535"},
    {&create_virtual_node_body,
     NODE("{\"listeners\":[{\"portMapping\":{\"port\":-1.0,\"protocol\":\"tcp\"}}]}"),
     ONE "Value '-1' at 'spec.listeners.1.member.portMapping.port' failed to satisfy "
         "constraint: Member must have value greater than or equal to 1"},
    {&create_virtual_node_body, NODE("{\"listeners\":[null]}"),
     ONE "Value null at 'spec.listeners.1.member' failed to satisfy constraint: Member must not "
         "be null"},
    {&create_virtual_node_body, NODE("{\"serviceDiscovery\":{}}"),
     ONE "Value '{}' at 'spec.serviceDiscovery' failed to satisfy constraint: Member must have "
         "exactly one of: [awsCloudMap, dns]"},
    {&create_virtual_node_body, NODE("{\"serviceDiscovery\":{\"other\":{},\"dns\":null}}"),
     ONE "Value '{}' at 'spec.serviceDiscovery' failed to satisfy constraint: Member must have "
         "exactly one of: [awsCloudMap, dns]"},
    {&create_virtual_node_body,
     NODE("{\"serviceDiscovery\":{\"dns\":{\"hostname\":\"h\"},"
          "\"awsCloudMap\":{\"namespaceName\":\"a\",\"serviceName\":\"b\"}}}"),
     ONE "Value '{\"dns\":{\"hostname\":\"h\"},\"awsCloudMap\":{\"namespaceName\":\"a\","
         "\"serviceName\":\"b\"}}' at 'spec.serviceDiscovery' failed to satisfy constraint: "
         "Member must have exactly one of: [awsCloudMap, dns]"},
    {&create_virtual_node_body,
     NODE("{\"serviceDiscovery\":{\"awsCloudMap\":{\"namespaceName\":\"a\",\"serviceName\":\"b\","
          "\"attributes\":[{\"key\":\"k y\",\"value\":\"v\"}]}}}"),
     ONE "Value 'k y' at 'spec.serviceDiscovery.awsCloudMap.attributes.1.member.key' failed to "
         "satisfy constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9!-~]+$"},
    {&create_route_body,
     ROUTE("{\"httpRoute\":{\"match\":{},\"action\":{\"weightedTargets\":[]}}}"),
     ONE "Value '[]' at 'spec.httpRoute.action.weightedTargets' failed to satisfy constraint: "
         "Member must have length greater than or equal to 1"},
    {&create_route_body,
     ROUTE("{\"httpRoute\":{" TARGETS ",\"match\":{},\"retryPolicy\":{\"maxRetries\":1,"
           "\"perRetryTimeout\":{},\"tcpRetryEvents\":[\"connection-error\",\"connection-error\"]}"
           "}}"),
     ONE "Value '[\"connection-error\",\"connection-error\"]' at "
         "'spec.httpRoute.retryPolicy.tcpRetryEvents' failed to satisfy constraint: Member must "
         "have length less than or equal to 1"},
    {&tag_resource_body, "{}",
     ONE "Value null at 'tags' failed to satisfy constraint: Member must not be null"},
};
/* clang-format on */

static void one_violation_is_told_with_its_value_path_and_constraint(void **state)
{
    (void)state;
    assert_complaints(violations_of_one, COUNT(violations_of_one));
}

/* clang-format off */
static const struct row violations_of_many[] = {
    {&create_virtual_node_body, "{}",
     "2 validation errors detected: "
     "Value null at 'spec' failed to satisfy constraint: Member must not be null; "
     "Value null at 'virtualNodeName' failed to satisfy constraint: Member must not be null"},
    /* the model's order, not the client's; what holds a value comes before what is in it */
    {&create_route_body,
     "{\"spec\":{\"priority\":1001,\"httpRoute\":{\"match\":null,\"action\":{\"weightedTargets\":"
     "[{\"weight\":101,\"virtualNode\":\"\"}]}},\"grpcRoute\":{}}}",
     "7 validation errors detected: "
     "Value null at 'routeName' failed to satisfy constraint: Member must not be null; "
     "Value null at 'spec.grpcRoute.action' failed to satisfy constraint: Member must not be "
     "null; "
     "Value null at 'spec.grpcRoute.match' failed to satisfy constraint: Member must not be null; "
     "Value '' at 'spec.httpRoute.action.weightedTargets.1.member.virtualNode' failed to satisfy "
     "constraint: Member must have length greater than or equal to 1; "
     "Value '101' at 'spec.httpRoute.action.weightedTargets.1.member.weight' failed to satisfy "
     "constraint: Member must have value less than or equal to 100; "
     "Value null at 'spec.httpRoute.match' failed to satisfy constraint: Member must not be null; "
     "Value '1001' at 'spec.priority' failed to satisfy constraint: Member must have value less "
     "than or equal to 1000"},
    {&create_virtual_node_body,
     NODE("{\"serviceDiscovery\":{\"awsCloudMap\":{\"namespaceName\":\"a\",\"serviceName\":\"b\","
          "\"attributes\":[{\"key\":\"\",\"value\":\" \"}]}}}"),
     "3 validation errors detected: "
     "Value '' at 'spec.serviceDiscovery.awsCloudMap.attributes.1.member.key' failed to satisfy "
     "constraint: Member must have length greater than or equal to 1; "
     "Value '' at 'spec.serviceDiscovery.awsCloudMap.attributes.1.member.key' failed to satisfy "
     "constraint: Member must satisfy regular expression pattern: ^[a-zA-Z0-9!-~]+$; "
     "Value ' ' at 'spec.serviceDiscovery.awsCloudMap.attributes.1.member.value' failed to "
     "satisfy constraint: Member must satisfy regular expression pattern: "
     "^([a-zA-Z0-9!-~][  a-zA-Z0-9!-~]*){0,1}[a-zA-Z0-9!-~]{0,1}$"},
    {&create_virtual_gateway_body,
     "{\"virtualGatewayName\":\"g\",\"spec\":{\"listeners\":[{\"connectionPool\":{\"grpc\":{},"
     "\"http2\":{\"maxRequests\":0}},\"portMapping\":{\"port\":1,\"protocol\":\"http\"}}]}}",
     "3 validation errors detected: "
     "Value '{\"grpc\":{},\"http2\":{\"maxRequests\":0}}' at "
     "'spec.listeners.1.member.connectionPool' failed to satisfy constraint: Member must have "
     "exactly one of: [grpc, http, http2]; "
     "Value null at 'spec.listeners.1.member.connectionPool.grpc.maxRequests' failed to satisfy "
     "constraint: Member must not be null; "
     "Value '0' at 'spec.listeners.1.member.connectionPool.http2.maxRequests' failed to satisfy "
     "constraint: Member must have value greater than or equal to 1"},
};
/* clang-format on */

static void all_violations_are_told_in_the_order_of_the_model(void **state)
{
    (void)state;
    assert_complaints(violations_of_many, COUNT(violations_of_many));
}

#define LISTENER_TLS(trust)                                                                        \
    "{\"listeners\":[{\"portMapping\":{\"port\":1,\"protocol\":\"http\"},\"tls\":{"                \
    "\"mode\":\"STRICT\",\"certificate\":{\"sds\":{\"secretName\":\"s\"}},"                        \
    "\"validation\":{\"trust\":" trust "}}}]}"
#define TRUST_TEXT "One type of TLS Validation Context Trust must be set."
#define TRUST_PATH "spec.listeners.1.member.tls.validation.trust"

/* clang-format off */
static const struct row trusts[] = {
    {&create_virtual_node_body, NODE(LISTENER_TLS("{}")), TRUST_TEXT},
    /* as recorded: acm is no member of a listener's trust */
    {&create_virtual_node_body,
     NODE(LISTENER_TLS("{\"acm\":{\"certificateAuthorityArns\":[\"a\"]}}")), TRUST_TEXT},
    {&create_virtual_gateway_body, "{\"virtualGatewayName\":\"g\",\"spec\":" LISTENER_TLS("{}") "}",
     TRUST_TEXT},
    {&create_virtual_node_body,
     NODE("{\"backendDefaults\":{\"clientPolicy\":{\"tls\":{\"validation\":{\"trust\":{}}}}}}"),
     TRUST_TEXT},
    {&create_virtual_node_body, "{\"spec\":" LISTENER_TLS("{}") "}",
     "2 validation errors detected: Value '{}' at '" TRUST_PATH "' failed to satisfy constraint: "
     "Member must have exactly one of: [file, sds]; "
     "Value null at 'virtualNodeName' failed to satisfy constraint: Member must not be null"},
    {&create_virtual_node_body,
     NODE(LISTENER_TLS("{\"sds\":{\"secretName\":\"s\"},\"file\":{\"certificateChain\":\"c\"}}")),
     ONE "Value '{\"sds\":{\"secretName\":\"s\"},\"file\":{\"certificateChain\":\"c\"}}' at "
         "'" TRUST_PATH "' failed to satisfy constraint: Member must have exactly one of: [file, "
         "sds]"},
};
/* clang-format on */

static void an_empty_trust_alone_has_its_recorded_text(void **state)
{
    (void)state;
    assert_complaints(trusts, COUNT(trusts));
}

/* clang-format off */
static const struct row wrong_types[] = {
    {&create_mesh_body, "[]", "body: expected an object"},
    {&create_mesh_body, "null", "body: expected an object"},
    {&create_mesh_body, "{\"meshName\":1}", "meshName: expected a string"},
    {&create_mesh_body, "{\"meshName\":\"m\",\"spec\":[]}", "spec: expected an object"},
    {&create_virtual_node_body, NODE("{\"listeners\":{}}"), "spec.listeners: expected a list"},
    {&create_virtual_node_body, NODE("{\"serviceDiscovery\":\"dns\"}"),
     "spec.serviceDiscovery: expected an object"},
    {&create_virtual_node_body,
     NODE("{\"listeners\":[{\"portMapping\":{\"port\":\"80\",\"protocol\":\"tcp\"}}]}"),
     "spec.listeners.1.member.portMapping.port: expected an integer"},
    {&create_route_body, ROUTE("{\"priority\":1.5}"), "spec.priority: expected an integer"},
    {&create_route_body, ROUTE("{\"priority\":9007199254740992}"),
     "spec.priority: expected an integer"},
    {&create_route_body, ROUTE("{\"priority\":true}"), "spec.priority: expected an integer"},
    {&create_virtual_node_body,
     NODE("{\"backendDefaults\":{\"clientPolicy\":{\"tls\":{\"enforce\":1,\"validation\":{}}}}}"),
     "spec.backendDefaults.clientPolicy.tls.enforce: expected a boolean"},
    /* a wrong type beats violations found before it */
    {&create_virtual_node_body, "{\"spec\":{},\"virtualNodeName\":{}}",
     "virtualNodeName: expected a string"},
    {&tag_resource_body, "{\"tags\":[{},7]}", "tags.2.member: expected an object"},
};
/* clang-format on */

static void a_wrong_type_is_no_violation_but_a_serialization_error(void **state)
{
    (void)state;
    assert_complaints(wrong_types, COUNT(wrong_types));
}

/* clang-format off */
static const struct {
    const struct shape *shape;
    const char *body, *stored;
} accepted[] = {
    {&update_mesh_body, "{}", "{}"},
    {&update_mesh_body, "{\"spec\":null,\"clientToken\":null,\"other\":{\"a\":[null]}}", "{}"},
    {&create_virtual_node_body, NODE("{\"logging\":{},\"backends\":[]}"),
     NODE("{\"logging\":{},\"backends\":[]}")},
    {&create_virtual_node_body,
     NODE("{\"listeners\":[{\"x\":1,\"portMapping\":{\"protocol\":\"tcp\",\"port\":8e1,\"y\":null},"
          "\"tls\":null}]}"),
     NODE("{\"listeners\":[{\"portMapping\":{\"protocol\":\"tcp\",\"port\":80}}]}")},
    {&create_route_body,
     ROUTE("{\"tcpRoute\":{" TARGETS ",\"timeout\":{\"idle\":{\"value\":9007199254740991}}}}"),
     ROUTE("{\"tcpRoute\":{" TARGETS ",\"timeout\":{\"idle\":{\"value\":9007199254740991}}}}")},
    {&create_route_body,
     ROUTE("{\"httpRoute\":{" TARGETS ",\"match\":{\"headers\":[{\"name\":\"a\",\"match\":{"
           "\"range\":{\"start\":-9007199254740991,\"end\":0}}}]}}}"),
     ROUTE("{\"httpRoute\":{" TARGETS ",\"match\":{\"headers\":[{\"name\":\"a\",\"match\":{"
           "\"range\":{\"start\":-9007199254740991,\"end\":0}}}]}}}")},
    {&tag_resource_body, "{\"tags\":[{\"key\":\"k\",\"value\":\"\"}]}",
     "{\"tags\":[{\"key\":\"k\",\"value\":\"\"}]}"},
};
/* clang-format on */

static void what_holds_loses_unknown_and_null_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(accepted); i++) {
        struct arena arena = {0};
        struct cJSON *body = parse(accepted[i].body), *stored = parse(accepted[i].stored);
        assert_string_equal(complaint_about(&arena, accepted[i].shape, body), "");
        assert_true(json_equal(body, stored));
        assert_null(arena.blocks);
        json_free(body);
        json_free(stored);
        arena_clear(&arena);
    }
}

static void members_come_in_the_order_of_the_model_and_elements_in_their_own(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer stored = {0};
    struct cJSON *body = parse("{\"virtualNodeName\":\"n\",\"spec\":{\"logging\":{},\"backends\":["
                               "{\"virtualService\":{\"virtualServiceName\":\"z\"}},"
                               "{\"virtualService\":{\"virtualServiceName\":\"a\"}}]}}");
    assert_string_equal(complaint_about(&arena, &create_virtual_node_body, body), "");
    json_print(&stored, body);
    assert_string_equal(
        stored.data, "{\"spec\":{\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"z\"}},"
                     "{\"virtualService\":{\"virtualServiceName\":\"a\"}}],\"logging\":{}},"
                     "\"virtualNodeName\":\"n\"}");
    buffer_clear(&stored);
    json_free(body);
    arena_clear(&arena);
}

/* "€" is three bytes and one code point. */
static void repeat(struct buffer *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_text(out, text);
}

static void lengths_count_code_points_and_long_values_are_cut(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer name = {0}, expected = {0};
    repeat(&name, "€", 255);
    struct cJSON *body = json_new_object();
    json_add_string(body, "meshName", name.data);
    assert_string_equal(complaint_about(&arena, &create_mesh_body, body), "");
    json_free(body);

    buffer_text(&name, "a");
    body = json_new_object();
    json_add_string(body, "meshName", name.data);
    buffer_text(&expected, ONE "Value '");
    repeat(&expected, "€", 85); /* 255 bytes: the 86th would end at 258 */
    buffer_text(&expected, "...' at 'meshName' failed to satisfy constraint: Member must have "
                           "length less than or equal to 255");
    assert_string_equal(complaint_about(&arena, &create_mesh_body, body), expected.data);
    json_free(body);
    buffer_clear(&name);
    buffer_clear(&expected);
    arena_clear(&arena);
}

static void a_value_of_256_bytes_is_shown_whole(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer name = {0}, expected = {0};
    repeat(&name, "a", 256);
    struct cJSON *body = json_new_object();
    json_add_string(body, "meshName", name.data);
    buffer_printf(&expected,
                  ONE "Value '%s' at 'meshName' failed to satisfy constraint: Member "
                      "must have length less than or equal to 255",
                  name.data);
    assert_string_equal(complaint_about(&arena, &create_mesh_body, body), expected.data);
    json_free(body);
    buffer_clear(&name);
    buffer_clear(&expected);
    arena_clear(&arena);
}

static void a_hostile_number_of_violations_is_counted_but_not_all_told(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct cJSON *body = json_new_object();
    struct cJSON *keys = json_add_array(body, "tagKeys");
    for (int i = 0; i < 100000; i++)
        json_append(keys, json_new_string(""));
    const char *complaint = complaint_about(&arena, &untag_resource_body, body);
    const char *start = "100001 validation errors detected: Value '[\"\",\"\",";
    assert_int_equal(strncmp(complaint, start, strlen(start)), 0);
    assert_true(strlen(complaint) > VIOLATIONS_TEXT_MAX);
    assert_true(strlen(complaint) < 2 * VIOLATIONS_TEXT_MAX);
    assert_non_null(strstr(complaint, " more"));
    json_free(body);
    arena_clear(&arena);
}

/* clang-format off */
static const struct {
    const struct shape *shape;
    const char *value, *complaint;
} texts[] = {
    {&list_meshes_limit, "1", ""},
    {&list_meshes_limit, "100", ""},
    {&list_meshes_limit, "0100", ""},
    {&list_meshes_limit, "0",
     ONE "Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than "
         "or equal to 1"},
    {&list_meshes_limit, "101",
     ONE "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than "
         "or equal to 100"},
    {&list_meshes_limit, "99999999999999999999",
     ONE "Value '99999999999999999999' at 'limit' failed to satisfy constraint: Member must have "
         "value less than or equal to 100"},
    {&list_meshes_limit, "-1",
     ONE "Value '-1' at 'limit' failed to satisfy constraint: Member must be an integer"},
    {&list_meshes_limit, "",
     ONE "Value '' at 'limit' failed to satisfy constraint: Member must be an integer"},
    {&list_meshes_limit, "1a",
     ONE "Value '1a' at 'limit' failed to satisfy constraint: Member must be an integer"},
    {&account_id, "123456789012", ""},
    {&account_id, "12345678901",
     ONE "Value '12345678901' at 'limit' failed to satisfy constraint: Member must have length "
         "greater than or equal to 12"},
    {&arn, NULL, ONE "Value null at 'limit' failed to satisfy constraint: Member must not be null"},
};
/* clang-format on */

static void path_and_query_values_are_checked_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct arena arena = {0};
        struct violations violations = {.arena = &arena};
        struct error error = {.arena = &arena};
        shape_check_text(texts[i].shape, texts[i].value, true, "limit", &violations);
        enum status status = violations_report(&violations, &error);
        assert_string_equal(status == OK ? "" : error.message, texts[i].complaint);
        arena_clear(&arena);
    }
}

static void an_absent_value_that_may_be_absent_is_fine(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    shape_check_text(&list_meshes_limit, NULL, false, "limit", &violations);
    assert_int_equal(shape_check(&mesh_spec, NULL, false, "spec", &violations, &error), OK);
    assert_int_equal(violations_report(&violations, &error), OK);
}

static void path_query_and_body_are_told_together(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    shape_check_text(&resource_name, "", true, "meshName", &violations);
    assert_int_equal(shape_check(&route_spec, NULL, true, "spec", &violations, &error), OK);
    assert_int_equal(violations_report(&violations, &error), ERR_BAD_REQUEST);
    assert_string_equal(error.message,
                        "2 validation errors detected: Value '' at 'meshName' failed to satisfy "
                        "constraint: Member must have length greater than or equal to 1; Value "
                        "null at 'spec' failed to satisfy constraint: Member must not be null");
    arena_clear(&arena);
}

static void paths_start_below_the_callers(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    struct cJSON *body = parse("{\"priority\":-1}");
    assert_int_equal(shape_check(&route_spec, body, true, "accounts.a.r.routes.3.member.spec",
                                 &violations, &error),
                     OK);
    assert_int_equal(violations_report(&violations, &error), ERR_BAD_REQUEST);
    assert_string_equal(error.message, ONE "Value '-1' at 'accounts.a.r.routes.3.member.spec."
                                           "priority' failed to satisfy constraint: Member must "
                                           "have value greater than or equal to 0");
    json_free(body);
    arena_clear(&arena);
}

/* ---- maps, and Cloud Map's words ---- */

static const struct shape map_key = {
    .name = "Key", .type = SHAPE_STRING, .has_bounds = true, .max = 3};
static const struct shape map_value = {
    .name = "Value", .type = SHAPE_STRING, .has_bounds = true, .max = 2};
static const struct shape map = {.name = "Map",
                                 .type = SHAPE_MAP,
                                 .key = &map_key,
                                 .element = &map_value,
                                 .has_bounds = true,
                                 .min = 1,
                                 .max = 2};

static const struct {
    const char *value;
    enum status status;
    const char *complaint; /* "" if it holds */
} maps[] = {
    {"{\"a\":\"1\",\"b\":\"2\"}",          OK,                ""                               },
    {"{}",                                 ERR_INVALID_INPUT,
     ONE "Value '{}' at 'map' failed to satisfy constraint: Member must have length greater than "
         "or equal to 1"                                                                       },
    {"{\"a\":\"\",\"b\":\"\",\"c\":\"\"}", ERR_INVALID_INPUT,
     ONE "Value '{\"a\":\"\",\"b\":\"\",\"c\":\"\"}' at 'map' failed to satisfy constraint: Member "
         "must have length less than or equal to 2"                                            },
    {"{\"long\":\"1\"}",                   ERR_INVALID_INPUT,
     ONE "Value 'long' at 'map.long.key' failed to satisfy constraint: Member must have length "
         "less than or equal to 3"                                                             },
    {"{\"a\":\"long\"}",                   ERR_INVALID_INPUT,
     ONE "Value 'long' at 'map.a.member' failed to satisfy constraint: Member must have length "
         "less than or equal to 2"                                                             },
    {"{\"a\":null}",                       ERR_INVALID_INPUT,
     ONE "Value null at 'map.a.member' failed to satisfy constraint: Member must not be null"  },
    {"{\"a\":1}",                          ERR_SERIALIZATION, "map.a.member: expected a string"},
    {"[]",                                 ERR_SERIALIZATION, "map: expected an object"        },
};

static void names_and_values_of_a_map_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(maps); i++) {
        struct arena arena = {0};
        struct violations violations = {
            .arena = &arena, .has_small_initials = true, .status = ERR_INVALID_INPUT};
        struct error error = {.arena = &arena};
        struct cJSON *value = parse(maps[i].value);
        enum status status = shape_check(&map, value, true, "Map", &violations, &error);
        if (status == OK)
            status = violations_report(&violations, &error);
        assert_int_equal(status, maps[i].status);
        assert_string_equal(status == OK ? "" : error.message, maps[i].complaint);
        json_free(value);
        arena_clear(&arena);
    }
}

static void a_long_name_in_a_map_is_cut_in_the_path(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    struct cJSON *value = json_new_object();
    json_add_integer(value, arena_printf(&arena, "%0300d", 0), 1);
    assert_int_equal(shape_check(&map, value, true, "map", &violations, &error), ERR_SERIALIZATION);
    assert_string_equal(error.message,
                        arena_printf(&arena, "map.%0256d....member: expected a string", 0));
    json_free(value);
    arena_clear(&arena);
}

static void a_number_may_have_a_fraction(void **state)
{
    (void)state;
    static const struct shape number = {.name = "Number", .type = SHAPE_NUMBER};
    struct arena arena = {0};
    struct violations violations = {.arena = &arena};
    struct error error = {.arena = &arena};
    struct cJSON *value = parse("1587055860.121"), *text = parse("\"1\"");
    assert_int_equal(shape_check(&number, value, true, "n", &violations, &error), OK);
    assert_int_equal(shape_check(&number, text, true, "n", &violations, &error), ERR_SERIALIZATION);
    assert_string_equal(error.message, "n: expected a number");
    json_free(value);
    json_free(text);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_violation_is_told_with_its_value_path_and_constraint),
        cmocka_unit_test(all_violations_are_told_in_the_order_of_the_model),
        cmocka_unit_test(an_empty_trust_alone_has_its_recorded_text),
        cmocka_unit_test(a_wrong_type_is_no_violation_but_a_serialization_error),
        cmocka_unit_test(what_holds_loses_unknown_and_null_members),
        cmocka_unit_test(members_come_in_the_order_of_the_model_and_elements_in_their_own),
        cmocka_unit_test(lengths_count_code_points_and_long_values_are_cut),
        cmocka_unit_test(a_value_of_256_bytes_is_shown_whole),
        cmocka_unit_test(a_hostile_number_of_violations_is_counted_but_not_all_told),
        cmocka_unit_test(path_and_query_values_are_checked_as_text),
        cmocka_unit_test(an_absent_value_that_may_be_absent_is_fine),
        cmocka_unit_test(path_query_and_body_are_told_together),
        cmocka_unit_test(paths_start_below_the_callers),
        cmocka_unit_test(names_and_values_of_a_map_are_checked),
        cmocka_unit_test(a_long_name_in_a_map_is_cut_in_the_path),
        cmocka_unit_test(a_number_may_have_a_fraction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
