# SPDX-License-Identifier: Apache-2.0
"""Tags on all seven kinds."""

import pytest

import clients
import kinds
import wire
from clients import bad_request, refusal
from kinds import KINDS, MESH

each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)


def tags(**pairs):
    return [{"key": k, "value": v} for k, v in pairs.items()]


def read(client, arn):
    return {t["key"]: t["value"] for t in client.list_tags_for_resource(resourceArn=arn)["tags"]}


@pytest.fixture
def arn(client, account):
    MESH.create(client)
    return MESH.arn(account, clients.REGION)


@each_kind
def test_a_whole_life(client, account, kind):
    kinds.build_before(client, kind)
    kind.create(client, tags=tags(a="1", b=""))
    arn = kind.arn(account, clients.REGION)
    before = kind.describe(client)
    assert read(client, arn) == {"a": "1", "b": ""}
    client.tag_resource(resourceArn=arn, tags=tags(b="2", B="3"))
    assert read(client, arn) == {"a": "1", "b": "2", "B": "3"}
    client.untag_resource(resourceArn=arn, tagKeys=["a", "unknown"])
    client.untag_resource(resourceArn=arn, tagKeys=[])
    assert read(client, arn) == {"b": "2", "B": "3"}
    assert kind.describe(client) == before
    kind.update(client)
    assert read(client, arn) == {"b": "2", "B": "3"}
    kind.delete(client)
    assert refusal(client.list_tags_for_resource, resourceArn=arn)[:2] == (404, "NotFoundException")
    kind.create(client)
    assert read(client, arn) == {}


def test_replies_never_show_tags(client):
    made = client.create_mesh(meshName="m", tags=tags(a="1"))["mesh"]
    assert "tags" not in made and "tags" not in made["metadata"]


def test_tag_and_untag_answer_an_empty_object(emulator, client, account, arn):
    raw = wire.Connection(emulator, account)
    query = "?resourceArn=" + wire.quote(arn)
    assert raw.put("/v20190125/tag" + query, {"tags": tags(a="1")}).body == b"{}"
    assert raw.put("/v20190125/untag" + query, {"tagKeys": ["a"]}).body == b"{}"
    assert raw.get("/v20190125/tags" + query).body == b'{"tags":[]}'


def test_fifty_are_enough(client, arn):
    fifty = tags(**{f"k{n:02}": "v" for n in range(50)})
    client.tag_resource(resourceArn=arn, tags=fifty)
    assert refusal(client.tag_resource, resourceArn=arn, tags=tags(one="more"))[:2] == (
        400,
        "TooManyTagsException",
    )
    assert len(read(client, arn)) == 50
    client.tag_resource(resourceArn=arn, tags=tags(k00="new"))
    assert read(client, arn)["k00"] == "new"


def test_nothing_is_applied_of_too_many(client, arn):
    client.tag_resource(resourceArn=arn, tags=tags(**{f"k{n}": "v" for n in range(30)}))
    more = tags(**{f"l{n}": "v" for n in range(21)})
    assert refusal(client.tag_resource, resourceArn=arn, tags=more)[1] == "TooManyTagsException"
    assert len(read(client, arn)) == 30


def test_too_many_tags_do_not_hide_that_nothing_is_named(emulator, account):
    raw = wire.Connection(emulator, account)
    body = {"tags": tags(**{f"k{n}": "v" for n in range(51)})}
    status, code, text = raw.put("/v20190125/tag", body).refusal
    assert (status, code) == (400, "BadRequestException")
    assert text.startswith("2 validation errors detected: Value null at 'resourceArn' failed")


def test_a_key_twice_in_one_request_is_refused(client, arn):
    twice = tags(a="1") + tags(a="2")
    assert refusal(client.tag_resource, resourceArn=arn, tags=twice)[:2] == (
        400,
        "BadRequestException",
    )
    assert refusal(client.create_mesh, meshName="x", tags=twice)[:2] == (400, "BadRequestException")
    assert read(client, arn) == {}


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "Aws:", "aWs:appmesh"])
def test_reserved_keys(client, arn, key):
    one = [{"key": key, "value": ""}]
    assert refusal(client.tag_resource, resourceArn=arn, tags=one)[:2] == (
        400,
        "BadRequestException",
    )
    assert refusal(client.create_mesh, meshName="x", tags=one)[:2] == (400, "BadRequestException")


