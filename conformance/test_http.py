# SPDX-License-Identifier: Apache-2.0
"""HTTP itself: hostile heads, many connections, CORS, HTTPS."""

import concurrent.futures
import contextlib
import resource
import signal
import socket
import subprocess
import time

import pytest

import clients
import kinds
import wire
from emulator import Emulator, run

TARGET = "/v20190125/meshes"


def ask(emulator, *lines, method="GET", body=b""):
    """One request of these header lines; what comes back."""
    head = "\r\n".join([f"{method} {TARGET} HTTP/1.1", *lines, "", ""])
    return wire.exchange(emulator, head.encode("latin-1") + body)


REFUSED = {
    "no host": (["Connection: close"], "GET", b""),
    "two hosts": (["Host: a", "Host: b"], "GET", b""),
    "the same host twice": (["Host: a", "Host: a"], "GET", b""),
    "two lengths": (["Host: a", "Content-Length: 2", "Content-Length: 3"], "PUT", b"{} "),
    "the same length twice": (["Host: a", "Content-Length: 2", "Content-Length: 2"], "PUT", b"{}"),
    "length and chunks": (
        ["Host: a", "Content-Length: 2", "Transfer-Encoding: chunked"],
        "PUT",
        b"2\r\n{}\r\n0\r\n\r\n",
    ),
    "gzip": (["Host: a", "Transfer-Encoding: gzip"], "PUT", b""),
    "gzip and chunks": (["Host: a", "Transfer-Encoding: gzip, chunked"], "PUT", b"0\r\n\r\n"),
    "blank before the colon": (["Host: a", "X-Blank : b"], "GET", b""),
}


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: name.replace(" ", "_"))
def test_ambiguous_heads_are_refused(emulator, name):
    lines, method, body = REFUSED[name]
    answers = wire.parse_answers(ask(emulator, *lines, method=method, body=body))
    assert len(answers) == 1, answers
    assert answers[0].status == 400
    assert answers[0].headers["content-type"] == "application/json"
    assert answers[0].headers["connection"].lower() == "close"
    assert answers[0].json["message"]
    assert answers[0].headers["x-amzn-requestid"]


def test_nothing_after_a_refusal_is_read(emulator):
    smuggled = f"GET {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    lines = ["Host: a", "Content-Length: 0", "Content-Length: 0"]
    answers = wire.parse_answers(ask(emulator, *lines, body=smuggled))
    assert [a.status for a in answers] == [400]


def test_requests_in_one_packet_are_answered_in_order(emulator, account):
    signed = f"Host: a\r\nAuthorization: {wire.authorization(account)}\r\n"
    data = "".join(
        f'PUT {TARGET} HTTP/1.1\r\n{signed}Content-Length: 17\r\n\r\n{{"meshName":"m{n}"}}'
        for n in range(5)
    )
    data += f"GET {TARGET} HTTP/1.1\r\n{signed}Connection: close\r\n\r\n"
    answers = wire.parse_answers(wire.exchange(emulator, data.encode(), says_when_done=False))
    assert [a.json["meshName"] for a in answers[:5]] == [f"m{n}" for n in range(5)]
    assert len(answers[5].json["meshes"]) == 5


def test_a_body_byte_by_byte(emulator, account):
    with wire.open_socket(emulator) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head = (
            f"PUT {TARGET} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 16\r\n\r\n"
        )
        for byte in head.encode() + b'{"meshName":"s"}':
            peer.send(bytes([byte]))
        (answer,) = wire.parse_answers(wire.read_all(peer))
    assert answer.json["meshName"] == "s"


def test_a_body_in_chunks(emulator):
    lines = ["Host: a", "Transfer-Encoding: chunked", "Connection: close"]
    parts = (b'7\r\n{"meshN', b'B;x=y\r\name":"chunk', b'2\r\n"}', b"0\r\nTrailer: x\r\n", b"")
    body = b"\r\n".join(parts)
    (answer,) = wire.parse_answers(ask(emulator, *lines, method="PUT", body=body))
    assert (answer.status, answer.json["meshName"]) == (200, "chunk")


