# SPDX-License-Identifier: Apache-2.0
"""Every constraint of botocore's model, at its edge, for every operation."""

import collections
import itertools
import json
import random

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import cases
import clients
import kinds
import model
import wire

PROTOCOLS = ("http", "http2", "grpc")
TAKEN_SHARE = 0.55  # of the good cases; the rest break a rule that the model does not tell


def prepare(client, operation):
    """The parents that a case needs, and for other operations than Create the resource itself."""
    kinds.MESH.create(client)
    kinds.NODE.create(client, spec=kinds.node_spec())
    kinds.NODE.create(client, virtualNodeName="a", spec=kinds.node_spec())
    kinds.ROUTER.create(client, spec={})
    kinds.ROUTER.create(client, virtualRouterName="a", spec={})
    kinds.SERVICE.create(client)
    kinds.SERVICE.create(client, virtualServiceName="a", spec={})
    for protocol in PROTOCOLS:
        spec = {"listeners": [kinds.listener(protocol=protocol)]}
        kinds.GATEWAY.create(client, spec=spec, virtualGatewayName=protocol)
        route = kinds.gateway_route(
            kind=protocol + "Route",
            match={"serviceName": "service"} if protocol == "grpc" else {"prefix": "/"},
        )
        kinds.GATEWAY_ROUTE.create(client, virtualGatewayName=protocol, spec=route)
    kinds.ROUTE.create(client)
    if "Mesh" not in operation:
        return
    kinds.MESH.create(client, meshName="mesh")


def namer(operation, account):
    """Names for the next case: fresh for Create, those that are there for the others."""
    number = itertools.count()
    own = "meshName"
    for kind in kinds.KINDS:
        if operation.endswith(kind.name):
            own = kind.name_member
    members = model.OPERATIONS[operation].input_shape.members

    def names(arguments):
        there = dict(kinds.SAMPLE_NAMES, virtualGatewayName=gateway_for(arguments))
        there["resourceArn"] = kinds.MESH.arn(account, clients.REGION)
        if operation.startswith(("Create", "Delete")):
            there[own] = f"fresh-{next(number)}"
        return {n: there[n] for n in members if n in there}

    return names


def gateway_for(arguments):
    spec = arguments.get("spec")
    for protocol in PROTOCOLS:
        if isinstance(spec, dict) and protocol + "Route" in spec:
            return protocol
    return "http"


def is_serialisable(shape, value):
    """botocore can send it, wrong as it may be."""
    if shape.type_name == "structure":
        return isinstance(value, dict) and all(
            n in shape.members and is_serialisable(shape.members[n], v) for n, v in value.items()
        )
    if shape.type_name == "list":
        return isinstance(value, list) and all(is_serialisable(shape.member, v) for v in value)
    return value is not None


class Sender:
    """Sends a case through botocore where it can, else as plain HTTP; the outcome either way."""

    def __init__(self, emulator, account):
        self.client = clients.connect(emulator, account)
        self.raw = wire.Connection(emulator, account)
        self.ways = collections.Counter()

    def send(self, operation, arguments):
        """(status, code or None, message or the bare answer)"""
        shape = model.OPERATIONS[operation].input_shape
        if is_serialisable(shape, arguments):
            return self.by_client(operation, arguments)
        return self.by_hand(operation, arguments)

    def by_client(self, operation, arguments):
        self.ways["botocore"] += 1
        try:
            answer = getattr(self.client, xform_name(operation))(**arguments)
        except ClientError as error:
            return (
                error.response["ResponseMetadata"]["HTTPStatusCode"],
                error.response["Error"]["Code"],
                error.response["Error"]["Message"],
            )
        del answer["ResponseMetadata"]
        payload = model.OPERATIONS[operation].output_shape.serialization.get("payload")
        return 200, None, answer[payload] if payload else answer

    def by_hand(self, operation, arguments):
        self.ways["raw"] += 1
        row = model.OPERATIONS[operation]
        answer = self.raw.request(
            row.http["method"], wire.target_of(row, arguments), wire.body_of(row, arguments)
        )
        if answer.status == 200:
            return 200, None, answer.json
        return answer.refusal


def without_unknown(shape, value):
    """The value as it is stored: modelled members only, no nulls."""
    if shape.type_name == "structure":
        return {
            n: without_unknown(shape.members[n], v)
            for n, v in value.items()
            if n in shape.members and v is not None
        }
    if shape.type_name == "list":
        return [without_unknown(shape.member, v) for v in value]
    return value


def stored_spec(operation, arguments):
    """What the answer's spec must be: what was sent and the three things that are added."""
    members = model.OPERATIONS[operation].input_shape.members
    if "spec" not in members:
        return None
    spec = without_unknown(members["spec"], arguments.get("spec") or {})
    if "virtualNodeName" in members:
        spec.setdefault("backends", [])
    for listener in spec.get("listeners", []):
        if "healthCheck" in listener:
            listener["healthCheck"].setdefault("port", listener["portMapping"]["port"])
    return spec


