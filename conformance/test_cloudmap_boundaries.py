# SPDX-License-Identifier: Apache-2.0
"""Cloud Map's schema and every constraint of botocore's model of it, at its edge."""

import collections
import json
import random

import botocore.session
import pytest

import cases
import clients
import model
import samples
import wire
from emulator import run

SERVICE = botocore.session.Session().get_service_model("servicediscovery", "2017-03-14")
OPERATIONS = {name: SERVICE.operation_model(name) for name in SERVICE.operation_names}
TARGET = "Route53AutoNaming_v20170314."
TYPES = {"long": "integer"}
MODELLED = {shape.name for shape in SERVICE.error_shapes}


@pytest.fixture(scope="module")
def schema():
    return json.loads(run("schema").stdout)["cloudMap"]


def ours(schema, name):
    """A shape of the binary, whole. A least length of 0 is none."""
    row = schema["shapes"][name]
    whole = {n: row[n] for n in ("type", "min", "max", "enum", "pattern") if n in row}
    if whole.get("min") == 0 and row["type"] != "integer":
        del whole["min"]
    for part in ("key", "element"):
        if part in row:
            whole[part] = ours(schema, row[part])
    whole["members"] = [
        (m["name"], m["required"], ours(schema, m["shape"])) for m in row.get("members", [])
    ]
    return name, whole


def theirs(shape):
    """A shape of botocore, in the same form."""
    whole = {"type": TYPES.get(shape.type_name, shape.type_name)}
    whole |= {n: shape.metadata[n] for n in ("min", "max", "pattern") if n in shape.metadata}
    if whole.get("min") == 0 and whole["type"] != "integer":
        del whole["min"]
    if shape.metadata.get("enum"):
        whole["enum"] = shape.metadata["enum"]
    if shape.type_name == "list":
        whole["element"] = theirs(shape.member)
    if shape.type_name == "map":
        whole |= {"key": theirs(shape.key), "element": theirs(shape.value)}
    members = shape.members if shape.type_name == "structure" else {}
    whole["members"] = [(n, n in shape.required_members, theirs(m)) for n, m in members.items()]
    return shape.name, whole


def names_below(shape, found):
    if shape.name not in found:
        found.add(shape.name)
        below = {
            "list": lambda: [shape.member],
            "map": lambda: [shape.key, shape.value],
            "structure": lambda: shape.members.values(),
        }
        for one in below.get(shape.type_name, list)():
            names_below(one, found)
    return found


def test_the_operations_are_the_same(schema):
    assert schema["apiVersion"] == SERVICE.api_version
    assert len(OPERATIONS) == 30
    assert {o["name"]: o["input"] for o in schema["operations"]} == {
        name: o.input_shape.name for name, o in OPERATIONS.items()
    }
    assert {o["name"] for o in schema["operations"] if "operation" in o} == {
        name
        for name, o in OPERATIONS.items()
        if o.output_shape and "OperationId" in o.output_shape.members
    }


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_the_inputs_are_the_same(schema, name):
    shape = OPERATIONS[name].input_shape
    assert ours(schema, shape.name) == theirs(shape)


def test_there_is_no_shape_more(schema):
    found = set()
    for operation in OPERATIONS.values():
        names_below(operation.input_shape, found)
    assert set(schema["shapes"]) == found


class Sender:
    def __init__(self, emulator, account):
        self.raw = wire.Connection(emulator, account)

    def send(self, operation, arguments):
        """(status, code or None, the answer)"""
        answer = self.raw.request("POST", "/", arguments, {"X-Amz-Target": TARGET + operation})
        assert answer.headers["content-type"] == "application/x-amz-json-1.1"
        code = answer.json.get("__type")
        assert answer.code == code
        return answer.status, code, answer.json.get("Message", answer.json)


def small(path):
    """A path as Cloud Map shows it: members with a small initial."""
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))


def expected(operation, arguments):
    """(code, message) of a refusal, or None if the shape holds."""
    try:
        found = list(model.check_structure(OPERATIONS[operation].input_shape, arguments, ""))
    except model.WrongType as wrong:
        return "SerializationException", small(str(wrong)) + ": "
    found = [model.Violation(small(v.path), v.value, v.constraint) for v in found]
    return ("InvalidInput", model.message(found)) if found else None


def complaint(case, want, outcome):
    status, code, said = outcome
    if want and want[0] == "SerializationException":
        is_right = (status, code) == (400, want[0]) and said.startswith(want[1])
    elif want:
        is_right = outcome == (400, *want)
    else:
        is_right = status == 200 or (
            (status, code in MODELLED) == (400, True) and "validation error" not in str(said)
        )
    return None if is_right else f"{case}\n    expected {want}\n    got      {outcome}"


