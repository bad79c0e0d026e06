# SPDX-License-Identifier: Apache-2.0
"""The API by itself."""

import json
import shutil
import statistics
import subprocess
import sys

from documents import MARK, NODES, node_spec, state_of
from measuring import SLICE_MS
from servers import SIGNED, Bare, Emulator, Moto


def describe(bench):
    body = bench.body(2048)
    with Emulator(bench) as ours:
        bench.load(ours.port, "PUT", NODES, 1, count=10, body=body)
        target = NODES + "/n00000000"
        with Bare(bench, ours.call("GET", target)) as bare:

            def rate(server):
                return lambda: bench.load(server.port, "GET", target, 16)["rate"]

            ratio, a, b = bench.in_turns(rate(ours), rate(bare))
            bench.at_least(
                "DescribeVirtualNode (2 KB), 16 connections, of bare libmicrohttpd",
                0.9, ratio, detail=f"{a:.0f}/s of {b:.0f}/s",
            )  # fmt: skip
        moto_server = find_moto(bench)
        if not moto_server:
            print(
                "    moto_server is not installed (--moto installs it in build/bench)",
                file=sys.stderr,
            )
            return
        with Moto(moto_server, body.read_text()) as moto:

            def slow():
                return bench.load(
                    moto.port, "GET", target, 16, ms=2 * SLICE_MS, header="Authorization: " + SIGNED
                )["rate"]

            ratio, a, b = bench.in_turns(rate(ours), slow)
            bench.at_least(
                "the same, against moto_server", 150, ratio, 0, f"{a:.0f}/s against {b:.0f}/s"
            )


def find_moto(bench):
    if bench.moto:
        venv = bench.scratch / "venv"
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([venv / "bin/pip", "install", "-q", "moto[server]"], check=True)
        return venv / "bin/moto_server"
    return shutil.which("moto_server")


def create(bench):
    body, size = bench.body(1024), 1300  # what is stored of it

    def raw():
        return bench.raw_commits(size)["rate"]

    with Emulator(bench) as ours:

        def rate(connections):
            ours.empty()
            return bench.load(ours.port, "PUT", NODES, connections, body=body)["rate"]

        ratio, a, b = bench.in_turns(lambda: rate(1), raw)
        bench.at_least(
            "CreateVirtualNode, `power`, one client, of raw LMDB's synced commits",
            0.65, ratio, detail=f"{a:.0f}/s of {b:.0f}/s",
        )  # fmt: skip
        ratio, a, b = bench.in_turns(lambda: rate(32), raw)
        bench.at_least("the same with 32 clients", 3.5, ratio, 1, f"{a:.0f}/s of {b:.0f}/s")
    with Emulator(bench, "--durability", "process") as ours:
        bench.load(ours.port, "PUT", NODES, 1, count=1, body=body)
        with Bare(bench, ours.call("GET", NODES + "/n00000000")) as bare:
            ratio, a, b = bench.in_turns(
                lambda: rate(32), lambda: bench.load(bare.port, "GET", NODES, 32)["rate"]
            )
            bench.at_least(
                "CreateVirtualNode, `process`, 32 clients, of bare libmicrohttpd",
                0.25, ratio, detail=f"{a:.0f}/s of {b:.0f}/s",
            )  # fmt: skip


def start(bench):
    empty, full = bench.directory("empty"), bench.directory("full")
    with Emulator(bench, data=empty, with_mesh=False):
        pass
    with Emulator(bench, data=full, with_mesh=False) as ours:
        ours.call("PUT", "/_emulator/state", state_of(10000, node_spec(1024)))
    for name, most, prepare in (
        ("existing empty store", 4, lambda: empty),
        ("brand-new store", 6, lambda: bench.directory("new") / "data"),
        ("10,000 resources", 5, lambda: full),
    ):
        took, least = bench.ready_ms(prepare)
        bench.at_most(
            f"exec to ready, {name}, median", most, took, " ms", 1, f"the least {least:.1f} ms"
        )


