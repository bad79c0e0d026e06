# SPDX-License-Identifier: Apache-2.0
"""What answers say: members, versions, times, status, the one stored form."""

import re

import pytest

import clients
import kinds
import wire
from clients import not_found, refusal
from kinds import GATEWAY, KINDS, MESH, NODE, SERVICE

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)


@each_kind
def test_create_answers_the_whole_resource(client, account, kind):
    kinds.build_before(client, kind)
    made = kind.create(client)
    metadata = made["metadata"]
    assert {k: v for k, v in made.items() if k not in ("metadata", "spec")} == {
        **{m: kinds.SAMPLE_NAMES[m] for m in kind.path_members},
        "status": {"status": "ACTIVE"},
    }
    assert made["spec"] == kind.sample
    assert metadata["arn"] == kind.arn(account, clients.REGION)
    assert metadata["meshOwner"] == metadata["resourceOwner"] == account
    assert metadata["version"] == 1
    assert metadata["createdAt"] == metadata["lastUpdatedAt"]
    assert UUID4.fullmatch(metadata["uid"])
    assert len(metadata) == 7
    assert kind.describe(client) == made


@each_kind
def test_update_replaces_the_spec_and_counts_the_version(shop, kind):
    before = kind.describe(shop)
    after = kind.update(shop)
    assert after["spec"] == kind.other
    assert after["metadata"]["version"] == 2
    assert after["metadata"]["lastUpdatedAt"] >= before["metadata"]["lastUpdatedAt"]
    for member in ("uid", "createdAt", "arn", "meshOwner", "resourceOwner"):
        assert after["metadata"][member] == before["metadata"][member]
    assert kind.describe(shop) == after


@each_kind
def test_update_with_the_same_spec_counts_too(shop, kind):
    assert kind.update(shop, spec=kind.sample)["metadata"]["version"] == 2
    assert kind.update(shop, spec=kind.sample)["metadata"]["version"] == 3


@each_kind
def test_delete_answers_the_last_state(shop, kind):
    kinds.delete_after(shop, kind)
    before = kind.describe(shop)
    gone = kind.delete(shop)
    assert gone["status"] == {"status": "DELETED"}
    assert gone["spec"] == before["spec"]
    assert gone["metadata"]["version"] == (2 if kind.delete_raises_version else 1)
    assert gone["metadata"]["lastUpdatedAt"] >= before["metadata"]["lastUpdatedAt"]
    assert gone["metadata"]["uid"] == before["metadata"]["uid"]
    for call in (kind.describe, kind.delete, kind.update):
        assert refusal(call, client=shop)[:2] == (404, "NotFoundException")


@each_kind
def test_a_name_used_again_starts_anew(shop, kind):
    kinds.delete_after(shop, kind)
    first = kind.update(shop, spec=kind.sample)["metadata"]
    kind.delete(shop)
    again = kind.create(shop)["metadata"]
    assert again["version"] == 1
    assert again["uid"] != first["uid"]
    assert again["createdAt"] >= first["createdAt"]


@each_kind
def test_list_tells_references(shop, account, kind):
    page = kind.list(shop)
    metadata = kind.describe(shop)["metadata"]
    members = ("arn", "createdAt", "lastUpdatedAt", "meshOwner", "resourceOwner", "version")
    assert page[kind.collection] == [
        {
            **{m: metadata[m] for m in members},
            **{m: kinds.SAMPLE_NAMES[m] for m in kind.path_members},
        }
    ]
    assert "nextToken" not in page


@each_kind
def test_a_duplicate_name_is_a_conflict(shop, kind):
    name = kinds.SAMPLE_NAMES[kind.name_member]
    before = kind.describe(shop)
    assert refusal(kind.create, client=shop) == clients.conflict(
        f"{kind.name} with name {name} already exists"
    )
    assert kind.describe(shop) == before


MISSING = {
    "Mesh": "Mesh with name gone is not present for account {account}",
    "VirtualGateway": "VirtualGateway with name gone is not present under mesh shop for account {account}",
    "VirtualNode": "VirtualNode with name gone is not present under mesh shop for account {account}",
    "VirtualRouter": "VirtualRouter with name gone is not present under mesh shop for account {account}",
    "VirtualService": "VirtualService with name gone is not present under mesh shop for account {account}",
    "Route": "Route with name gone is not present under VirtualRouter router in mesh shop for account {account}",
    "GatewayRoute": "GatewayRoute with name gone is not present under VirtualGateway gate in mesh shop for account {account}",
}


