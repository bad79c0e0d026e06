# SPDX-License-Identifier: Apache-2.0
"""--quotas: the limits of 2020 and later; without it none."""

import pytest

import clients
import kinds
import wire
from clients import over_limit, refusal
from emulator import Emulator
from kinds import GATEWAY, GATEWAY_ROUTE, MESH, NODE, ROUTE, ROUTER, SERVICE


@pytest.fixture(scope="module")
def strict():
    with Emulator("--quotas") as server:
        yield server


@pytest.fixture
def strict_client(strict, account):
    return clients.connect(strict, account)


PER_PARENT = [
    (NODE, 200, "virtual nodes(200) for mesh shop."),
    (ROUTER, 200, "virtual routers(200) for mesh shop."),
    (SERVICE, 200, "virtual services(200) for mesh shop."),
    (GATEWAY, 3, "virtual gateways(3) for mesh shop."),
    (ROUTE, 50, "routes(50) for virtual router router."),
    (GATEWAY_ROUTE, 10, "gateway routes(10) for virtual gateway gate."),
]
LEAST = {NODE: {}, ROUTER: {}, SERVICE: {}}


def fill(client, kind, count):
    for number in range(count):
        kind.create(client, spec=LEAST.get(kind), **{kind.name_member: f"q{number}"})


@pytest.mark.parametrize("kind, count, rest", PER_PARENT, ids=lambda v: getattr(v, "name", ""))
def test_per_parent(strict_client, kind, count, rest):
    needed = [k for k in kinds.KINDS if k.name_member in kind.parents]
    if kind is ROUTE:
        needed.insert(1, NODE)
    if kind is GATEWAY_ROUTE:
        needed.insert(1, SERVICE)
    for one in needed:
        one.create(strict_client, spec={} if one is SERVICE else None)
    fill(strict_client, kind, count)
    assert refusal(kind.create, client=strict_client, spec=LEAST.get(kind)) == over_limit(
        f"You've reached the limit on number of {rest}"
    )
    kind.delete(strict_client, **{kind.name_member: "q0"})
    kind.create(strict_client, spec=LEAST.get(kind))


def test_meshes(strict_client, account):
    fill(strict_client, MESH, 15)
    assert refusal(MESH.create, client=strict_client) == over_limit(
        f"You've reached the limit on number of meshes(15) for account {account}."
    )
    MESH.update(strict_client, meshName="q0")


def backends(count):
    return {"backends": [{"virtualService": {"virtualServiceName": f"s{n}"}} for n in range(count)]}


def test_backends(strict_client):
    MESH.create(strict_client)
    text = "You've reached the limit on number of backends(50) for virtual node node."
    assert refusal(NODE.create, client=strict_client, spec=backends(51)) == over_limit(text)
    NODE.create(strict_client, spec=backends(50))
    assert refusal(NODE.update, client=strict_client, spec=backends(51)) == over_limit(text)


def test_hidden_services_take_no_place(strict_client):
    MESH.create(strict_client)
    NODE.create(strict_client, spec=backends(50))
    fill(strict_client, SERVICE, 200)


def test_another_region_has_its_own(strict, strict_client, account):
    fill(strict_client, MESH, 15)
    MESH.create(clients.connect(strict, account, region="eu-west-1"))


def test_without_the_option_there_are_none(client):
    MESH.create(client)
    fill(client, GATEWAY, 4)
    fill(client, MESH, 16)
    NODE.create(client, spec=backends(51))


def test_a_state_document_is_held_to_them_too(start):
    control = wire.Connection(start("--quotas"))
    for count, status in ((15, 200), (16, 400)):
        meshes = [{"meshName": f"q{n:02}"} for n in range(count)]
        region = {"us-west-2": {"meshes": meshes}}
        document = {"format": 1, "accounts": {"123456789012": region}}
        answer = control.put("/_emulator/state", document)
        assert answer.status == status
    assert answer.json["message"] == (
        "accounts.123456789012.us-west-2.meshes.16.member: "
        "You've reached the limit on number of meshes(15) for account 123456789012."
    )
    assert control.get("/_emulator/health").json["resources"]["mesh"] == 15
