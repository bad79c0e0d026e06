# SPDX-License-Identifier: Apache-2.0
"""Rules of one resource that the model does not tell, each with what breaks it and what does not."""

import pytest

import kinds
import wire
from clients import refusal
from kinds import (
    GATEWAY,
    GATEWAY_ROUTE,
    MESH,
    NODE,
    ROUTE,
    ROUTER,
    SERVICE,
    http_route,
    listener,
    target,
)

DNS = {"dns": {"hostname": "node.local"}}
SECOND = {"unit": "s", "value": 1}
FILE_TRUST = {"trust": {"file": {"certificateChain": "ca.pem"}}}
FILE_CERTIFICATE = {"file": {"certificateChain": "cert.pem", "privateKey": "tell-nobody"}}
CHECK = {
    "healthyThreshold": 2,
    "intervalMillis": 5000,
    "path": "/",
    "protocol": "http",
    "timeoutMillis": 2000,
    "unhealthyThreshold": 2,
}


def check(**members):
    return {k: v for k, v in {**CHECK, **members}.items() if v is not None}


def node(*listeners, **members):
    return kinds.node_spec(*listeners, **members)


def gateway(*listeners):
    return {"listeners": list(listeners)}


def backends(*names):
    return [{"virtualService": {"virtualServiceName": n}} for n in names]


def tls(**members):
    return listener(tls={"mode": "STRICT", "certificate": FILE_CERTIFICATE, **members})


def cloud_map(*keys):
    attributes = [{"key": k, "value": "v"} for k in keys]
    return {"awsCloudMap": {"namespaceName": "n", "serviceName": "s", "attributes": attributes}}


def retrying(**members):
    return http_route(retryPolicy={"maxRetries": 0, "perRetryTimeout": SECOND, **members})


def grpc(match, **members):
    return http_route(kind="grpcRoute", match=match, **members)


def route_match(**match):
    return http_route(match=match)


def gate(match, kind="httpRoute", **action):
    return kinds.gateway_route(match=match, kind=kind, **action)


def rewrite(match=None, **members):
    return gate(match or {"prefix": "/a/"}, rewrite=members)


TCP = {"tcpRoute": {"action": {"weightedTargets": [target()]}}}

