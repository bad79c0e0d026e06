# SPDX-License-Identifier: Apache-2.0
"""Real Envoys follow the mesh: traffic through two or three of them, judged by what comes out."""

import collections

import pytest

import clients
import envoys
import wire

MESH = "m"
SERVICE = "back.local"
GATEWAY_PORT = 18081


def listeners(port):
    return [{"portMapping": {"port": port, "protocol": "http"}}]


def node(port, discovery, *backends):
    return {
        "listeners": listeners(port),
        "serviceDiscovery": discovery,
        "backends": [{"virtualService": {"virtualServiceName": name}} for name in backends],
    }


def route(match=None, retries=None, **weights):
    targets = [{"virtualNode": name, "weight": weight} for name, weight in weights.items()]
    members = {"match": match or {"prefix": "/"}, "action": {"weightedTargets": targets}}
    if retries:
        members["retryPolicy"] = retries
    return {"httpRoute": members}


class World:
    """front -> service back.local -> nodes blue and green, each with an Envoy and an app."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.client = clients.connect(server)
        self.apps, self.envoys, self.ports = {}, {}, {}
        self.client.create_mesh(meshName=MESH)
        self.client.create_virtual_router(
            meshName=MESH, virtualRouterName="router", spec={"listeners": listeners(8080)}
        )
        self.add_back("blue", 3, dns=True)
        self.client.create_route(
            meshName=MESH, virtualRouterName="router", routeName="all", spec=route(blue=1)
        )
        self.client.create_virtual_service(
            meshName=MESH, virtualServiceName=SERVICE,
            spec={"provider": {"virtualRouter": {"virtualRouterName": "router"}}},
        )  # fmt: skip
        self.create_node("front", node(8080, {"dns": {"hostname": "front.local"}}, SERVICE))

    def create_node(self, name, spec):
        self.client.create_virtual_node(meshName=MESH, virtualNodeName=name, spec=spec)

    def add_back(self, name, number, dns):
        """A node with its app and its Envoy, found by DNS or by Cloud Map."""
        app = envoys.App(name, envoys.loopback(number + 100))
        address = envoys.loopback(number)
        discovery = {"dns": {"hostname": address}}
        if not dns:
            discovery = {"awsCloudMap": {"namespaceName": "space", "serviceName": name}}
            self.register(name, address, app.port)
        self.apps[name], self.ports[name] = app, app.port
        self.create_node(name, node(app.port, discovery))
        self.start(
            name, number, "--mode", "direct-ingress", "--app-address", envoys.loopback(number + 100)
        )

    def register(self, name, address, port):
        cloudmap = clients.connect(self.server, service="servicediscovery")
        operation = cloudmap.create_http_namespace(Name="space")["OperationId"]
        targets = cloudmap.get_operation(OperationId=operation)["Operation"]["Targets"]
        service = cloudmap.create_service(Name=name, NamespaceId=targets["NAMESPACE"])["Service"]
        cloudmap.register_instance(
            ServiceId=service["Id"], InstanceId="i",
            Attributes={"AWS_INSTANCE_IPV4": address, "AWS_INSTANCE_PORT": str(port)},
        )  # fmt: skip

    def start(self, name, number, *settings, kind="virtualNode"):
        self.envoys[name] = envoys.Envoy(
            self.folder, self.server, f"mesh/{MESH}/{kind}/{name}", *settings,
            address=envoys.loopback(number),
        )  # fmt: skip
        return self.envoys[name]

    def update_route(self, spec):
        self.client.update_route(
            meshName=MESH, virtualRouterName="router", routeName="all", spec=spec
        )

    def ask(self, path="/"):
        return self.envoys["front"].ask(SERVICE, path)

    def wait_for(self, answer, path="/"):
        envoys.until(lambda: self.ask(path) == answer, f"{answer}; now {self.ask(path)}")

    def stop(self):
        for thing in [*self.envoys.values(), *self.apps.values()]:
            thing.stop()


@pytest.fixture
def world(start, tmp_path):
    envoys.binary()
    world = World(start(), tmp_path)
    world.start("front", 2, "--mode", "explicit-egress")
    try:
        for envoy in world.envoys.values():
            envoy.wait_ready()
        world.wait_for((200, "blue /"))
        yield world
        for envoy in world.envoys.values():
            assert envoy.rejected() == {}
            assert envoy.deprecations() == []
    finally:
        world.stop()


def test_a_request_goes_through_two_envoys(world):
    assert world.ask("/path?query") == (200, "blue /path?query")
    assert world.envoys["blue"].stat("http.ingress.downstream_rq_total") >= 1
    routes = world.envoys["front"].config()["dynamic_route_configs"]
    assert {"rds_egress_http_15001", "rds_ingress_http_8080"} <= set(routes)


def test_traffic_follows_the_weights_and_a_new_node_by_cloud_map(world):
    world.add_back("green", 4, dns=False)
    world.envoys["green"].wait_ready()
    world.update_route(route(green=1))
    world.wait_for((200, "green /"))
    world.update_route(route(blue=1, green=1))
    envoys.until(lambda: {world.ask()[1] for _ in range(8)} == {"blue /", "green /"}, "both")
    counts = collections.Counter(world.ask() for _ in range(400))
    assert set(counts) == {(200, "blue /"), (200, "green /")}
    assert 120 < counts[200, "blue /"] < 280


def test_no_request_fails_while_routes_are_weighted_anew(world):
    world.add_back("green", 4, dns=True)
    world.envoys["green"].wait_ready()
    statuses = collections.Counter()
    for turn in range(60):
        world.update_route(route(blue=turn % 7 + 1, green=turn % 5 + 1))
        statuses.update(world.ask()[0] for _ in range(3))
    assert set(statuses) == {200}


def test_envoys_keep_serving_while_the_server_is_gone_and_come_back(world, start):
    """Nothing is sent twice to who comes back with what it was sent."""
    front = world.envoys["front"]
    state = wire.Connection(world.server).get("/_emulator/state").body
    xds, before = world.server.xds, front.stat("listener_manager.lds.update_success")
    world.server.kill()
    envoys.until(lambda: front.stat("control_plane.connected_state") == 0, "disconnected")
    assert world.ask() == (200, "blue /")
    world.server = start("--xds", xds)
    assert wire.Connection(world.server).put("/_emulator/state", state).status == 200
    envoys.until(lambda: front.stat("control_plane.connected_state") == 1, "connected")
    world.client = clients.connect(world.server)
    world.update_route(route(match={"prefix": "/new"}, blue=1))
    envoys.until(lambda: world.ask()[0] == 404, "the new route")
    assert world.ask("/new") == (200, "blue /new")
    assert front.stat("listener_manager.lds.update_success") == before


def test_a_gateway_brings_requests_in(world):
    world.client.create_virtual_gateway(
        meshName=MESH, virtualGatewayName="gate", spec={"listeners": listeners(GATEWAY_PORT)}
    )
    world.client.create_gateway_route(
        meshName=MESH, virtualGatewayName="gate", gatewayRouteName="shop",
        spec={"httpRoute": {
            "match": {"prefix": "/shop/"},
            "action": {"target": {"virtualService": {"virtualServiceName": SERVICE}}},
        }},
    )  # fmt: skip
    gate = world.start("gate", 5, "--mode", "explicit-egress", kind="virtualGateway").wait_ready()
    envoys.until(
        lambda: gate.ask("any.host", "/shop/cart", GATEWAY_PORT) == (200, "blue /cart"),
        "an answer through the gateway",
    )
    assert gate.ask("any.host", "/other", GATEWAY_PORT)[0] == 404
    world.client.delete_gateway_route(
        meshName=MESH, virtualGatewayName="gate", gatewayRouteName="shop"
    )
    envoys.until(lambda: gate.ask("any.host", "/shop/cart", GATEWAY_PORT)[0] == 404, "no route")


def test_a_deleted_and_made_again_node_is_served_again_soon(world):
    front = world.envoys["front"]
    spec = world.client.describe_virtual_node(meshName=MESH, virtualNodeName="front")
    spec = spec["virtualNode"]["spec"]
    world.client.delete_virtual_node(meshName=MESH, virtualNodeName="front")
    envoys.until(lambda: front.stat("control_plane.connected_state") == 0, "its stream ended")
    assert world.ask() == (200, "blue /")
    world.create_node("front", spec)
    envoys.until(lambda: front.stat("control_plane.connected_state") == 1, "connected again")
    world.update_route(route(match={"prefix": "/new"}, blue=1))
    envoys.until(lambda: world.ask()[0] == 404, "the new route")
