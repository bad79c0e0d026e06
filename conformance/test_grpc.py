# SPDX-License-Identifier: Apache-2.0
"""The gRPC layer as grpcio sees it, on the echo service of tests/grpc_echo.c: bytes, no types."""

import os
import pathlib
import queue
import select
import signal
import stat
import subprocess

import grpc
import pytest

from emulator import BINARY, PATIENCE_S

ECHO = pathlib.Path(BINARY).parent.parent / "tests" / "grpc_echo"
MEGABYTE = 1 << 20
UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Server:
    """The echo program; leaving it checks that it drained and left nothing behind."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [ECHO, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        self.address = self.process.stdout.readline().strip() if readable else ""

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, errors

    def __enter__(self):
        assert self.address
        return self

    def __exit__(self, kind, *_):
        code, errors = self.stop()
        if kind is None:
            assert (code, errors) == (0, "")


@pytest.fixture(scope="module")
def server():
    with Server("127.0.0.1:0") as running:
        yield running


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address, options=UNLIMITED) as channel:
        yield channel


def method(channel, name):
    return channel.stream_stream(f"/test.Echo/{name}")


def ended_with(call):
    with pytest.raises(grpc.RpcError) as failure:
        list(call)
    return failure.value.code(), failure.value.details()


class Talk:
    """A stream that stays open: says a message when told to."""

    def __init__(self, call, **options):
        self.waiting = queue.Queue()
        self.replies = call(iter(self.waiting.get, None), timeout=PATIENCE_S, **options)

    def say(self, message):
        self.waiting.put(message)
        return next(self.replies)

    def finish(self):
        self.waiting.put(None)
        assert list(self.replies) == []
        assert self.replies.code() == grpc.StatusCode.OK


def test_one_message_there_and_back(channel):
    call = channel.unary_unary("/test.Echo/Echo")
    assert call(b"hello", timeout=PATIENCE_S) == b"hello"


def test_messages_keep_their_order_and_bounds(channel):
    messages = [bytes([n % 256]) * (n * 37 % 5000) for n in range(500)]
    assert list(method(channel, "Echo")(iter(messages), timeout=PATIENCE_S)) == messages


def test_both_sides_speak_in_turns(channel):
    talk = Talk(method(channel, "Echo"))
    for n in range(50):
        assert talk.say(b"%d" % n) == b"%d" % n
    talk.finish()


def test_a_hundred_streams_at_once(channel):
    talks = [Talk(method(channel, "Echo")) for _ in range(100)]
    for turn in range(5):
        for n, talk in enumerate(talks):
            assert talk.say(b"%d %d" % (turn, n)) == b"%d %d" % (turn, n)
    for talk in talks:
        talk.finish()


@pytest.mark.parametrize("size", [0, 1, 16379, 16384, 65535, MEGABYTE, 4 * MEGABYTE])
def test_a_message_up_to_the_limit_comes_back_whole(channel, size):
    message = os.urandom(size)
    assert channel.unary_unary("/test.Echo/Echo")(message, timeout=PATIENCE_S) == message


def test_a_message_over_the_limit_ends_the_stream(channel):
    call = method(channel, "Echo")(iter([bytes(4 * MEGABYTE + 1)]), timeout=PATIENCE_S)
    assert ended_with(call) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "the message is larger than 4194304 bytes",
    )


def test_a_large_answer_of_shared_parts(channel):
    call = channel.unary_unary("/test.Echo/Grow")
    assert call(b"9000001", timeout=PATIENCE_S) == bytes(9000001)


def test_a_compressed_message_is_refused(channel):
    call = channel.stream_stream("/test.Echo/Echo")
    ended = ended_with(call(iter([b"a" * 5000]), compression=grpc.Compression.Gzip, timeout=9))
    assert ended == (grpc.StatusCode.UNIMPLEMENTED, "compressed messages are not supported")


def test_an_unknown_method_is_unimplemented(channel):
    assert ended_with(method(channel, "Nothing")(iter([b"x"]), timeout=PATIENCE_S)) == (
        grpc.StatusCode.UNIMPLEMENTED,
        "unknown method /test.Echo/Nothing",
    )


@pytest.mark.parametrize("text", ["plain", "100 % of häuser\n\ttab ✓", "a%41b", " ~ ~ "])
@pytest.mark.parametrize("number", [3, 8, 13])
def test_status_and_text_arrive_as_they_are(channel, number, text):
    call = method(channel, "Finish")(iter([f"{number} {text}".encode()]), timeout=PATIENCE_S)
    code, details = ended_with(call)
    assert (code.value[0], details) == (number, text)


def test_what_was_sent_comes_before_the_status(channel):
    call = method(channel, "Finish")(iter([b"3+ enough"]), timeout=PATIENCE_S)
    assert next(call) == b"3+ enough"
    assert ended_with(call) == (grpc.StatusCode.INVALID_ARGUMENT, "enough")


def test_a_cancelled_stream_leaves_its_connection_usable(channel):
    for _ in range(150):  # more than a connection may hold at once
        talk = Talk(method(channel, "Echo"))
        talk.say(b"x")
        talk.replies.cancel()
        assert talk.replies.code() == grpc.StatusCode.CANCELLED
        talk.waiting.put(None)
    assert channel.unary_unary("/test.Echo/Echo")(b"y", timeout=PATIENCE_S) == b"y"


def test_ended_streams_that_the_client_left_open_do_not_add_up(channel):
    for _ in range(150):
        waiting = queue.Queue()
        waiting.put(b"3 no")
        call = method(channel, "Finish")(iter(waiting.get, None), timeout=PATIENCE_S)
        assert ended_with(call) == (grpc.StatusCode.INVALID_ARGUMENT, "no")
        waiting.put(None)


def test_a_deadline_is_the_clients(channel):
    waiting = queue.Queue()
    code, _ = ended_with(method(channel, "Hold")(iter(waiting.get, None), timeout=0.05))
    assert code == grpc.StatusCode.DEADLINE_EXCEEDED
    waiting.put(None)


def test_metadata_is_ignored_and_the_answer_is_grpc(channel):
    metadata = [("x-anything", "1"), ("bytes-bin", b"\0\xff")]
    call = method(channel, "Echo")(iter([b"x"]), metadata=metadata, timeout=PATIENCE_S)
    assert list(call) == [b"x"]
    assert dict(call.initial_metadata()).get("content-type", "application/grpc") == (
        "application/grpc"
    )


def test_headers_over_16_kib_are_refused(server):
    options = [("grpc.max_metadata_size", MEGABYTE)]
    with grpc.insecure_channel(server.address, options=options) as channel:
        call = method(channel, "Echo")(
            iter([b"x"]), metadata=[("x-long", "a" * 17000)], timeout=PATIENCE_S
        )
        code, _ = ended_with(call)
        assert code in (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNKNOWN)


def test_a_unix_socket_serves_anybody_and_goes_with_its_server(tmp_path):
    path = tmp_path / "xds.sock"
    with Server(f"unix:{path}") as server:
        assert server.address == f"unix:{path}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o666
        with grpc.insecure_channel(f"unix:{path}") as channel:
            call = channel.unary_unary("/test.Echo/Echo")
            assert call(b"hello", timeout=PATIENCE_S) == b"hello"
        second = subprocess.run(
            [ECHO, f"unix:{path}"], capture_output=True, text=True, timeout=PATIENCE_S
        )
        assert second.returncode == 1
        assert second.stderr == f"unix:{path}: the socket is in use\n"
    assert not path.exists()


def test_a_unix_socket_left_over_is_replaced(tmp_path):
    path = tmp_path / "xds.sock"
    first = Server(f"unix:{path}")
    first.process.kill()
    first.process.communicate(timeout=PATIENCE_S)
    assert path.exists()
    with Server(f"unix:{path}"), grpc.insecure_channel(f"unix:{path}") as channel:
        assert channel.unary_unary("/test.Echo/Echo")(b"x", timeout=PATIENCE_S) == b"x"


def test_tls_with_alpn(certificates):
    trust = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes())
    with Server("127.0.0.1:0", certificates / "server.pem", certificates / "server.key") as server:
        with grpc.secure_channel(server.address, trust, options=UNLIMITED) as channel:
            message = os.urandom(3 * MEGABYTE)
            call = channel.unary_unary("/test.Echo/Echo")
            assert call(message, timeout=PATIENCE_S) == message
            assert len(channel.unary_unary("/test.Echo/Grow")(b"9000001")) == 9000001


def test_a_plaintext_client_of_a_tls_port_is_turned_away(certificates):
    with Server("127.0.0.1:0", certificates / "server.pem", certificates / "server.key") as server:
        with grpc.insecure_channel(server.address) as channel:
            code, _ = ended_with(method(channel, "Echo")(iter([b"x"]), timeout=PATIENCE_S))
            assert code == grpc.StatusCode.UNAVAILABLE


def test_draining_ends_streams_with_ok():
    server = Server("127.0.0.1:0")
    with grpc.insecure_channel(server.address) as channel:
        talks = [Talk(method(channel, "Echo")) for _ in range(20)]
        for talk in talks:
            assert talk.say(b"x") == b"x"
        assert server.stop() == (0, "")
        for talk in talks:
            assert list(talk.replies) == []
            assert talk.replies.code() == grpc.StatusCode.OK
            talk.waiting.put(None)
