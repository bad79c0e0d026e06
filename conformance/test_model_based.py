# SPDX-License-Identifier: Apache-2.0
"""Random calls to the emulator and to a plain model of it, side by side: every answer the same.

A disagreement is told as the shortest list of calls that still shows it."""

import collections
import dataclasses
import itertools
import random

import pytest

import clients
import kinds
import model
import wire
from emulator import Emulator
from kinds import GATEWAY, GATEWAY_ROUTE, KINDS, MESH, NODE, ROUTE, ROUTER, SERVICE
from reference import PROTOCOLS, Reference, Refused

RUNS, STEPS = 50, 150
SHRINK_TRIES = 400
STATUS = {
    "BadRequestException": 400,
    "NotFoundException": 404,
    "ConflictException": 409,
    "ResourceInUseException": 409,
}
VERBS = {
    "create": 10, "update": 10, "delete": 4, "describe": 2, "list": 2,
    "tag": 1, "untag": 1, "tags": 1, "kill": 0.05,
}  # fmt: skip
# Few names, so that calls meet.
NAMES = {
    "meshName": ["m"] * 12 + ["other"],
    "virtualNodeName": ["n1", "n2"],
    "virtualRouterName": ["r", "r", "q"],
    "routeName": ["x", "y"],
    "virtualServiceName": ["s1", "s2"],
    "virtualGatewayName": ["g"],
    "gatewayRouteName": ["w", "z"],
}
LISTENERS = [
    [kinds.listener(port, protocol) for port, protocol in pairs]
    for pairs in (
        [(80, "http")],
        [(80, "http")],
        [(80, "grpc")],
        [(90, "http")],
        [(80, "http"), (90, "grpc")],
        [(90, "http"), (80, "http")],
    )
]
FIRST = [
    (MESH, ("m",)), (NODE, ("m", "n1")), (ROUTER, ("m", "r")), (SERVICE, ("m", "s1")),
    (GATEWAY, ("m", "g")), (NODE, ("m", "n2")),
]  # fmt: skip


@dataclasses.dataclass
class Step:
    """One call, as data: it can be repeated and left out."""

    verb: str
    kind: kinds.Kind = None
    names: tuple = ()
    spec: dict = None
    token: str = None
    tags: dict = None
    keys: list = None
    limit: int = None

    def __str__(self):
        given = {"spec": self.spec, "token": self.token, "tags": self.tags, "keys": self.keys}
        shown = {n: v for n, v in given.items() if v}
        return f"{self.verb} {self.kind and self.kind.name} {'/'.join(self.names)} {shown or ''}"


# ---- what to call ----


class Chooser:
    """Draws steps that the state of the model makes interesting."""

    def __init__(self, seed):
        self.dice = random.Random(seed)

    def step(self, reference):
        verb = self.dice.choices(list(VERBS), VERBS.values())[0]
        if verb == "kill":
            return Step(verb)
        kind = self.dice.choice(KINDS)
        step = Step(verb, kind, self.names(verb, kind, reference))
        if verb in ("create", "update"):
            step.spec, step.token = self.spec(kind), self.dice.choice([None, None, "t1", "t2"])
        if verb in ("create", "tag"):
            step.tags = {k: self.dice.choice("12") for k in "ab" if self.dice.random() < 0.3}
        if verb == "untag":
            step.keys = [k for k in "abc" if self.dice.random() < 0.5]
        if verb == "list":
            step.limit = self.dice.choice([1, 2, 100])
        return step

    def names(self, verb, kind, reference):
        """Mostly of something that is there, but for a create."""
        there = [n for n, _ in reference.of_kind(kind, ())]
        keys = [n for k, n in reference.resources if k is kind]
        if there and verb != "create" and self.dice.random() < 0.9:
            return self.dice.choice(keys)
        return tuple(self.dice.choice(NAMES[m]) for m in kind.path_members)

    def port(self):
        return self.dice.choice([{}, {}, {}, {"port": 80}, {"port": 90}])

    def match(self, protocol, is_for_gateway=False):
        least = {"grpc": {"serviceName": "s"} if is_for_gateway else {}, "http": {"prefix": "/"}}
        return {**least[protocol], **self.port()}

    def spec(self, kind):
        return SPECS[kind](self, self.dice)

    def node(self, dice):
        backends = [
            {"virtualService": {"virtualServiceName": s}}
            for s in ("s1", "s2")
            if dice.random() < 0.3
        ]
        if dice.random() < 0.2:
            return {"backends": backends}
        return kinds.node_spec(*dice.choice(LISTENERS), backends=backends)

    def router(self, dice):
        return {} if dice.random() < 0.2 else {"listeners": dice.choice(LISTENERS)}

    def route(self, dice):
        protocol = dice.choice((*PROTOCOLS, "http", "http"))
        names = dice.choice([["n1"], ["n2"], ["n1", "n2"]])
        targets = [kinds.target(name, **self.port()) for name in names]
        return kinds.http_route(*targets, match=self.match(protocol), kind=protocol + "Route")

    def service(self, dice):
        providers = [
            kinds.router_provider("r"),
            kinds.node_provider("n1"),
            kinds.node_provider("n2"),
        ]
        return dice.choice([{}, *providers])

    def gateway_route(self, dice):
        protocol = dice.choice((*PROTOCOLS, "http", "http"))
        return kinds.gateway_route(
            dice.choice(NAMES["virtualServiceName"]),
            match=self.match(protocol, is_for_gateway=True),
            kind=protocol + "Route",
            **self.port(),
        )