def expected(operation, arguments):
    """(status, code, message) of a refusal, or None if the shape holds."""
    if operation == "TagResource" and has_too_many_tags(arguments):
        return (
            None  # a rule with an error of its own, TooManyTagsException, takes the bound's place
        )
    try:
        violations = model.check_input(operation, arguments)
    except model.WrongType as wrong:
        return 400, "SerializationException", str(wrong) + ": "
    return (400, "BadRequestException", model.message(violations)) if violations else None


def has_too_many_tags(arguments):
    return isinstance(arguments.get("tags"), list) and len(arguments["tags"]) > 50


def complaint(operation, case, outcome):
    """What is wrong with an outcome, or None."""
    want = expected(operation, case.arguments)
    status, code, said = outcome
    if want and want[1] == "SerializationException":
        is_right = (
            (status, code) == want[:2] and said.startswith(want[2]) and len(said) > len(want[2])
        )
    elif want:
        is_right = outcome == want
    elif status == 200:
        want = stored_spec(operation, case.arguments)
        is_right = want is None or said["spec"] == want
    else:
        is_right = status in (400, 403, 404, 409) and code != "SerializationException"
        is_right = (
            is_right and "validation error" not in said and code != "UnknownOperationException"
        )
    return None if is_right else f"{case}\n    expected {want}\n    got      {outcome}"


def run_cases(emulator, operation):
    account = clients.new_account()
    sender = Sender(emulator, account)
    prepare(sender.client, operation)
    complaints, tally = [], collections.Counter()
    for case in cases.cases(operation, namer(operation, account)):
        outcome = sender.send(operation, case.arguments)
        problem = complaint(operation, case, outcome)
        complaints += [problem] if problem else []
        tally["bad" if expected(operation, case.arguments) else "good"] += 1
        tally["taken"] += outcome[0] == 200
    return complaints, tally, sender.ways


@pytest.mark.parametrize("operation", sorted(model.OPERATIONS))
def test_each_constraint_holds_at_its_edge(emulator, operation):
    complaints, tally, ways = run_cases(emulator, operation)
    assert not complaints, f"{len(complaints)} of {sum(tally.values())}:\n" + "\n".join(
        complaints[:8]
    )
    assert tally["good"] + tally["bad"] == COUNTS.get(operation), tally
    if operation.startswith(("Create", "Update")):
        assert tally["taken"] >= TAKEN_SHARE * tally["good"], tally
        assert min(ways["botocore"], ways["raw"]) > 10


MANY = [n for n in sorted(model.OPERATIONS) if "spec" in model.OPERATIONS[n].input_shape.members]


@pytest.mark.parametrize("operation", MANY)
def test_all_violations_are_told_in_the_models_order(emulator, operation):
    """Random requests with several things wrong; a wrong JSON type anywhere comes first."""
    account, dice, several = clients.new_account(), random.Random(operation), 0
    sender, names = Sender(emulator, account), namer(operation, account)
    for wrong in (0, 0.02, 0.05, 0.1) * 40:
        arguments = cases.anything(model.OPERATIONS[operation].input_shape, dice, wrong)
        arguments |= names(arguments)
        outcome = sender.by_hand(operation, arguments)
        case = cases.Case((), json.dumps(arguments), arguments)
        assert not complaint(operation, case, outcome)
        several += "errors detected" in str(outcome[2])
    assert several > 10 or COUNTS[operation] < 500


def test_there_are_three_thousand_cases_and_more():
    assert sum(COUNTS.values()) >= 3000
    assert set(COUNTS) == set(model.OPERATIONS)


COUNTS = {
    "CreateGatewayRoute": 1263,
    "CreateMesh": 108,
    "CreateRoute": 1694,
    "CreateVirtualGateway": 850,
    "CreateVirtualNode": 1651,
    "CreateVirtualRouter": 132,
    "CreateVirtualService": 135,
    "DeleteGatewayRoute": 29,
    "DeleteMesh": 7,
    "DeleteRoute": 29,
    "DeleteVirtualGateway": 22,
    "DeleteVirtualNode": 22,
    "DeleteVirtualRouter": 22,
    "DeleteVirtualService": 17,
    "DescribeGatewayRoute": 29,
    "DescribeMesh": 15,
    "DescribeRoute": 29,
    "DescribeVirtualGateway": 22,
    "DescribeVirtualNode": 22,
    "DescribeVirtualRouter": 22,
    "DescribeVirtualService": 17,
    "ListGatewayRoutes": 37,
    "ListMeshes": 15,
    "ListRoutes": 37,
    "ListTagsForResource": 18,
    "ListVirtualGateways": 30,
    "ListVirtualNodes": 30,
    "ListVirtualRouters": 30,
    "ListVirtualServices": 30,
    "TagResource": 44,
    "UntagResource": 24,
    "UpdateGatewayRoute": 1216,
    "UpdateMesh": 61,
    "UpdateRoute": 1647,
    "UpdateVirtualGateway": 803,
    "UpdateVirtualNode": 1604,
    "UpdateVirtualRouter": 85,
    "UpdateVirtualService": 88,
}
