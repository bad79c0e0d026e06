# SPDX-License-Identifier: Apache-2.0
"""A mesh with its applications and Envoys on one machine, in the modes without iptables."""

import collections
import contextlib
import http.client
import urllib.parse

import clients
import proxy
import upstream
import wire
from emulator import Emulator

MESH, SERVICE, PORT = "town", "color.town.local", 8080
MODE = "explicit-egress,direct-ingress"

Reply = collections.namedtuple("Reply", "status body headers")


def listener(port=PORT, protocol="http", **more):
    return {"portMapping": {"port": port, "protocol": protocol}, **more}


def node(address, *listeners, backends=(), **more):
    """A virtual node that is found at an address."""
    spec = {
        "listeners": list(listeners) or [listener()],
        "serviceDiscovery": {"dns": {"hostname": address}},
        "backends": [{"virtualService": {"virtualServiceName": name}} for name in backends],
    }
    return {**spec, **more}


def route(weights, prefix="/", kind="httpRoute", match=None, priority=None, port=None, **more):
    """A route's spec from {node: weight}; port: the nodes'."""
    at = {"port": port} if port else {}
    targets = [{"virtualNode": name, "weight": weight, **at} for name, weight in weights.items()]
    inside = {"action": {"weightedTargets": targets}, **more}
    if kind != "tcpRoute":
        inside["match"] = match or {"prefix": prefix}
    return {kind: inside, **({"priority": priority} if priority is not None else {})}


def seconds(value):
    return {"value": value, "unit": "s"}


def milliseconds(value):
    return {"value": value, "unit": "ms"}


class Town:
    """Names are told once: of the nodes, of the router `color` and its routes, and of the services."""

    def __init__(self, stack):
        self._stack = stack
        self._begin("--xds", "127.0.0.1:0")
        stack.callback(self._end)

    def _begin(self, *flags, **members):
        self.server = Emulator(*flags, **members)
        self.api = clients.connect(self.server)

    def _end(self):
        if self.server.process.returncode is None:
            self.server.check_clean_end()

    def restart(self, *flags, **members):
        """Another server in place of this one, which may have been killed."""
        self._end()
        self._begin(*flags, **members)

    def state(self, nodes, routes=None, services=None, gateways=None, gateway_routes=None,
              router=None, mesh=None):  # fmt: skip
        """The state document of a mesh. Without services the router `color` serves SERVICE."""
        services = services or {SERVICE: {"virtualRouter": {"virtualRouterName": "color"}}}

        def rows(name_member, specs, **more):
            names = {"meshName": MESH, **more}
            return [{**names, name_member: n, "spec": spec} for n, spec in (specs or {}).items()]

        place = {
            "meshes": [{"meshName": MESH, "spec": mesh or {}}],
            "virtualNodes": rows("virtualNodeName", nodes),
            "virtualRouters": rows(
                "virtualRouterName", {"color": {"listeners": router or [listener()]}}
            ),
            "routes": rows("routeName", routes, virtualRouterName="color"),
            "virtualServices": rows(
                "virtualServiceName", {n: {"provider": p} for n, p in services.items()}
            ),
            "virtualGateways": rows("virtualGatewayName", gateways),
            "gatewayRoutes": rows("gatewayRouteName", gateway_routes, virtualGatewayName="gate"),
        }
        return {"format": 1, "accounts": {clients.ACCOUNT: {clients.REGION: place}}}

    def put(self, state):
        reply = wire.Connection(self.server).put("/_emulator/state", state)
        assert reply.status == 200, reply.json

    def build(self, **parts):
        self.put(self.state(**parts))

    def control(self, method, target):
        return wire.Connection(self.server).request(method, target)

    def application(self, name, **members):
        return self._stack.enter_context(upstream.Application(name, **members))

    def enter(self, what):
        return self._stack.enter_context(what)

    def envoy(self, name, kind="virtualNode", address=None, mode=MODE, flags=(), binary=None,
              is_ready=True, change=None, prefix=()):  # fmt: skip
        """A proxy of the node on its own address; `change` makes another bootstrap of ours."""
        address = address or proxy.new_address()
        config = proxy.bootstrap(
            self.server, f"mesh/{MESH}/{kind}/{name}", "--admin", f"{address}:{proxy.ADMIN_PORT}",
            *(("--mode", mode, "--address", address) if mode else ()), *flags,
        )  # fmt: skip
        config = change(config) if change else config
        envoy = self._stack.enter_context(proxy.Envoy(config, address, binary, prefix))
        return envoy.wait() if is_ready else envoy

    def wait_for(self, envoy):
        """Until it has asked for all that its node gets, acknowledged what was sent, and runs on it."""
        id = envoy.node["id"]
        query = urllib.parse.urlencode({"node": id, **envoy.node.get("metadata", {})})

        def is_up_to_date():
            resources = self.control("GET", f"/_emulator/config?{query}").json
            shown = self.control("GET", "/_emulator/proxies").json["proxies"]
            states = [one["types"] for one in shown if one["node"] == id]
            return len(states) == 1 and has_all(states[0], resources) and envoy.runs_on(resources)

        proxy.until(is_up_to_date, "up to date")

    def reweight(self, weights, name="main", **more):
        self.api.update_route(
            meshName=MESH, virtualRouterName="color", routeName=name, spec=route(weights, **more)
        )


class Caller:
    """An application that calls a service through its proxy, on one connection."""

    def __init__(self, envoy, host=SERVICE, port=proxy.EGRESS_PORT):
        self._connection = http.client.HTTPConnection(envoy.address, port, timeout=proxy.PATIENCE_S)
        self._host = host

    def get(self, path="/", method="GET", **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, headers={"Host": self._host, **names})
        reply = self._connection.getresponse()
        return Reply(reply.status, reply.read().decode(), reply.headers)

    def close(self):
        self._connection.close()


def has_all(state, resources):
    """Whether an Envoy's state by type is that of one with nothing on its way."""
    asked = {name for one in state.values() for name in one["names"]}
    named = {proxy.name_of(one) for kind in ("EDS", "RDS") for one in resources[kind]}
    acknowledged = all(one["sent"] == one["acked"] for one in state.values())
    return {"CDS", "LDS"} <= state.keys() and named <= asked and acknowledged


def get(envoy, path="/", host=SERVICE, port=proxy.EGRESS_PORT, **headers):
    with contextlib.closing(Caller(envoy, host, port)) as caller:
        return caller.get(path, **headers)


def cloud_map_service(cloudmap, namespace, name, **members):
    """The id of a service in a namespace of its own."""
    operation = cloudmap.create_http_namespace(Name=namespace)["OperationId"]
    targets = cloudmap.get_operation(OperationId=operation)["Operation"]["Targets"]
    created = cloudmap.create_service(Name=name, NamespaceId=targets["NAMESPACE"], **members)
    return created["Service"]["Id"]
