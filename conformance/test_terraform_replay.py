# SPDX-License-Identifier: Apache-2.0
"""What Terraform's AWS provider does with each kind: create, read back, compare, plan nothing,
update, read back, tag, delete, wait for 404. Source: hashicorp/terraform-provider-aws:
internal/service/appmesh."""

import pytest

import clients
import kinds
import wire
from clients import refusal
from kinds import KINDS

IDENTITY = b"Action=GetCallerIdentity&Version=2011-06-15"


def read(client, kind, account):
    """The provider's read: describe, then the tags by ARN."""
    resource = kind.describe(client)
    tags = client.list_tags_for_resource(resourceArn=resource["metadata"]["arn"])["tags"]
    assert resource["metadata"]["meshOwner"] == account
    assert resource["metadata"]["lastUpdatedAt"] >= resource["metadata"]["createdAt"]
    return resource, {t["key"]: t["value"] for t in tags}


def planned(kind, spec):
    """What the provider would write again: an unset list reads as none."""
    return {n: v for n, v in spec.items() if n != "backends" or v}


def apply_life(client, account, kind, token):
    """One resource through `apply`, `plan`, `apply` and `destroy`, seen field by field."""
    tags = [{"key": "Name", "value": kind.member}, {"key": "empty", "value": ""}]
    made = (
        kind.create(client, tags=tags, clientToken=f"{token}-create", meshOwner=account)
        if (kind is not kinds.MESH)
        else kind.create(client, tags=tags, clientToken=f"{token}-create")
    )
    seen, seen_tags = read(client, kind, account)
    assert seen == made
    assert planned(kind, seen["spec"]) == planned(kind, kind.sample)
    assert seen_tags == {"Name": kind.member, "empty": ""}
    kind.update(client, clientToken=f"{token}-update")
    client.tag_resource(resourceArn=made["metadata"]["arn"], tags=[{"key": "Name", "value": "new"}])
    client.untag_resource(resourceArn=made["metadata"]["arn"], tagKeys=["empty"])
    seen, seen_tags = read(client, kind, account)
    assert planned(kind, seen["spec"]) == planned(kind, kind.other)
    assert seen["metadata"]["uid"] == made["metadata"]["uid"]
    assert seen_tags == {"Name": "new"}
    kind.update(client, spec=kind.sample, clientToken=f"{token}-back")
    return made["metadata"]["uid"]


@pytest.fixture(params=["http", "https"])
def server(request):
    return request.getfixturevalue("emulator" if request.param == "http" else "secure")


def test_apply_plan_destroy(server, account):
    client = clients.connect(server, account)
    uids = {apply_life(client, account, kind, kind.member) for kind in KINDS}
    assert len(uids) == len(KINDS)
    for kind in reversed(KINDS):
        kind.delete(client)
        assert refusal(kind.describe, client=client)[:2] == (404, "NotFoundException")
        assert refusal(kind.delete, client=client)[:2] == (404, "NotFoundException")


def test_the_sweeper_comes_through_in_any_order(shop):
    """It deletes what it may and comes again while anything is in use."""
    left = list(KINDS)
    for _ in range(len(KINDS)):
        for kind in list(left):
            try:
                kind.delete(shop)
                left.remove(kind)
            except clients.ClientError as error:
                assert error.response["Error"]["Code"] == "ResourceInUseException"
    assert not left


def test_import_by_names(shop, account):
    """Import reads by name alone, with and without the owner."""
    for kind in KINDS:
        assert kind.describe(shop) == kind.describe(shop, meshOwner=account)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_provider_asks_who_it_is(emulator, account, method):
    raw = wire.Connection(emulator, account)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    if method == "POST":
        answer = raw.request("POST", "/", IDENTITY, headers=kind)
    else:
        answer = raw.get("/?" + IDENTITY.decode())
    if answer.code == "UnknownOperationException":
        pytest.skip("STS is not there yet")
    assert answer.status == 200
    assert f"arn:aws:iam::{account}:root".encode() in answer.body


SPECS_OF_ACCEPTANCE_TESTS = [
    (kinds.NODE, {}),
    (kinds.NODE, kinds.node_spec(kinds.listener(8080, "grpc", timeout={"grpc": {"idle": {"unit": "s", "value": 10}, "perRequest": {"unit": "s", "value": 5}}}))),
    (kinds.NODE, kinds.node_spec(kinds.listener(8080, "tcp", connectionPool={"tcp": {"maxConnections": 4}}))),
    (kinds.NODE, kinds.node_spec(kinds.listener(8080, tls={"mode": "PERMISSIVE", "certificate": {"sds": {"secretName": "secret"}}, "validation": {"trust": {"sds": {"secretName": "ca"}}, "subjectAlternativeNames": {"match": {"exact": ["abc.example.com"]}}}}))),
    (kinds.NODE, {"backends": [{"virtualService": {"virtualServiceName": "servicea.simpleapp.local", "clientPolicy": {"tls": {"enforce": False, "ports": [8443], "validation": {"trust": {"file": {"certificateChain": "/cert_chain.pem"}}}}}}}]}),
    (kinds.NODE, kinds.node_spec(serviceDiscovery={"awsCloudMap": {"namespaceName": "ns", "serviceName": "svc", "attributes": [{"key": "Key1", "value": "Value1"}, {"key": "Key2", "value": "Value2"}]}})),
    (kinds.ROUTE, kinds.http_route(kinds.target(weight=99), match={"prefix": "/", "method": "POST", "headers": [{"name": "X-Testing1"}, {"name": "X-Testing2", "invert": True, "match": {"range": {"start": 2, "end": 7}}}]})),
    (kinds.ROUTE, kinds.http_route(match={"path": {"exact": "/path"}, "queryParameters": [{"name": "tf", "match": {"exact": "a"}}]})),
    (kinds.GATEWAY_ROUTE, kinds.gateway_route(match={"hostname": {"exact": "test.example.com"}, "prefix": "/"}, rewrite={"hostname": {"defaultTargetHostname": "DISABLED"}, "prefix": {"defaultPrefix": "DISABLED"}})),
    (kinds.SERVICE, kinds.node_provider()),
    (kinds.MESH, {"egressFilter": {"type": "ALLOW_ALL"}, "serviceDiscovery": {"ipPreference": "IPv6_PREFERRED"}}),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(SPECS_OF_ACCEPTANCE_TESTS)))
def test_no_plan_is_left_after_an_apply(shop, row):
    kind, spec = SPECS_OF_ACCEPTANCE_TESTS[row]
    kind.update(shop, spec=spec)
    assert planned(kind, kind.describe(shop)["spec"]) == planned(kind, spec)
