# SPDX-License-Identifier: Apache-2.0
"""For each constraint of each operation of botocore's model the nearest good and bad values."""

import dataclasses
import itertools

import kinds
import model
import samples

MISSING = object()
KIND_OF = {k.name: k for k in kinds.KINDS}


@dataclasses.dataclass(frozen=True)
class Case:
    path: tuple  # of the member under test
    label: str
    arguments: dict

    def __str__(self):
        return f"{'.'.join(self.path)}: {self.label}"


def string_values(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.enum:
        yield from ((f"enum {v}", v) for v in shape.enum)
        yield from (
            ("no enum value", shape.enum[0] + "x"),
            ("enum in other case", shape.enum[0].swapcase()),
        )
    if low is not None:
        yield "shortest", samples.string(shape, low)
        yield from [("too short", samples.string(shape, low - 1))] if low else []
    if high is not None:
        yield "longest", samples.string(shape, high)
        yield "too long", samples.string(shape, high + 1)
        yield "too long, two bytes each", "é" * (high + 1)
        yield "too long, four bytes each", "😀" * (high + 1)
    if shape.metadata.get("pattern"):
        yield from ((f"character {c!r}", "a" + c + "a") for c in "!~ \t\x7fé\n")
    elif high is not None:
        yield "longest, four bytes each", "😀" * high
    if low is None and not shape.enum:
        yield from (("empty", ""), ("any", "any"))


def integer_values(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None:
        yield from (("least", low), ("too small", low - 1), ("least as a fraction", float(low)))
    if high is not None:
        yield from (("greatest", high), ("too great", high + 1))
    else:
        yield "greatest integer", model.LARGEST_INTEGER
        yield "beyond every integer", model.LARGEST_INTEGER + 1
    yield from (("a fraction", 5000.5), ("an exponent", 1e300))


def list_values(shape):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None:
        yield "fewest", samples.elements(shape, low)
        yield from [("too few", samples.elements(shape, low - 1))] if low else []
    if high is not None:
        yield "most", samples.elements(shape, high)
        yield "too many", samples.elements(shape, high + 1)
    if low is None:
        yield "none", []
    yield "a null element", [None]


def structure_values(shape):
    yield "least", samples.minimal(shape)
    yield "with an unknown member", {**samples.minimal(shape), "unknown": {"a": [1]}}
    if model.is_union(shape):
        yield "no member", {}
        yield "only an unknown member", {"unknown": {}}
        for name in shape.members:
            yield f"member {name}", {name: samples.minimal(shape.members[name])}
        for pair in itertools.combinations(shape.members, 2):
            yield "two members", {n: samples.minimal(shape.members[n]) for n in pair}


def map_values(shape):
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", 0)
    for size in sorted({0, 1, low, max(low - 1, 0), high, high + 1}):
        yield f"{size} pairs", {f"k{n}": samples.minimal(shape.value) for n in range(size)}
    yield "a null value", {"k": None}
    yield "a value of another type", {"k": 1}
    for label, key in string_values(shape.key):
        yield f"name {label}", {key: samples.minimal(shape.value)}
    for label, value in string_values(shape.value):
        yield f"value {label}", {"k": value}


VALUES = {
    "string": string_values,
    "integer": integer_values,
    "long": integer_values,
    "boolean": lambda shape: [("true", True), ("false", False)],
    "list": list_values,
    "structure": structure_values,
    "map": map_values,
}
OTHER_TYPES = {
    "string": (1, True, {}, []),
    "integer": ("1", True, {}, []),
    "long": ("1", False, {}, []),
    "boolean": ("true", 0, {}, []),
    "list": ("a", 1, {}, False),
    "structure": ("a", 1, [], True),
    "map": ("a", 1, [], True),
}
TEXTS = {"limit": ("abc", "1x", "1.0", "", " 1", "0x1", "1" * 30)}


def values(operation, path, shape, is_required):
    yield from VALUES[shape.type_name](shape)
    location = (
        model.OPERATIONS[operation].input_shape.members[path[0]].serialization.get("location")
    )
    if location is None:
        yield from ((f"type {type(v).__name__}", v) for v in OTHER_TYPES[shape.type_name])
        if path[-1] != samples.ELEMENT:
            yield "null", None
    if location != "uri" and path[-1] != samples.ELEMENT:
        yield "absent", MISSING
    if location == "querystring":
        yield from ((f"text {t!r}", t) for t in TEXTS.get(path[0], ()))


def is_sendable(operation, path, value):
    """Query members are text: a value of another type is the text of it."""
    member = model.OPERATIONS[operation].input_shape.members[path[0]]
    if "location" not in member.serialization:
        return True
    return not isinstance(value, float)


def without(value, path):
    """The value with its last step taken out again."""
    step, rest = path[0], path[1:]
    if not rest:
        return {n: v for n, v in value.items() if n != step}
    if step == samples.ELEMENT:
        return [without(value[0], rest)]
    return {**value, step: without(value[step], rest)}


def cases(operation, names):
    """All cases of an operation; names() gives fresh names and parents that are there."""
    shape = model.OPERATIONS[operation].input_shape
    for path, member, is_required in samples.paths(shape):
        for label, value in values(operation, path, member, is_required):
            if not is_sendable(operation, path, value):
                continue
            given = value if value is not MISSING else samples.minimal(member)
            arguments = samples.containing(shape, path, given)
            if value is MISSING:
                arguments = without(arguments, path)
            names_now = {n: v for n, v in names(arguments).items() if n != path[0]}
            yield Case(path, label, settle({**arguments, **names_now}, path))


def settle(arguments, path):
    """Other members moved out of the rules' way, so that a good value is taken where it can be."""
    spec = arguments.get("spec")
    if not isinstance(spec, dict) or path == ("spec",):
        return arguments
    if "listeners" in spec and "virtualNodeName" in arguments and spec["listeners"]:
        spec.setdefault("serviceDiscovery", {"dns": {"hostname": "host"}})
    if "serviceDiscovery" in spec and "listeners" not in path:
        spec.setdefault("listeners", [kinds.listener()])
    if isinstance(spec.get("listeners"), list) and "portMapping" not in path:
        for listener in spec["listeners"]:
            settle_listener(listener)
    return arguments


def settle_listener(listener):
    """The listener speaks the protocol that its members are for."""
    if not isinstance(listener, dict):
        return
    for name in ("timeout", "connectionPool"):
        union = listener.get(name)
        if isinstance(union, dict) and len(union) == 1:
            listener["portMapping"]["protocol"] = next(iter(union))
    check = listener.get("healthCheck")
    if isinstance(check, dict):
        if check.get("protocol") == "grpc":
            listener["portMapping"]["protocol"] = "grpc"
        if is_port(check.get("port")):
            listener["portMapping"]["port"] = check["port"]


def is_port(value):
    return isinstance(value, int) and 1 <= value <= 65535


def anything(shape, dice, wrong):
    """A random value of a shape; a share of what is in it is at or over an edge."""
    if shape.type_name == "structure":
        return {
            n: anything(shape.members[n], dice, wrong) for n in some_members(shape, dice, wrong)
        }
    if shape.type_name == "list":
        high = shape.metadata.get("max", 3) if dice.random() > wrong else 26
        return [anything(shape.member, dice, wrong) for _ in range(dice.randint(0, min(high, 26)))]
    if dice.random() < wrong:
        return dice.choice([v for _, v in VALUES[shape.type_name](shape)])
    return samples.minimal(shape)


def some_members(shape, dice, wrong):
    members = list(shape.members)
    if model.is_union(shape):
        return dice.sample(members, 1 if dice.random() > wrong else dice.randint(0, len(members)))
    return [
        n
        for n in members
        if dice.random() < (1 - wrong / 2 if n in shape.required_members else 0.5)
    ]
