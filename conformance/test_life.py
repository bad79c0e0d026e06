# SPDX-License-Identifier: Apache-2.0
"""The AWS CLI, as a person uses it: the whole life of every kind."""

import json
import os
import subprocess
import sys

import pytest
from botocore import xform_name

import clients
import kinds
from kinds import KINDS

pytestmark = pytest.mark.client_bound

PATIENCE_S = 120


@pytest.fixture
def aws(emulator, account):
    """aws("create-mesh", ...): the parsed output; aws.refused(...): what it says on failure."""
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": clients.REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }

    def call(*arguments):
        command = [sys.executable, "-m", "awscli", "appmesh", "--endpoint-url", emulator.url]
        return subprocess.run(
            [*command, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def run(*arguments):
        answer = call(*arguments)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout) if answer.stdout else None

    def refused(*arguments):
        answer = call(*arguments)
        assert answer.returncode not in (0, 252, 253), answer.stderr
        return answer.stderr.strip().splitlines()[-1]

    run.refused = refused
    return run


def option(member):
    return "--" + xform_name(member, "-")


def command(kind, verb):
    name = kind.collection[0].upper() + kind.collection[1:] if verb == "list" else kind.name
    return f"{verb}-{xform_name(name, '-')}"


def names(kind, without_own=False):
    members = kind.parents if without_own else kind.path_members
    return [word for m in members for word in (option(m), kinds.SAMPLE_NAMES[m])]


def test_the_seed_of_the_project(aws, account):
    made = aws(
        "create-mesh", "--mesh-name", "appmesh-workshop",
        "--spec", "egressFilter={type=DROP_ALL}",
    )["mesh"]  # fmt: skip
    assert made["meshName"] == "appmesh-workshop"
    assert made["spec"] == {"egressFilter": {"type": "DROP_ALL"}}
    assert made["status"] == {"status": "ACTIVE"}
    assert made["metadata"]["arn"] == f"arn:aws:appmesh:us-west-2:{account}:mesh/appmesh-workshop"
    assert made["metadata"]["version"] == 1
    assert aws("describe-mesh", "--mesh-name", "appmesh-workshop")["mesh"] == made
    assert aws("list-meshes")["meshes"][0]["meshName"] == "appmesh-workshop"


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_a_life(aws, client, account, kind):
    kinds.build_before(client, kind)
    spec, other = json.dumps(kind.sample), json.dumps(kind.other)
    made = aws(command(kind, "create"), *names(kind), "--spec", spec, "--tags", "key=a,value=1")
    assert made[kind.member]["spec"] == kind.sample
    assert aws(command(kind, "describe"), *names(kind)) == made
    changed = aws(command(kind, "update"), *names(kind), "--spec", other)[kind.member]
    assert (changed["spec"], changed["metadata"]["version"]) == (kind.other, 2)
    (listed,) = aws(command(kind, "list"), *names(kind, without_own=True))[kind.collection]
    arn = kind.arn(account, clients.REGION)
    assert (listed["arn"], listed["version"]) == (arn, 2)
    assert aws("list-tags-for-resource", "--resource-arn", arn) == {
        "tags": [{"key": "a", "value": "1"}]
    }
    gone = aws(command(kind, "delete"), *names(kind))[kind.member]
    assert gone["status"] == {"status": "DELETED"}
    operation = "Describe" + kind.name
    said = aws.refused(command(kind, "describe"), *names(kind))
    assert said.startswith(
        f"An error occurred (NotFoundException) when calling the {operation} operation: "
    )


def test_tags(aws, client, account):
    kinds.MESH.create(client)
    arn = ["--resource-arn", kinds.MESH.arn(account, clients.REGION)]
    assert aws("tag-resource", *arn, "--tags", "key=key1,value=a b", "key=key2,value=") is None
    assert aws("untag-resource", *arn, "--tag-keys", "key1") is None
    assert aws("list-tags-for-resource", *arn) == {"tags": [{"key": "key2", "value": ""}]}


def test_paginators(aws, client):
    kinds.MESH.create(client)
    for name in "abcde":
        kinds.SERVICE.create(client, spec={}, virtualServiceName=name)
    every = aws("list-virtual-services", "--mesh-name", "shop", "--page-size", "2")
    assert [s["virtualServiceName"] for s in every["virtualServices"]] == list("abcde")
    assert "NextToken" not in every
    some = aws(
        "list-virtual-services", "--mesh-name", "shop", "--max-items", "3", "--page-size", "2"
    )
    rest = aws(
        "list-virtual-services", "--mesh-name", "shop", "--starting-token", some["NextToken"]
    )
    found = some["virtualServices"] + rest["virtualServices"]
    assert [s["virtualServiceName"] for s in found] == list("abcde")


def test_refusals_read_well(aws, client, account):
    assert aws.refused("describe-mesh", "--mesh-name", "gone") == (
        "An error occurred (NotFoundException) when calling the DescribeMesh operation: "
        f"Mesh with name gone is not present for account {account}"
    )
    kinds.MESH.create(client)
    said = aws.refused(
        "create-virtual-node", "--mesh-name", "shop", "--virtual-node-name", "n",
        "--spec", "serviceDiscovery={dns={hostname=h}}",
    )  # fmt: skip
    assert said == (
        "An error occurred (BadRequestException) when calling the CreateVirtualNode operation: "
        "Service Discovery can't be set without a listener."
    )


def test_an_unsigned_request_is_served(aws):
    assert "meshes" in aws("list-meshes", "--no-sign-request")
