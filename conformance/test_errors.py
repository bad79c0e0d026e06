# SPDX-License-Identifier: Apache-2.0
"""How refusals look on the wire; paths, queries and bodies that no SDK would send."""

import json
import re

import pytest

import kinds
import wire

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MESHES = "/v20190125/meshes"
MESH_ARN = "arn%3Aaws%3Aappmesh%3Aus-west-2%3A{account}%3Amesh%2F{name}"


@pytest.fixture
def raw(emulator, account):
    return wire.Connection(emulator, account)


def check_form(answer):
    """An error as botocore and the Go SDK read it: code in a header, message in a JSON body."""
    assert set(answer.json) == {"message"}
    assert isinstance(answer.json["message"], str) and answer.json["message"]
    assert answer.headers["content-type"] == "application/json"
    assert re.fullmatch(r"[A-Za-z]+", answer.headers["x-amzn-errortype"])
    assert UUID.fullmatch(answer.headers["x-amzn-requestid"])
    assert int(answer.headers["content-length"]) == len(answer.body)


FAILURES = [
    ("GET", MESHES + "/gone", None, 404, "NotFoundException"),
    ("PUT", MESHES, {}, 400, "BadRequestException"),
    ("PUT", MESHES, {"meshName": 1}, 400, "SerializationException"),
    ("PUT", MESHES, "{", 400, "SerializationException"),
    ("GET", MESHES + "/m?meshOwner=999999999999", None, 403, "ForbiddenException"),
    ("GET", "/v20190125/nothing", None, 404, "UnknownOperationException"),
]


@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row[4])
def test_form(raw, row):
    method, target, body, status, code = row
    answer = raw.request(method, target, body)
    assert (answer.status, answer.code) == (status, code)
    check_form(answer)


def test_request_ids_differ(raw):
    ids = {raw.get(MESHES).headers["x-amzn-requestid"] for _ in range(20)}
    assert len(ids) == 20 and all(map(UUID.fullmatch, ids))


@pytest.mark.parametrize(
    "method, target",
    [
        ("GET", "/"),
        ("GET", "/meshes"),
        ("GET", "/v20190125"),
        ("GET", "/v20190125/"),
        ("GET", "/v20190125/mesh"),
        ("GET", "/v20190125/Meshes"),
        ("GET", "/V20190125/meshes"),
        ("GET", "//v20190125/meshes"),
        ("GET", "/v20190125//meshes"),
        ("GET", "/v20190125/./meshes"),
        ("GET", "/v20190125/x/../meshes"),
        ("GET", "/v20190125/meshes/m/virtualRouters/r/routes"),
        ("GET", "/v20190125/meshes/m/virtualRouter/r"),
        ("GET", "/v20190125/meshes/m/virtualGateways/g/gatewayRoutes"),
        ("GET", "/v20190125/meshes/m/virtualNodes/n/x"),
        ("GET", "/v20190125/meshes/m/"),
        ("GET", "/v20190125/%6Deshes/m/x"),
        ("POST", "/v20190125/meshes"),
        ("DELETE", "/v20190125/meshes"),
        ("PATCH", "/v20190125/meshes/m"),
        ("HEAD", "/v20190125/nothing"),
        ("OPTIONS", "/v20190125/meshes"),
        ("TRACE", "/v20190125/meshes"),
        ("BREW", "/v20190125/meshes"),
        ("get", "/v20190125/meshes"),
        ("POST", "/v20190125/tag"),
        ("GET", "/v20190125/untag"),
        ("PUT", "/v20190125/tags"),
    ],
)
def test_unknown_operations(raw, method, target):
    answer = raw.request(method, target)
    assert (answer.status, answer.code) == (404, "UnknownOperationException")
    if method != "HEAD":
        check_form(answer)