@each_kind
@pytest.mark.parametrize("verb", ["describe", "update", "delete"])
def test_what_is_missing_is_named(shop, account, kind, verb):
    call = getattr(kind, verb)
    assert refusal(call, client=shop, **{kind.name_member: "gone"}) == not_found(
        MISSING[kind.name].format(account=account)
    )


@each_kind
@pytest.mark.parametrize("verb", ["create", "describe", "update", "delete", "list"])
def test_a_missing_parent_is_named(shop, account, kind, verb):
    call = getattr(kind, verb)
    for parent in kind.parents:
        owner = next(k for k in KINDS if k.name_member == parent)
        assert refusal(call, client=shop, **{parent: "gone"}) == not_found(
            MISSING[owner.name].format(account=account)
        )


def test_a_mesh_without_a_spec_has_an_empty_one(client):
    made = client.create_mesh(meshName="bare")["mesh"]
    assert made["spec"] == {}
    assert client.update_mesh(meshName="bare", spec=MESH.sample)["mesh"]["spec"] == MESH.sample
    emptied = client.update_mesh(meshName="bare")["mesh"]
    assert (emptied["spec"], emptied["metadata"]["version"]) == ({}, 3)
    assert client.describe_mesh(meshName="bare")["mesh"]["spec"] == {}


def test_a_node_without_backends_has_none(client):
    MESH.create(client)
    for spec in ({}, {"logging": {}}, {"backendDefaults": {"clientPolicy": {}}}):
        name = f"n{len(spec)}{next(iter(spec), '')}"
        made = NODE.create(client, spec=spec, virtualNodeName=name)
        assert made["spec"] == {**spec, "backends": []}
        assert NODE.update(client, spec=spec, virtualNodeName=name)["spec"] == made["spec"]
        assert NODE.delete(client, virtualNodeName=name)["spec"] == made["spec"]


HEALTH_CHECK = {
    "healthyThreshold": 2,
    "intervalMillis": 5000,
    "path": "/ping",
    "protocol": "http",
    "timeoutMillis": 2000,
    "unhealthyThreshold": 2,
}


def test_a_health_check_gets_its_listeners_port(client):
    MESH.create(client)
    spec = kinds.node_spec(kinds.listener(8081, healthCheck=HEALTH_CHECK))
    checks = [
        NODE.create(client, spec=spec)["spec"]["listeners"][0]["healthCheck"],
        NODE.update(client, spec=spec)["spec"]["listeners"][0]["healthCheck"],
        GATEWAY.create(client, spec={"listeners": spec["listeners"]})["spec"]["listeners"][0][
            "healthCheck"
        ],
    ]
    assert checks == [{**HEALTH_CHECK, "port": 8081}] * 3


def test_nothing_else_is_filled_in_sorted_or_folded(client):
    kinds.build(client, MESH, NODE, kinds.ROUTER)
    NODE.create(client, virtualNodeName="b")
    headers = [
        {"name": "X-Testing1", "invert": False},
        {"name": "b", "match": {"range": {"start": -5, "end": 2}}, "invert": True},
        {"name": "a", "match": {"prefix": "P"}},
    ]
    spec = kinds.http_route(
        kinds.target("node", 90),
        kinds.target("b", 20),
        match={"prefix": "/", "headers": headers},
        timeout={"idle": {"unit": "ms", "value": 0}},
        retryPolicy={
            "maxRetries": 0,
            "perRetryTimeout": {"unit": "ms", "value": 250000},
            "httpRetryEvents": ["stream-error", "client-error"],
            "tcpRetryEvents": ["connection-error"],
        },
    )
    assert kinds.ROUTE.create(client, spec=spec)["spec"] == spec
    assert kinds.ROUTE.describe(client)["spec"] == spec


def test_unknown_and_null_members_are_not_stored(emulator, client, account):
    raw = wire.Connection(emulator, account)
    body = {
        "meshName": "loose",
        "clientToken": None,
        "tags": None,
        "later": {"a": [None]},
        "spec": {
            "egressFilter": {"type": "ALLOW_ALL", "more": 1},
            "serviceDiscovery": {"ipPreference": None},
            "later": [],
        },
    }
    spec = {"egressFilter": {"type": "ALLOW_ALL"}, "serviceDiscovery": {}}
    assert raw.put("/v20190125/meshes", body).json["spec"] == spec
    assert raw.get("/v20190125/meshes/loose").json["spec"] == spec
    assert raw.put("/v20190125/meshes/loose", {"spec": None}).json["spec"] == {}


