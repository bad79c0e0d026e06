# SPDX-License-Identifier: Apache-2.0
"""The state document, read, written and moved, and seeds."""

import json
import threading

import pytest

import clients
import kinds
import wire
from emulator import run
from kinds import KINDS, MESH, NODE, SERVICE


def state(control):
    answer = control.get("/_emulator/state")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    return answer.json


def fill(server):
    """Two accounts with all kinds, tags and a hidden service."""
    for account in ("111111111111", "222222222222"):
        client = clients.connect(server, account)
        kinds.build(client)
        backend = {"virtualService": {"virtualServiceName": "later.local"}}
        NODE.create(client, virtualNodeName="caller", spec=kinds.node_spec(backends=[backend]))
        arn = NODE.arn(account, clients.REGION, virtualNodeName="caller")
        client.tag_resource(
            resourceArn=arn, tags=[{"key": "b", "value": "2"}, {"key": "a", "value": ""}]
        )
        kinds.ROUTE.update(client)


class TestState:
    def test_form(self, server, control):
        fill(server)
        document = state(control)
        assert set(document) == {"format", "accounts"} and document["format"] == 1
        assert set(document["accounts"]) == {"111111111111", "222222222222"}
        client = clients.connect(server, "111111111111")
        region = document["accounts"]["111111111111"]["us-west-2"]
        raw = wire.Connection(server, "111111111111")
        assert region["meshes"] == [raw.get("/v20190125/meshes/shop").json]
        assert region["virtualNodes"][1] == raw.get("/v20190125/meshes/shop/virtualNodes/node").json
        assert [len(region[k.collection]) for k in KINDS] == [1, 2, 1, 1, 1, 1, 1]
        arn = NODE.arn("111111111111", clients.REGION, virtualNodeName="caller")
        assert region["tags"] == {arn: client.list_tags_for_resource(resourceArn=arn)["tags"]}

    def test_get_put_get_is_equal(self, server, control):
        fill(server)
        before = control.get("/_emulator/state")
        answer = control.put("/_emulator/state", before.body)
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert state(control) == before.json
        control.request("POST", "/_emulator/reset")
        assert control.put("/_emulator/state", before.body).status == 200
        assert state(control) == before.json
        again = control.get("/_emulator/state")
        assert again.body == before.body

    def test_it_moves_to_another_server(self, server, control, start):
        fill(server)
        before = state(control)
        other = start()
        there = wire.Connection(other)
        assert there.put("/_emulator/state", before).status == 200
        assert state(there) == before
        client = clients.connect(other, "111111111111")
        assert (
            SERVICE.create(client, virtualServiceName="later.local", spec={})["metadata"]["version"]
            == 2
        )
        assert clients.refusal(NODE.delete, client=client)[1] == "ResourceInUseException"
        assert clients.refusal(MESH.delete, client=client)[1] == "ResourceInUseException"
        kinds.ROUTE.delete(client)

    def test_what_was_there_before_is_replaced(self, server, control):
        fill(server)
        document = {
            "format": 1,
            "accounts": {"3" * 12: {"us-west-2": {"meshes": [{"meshName": "only", "spec": {}}]}}},
        }
        assert control.put("/_emulator/state", document).status == 200
        assert list(state(control)["accounts"]) == ["3" * 12]
        assert MESH.list(clients.connect(server, "111111111111"))["meshes"] == []
        assert control.put("/_emulator/state", {"format": 1, "accounts": {}}).status == 200
        assert state(control) == {"format": 1, "accounts": {}}

    def test_metadata_is_assigned_where_absent(self, server, control):
        document = self.document(
            virtualNodes=[{"meshName": "m", "virtualNodeName": "n", "spec": {}}]
        )
        assert control.put("/_emulator/state", document).status == 200
        made = NODE.describe(clients.connect(server), meshName="m", virtualNodeName="n")
        assert made["metadata"]["version"] == 1
        assert (
            made["metadata"]["arn"] == "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/n"
        )
        assert made["status"] == {"status": "ACTIVE"}
        assert made["spec"] == {"backends": []}

    def test_metadata_that_is_given_is_kept_and_the_rest_derived(self, server, control):
        uid = "115a090e-c2fc-456b-8ee8-05ad01408d50"
        given = {
            "createdAt": 1563809909.282,
            "lastUpdatedAt": 1563810546.59,
            "uid": uid,
            "version": 7,
        }
        derived = {"arn": "arn:wrong", "meshOwner": "000000000000", "resourceOwner": "000000000000"}
        mesh = {
            "meshName": "m",
            "spec": {},
            "metadata": {**given, **derived},
            "status": {"status": "DELETED"},
        }
        assert control.put("/_emulator/state", self.document(meshes=[mesh])).status == 200
        raw = wire.Connection(server).get("/v20190125/meshes/m").json
        assert raw["metadata"] == {
            **given,
            "arn": "arn:aws:appmesh:us-west-2:123456789012:mesh/m",
            "meshOwner": "123456789012",
            "resourceOwner": "123456789012",
        }
        assert raw["status"] == {"status": "ACTIVE"}
        assert MESH.update(clients.connect(server), meshName="m")["metadata"]["version"] == 8

    @pytest.mark.parametrize("given", [{"createdAt": 5.25}, {"lastUpdatedAt": 5.25}])
    def test_one_time_stands_for_both(self, control, given):
        mesh = {"meshName": "m", "metadata": given}
        assert control.put("/_emulator/state", self.document(meshes=[mesh])).status == 200
        metadata = control.get("/v20190125/meshes/m").json["metadata"]
        assert (metadata["createdAt"], metadata["lastUpdatedAt"]) == (5.25, 5.25)

    @pytest.mark.parametrize("wrong", [0, -1, 0.0004, 1e13, "2020-01-01T00:00:00Z", True])
    def test_what_is_no_time(self, control, wrong):
        mesh = {"meshName": "m", "metadata": {"createdAt": wrong}}
        answer = control.put("/_emulator/state", self.document(meshes=[mesh]))
        said = self.PREFIX + "meshes.1.member.metadata.createdAt: must be a time in seconds"
        assert (answer.status, answer.json["message"]) == (400, said)

    def test_members_that_are_null_are_absent(self, control):
        nulls = {"createdAt": None, "lastUpdatedAt": None, "uid": None, "version": None}
        first = {"meshName": "n1", "spec": None, "metadata": None, "status": None}
        second = {"meshName": "n2", "spec": {"egressFilter": None}, "metadata": nulls}
        document = self.document(
            meshes=[first, second], virtualNodes=None, tags=None, cloudMap=None
        )
        document["accounts"]["000000000001"] = None
        assert control.put("/_emulator/state", document).json == {"status": "ok"}
        for name in ("n1", "n2"):
            made = control.get("/v20190125/meshes/" + name).json
            assert (made["spec"], made["metadata"]["version"]) == ({}, 1)

    def document(self, **members):
        return {
            "format": 1,
            "accounts": {"123456789012": {"us-west-2": {"meshes": [{"meshName": "m"}], **members}}},
        }

    PREFIX = "accounts.123456789012.us-west-2."

    @pytest.mark.parametrize(
        "members, said",
        [
            (
                {"virtualNodes": [{"meshName": "m", "virtualNodeName": "n", "spec": {}}, {"meshName": "m", "virtualNodeName": "o", "spec": {"listeners": [{}]}}]},
                "1 validation error detected: Value null at '" + PREFIX
                + "virtualNodes.2.member.spec.listeners.1.member.portMapping' failed to satisfy constraint: Member must not be null",
            ),
            (
                {"virtualNodes": [{"meshName": "m", "virtualNodeName": "n", "spec": {"serviceDiscovery": {"dns": {"hostname": "h"}}}}]},
                "Service Discovery can't be set without a listener.",
            ),
            ({"virtualNodes": [{"meshName": "gone", "virtualNodeName": "n", "spec": {}}]}, "Mesh with name gone"),
            ({"virtualNodes": [{"meshName": "m", "spec": {}}]}, PREFIX + "virtualNodes.1.member.virtualNodeName"),
            ({"virtualNodes": [{"meshName": "m", "virtualNodeName": "n", "spec": {}}] * 2}, "VirtualNode with name n already exists"),
            ({"virtualServices": [{"meshName": "m", "virtualServiceName": "s", "spec": kinds.node_provider("gone")}]}, "VirtualNode with name gone is missing"),
            ({"virtualNodes": [{"meshName": "m", "virtualNodeName": "a b", "spec": {}}]}, PREFIX + "virtualNodes.1.member."),
            (
                {"tags": {"arn:aws:appmesh:us-west-2:123456789012:mesh/gone": [{"key": "a", "value": ""}]}},
                PREFIX + "tags.arn:aws:appmesh:us-west-2:123456789012:mesh/gone: Mesh with name gone",
            ),
            ({"virtualNodes": {}}, PREFIX + "virtualNodes: not a list"),
        ],
        ids=["shape", "rule", "parent", "name", "twice", "reference", "name_rule", "tags", "list"],
    )  # fmt: skip
    def test_all_or_nothing(self, server, control, members, said):
        fill(server)
        before = state(control)
        answer = control.put("/_emulator/state", self.document(**members))
        assert answer.status == 400
        assert said in answer.json["message"]
        assert state(control) == before

    @pytest.mark.parametrize(
        "body",
        [b"", b"{", b"[]", b"{}", b'{"format":1}', b'{"format":2,"accounts":{}}', b'{"format":"1","accounts":{}}',
         b'{"format":1,"accounts":[]}', b'{"format":1,"accounts":{"1":{}}}', b'{"format":1,"accounts":{"123456789012":[]}}',
         b'{"format":1,"accounts":{"123456789012":{"us-west-2":{"meshes":{}}}}}',
         b'{"format":1,"accounts":{"123456789012":{"us-west-2":{"meshes":[1]}}}}',
         b'{"format":1,"accounts":{"123456789012":{"us-west-2":{"tags":[]}}}}'],
        ids=range(13),
    )  # fmt: skip
    def test_what_is_no_state_document(self, server, control, body):
        fill(server)
        before = state(control)
        answer = control.put("/_emulator/state", body)
        assert answer.status == 400 and answer.json["message"]
        assert state(control) == before

    def test_a_large_one(self, control):
        text = "x" * 200
        nodes = [
            {
                "meshName": "m",
                "virtualNodeName": f"n{i:05}",
                "spec": {"logging": {"accessLog": {"file": {"path": text}}}},
            }
            for i in range(10_000)
        ]
        body = json.dumps(self.document(virtualNodes=nodes))
        assert len(body) > 1 << 20
        assert control.put("/_emulator/state", body).status == 200
        assert control.get("/_emulator/health").json["resources"]["virtualNode"] == 10_000