def test_an_empty_segment_is_an_empty_name(raw):
    for method, target in (("GET", "/"), ("PUT", "/"), ("DELETE", "/"), ("GET", "//virtualNodes")):
        answer = raw.request(method, MESHES + target)
        assert answer.refusal == (
            400,
            "BadRequestException",
            "1 validation error detected: Value '' at 'meshName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        )


@pytest.mark.parametrize(
    "name",
    [
        "%",
        "%4",
        "%zz",
        "a%",
        "%00",
        "a%00b",
        "%C3",
        "%C3%28",
        "%ED%A0%80",
        "%2F",
        "a%2Fb",
        "%0A",
        "%7F",
        "%1f",
    ],
)
def test_segments_that_do_not_decode(raw, name):
    answer = raw.get(f"{MESHES}/{name}")
    assert (answer.status, answer.code) == (400, "BadRequestException")
    check_form(answer)


@pytest.mark.parametrize(
    "written, meant",
    [
        ("..", ".."),
        (".", "."),
        ("%2e%2E", ".."),
        ("a+b", "a+b"),
        ("%6D", "m"),
        ("a%252F", "a%2F"),
        ("a;b=c", "a;b=c"),
        ("%3f", "?"),
        ("a:b@c", "a:b@c"),
    ],
)
def test_segments_are_decoded_once_and_never_normalised(raw, written, meant):
    answer = raw.get(f"{MESHES}/{written}")
    assert answer.status == 404
    assert answer.json["message"].startswith(f"Mesh with name {meant} is not present")


def test_a_name_beyond_ascii_in_the_path_is_told_by_name(raw):
    answer = raw.get(f"{MESHES}/%C3%A9")
    assert answer.status in (400, 404)
    check_form(answer)


@pytest.mark.parametrize("query", ["limit=%", "limit=%zz", "nextToken=%00", "nextToken=%FF"])
def test_query_values_that_do_not_decode(raw, query):
    answer = raw.get(f"{MESHES}?{query}")
    assert (answer.status, answer.code) == (400, "BadRequestException")


@pytest.mark.parametrize(
    "query", ["", "?", "?&", "?&&x=1&", "?limit=5&unknown=%", "?x", "?=", "?Limit=0", "?limi%74=5"]
)
def test_queries_that_are_fine(raw, query):
    if query == "?limit=5&unknown=%":
        assert raw.get(MESHES + query).status in (200, 400)
    else:
        assert raw.get(MESHES + query).status == 200


def test_names_of_query_parameters_are_decoded(raw):
    assert raw.get(MESHES + "?%6Cimit=0").status in (200, 400)


def test_an_absolute_target_loses_scheme_and_authority(emulator, account):
    head = (
        f"GET http://appmesh.us-west-2.amazonaws.com{MESHES}/nobody HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {wire.authorization(account)}\r\nConnection: close\r\n\r\n"
    )
    (answer,) = wire.parse_answers(wire.exchange(emulator, head.encode()))
    assert answer.refusal[:2] == (404, "NotFoundException")


@pytest.mark.parametrize(
    "host", ["data-127.0.0.1", "appmesh.us-west-2.amazonaws.com", "localhost:1", "[::1]"]
)
def test_any_host_is_taken_by_the_api(raw, host):
    assert raw.get(MESHES, headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "nonsense",
    ],
)
def test_any_content_type_is_taken(raw, kind):
    headers = {"Content-Type": kind} if kind else {}
    assert raw.put(MESHES, {"meshName": "typed"}, headers=headers).status == 200


BAD_JSON = {
    "cut": b'{"meshName":"m"',
    "nothing but a blank": b" ",
    "trailing text": b'{"meshName":"m"}x',
    "two values": b'{"meshName":"m"}{}',
    "trailing comma": b'{"meshName":"m",}',
    "single quotes": b"{'meshName':'m'}",
    "no quotes": b"{meshName:1}",
    "comment": b'{"meshName":"m"/**/}',
    "duplicate key": b'{"meshName":"m","meshName":"m"}',
    "duplicate key escaped": b'{"meshName":"m","mesh\\u004eame":"m"}',
    "duplicate unknown key": b'{"meshName":"m","x":{"a":1,"a":2}}',
    "leading zero": b'{"meshName":"m","x":01}',
    "leading plus": b'{"meshName":"m","x":+1}',
    "bare point": b'{"meshName":"m","x":1.}',
    "bare exponent": b'{"meshName":"m","x":1e}',
    "hexadecimal": b'{"meshName":"m","x":0x1}',
    "not a number": b'{"meshName":"m","x":NaN}',
    "infinity": b'{"meshName":"m","x":Infinity}',
    "python word": b'{"meshName":"m","x":None}',
    "control character": b'{"meshName":"a\tb"}',
    "bad escape": b'{"meshName":"\\x41"}',
    "lone surrogate": b'{"meshName":"\\ud800"}',
    "surrogates backwards": b'{"meshName":"\\udc00\\ud800"}',
    "nul": b'{"meshName":"a\\u0000b"}',
    "raw nul": b'{"meshName":"a\x00b"}',
    "overlong utf-8": b'{"meshName":"\xc0\xaf"}',
    "cut utf-8": b'{"meshName":"\xc3"}',
    "surrogate in utf-8": b'{"meshName":"\xed\xa0\x80"}',
    "beyond unicode": b'{"meshName":"\xf4\x90\x80\x80"}',
    "latin-1": b'{"meshName":"\xe9"}',
    "utf-16": '{"meshName":"m"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"meshName":"m"}',
    "a list": b"[]",
    "a string": b'"m"',
    "null": b"null",
    "a number": b"1",
}


@pytest.mark.parametrize("name", BAD_JSON, ids=lambda name: name.replace(" ", "_"))
def test_bodies_that_are_no_object(raw, name):
    answer = raw.put(MESHES, BAD_JSON[name])
    assert (answer.status, answer.code) == (400, "SerializationException"), answer
    check_form(answer)
    assert re.match(r"\S+.*: .+", answer.json["message"])
    assert raw.get(MESHES).json == {"meshes": []}