SPECS = {
    MESH: lambda chooser, dice: dice.choice([{}, MESH.sample, MESH.other]),
    NODE: Chooser.node,
    ROUTER: Chooser.router,
    GATEWAY: lambda chooser, dice: {"listeners": dice.choice(LISTENERS)},
    SERVICE: Chooser.service,
    ROUTE: Chooser.route,
    GATEWAY_ROUTE: Chooser.gateway_route,
}


# ---- calling both ----


class Comparison:
    """The emulator and the model, called alike, in an account of their own."""

    def __init__(self, server, reference=Reference):
        self.server, self.account = server, server.new_account()
        self.model = reference(self.account)
        self.outcomes = collections.Counter()
        self.raw = wire.Connection(server.emulator, self.account)

    def run(self, step):
        """Raises AssertionError if the two disagree."""
        if step.verb == "kill":
            self.raw.close()
            self.server.restart()
            self.raw = wire.Connection(self.server.emulator, self.account)
        else:
            getattr(self, step.verb)(step)

    def call(self, operation, **arguments):
        row = model.OPERATIONS[operation]
        given = {n: v for n, v in arguments.items() if v is not None}
        answer = self.raw.request(
            row.http["method"], wire.target_of(row, given), wire.body_of(row, given)
        )
        self.outcomes[answer.status] += 1
        return answer

    def one(self, verb, step, **more):
        named = dict(zip(step.kind.path_members, step.names, strict=True))
        return self.call(verb + step.kind.name, **named, **more)

    def expect(self, answer, expected, *arguments):
        """The model's answer to the same call; None if both refuse it."""
        try:
            result = expected(*arguments)
        except Refused as refused:
            assert (answer.status, answer.code) == (STATUS[refused.code], refused.code), answer
            assert refused.message in (None, answer.json["message"])
            return None
        assert answer.status == 200, (answer, result)
        return result

    def expect_resource(self, step, status, answer, expected, *arguments):
        resource = self.expect(answer, expected, step.kind, step.names, *arguments)
        if resource is None:
            return
        assert answer.json["spec"] == resource.spec
        assert answer.json["metadata"]["version"] == resource.version, (answer.json, resource)
        assert answer.json["metadata"]["arn"] == self.arn(step)
        assert answer.json["status"] == {"status": status}
        assert [answer.json[m] for m in step.kind.path_members] == list(step.names)

    def arn(self, step):
        named = dict(zip(step.kind.path_members, step.names, strict=True))
        return step.kind.arn(self.account, clients.REGION, **named)

    def create(self, step):
        tags = [{"key": k, "value": v} for k, v in step.tags.items()]
        answer = self.one("Create", step, spec=step.spec, clientToken=step.token, tags=tags)
        self.expect_resource(
            step, "ACTIVE", answer, self.model.create, step.spec, step.token, step.tags
        )

    def update(self, step):
        answer = self.one("Update", step, spec=step.spec, clientToken=step.token)
        self.expect_resource(step, "ACTIVE", answer, self.model.update, step.spec, step.token)

    def delete(self, step):
        self.expect_resource(step, "DELETED", self.one("Delete", step), self.model.delete)

    def describe(self, step):
        self.expect_resource(step, "ACTIVE", self.one("Describe", step), self.model.describe)

    def list(self, step):
        kind, above = step.kind, step.names[:-1]
        operation = "List" + kind.collection[0].upper() + kind.collection[1:]
        named = dict(zip(kind.parents, above, strict=True))
        answer = self.call(operation, **named, limit=step.limit)
        names = self.expect(answer, self.model.list, kind, above)
        while names is not None:
            page, names = names[: step.limit], names[step.limit :]
            assert [item[kind.name_member] for item in answer.json[kind.collection]] == page
            token = answer.json.get("nextToken")
            assert (token is not None) == bool(names)
            if not names:
                return
            answer = self.call(operation, **named, limit=step.limit, nextToken=token)

    def tag(self, step):
        tags = [{"key": k, "value": v} for k, v in step.tags.items()]
        answer = self.call("TagResource", resourceArn=self.arn(step), tags=tags)
        self.expect(answer, self.model.tag, step.kind, step.names, step.tags)

    def untag(self, step):
        answer = self.call("UntagResource", resourceArn=self.arn(step), tagKeys=step.keys)
        self.expect(answer, self.model.untag, step.kind, step.names, step.keys)

    def tags(self, step):
        answer = self.call("ListTagsForResource", resourceArn=self.arn(step))
        found = self.expect(answer, self.model.tags, step.kind, step.names)
        if found is not None:
            assert {t["key"]: t["value"] for t in answer.json["tags"]} == found