def seeded(start, tmp_path, text, *options):
    path = tmp_path / "seed"
    path.write_text(text)
    return start("--seed", path, *options)


def line(operation, more=None, **members):
    return json.dumps({"operation": operation, "input": members, **(more or {})})


class TestSeed:
    LINES = [
        line("CreateMesh", meshName="m", tags=[{"key": "a", "value": "1"}]),
        line("CreateVirtualNode", meshName="m", virtualNodeName="n", spec=kinds.node_spec()),
        line("UpdateMesh", meshName="m", spec=MESH.sample),
        line(
            "CreateMesh",
            {"account": "000000000009", "region": "eu-west-1", "service": "appmesh"},
            meshName="far",
        ),
    ]

    def test_requests(self, start, tmp_path):
        server = seeded(start, tmp_path, "\n".join(self.LINES) + "\n")
        client = clients.connect(server)
        assert MESH.describe(client, meshName="m")["metadata"]["version"] == 2
        assert NODE.describe(client, meshName="m", virtualNodeName="n")["spec"] == kinds.node_spec()
        far = clients.connect(server, "000000000009", "eu-west-1")
        assert MESH.describe(far, meshName="far")["meshName"] == "far"
        arn = "arn:aws:appmesh:us-west-2:123456789012:mesh/m"
        assert client.list_tags_for_resource(resourceArn=arn)["tags"] == [
            {"key": "a", "value": "1"}
        ]

    def test_a_state_document(self, start, tmp_path, server, control):
        fill(server)
        document = control.get("/_emulator/state").body.decode()
        there = wire.Connection(seeded(start, tmp_path, document))
        assert there.get("/_emulator/state").body.decode() == document

    def test_only_an_empty_store_is_seeded(self, start, tmp_path):
        store = tmp_path / "store"
        text = "\n".join(self.LINES)
        path = tmp_path / "seed"
        path.write_text(text)
        first = start("--seed", path, data=store)
        MESH.create(clients.connect(first), meshName="own")
        first.check_clean_end()
        second = start("--seed", path, data=store)
        assert len(MESH.list(clients.connect(second))["meshes"]) == 2
        assert "seed" in second.errors()

    @pytest.mark.parametrize(
        "bad, said",
        [
            ("{", ""),
            ("[]", ""),
            (line("CreateMesh"), "meshName"),
            (line("MakeMesh", meshName="x"), "MakeMesh"),
            (line("CreateMesh", {"account": 123456789012}, meshName="x"), "account"),
            (line("CreateMesh", {"region": ["eu-west-1"]}, meshName="x"), "region"),
            (line("CreateMesh", {"service": {}}, meshName="x"), "service"),
            (line("CreateMesh", meshName="m"), "Mesh with name m already exists"),
            (
                line(
                    "CreateRoute",
                    meshName="m",
                    virtualRouterName="gone",
                    routeName="r",
                    spec=kinds.http_route(),
                ),
                "gone",
            ),
        ],
        ids=range(9),
    )
    def test_a_line_that_fails_keeps_nothing(self, start, tmp_path, bad, said):
        path = tmp_path / "seed"
        path.write_text("\n".join([*self.LINES, bad, self.LINES[0]]))
        store = tmp_path / "store"
        answer = run("serve", "--listen", "127.0.0.1:0", "--data", store, "--seed", path)
        assert (answer.returncode, answer.stdout) == (1, "")
        last = answer.stderr.splitlines()[-1]
        assert last.startswith("appmesh-emulator: ") and "5" in last and said in last
        server = start(data=store)
        assert wire.Connection(server).get("/_emulator/state").json == {"format": 1, "accounts": {}}

    @pytest.mark.parametrize(
        "text, said",
        [
            (
                '{\n "format": 1,\n "accounts": {\n  "1" {}\n }\n}\n',
                "line 4, column 7: expected ':'",
            ),
            ('\n\n{"format": 1,\n', "line 4, column 1: expected a member name"),
            ('{"format":1,"accounts":{"1"}}', "line 1, column 28: expected ':'"),
            ('{"format":1,"accounts":{}} x', "line 1, column 28: text after the value"),
            ('{\n "accounts": {}\n}\n', "format: must be 1"),
            ('{\n "format": 1,\n "accounts": {"1": {}}\n}\n', "accounts.1: must be an object"),
            ('{"operation":"CreateMesh","input":{\n', "line 1: 35: expected a member name"),
            ('{"input":{"meshName":"m"}}\n{}\n', "line 1: operation: must be a string"),
        ],
        ids=range(8),
    )
    def test_a_broken_file_says_where(self, tmp_path, text, said):
        path = tmp_path / "seed"
        path.write_text(text)
        answer = run("serve", "--memory", "--listen", "127.0.0.1:0", "--seed", path)
        assert (answer.returncode, answer.stdout) == (1, "")
        assert f"{path}: {said}" in answer.stderr and answer.stderr.count("\n") == 1

    @pytest.mark.parametrize("text", ["", "\n \n"])
    def test_a_file_without_requests_is_no_mistake(self, start, tmp_path, text):
        seeded(start, tmp_path, text)

    def test_a_file_that_is_not_there(self, tmp_path):
        answer = run("serve", "--memory", "--listen", "127.0.0.1:0", "--seed", tmp_path / "gone")
        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr.startswith("appmesh-emulator: ")


def test_state_is_whole_while_others_write(server, control):
    """Each document read is one moment: a route is never there without its node."""
    client = clients.connect(server)
    kinds.build(client, MESH)
    kinds.ROUTER.create(client)
    stop = threading.Event()

    def write():
        while not stop.is_set():
            NODE.create(client)
            kinds.ROUTE.create(client)
            kinds.ROUTE.delete(client)
            NODE.delete(client)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(100):
            region = state(control)["accounts"]["123456789012"]["us-west-2"]
            assert len(region.get("routes", [])) <= len(region.get("virtualNodes", []))
    finally:
        stop.set()
        writer.join()
