# SPDX-License-Identifier: Apache-2.0
"""What a client's mesh may hold, and random specs for it, each with the items that it needs."""

import dataclasses
from collections.abc import Callable

HTTP_PORT = {"portMapping": {"port": 80, "protocol": "http"}}
NODES = ("n0", "n1", "n2", "n3")


def text(chance, length):
    return "x" * chance.randrange(length) + str(chance.randrange(1000))


def mesh(chance, _):
    return {"egressFilter": {"type": chance.choice(("ALLOW_ALL", "DROP_ALL"))}}, ()


def node(chance, path):
    """From 200 bytes to three pages. The backends name services that nobody makes."""
    backends = [f"b{i}.{text(chance, 200)}" for i in range(chance.choice((0, 0, 2, 50)))]
    spec = {
        "listeners": [HTTP_PORT],
        "serviceDiscovery": {"dns": {"hostname": "node.local"}},
        "backends": [{"virtualService": {"virtualServiceName": name}} for name in backends],
    }
    return spec, (path,)


def router(_, path):
    return {"listeners": [HTTP_PORT]}, (path,)


def route(chance, path):
    names = chance.sample(NODES, chance.randrange(1, len(NODES)))
    targets = [{"virtualNode": name, "weight": chance.randrange(101)} for name in names]
    match = {"prefix": "/" + text(chance, 20)}
    spec = {"httpRoute": {"match": match, "action": {"weightedTargets": targets}}}
    return spec, (f"{path}/virtualRouters/r", *(f"{path}/virtualNodes/{name}" for name in names))


def service(chance, path):
    if chance.randrange(2):
        spec = {"provider": {"virtualNode": {"virtualNodeName": "n0"}}}
        return spec, (path, f"{path}/virtualNodes/n0")
    spec = {"provider": {"virtualRouter": {"virtualRouterName": "r"}}}
    return spec, (path, f"{path}/virtualRouters/r")


def gateway(chance, path):
    log = {"accessLog": {"file": {"path": "/" + text(chance, 200)}}}
    return {"listeners": [HTTP_PORT], "logging": log}, (path,)


def gateway_route(chance, path):
    target = {"virtualService": {"virtualServiceName": "s0"}}
    match = {"prefix": "/" + text(chance, 20)}
    spec = {"httpRoute": {"match": match, "action": {"target": target}}}
    return spec, (f"{path}/virtualGateways/g", f"{path}/virtualServices/s0")


@dataclasses.dataclass(frozen=True)
class Slot:
    item: str
    name_member: str
    spec: Callable  # random source, path of the mesh -> spec, items that it needs


SLOTS = (
    Slot("/meshes/{mesh}", "meshName", mesh),
    *(Slot("/meshes/{mesh}/virtualNodes/" + name, "virtualNodeName", node) for name in NODES),
    Slot("/meshes/{mesh}/virtualRouters/r", "virtualRouterName", router),
    Slot("/meshes/{mesh}/virtualRouter/r/routes/q0", "routeName", route),
    Slot("/meshes/{mesh}/virtualRouter/r/routes/q1", "routeName", route),
    Slot("/meshes/{mesh}/virtualServices/s0", "virtualServiceName", service),
    Slot("/meshes/{mesh}/virtualServices/s1", "virtualServiceName", service),
    Slot("/meshes/{mesh}/virtualGateways/g", "virtualGatewayName", gateway),
    Slot("/meshes/{mesh}/virtualGateway/g/gatewayRoutes/w", "gatewayRouteName", gateway_route),
)