# (kind, what it says, spec, message or None where the service's own words are not known)
REFUSED = [
    (NODE, "discovery without listener", {"serviceDiscovery": DNS}, "Service Discovery can't be set without a listener."),
    (NODE, "discovery with no listener", {"serviceDiscovery": DNS, "listeners": []}, "Service Discovery can't be set without a listener."),
    (NODE, "listener without discovery", {"listeners": [listener()]}, None),
    (NODE, "two listeners on one port", node(listener(), listener(protocol="grpc")), None),
    (NODE, "http check without path", node(listener(healthCheck=check(path=None))), None),
    (NODE, "http check with empty path", node(listener(healthCheck=check(path=""))), None),
    (NODE, "http2 check without path", node(listener(protocol="http2", healthCheck=check(protocol="http2", path=None))), None),
    (NODE, "grpc check on http", node(listener(healthCheck=check(protocol="grpc"))), "GRPC HealthCheck requires listener type of HTTP2 or GRPC."),
    (NODE, "grpc check on tcp", node(listener(protocol="tcp", healthCheck=check(protocol="grpc"))), "GRPC HealthCheck requires listener type of HTTP2 or GRPC."),
    (NODE, "check on another port", node(listener(healthCheck=check(port=8081))), None),
    (NODE, "pool of another protocol", node(listener(connectionPool={"grpc": {"maxRequests": 1}})), None),
    (NODE, "timeout of another protocol", node(listener(timeout={"tcp": {"idle": SECOND}})), None),
    (NODE, "duration without unit", node(listener(timeout={"http": {"idle": {"value": 1}}})), None),
    (NODE, "duration without value", node(listener(timeout={"http": {"idle": {"unit": "s"}}})), None),
    (NODE, "empty duration", node(listener(timeout={"http": {"idle": {}}})), None),
    (NODE, "empty host name", node(serviceDiscovery={"dns": {"hostname": ""}}), None),
    (NODE, "line feed in a health path", node(listener(healthCheck=check(path="/\n"))), None),
    (NODE, "empty secret name", node(tls(certificate={"sds": {"secretName": ""}})), None),
    (NODE, "empty ARN of an authority", node(backendDefaults={"clientPolicy": {"tls": {"validation": {"trust": {"acm": {"certificateAuthorityArns": [""]}}}}}}), None),
    (NODE, "reserved attribute", node(serviceDiscovery=cloud_map("stack", "AWS_INSTANCE_PORT")), None),
    (NODE, "a backend twice", node(backends=backends("a", "b", "a")), None),
    (NODE, "backend with an empty name", node(backends=backends("")), None),
    (NODE, "backend with a blank", node(backends=backends("a b")), None),
    (NODE, "backend with a slash", node(backends=backends("a/b")), None),
    (NODE, "backend too long", node(backends=backends("a" * 256)), None),
    (GATEWAY, "no listeners", gateway(), None),
    (GATEWAY, "two listeners on one port", gateway(listener(), listener(protocol="grpc")), None),
    (GATEWAY, "grpc check on http", gateway(listener(healthCheck=check(protocol="grpc"))), "GRPC HealthCheck requires listener type of HTTP2 or GRPC."),
    (GATEWAY, "http check without path", gateway(listener(healthCheck=check(path=None))), None),
    (GATEWAY, "check on another port", gateway(listener(healthCheck=check(port=8081))), None),
    (GATEWAY, "pool of another protocol", gateway(listener(connectionPool={"grpc": {"maxRequests": 1}})), None),
    (ROUTER, "two listeners on one port", gateway(listener(), listener(protocol="tcp")), None),
    (SERVICE, "provider with a blank", kinds.node_provider("a b"), None),
    (ROUTE, "no route", {}, None),
    (ROUTE, "only a priority", {"priority": 1}, None),
    (ROUTE, "two routes", {**http_route(), **TCP}, None),
    (ROUTE, "target with a slash", http_route(target("a/b")), None),
    (ROUTE, "empty match", route_match(), None),
    (ROUTE, "prefix without slash", route_match(prefix="a"), None),
    (ROUTE, "empty prefix", route_match(prefix=""), None),
    (ROUTE, "prefix and path", route_match(prefix="/", path={"exact": "/"}), None),
    (ROUTE, "path that is empty", route_match(path={}), None),
    (ROUTE, "path exact and regex", route_match(path={"exact": "/", "regex": "/"}), None),
    (ROUTE, "exact path without slash", route_match(path={"exact": "a"}), None),
    (ROUTE, "range that is empty", route_match(headers=[{"name": "a", "match": {"range": {"start": 2, "end": 2}}}]), None),
    (ROUTE, "range backwards", route_match(headers=[{"name": "a", "match": {"range": {"start": 2, "end": 1}}}]), None),
    (ROUTE, "line feed in a header name", route_match(headers=[{"name": "a\nb"}]), None),
    (ROUTE, "empty query parameter", route_match(prefix="/", queryParameters=[{"name": ""}]), None),
    (ROUTE, "long query parameter", route_match(prefix="/", queryParameters=[{"name": "a" * 1025}]), None),
    (ROUTE, "method without service", grpc({"methodName": "m"}), None),
    (ROUTE, "retry without event", retrying(), None),
    (ROUTE, "retry on an unknown event", retrying(httpRetryEvents=["server-error", "bad-luck"]), None),
    (ROUTE, "duration without unit", http_route(timeout={"idle": {"value": 1}}), None),
    (ROUTE, "a target twice", http_route(target(), target()), None),
    (ROUTE, "a target twice on one port", http_route(target(port=8080), target(port=8080)), None),
    (GATEWAY_ROUTE, "no route", {}, None),
    (GATEWAY_ROUTE, "two routes", {**gate({"prefix": "/"}), **gate({"prefix": "/"}, "http2Route")}, None),
    (GATEWAY_ROUTE, "empty match", gate({}), None),
    (GATEWAY_ROUTE, "prefix and path", gate({"prefix": "/", "path": {"exact": "/"}}), None),
    (GATEWAY_ROUTE, "hostname exact and suffix", gate({"hostname": {"exact": "a", "suffix": "b"}}), None),
    (GATEWAY_ROUTE, "hostname that is empty", gate({"hostname": {}}), None),
    (GATEWAY_ROUTE, "line feed in a hostname", gate({"hostname": {"exact": "a\nb"}}), None),
    (GATEWAY_ROUTE, "exact path without slash", gate({"path": {"exact": "a"}}), None),
    (GATEWAY_ROUTE, "reserved prefix", gate({"prefix": "/aws-appmesh-status"}), None),
    (GATEWAY_ROUTE, "other reserved prefix", gate({"prefix": "/aws-app-mesh/"}), None),
    (GATEWAY_ROUTE, "rewrite of prefix and path", rewrite(prefix={"defaultPrefix": "ENABLED"}, path={"exact": "/"}), None),
    (GATEWAY_ROUTE, "rewrite by default and value", rewrite(prefix={"defaultPrefix": "ENABLED", "value": "/"}), None),
    (GATEWAY_ROUTE, "rewrite to no leading slash", rewrite(prefix={"value": "a/"}), None),
    (GATEWAY_ROUTE, "rewrite to no final slash", rewrite(prefix={"value": "/a"}), None),
    (GATEWAY_ROUTE, "rewrite to a line feed", rewrite(prefix={"value": "/\n/"}), None),
    (GATEWAY_ROUTE, "rewrite of a prefix without slash", rewrite({"prefix": "a/"}, prefix={"value": "/"}), None),
]  # fmt: skip