def test_accounts_and_regions_keep_apart(emulator, client, account):
    MESH.create(client)
    other_region = clients.connect(emulator, account, region="eu-central-1")
    other_account = clients.connect(emulator, clients.new_account())
    for stranger in (other_region, other_account):
        assert refusal(MESH.describe, client=stranger)[1] == "NotFoundException"
        assert MESH.list(stranger)["meshes"] == []
    arn = MESH.create(other_region)["metadata"]["arn"]
    assert arn == f"arn:aws:appmesh:eu-central-1:{account}:mesh/shop"
    MESH.delete(client)
    assert MESH.describe(other_region)["metadata"]["arn"] == arn


@pytest.mark.parametrize(
    "region, partition",
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")],
)
def test_the_partition_follows_the_region(emulator, account, region, partition):
    client = clients.connect(emulator, account, region=region)
    assert (
        MESH.create(client)["metadata"]["arn"]
        == f"arn:{partition}:appmesh:{region}:{account}:mesh/shop"
    )


def test_the_same_child_name_lives_in_two_meshes(client):
    for mesh in ("one", "two"):
        MESH.create(client, meshName=mesh)
        NODE.create(client, meshName=mesh)
    assert NODE.delete(client, meshName="one")["meshName"] == "one"
    assert NODE.describe(client, meshName="two")["meshName"] == "two"


def test_names_are_case_sensitive(client):
    for name in ("a", "A"):
        MESH.create(client, meshName=name)
    assert [m["meshName"] for m in MESH.list(client)["meshes"]] == ["A", "a"]


@pytest.mark.parametrize(
    "name", ["..", ".", "a:b", "%2F", "a+b", "~!@#$^&*()=|<>?,;'\"", "x" * 255]
)
def test_unusual_names_work_whole_lives(client, account, name):
    assert MESH.create(client, meshName=name)["meshName"] == name
    assert MESH.describe(client, meshName=name)["metadata"]["arn"].endswith(":mesh/" + name)
    SERVICE.create(client, meshName=name, virtualServiceName=name, spec={})
    assert (
        SERVICE.delete(client, meshName=name, virtualServiceName=name)["virtualServiceName"] == name
    )
    assert MESH.delete(client, meshName=name)["meshName"] == name


@pytest.mark.parametrize("name", ["a b", "a/b", "é", "a\tb", "\x7f", "a\nb", " "])
@each_kind
def test_names_are_printable_ascii_without_slash(client, kind, name):
    kinds.build_before(client, kind)
    status, code, text = refusal(kind.create, client=client, **{kind.name_member: name})
    assert (status, code) == (400, "BadRequestException")
    assert kind.name_member in text


def test_times_are_seconds_with_milliseconds(emulator, client, account):
    raw = wire.Connection(emulator, account)
    text = raw.put("/v20190125/meshes", {"meshName": "clock"}).body.decode()
    created, updated = re.search(r'"createdAt":([\d.]+),"lastUpdatedAt":([\d.]+)', text).groups()
    assert created == updated
    assert re.fullmatch(r"\d{10}(\.\d{0,2}[1-9])?", created)


@each_kind
def test_bodies_are_bare_payloads(emulator, shop, account, kind):
    raw = wire.Connection(emulator, account)
    target = "/v20190125/" + kind.arn(account, clients.REGION).split(":")[-1]
    for segment in ("mesh", "virtualNode", "route", "virtualService", "gatewayRoute"):
        target = target.replace(f"/{segment}/", f"/{segment}{'es' if segment == 'mesh' else 's'}/")
    for parent in ("virtualRouter", "virtualGateway"):
        if kind.member == parent:
            target = target.replace(f"/{parent}/", f"/{parent}s/")
    answer = raw.get(target)
    assert answer.status == 200
    assert set(answer.json) == {*kind.path_members, "metadata", "spec", "status"}
    assert answer.headers["content-type"] == "application/json"
    assert UUID4.fullmatch(answer.headers["x-amzn-requestid"])
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert "server" not in answer.headers or answer.headers["server"] != "envoy"