def prepare(client):
    """A namespace, a service and an instance: what the operations speak of."""
    client.create_http_namespace(Name="there")
    (namespace,) = client.list_namespaces()["Namespaces"]
    service = client.create_service(
        Name="there", NamespaceId=namespace["Id"], HealthCheckCustomConfig={}
    )["Service"]
    client.register_instance(ServiceId=service["Id"], InstanceId="a", Attributes={})
    return {
        "Id": service["Id"],
        "ServiceId": service["Id"],
        "NamespaceId": namespace["Id"],
        "ResourceARN": namespace["Arn"],
    }


def all_cases(operation, there):
    shape = OPERATIONS[operation].input_shape
    known = {n: there[n] for n in shape.members if n in there}
    if operation in ("GetNamespace", "DeleteNamespace") or operation.endswith("DnsNamespace"):
        known = {n: there["NamespaceId"] if n == "Id" else v for n, v in known.items()}
    for path, member, _ in samples.paths(shape):
        values = list(cases.VALUES[member.type_name](member))
        values += [(f"type {type(v).__name__}", v) for v in cases.OTHER_TYPES[member.type_name]]
        for label, value in values:
            arguments = samples.containing(shape, path, value)
            yield cases.Case(
                path, label, {**known, **arguments} if path[0] in known else {**arguments, **known}
            )
        if path[-1] != samples.ELEMENT:
            arguments = samples.containing(shape, path, samples.minimal(member))
            yield cases.Case(path, "absent", cases.without({**known, **arguments}, path))
            yield cases.Case(path, "null", {**known, **samples.containing(shape, path, None)})


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_constraint_holds_at_its_edge(emulator, account, operation):
    there = prepare(clients.connect(emulator, account, service="servicediscovery"))
    sender = Sender(emulator, account)
    complaints, tally = [], collections.Counter()
    for case in all_cases(operation, there):
        want = expected(operation, case.arguments)
        outcome = sender.send(operation, case.arguments)
        problem = complaint(case, want, outcome)
        complaints += [problem] if problem else []
        tally["bad" if want else "good"] += 1
        tally["taken"] += outcome[0] == 200
    assert not complaints, f"{len(complaints)} of {tally}:\n" + "\n".join(complaints[:8])
    assert min(tally["good"], tally["bad"]) > 0, tally


def test_there_are_1800_cases_and_more():
    there = {"Id": "srv-a", "ServiceId": "srv-a", "NamespaceId": "ns-a", "ResourceARN": "arn"}
    found = [
        expected(operation, case.arguments)
        for operation in OPERATIONS
        for case in all_cases(operation, there)
    ]
    assert len(found) >= 1800 and sum(map(bool, found)) >= 1200


ALPHABET = "aZ09_--..!~/:@ \t\n\x7fé😀"


def generated(count):
    dice = random.Random(1)
    yield from (
        "",
        ".",
        "a.b",
        "a..b",
        "a.",
        ".a",
        "-a",
        "a-",
        "_",
        "__",
        "arn:a",
        "a\n",
        " a",
        "a ",
    )
    yield from ("a" * 63, "a" * 64, "a" * 64 + ".a", "a." * 63 + "a", "a." * 64 + "a")
    for number in range(count):
        letters = ALPHABET if number % 2 else "ab.-"
        yield "".join(dice.choices(letters, k=dice.randint(1, 5)))


@pytest.mark.parametrize(
    ("operation", "arguments", "member"),
    [
        ("CreateHttpNamespace", {}, "Name"),
        ("CreatePrivateDnsNamespace", {"Vpc": "vpc"}, "Name"),
        ("CreatePublicDnsNamespace", {}, "Name"),
        ("DiscoverInstances", {"ServiceName": "s"}, "NamespaceName"),
        ("DiscoverInstances", {"NamespaceName": "n"}, "ServiceName"),
        ("RegisterInstance", {"ServiceId": "srv-none", "Attributes": {}}, "InstanceId"),
    ],
)
def test_patterns_match_as_pythons_do(emulator, account, operation, arguments, member):
    """Source of truth: re.fullmatch over the model's pattern."""
    sender, tally = Sender(emulator, account), collections.Counter()
    for text in generated(300):
        given = {**arguments, member: text}
        want = expected(operation, given)
        problem = complaint(text, want, sender.send(operation, given))
        assert not problem, problem
        tally[bool(want)] += 1
    assert min(tally.values()) >= 5, tally