def test_expecting_a_hundred(emulator):
    with wire.open_socket(emulator) as peer:
        peer.sendall(
            f"PUT {TARGET} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            "Expect: 100-continue\r\nContent-Length: 16\r\n\r\n".encode()
        )
        assert peer.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        peer.sendall(b'{"meshName":"e"}')
        (answer,) = wire.parse_answers(wire.read_all(peer))
    assert answer.json["meshName"] == "e"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET " + b"/" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"PUT /v20190125/meshes HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"PUT /v20190125/meshes HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"PUT /v20190125/meshes HTTP/1.1\r\nHost: a\r\nContent-Length: 0x10\r\n\r\n",
        b"PUT /v20190125/meshes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"PUT /v20190125/meshes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
        bytes(range(256)) * 64,
    ],
    ids=lambda data: str(len(data)) + data[:20].hex(),
)
def test_garbage_never_gets_a_success_and_hurts_nobody(emulator, data):
    received = wire.exchange(emulator, data)
    assert not received or received.startswith(
        (b"HTTP/1.1 4", b"HTTP/1.1 5", b"HTTP/1.0 4", b"HTTP/1.0 5")
    )
    assert wire.Connection(emulator).get(TARGET).status == 200


class TestSlowClients:
    """A connection may stay 30 s without a whole head, and 30 s more without a whole body."""

    PUT = f"PUT {TARGET} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n".encode()
    GET = f"GET {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    STATE = PUT.replace(TARGET.encode(), b"/_emulator/state").replace(
        b"Host: a", b"Host: localhost"
    )
    TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)
    # What is sent at once, and what then comes every second.
    CUT = {
        "silence": (b"", b""),
        "an empty line": (b"\r\n\r\n", b""),
        "half a head": (b"GET / HT", b""),
        "a head by drops": (b"GET / HTTP/1.1\r\nX: ", b"x"),
        "headers by drops": (b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        "half a body": (PUT + b"{", b""),
        "a body by drops": (PUT + b"{", b" "),
        "silence after an answer": (GET, b""),
        "half a head after an answer": (GET + b"GET", b""),
        "TLS": (TLS, b""),
    }
    LEAST_S, MOST_S = 29, 38

    def time_until_closed(self, server, sent, drop):
        """Seconds until the server closes; MOST_S if it does not."""
        begin = time.monotonic()
        with wire.open_socket(server) as peer:
            peer.sendall(sent)
            peer.settimeout(1)
            while time.monotonic() - begin < self.MOST_S:
                try:
                    if not peer.recv(65536):
                        break
                except TimeoutError:
                    peer.sendall(drop)
                except ConnectionError:
                    break
        return time.monotonic() - begin

    def test_they_are_cut_but_not_those_that_send_state(self, emulator):
        rows = [*self.CUT.values(), (self.STATE + b"{", b" ")]
        with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
            times = list(pool.map(lambda row: self.time_until_closed(emulator, *row), rows))
        assert times.pop() >= self.MOST_S
        late = {n: t for n, t in zip(self.CUT, times) if not self.LEAST_S <= t < self.MOST_S}
        assert not late


def test_a_client_that_leaves_in_the_middle_hurts_nobody(emulator):
    for _ in range(50):
        with wire.open_socket(emulator) as peer:
            peer.sendall(
                f"PUT {TARGET} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode()
            )
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0]))
    assert wire.Connection(emulator).get(TARGET).status == 200


def test_keep_alive(emulator):
    raw = wire.Connection(emulator)
    raw.get(TARGET)
    peer = raw._http.sock
    for _ in range(100):
        raw.get(TARGET)
        raw.get(TARGET + "/gone")
    assert raw._http.sock is peer


def test_a_head_of_ten_kilobytes_is_taken(emulator):
    raw = wire.Connection(emulator)
    assert raw.get(TARGET, headers={"X-Amz-Security-Token": "t" * 10_000}).status == 200


class TestManyConnections:
    """Above 1,000 connections each request is told to come back."""

    def open_many(self, server, count):
        return [wire.open_socket(server) for _ in range(count)]

    def ask_on(self, peer):
        peer.sendall(f"GET {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        (answer,) = wire.parse_answers(peer.recv(65536))
        return answer

    def test_the_thousandth_is_served_and_the_next_told_to_wait(self, start):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 2000:
            pytest.skip("fewer than 2000 files may be open")
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        server = start()
        peers = self.open_many(server, 1000)
        try:
            assert self.ask_on(peers[-1]).status == 200
            peers += self.open_many(server, 20)
            answer = self.ask_on(peers[-1])
            assert answer.status == 503
            assert answer.code == "ServiceUnavailableException"
            assert answer.headers["retry-after"] == "1"
            assert answer.headers["connection"].lower() == "close"
        finally:
            for peer in peers:
                peer.close()
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert self.answered(server).status == 200

    def answered(self, server):
        """The first answer that is no refusal: the server may first have to see the others go."""
        deadline = time.monotonic() + wire.PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(ConnectionError):
                answer = wire.Connection(server).get(TARGET)
                if answer.status != 503:
                    return answer
        raise AssertionError("only refusals")

    def test_few_files_scale_the_limit_down_and_all_may_leave_at_once(self, start):
        """The server sleeps while they leave, so that it meets all of them gone in one round."""
        server = start(limits=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128)))
        for _ in range(3):
            peers = self.open_many(server, 150)
            server.process.send_signal(signal.SIGSTOP)
            for peer in peers:
                peer.close()
            server.process.send_signal(signal.SIGCONT)
            assert self.answered(server).status == 200
        assert "connections=" in server.errors()


