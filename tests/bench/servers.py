# SPDX-License-Identifier: Apache-2.0
"""The programs that take part: started for a measure, ended after it."""

import http.client
import json
import random
import subprocess
import sys
import time
from pathlib import Path

from documents import MARK, MESH, NODES

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-west-2/appmesh/aws4_request, "
    "SignedHeaders=host, Signature=0"
)  # by which moto_server knows the service


class Emulator:
    """A running emulator with a mesh `m`, on its own data directory."""

    def __init__(self, bench, *options, data=None, with_mesh=True, xds="off"):
        self.data = Path(data) if data else bench.directory("data")
        self.process = subprocess.Popen(
            [bench.program, *command(self.data, xds), *options],
            stdout=subprocess.PIPE,
            text=True,
            stderr=subprocess.DEVNULL,
        )
        said = dict(word.split("=", 1) for word in self.process.stdout.readline().split()[1:])
        self.port = int(said["api"].rsplit(":", 1)[1])
        self.xds = said["xds"]
        if with_mesh:
            self.call("PUT", MESH, {"meshName": "m"})

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        text = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        start = time.perf_counter()
        connection.request(method, path, text)
        response = connection.getresponse()
        answer = response.read()
        self.took_ms = (time.perf_counter() - start) * 1e3
        connection.close()
        if response.status != 200:
            sys.exit(f"{method} {path}: {response.status} {answer[:500]!r}")
        return answer

    def empty(self):
        self.call("POST", "/_emulator/reset")
        self.call("PUT", MESH, {"meshName": "m"})

    def memory_kb(self, name):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(name + ":")[1].split()[0])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Bare:
    """The bare libmicrohttpd server, answering these bytes."""

    def __init__(self, bench, body):
        path = bench.scratch / "answer"
        path.write_bytes(body)
        self.process = subprocess.Popen(
            [bench.tools / "bare_http", path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


class Moto:
    """moto_server with one mesh and one node; its App Mesh answers on the same paths."""

    def __init__(self, program, body):
        self.port = random.randrange(20000, 30000)
        self.process = subprocess.Popen(
            [program, "-p", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.put(MESH, {"meshName": "m", "spec": {}, "tags": []})
        self.put(NODES, json.loads(body.replace(MARK, "00000000")) | {"tags": []})

    def put(self, path, body):
        for _ in range(100):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port)
                connection.request("PUT", path, json.dumps(body), {"Authorization": SIGNED})
                connection.getresponse().read()
                return
            except OSError:  # it takes seconds to start
                time.sleep(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Envoys:
    """`envoys`: this many streams of the nodes n00000000 and on, synced when this is made."""

    number = 0  # of all changes, or one would find what it is about to put

    def __init__(self, bench, server, count, *options, node=f"mesh/m/virtualNode/n{MARK}"):
        ports = server.xds.rsplit(":", 1)[1], str(server.port)
        options = "-p", str(server.process.pid), *options
        self.process = subprocess.Popen(
            [bench.tools / "envoys", *options, str(count), node, *ports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.synced = self.result()

    def begin(self, change, rounds, expected, quiet_ms=100):
        print(
            rounds, Envoys.number, expected, quiet_ms, *change, file=self.process.stdin, flush=True
        )
        Envoys.number += rounds

    def result(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit("envoys has failed")
        return json.loads(line)

    def change(self, *arguments, **members):
        self.begin(*arguments, **members)
        return self.result()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()


def command(data, xds="off"):
    return ["--listen", "127.0.0.1:0", "--xds", xds, "--data", str(data)]
