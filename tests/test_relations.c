/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#define M MESHES "/m"
#define NODES M "/virtualNodes"
#define ROUTERS M "/virtualRouters"
#define SERVICES M "/virtualServices"
#define GATEWAYS M "/virtualGateways"
#define ROUTES M "/virtualRouter/r/routes"
#define GATE_ROUTES M "/virtualGateway/g/gatewayRoutes"

#define LISTENERS "\"listeners\":[{\"portMapping\":{\"port\":80,\"protocol\":\"http\"}}]"
#define NODE(name) "{\"virtualNodeName\":\"" name "\",\"spec\":{}}"
#define ROUTER "{\"virtualRouterName\":\"r\",\"spec\":{" LISTENERS "}}"
#define GATEWAY "{\"virtualGatewayName\":\"g\",\"spec\":{" LISTENERS "}}"
#define ROUTE_TO(node)                                                                             \
    "\"spec\":{\"httpRoute\":{\"match\":{\"prefix\":\"/\"},\"action\":{\"weightedTargets\":[{"     \
    "\"virtualNode\":\"" node "\",\"weight\":1}]}}}"
#define GATE_ROUTE(name, service)                                                                  \
    "{\"gatewayRouteName\":\"" name "\",\"spec\":{\"httpRoute\":{\"match\":{\"prefix\":\"/\"},"    \
    "\"action\":{\"target\":{\"virtualService\":{\"virtualServiceName\":\"" service "\"}}}}}}"
#define SERVICE(name, provider)                                                                    \
    "{\"virtualServiceName\":\"" name "\",\"spec\":{\"provider\":{" provider "}}}"
#define BY_NODE(name) "\"virtualNode\":{\"virtualNodeName\":\"" name "\"}"
#define BY_ROUTER(name) "\"virtualRouter\":{\"virtualRouterName\":\"" name "\"}"
#define BACKENDS(service)                                                                          \
    "\"spec\":{\"backends\":[{\"virtualService\":{\"virtualServiceName\":\"" service "\"}}]}"

#define ACTIVE(kinds)                                                                              \
    "Mesh m for account 123456789012 has active " kinds ", please delete " kinds                   \
    " before deleting the Mesh"

static void what_is_named_must_exist(void **state)
{
    (void)state;
    static const struct step steps[] = {
        FAILS(404, "PUT", NODES, NODE("n"), NULL),
        DOES("PUT", MESHES, "{\"meshName\":\"m\"}"),
        DOES("PUT", ROUTERS, ROUTER),
        DOES("PUT", GATEWAYS, GATEWAY),
        FAILS(404, "PUT", ROUTES, "{\"routeName\":\"q\"," ROUTE_TO("n") "}",
              "VirtualNode with name n is missing"),
        FAILS(404, "PUT", SERVICES, SERVICE("s", BY_NODE("n")),
              "VirtualNode with name n is missing"),
        FAILS(404, "PUT", SERVICES, SERVICE("s", BY_ROUTER("x")),
              "VirtualRouter with name x is missing"),
        FAILS(404, "PUT", GATE_ROUTES, GATE_ROUTE("w", "s"),
              "VirtualService with name s is missing"),
        DOES("PUT", NODES, "{\"virtualNodeName\":\"n\"," BACKENDS("s") "}"),
        DOES("PUT", ROUTES, "{\"routeName\":\"q\"," ROUTE_TO("n") "}"),
        FAILS(404, "PUT", ROUTES "/q", "{" ROUTE_TO("x") "}", "VirtualNode with name x is missing"),
        DOES("GET", ROUTES "/q", ""),
    };
    PLAY(steps);
    assert_int_equal(version(), 1);
}

