# SPDX-License-Identifier: Apache-2.0
"""App Mesh as a few Python dictionaries: what every call must answer, for specs small enough to
keep this plain. Written from the documented behaviour, to be run beside the emulator."""

import copy
import dataclasses

from kinds import GATEWAY, GATEWAY_ROUTE, MESH, NODE, ROUTE, ROUTER, SERVICE

UPDATE_TOKENS_KEPT = 8
PROTOCOLS = ("http", "grpc")
PARENT = {
    GATEWAY_ROUTE: GATEWAY,
    ROUTE: ROUTER,
    **dict.fromkeys((NODE, ROUTER, SERVICE, GATEWAY), MESH),
}
CHILDREN_NAMED = (NODE, ROUTER, SERVICE, GATEWAY)  # by a mesh that will not go, in this order


class Refused(Exception):
    """code, and the message where it is not the emulator's own wording"""

    def __init__(self, code, message=None):
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclasses.dataclass
class Resource:
    spec: dict
    version: int = 1
    tags: dict = dataclasses.field(default_factory=dict)
    create_token: tuple = None
    update_tokens: list = dataclasses.field(default_factory=list)


def listeners(spec):
    return [
        (item["portMapping"]["port"], item["portMapping"]["protocol"])
        for item in spec.get("listeners", [])
    ]


def ports(some):
    return {port for port, _ in some}


def route_of(spec):
    """(protocol, match port, [(kind, name, target port)]) of a route or gateway route."""
    protocol = next(p for p in PROTOCOLS if p + "Route" in spec)
    body = spec[protocol + "Route"]
    action = body["action"]
    if "target" in action:
        name = action["target"]["virtualService"]["virtualServiceName"]
        targets = [(SERVICE, name, action["target"].get("port"))]
    else:
        targets = [(NODE, t["virtualNode"], t.get("port")) for t in action["weightedTargets"]]
    return protocol, body["match"].get("port"), targets


def provider_of(spec):
    provider = spec.get("provider", {})
    if "virtualNode" in provider:
        return NODE, provider["virtualNode"]["virtualNodeName"]
    if "virtualRouter" in provider:
        return ROUTER, provider["virtualRouter"]["virtualRouterName"]
    return None


def backends_of(spec):
    return {b["virtualService"]["virtualServiceName"] for b in spec.get("backends", [])}


