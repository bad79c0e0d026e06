# SPDX-License-Identifier: Apache-2.0
"""What Envoys see of changes, all with `--durability process`."""

import contextlib
import http.client
import json
import os
import statistics
import sys
import time

from documents import MARK, MESH, REGISTER, REGISTRATION, change_of, shop_of, town_of
from measuring import SLICE_MS, TOP
from servers import Emulator, Envoys

STREAMS, FEW = 1000, 10
OF_FEW, OF_ALL = change_of(f"s{FEW:08}", f"n{FEW:08}"), change_of("all")


@contextlib.contextmanager
def serving(bench, document):
    with Emulator(bench, "--durability", "process", xds="127.0.0.1:0", with_mesh=False) as ours:
        ours.call("PUT", "/_emulator/state", document)
        yield ours


# ---- many streams ----


def connect(bench):
    """All at once, again and again: the last that leaves takes the parsed mesh along."""
    synced, memory = [], []
    with serving(bench, town_of(2000)) as ours:
        for _ in range(bench.rounds):
            with Envoys(bench, ours, STREAMS) as envoys:
                synced.append(envoys.synced["synced_us"] / 1e3)
                envoys.change(OF_ALL, 1, STREAMS)
                memory.append(ours.memory_kb("RssAnon") / 1024)
    bench.at_most(
        "1,000 streams at once, connect to fully synced",
        430, statistics.median(synced), " ms", 0,
        f"{envoys.synced['messages']} messages, {envoys.synced['bytes'] / 1e6:.1f} MB",
    )  # fmt: skip
    bench.at_most(
        "anonymous memory then, the mesh of 2,000 nodes parsed, after a push to all",
        50, max(memory), " MB", 1,
    )  # fmt: skip


def push(bench):
    with serving(bench, town_of(2000)) as ours:
        for manner, options in (("", ()), (", delta", ("-d",))):
            with Envoys(bench, ours, STREAMS, *options) as envoys:
                push_with(bench, envoys, manner)


def push_with(bench, envoys, manner):
    few = envoys.change(OF_FEW, 4 * bench.rounds, FEW)
    bench.at_most(
        f"a route that 10 of them use is changed{manner}: request sent to last received",
        1.5, few["last_us"] / 1e3, " ms", detail=f"answered after {few['answer_us']:.0f} us",
    )  # fmt: skip
    bench.at_most(f"bytes sent to the other 990{manner}", 0, few["other_bytes"], digits=0)
    whole = envoys.change(OF_ALL, bench.rounds, STREAMS)
    bench.at_most(
        f"a route that all 1,000 use is changed{manner}: request sent to last received",
        45, whole["last_us"] / 1e3, " ms", 1,
        f"{whole['bytes'] / bench.rounds / 1e6:.1f} MB, {whole['cpu_us'] / STREAMS:.0f} us of CPU "
        "a stream",
    )  # fmt: skip


def large_mesh(bench):
    with contextlib.ExitStack() as stack:

        def took_in(count):
            ours = stack.enter_context(serving(bench, town_of(count)))
            envoys = stack.enter_context(Envoys(bench, ours, STREAMS))
            return lambda: envoys.change(OF_FEW, bench.rounds, FEW)["last_us"]

        ratio, a, b = bench.in_turns(took_in(20000), took_in(2000))
        bench.at_most(
            "a route that 10 use is changed, in a mesh of 20,000 nodes against 2,000",
            1.5, ratio, detail=f"{a:.0f} us against {b:.0f} us",
        )  # fmt: skip


def describe_during_push(bench):
    with serving(bench, town_of(2000)) as ours, Envoys(bench, ours, STREAMS) as envoys:

        def p99():
            return bench.load(ours.port, "GET", f"{MESH}/m", 1)["p99_us"]

        one_ms = envoys.change(OF_ALL, bench.rounds, STREAMS)["last_us"] / 1e3

        def p99_during_pushes():
            envoys.begin(OF_ALL, int(2 * SLICE_MS / one_ms) + 1, STREAMS, quiet_ms=0)
            during = p99()
            if envoys.result()["took_us"] < SLICE_MS * 1e3:
                sys.exit("the pushes were over before the reads")
            return during

        ratio, a, b = bench.in_turns(p99_during_pushes, lambda: 2 * p99() + 1000)
        bench.at_most(
            "DescribeMesh's p99 during pushes to all, of twice the idle p99 + 1 ms",
            1, ratio, detail=f"{a:.0f} us of {b:.0f} us",
        )  # fmt: skip