ACCEPTED = [
    (NODE, "nothing", {}),
    (NODE, "only defaults", {"backendDefaults": {"clientPolicy": {"tls": {"validation": FILE_TRUST}}}}),
    (NODE, "empty lists", {"listeners": [], "backends": []}),
    (NODE, "three listeners", node(listener(1), listener(2), listener(3, "grpc"))),
    (NODE, "tcp check on http", node(listener(healthCheck=check(protocol="tcp", port=8080)))),
    (NODE, "tcp check without path", node(listener(healthCheck=check(protocol="tcp", path=None, port=8080)))),
    (NODE, "http2 check on grpc", node(listener(protocol="grpc", healthCheck=check(protocol="http2", port=8080)))),
    (NODE, "grpc check on http2", node(listener(protocol="http2", healthCheck=check(protocol="grpc", path=None, port=8080)))),
    (NODE, "timeout above interval", node(listener(healthCheck=check(timeoutMillis=60000, port=8080)))),
    (NODE, "only idle", node(listener(timeout={"http": {"idle": SECOND}}))),
    (NODE, "no timeout at all", node(listener(timeout={"http": {}}))),
    (NODE, "outlier detection on tcp", node(listener(protocol="tcp", outlierDetection={"baseEjectionDuration": SECOND, "interval": SECOND, "maxEjectionPercent": 0, "maxServerErrors": 1}))),
    (NODE, "pool without pending", node(listener(connectionPool={"http": {"maxConnections": 1}}))),
    (NODE, "attributes", node(serviceDiscovery=cloud_map("stack", "AWS_", "aws_instance_port"))),
    (NODE, "policy ports twice", node(backendDefaults={"clientPolicy": {"tls": {"validation": FILE_TRUST, "ports": [1, 65535, 1]}}})),
    (NODE, "tls off still has a certificate", node(tls(mode="DISABLED"))),
    (NODE, "names of the peer", node(tls(validation={**FILE_TRUST, "subjectAlternativeNames": {"match": {"exact": ["a", "b"]}}}))),
    (NODE, "any arn", node(tls(certificate={"acm": {"certificateArn": "arn:aws:acm:us-west-2:123456789012:certificate/nobody-made-it"}}))),
    (NODE, "log in lines", node(logging={"accessLog": {"file": {"path": "/dev/stdout", "format": {"text": "%START_TIME%\n"}}}})),
    (NODE, "log in json", node(logging={"accessLog": {"file": {"path": "/dev/stdout", "format": {"json": [{"key": "a", "value": "%START_TIME%"}]}}}})),
    (GATEWAY, "three listeners", gateway(listener(1), listener(2, "http2"), listener(3, "grpc"))),
    (ROUTER, "no listeners", {}),
    (ROUTER, "an empty list", {"listeners": []}),
    (SERVICE, "no provider", {}),
    (ROUTE, "weights above a hundred", http_route(target(weight=100), target("b", 100))),
    (ROUTE, "weights of zero", http_route(target(weight=0), target("b", 0))),
    (ROUTE, "a target twice on two ports", http_route(target("wide", port=1), target("wide", port=2))),
    (ROUTE, "only a port", route_match(port=8080)),
    (ROUTE, "only a header", route_match(headers=[{"name": "a"}])),
    (ROUTE, "only a method", route_match(method="GET")),
    (ROUTE, "same priority as none", {**http_route(), "priority": 1000}),
    (ROUTE, "regex", route_match(path={"regex": "/.*"})),
    (ROUTE, "grpc of anything", grpc({})),
    (ROUTE, "grpc method", grpc({"serviceName": "s", "methodName": "m"})),
    (ROUTE, "tcp without match", TCP),
    (ROUTE, "tcp with an empty match", {"tcpRoute": {**TCP["tcpRoute"], "match": {}}}),
    (ROUTE, "retry on tcp alone", retrying(tcpRetryEvents=["connection-error"])),
    (ROUTE, "retry on all four", retrying(httpRetryEvents=["server-error", "gateway-error", "client-error", "stream-error"])),
    (ROUTE, "grpc retry", grpc({}, retryPolicy={"maxRetries": 1, "perRetryTimeout": SECOND, "grpcRetryEvents": ["cancelled"]})),
    (ROUTE, "query parameter without match", route_match(prefix="/", queryParameters=[{"name": "q"}])),
    (GATEWAY_ROUTE, "prefix without slash", gate({"prefix": "testPrefix"})),
    (GATEWAY_ROUTE, "only a hostname", gate({"hostname": {"suffix": ".local"}})),
    (GATEWAY_ROUTE, "only a port", gate({"port": 8080})),
    (GATEWAY_ROUTE, "rewrite by value", rewrite(prefix={"value": "/"})),
    (GATEWAY_ROUTE, "rewrite off without final slash", rewrite({"prefix": "/conor"}, prefix={"defaultPrefix": "DISABLED"})),
    (GATEWAY_ROUTE, "path rewrite of a prefix", rewrite(path={"exact": "/b"})),
    (GATEWAY_ROUTE, "rewrite of nothing", rewrite()),
    (GATEWAY_ROUTE, "rewrite of the host", rewrite(hostname={"defaultTargetHostname": "DISABLED"})),
    (GATEWAY_ROUTE, "like a reserved prefix", gate({"prefix": "/aws-appmes"})),
]  # fmt: skip


