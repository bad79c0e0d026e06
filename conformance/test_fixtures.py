# SPDX-License-Identifier: Apache-2.0
"""fixtures/envoy and fixtures/walkthroughs against the running program: their states are what the
API lets in, but for the one that is named so, and their proxies get what is written there."""

import json
import urllib.parse

import pytest

import wire
from emulator import ROOT

STATES = sorted(ROOT.glob("fixtures/envoy/*/state.json"))
ALL = STATES + sorted(ROOT.glob("fixtures/walkthroughs/*/state.json"))


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.parent.name)
def test_a_state_is_let_in_unless_it_is_the_refused_one(start, path):
    connection = wire.Connection(start())
    reply = connection.request("PUT", "/_emulator/state", path.read_bytes())
    assert reply.status == (400 if path.parent.name == "refused" else 200), reply.json


def proxies_of(path):
    for file in sorted(path.parent.glob("*.json")):
        if file != path:
            yield file.stem, json.loads(file.read_text())


def without_secrets(resources):
    """Which certificates there are depends on the program's options, not on the mesh."""
    return {kind: held for kind, held in resources.items() if kind != "SDS"}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.parent.name)
def test_a_proxy_is_served_what_its_fixture_holds(start, path):
    connection = wire.Connection(start("--xds", "127.0.0.1:0"))
    if connection.request("PUT", "/_emulator/state", path.read_bytes()).status != 200:
        assert path.parent.name == "refused"
        return
    for name, proxy in proxies_of(path):
        query = urllib.parse.urlencode({"node": proxy["node"], **proxy.get("metadata", {})})
        reply = connection.get(f"/_emulator/config?{query}")
        assert (reply.status == 200) == ("resources" in proxy), (name, reply.body)
        if reply.status == 200:
            assert without_secrets(reply.json) == without_secrets(proxy["resources"]), name


def test_there_are_some():
    assert len(STATES) > 10