@pytest.fixture(scope="module")
def open_server():
    with Emulator("--cors") as server:
        yield server


class TestCors:
    EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"

    def test_preflight_as_recorded(self, open_server):
        asked = {
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "x-amz-date,authorization,X-Odd",
        }
        answer = wire.Connection(open_server).request("OPTIONS", TARGET + "/m", headers=asked)
        assert (answer.status, answer.body) == (200, b"")
        assert {k: v for k, v in answer.headers.items() if k.startswith("access-control")} == {
            "access-control-allow-origin": "*",
            "access-control-allow-headers": "x-amz-date,authorization,X-Odd",
            "access-control-allow-methods": "PUT",
            "access-control-expose-headers": self.EXPOSED,
            "access-control-max-age": "172800",
        }

    def test_preflight_that_asks_for_no_headers(self, open_server):
        asked = {"Origin": "null", "Access-Control-Request-Method": "GET"}
        answer = wire.Connection(open_server).request("OPTIONS", TARGET, headers=asked)
        assert answer.status == 200
        assert "access-control-allow-headers" not in answer.headers

    @pytest.mark.parametrize("target", [TARGET, TARGET + "/gone", "/v20190125/nothing"])
    def test_answers_may_be_read_by_pages(self, open_server, target):
        answer = wire.Connection(open_server).get(target, headers={"Origin": "http://a"})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["access-control-expose-headers"] == self.EXPOSED

    @pytest.mark.parametrize("target", ["/_emulator/health", "/_emulator/state"])
    def test_control_answers_may_not(self, open_server, target):
        answer = wire.Connection(open_server).get(
            target, headers={"Host": "localhost", "Origin": "http://a"}
        )
        assert answer.status == 403
        assert not any(name.startswith("access-control") for name in answer.headers)

    def test_without_the_option_there_is_none(self, emulator):
        raw = wire.Connection(emulator)
        headers = {"Origin": "http://a", "Access-Control-Request-Method": "PUT"}
        assert raw.request("OPTIONS", TARGET, headers=headers).status == 404
        answer = raw.get(TARGET, headers=headers)
        assert answer.status == 200
        assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_whole_life_over_https(secure):
    client = clients.connect(secure)
    kinds.build(client)
    assert kinds.ROUTE.describe(client)["spec"] == kinds.ROUTE.sample
    kinds.tear_down(client)


def test_plain_http_on_the_https_port_gets_nothing(secure):
    received = wire.exchange(secure, f"GET {TARGET} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    assert not received.startswith(b"HTTP/1.1 200")
    assert clients.connect(secure).list_meshes()["meshes"] == []


def test_half_of_the_tls_options_is_refused(certificates):
    answer = run(
        "serve", "--memory", "--listen", "127.0.0.1:0", "--tls-cert", certificates / "server.pem"
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("appmesh-emulator: ") and answer.stderr.count("\n") == 1


def test_a_certificate_that_cannot_be_read_stops_the_start(tmp_path, certificates):
    for wrong in (tmp_path / "missing.pem", certificates / "server.key"):
        answer = run(
            "serve", "--memory", "--listen", "127.0.0.1:0",
            "--tls-cert", wrong, "--tls-key", certificates / "server.key",
        )  # fmt: skip
        assert (answer.returncode, answer.stdout) == (1, "")
        assert answer.stderr.startswith("appmesh-emulator: ")


def test_ipv6(start):
    if not socket.has_ipv6 or subprocess.run(["test", "-e", "/proc/net/if_inet6"]).returncode:
        pytest.skip("no IPv6 here")
    server = start("--listen", "[::1]:0")
    assert server.url.startswith("http://[::1]:")
    assert wire.Connection(server).get(TARGET).status == 200