@pytest.fixture
def place(client):
    """A mesh where references of the specs above hold."""
    MESH.create(client)
    NODE.create(client)
    NODE.create(client, virtualNodeName="b")
    NODE.create(client, virtualNodeName="wide", spec=node(listener(1), listener(2)))
    ROUTER.create(client, spec={})
    ROUTER.create(client, virtualRouterName="8080")
    GATEWAY.create(client)
    GATEWAY.create(client, virtualGatewayName="grpc", spec=gateway(listener(protocol="grpc")))
    SERVICE.create(client)
    return client


def title(row):
    return f"{row[0].name}-{row[1]}".replace(" ", "_")


def names(kind, spec):
    """A router that listens, where the spec matches on a port."""
    by_port = kind is ROUTE and "port" in spec.get("httpRoute", {}).get("match", {})
    return {kind.name_member: "tried", **({"virtualRouterName": "8080"} if by_port else {})}


@pytest.mark.parametrize("row", REFUSED, ids=title)
def test_refused(place, row):
    kind, _, spec, message = row
    status, code, text = refusal(kind.create, client=place, spec=spec, **names(kind, spec))
    assert (status, code) == (400, "BadRequestException")
    assert "validation error" not in text and text
    assert message is None or text == message
    assert refusal(kind.describe, client=place, **names(kind, spec))[1] == "NotFoundException"


