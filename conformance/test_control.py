# SPDX-License-Identifier: Apache-2.0
"""The control API: health, reset, metrics, and who may call it."""

import re

import pytest

import clients
import kinds
import wire
from emulator import run
from kinds import KINDS, MESH, NODE

RESOURCE_COUNTS = {k.member for k in KINDS} | {"namespace", "service", "instance"}


def health(control):
    return control.get("/_emulator/health").json


class TestHealth:
    def test_form(self, control):
        answer = health(control)
        assert answer["status"] == "ok"
        assert re.fullmatch(r"\d+\.\d+\.\d+.*", answer["version"])
        assert answer["version"] == run("version").stdout.split()[-1]
        assert isinstance(answer["uptime_ms"], int) and answer["proxies"] == 0
        assert answer["resources"] == dict.fromkeys(RESOURCE_COUNTS, 0)
        assert set(answer) == {"status", "version", "resources", "proxies", "uptime_ms"}

    def test_counts_are_over_all_accounts(self, server, control):
        for account, region in (
            ("1" * 12, "us-west-2"),
            ("2" * 12, "us-west-2"),
            ("2" * 12, "eu-west-1"),
        ):
            kinds.build(clients.connect(server, account, region))
        counts = health(control)["resources"]
        assert {k.member: counts[k.member] for k in KINDS} == {k.member: 3 for k in KINDS}
        kinds.tear_down(clients.connect(server, "1" * 12))
        assert health(control)["resources"]["route"] == 2

    def test_hidden_services_are_not_counted(self, server, control):
        client = clients.connect(server)
        MESH.create(client)
        NODE.create(
            client, spec={"backends": [{"virtualService": {"virtualServiceName": "later"}}]}
        )
        assert health(control)["resources"]["virtualService"] == 0

    def test_the_command_asks_it(self, server):
        assert run("health", "--url", server.url).returncode == 0
        assert run("health", "--url", "http://127.0.0.1:1").returncode == 1


class TestReset:
    @pytest.mark.parametrize("target", ["/_emulator/reset", "/moto-api/reset"])
    def test_everything_of_everybody_is_gone(self, server, control, target):
        accounts = [clients.connect(server, a) for a in ("1" * 12, "2" * 12)]
        for client in accounts:
            kinds.build(client)
            client.tag_resource(
                resourceArn=MESH.describe(client)["metadata"]["arn"],
                tags=[{"key": "a", "value": ""}],
            )
        answer = control.request("POST", target)
        assert (answer.status, answer.json) == (200, {"status": "ok"})
        assert control.get("/_emulator/state").json == {"format": 1, "accounts": {}}
        for client in accounts:
            kinds.build(client)
            assert NODE.describe(client)["metadata"]["version"] == 1
            arn = MESH.describe(client)["metadata"]["arn"]
            assert client.list_tags_for_resource(resourceArn=arn)["tags"] == []

    def test_create_tokens_are_forgotten(self, server, control):
        client = clients.connect(server)
        MESH.create(client, clientToken="one")
        control.request("POST", "/_emulator/reset")
        assert MESH.create(client, clientToken="one", spec={})["metadata"]["version"] == 1


SAMPLE = re.compile(r"([a-z_]+)(?:\{([^}]*)\})? (\S+)")


def metrics(control):
    answer = control.get("/_emulator/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for text in answer.body.decode().splitlines():
        if text and not text.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(text).groups()
            found[name, labels or ""] = float(value)
    return found


class TestMetrics:
    def test_requests_are_counted_by_operation_and_status(self, server, control):
        client = clients.connect(server)
        ok = ("appmesh_emulator_requests_total", 'operation="DescribeMesh",status="200"')
        bad = ("appmesh_emulator_requests_total", 'operation="DescribeMesh",status="404"')
        before = metrics(control)
        MESH.create(client)
        for _ in range(3):
            MESH.describe(client)
        clients.refusal(MESH.describe, client=client, meshName="gone")
        after = metrics(control)
        assert after[ok] - before.get(ok, 0) == 3
        assert after[bad] - before.get(bad, 0) == 1

    def test_resources_by_kind(self, server, control):
        kinds.build(clients.connect(server))
        found = metrics(control)
        for kind in KINDS:
            assert found["appmesh_emulator_resources", f'kind="{kind.member}"'] == 1

    @pytest.mark.parametrize("name", ["request_seconds", "commit_seconds"])
    def test_times(self, server, control, name):
        def total(found, suffix):
            full = f"appmesh_emulator_{name}_{suffix}"
            return sum(value for (one, _), value in found.items() if one == full)

        before = metrics(control)
        MESH.create(clients.connect(server))
        after = metrics(control)
        assert total(after, "count") > total(before, "count")
        assert total(after, "sum") >= total(before, "sum")

    def test_the_text_is_well_formed(self, control):
        text = control.get("/_emulator/metrics").body.decode()
        typed = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram|summary)$", text, re.M))
        for one in text.splitlines():
            if one and not one.startswith("#"):
                name = SAMPLE.fullmatch(one)[1]
                assert name in typed or re.sub("_(count|sum|bucket)$", "", name) in typed, one
        assert text.endswith("\n")


