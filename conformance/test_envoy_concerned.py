# SPDX-License-Identifier: Apache-2.0
"""Each create, update and delete reaches the Envoys that it concerns, and no others."""

import re

import pytest

import clients
import proxy
import town
from town import MESH, SERVICE, listener, node, route

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")

GATE, SPARE = "shelf.town.local", "spare.town.local"
LOG = {"logging": {"accessLog": {"file": {"path": "/dev/null"}}}}
CHECK = {
    "protocol": "tcp", "intervalMillis": 5000, "timeoutMillis": 2000, "healthyThreshold": 2,
    "unhealthyThreshold": 2,
}  # fmt: skip
FOUND = {"awsCloudMap": {"namespaceName": "space", "serviceName": "found"}}


def gateway_route(prefix):
    target = {"virtualService": {"virtualServiceName": GATE}}
    return {"httpRoute": {"match": {"prefix": prefix}, "action": {"target": target}}}


def provided_by(name):
    return {"provider": {"virtualNode": {"virtualNodeName": name}}}


@pytest.fixture
def shop(place):
    """front calls blue, and what Cloud Map finds; gate calls shelf; other calls nobody. blue has a proxy."""
    place.addresses = {name: proxy.new_address() for name in ("front", "blue", "other", "gate")}
    place.build(
        nodes={
            **{name: node(place.addresses[name]) for name in ("blue", "other")},
            "front": node(place.addresses["front"], backends=[SERVICE]),
            "shelf": node(proxy.new_address()),
            "found": {"listeners": [listener()], "serviceDiscovery": FOUND},
        },
        routes={"main": route({"blue": 1}), "found": route({"found": 1}, prefix="/found")},
        services={
            SERVICE: {"virtualRouter": {"virtualRouterName": "color"}},
            GATE: {"virtualNode": {"virtualNodeName": "shelf"}},
        },
        gateways={"gate": {"listeners": [listener(8088)]}},
        gateway_routes={"main": gateway_route("/")},
    )
    return place


@pytest.fixture
def cloudmap(shop):
    return clients.connect(shop.server, service="servicediscovery")


def changes(shop):
    """(operation, members, whom it concerns), one after the other."""
    blue, other = shop.addresses["blue"], shop.addresses["other"]
    green = {"virtualNodeName": "green"}
    green_route = {"virtualRouterName": "color", "routeName": "green"}
    gate, second = {"virtualGatewayName": "gate"}, {"virtualGatewayName": "second"}
    gate_route = {**gate, "gatewayRouteName": "more"}
    spare, router = {"virtualServiceName": SPARE}, {"virtualRouterName": "spare"}
    gateway = {"listeners": [listener(8088)]}
    return [
        ("create_virtual_node", {**green, "spec": node("127.0.0.1")}, ""),
        ("create_route", {**green_route, "spec": route({"green": 1}, prefix="/green")}, "front"),
        ("update_virtual_node", {**green, "spec": node("127.0.0.1", listener(healthCheck=CHECK))}, "front"),
        ("update_route", {**green_route, "spec": route({"green": 1, "blue": 1}, prefix="/green")}, "front"),
        ("update_route", {**green_route, "spec": route({"green": 1, "blue": 1}, prefix="/green")}, ""),
        ("delete_route", green_route, "front"),
        ("delete_virtual_node", green, ""),
        ("update_virtual_node", {"virtualNodeName": "blue", "spec": node(blue, **LOG)}, "blue"),
        ("update_virtual_node", {"virtualNodeName": "blue", "spec": node(blue, listener(healthCheck=CHECK), **LOG)}, "front"),
        ("create_virtual_router", {**router, "spec": {"listeners": [listener()]}}, ""),
        ("update_virtual_router", {**router, "spec": {"listeners": [listener(8081)]}}, ""),
        ("update_virtual_router", {"virtualRouterName": "color", "spec": {"listeners": [listener(8081)]}}, "front"),
        ("create_virtual_service", {**spare, "spec": {}}, ""),
        ("update_virtual_node", {"virtualNodeName": "other", "spec": node(other, backends=[SPARE])}, ""),
        ("update_virtual_service", {**spare, "spec": provided_by("blue")}, "other"),
        ("delete_virtual_service", spare, "other"),
        ("delete_virtual_router", router, ""),
        ("create_virtual_gateway", {**second, "spec": gateway}, ""),
        ("delete_virtual_gateway", second, ""),
        ("update_virtual_gateway", {**gate, "spec": {**gateway, **LOG}}, "gate"),
        ("create_gateway_route", {**gate_route, "spec": gateway_route("/more")}, "gate"),
        ("update_gateway_route", {**gate_route, "spec": gateway_route("/even-more")}, "gate"),
        ("delete_gateway_route", gate_route, "gate"),
        ("update_mesh", {"spec": {"egressFilter": {"type": "ALLOW_ALL"}}}, "front blue other"),
        ("update_mesh", {"spec": {"serviceDiscovery": {"ipPreference": "IPv4_ONLY"}}}, "front blue other gate"),
        ("create_mesh", {"meshName": "elsewhere"}, ""),
        ("delete_mesh", {"meshName": "elsewhere"}, ""),
    ]  # fmt: skip


def instances(cloudmap):
    """The same of Cloud Map."""
    service = town.cloud_map_service(cloudmap, "space", "found", HealthCheckCustomConfig={})
    instance = {"ServiceId": service, "InstanceId": "i"}
    attributes = {"AWS_INSTANCE_IPV4": "127.0.0.1"}
    return [
        ("register_instance", {**instance, "Attributes": attributes}, "front"),
        ("update_instance_custom_health_status", {**instance, "Status": "UNHEALTHY"}, "front"),
        ("deregister_instance", instance, ""),
        ("create_http_namespace", {"Name": "elsewhere"}, ""),
    ]


@proxy.both_protocols
def test_each_change_reaches_whom_it_concerns_and_nobody_else(shop, cloudmap, change):
    envoys = {
        name: shop.envoy(
            name, address=address, change=change,
            **({"kind": "virtualGateway", "mode": "direct-ingress"} if name == "gate" else {}),
        )
        for name, address in shop.addresses.items()
    }  # fmt: skip

    def wait_for_all():
        for envoy in envoys.values():
            shop.wait_for(envoy)
        return {name: envoy.updates() for name, envoy in envoys.items()}

    rows = [(shop.api, *row) for row in changes(shop)]
    rows += [(cloudmap, *row) for row in instances(cloudmap)]
    before = wait_for_all()
    for api, operation, members, concerned in rows:
        in_mesh = {"meshName": MESH} if api is shop.api else {}
        getattr(api, operation)(**{**in_mesh, **members})
        after = wait_for_all()
        reached = {name for name in envoys if after[name] > before[name]}
        assert reached == set(concerned.split()), (operation, members)
        before = after


def test_no_kind_of_change_is_left_out(shop):
    writes = {name for name in dir(shop.api) if re.match("(create|update|delete)_", name)}
    assert writes == {operation for operation, *_ in changes(shop)}