static void what_is_in_use_stays(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", MESHES, "{\"meshName\":\"m\"}"),
        DOES("PUT", NODES, NODE("n")),
        DOES("PUT", NODES, NODE("p")),
        DOES("PUT", ROUTERS, ROUTER),
        DOES("PUT", ROUTES, "{\"routeName\":\"q\"," ROUTE_TO("n") "}"),
        DOES("PUT", SERVICES, SERVICE("s", BY_ROUTER("r"))),
        DOES("PUT", SERVICES, SERVICE("t", BY_NODE("p"))),
        DOES("PUT", GATEWAYS, GATEWAY),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("w", "s")),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("x", "s")),
        FAILS(409, "DELETE", M, "", ACTIVE("VirtualNodes")),
        FAILS(409, "DELETE", NODES "/n", "",
              "VirtualNode with name n cannot be deleted because it is the target of one or more "
              "routes."),
        FAILS(409, "DELETE", NODES "/p", "",
              "VirtualNode with name p cannot be deleted because it is a VirtualService provider"),
        FAILS(409, "DELETE", ROUTERS "/r", "",
              "VirtualRouter you're trying to delete r has active routes"),
        DOES("DELETE", ROUTES "/q", ""),
        FAILS(
            409, "DELETE", ROUTERS "/r", "",
            "VirtualRouter with name r cannot be deleted because it is a VirtualService provider"),
        FAILS(409, "DELETE", GATEWAYS "/g", "",
              "VirtualGateway you're trying to delete g has active gateway routes"),
        FAILS(409, "DELETE", SERVICES "/s", "",
              "VirtualService s is being referenced in the following: GATEWAY_ROUTE: [w, x]"),
        DOES("DELETE", NODES "/n", ""),
        DOES("DELETE", SERVICES "/t", ""),
        DOES("DELETE", NODES "/p", ""),
        FAILS(409, "DELETE", M, "", ACTIVE("VirtualRouters")),
        DOES("DELETE", GATE_ROUTES "/w", ""),
        DOES("DELETE", GATE_ROUTES "/x", ""),
        DOES("DELETE", SERVICES "/s", ""),
        DOES("DELETE", ROUTERS "/r", ""),
        FAILS(409, "DELETE", M, "", ACTIVE("VirtualGateways")),
        DOES("PUT", SERVICES, "{\"virtualServiceName\":\"v\",\"spec\":{}}"),
        FAILS(409, "DELETE", M, "", ACTIVE("VirtualServices")),
        DOES("DELETE", SERVICES "/v", ""),
        DOES("DELETE", GATEWAYS "/g", ""),
        DOES("DELETE", M, ""),
    };
    PLAY(steps);
}

static void an_update_lets_go_of_what_it_no_longer_names(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", MESHES, "{\"meshName\":\"m\"}"),
        DOES("PUT", NODES, NODE("n")),
        DOES("PUT", NODES, NODE("p")),
        DOES("PUT", ROUTERS, ROUTER),
        DOES("PUT", ROUTES, "{\"routeName\":\"q\"," ROUTE_TO("n") "}"),
        DOES("PUT", ROUTES "/q", "{" ROUTE_TO("p") "}"),
        DOES("DELETE", NODES "/n", ""),
        FAILS(409, "DELETE", NODES "/p", "", NULL),
    };
    PLAY(steps);
}

static void make_service(int64_t expected_version)
{
    assert_int_equal(ask("PUT", SERVICES, "{\"virtualServiceName\":\"s\",\"spec\":{}}"), 200);
    assert_int_equal(version(), expected_version);
    assert_int_equal(ask("DELETE", SERVICES "/s", ""), 200);
}

static void a_service_that_only_backends_name_lasts_as_long_as_they_do(void **state)
{
    (void)state;
    static const struct step named[] = {
        DOES("PUT", MESHES, "{\"meshName\":\"m\"}"),
        DOES("PUT", NODES, "{\"virtualNodeName\":\"a\"," BACKENDS("s") "}"),
        DOES("PUT", NODES, "{\"virtualNodeName\":\"b\"," BACKENDS("s") "}"),
        FAILS(404, "GET", SERVICES "/s", "", NULL),
    };
    PLAY(named);
    assert_int_equal(ask("DELETE", NODES "/a", ""), 200);
    make_service(2); /* b still names it */
    assert_int_equal(ask("PUT", NODES "/b", "{\"spec\":{}}"), 200);
    make_service(1);
    assert_int_equal(ask("DELETE", NODES "/b", ""), 200);
    assert_int_equal(ask("DELETE", M, ""), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_named_must_exist),
        WORLD_TEST(what_is_in_use_stays),
        WORLD_TEST(an_update_lets_go_of_what_it_no_longer_names),
        WORLD_TEST(a_service_that_only_backends_name_lasts_as_long_as_they_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