# ---- finding and shrinking ----


class Server:
    """One emulator on one store for all runs; it may be killed and started again."""

    def __init__(self, data):
        self.data, self.accounts = data, itertools.count(1)
        self.start()

    def start(self):
        self.emulator = Emulator("--durability", "process", data=self.data)

    def restart(self):
        self.emulator.kill()
        self.start()

    def put_back(self):
        """Whatever came about is a state that a PUT takes, as it is; then all is cleared."""
        control = wire.Connection(self.emulator)
        state = control.get("/_emulator/state").body
        answer = control.put("/_emulator/state", state)
        assert answer.status == 200, answer
        assert control.get("/_emulator/state").body == state
        assert control.request("POST", "/_emulator/reset").status == 200
        control.close()

    def new_account(self):
        return f"{next(self.accounts):012}"


def explore(server, seed, reference=Reference):
    """Runs random steps; (the steps up to a disagreement or None, what came back how often)."""
    chooser, both, steps = Chooser(seed), Comparison(server, reference), []
    begin = [Step("create", k, n, chooser.spec(k), tags={}) for k, n in FIRST]
    for number in range(STEPS):
        steps.append(begin[number] if number < len(begin) else chooser.step(both.model))
        try:
            both.run(steps[-1])
        except AssertionError:
            return steps, both.outcomes
    return None, both.outcomes


def disagreement(server, steps, reference):
    """What goes wrong when these steps are run again; None if nothing."""
    both = Comparison(server, reference)
    for step in steps:
        try:
            both.run(step)
        except AssertionError as error:
            return str(error) or repr(error)
    return None


def shrink(server, steps, reference=Reference):
    """Leaves out what can be left out: halves first, single steps in the end."""
    tries, size = 0, max(1, len(steps) // 2)
    while tries < SHRINK_TRIES:
        for start in range(0, len(steps), size):
            fewer = steps[:start] + steps[start + size :]
            tries += 1
            if disagreement(server, fewer, reference):
                steps = fewer
                break
        else:
            if size == 1:
                break
            size //= 2
    return steps


def tell(server, steps, reference=Reference):
    steps = shrink(server, steps, reference)
    return "\n".join([*map(str, steps), disagreement(server, steps, reference) or "it went away"])


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("model") / "store")
    yield server
    server.emulator.check_clean_end()


def test_the_emulator_and_the_model_agree(stored):
    outcomes = collections.Counter()
    for seed in range(RUNS):
        steps, seen = explore(stored, seed)
        assert not steps, tell(stored, steps)
        outcomes += seen
        stored.put_back()
    assert outcomes.total() > 0.9 * RUNS * STEPS
    assert min(outcomes[200], outcomes[400], outcomes[404], outcomes[409]) > 200, outcomes


class Forgetful(Reference):
    """A model that lets nodes go which routes still need."""

    def check_unused(self, kind, names):
        if kind is not NODE:
            super().check_unused(kind, names)


def test_a_wrong_model_is_found_and_told_in_few_steps(stored):
    runs = (explore(stored, seed, Forgetful)[0] for seed in range(RUNS))
    steps = next(filter(None, runs))
    shortest = shrink(stored, steps, Forgetful)
    assert len(shortest) <= 5
    assert (shortest[-1].verb, shortest[-1].kind) == ("delete", NODE)
