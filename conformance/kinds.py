# SPDX-License-Identifier: Apache-2.0
"""The seven kinds as a client sees them, and a small mesh that holds one of each."""

import dataclasses

from botocore import xform_name


@dataclasses.dataclass(frozen=True, eq=False)
class Kind:
    name: str  # VirtualNode, as in operation names
    member: str  # virtualNode: payload member, ARN segment
    collection: str  # virtualNodes: list member
    parents: tuple  # name members from the mesh down
    sample: dict  # a spec that holds in the sample mesh
    other: dict  # another one
    delete_raises_version: bool = True

    @property
    def name_member(self):
        return self.member + "Name"

    @property
    def path_members(self):
        return (*self.parents, self.name_member)

    def call(self, client, verb, **arguments):
        operation = verb + self.name + ("es" if verb == "List" and self.name == "Mesh" else "")
        if verb == "List" and self.name != "Mesh":
            operation += "s"
        return getattr(client, xform_name(operation))(**arguments)

    def create(self, client, spec=None, **arguments):
        names = self.names(arguments)
        spec = self.sample if spec is None else spec
        return self.call(client, "Create", **names, spec=spec, **arguments)[self.member]

    def update(self, client, spec=None, **arguments):
        names = self.names(arguments)
        spec = self.other if spec is None else spec
        return self.call(client, "Update", **names, spec=spec, **arguments)[self.member]

    def describe(self, client, **arguments):
        return self.call(client, "Describe", **self.names(arguments), **arguments)[self.member]

    def delete(self, client, **arguments):
        return self.call(client, "Delete", **self.names(arguments), **arguments)[self.member]

    def list(self, client, **arguments):
        names = self.names(arguments)
        del names[self.name_member]
        return self.call(client, "List", **names, **arguments)

    def names(self, arguments):
        """The sample's names, overridden by and taken out of arguments."""
        return {m: arguments.pop(m, SAMPLE_NAMES[m]) for m in self.path_members}

    def arn(self, account, region, **arguments):
        names = self.names(arguments)
        parts = [
            f"{'mesh' if m == 'meshName' else m.removesuffix('Name')}/{names[m]}" for m in names
        ]
        return f"arn:aws:appmesh:{region}:{account}:" + "/".join(parts)


SAMPLE_NAMES = {
    "meshName": "shop",
    "virtualGatewayName": "gate",
    "gatewayRouteName": "gate-route",
    "virtualNodeName": "node",
    "virtualRouterName": "router",
    "routeName": "route",
    "virtualServiceName": "service.local",
}


def listener(port=8080, protocol="http", **members):
    return {"portMapping": {"port": port, "protocol": protocol}, **members}


def node_spec(*listeners, **members):
    """A virtual node's spec with discovery by DNS."""
    return {
        "listeners": list(listeners or [listener()]),
        "serviceDiscovery": {"dns": {"hostname": "node.local"}},
        "backends": [],
        **members,
    }


def target(node="node", weight=1, **members):
    return {"virtualNode": node, "weight": weight, **members}


def http_route(*targets, match=None, kind="httpRoute", **members):
    action = {"weightedTargets": list(targets or [target()])}
    return {
        kind: {"action": action, "match": {"prefix": "/"} if match is None else match, **members}
    }


def gateway_route(service="service.local", match=None, kind="httpRoute", port=None, **action):
    to = {"virtualService": {"virtualServiceName": service}, **({"port": port} if port else {})}
    match = {"prefix": "/"} if match is None else match
    return {kind: {"action": {"target": to, **action}, "match": match}}


def router_provider(name="router"):
    return {"provider": {"virtualRouter": {"virtualRouterName": name}}}


def node_provider(name="node"):
    return {"provider": {"virtualNode": {"virtualNodeName": name}}}


MESH = Kind(
    "Mesh", "mesh", "meshes", (),
    sample={"egressFilter": {"type": "DROP_ALL"}},
    other={"egressFilter": {"type": "ALLOW_ALL"}},
    delete_raises_version=False,
)  # fmt: skip
GATEWAY = Kind(
    "VirtualGateway", "virtualGateway", "virtualGateways", ("meshName",),
    sample={"listeners": [listener()]},
    other={"listeners": [listener()], "logging": {"accessLog": {"file": {"path": "/dev/stdout"}}}},
)  # fmt: skip
GATEWAY_ROUTE = Kind(
    "GatewayRoute", "gatewayRoute", "gatewayRoutes", ("meshName", "virtualGatewayName"),
    sample=gateway_route(),
    other={**gateway_route(match={"prefix": "/other/"}), "priority": 3},
)  # fmt: skip
NODE = Kind(
    "VirtualNode", "virtualNode", "virtualNodes", ("meshName",),
    sample=node_spec(),
    other=node_spec(logging={"accessLog": {"file": {"path": "/dev/stdout"}}}),
)  # fmt: skip
ROUTER = Kind(
    "VirtualRouter", "virtualRouter", "virtualRouters", ("meshName",),
    sample={"listeners": [listener()]},
    other={"listeners": [listener(9080)]},
)  # fmt: skip
ROUTE = Kind(
    "Route", "route", "routes", ("meshName", "virtualRouterName"),
    sample=http_route(),
    other={**http_route(match={"prefix": "/other"}), "priority": 7},
)  # fmt: skip
SERVICE = Kind(
    "VirtualService", "virtualService", "virtualServices", ("meshName",),
    sample=router_provider(),
    other=node_provider(),
)  # fmt: skip

# Parents and what is referred to come first; the reverse tears a mesh down.
KINDS = (MESH, NODE, ROUTER, ROUTE, SERVICE, GATEWAY, GATEWAY_ROUTE)


def build(client, *chosen):
    """One of each of the given kinds (all of them), under the sample's names."""
    for kind in chosen or KINDS:
        kind.create(client)


def build_before(client, kind):
    """All that a resource of the kind may need."""
    for earlier in KINDS[: KINDS.index(kind)]:
        earlier.create(client)


def delete_after(client, kind):
    """All that may keep a resource of the kind."""
    for later in reversed(KINDS[KINDS.index(kind) + 1 :]):
        later.delete(client)


def tear_down(client):
    for kind in reversed(KINDS):
        kind.delete(client)