def memory(bench):
    with Emulator(bench) as ours:
        idle = ours.memory_kb("VmRSS") / 1024
        bench.at_most("resident memory, idle", 8, idle, " MB", 1)
        bench.load(ours.port, "PUT", NODES, 32, count=10000, body=bench.body(1024), ms=600000)
        loaded = ours.memory_kb("RssAnon") / 1024
        bench.at_most("anonymous part after creating 10,000 nodes of 1 KB", 10, loaded, " MB", 1)


def reads_during_writes(bench):
    body = bench.body(1024)
    waits, commits = [], []
    with Emulator(bench) as ours:
        for _ in range(bench.rounds):
            ours.empty()
            bench.load(ours.port, "PUT", NODES, 1, count=1, body=body)
            commits.append(bench.raw_commits(1300))
            writers = subprocess.Popen(
                bench.load_command(
                    ours.port, "PUT", NODES, 32, ms=3 * SLICE_MS, first=1, body=body
                ),
                stdout=subprocess.DEVNULL,
            )
            reads = bench.load(ours.port, "GET", NODES + "/n00000000", 1, ms=2 * SLICE_MS)
            waits.append(reads["p99_us"] / 1e3)
            writers.wait()
    bounds = [commit["p99_us"] / 1e3 + 1 for commit in commits]
    ratio = statistics.median(wait / bound for wait, bound in zip(waits, bounds))
    wait, bound = statistics.median(waits), statistics.median(bounds)
    middle = statistics.median(commit["p50_us"] for commit in commits) / 1e3
    bench.at_most(
        "Describe's p99 while 32 clients write with `power`, of a synced commit's p99 + 1 ms",
        1, ratio,
        detail=f"{wait:.2f} ms of {bound:.2f} ms; the median commit takes {middle:.2f} ms",
    )  # fmt: skip


def last_page_token(ours):
    """The token of the last page of 100: walks the list there."""
    token, target = None, NODES + "?limit=100"
    while True:
        page = json.loads(ours.call("GET", target))
        if "nextToken" not in page:
            return token
        token = page["nextToken"]
        target = f"{NODES}?limit=100&nextToken={token}"


def lists(bench):
    with Emulator(bench) as small, Emulator(bench) as large:
        small.call("PUT", "/_emulator/state", state_of(100, node_spec(1024)))
        large.call("PUT", "/_emulator/state", state_of(100000, node_spec(1024)))
        last = f"{NODES}?limit=100&nextToken={last_page_token(large)}"

        def took(port, target):
            return lambda: bench.load(port, "GET", target, 1)["p50_us"]

        ratio, a, b = bench.in_turns(took(large.port, last), took(small.port, NODES))
        bench.at_most(
            "ListVirtualNodes, last page of 100,000 against the only page of 100",
            1.5, ratio, detail=f"{a:.0f} us against {b:.0f} us",
        )  # fmt: skip


def many(bench):
    spec = {"logging": {"accessLog": {"file": {"path": "/dev/stdout"}}}}
    with Emulator(bench) as small, Emulator(bench) as large:
        small.call("PUT", "/_emulator/state", state_of(100, spec))
        large.call("PUT", "/_emulator/state", state_of(1000000, spec))
        print(f"    put of 1,000,000: {large.took_ms / 1e3:.1f} s", file=sys.stderr)

        def took(port, among):
            return lambda: bench.load(port, "GET", f"{NODES}/n{MARK}", 1, among=among)["p50_us"]

        ratio, a, b = bench.in_turns(took(large.port, 1000000), took(small.port, 100))
        bench.at_most(
            "DescribeVirtualNode among 1,000,000 resources against among 100",
            1.5, ratio, detail=f"{a:.0f} us against {b:.0f} us",
        )  # fmt: skip


def whole_state(bench):
    document = state_of(10000, node_spec(1024))
    resets, puts = [], []
    with Emulator(bench) as ours:
        for _ in range(bench.rounds):
            ours.call("PUT", "/_emulator/state", document)
            puts.append(ours.took_ms)
            ours.call("POST", "/_emulator/reset")
            resets.append(ours.took_ms)
    for name, most, times in (("reset", 50, resets), ("state put", 500, puts)):
        took = statistics.median(times)
        bench.at_most(f"{name} with 10,000 resources", most, took, " ms", 0)


MEASURES = (describe, create, start, memory, reads_during_writes, lists, many, whole_state)
