# SPDX-License-Identifier: Apache-2.0
"""fixtures/envoy: its states are what the API lets in, but for the one that is named so."""

import pytest

import wire
from emulator import ROOT

STATES = sorted(ROOT.glob("fixtures/envoy/*/state.json"))


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.parent.name)
def test_a_state_is_let_in_unless_it_is_the_refused_one(start, path):
    connection = wire.Connection(start())
    reply = connection.request("PUT", "/_emulator/state", path.read_bytes())
    assert reply.status == (400 if path.parent.name == "refused" else 200), reply.json


def test_there_are_some():
    assert len(STATES) > 10