@pytest.mark.parametrize("row", ACCEPTED, ids=title)
def test_accepted(place, row):
    kind, _, spec = row
    expected = {"backends": [], **spec} if kind is NODE else spec
    assert kind.create(place, spec=spec, **names(kind, spec))["spec"] == expected


@pytest.mark.parametrize(
    "row", [row for row in REFUSED if row[0] in (NODE, GATEWAY, ROUTER)], ids=title
)
def test_an_update_is_held_to_the_same(place, row):
    kind, _, spec, message = row
    before = kind.describe(place)
    status, code, text = refusal(kind.update, client=place, spec=spec)
    assert (status, code) == (400, "BadRequestException")
    assert message is None or text == message
    assert kind.describe(place) == before


GRPC_GATES = [
    ("service", {"serviceName": "s"}, True),
    ("host", {"hostname": {"exact": "h"}}, True),
    ("metadata", {"metadata": [{"name": "a"}]}, True),
    ("port", {"port": 8080}, True),
    ("nothing", {}, False),
    ("reserved service", {"serviceName": "/aws.app-mesh.v1"}, False),
    ("other reserved service", {"serviceName": "aws.appmesh"}, False),
]


@pytest.mark.parametrize("row", GRPC_GATES, ids=lambda row: row[0].replace(" ", "_"))
def test_grpc_gateway_routes(place, row):
    _, match, is_taken = row
    spec = gate(match, "grpcRoute")
    call = {"client": place, "spec": spec, "virtualGatewayName": "grpc"}
    if is_taken:
        assert GATEWAY_ROUTE.create(**call)["spec"] == spec
    else:
        assert refusal(GATEWAY_ROUTE.create, **call)[:2] == (400, "BadRequestException")


EMPTY_TRUST = (400, "BadRequestException", "One type of TLS Validation Context Trust must be set.")


@pytest.mark.parametrize(
    "trust", [{}, {"acm": {"certificateAuthorityArns": ["arn"]}}], ids=["empty", "acm"]
)
def test_trust_that_is_empty_has_its_own_text(emulator, place, account, trust):
    """Source: aws-app-mesh-controller-for-k8s#575: the unsupported member was dropped before."""
    spec = node(tls(validation={"trust": trust}))
    raw = wire.Connection(emulator, account)
    assert (
        raw.put("/v20190125/meshes/shop/virtualNodes/node", {"spec": spec}).refusal == EMPTY_TRUST
    )


def test_trust_that_is_empty_among_others_is_told_as_others_are(place):
    spec = node(tls(mode="OFF", validation={"trust": {}}))
    assert refusal(NODE.update, client=place, spec=spec)[2] == (
        "2 validation errors detected: Value 'OFF' at 'spec.listeners.1.member.tls.mode' failed to satisfy "
        "constraint: Member must satisfy enum value set: [STRICT, PERMISSIVE, DISABLED]; "
        "Value '{}' at 'spec.listeners.1.member.tls.validation.trust' failed to satisfy constraint: "
        "Member must have exactly one of: [file, sds]"
    )


def test_of_many_broken_rules_the_first_alone_is_told(place):
    spec = node(listener(healthCheck=check(protocol="grpc")), backends=backends("a", "a"))
    text = refusal(NODE.update, client=place, spec=spec)[2]
    assert "\n" not in text and ";" not in text


def test_a_broken_shape_hides_broken_rules(place):
    spec = {"serviceDiscovery": DNS, "logging": {"accessLog": {}}}
    assert refusal(NODE.update, client=place, spec=spec)[2].startswith(
        "1 validation error detected: "
    )
