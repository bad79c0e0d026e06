# SPDX-License-Identifier: Apache-2.0
"""What the binary says of itself (`schema`) and what botocore says of App Mesh are the same."""

import json
import random

import botocore.session
import pytest

import clients
import kinds
import model
import wire
from emulator import run

SPEC_MEMBERS = 279
OUR_STATUSES = {
    "AccessDeniedException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
}
CLOUD_MAP = botocore.session.Session().get_service_model("servicediscovery")
UNSENT = {"RequestLimitExceeded", "ResourceLimitExceeded"}  # nothing is throttled or rationed
TYPES = {"long": "integer"}
LOCATIONS = {"uri": "path", "querystring": "query", None: "body"}


@pytest.fixture(scope="module")
def schema():
    answer = run("schema")
    assert (answer.returncode, answer.stderr) == (0, "")
    return json.loads(answer.stdout)


def ours(schema, name):
    """A shape of the binary, whole."""
    row = schema["shapes"][name]
    whole = {n: row[n] for n in ("type", "min", "max", "enum", "pattern") if n in row}
    if "element" in row:
        whole["element"] = ours(schema, row["element"])
    if "members" in row:
        whole["members"] = [
            (m["name"], m["required"], ours(schema, m["shape"])) for m in row["members"]
        ]
    return whole


def theirs(shape):
    """A shape of botocore, in the same form."""
    kind = "union" if model.is_union(shape) else TYPES.get(shape.type_name, shape.type_name)
    whole = {"type": kind}
    whole |= {n: shape.metadata[n] for n in ("min", "max", "pattern") if n in shape.metadata}
    if shape.metadata.get("enum"):
        whole["enum"] = shape.metadata["enum"]
    if shape.type_name == "list":
        whole["element"] = theirs(shape.member)
    if shape.type_name == "structure" and shape.members:
        whole["members"] = [
            (n, n in shape.required_members, theirs(m)) for n, m in shape.members.items()
        ]
    return whole


def test_the_operations_are_the_same(schema):
    assert schema["apiVersion"] == model.SERVICE.api_version
    rows = {o["name"]: (o["method"], o["path"]) for o in schema["operations"]}
    assert len(rows) == len(schema["operations"]) == 38
    assert rows == {
        name: (o.http["method"], o.http["requestUri"]) for name, o in model.OPERATIONS.items()
    }
    assert {o.http["responseCode"] for o in model.OPERATIONS.values()} == {200}


@pytest.mark.parametrize("name", sorted(model.OPERATIONS))
def test_the_members_of_requests_are_the_same(schema, name):
    (row,) = (o for o in schema["operations"] if o["name"] == name)
    shape = model.OPERATIONS[name].input_shape
    assert {m["name"]: (m["location"], m["required"]) for m in row["members"]} == {
        n: (LOCATIONS[m.serialization.get("location")], n in shape.required_members)
        for n, m in shape.members.items()
    }
    for member in row["members"]:
        assert ours(schema, member["shape"]) == theirs(shape.members[member["name"]]), member
        assert (
            shape.members[member["name"]].serialization.get("name", member["name"])
            == member["name"]
        )


def count_members(shape):
    """Each member of each structure below, wherever it hangs."""
    found, waiting = set(), [shape]
    while waiting:
        one = waiting.pop()
        if one.type_name == "list":
            waiting.append(one.member)
        elif one.type_name == "structure":
            new = {(one.name, n) for n in one.members} - found
            found |= new
            waiting += [one.members[n] for _, n in new]
    return found


def test_the_specs_have_all_members(schema):
    specs = {
        o.input_shape.members["spec"].name: o.input_shape.members["spec"]
        for o in model.OPERATIONS.values()
        if "spec" in o.input_shape.members
    }
    assert {k["spec"] for k in schema["kinds"]} == set(specs)
    in_botocore = set().union(*map(count_members, specs.values()))
    in_binary = {
        (name, m["name"])
        for name in {shape for shape, _ in in_botocore}
        for m in schema["shapes"][name]["members"]
    }
    assert in_binary == in_botocore
    assert len(in_binary) == SPEC_MEMBERS


