# SPDX-License-Identifier: Apache-2.0
"""A disk that fails: for each request of a fixed run, the Nth call of each kind, for all N."""

import errno
import pathlib
import random
import time

import disk
import pytest
from conftest import SEED
from emulator import PATIENCE_S, run
from wire import PREFIX, Connection
from workload import Client, Count, check, read_content

MESH = PREFIX + "/meshes/m"
PORT = {"portMapping": {"port": 80, "protocol": "http"}}
BACKENDS = [{"virtualService": {"virtualServiceName": f"b{i}." + "x" * 200}} for i in range(50)]
NODE = {"listeners": [PORT], "serviceDiscovery": {"dns": {"hostname": "n.local"}}}
LARGE_NODE = {**NODE, "backends": BACKENDS}  # three pages
TARGETS = {"weightedTargets": [{"virtualNode": "n", "weight": 1}]}
ROUTE = {"httpRoute": {"match": {"prefix": "/"}, "action": TARGETS}}
ARN = "arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/n"
STATE = {
    "format": 1,
    "accounts": {
        "123456789012": {
            "us-west-2": {
                "meshes": [{"meshName": "m", "spec": {}}],
                "virtualNodes": [
                    {"meshName": "m", "virtualNodeName": f"n{i}", "spec": LARGE_NODE}
                    for i in range(20)
                ],
            }
        }
    },
}
RUN = (
    ("PUT", PREFIX + "/meshes", {"meshName": "m"}),
    ("PUT", MESH + "/virtualNodes", {"virtualNodeName": "n", "spec": NODE}),
    ("PUT", MESH + "/virtualRouters", {"virtualRouterName": "r", "spec": {"listeners": [PORT]}}),
    ("PUT", MESH + "/virtualRouter/r/routes", {"routeName": "q", "spec": ROUTE}),
    ("PUT", MESH + "/virtualNodes/n", {"spec": LARGE_NODE}),
    ("PUT", f"{PREFIX}/tag?resourceArn={ARN}", {"tags": [{"key": "k", "value": "v"}]}),
    ("DELETE", MESH + "/virtualRouter/r/routes/q", None),
    ("PUT", "/_emulator/state", STATE),
    ("POST", "/_emulator/reset", None),
)
FAULTS = {
    "enospc": {"error": errno.ENOSPC},
    "eio": {"error": errno.EIO},
    "lasting": {"error": errno.ENOSPC, "is_lasting": True},
    "short": {"error": errno.EIO, "is_short": True},
}
CASES = [
    (call, fault) for call in disk.CALLS for fault in FAULTS if (call, fault) != ("sync", "short")
]


class Bench:
    """A server on a disk that can fail, started anew whenever it gives up."""

    def __init__(self, start, folder, durability):
        self._arguments = ("--durability", durability)
        self.data = folder
        self.control = disk.Control(folder / "control")
        self._environment = disk.environment(folder, control=self.control.path)
        self._start = start
        self.begin()

    def begin(self):
        self.server = self._start(*self._arguments, data=self.data, env=self._environment)
        self.connection = Connection(self.server)

    def state(self):
        answer = self.connection.get("/_emulator/state")
        assert answer.status == 200, answer.body
        return answer.json

    def check_it_gave_up(self):
        """One line, exit code 1."""
        assert self.server.process.wait(PATIENCE_S) == 1
        lines = [line for line in self.server.errors().splitlines() if "level=" not in line]
        assert lines == [
            "appmesh-emulator: the store could not be written and is closed; start again to open "
            "its last commit"
        ]


def check_refused(target, answer):
    assert answer.status == 503, answer.body
    assert answer.json["message"]
    if target.startswith(PREFIX):  # the control API has no AWS names
        assert answer.code == "ServiceUnavailableException"


def fail_until_none_is_left(bench, call, fault, request):
    """Sends the request with its 1st, 2nd, ... call failing, until it needs no more; how many."""
    for nth in range(1, 1000):
        before = bench.state()
        bench.control.fail(call, nth, **FAULTS[fault])
        answer = bench.connection.request(*request)
        if not bench.control.get("failed"):
            assert answer.status == 200, answer.body
            return nth - 1
        check_refused(request[1], answer)
        if call == "pwrite_meta":
            bench.check_it_gave_up()
            bench.control.be_sound()
            bench.begin()
        assert bench.state() == before, f"call {nth} left something behind"
        bench.control.be_sound()
    raise AssertionError("the request never succeeds")


@pytest.mark.parametrize("durability", ["power", "process"])
@pytest.mark.parametrize("call, fault", CASES)
def test_a_failing_call_is_a_503_and_changes_nothing(start, tmp_path, durability, call, fault):
    bench = Bench(start, tmp_path, durability)
    failures = sum(fail_until_none_is_left(bench, call, fault, request) for request in RUN)
    bench.control.be_sound()
    is_used = (durability, call) != ("process", "sync")  # its syncs are no request's
    assert (failures > 0) == is_used


