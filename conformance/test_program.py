# SPDX-License-Identifier: Apache-2.0
"""The program itself: commands, mistakes, start, ready line, signals, health."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse

import pytest

from emulator import BINARY, Emulator, environment, run


def check_one_line(answer, code, *words):
    """A refusal: nothing on stdout, one line on stderr that names the program and the cause."""
    assert answer.returncode == code, answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.startswith("appmesh-emulator: ") and answer.stderr.count("\n") == 1
    for word in words:
        assert str(word) in answer.stderr


def create_mesh(server, name):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("PUT", "/v20190125/meshes", json.dumps({"meshName": name}))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def has_mesh(server, name):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("GET", f"/v20190125/meshes/{name}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status == 200


def test_version():
    answer = run("version")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("appmesh-emulator ") and answer.stdout.count("\n") == 1


@pytest.mark.parametrize("words", [["help"], ["--help"], ["serve", "-h"]])
def test_help_names_commands_and_options(words):
    answer = run(*words)
    assert (answer.returncode, answer.stderr) == (0, "")
    for word in ("serve", "schema", "health", "--listen", "--durability power|process"):
        assert f"  {word}" in answer.stdout


def test_output_that_cannot_be_written_is_a_failure():
    with open("/dev/full", "w") as full:
        answer = subprocess.run(
            [BINARY, "help"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert answer.returncode == 1
    assert answer.stderr == "appmesh-emulator: standard output: No space left on device\n"


MISTAKES = [
    (["--bogus"], {}, "--bogus"),
    (["bogus"], {}, "bogus"),
    (["--listen", "127.0.0.1"], {}, "--listen"),
    (["--memory", "--data", "d"], {}, "--memory and --data contradict"),
    (["--tls-cert", "c"], {}, "--tls-key"),
    (["--certificate", "arn=only-one"], {}, "--certificate"),
    ([], {"APPMESH_EMULATOR_QUOTAS": "yes"}, "APPMESH_EMULATOR_QUOTAS=yes"),
    (["health", "--url", "https://127.0.0.1:1"], {}, "http://"),
]


@pytest.mark.parametrize("words, variables, cause", MISTAKES)
def test_a_mistake_is_exit_2(words, variables, cause):
    check_one_line(run(*words, env=variables), 2, cause)


class TestBootstrap:
    NODE = ["bootstrap", "--node", "mesh/m/virtualNode/n"]

    @pytest.mark.parametrize(
        "xds, address",
        [
            ("127.0.0.1:18000", {"socket_address": {"address": "127.0.0.1", "port_value": 18000}}),
            ("[::1]:00080", {"socket_address": {"address": "::1", "port_value": 80}}),
            ('unix:/a "b"', {"pipe": {"path": '/a "b"'}}),
        ],
    )
    def test_it_leads_to_the_last_xds_address(self, xds, address):
        answer = run(*self.NODE, "--xds", "127.0.0.1:1", "--xds", xds)
        assert (answer.returncode, answer.stderr) == (0, "")
        (cluster,) = json.loads(answer.stdout)["static_resources"]["clusters"]
        ((endpoint,),) = [e["lb_endpoints"] for e in cluster["load_assignment"]["endpoints"]]
        assert endpoint["endpoint"]["address"] == address

    @pytest.mark.parametrize(
        "words, cause",
        [
            (["--xds", "off"], "--xds off"),
            (["--node", "n"], "--node"),
            (["--mode", "bogus"], "bogus"),
        ],
    )
    def test_a_mistake_is_exit_2(self, words, cause):
        check_one_line(run(*self.NODE, *words), 2, cause)


class TestFailedStarts:
    def test_data_in_use_is_told_before_the_port(self, start, tmp_path):
        server = start(data=tmp_path / "d")
        answer = run("--data", tmp_path / "d", "--listen", server.address)
        check_one_line(answer, 1, tmp_path / "d", "in use")

    def test_port_in_use(self, emulator):
        check_one_line(run("--memory", "--listen", emulator.address), 1, emulator.address, "in use")

    def test_data_that_is_a_file(self, tmp_path):
        (tmp_path / "d").write_text("")
        check_one_line(run("--data", tmp_path / "d", "--listen", "127.0.0.1:0"), 1, tmp_path / "d")

    def test_a_foreign_store(self, tmp_path):
        (tmp_path / "data.mdb").write_text("not a store" * 10000)
        check_one_line(run("--data", tmp_path, "--listen", "127.0.0.1:0"), 1, tmp_path)

    @pytest.mark.parametrize("option", [["--seed"], ["--tls-key", "/dev/null", "--tls-cert"]])
    def test_a_file_that_is_not_there(self, tmp_path, option):
        gone = tmp_path / "gone"
        check_one_line(run("--memory", "--listen", "127.0.0.1:0", *option, gone), 1, gone)

    @pytest.mark.parametrize("name", ["--tls-cert", "--tls-key", "--xds-tls-cert", "--xds-tls-key"])
    @pytest.mark.parametrize("useless", ["/dev/zero", "/dev/null", "/tmp"])
    def test_a_file_that_is_no_pem(self, name, useless, certificates):
        sound = {"cert": certificates / "server.pem", "key": certificates / "server.key"}
        prefix = name.rpartition("-")[0]
        files = {f"{prefix}-{part}": path for part, path in sound.items()} | {name: useless}
        words = [word for pair in files.items() for word in pair]
        check_one_line(run("--memory", "--listen", "127.0.0.1:0", *words), 1, useless)

    def test_an_address_that_is_not_ours(self):
        check_one_line(run("--memory", "--listen", "192.0.2.1:1"), 1, "192.0.2.1:1")


class TestReadyLine:
    def test_the_path_is_absolute_and_without_blanks(self, start, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        name = "a b\t\n%20\x7f\x1b\N{SNOWMAN}"
        data = start(data=name).data
        assert data == f"{tmp_path}/a%20b%09%0A%2520%7F%1B\N{SNOWMAN}"
        assert urllib.parse.unquote(data) == f"{tmp_path}/{name}"

    def test_memory(self, start):
        assert start().data == "memory"

    def test_xds(self, start, tmp_path):
        path = tmp_path / "xds"
        server = start("--xds", "127.0.0.1:0", "--xds", f"unix:{path}")
        assert re.fullmatch(rf"127\.0\.0\.1:[1-9]\d*,unix:{path}", server.xds)
        assert path.stat().st_mode & 0o777 == 0o666
        server.stop()
        assert not path.exists()

    def test_the_path_of_a_socket_has_no_blanks_either(self, start, tmp_path):
        server = start("--xds", f"unix:{tmp_path}/a b", "--xds", "127.0.0.1:0")
        assert re.fullmatch(rf"unix:{tmp_path}/a%20b,127\.0\.0\.1:[1-9]\d*", server.xds)

    def test_no_xds(self, start):
        assert start("--xds", "off").xds == "off"

    def test_the_default_store_is_under_the_working_directory(self, tmp_path):
        process = subprocess.Popen(
            [BINARY, "--listen", "127.0.0.1:0"],
            cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        line = process.stdout.readline()
        process.terminate()
        assert process.communicate()[0] == "" and process.returncode == 0
        assert line.endswith(f" data={tmp_path}/.appmesh-emulator\n")
        assert (tmp_path / ".appmesh-emulator").stat().st_mode & 0o777 == 0o700

    def test_a_wildcard_stays_as_given_and_the_log_warns_of_it(self, start):
        server = start("--listen", "0.0.0.0:0")
        assert server.url.startswith("http://0.0.0.0:")
        assert f'level=warn at=serve event="open to other machines" listen={server.address}' in (
            server.errors()
        )
        assert "open to other machines" not in start().errors()

    def test_the_environment_gives_options_too(self, start):
        server = start(env={"APPMESH_EMULATOR_LOG_FORMAT": "json"})
        assert create_mesh(server, "m") == 200
        assert json.loads(server.errors().splitlines()[-1])["op"] == "CreateMesh"


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_it_and_the_store_stays(self, start, tmp_path, number):
        server = start(data=tmp_path)
        assert create_mesh(server, "m") == 200
        assert server.stop(number) == 0
        assert has_mesh(start(data=tmp_path), "m")

    def test_memory_leaves_nothing(self, start, tmp_path):
        server = start(env={"TMPDIR": str(tmp_path)})
        assert create_mesh(server, "m") == 200
        assert server.stop() == 0
        assert list(tmp_path.iterdir()) == []

    def test_an_idle_connection_does_not_hold_it_up(self, start):
        server = start()
        with socket.create_connection((server.host, server.port)):
            begin = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - begin < 4

    def half_a_request(self, server):
        """A connection whose request is known to be in flight: it answered 100 Continue."""
        peer = socket.create_connection((server.host, server.port), timeout=30)
        peer.sendall(
            b"PUT /v20190125/meshes HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16\r\n"
            b"Expect: 100-continue\r\n\r\n"
        )
        assert peer.recv(100).startswith(b"HTTP/1.1 100 ")
        return peer

    def wait_until_refused(self, server):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                socket.create_connection((server.host, server.port), timeout=30).close()
            except ConnectionResetError:
                pass  # it was in the listener's queue
            except ConnectionRefusedError:
                return
        raise AssertionError("it still accepts")

    def test_a_request_in_flight_is_finished(self, start):
        server = start()
        with self.half_a_request(server) as peer:
            server.process.send_signal(signal.SIGTERM)
            self.wait_until_refused(server)
            peer.sendall(b'{"meshName":"m"}')
            assert peer.recv(100).startswith(b"HTTP/1.1 200 ")
        assert server.process.wait(60) == 0

    def test_a_request_that_never_ends_is_given_up(self, start):
        server = start()
        with self.half_a_request(server):
            begin = time.monotonic()
            assert server.stop() == 0
            assert 4.5 < time.monotonic() - begin < 20

    def test_a_second_signal_ends_it_at_once(self):
        server = Emulator()
        with self.half_a_request(server):
            server.process.send_signal(signal.SIGTERM)
            self.wait_until_refused(server)
            assert server.stop(signal.SIGINT) == 1

    def test_a_signal_ends_a_start_that_takes_long(self, tmp_path):
        seed = tmp_path / "seed"
        os.mkfifo(seed)
        process = subprocess.Popen(
            [BINARY, "--memory", "--listen", "127.0.0.1:0", "--seed", seed],
            env=environment(), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with open(seed, "w"):  # once it reads
            process.terminate()
            assert process.communicate(timeout=60)[0] == "" and process.returncode == 1

    def test_a_closed_stdout_hurts_nobody(self, tmp_path):
        reader, writer = os.pipe()
        os.close(reader)
        with open(tmp_path / "log", "w+") as log:
            process = subprocess.Popen(
                [BINARY, "--memory", "--listen", "127.0.0.1:0", "--log-level", "debug"],
                env=environment(), stdout=writer, stderr=log,
            )  # fmt: skip
            os.close(writer)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)
            process.terminate()
            assert process.wait(60) == 0


class TestHealth:
    def free_address(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            return "127.0.0.1:%d" % probe.getsockname()[1]

    def test_ready(self, emulator):
        answer = run("health", "--url", f"http://localhost:{emulator.port}/")
        assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")

    def test_it_asks_where_the_environment_says(self, emulator):
        assert run("health", env={"APPMESH_EMULATOR_LISTEN": emulator.address}).returncode == 0

    def test_nobody_there(self):
        check_one_line(run("health", "--url", f"http://{self.free_address()}"), 1, "refused")

    def test_somebody_else_there(self):
        with socket.create_server(("127.0.0.1", 0)) as stranger:
            url = "http://127.0.0.1:%d" % stranger.getsockname()[1]
            health = subprocess.Popen(
                [BINARY, "health", "--url", url], stderr=subprocess.PIPE, text=True
            )
            peer, _ = stranger.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"HTTP/1.1 404 Not Found\r\n\r\n")
                assert "not 200" in health.communicate(timeout=60)[1]
            assert health.returncode == 1

    def test_waiting_ends_when_it_is_ready(self, start):
        address = self.free_address()
        health = subprocess.Popen([BINARY, "health", "--url", f"http://{address}", "--wait", "60"])
        start("--listen", address)
        assert health.wait(60) == 0

    def test_waiting_has_an_end(self):
        begin = time.monotonic()
        answer = run("health", "--url", f"http://{self.free_address()}", "--wait", "1")
        assert answer.returncode == 1
        assert time.monotonic() - begin >= 1
