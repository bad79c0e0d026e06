# SPDX-License-Identifier: Apache-2.0
"""./fixtures/workshop/run: real Envoys and traffic. The program looks at what each chapter promises
and fails where it is not so; here it is run as a person would, and what it leaves is looked for."""

import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys

import pytest

import proxy
from emulator import BINARY, ROOT

WORKSHOP = ROOT / "fixtures" / "workshop"
sys.path.insert(0, str(WORKSHOP))
import namespaces  # noqa: E402
import processes  # noqa: E402
import tape  # noqa: E402

pytestmark = pytest.mark.client_bound

PATIENCE_S = 600
LAST_LINES = 20  # of a play that failed
PR_SET_CHILD_SUBREAPER = 36
MODES = {"namespaces": [], "loopback": ["--loopback"]}


def steps(kind):
    chapters = map(tape.steps, tape.CHAPTERS)
    return sum(kind in step for chapter in chapters for step in chapter)


def traces(folder):
    """What is left on the machine of a run whose temporary files are in the folder."""
    spaces = pathlib.Path("/run/netns")
    mounts = pathlib.Path("/proc/mounts").read_text().splitlines()
    return [
        *folder.iterdir(),
        *(path for path in (spaces / "vpc", spaces / "frontend") if path.exists()),
        *(line for line in mounts if "workshop" in line),
    ]


def children():
    """Also those that have become ours because the one that started them is gone."""
    tasks = pathlib.Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in tasks for pid in path.read_text().split()}


def has_ended(pid):
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG) is not None


@pytest.fixture(params=MODES)
def workshop(request, tmp_path):
    """Starts the program; afterwards nothing of it may be there."""
    if proxy.why_not():
        pytest.skip(proxy.why_not())
    envoy = str(next(iter(proxy.binaries().values())))
    if request.param == "namespaces" and namespaces.missing():
        pytest.skip(f"no network namespaces: {namespaces.missing()}")
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    others, started = children(), []

    def start(*arguments):
        started.append(
            subprocess.Popen(
                [sys.executable, WORKSHOP / "run", *MODES[request.param], *arguments],
                env={**os.environ, "EMULATOR": BINARY, "ENVOY": envoy, "TMPDIR": str(tmp_path)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )
        )  # fmt: skip
        return started[-1]

    yield start
    for process in started:
        process.stdout.close()
    for pid in children() - others:
        processes.wait_until(lambda: has_ended(pid), f"process {pid} to end", patience_s=5)
    assert traces(tmp_path) == []


def read_until(process, text):
    """The lines up to the one that holds the text."""
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if text in line:
            return lines
    raise AssertionError(f"never said {text}\n{ending(lines)}")


def ending(lines):
    """Reports are cut, so the reason goes before what led to it."""
    reason = [line for line in lines if line.startswith("run: ")]
    return "\n".join([*reason, *lines[-LAST_LINES:]])


def test_every_chapter_keeps_its_promises(workshop):
    process = workshop("--no-pause")
    lines = process.communicate(timeout=PATIENCE_S)[0].splitlines()
    assert process.returncode == 0, ending(lines)
    end = f"{steps('operation')} calls, {steps('look')} looks: all as promised."
    assert lines[-1] == end


def test_who_keeps_it_may_look_around(workshop):
    """All that it tells can be typed into a shell."""
    process = workshop("--no-pause", "--chapter", "10", "--keep")
    lines = read_until(process, "logs: ")
    told = dict(line.split(": ", 1) for line in lines if re.match(r"[\w.]+: ", line))
    inside = told.get("inside", "bash")
    commands = [
        *(line for line in lines if line.startswith("export ")),
        "aws appmesh list-virtual-gateways --mesh-name appmesh-workshop",
        f"curl -sf {told['frontend.elb.local']} {told['gateway']}eks/",
        f"{inside} -c 'ls {told['logs']}'",
    ]
    shell = ["bash", "-c", "\n".join(["set -e", *commands])]
    variables = {**os.environ, "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"}
    shown = subprocess.run(shell, env=variables, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    for sight in ("ingress-gw", "Frontend: Hello!", "Node.js backend", "frontend-envoy.log"):
        assert sight in shown.stdout
    lines = process.communicate("\n", timeout=PATIENCE_S)[0].splitlines()
    assert process.returncode == 0, ending(lines)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_one_leaves_nothing(workshop, number):
    process = workshop("--no-pause")
    read_until(process, "Chapter 2")
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1


@pytest.mark.parametrize("workshop", ["namespaces"], indirect=True)
def test_a_killed_one_leaves_nothing(workshop):
    """All of it is in its mount namespace, and its processes go with it."""
    process = workshop("--no-pause")
    read_until(process, "Chapter 2")
    process.kill()
    process.communicate(timeout=PATIENCE_S)


TASKS_COME_AND_GO = """
import types
import namespaces, processes

net = namespaces.Namespaces()
tasks = [types.SimpleNamespace(name=f"task-{n}", address=f"10.0.100.{n}") for n in range(1, 17)]

def links():
    cards = (namespaces.HUB, "br0"), (tasks[0].name, "eth0")
    return [processes.run("ip", "-netns", space, "link", "show", card, "up").split("link/ether")[1]
            for space, card in cards]

net.add(tasks[0])
before = links()
for task in tasks[1:]:
    net.add(task)
net.remove(tasks[0])
net.add(tasks[0])
assert links() == before, (links(), before)
"""


@pytest.mark.skipif(bool(namespaces.missing()), reason=f"{namespaces.missing()}")
def test_machines_keep_their_link_addresses():
    """Or those that know the old ones lose their packets until they ask again."""
    python = ["unshare", "--mount", sys.executable, "-c", TASKS_COME_AND_GO]
    ended = subprocess.run(python, cwd=WORKSHOP, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_help():
    shown = subprocess.run([WORKSHOP / "run", "--help"], capture_output=True, text=True)
    assert shown.returncode == 0
    assert all(
        option in shown.stdout for option in ("--chapter", "--no-pause", "--keep", "--fetch")
    )
