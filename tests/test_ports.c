/* SPDX-License-Identifier: Apache-2.0 */
#include "api_world.h"

#define M MESHES "/m"
#define NODES M "/virtualNodes"
#define ROUTERS M "/virtualRouters"
#define SERVICES M "/virtualServices"
#define GATEWAYS M "/virtualGateways"
#define ROUTES M "/virtualRouter/r/routes"
#define GATE_ROUTES M "/virtualGateway/g/gatewayRoutes"

#define PORT(port, protocol) "{\"portMapping\":{\"port\":" #port ",\"protocol\":\"" protocol "\"}}"
#define HTTP_80 PORT(80, "http")
#define HTTP_81 PORT(81, "http")
#define HTTP2_80 PORT(80, "http2")

#define LISTEN(listeners) "\"spec\":{\"listeners\":[" listeners "]}"
#define NODE_OF(listeners)                                                                         \
    "\"spec\":{\"serviceDiscovery\":{\"dns\":{\"hostname\":\"h\"}},\"listeners\":[" listeners "]}"
#define NODE(listeners) "{\"virtualNodeName\":\"n\"," NODE_OF(listeners) "}"
#define ROUTER(listeners) "{\"virtualRouterName\":\"r\"," LISTEN(listeners) "}"
#define GATEWAY(listeners) "{\"virtualGatewayName\":\"g\"," LISTEN(listeners) "}"
#define TO(more) "{" more "}"

/* match and target: further members, with their comma. */
#define ROUTE_SPEC(type, match, target)                                                            \
    "\"spec\":{\"" type "\":{\"match\":{\"prefix\":\"/\"" match "},\"action\":{"                   \
    "\"weightedTargets\":[{\"virtualNode\":\"n\",\"weight\":1" target "}]}}}"
#define ROUTE(type, match, target) "{\"routeName\":\"q\"," ROUTE_SPEC(type, match, target) "}"
#define GATE_ROUTE(type, match, target)                                                            \
    "{\"gatewayRouteName\":\"w\",\"spec\":{\"" type "\":{\"match\":{\"prefix\":\"/\"" match        \
    "},\"action\":{\"target\":{\"virtualService\":{\"virtualServiceName\":\"s\"}" target "}}}}}"
#define AT(port) ",\"port\":" #port
#define SERVICE "{\"virtualServiceName\":\"s\",\"spec\":{" BY_NODE "}}"
#define BY_NODE "\"provider\":{\"virtualNode\":{\"virtualNodeName\":\"n\"}}"

static void make(const char *node, const char *router, const char *gateway)
{
    const struct step steps[] = {
        DOES("PUT", MESHES, "{\"meshName\":\"m\"}"),
        DOES("PUT", NODES, node),
        DOES("PUT", ROUTERS, router),
        DOES("PUT", SERVICES, SERVICE),
        DOES("PUT", GATEWAYS, gateway),
    };
    PLAY(steps);
}

static void a_route_fits_the_listeners_around_it(void **state)
{
    (void)state;
    static const struct step steps[] = {
        FAILS(400, "PUT", ROUTES, ROUTE("httpRoute", AT(82), ""),
              "Match port 82 is not a listener port of VirtualRouter r"),
        FAILS(400, "PUT", ROUTES, ROUTE("http2Route", "", ""),
              "Route q needs a listener of protocol http2 on VirtualRouter r"),
        FAILS(400, "PUT", ROUTES, ROUTE("httpRoute", "", AT(82)),
              "Target port 82 is not a listener port of VirtualNode n"),
        DOES("PUT", ROUTES, ROUTE("httpRoute", AT(80), AT(80))),
        DOES("DELETE", ROUTES "/q", ""),
        DOES("PUT", ROUTES, ROUTE("httpRoute", "", "")),
        FAILS(400, "PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", AT(82), ""),
              "Match port 82 is not a listener port of VirtualGateway g"),
        FAILS(400, "PUT", GATE_ROUTES, GATE_ROUTE("http2Route", "", ""),
              "GatewayRoute w needs a listener of protocol http2 on VirtualGateway g"),
        FAILS(400, "PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", "", AT(82)),
              "Target port 82 is not a listener port of VirtualService s"),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", AT(80), "")),
    };
    make(NODE(HTTP_80), ROUTER(HTTP_80), GATEWAY(HTTP_80));
    PLAY(steps);
}

