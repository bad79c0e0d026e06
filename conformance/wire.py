# SPDX-License-Identifier: Apache-2.0
"""Requests without a client library: what no SDK would send."""

import contextlib
import dataclasses
import http.client
import json
import socket
import ssl
import urllib.parse

PATIENCE_S = 40
PREFIX = "/v20190125"


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.headers.get("x-amzn-errortype")

    @property
    def refusal(self):
        return self.status, self.code, self.json["message"]


def authorization(account, region="us-west-2", service="appmesh"):
    return (
        f"AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
    )


class Connection:
    """One keep-alive connection with an account of its own."""

    def __init__(self, emulator, account=None, region="us-west-2"):
        kind = http.client.HTTPConnection
        more = {}
        if emulator.url.startswith("https"):
            kind = http.client.HTTPSConnection
            more = {"context": ssl.create_default_context(cafile=emulator.ca)}
        self._http = kind(emulator.host, emulator.port, timeout=PATIENCE_S, **more)
        self._headers = {"Authorization": authorization(account, region)} if account else {}

    def request(self, method, target, body=None, headers=None):
        """A body is sent as it is: bytes, text, parts for chunks; or as JSON."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        with contextlib.suppress(BrokenPipeError):  # the answer may come before the body has gone
            self._http.request(method, target, body, {**self._headers, **(headers or {})})
        reply = self._http.getresponse()
        names = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, names, reply.read())

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def put(self, target, body=None, **more):
        return self.request("PUT", target, body, **more)

    def close(self):
        self._http.close()


def quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def target_of(operation, arguments):
    """Path and query of an operation, as the model places the members."""
    uri = operation.http["requestUri"]
    query = {}
    for name, member in operation.input_shape.members.items():
        location = member.serialization.get("location")
        if location == "uri":
            uri = uri.replace("{" + name + "}", quote(arguments[name]))
        elif location == "querystring" and arguments.get(name) is not None:
            query[member.serialization["name"]] = arguments[name]
    return uri + (
        "?" + urllib.parse.urlencode(query, quote_via=urllib.parse.quote) if query else ""
    )


def body_of(operation, arguments):
    inside = {
        n: arguments[n]
        for n, m in operation.input_shape.members.items()
        if "location" not in m.serialization and n in arguments
    }
    return inside if operation.http["method"] == "PUT" else None


def exchange(emulator, data, says_when_done=True):
    """Sends bytes as they are; everything that comes back until the server closes."""
    with open_socket(emulator) as peer:
        with contextlib.suppress(OSError):  # it may have closed on what came first
            peer.sendall(data)
            if says_when_done:
                peer.shutdown(socket.SHUT_WR)
        return read_all(peer)


def open_socket(emulator):
    return socket.create_connection((emulator.host, emulator.port), PATIENCE_S)


def read_all(peer):
    received = b""
    while True:
        try:
            part = peer.recv(65536)
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part


def parse_answers(data):
    """The answers in a byte stream, each with a Content-Length."""
    answers = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines[1:])
        }
        length = int(headers.get("content-length", 0))
        answers.append(Answer(int(lines[0].split()[1]), headers, rest[:length]))
        data = rest[length:]
    return answers
