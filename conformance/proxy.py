# SPDX-License-Identifier: Apache-2.0
"""Real Envoys of a mesh: started on a bootstrap of the emulator, asked through their admin port.

`$ENVOY` is the one binary to use; otherwise tests/run has put those of VERSIONS into build/envoy."""

import functools
import http.client
import ipaddress
import itertools
import json
import os
import pathlib
import subprocess
import tempfile
import time

import pytest

import emulator
from emulator import ROOT

VERSIONS = ("1.40.0", "1.36.2")
ADMIN_PORT, EGRESS_PORT = 9901, 15001
PATIENCE_S = 30
PAUSE_S = 0.01

NETWORK_SIZE = 1024  # of 127.64.0.0/9, for each process
_hosts = itertools.count(8)  # after the virtual network


def _address(number):
    start = int(ipaddress.ip_address("127.64.0.0"))
    return str(ipaddress.ip_address(start + os.getpid() % 8192 * NETWORK_SIZE + number))


def new_address():
    """An address of this machine that nobody else uses: each proxy and server is a host of its own."""
    host = next(_hosts)
    assert host < NETWORK_SIZE
    return _address(host)


def virtual_network():
    """The first address of a network of this process, and the network."""
    return _address(1), f"{_address(0)}/29"


def until(condition, what="it"):
    """Asks until the answer is true; that answer."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: still {answer!r}"
        time.sleep(PAUSE_S)


def binaries():
    """{version: path} of those that are there, the newest first."""
    if os.environ.get("ENVOY"):
        return {"$ENVOY": pathlib.Path(os.environ["ENVOY"])}
    paths = {v: ROOT / "build/envoy" / v / "envoy/_bin/envoy" for v in VERSIONS}
    return {version: path for version, path in paths.items() if path.exists()}


@functools.cache
def why_not():
    """Why no Envoy can run here, or nothing."""
    if not binaries():
        return "no Envoy in $ENVOY or build/envoy (tests/run conformance installs it)"
    first = subprocess.run(
        [*binaries().values()][:1] + ["--version"], capture_output=True, text=True
    )
    return "" if first.returncode == 0 else f"Envoy does not start: {first.stderr}"


def bootstrap(server, node, *flags):
    done = emulator.run("bootstrap", "--node", node, "--xds", server.xds.split(",")[-1], *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_delta(config):
    """A bootstrap of ours whose Envoy speaks delta."""
    config["dynamic_resources"]["ads_config"]["api_type"] = "DELTA_GRPC"
    return config


both_protocols = pytest.mark.parametrize("change", [None, as_delta], ids=["sotw", "delta"])


class Envoy:
    """A running proxy on an address of its own. Use as a context manager; leaving it checks that it
    refused nothing, waited for nothing in vain and was sent nothing deprecated."""

    def __init__(self, config, address, binary=None, prefix=()):
        self.address, self.node = address, config["node"]
        self._folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self._folder.name)
        folder.chmod(0o755)
        (folder / "bootstrap.json").write_text(json.dumps(config))
        self._log = open(folder / "log", "w+")
        self._output = open(folder / "output", "w+")
        command = [
            *prefix, binary or [*binaries().values()][0], "-c", folder / "bootstrap.json",
            "--concurrency", "1", "--use-dynamic-base-id", "--disable-hot-restart",
            "--reject-unknown-dynamic-fields", "--log-level", "warning",
            "--file-flush-interval-msec", "10",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [*map(str, command)], stdout=self._output, stderr=self._log, text=True
        )

    def log(self):
        self._log.seek(0)
        return self._log.read()

    def output(self):
        """Its standard output: access logs."""
        self._output.seek(0)
        return self._output.read()

    def admin(self, target):
        """The body, or nothing while there is no answer."""
        connection = http.client.HTTPConnection(self.address, ADMIN_PORT, timeout=PATIENCE_S)
        try:
            connection.request("GET", target)
            return connection.getresponse().read().decode()
        except ConnectionRefusedError:
            assert self.process.poll() is None, self.log()
            return ""
        finally:
            connection.close()

    def wait(self):
        """Until it serves what it was sent."""
        until(lambda: self.admin("/ready").strip() == "LIVE", "ready")
        return self

    def stats(self, pattern):
        """{name: number} of the counters and gauges that match."""
        lines = self.admin(f"/stats?filter={pattern}").splitlines()
        return {name: int(value) for name, _, value in (x.rpartition(": ") for x in lines)}

    def updates(self):
        """What it was sent so far and took, of whatever type; a number that grows. Clusters that are
        looked up by name count their lookups as updates, too, but never wait for a first one."""
        found = self.stats("(update_success|init_fetch_timeout)$")
        sent = [name.removesuffix("init_fetch_timeout") for name in found if "init_fetch" in name]
        return sum(found[f"{name}update_success"] for name in sent)

    def dump(self):
        """What it runs on, by type, in the order of names: {"LDS": [...], ...}."""
        shown = json.loads(self.admin("/config_dump?include_eds"))["configs"]
        found = {kind: [] for kind in ("LDS", "CDS", "EDS", "RDS")}
        for part in shown:
            for name, entries in part.items():
                if name.startswith("dynamic_"):
                    _collect(found, name, entries)
        return {kind: sorted(list_, key=name_of) for kind, list_ in found.items()}

    def runs_on(self, resources):
        """Whether these are its resources, by type, as the emulator shows them. Those that a listener
        which still drains holds, and Envoy's endpoints of DNS clusters, are its own affair."""
        shown = self.dump()
        endpoints = {name_of(one): addresses(one) for one in shown["EDS"]}
        return (
            all(shown[kind] == resources[kind] for kind in ("LDS", "CDS"))
            and all(one in shown["RDS"] for one in resources["RDS"])
            and all(endpoints.get(name_of(one)) == addresses(one) for one in resources["EDS"])
        )

    def check(self):
        bad = {n: v for n, v in self.stats("(update_rejected|init_fetch_timeout)$").items() if v}
        assert not bad, f"{bad}\n{self.log()}"
        assert "deprecated" not in self.log().lower(), self.log()

    def end(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self._log.close()
        self._output.close()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.check()
        finally:
            self.end()


KINDS = {
    "dynamic_listeners": ("LDS", lambda entry: entry.get("active_state", {}).get("listener")),
    "dynamic_active_clusters": ("CDS", lambda entry: entry["cluster"]),
    "dynamic_route_configs": ("RDS", lambda entry: entry["route_config"]),
    "dynamic_endpoint_configs": ("EDS", lambda entry: entry["endpoint_config"]),
}


def _collect(found, name, entries):
    if name in KINDS:
        kind, resource = KINDS[name]
        found[kind] += filter(None, map(resource, entries))  # a listener may be leaving


def name_of(resource):
    return resource.get("name") or resource["cluster_name"]


def addresses(assignment):
    return sorted(
        host["endpoint"]["address"]["socket_address"]["address"]
        for group in assignment.get("endpoints", [])
        for host in group.get("lb_endpoints", [])
    )