def test_a_tag_has_a_value(client, arn):
    one = [{"key": "a"}]
    assert refusal(client.tag_resource, resourceArn=arn, tags=one)[:2] == (
        400,
        "BadRequestException",
    )
    assert refusal(client.create_mesh, meshName="x", tags=one)[:2] == (400, "BadRequestException")


def test_any_text_is_a_key(client, arn):
    odd = {"é😀": "ü", " a b ": " ", "a/b": '"\\', "aws": "x", "\u007f": "\n"}
    client.tag_resource(resourceArn=arn, tags=tags(**odd))
    assert read(client, arn) == odd


def test_pages(client, arn):
    client.tag_resource(resourceArn=arn, tags=tags(**{f"k{n:02}": "v" for n in range(50)}))
    first = client.list_tags_for_resource(resourceArn=arn, limit=20)
    assert [t["key"] for t in first["tags"]] == [f"k{n:02}" for n in range(20)]
    paginator = client.get_paginator("list_tags_for_resource")
    pages = paginator.paginate(resourceArn=arn, PaginationConfig={"PageSize": 25})
    assert [len(p["tags"]) for p in pages] == [25, 25]
    assert refusal(client.list_tags_for_resource, resourceArn=arn, nextToken="x") == bad_request(
        "Invalid nextToken"
    )
    MESH.create(client, meshName="other", tags=tags(a="1"))
    other = arn.replace("mesh/shop", "mesh/other")
    token = first["nextToken"]
    assert refusal(
        client.list_tags_for_resource, resourceArn=other, nextToken=token
    ) == bad_request("Invalid nextToken")


def calls(client):
    return (
        (client.list_tags_for_resource, {}),
        (client.tag_resource, {"tags": tags(a="1")}),
        (client.untag_resource, {"tagKeys": ["a"]}),
    )


def test_another_accounts_arn_is_denied(client, arn, account):
    """Source: aws-app-mesh-user-guide#40."""
    foreign = arn.replace(account, "999999999999")
    for call, more in calls(client):
        assert refusal(call, resourceArn=foreign, **more) == (
            403,
            "AccessDeniedException",
            f"{foreign} is an invalid ARN. Invalid account id in the ARN provided : 999999999999",
        )


def test_what_is_not_there_is_not_found(client, account):
    for kind in KINDS:
        for call, more in calls(client):
            answer = refusal(call, resourceArn=kind.arn(account, clients.REGION), **more)
            assert answer[:2] == (404, "NotFoundException")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "arn",
        "arn:aws:appmesh:us-west-2:{account}",
        "arn:aws:appmesh:us-west-2:{account}:",
        "arn:aws:appmesh:us-west-2:{account}:mesh",
        "arn:aws:appmesh:us-west-2:{account}:mesh/",
        "arn:aws:appmesh:us-west-2:{account}:shop",
        "arn:aws:appmesh:us-west-2:{account}:mesh/shop/",
        "arn:aws:appmesh:us-west-2:{account}:mesh/shop/virtualNode",
        "arn:aws:appmesh:us-west-2:{account}:mesh/shop/virtualNodes/node",
        "arn:aws:appmesh:us-west-2:{account}:mesh/shop/virtualNode/node/route/x",
        "arn:aws:appmesh:us-west-2:{account}:mesh/shop/virtualRouter/r/gatewayRoute/x",
        "arn:aws:s3:us-west-2:{account}:mesh/shop",
        "arn:aws:appmesh:us-west-2::mesh/shop",
        "xarn:aws:appmesh:us-west-2:{account}:mesh/shop",
    ],
)
def test_what_is_no_arn_of_ours(client, arn, account, wrong):
    given = wrong.format(account=account)
    for call, more in calls(client):
        status, code, text = refusal(call, resourceArn=given, **more)
        assert (status, code) == (400, "BadRequestException"), text
        assert f"{given} is an invalid ARN." in text
