# SPDX-License-Identifier: Apache-2.0
"""The workshop (fixtures/workshop) played by the AWS CLI from the first chapter to the clean-up, the
state compared after each.

`ACCEPT=1 pytest test_workshop.py` rewrites the states."""

import json
import os
import sys

import awscli.clidriver
import pytest

import wire
from emulator import ROOT

sys.path.insert(0, str(ROOT / "fixtures" / "workshop"))
import caller  # noqa: E402
import tape  # noqa: E402


def calls(chapter):
    return [step for step in tape.steps(chapter) if "operation" in step]


def test_each_chapter_ends_in_its_state(server, control, monkeypatch):
    for name, value in caller.environment(server.url).items():
        monkeypatch.setenv(name, value)
    workshop = caller.Caller(caller.aws_module(awscli.clidriver.create_clidriver()))
    for chapter in tape.CHAPTERS:
        for step in calls(chapter):
            workshop.call(step)
        state = tape.stable(control.get("/_emulator/state").json)
        path = chapter / "state.json"
        if os.environ.get("ACCEPT"):
            path.write_text(json.dumps(state, indent=1) + "\n")
        assert state == json.loads(path.read_text()), chapter.name


@pytest.mark.parametrize("chapter", tape.CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_state_is_a_seed(start, chapter):
    """So a suite may start at any chapter, Cloud Map's part included."""
    seed = chapter / "state.json"
    state = wire.Connection(start("--seed", seed)).get("/_emulator/state").json
    assert tape.stable(state) == json.loads(seed.read_text())


def test_the_last_chapter_leaves_nothing():
    assert json.loads((tape.CHAPTERS[-1] / "state.json").read_text())["accounts"] == {}


def test_the_tape_says_what_it_is():
    """Every step is of one kind, and one that is compared says with what."""
    kinds = ("say", "operation", "do", "look")
    for chapter in tape.CHAPTERS:
        for step in tape.steps(chapter):
            assert sum(kind in step for kind in kinds) == 1, step
            assert ("query" in step) == ("is" in step), step
        assert any("say" in step for step in tape.steps(chapter)), chapter