def instances(bench):
    rounds = 4 * bench.rounds
    with contextlib.ExitStack() as stack:
        last = {}

        def took_with(count):
            ours = stack.enter_context(serving(bench, shop_of(count)))
            envoys = stack.enter_context(
                Envoys(bench, ours, 1, "-H", REGISTER, node="mesh/m/virtualNode/front")
            )

            def took():
                last[count] = envoys.change(REGISTRATION, rounds, 1, quiet_ms=20)
                return last[count]["answer_us"]

            return took

        ratio, a, b = bench.in_turns(took_with(10000), took_with(100))
    received = " and ".join(f"{sums['last_us'] / 1e3:.1f} ms" for sums in last.values())
    bench.at_most(
        "RegisterInstance in a service of 10,000 instances against 100",
        2, ratio, detail=f"{a:.0f} us against {b:.0f} us; received after {received}",
    )  # fmt: skip
    sent = {kind: last[10000][kind] / rounds for kind in ("CDS", "EDS", "LDS", "RDS")}
    bench.row(
        "resources sent to a stream that uses it",
        "1 assignment",
        ", ".join(f"{count:g} {kind}" for kind, count in sent.items() if count),
        sent == {"CDS": 0, "EDS": 1, "LDS": 0, "RDS": 0},
    )


# ---- a real one ----

PATIENCE_S, REST_S = 10, 0.02


def taken_ms(bench, ours, kind, change, headers=None):
    """From the answer to the acknowledgement, after which the emulator is asked without a pause."""
    connection = http.client.HTTPConnection("127.0.0.1", ours.port)

    def ask(method, target, body=None, headers=None):
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        answer = response.read()
        if response.status != 200:
            sys.exit(f"{method} {target}: {answer!r}")
        return answer

    def acked():
        return json.loads(ask("GET", "/_emulator/proxies"))["proxies"][0]["types"][kind]["acked"]

    times = []
    for number in range(8 * bench.rounds):
        method, target, body = change
        before = acked()
        ask(method, target, body.replace(MARK, f"{number:08}"), headers)
        answered = time.perf_counter()
        while acked() == before:
            if time.perf_counter() > answered + PATIENCE_S:
                sys.exit(f"Envoy has not taken {kind}")
        times.append((time.perf_counter() - answered) * 1e3)
        time.sleep(REST_S)  # the next one finds both at rest
    return statistics.median(times)


def real_envoy(bench):
    os.environ["EMULATOR"] = str(bench.program)
    sys.path.append(str(TOP / "conformance"))
    import proxy

    if proxy.why_not():
        print(f"    {proxy.why_not()}", file=sys.stderr)
        return
    with serving(bench, shop_of(10)) as ours:
        address = proxy.new_address()
        config = proxy.bootstrap(
            ours, "mesh/m/virtualNode/front", "--admin", f"{address}:{proxy.ADMIN_PORT}",
            "--mode", "explicit-egress,direct-ingress", "--address", address,
        )  # fmt: skip
        with proxy.Envoy(config, address) as envoy:
            envoy.wait()
            route = taken_ms(bench, ours, "RDS", change_of("shop", "shop"))
            endpoint = taken_ms(bench, ours, "EDS", REGISTRATION, dict([REGISTER.split(": ")]))
    bench.at_most("UpdateRoute, answer to ACK by a real Envoy", 2.5, route, " ms")
    bench.at_most("RegisterInstance, answer to ACK by a real Envoy", 3, endpoint, " ms")


MEASURES = (connect, push, large_mesh, describe_during_push, instances, real_envoy)
