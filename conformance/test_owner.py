# SPDX-License-Identifier: Apache-2.0
"""meshOwner, and whose account and region a request is."""

import pytest
from botocore import xform_name

import clients
import kinds
import model
import wire
from clients import refusal

ASKING = sorted(
    name for name, row in model.OPERATIONS.items() if "meshOwner" in row.input_shape.members
)


def arguments_for(operation):
    members = model.OPERATIONS[operation].input_shape.members
    names = {n: v for n, v in kinds.SAMPLE_NAMES.items() if n in members}
    kind = next(
        k
        for k in sorted(kinds.KINDS, key=lambda k: -len(k.name))
        if operation.removesuffix("s").endswith(k.name)
    )
    if operation.startswith("Create"):
        names[kind.name_member] = "new"
    return {**names, **({"spec": kind.sample} if "spec" in members else {})}


def test_it_is_a_member_of_thirty_one_operations():
    assert len(ASKING) == 31


@pytest.mark.parametrize("operation", ASKING)
def test_a_strangers_mesh_is_forbidden(shop, operation):
    call = getattr(shop, xform_name(operation))
    answer = refusal(call, **arguments_for(operation), meshOwner="999999999999")
    assert answer[:2] == (403, "ForbiddenException")


@pytest.mark.parametrize("operation", ASKING)
def test_ones_own_account_is_as_good_as_none(shop, account, operation):
    call = getattr(shop, xform_name(operation))
    if operation.startswith("Delete"):
        answer = refusal(
            call, **{**arguments_for(operation), "meshName": "gone"}, meshOwner=account
        )
        assert answer[1] == "NotFoundException"
    else:
        assert (
            call(**arguments_for(operation), meshOwner=account)["ResponseMetadata"][
                "HTTPStatusCode"
            ]
            == 200
        )


def test_the_owner_is_asked_before_the_mesh(client):
    assert refusal(client.describe_mesh, meshName="gone", meshOwner="999999999999")[0] == 403


@pytest.mark.parametrize("owner", ["1", "1" * 11, "1" * 13, ""])
def test_an_account_has_twelve_characters(client, owner):
    text = refusal(client.describe_mesh, meshName="m", meshOwner=owner)[2]
    assert text.startswith(f"1 validation error detected: Value '{owner}' at 'meshOwner'")


def arn_of_new_mesh(server, headers):
    answer = wire.Connection(server).put("/v20190125/meshes", {"meshName": "m"}, headers=headers)
    assert answer.status == 200, answer
    return answer.json["metadata"]["arn"]


@pytest.mark.parametrize(
    "header, account, region",
    [
        (None, "123456789012", "us-west-2"),
        ("nonsense", "123456789012", "us-west-2"),
        ("Bearer abc", "123456789012", "us-west-2"),
        ("AWS4-HMAC-SHA256 Credential=", "123456789012", "us-west-2"),
        (wire.authorization("AKIDEXAMPLE", "eu-west-1"), "123456789012", "eu-west-1"),
        (wire.authorization("000000000001", "ap-south-1"), "000000000001", "ap-south-1"),
        (wire.authorization("12345678901", "ap-south-1"), "123456789012", "ap-south-1"),
        (wire.authorization("12345678901x", "ap-south-1"), "123456789012", "ap-south-1"),
    ],
)
def test_account_and_region_of_a_request(start, header, account, region):
    headers = {"Authorization": header} if header is not None else {}
    arn = arn_of_new_mesh(start(), headers)
    assert arn == f"arn:aws:appmesh:{region}:{account}:mesh/m"


def test_account_and_region_by_option(start):
    server = start("--account", "000011112222", "--region", "eu-north-1")
    assert arn_of_new_mesh(server, {}) == "arn:aws:appmesh:eu-north-1:000011112222:mesh/m"


def test_account_and_region_by_environment(start):
    server = start(
        env={"APPMESH_EMULATOR_ACCOUNT": "000011112222", "APPMESH_EMULATOR_REGION": "eu-north-1"}
    )
    assert arn_of_new_mesh(server, {}) == "arn:aws:appmesh:eu-north-1:000011112222:mesh/m"


def test_unsigned_clients_share_the_default_account(emulator):
    assert clients.refusal(clients.connect(emulator).describe_mesh, meshName="nobody-made-it")[
        2
    ] == ("Mesh with name nobody-made-it is not present for account 123456789012")
