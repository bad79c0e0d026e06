# SPDX-License-Identifier: Apache-2.0
"""Who may name whom, who keeps whom from being deleted, and virtual services nobody made yet."""

import pytest

import kinds
from clients import bad_request, forbidden, in_use, not_found, refusal
from kinds import GATEWAY, GATEWAY_ROUTE, MESH, NODE, ROUTE, ROUTER, SERVICE, listener


def backend(name):
    return {"virtualService": {"virtualServiceName": name}}


def test_the_order_of_tear_down_works(shop):
    kinds.tear_down(shop)
    assert MESH.list(shop)["meshes"] == []


@pytest.mark.parametrize(
    "kind, plural",
    [
        (NODE, "VirtualNodes"),
        (ROUTER, "VirtualRouters"),
        (SERVICE, "VirtualServices"),
        (GATEWAY, "VirtualGateways"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_mesh_with_children_stays(client, account, kind, plural):
    MESH.create(client)
    kind.create(client, spec={} if kind is SERVICE else None)
    assert refusal(MESH.delete, client=client) == in_use(
        f"Mesh shop for account {account} has active {plural}, "
        f"please delete {plural} before deleting the Mesh"
    )
    kind.delete(client)
    MESH.delete(client)


def test_of_many_children_the_nodes_are_named_first(shop, account):
    for kinds_gone, plural in (
        ([], "VirtualNodes"),
        ([GATEWAY_ROUTE, SERVICE, ROUTE, NODE], "VirtualRouters"),
        ([ROUTER], "VirtualGateways"),
    ):
        for kind in kinds_gone:
            kind.delete(shop)
        assert f"has active {plural}," in refusal(MESH.delete, client=shop)[2]


def test_a_router_with_routes_stays(shop):
    for kind in (GATEWAY_ROUTE, SERVICE):
        kind.delete(shop)
    assert refusal(ROUTER.delete, client=shop) == in_use(
        "VirtualRouter you're trying to delete router has active routes"
    )
    ROUTE.delete(shop)
    ROUTER.delete(shop)


def test_a_router_that_provides_a_service_stays(shop):
    ROUTE.delete(shop)
    assert refusal(ROUTER.delete, client=shop) == in_use(
        "VirtualRouter with name router cannot be deleted because it is a VirtualService provider"
    )
    SERVICE.update(shop, spec={})
    ROUTER.delete(shop)


def test_a_node_that_is_a_target_stays(shop):
    assert refusal(NODE.delete, client=shop) == in_use(
        "VirtualNode with name node cannot be deleted because it is the target of one or more routes."
    )
    NODE.create(shop, virtualNodeName="spare")
    ROUTE.update(shop, spec=kinds.http_route(kinds.target("spare")))
    NODE.delete(shop)
    assert refusal(NODE.delete, client=shop, virtualNodeName="spare")[1] == "ResourceInUseException"
    ROUTE.delete(shop)
    NODE.delete(shop, virtualNodeName="spare")


def test_a_node_that_provides_a_service_stays(client):
    kinds.build(client, MESH, NODE)
    SERVICE.create(client, spec=kinds.node_provider())
    assert refusal(NODE.delete, client=client) == in_use(
        "VirtualNode with name node cannot be deleted because it is a VirtualService provider"
    )
    SERVICE.delete(client)
    NODE.delete(client)


def test_a_gateway_with_routes_stays(shop):
    assert refusal(GATEWAY.delete, client=shop) == in_use(
        "VirtualGateway you're trying to delete gate has active gateway routes"
    )
    GATEWAY_ROUTE.delete(shop)
    GATEWAY.delete(shop)


def test_a_service_that_gateway_routes_target_stays(shop):
    GATEWAY_ROUTE.create(shop, gatewayRouteName="second")
    status, code, text = refusal(SERVICE.delete, client=shop)
    assert (status, code) == (409, "ResourceInUseException")
    assert text == (
        "VirtualService service.local is being referenced in the following: "
        "GATEWAY_ROUTE: [gate-route, second]"
    )
    GATEWAY_ROUTE.delete(shop)
    assert refusal(SERVICE.delete, client=shop)[2].endswith("GATEWAY_ROUTE: [second]")
    GATEWAY_ROUTE.delete(shop, gatewayRouteName="second")
    SERVICE.delete(shop)


def test_a_service_that_is_a_backend_may_go(shop):
    GATEWAY_ROUTE.delete(shop)
    NODE.update(shop, spec=kinds.node_spec(backends=[backend("service.local")]))
    SERVICE.delete(shop)


@pytest.mark.parametrize("verb", ["create", "update"])
@pytest.mark.parametrize(
    "kind, spec, message",
    [
        (ROUTE, kinds.http_route(kinds.target("ghost")), "VirtualNode with name ghost is missing"),
        (SERVICE, kinds.node_provider("ghost"), "VirtualNode with name ghost is missing"),
        (SERVICE, kinds.router_provider("ghost"), "VirtualRouter with name ghost is missing"),
        (GATEWAY_ROUTE, kinds.gateway_route("ghost"), "VirtualService with name ghost is missing"),
    ],
    ids=["route-node", "service-node", "service-router", "gateway-route-service"],
)
def test_what_is_named_must_be_there(shop, kind, spec, message, verb):
    arguments = {kind.name_member: "new"} if verb == "create" else {}
    assert refusal(getattr(kind, verb), client=shop, spec=spec, **arguments) == not_found(message)


def test_a_second_missing_target_is_found_too(shop):
    spec = kinds.http_route(kinds.target("node"), kinds.target("ghost"))
    assert refusal(ROUTE.update, client=shop, spec=spec) == not_found(
        "VirtualNode with name ghost is missing"
    )


def test_names_in_another_mesh_do_not_count(shop):
    MESH.create(shop, meshName="other")
    NODE.create(shop, meshName="other", virtualNodeName="there")
    assert refusal(
        ROUTE.update, client=shop, spec=kinds.http_route(kinds.target("there"))
    ) == not_found("VirtualNode with name there is missing")


def test_a_provider_without_listeners_and_a_target_without_provider_are_fine(client):
    kinds.build(client, MESH, GATEWAY)
    NODE.create(client, spec={})
    SERVICE.create(client, spec={})
    GATEWAY_ROUTE.create(client)
    assert SERVICE.update(client, spec=kinds.node_provider())["spec"] == kinds.node_provider()


class TestHiddenServices:
    """A backend may name a virtual service that nobody has made; it waits, hidden."""

    @pytest.fixture
    def waiting(self, client):
        MESH.create(client)
        spec = kinds.node_spec(backends=[backend("later.local")])
        self.node = NODE.create(client, spec=spec)
        return client

    def test_it_cannot_be_seen(self, waiting):
        call = {"client": waiting, "virtualServiceName": "later.local"}
        for verb in (SERVICE.describe, SERVICE.delete):
            assert refusal(verb, **call)[1] == "NotFoundException"
        assert refusal(SERVICE.update, **call, spec={})[1] == "NotFoundException"
        assert SERVICE.list(waiting)["virtualServices"] == []

    def test_it_does_not_keep_the_mesh(self, waiting):
        NODE.delete(waiting)
        MESH.delete(waiting)

    def test_it_is_no_target_of_a_gateway_route(self, waiting):
        GATEWAY.create(waiting)
        spec = kinds.gateway_route("later.local")
        assert refusal(GATEWAY_ROUTE.create, client=waiting, spec=spec) == not_found(
            "VirtualService with name later.local is missing"
        )

    def test_making_it_gives_version_two_and_the_old_birthday(self, waiting):
        made = SERVICE.create(waiting, spec={}, virtualServiceName="later.local")["metadata"]
        assert made["version"] == 2
        assert made["createdAt"] >= self.node["metadata"]["createdAt"]
        assert made["lastUpdatedAt"] >= made["createdAt"]
        assert (
            SERVICE.update(waiting, spec={}, virtualServiceName="later.local")["metadata"][
                "version"
            ]
            == 3
        )

    def test_without_its_last_backend_it_is_forgotten(self, waiting):
        NODE.update(waiting, spec=kinds.node_spec())
        made = SERVICE.create(waiting, spec={}, virtualServiceName="later.local")
        assert made["metadata"]["version"] == 1

    def test_with_one_backend_left_it_stays(self, waiting):
        NODE.create(
            waiting, virtualNodeName="b", spec=kinds.node_spec(backends=[backend("later.local")])
        )
        NODE.delete(waiting)
        made = SERVICE.create(waiting, spec={}, virtualServiceName="later.local")
        assert made["metadata"]["version"] == 2

    def test_once_made_and_deleted_it_starts_at_one(self, waiting):
        SERVICE.create(waiting, spec={}, virtualServiceName="later.local")
        SERVICE.delete(waiting, virtualServiceName="later.local")
        made = SERVICE.create(waiting, spec={}, virtualServiceName="later.local")
        assert made["metadata"]["version"] == 1

    def test_a_service_that_is_there_is_not_touched(self, shop):
        before = SERVICE.describe(shop)
        NODE.update(shop, spec=kinds.node_spec(backends=[backend("service.local")]))
        assert SERVICE.describe(shop) == before


class TestPortsInUse:
    """A listener whose port somebody names cannot be dropped."""

    def test_of_a_node(self, shop):
        ROUTE.update(shop, spec=kinds.http_route(kinds.target(port=8080)))
        assert refusal(
            NODE.update, client=shop, spec=kinds.node_spec(listener(9090))
        ) == bad_request("VirtualNode node cannot drop listener port 8080: used by [route]")
        NODE.update(shop, spec=kinds.node_spec(listener(8080, "http2")))
        ROUTE.update(shop, spec=kinds.http_route())
        NODE.update(shop, spec=kinds.node_spec(listener(9090)))

    def test_of_a_router(self, shop):
        ROUTE.update(shop, spec=kinds.http_route(match={"prefix": "/", "port": 8080}))
        for spec in ({"listeners": [listener(9090)]}, {}):
            assert refusal(ROUTER.update, client=shop, spec=spec) == bad_request(
                "VirtualRouter router cannot drop listener port 8080: used by [route]"
            )

    def test_of_a_gateway(self, shop):
        match = {"prefix": "/", "port": 8080}
        GATEWAY_ROUTE.update(shop, spec=kinds.gateway_route(match=match))
        spec = {"listeners": [listener(9090)]}
        assert refusal(GATEWAY.update, client=shop, spec=spec) == bad_request(
            "VirtualGateway gate cannot drop listener port 8080: used by [gate-route]"
        )

    def test_at_most_five_users_are_named(self, shop):
        names = [f"route-{n}" for n in range(6)]
        for name in names:
            ROUTE.create(shop, routeName=name, spec=kinds.http_route(kinds.target(port=8080)))
        assert refusal(
            NODE.update, client=shop, spec=kinds.node_spec(listener(9090))
        ) == bad_request(
            f"VirtualNode node cannot drop listener port 8080: used by [{', '.join(names[:5])}]"
        )


class TestManyListeners:
    """Source: aws-app-mesh-controller-for-k8s#715, aws-cdk#25112, terraform-provider-aws#35294."""

    TWO = [listener(8080), listener(9090, "grpc")]
    PORT = {"prefix": "/", "port": 8080}

    def test_a_route_names_its_port(self, shop):
        ROUTER.create(shop, virtualRouterName="wide", spec={"listeners": self.TWO})
        assert refusal(ROUTE.create, client=shop, virtualRouterName="wide") == bad_request(
            "Route must define a port match criteria if the Virtual Router has multiple listeners"
        )
        spec = kinds.http_route(match=self.PORT)
        assert ROUTE.create(shop, virtualRouterName="wide", spec=spec)["spec"] == spec
        assert refusal(ROUTE.update, client=shop, virtualRouterName="wide")[0] == 400

    def test_a_router_with_routes_without_port_stays_narrow(self, shop):
        wide = {"listeners": self.TWO}
        text = (
            "All Routes for this Virtual Router must define a port match before adding multiple listeners "
            "to this Virtual Router. {} Route(s) are missing port. Listing up to 5 route names: [{}]"
        )
        assert refusal(ROUTER.update, client=shop, spec=wide) == bad_request(
            text.format(1, "route")
        )
        for number in range(6):
            ROUTE.create(shop, routeName=f"r{number}")
        assert refusal(ROUTER.update, client=shop, spec=wide) == bad_request(
            text.format(7, "r0, r1, r2, r3, r4")
        )

    def test_routes_with_port_let_a_router_grow(self, shop):
        ROUTE.update(shop, spec=kinds.http_route(match=self.PORT))
        GATEWAY_ROUTE.update(shop, spec=kinds.gateway_route(port=8080))
        assert ROUTER.update(shop, spec={"listeners": self.TWO})["metadata"]["version"] == 2

    def test_a_gateway_route_names_its_port(self, shop):
        GATEWAY.create(shop, virtualGatewayName="wide", spec={"listeners": self.TWO})
        assert refusal(GATEWAY_ROUTE.create, client=shop, virtualGatewayName="wide") == bad_request(
            "Gateway route must define a match port if the parent Virtual Gateway has multiple listeners."
        )
        GATEWAY_ROUTE.create(
            shop, virtualGatewayName="wide", spec=kinds.gateway_route(match=self.PORT)
        )

    def test_a_gateway_with_routes_without_port_stays_narrow(self, shop):
        status, code, text = refusal(GATEWAY.update, client=shop, spec={"listeners": self.TWO})
        assert (status, code) == (400, "BadRequestException")
        assert "gate-route" in text
        GATEWAY_ROUTE.update(shop, spec=kinds.gateway_route(match=self.PORT))
        GATEWAY.update(shop, spec={"listeners": self.TWO})

    def test_a_target_names_its_port(self, shop):
        NODE.create(shop, virtualNodeName="wide", spec=kinds.node_spec(*self.TWO))
        assert refusal(ROUTE.update, client=shop, spec=kinds.http_route(kinds.target("wide")))[
            :2
        ] == (
            400,
            "BadRequestException",
        )
        ROUTE.update(shop, spec=kinds.http_route(kinds.target("wide", port=8080)))

    def test_a_node_with_targets_without_port_stays_narrow(self, shop):
        assert refusal(NODE.update, client=shop, spec=kinds.node_spec(*self.TWO))[:2] == (
            400,
            "BadRequestException",
        )
        ROUTE.update(shop, spec=kinds.http_route(kinds.target(port=8080)))
        NODE.update(shop, spec=kinds.node_spec(*self.TWO))

    def test_a_gateway_routes_target_names_its_port(self, shop):
        NODE.create(shop, virtualNodeName="wide", spec=kinds.node_spec(*self.TWO))
        SERVICE.create(shop, virtualServiceName="wide", spec=kinds.node_provider("wide"))
        assert refusal(GATEWAY_ROUTE.update, client=shop, spec=kinds.gateway_route("wide"))[:2] == (
            400,
            "BadRequestException",
        )
        GATEWAY_ROUTE.update(shop, spec=kinds.gateway_route("wide", port=8080))

    @pytest.mark.parametrize(
        "kind, spec",
        [
            (ROUTE, kinds.http_route(match={"prefix": "/", "port": 81})),
            (ROUTE, kinds.http_route(kinds.target(port=81))),
            (GATEWAY_ROUTE, kinds.gateway_route(match={"prefix": "/", "port": 81})),
            (GATEWAY_ROUTE, kinds.gateway_route(port=81)),
        ],
        ids=["route-match", "target", "gateway-route-match", "gateway-route-target"],
    )
    def test_a_port_that_nobody_listens_on_is_refused(self, shop, kind, spec):
        assert refusal(kind.update, client=shop, spec=spec)[:2] == (400, "BadRequestException")

    @pytest.mark.parametrize(
        "kind, spec",
        [
            (ROUTE, kinds.http_route(kinds.target(port=8080), match={"port": 8080})),
            (GATEWAY_ROUTE, kinds.gateway_route(match={"port": 8080}, port=8080)),
        ],
        ids=["route", "gateway-route"],
    )
    def test_a_port_with_one_listener_is_fine(self, shop, kind, spec):
        assert kind.update(shop, spec=spec)["spec"] == spec


class TestProtocols:
    """Source: aws-app-mesh-controller-for-k8s#767; App Mesh guide, routes."""

    MATCH = {"http": {"prefix": "/"}, "http2": {"prefix": "/"}, "grpc": {"serviceName": "s"}}

    def route(self, protocol):
        if protocol == "tcp":
            return {"tcpRoute": {"action": {"weightedTargets": [kinds.target()]}}}
        return kinds.http_route(kind=protocol + "Route", match=self.MATCH[protocol])

    @pytest.mark.parametrize("spoken", ["http", "http2", "grpc", "tcp"])
    @pytest.mark.parametrize("heard", ["http", "http2", "grpc", "tcp"])
    def test_a_route_fits_its_router(self, client, heard, spoken):
        kinds.build(client, MESH, NODE)
        ROUTER.create(client, spec={"listeners": [listener(80, heard)]})
        if heard == spoken:
            ROUTE.create(client, spec=self.route(spoken))
        else:
            assert refusal(ROUTE.create, client=client, spec=self.route(spoken))[:2] == (
                400,
                "BadRequestException",
            )

    @pytest.mark.parametrize("spoken", ["http", "http2", "grpc"])
    @pytest.mark.parametrize("heard", ["http", "http2", "grpc"])
    def test_a_gateway_route_fits_its_gateway(self, client, heard, spoken):
        MESH.create(client)
        SERVICE.create(client, spec={})
        GATEWAY.create(client, spec={"listeners": [listener(80, heard)]})
        spec = kinds.gateway_route(kind=spoken + "Route", match=self.MATCH[spoken])
        if heard == spoken:
            GATEWAY_ROUTE.create(client, spec=spec)
        else:
            assert refusal(GATEWAY_ROUTE.create, client=client, spec=spec)[:2] == (
                400,
                "BadRequestException",
            )

    def test_a_routers_protocol_stays_under_its_routes(self, shop):
        spec = {"listeners": [listener(8080, "grpc")]}
        assert refusal(ROUTER.update, client=shop, spec=spec)[:2] == (400, "BadRequestException")
        ROUTE.delete(shop)
        ROUTER.update(shop, spec=spec)

    def test_a_router_without_listeners_takes_any_route(self, client):
        kinds.build(client, MESH, NODE)
        ROUTER.create(client, spec={})
        for protocol in ("http", "http2", "grpc", "tcp"):
            ROUTE.create(client, routeName=protocol, spec=self.route(protocol))

    def test_a_routes_type_may_change_where_it_fits(self, client):
        kinds.build(client, MESH, NODE)
        ROUTER.create(client, spec={})
        ROUTE.create(client)
        for protocol in ("tcp", "grpc", "http2", "http"):
            assert ROUTE.update(client, spec=self.route(protocol))["spec"] == self.route(protocol)

    def test_the_nodes_protocol_is_not_asked(self, client):
        MESH.create(client)
        NODE.create(client, spec=kinds.node_spec(listener(8080, "tcp")))
        ROUTER.create(client)
        ROUTE.create(client)


def test_a_scheme_needs_http2(shop):
    """Source: terraform-provider-aws#18528."""
    match = {"prefix": "/", "scheme": "http"}
    assert refusal(ROUTE.update, client=shop, spec=kinds.http_route(match=match)) == forbidden(
        "Scheme matching in HTTP routes is not supported."
    )
    ROUTER.create(shop, virtualRouterName="two", spec={"listeners": [listener(80, "http2")]})
    ROUTE.create(
        shop, virtualRouterName="two", spec=kinds.http_route(kind="http2Route", match=match)
    )