class TestGuards:
    """A web page must not reach the control API."""

    TARGETS = [
        ("GET", "/_emulator/health"),
        ("GET", "/_emulator/state"),
        ("PUT", "/_emulator/state"),
        ("POST", "/_emulator/reset"),
        ("POST", "/moto-api/reset"),
        ("GET", "/_emulator/metrics"),
        ("GET", "/_emulator/proxies"),
        ("GET", "/_emulator/config?node=mesh/shop/virtualNode/node"),
    ]

    @pytest.mark.parametrize("method, target", TARGETS)
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://localhost"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Host": "evil.example"},
            {"Host": "localhost.evil.example"},
            {"Host": "[::1].evil.example"},
            {"Host": "[::1"},
            {"Host": "127.0.0.1.evil.example:18080"},
        ],
        ids=lambda h: "-".join(next(iter(h.items()))).replace("/", ""),
    )
    def test_strangers_are_refused(self, server, control, method, target, headers):
        MESH.create(clients.connect(server))
        answer = control.request(method, target, headers=headers)
        assert answer.status == 403 and answer.json["message"]
        assert health(control)["resources"]["mesh"] == 1

    @pytest.mark.parametrize(
        "host",
        [
            "localhost",
            "localhost:18080",
            "LOCALHOST",
            "127.0.0.1",
            "10.1.2.3:80",
            "[::1]",
            "[::1]:18080",
            "[fe80::1]:1",
        ],
    )
    def test_the_machine_itself_is_welcome(self, control, host):
        assert control.get("/_emulator/health", headers={"Host": host}).status == 200

    def test_a_stranger_cannot_have_a_large_document_read(self, server, control):
        """Refused at its head, before what the owner may send is taken in."""
        headers = {"Origin": "http://a", "Content-Length": str(200 << 20)}
        assert control.request("PUT", "/_emulator/state", headers=headers).status == 413

    @pytest.mark.parametrize("site", ["same-origin", "none"])
    def test_what_no_page_sends_is_welcome(self, control, site):
        assert control.get("/_emulator/health", headers={"Sec-Fetch-Site": site}).status == 200

    def test_names_may_be_added(self, start):
        there = wire.Connection(start("--control-host", "emulator", "--control-host", "mesh.test"))
        for host, status in (("emulator:18080", 200), ("mesh.test", 200), ("other", 403)):
            assert there.get("/_emulator/health", headers={"Host": host}).status == status

    def test_any_name_may_be_allowed(self, start):
        there = wire.Connection(start("--control-host", "*"))
        assert there.get("/_emulator/health", headers={"Host": "anything.at.all"}).status == 200
        assert there.get("/_emulator/health", headers={"Origin": "http://a"}).status == 403

    @pytest.mark.parametrize(
        "method, target",
        [
            ("GET", "/_emulator"),
            ("GET", "/_emulator/"),
            ("GET", "/_emulator/nothing"),
            ("GET", "/_emulator/health/x"),
            ("GET", "/_emulator/%68ealthy"),
            ("POST", "/_emulator/health"),
            ("GET", "/_emulator/reset"),
            ("DELETE", "/_emulator/state"),
            ("GET", "/moto-api/reset"),
        ],
    )
    def test_unknown_paths_and_methods(self, control, method, target):
        answer = control.request(method, target)
        assert answer.status == 404
        assert set(answer.json) == {"message"}

    def test_the_api_has_no_such_guard(self, server):
        headers = {"Host": "appmesh.us-west-2.amazonaws.com", "Origin": "http://a"}
        assert wire.Connection(server).get("/v20190125/meshes", headers=headers).status == 200
