# SPDX-License-Identifier: Apache-2.0
"""clientToken: a repeated request is answered, not done again; another one with its token is refused."""

import pytest

import clients
import kinds
import wire
from clients import conflict, refusal
from kinds import KINDS, MESH, NODE

USED = conflict("The client token was already used with a different specification")
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)


@each_kind
def test_a_repeated_create_answers_what_is_there(client, kind):
    kinds.build_before(client, kind)
    first = kind.create(client, clientToken="one")
    assert kind.create(client, clientToken="one") == first
    updated = kind.update(client)
    assert kind.create(client, clientToken="one") == updated


@each_kind
def test_a_create_token_is_bound_to_its_input(client, kind):
    kinds.build_before(client, kind)
    tags = [{"key": "a", "value": "1"}]
    kind.create(client, clientToken="one", tags=tags)
    assert (
        refusal(kind.create, client=client, clientToken="one", tags=tags, spec=kind.other) == USED
    )
    assert refusal(kind.create, client=client, clientToken="one") == USED
    assert kind.create(client, clientToken="one", tags=tags)["metadata"]["version"] == 1
    name = kinds.SAMPLE_NAMES[kind.name_member]
    assert refusal(kind.create, client=client, clientToken="two", tags=tags) == conflict(
        f"{kind.name} with name {name} already exists"
    )


@each_kind
def test_a_repeated_update_is_done_once(shop, kind):
    first = kind.update(shop, clientToken="one")
    assert kind.update(shop, clientToken="one") == first
    assert refusal(kind.update, client=shop, clientToken="one", spec=kind.sample) == USED
    second = kind.update(shop, clientToken="two", spec=kind.sample)
    assert second["metadata"]["version"] == 3
    assert kind.update(shop, clientToken="one") == second


def test_the_last_eight_update_tokens_are_kept(shop):
    for number in range(9):
        MESH.update(shop, clientToken=f"token-{number}")
    assert MESH.update(shop, clientToken="token-1")["metadata"]["version"] == 10
    assert MESH.update(shop, clientToken="token-0")["metadata"]["version"] == 11


def test_the_create_token_outlives_many_updates(client):
    MESH.create(client, clientToken="birth")
    for number in range(9):
        MESH.update(client, clientToken=f"token-{number}")
    assert MESH.create(client, clientToken="birth")["metadata"]["version"] == 10


def test_tokens_go_with_their_resource(client):
    MESH.create(client, clientToken="one")
    MESH.delete(client)
    assert MESH.create(client, clientToken="one", spec=MESH.other)["spec"] == MESH.other


def test_a_token_serves_many_resources_but_each_once(client):
    MESH.create(client, clientToken="one")
    NODE.create(client, clientToken="one")
    MESH.create(client, clientToken="one", meshName="second")
    assert refusal(MESH.update, client=client, clientToken="one") == USED


def test_member_order_and_members_that_are_not_stored_do_not_matter(emulator, account):
    raw = wire.Connection(emulator, account)
    spec = '"spec":{"serviceDiscovery":{},"egressFilter":{"type":"DROP_ALL"}}'
    same = '"spec":{"x":1,"egressFilter": {"y":null,"type":"DROP_ALL"},"serviceDiscovery":{}}'
    first = raw.put("/v20190125/meshes", '{"meshName":"m","clientToken":"t",%s}' % spec)
    again = raw.put(
        "/v20190125/meshes", '{%s,"clientToken":"t","x":1,"tags":null,"meshName":"m"}' % same
    )
    assert first.status == again.status == 200
    assert first.json == again.json


@pytest.mark.parametrize("token", ["a", "A-z_09", "x" * 36, "5c0c7a8e-1f5e-4b6d-9a61-6b8a5a4d6b3e"])
def test_good_tokens(client, token):
    assert MESH.create(client, clientToken=token)["metadata"]["version"] == 1


@pytest.mark.parametrize("token", ["", "x" * 37, "a b", "a.b", "a/b", "é", "a\n"])
def test_bad_tokens(client, token):
    assert refusal(MESH.create, client=client, clientToken=token)[:2] == (
        400,
        "BadRequestException",
    )
    assert MESH.list(client)["meshes"] == []


def test_without_a_token_nothing_repeats(emulator, account):
    raw = wire.Connection(emulator, account)
    body = {"meshName": "m"}
    assert raw.put("/v20190125/meshes", body).status == 200
    assert raw.put("/v20190125/meshes", body).refusal == conflict("Mesh with name m already exists")


def test_tokens_survive_a_restart(start, tmp_path):
    server = start(data=tmp_path / "store")
    first = MESH.create(clients.connect(server), clientToken="one")
    MESH.update(clients.connect(server), clientToken="two")
    server.check_clean_end()
    client = clients.connect(start(data=tmp_path / "store"))
    assert MESH.update(client, clientToken="two")["metadata"]["version"] == 2
    assert MESH.create(client, clientToken="one")["metadata"]["uid"] == first["metadata"]["uid"]
