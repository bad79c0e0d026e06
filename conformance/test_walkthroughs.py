# SPDX-License-Identifier: Apache-2.0
"""fixtures/walkthroughs: each one's requests are a seed, and lead to its state. What the proxies get
of it is tests/test_translate's to check.

`ACCEPT=1 pytest test_walkthroughs.py` rewrites the states."""

import json
import os
import sys

import pytest

import wire
from emulator import ROOT

sys.path.insert(0, str(ROOT / "fixtures" / "workshop"))
import tape  # noqa: E402

WALKTHROUGHS = sorted(path.parent for path in ROOT.glob("fixtures/walkthroughs/*/requests.jsonl"))


@pytest.mark.parametrize("folder", WALKTHROUGHS, ids=lambda folder: folder.name)
def test_requests_lead_to_the_state(start, folder):
    server = start("--seed", folder / "requests.jsonl")
    state = tape.stable(wire.Connection(server).get("/_emulator/state").json)
    path = folder / "state.json"
    if os.environ.get("ACCEPT"):
        path.write_text(json.dumps(state, indent=1) + "\n")
    assert state == json.loads(path.read_text())


def test_there_are_some():
    assert len(WALKTHROUGHS) > 15