def nested(depth):
    """A body whose containers lie that deep, itself counted."""
    return '{"meshName":"deep","x":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


def test_depth(raw):
    assert raw.put(MESHES, nested(64)).status == 200
    assert raw.put(MESHES, nested(65)).refusal[:2] == (400, "SerializationException")
    assert raw.put(MESHES, nested(100_000)).refusal[:2] == (400, "SerializationException")


def sized(size, name="big"):
    head, tail = f'{{"meshName":"{name}","x":"', '"}'
    return head + "a" * (size - len(head) - len(tail)) + tail


def test_size(raw):
    assert raw.put(MESHES, sized(1 << 20)).status == 200
    answer = raw.put(MESHES, sized((1 << 20) + 1, "bigger"))
    assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")
    check_form(answer)


def test_size_of_a_body_in_chunks(emulator, account):
    raw = wire.Connection(emulator, account)
    for size, status in ((1 << 20, 200), ((1 << 20) + 1, 413)):
        body = sized(size, "chunked").encode()
        parts = (body[i : i + 60_000] for i in range(0, size, 60_000))
        answer = raw.request("PUT", MESHES, parts)
        assert answer.status == status
    assert answer.code == "RequestEntityTooLargeException"


def test_an_empty_body_is_an_empty_object(raw):
    raw.put(MESHES, {"meshName": "m", "spec": kinds.MESH.sample})
    answer = raw.put(MESHES + "/m", b"")
    assert (answer.status, answer.json["spec"]) == (200, {})
    assert raw.put(MESHES, b"").refusal == (
        400,
        "BadRequestException",
        "1 validation error detected: Value null at 'meshName' failed to satisfy constraint: "
        "Member must not be null",
    )


def test_a_body_where_none_belongs_is_not_read(raw):
    assert raw.request("GET", MESHES, body="{").status == 200


@pytest.mark.parametrize("text", ["80", "8e1", "80.0", "8.0E+1", "800e-1", "0.8e2"])
def test_integers_are_integral_values(raw, text):
    raw.put(MESHES, {"meshName": "m"})
    spec = '{"listeners":[{"portMapping":{"port":%s,"protocol":"http"}}]}' % text
    answer = raw.put(MESHES + "/m/virtualRouters", '{"virtualRouterName":"r","spec":%s}' % spec)
    assert '"port":80,' in answer.body.decode()


@pytest.mark.parametrize("text", ["9007199254740991", "9007199254740991.0"])
def test_long_integers_keep_their_digits(raw, text):
    raw.put(MESHES, {"meshName": "m"})
    timeout = '{"http":{"idle":{"unit":"s","value":%s}}}' % text
    listener = '{"portMapping":{"port":80,"protocol":"http"},"timeout":%s}' % timeout
    spec = '{"serviceDiscovery":{"dns":{"hostname":"h"}},"listeners":[%s]}' % listener
    answer = raw.put(MESHES + "/m/virtualNodes", '{"virtualNodeName":"n","spec":%s}' % spec)
    assert '"value":9007199254740991}' in answer.body.decode()


@pytest.mark.parametrize(
    "text", ["9007199254740992", "1e400", "-9007199254740992", "0.5", "1" * 400]
)
def test_integers_beyond_are_no_integers(raw, text):
    raw.put(MESHES, {"meshName": "m"})
    spec = '{"listeners":[{"portMapping":{"port":%s,"protocol":"http"}}]}' % text
    answer = raw.put(MESHES + "/m/virtualRouters", '{"virtualRouterName":"r","spec":%s}' % spec)
    assert answer.refusal[:2] == (400, "SerializationException")
    assert re.match(
        r"(spec\.listeners\.1\.member\.portMapping\.port|\d+): ", answer.json["message"]
    )


def test_text_is_answered_as_it_came(raw):
    raw.put(MESHES, {"meshName": "m"})
    odd = '"\\/\b\f\n\r\t\u0001\u007f é 😀 \u2028 </script>'
    spec = {"logging": {"accessLog": {"file": {"path": "/dev/stdout", "format": {"text": odd}}}}}
    for ascii_only in (True, False):
        body = json.dumps(
            {"spec": spec, "virtualNodeName": f"n{ascii_only}"}, ensure_ascii=ascii_only
        )
        answer = raw.put(MESHES + "/m/virtualNodes", body)
        assert answer.json["spec"] == {"backends": [], **spec}


def test_a_value_shown_is_cut_after_a_whole_character(raw):
    for name, shown in (
        ("é" * 300, "é" * 128),
        ("a" + "é" * 300, "a" + "é" * 127),
        ("😀" * 300, "😀" * 64),
    ):
        assert raw.put(MESHES, {"meshName": name}).json["message"] == (
            f"1 validation error detected: Value '{shown}...' at 'meshName' failed to satisfy "
            "constraint: Member must have length less than or equal to 255"
        )