static void several_listeners_want_ports_named(void **state)
{
    (void)state;
    static const struct step steps[] = {
        FAILS(
            400, "PUT", ROUTES, ROUTE("httpRoute", "", AT(80)),
            "Route must define a port match criteria if the Virtual Router has multiple listeners"),
        FAILS(400, "PUT", ROUTES, ROUTE("httpRoute", AT(80), ""),
              "Target VirtualNode n has multiple listeners: its port must be defined"),
        DOES("PUT", ROUTES, ROUTE("httpRoute", AT(81), AT(80))),
        FAILS(400, "PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", "", AT(80)),
              "Gateway route must define a match port if the parent Virtual Gateway has multiple "
              "listeners."),
        FAILS(400, "PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", AT(80), ""),
              "Target VirtualService s has multiple listeners: its port must be defined"),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", AT(80), AT(81))),
    };
    make(NODE(HTTP_80 "," HTTP_81), ROUTER(HTTP_80 "," HTTP_81), GATEWAY(HTTP_80 "," HTTP_81));
    PLAY(steps);
}

static void listeners_come_only_when_all_ports_are_named(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", ROUTES, ROUTE("httpRoute", "", "")),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", "", "")),
        FAILS(
            400, "PUT", ROUTERS "/r", TO(LISTEN(HTTP_80 "," HTTP_81)),
            "All Routes for this Virtual Router must define a port match before adding multiple "
            "listeners to this Virtual Router. 1 Route(s) are missing port. Listing up to 5 route "
            "names: [q]"),
        FAILS(400, "PUT", GATEWAYS "/g", TO(LISTEN(HTTP_80 "," HTTP_81)),
              "All Gateway Routes for this Virtual Gateway must define a port match before adding "
              "multiple listeners to this Virtual Gateway. 1 Gateway Route(s) are missing port. "
              "Listing up to 5 gateway route names: [w]"),
        FAILS(
            400, "PUT", NODES "/n", TO(NODE_OF(HTTP_80 "," HTTP_81)),
            "All Routes that target VirtualNode n must define a target port before adding multiple "
            "listeners to it. 2 Route(s) are missing port. Listing up to 5 route names: [q, w]"),
        DOES("PUT", ROUTES "/q", TO(ROUTE_SPEC("httpRoute", AT(80), AT(80)))),
        DOES("PUT", ROUTERS "/r", TO(LISTEN(HTTP_80 "," HTTP_81))),
    };
    make(NODE(HTTP_80), ROUTER(HTTP_80), GATEWAY(HTTP_80));
    PLAY(steps);
}

static void a_port_that_is_named_stays(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", ROUTES, ROUTE("httpRoute", AT(80), AT(80))),
        DOES("PUT", GATE_ROUTES, GATE_ROUTE("httpRoute", AT(80), AT(80))),
        FAILS(400, "PUT", ROUTERS "/r", TO(LISTEN(HTTP_81)),
              "VirtualRouter r cannot drop listener port 80: used by [q]"),
        FAILS(400, "PUT", GATEWAYS "/g", TO(LISTEN(HTTP_81)),
              "VirtualGateway g cannot drop listener port 80: used by [w]"),
        FAILS(400, "PUT", NODES "/n", TO(NODE_OF(HTTP_81)),
              "VirtualNode n cannot drop listener port 80: used by [q, w]"),
        FAILS(400, "PUT", ROUTERS "/r", TO(LISTEN(HTTP2_80)),
              "VirtualRouter r must keep a listener of protocol http: used by [q]"),
        DOES("PUT", NODES "/n", TO(NODE_OF(HTTP_80 "," HTTP_81))),
        DOES("PUT", ROUTES "/q", TO(ROUTE_SPEC("httpRoute", "", AT(80)))),
        FAILS(400, "PUT", ROUTERS "/r", TO(LISTEN("")),
              "VirtualRouter r must keep a listener of protocol http: used by [q]"),
        DOES("DELETE", ROUTES "/q", ""),
        DOES("PUT", ROUTERS "/r", TO(LISTEN(HTTP_81))),
        DOES("DELETE", GATE_ROUTES "/w", ""),
        DOES("PUT", NODES "/n", TO(NODE_OF(HTTP_81))),
    };
    make(NODE(HTTP_80), ROUTER(HTTP_80), GATEWAY(HTTP_80));
    PLAY(steps);
}

static void listeners_that_come_have_the_ports_that_targets_name(void **state)
{
    (void)state;
    static const struct step steps[] = {
        DOES("PUT", ROUTES, ROUTE("httpRoute", "", AT(80))),
        FAILS(400, "PUT", NODES "/n", TO(NODE_OF(HTTP_81)),
              "VirtualNode n must have listener port 80: used by [q]"),
        DOES("PUT", NODES "/n", TO(NODE_OF(HTTP_80))),
    };
    make("{\"virtualNodeName\":\"n\",\"spec\":{}}", ROUTER(HTTP_80), GATEWAY(HTTP_80));
    PLAY(steps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_route_fits_the_listeners_around_it),
        WORLD_TEST(several_listeners_want_ports_named),
        WORLD_TEST(listeners_come_only_when_all_ports_are_named),
        WORLD_TEST(a_port_that_is_named_stays),
        WORLD_TEST(listeners_that_come_have_the_ports_that_targets_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