class Reference:
    def __init__(self, account):
        self.account = account
        self.resources = {}  # (kind, names from the mesh down) -> Resource
        self.hidden = set()  # (mesh, virtual service) that only backends name

    # ---- looking ----

    def of_kind(self, kind, above):
        """The resources of a kind below these names, in the order of their names."""
        keys = sorted(n for k, n in self.resources if k is kind and n[: len(above)] == above)
        return [(names[-1], self.resources[kind, names]) for names in keys]

    def missing(self, kind, names):
        text = f"{kind.name} with name {names[-1]} is not present "
        if kind is MESH:
            text += f"for account {self.account}"
        elif len(names) == 2:
            text += f"under mesh {names[0]} for account {self.account}"
        else:
            text += f"under {PARENT[kind].name} {names[1]} in mesh {names[0]} for account {self.account}"
        return Refused("NotFoundException", text)

    def check_parents(self, kind, names):
        for depth in range(1, len(names)):
            parent = MESH if depth == 1 else PARENT[kind]
            if (parent, names[:depth]) not in self.resources:
                raise self.missing(parent, names[:depth])

    def find(self, kind, names):
        self.check_parents(kind, names)
        if (kind, names) not in self.resources:
            raise self.missing(kind, names)
        return self.resources[kind, names]

    # ---- the verbs ----

    def describe(self, kind, names):
        return self.find(kind, names)

    def list(self, kind, names):
        self.check_parents(kind, (*names, ""))
        return [name for name, _ in self.of_kind(kind, names)]

    def create(self, kind, names, spec, token, tags):
        self.check_parents(kind, names)
        request = (token, copy.deepcopy((spec, tags)))
        there = self.resources.get((kind, names))
        if there:
            if self.is_replay(there, token, ("create", request)):
                return there
            raise Refused("ConflictException", f"{kind.name} with name {names[-1]} already exists")
        self.check_spec(kind, names, None, spec)
        version = 1
        if kind is SERVICE and names in self.hidden:
            self.hidden.remove(names)
            version = 2
        made = Resource(copy.deepcopy(spec), version, dict(tags))
        made.create_token = token and (token, ("create", request))
        self.resources[kind, names] = made
        self.follow_backends(kind, names, set(), backends_of(spec))
        return made

    def update(self, kind, names, spec, token):
        there = self.find(kind, names)
        request = ("update", (token, copy.deepcopy(spec)))
        if self.is_replay(there, token, request):
            return there
        self.check_spec(kind, names, there.spec, spec)
        before = backends_of(there.spec)
        there.spec, there.version = copy.deepcopy(spec), there.version + 1
        if token:
            there.update_tokens = [*there.update_tokens, (token, request)][-UPDATE_TOKENS_KEPT:]
        self.follow_backends(kind, names, before, backends_of(spec))
        return there

    def delete(self, kind, names):
        there = self.find(kind, names)
        self.check_unused(kind, names)
        del self.resources[kind, names]
        self.follow_backends(kind, names, backends_of(there.spec), set())
        there.version += kind is not MESH
        return there

    def tag(self, kind, names, tags):
        self.find_by_arn(kind, names).tags.update(tags)

    def untag(self, kind, names, keys):
        there = self.find_by_arn(kind, names)
        for key in keys:
            there.tags.pop(key, None)

    def tags(self, kind, names):
        return self.find_by_arn(kind, names).tags

    def find_by_arn(self, kind, names):
        if (kind, names) not in self.resources:
            raise Refused("NotFoundException")
        return self.resources[kind, names]

    # ---- what stands behind them ----

    def is_replay(self, there, token, request):
        kept = [t for t in (there.create_token, *there.update_tokens) if t and t[0] == token]
        if not token or not kept:
            return False
        if any(old != request for _, old in kept):
            text = "The client token was already used with a different specification"
            raise Refused("ConflictException", text)
        return True

    def follow_backends(self, kind, names, before, after):
        if kind is not NODE:
            return
        mesh = names[:1]
        for name in after - before:
            if (SERVICE, (*mesh, name)) not in self.resources:
                self.hidden.add((*mesh, name))
        for name in before - after:
            if not any(name in backends_of(r.spec) for _, r in self.of_kind(NODE, mesh)):
                self.hidden.discard((*mesh, name))

    def check_unused(self, kind, names):
        mesh, name = names[:1], names[-1]
        routes = [r for _, r in self.of_kind(ROUTE, mesh)]
        services = [r for _, r in self.of_kind(SERVICE, mesh)]
        if kind is MESH:
            for child in CHILDREN_NAMED:
                if self.of_kind(child, mesh):
                    plural = child.name + "s"
                    raise Refused(
                        "ResourceInUseException",
                        f"Mesh {name} for account {self.account} has active {plural}, "
                        f"please delete {plural} before deleting the Mesh",
                    )
        blocked = None
        if kind is ROUTER and self.of_kind(ROUTE, names):
            blocked = f"VirtualRouter you're trying to delete {name} has active routes"
        elif kind is NODE and any(
            (NODE, name) in {t[:2] for t in route_of(r.spec)[2]} for r in routes
        ):
            blocked = (
                f"VirtualNode with name {name} cannot be deleted because it is the target of one or "
                "more routes."
            )
        elif any(provider_of(s.spec) == (kind, name) for s in services):
            blocked = f"{kind.name} with name {name} cannot be deleted because it is a VirtualService provider"
        elif kind is GATEWAY and self.of_kind(GATEWAY_ROUTE, names):
            blocked = f"VirtualGateway you're trying to delete {name} has active gateway routes"
        elif kind is SERVICE and self.gateway_routes_to(mesh, name):
            users = ", ".join(user for user, _ in self.gateway_routes_to(mesh, name))
            blocked = f"VirtualService {name} is being referenced in the following: GATEWAY_ROUTE: [{users}]"
        if blocked:
            raise Refused("ResourceInUseException", blocked)

    def gateway_routes_to(self, mesh, service):
        """Name and target port of each, the oldest first."""
        return [
            (names[-1], target_port)
            for (kind, names), resource in self.resources.items()
            if kind is GATEWAY_ROUTE and names[:1] == mesh
            for _, name, target_port in route_of(resource.spec)[2]
            if name == service
        ]

    def check_spec(self, kind, names, old, spec):
        mesh = names[:1]
        if kind is SERVICE and provider_of(spec):
            self.check_named(*provider_of(spec), mesh)
        if kind in (ROUTE, GATEWAY_ROUTE):
            self.check_route(kind, names, spec)
        elif old is not None:
            before, after = self.listeners_met(mesh, old), self.listeners_met(mesh, spec)
            if before != after:
                self.check_listeners(kind, names, before, after)

    def listeners_met(self, mesh, spec):
        """By traffic to what has this spec: its own, or those of a service's provider."""
        if provider_of(spec):
            kind, name = provider_of(spec)
            spec = self.resources[kind, (*mesh, name)].spec
        return listeners(spec)

    def check_named(self, kind, name, mesh):
        if (kind, (*mesh, name)) not in self.resources:
            raise Refused("NotFoundException", f"{kind.name} with name {name} is missing")

    def check_route(self, kind, names, spec):
        protocol, port, targets = route_of(spec)
        for target_kind, name, _ in targets:
            self.check_named(target_kind, name, names[:1])
        parent = listeners(self.resources[PARENT[kind], names[:-1]].spec)
        if parent and not self.fits(parent, protocol, port):
            raise Refused("BadRequestException")
        if len(parent) > 1 and not port:
            raise Refused("BadRequestException")
        for target_kind, name, target_port in targets:
            target = self.resources[target_kind, (*names[:1], name)]
            self.check_target_ports(self.listeners_met(names[:1], target.spec), [target_port])

    @staticmethod
    def fits(parent, protocol, port):
        return any(p == protocol and port in (None, n) for n, p in parent)

    @staticmethod
    def check_target_ports(met, named):
        """Several listeners want a port, and a port wants its listener."""
        if (len(met) > 1 and None in named) or (met and {*named} - {None} - ports(met)):
            raise Refused("BadRequestException")

    def check_listeners(self, kind, names, before, after):
        """What routes and targets rely on has to stay."""
        child = {ROUTER: ROUTE, GATEWAY: GATEWAY_ROUTE}.get(kind)
        children = [route_of(r.spec)[:2] for _, r in self.of_kind(child, names)]
        targets = self.target_ports(kind, names[:1], names[-1])
        matches = [port for _, port in children]
        if len(after) > 1 and None in matches:
            raise Refused("BadRequestException")
        if (ports(before) - ports(after)) & {*matches, *targets}:
            raise Refused("BadRequestException")
        if not all(self.fits(after, *route) for route in children):
            raise Refused("BadRequestException")
        self.check_target_ports(after, targets)

    def target_ports(self, kind, mesh, name):
        """The ports (None: none) that traffic to a node, router or service is sent to."""
        if kind is SERVICE:
            return [port for _, port in self.gateway_routes_to(mesh, name)]
        found = [
            port
            for _, route in self.of_kind(ROUTE, mesh)
            for target_kind, target, port in route_of(route.spec)[2]
            if (target_kind, target) == (kind, name)
        ]
        for service, resource in self.of_kind(SERVICE, mesh):
            if provider_of(resource.spec) == (kind, name):
                found += self.target_ports(SERVICE, mesh, service)
        return found