def test_a_second_signal_ends_the_last_sync(start, tmp_path):
    bench = Bench(start, tmp_path, "process")
    process = bench.server.process
    threads = pathlib.Path(f"/proc/{process.pid}/task")
    before, deadline = len(list(threads.iterdir())), time.monotonic() + PATIENCE_S
    with bench.control.holding_syncs():
        assert bench.connection.request(*RUN[0]).status == 200
        process.terminate()
        bench.control.wait_until_held()
        while len(list(threads.iterdir())) == before:  # the xDS thread ends with its loop
            assert time.monotonic() < deadline
            time.sleep(0.001)
        process.terminate()
        assert process.wait(PATIENCE_S) == 1


def test_faults_under_load_lose_nothing(start, tmp_path):
    bench = Bench(start, tmp_path, "power")
    chance = random.Random(f"{SEED}-load")
    clients = [Client(i, SEED, may_fail=True) for i in range(8)]
    answers = [Count(20 * i) for i in range(1, 30)]
    for client in clients:
        client.begin(bench.server, lambda: [count() for count in answers])
    for i, count in enumerate(answers):
        if i % 2:
            bench.control.be_sound()
        else:
            call = chance.choice(("pwrite", "writev", "sync"))
            fault = chance.choice(("enospc", "eio", "lasting"))
            bench.control.fail(call, chance.randint(1, 3), **FAULTS[fault])
        count.wait()
    bench.control.be_sound()
    for client in clients:
        client.end()
        client.join()
    assert sum(client.refused for client in clients) > 0
    assert not any(client.pending for client in clients), "a connection was dropped"
    for restart in (False, True):
        if restart:
            bench.server.kill()
            bench.begin()
        lost = check(clients, read_content(bench.server))
        assert not lost, "\n".join(lost)


def test_a_store_that_dies_under_load_loses_nothing(start, tmp_path):
    bench = Bench(start, tmp_path, "power")
    clients = [Client(i, SEED, may_fail=True) for i in range(8)]
    count = Count(100)
    for client in clients:
        client.begin(bench.server, count)
    count.wait()
    bench.control.fail("pwrite_meta", 1, errno.EIO)
    bench.check_it_gave_up()
    for client in clients:
        client.join()
    assert sum(client.refused for client in clients) > 0
    bench.control.be_sound()
    bench.begin()
    lost = check(clients, read_content(bench.server))
    assert not lost, "\n".join(lost)


@pytest.mark.parametrize("call", ["pwrite_meta", "writev", "sync"])
def test_a_disk_that_fails_at_the_start_is_one_line(start, tmp_path, call):
    control = disk.Control(tmp_path / "control")

    def place(name):
        data = tmp_path / name
        return data, disk.environment(data, control=control.path)

    data, environment = place("sound")
    control.fail(call, 1000, errno.EIO)
    start(data=data, env=environment).check_clean_end()
    calls = control.get("seen")
    assert calls > 0
    for nth in range(1, calls + 1):
        data, environment = place(f"failing-{nth}")
        control.fail(call, nth, errno.EIO)
        ended = run("--data", data, "--listen", "127.0.0.1:0", env=environment)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert ended.stderr.startswith("appmesh-emulator: ") and ended.stderr.count("\n") == 1
        control.be_sound()
        start(data=data, env=environment).check_clean_end()


def test_a_full_map_is_a_503_and_the_rest_goes_on(start, tmp_path):
    server = start("--map-size", 1 << 20, data=tmp_path)
    connection = Connection(server)
    assert connection.put(PREFIX + "/meshes", {"meshName": "m"}).status == 200
    nodes = {}

    def make_node(name):
        body = {"virtualNodeName": name, "spec": LARGE_NODE}
        return connection.put(MESH + "/virtualNodes", body)

    while (answer := make_node(f"n{len(nodes):03}")).status == 200:
        nodes[answer.json["virtualNodeName"]] = answer.json
    assert answer.refusal[:2] == (503, "ServiceUnavailableException")
    found = read_content(server).documents
    assert [d for d in found.values() if "virtualNodeName" in d] == [*nodes.values()]
    page = connection.get(MESH + "/virtualNodes?limit=100").json["virtualNodes"]
    assert [node["virtualNodeName"] for node in page] == [*nodes]
    assert connection.request("DELETE", MESH + "/virtualNodes/n000").status == 200
    assert make_node("another").status == 200
    server.check_clean_end()
    server = start("--map-size", 2 << 20, data=tmp_path)
    connection = Connection(server)
    assert make_node("more").status == 200