def test_shapes_are_named_as_in_botocore(schema):
    """Bodies are our own cut of the inputs; else a name that botocore has is the same shape."""
    for name, row in schema["shapes"].items():
        if name in model.SERVICE.shape_names and not name.endswith("Input"):
            assert ours(schema, name) == theirs(model.SERVICE.shape_for(name)), row


def test_the_kinds_are_the_same(schema):
    assert len(schema["kinds"]) == 7
    for row in schema["kinds"]:
        describe = model.OPERATIONS["Describe" + row["name"]]
        listing = model.OPERATIONS["List" + row["collection"][0].upper() + row["collection"][1:]]
        assert describe.output_shape.serialization["payload"] == row["member"]
        assert row["nameMember"] in describe.input_shape.members
        assert row["collection"] in listing.output_shape.members
        data = describe.output_shape.members[row["member"]]
        names = {n for n in data.members if n.endswith("Name")}
        parents = {k["nameMember"] for k in schema["kinds"] if k["name"] == row.get("parent")}
        assert names == {"meshName", row["nameMember"]} | parents


def test_the_statuses_are_the_same(schema):
    found = [(s["name"], s["http"]) for s in schema["statuses"]]
    theirs = {
        (shape.name, shape.metadata["error"]["httpStatusCode"])
        for shape in model.SERVICE.error_shapes
    }
    of_cloud_map = {(s.name, 400) for s in CLOUD_MAP.error_shapes if s.name not in UNSENT}
    of_cloud_map.add(("UnknownOperationException", 400))
    assert set(found) == theirs | set(OUR_STATUSES.items()) | of_cloud_map
    assert len(set(found)) == len(found)


def test_every_rule_is_explained(schema):
    names = [r["name"] for r in schema["rules"]]
    assert len(set(names)) == len(names) > 30
    known = {k["name"] for k in schema["kinds"]}
    for rule in schema["rules"]:
        assert rule["says"].endswith(".") and rule["source"]
        assert set(rule["kinds"]) <= known and rule["kinds"]


def test_what_holds_of_requests_beyond_the_model_is_a_rule_too(schema):
    names = {r["name"] for r in schema["rules"]}
    assert {"client-token", "tag-keys", "mesh-owner", "reference-exists", "in-use"} <= names


ALPHABET = 'aZ09!~ \t\n\x7fé"\\.-_/😀'


def generated(count, seed=1):
    dice = random.Random(seed)
    yield from ("", " ", "a", "a ", " a", "a  b", "a\n", "\n", "!", "~", "a" * 255, "a" * 1024)
    for _ in range(count):
        yield "".join(dice.choices(ALPHABET, k=dice.randint(1, 6)))


@pytest.mark.parametrize("member", ["key", "value"])
def test_patterns_match_as_pythons_do(emulator, account, member):
    """Source of truth: re.fullmatch over the model's pattern."""
    client = clients.connect(emulator, account)
    kinds.build(client, kinds.MESH, kinds.NODE)
    raw = wire.Connection(emulator, account)
    for text in generated(800):
        attribute = {"key": "k", "value": "v", member: text}
        discovery = {"namespaceName": "n", "serviceName": "s", "attributes": [attribute]}
        spec = kinds.node_spec(serviceDiscovery={"awsCloudMap": discovery})
        arguments = {"meshName": "shop", "virtualNodeName": "node", "spec": spec}
        violations = model.check_input("UpdateVirtualNode", arguments)
        answer = raw.put("/v20190125/meshes/shop/virtualNodes/node", {"spec": spec})
        if violations:
            assert answer.refusal == (400, "BadRequestException", model.message(violations))
        else:
            assert answer.status == 200, (text, answer)
