# SPDX-License-Identifier: Apache-2.0
"""What requests meet on their way through real Envoys, feature by feature."""

import collections
import concurrent.futures
import contextlib
import socket
import threading
import time

import grpc
import pytest

import authority
import clients
import proxy
import sds
import town
import upstream
from town import PORT, SERVICE, listener, milliseconds, node, route, seconds

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")
DEFAULT_TIMEOUT_S = 15  # of routes and listeners


def build_front(place, routes, applications, **more):
    """front calls the applications, each of which is a node without a proxy."""
    backs = {one.name: node(one.address) for one in applications}
    front = node("front.local", backends=[SERVICE])
    place.build(nodes={"front": front, **backs}, routes=routes, **more)
    return place.envoy("front")


@pytest.mark.parametrize("version", proxy.binaries())
def test_a_request_passes_two_proxies(place, version):
    """front's proxy, then back's, which alone knows where back's application listens."""
    binary = proxy.binaries()[version]
    application = place.application("back")
    address = proxy.new_address()
    place.build(
        nodes={"front": node("front.local", backends=[SERVICE]), "back": node(address)},
        routes={"main": route({"back": 1})},
    )
    flags = ("--app-address", application.address)
    place.envoy("back", address=address, flags=flags, binary=binary)
    front = place.envoy("front", binary=binary)
    reply = town.get(front, "/path?query=1")
    assert (reply.status, reply.body) == (200, "back")
    ((path, headers),) = application.seen
    assert path == "/path?query=1" and headers["host"] == SERVICE


def test_what_is_no_backend_is_refused(place):
    front = build_front(place, {"main": route({"back": 1})}, [place.application("back")])
    assert town.get(front).status == 200
    assert town.get(front, host="other.town.local").status == 404


def test_weights_share_the_traffic(place):
    applications = [place.application(name) for name in ("blue", "green")]
    front = build_front(place, {"main": route({"blue": 75, "green": 25})}, applications)
    with contextlib.closing(town.Caller(front)) as caller:
        answers = collections.Counter(caller.get().body for _ in range(400))
    assert 230 < answers["blue"] < 370  # 300 expected, and eight times its deviation
    assert answers["blue"] + answers["green"] == 400


def test_a_header_picks_the_canary(place):
    applications = [place.application(name) for name in ("stable", "canary")]
    headers = [{"name": "x-canary", "match": {"exact": "yes"}}]
    canary = route({"canary": 1}, match={"prefix": "/", "headers": headers}, priority=1)
    front = build_front(
        place, {"main": route({"stable": 1}, priority=2), "canary": canary}, applications
    )
    assert town.get(front).body == "stable"
    assert town.get(front, x_canary="yes").body == "canary"
    assert town.get(front, x_canary="no").body == "stable"


def test_retries_hide_failures(place):
    """Each second request fails; a route without a policy of its own does not repeat a 500."""
    turns = iter(range(1000))
    application = place.application("back", behave=lambda _: 200 if next(turns) % 2 else 500)
    policy = {
        "maxRetries": 1, "perRetryTimeout": seconds(5), "httpRetryEvents": ["server-error"],
    }  # fmt: skip
    routes = {
        "main": route({"back": 1}),
        "retried": route({"back": 1}, prefix="/retried", retryPolicy=policy),
    }
    front = build_front(place, routes, [application])
    assert [town.get(front, "/retried").status for _ in range(10)] == [200] * 10
    assert len(application.seen) == 20
    assert [town.get(front).status for _ in range(4)] == [500, 200, 500, 200]


@pytest.mark.parametrize("kind", ["perRequest", "idle"])
@pytest.mark.parametrize("whose", ["route", "listener"])
def test_a_timeout_cuts_a_slow_answer(place, whose, kind):
    """A route's at the caller's proxy, a listener's at the proxy of who is called."""
    is_over = threading.Event()
    application = place.application("slow", behave=lambda _: is_over.wait() and 200)
    timeout, address = {kind: milliseconds(100)}, proxy.new_address()
    of_route = {"timeout": timeout} if whose == "route" else {}
    of_listener = {"timeout": {"http": timeout}} if whose == "listener" else {}
    place.build(
        nodes={
            "front": node("front.local", backends=[SERVICE]),
            "back": node(address, listener(**of_listener)),
        },
        routes={"main": route({"back": 1}, **of_route)},
    )
    place.envoy("back", address=address, flags=("--app-address", application.address))
    front = place.envoy("front")
    begin = time.monotonic()
    reply = town.get(front)
    is_over.set()
    assert reply.status == 504
    assert time.monotonic() - begin < DEFAULT_TIMEOUT_S / 2


def test_a_dead_instance_is_hidden_without_a_retry_policy(place):
    """AWS's default tries another host when the first refuses the connection."""
    alive, dead = place.application("alive"), proxy.new_address()
    build_instances(place, {"alive": alive.address, "dead": dead})
    front = place.envoy("front")
    assert [town.get(front).status for _ in range(20)] == [200] * 20
    (failed,) = front.stats("back.*upstream_cx_connect_fail$").values()
    assert failed > 0


def build_instances(place, addresses, **members):
    """front calls a node whose instances in Cloud Map are at the addresses, by id; members of its
    listener."""
    found = {"awsCloudMap": {"namespaceName": "space", "serviceName": "back"}}
    place.build(
        nodes={
            "front": node("front.local", backends=[SERVICE]),
            "back": {"listeners": [listener(**members)], "serviceDiscovery": found},
        },
        routes={"main": route({"back": 1})},
    )
    cloudmap = clients.connect(place.server, service="servicediscovery")
    service = town.cloud_map_service(cloudmap, "space", "back")
    for name, address in addresses.items():
        cloudmap.register_instance(
            ServiceId=service, InstanceId=name, Attributes={"AWS_INSTANCE_IPV4": address}
        )


def test_an_instance_that_fails_is_left_out(place):
    detection = {
        "maxServerErrors": 3, "interval": seconds(10), "baseEjectionDuration": seconds(30),
        "maxEjectionPercent": 50,
    }  # fmt: skip
    good = place.application("good")
    bad = place.application("bad", behave=lambda _: 500)
    addresses = {"good": good.address, "bad": bad.address}
    build_instances(place, addresses, outlierDetection=detection)
    front = place.envoy("front")
    proxy.until(lambda: town.get(front).body == "bad", "bad is asked")
    with contextlib.closing(town.Caller(front)) as caller:
        statuses = collections.Counter(caller.get().status for _ in range(60))
    assert statuses[500] <= 3 and len(bad.seen) == 3
    (ejected,) = front.stats("back.*ejections_active$").values()
    assert ejected == 1


def checking_often(config):
    """App Mesh's shortest interval is 5 s, and Envoy's own before the first request is 60 s."""
    (runtime, _) = config["layered_runtime"]["layers"]
    runtime["static_layer"]["health_check.max_interval"] = 20  # ms
    return config


def test_an_instance_whose_health_checks_fail_is_left_out_until_they_pass(place):
    is_well = threading.Event()

    def behave(request):
        return 200 if is_well.is_set() or request.path != "/ping" else 503

    good, bad = place.application("good"), place.application("bad", behave=behave)
    addresses = {"good": good.address, "bad": bad.address}
    check = {
        "protocol": "http", "path": "/ping", "intervalMillis": 5000, "timeoutMillis": 2000,
        "healthyThreshold": 2, "unhealthyThreshold": 2,
    }  # fmt: skip
    build_instances(place, addresses, healthCheck=check)
    front = place.envoy("front", change=checking_often)
    with contextlib.closing(town.Caller(front)) as caller:

        def who_answers():
            return {caller.get().body for _ in range(20)}

        assert who_answers() == {"good"}
        is_well.set()
        proxy.until(lambda: who_answers() == {"good", "bad"}, "bad is taken back")
        is_well.clear()
        proxy.until(lambda: who_answers() == {"good"}, "bad is left out again")
    checks = [headers["host"] for path, headers in good.seen if path == "/ping"]
    assert set(checks) == {"back.space:8080"}


def test_a_full_pool_refuses(place):
    """One request is served, one waits; the third is refused at once."""
    is_over = threading.Event()
    application = place.application("back", behave=lambda _: is_over.wait() and 200)
    address = proxy.new_address()
    pool = {"http": {"maxConnections": 1, "maxPendingRequests": 1}}
    place.build(nodes={"back": node(address, listener(connectionPool=pool))})
    back = place.envoy("back", address=address, flags=("--app-address", application.address))
    with concurrent.futures.ThreadPoolExecutor() as threads:
        first = threads.submit(town.get, back, port=PORT)
        proxy.until(lambda: application.seen, "the first is served")
        second = threads.submit(town.get, back, port=PORT)
        proxy.until(
            lambda: 1 in back.stats("ingress.*upstream_rq_pending_active$").values(), "one waits"
        )
        third = town.get(back, port=PORT)
        is_over.set()
        assert third.status == 503 and third.headers["x-envoy-overloaded"] == "true"
        assert [first.result().status, second.result().status] == [200, 200]


class Files:
    """TLS material that an Envoy reads from a folder as authority.make writes it."""

    flags = ()

    def certificate(self, folder):
        names = {"certificateChain": f"{folder}/server.pem", "privateKey": f"{folder}/server.key"}
        return {"file": names}

    def authority(self, folder):
        return {"file": {"certificateChain": f"{folder}/ca.pem"}}


class Secrets:
    """The same material from a local SDS server."""

    def __init__(self, server):
        self._server, self.flags = server, ("--sds-socket", server.path)

    def certificate(self, folder):
        name = f"spiffe://town{folder}"
        self._server.add_certificate(name, folder)
        return {"sds": {"secretName": name}}

    def authority(self, folder):
        name = f"spiffe://authority{folder}"
        self._server.add_authority(name, folder)
        return {"sds": {"secretName": name}}


@pytest.fixture(params=["file", "sds"])
def material(request, place, tmp_path):
    if request.param == "file":
        return Files()
    return Secrets(place.enter(sds.Server(tmp_path / "sds.sock")))


def caller_of(material, own, trusted, name="localhost"):
    """A node that shows its own certificate and trusts one of that name which `trusted` signed."""
    tls = {
        "enforce": True,
        "certificate": material.certificate(own),
        "validation": {
            "trust": material.authority(trusted),
            "subjectAlternativeNames": {"match": {"exact": [name]}},
        },
    }
    return node("front.local", backends=[SERVICE], backendDefaults={"clientPolicy": {"tls": tls}})


def test_mutual_tls_refuses_who_shows_another_certificate(place, certificates, tmp_path, material):
    strangers = authority.make(tmp_path)
    application = place.application("back")
    address = proxy.new_address()
    tls = {
        "mode": "STRICT",
        "certificate": material.certificate(certificates),
        "validation": {"trust": material.authority(certificates)},
    }
    callers = {
        "friend": caller_of(material, certificates, certificates),
        "stranger": caller_of(material, strangers, certificates),
        "doubter": caller_of(material, certificates, strangers),
        "mistaken": caller_of(material, certificates, certificates, name="other"),
    }
    place.build(
        nodes={"back": node(address, listener(tls=tls)), **callers},
        routes={"main": route({"back": 1})},
    )
    flags = ("--app-address", application.address, *material.flags)
    back = place.envoy("back", address=address, flags=flags)
    envoys = {name: place.envoy(name, flags=material.flags) for name in callers}
    assert {name: town.get(one).status for name, one in envoys.items()} == {
        "friend": 200, "stranger": 503, "doubter": 503, "mistaken": 503,
    }  # fmt: skip
    with pytest.raises(OSError):
        town.get(back, port=PORT)  # without TLS
    assert len(application.seen) == 1


def test_tls_by_certificates_of_acm(place, certificates):
    """The files that stand for ARNs reach both proxies as secrets."""
    arn, authority_arn = (
        f"arn:aws:{kind}:us-west-2:123456789012:{name}/x"
        for kind, name in (("acm", "certificate"), ("acm-pca", "certificate-authority"))
    )
    place.restart(
        "--xds", "127.0.0.1:0",
        "--certificate", f"{arn}={certificates}/server.pem,{certificates}/server.key",
        "--certificate-authority", f"{authority_arn}={certificates}/ca.pem",
    )  # fmt: skip
    application = place.application("back")
    address = proxy.new_address()
    validation = {
        "trust": {"acm": {"certificateAuthorityArns": [authority_arn]}},
        "subjectAlternativeNames": {"match": {"exact": ["localhost"]}},
    }
    policy = {"clientPolicy": {"tls": {"validation": validation}}}
    tls = {"mode": "PERMISSIVE", "certificate": {"acm": {"certificateArn": arn}}}
    place.build(
        nodes={
            "back": node(address, listener(tls=tls)),
            "front": node("front.local", backends=[SERVICE], backendDefaults=policy),
        },
        routes={"main": route({"back": 1})},
    )
    back = place.envoy("back", address=address, flags=("--app-address", application.address))
    front = place.envoy("front")
    assert town.get(front).body == "back"
    assert sum(back.stats("^listener.*ssl.handshake$").values()) == 1
    assert town.get(back, port=PORT).body == "back"  # PERMISSIVE: plain too


def test_a_tcp_route_shares_connections_to_servers_that_speak_first(place):
    greeters = [place.enter(upstream.Greeter(name)) for name in ("one", "two")]
    tcp = listener(upstream.Greeter.PORT, "tcp")
    place.build(
        nodes={
            "front": node("front.local", backends=[SERVICE]),
            **{greeter.name: node(greeter.address, tcp) for greeter in greeters},
        },
        routes={"main": route({"one": 1, "two": 1}, kind="tcpRoute")},
        router=[tcp],
    )
    vip, network = proxy.virtual_network()
    place.envoy("front", mode="vip-egress", flags=("--vips", network))

    def greeting():
        with socket.create_connection((vip, upstream.Greeter.PORT), proxy.PATIENCE_S) as peer:
            return peer.makefile().read()

    assert {greeting() for _ in range(40)} == {"one", "two"}


def test_a_grpc_route_goes_by_service_method_and_metadata(place):
    servers = [place.enter(upstream.Grpc(name)) for name in ("main", "canary")]
    grpc_listener = listener(upstream.Grpc.PORT, "grpc")
    metadata = [{"name": "x-canary", "match": {"exact": "yes"}}]
    match = {"serviceName": "town.Greeter", "methodName": "Greet"}
    place.build(
        nodes={
            "front": node("front.local", backends=[SERVICE]),
            **{one.name: node(one.address, grpc_listener) for one in servers},
        },
        routes={
            "main": route({"main": 1}, kind="grpcRoute", match=match, priority=2),
            "canary": route(
                {"canary": 1}, kind="grpcRoute", match={**match, "metadata": metadata}, priority=1
            ),
        },
        router=[grpc_listener],
    )
    front = place.envoy("front")
    options = [("grpc.default_authority", SERVICE)]
    target = f"{front.address}:{proxy.EGRESS_PORT}"
    with grpc.insecure_channel(target, options) as channel:
        greet = channel.unary_unary("/town.Greeter/Greet")
        assert greet(b"", timeout=proxy.PATIENCE_S) == b"main"
        canary = greet(b"", metadata=[("x-canary", "yes")], timeout=proxy.PATIENCE_S)
        assert canary == b"canary"
        with pytest.raises(grpc.RpcError) as refused:
            channel.unary_unary("/town.Greeter/Other")(b"", timeout=proxy.PATIENCE_S)
        assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED


def gateway_route(match, rewrite=None):
    action = {"target": {"virtualService": {"virtualServiceName": SERVICE}}}
    return {
        "httpRoute": {
            "match": match,
            "action": {**action, **({"rewrite": rewrite} if rewrite else {})},
        }
    }


@pytest.mark.parametrize(
    ("match", "rewrite", "asked", "arrives"),
    [
        ({"prefix": "/shop"}, None, "/shop/cart?n=1", ("/cart?n=1", SERVICE)),
        ({"prefix": "/shop/"}, {"prefix": {"defaultPrefix": "DISABLED"}}, "/shop/cart", ("/shop/cart", SERVICE)),
        ({"prefix": "/shop/"}, {"prefix": {"value": "/v2/"}}, "/shop/cart", ("/v2/cart", SERVICE)),
        ({"path": {"exact": "/health"}}, {"path": {"exact": "/ping"}}, "/health?n=1", ("/ping?n=1", SERVICE)),
        (
            {"prefix": "/", "hostname": {"exact": "www.example"}},
            {"hostname": {"defaultTargetHostname": "DISABLED"}},
            "/cart", ("/cart", "www.example"),
        ),
    ],
)  # fmt: skip
def test_a_gateway_rewrites(place, match, rewrite, asked, arrives):
    application = place.application("back")
    place.build(
        nodes={"back": node(application.address)},
        services={SERVICE: {"virtualNode": {"virtualNodeName": "back"}}},
        gateways={"gate": {"listeners": [listener(8088)]}},
        gateway_routes={"main": gateway_route(match, rewrite)},
    )
    gate = place.envoy("gate", "virtualGateway", mode="direct-ingress")
    assert town.get(gate, asked, host="www.example", port=8088).status == 200
    ((path, headers),) = application.seen
    assert (path, headers["host"]) == arrives
    assert town.get(gate, "/none", host="other.example", port=8088).status == 404


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ({"text": "%REQ(:PATH)% %RESPONSE_CODE%\n"}, "/log?n=1 200"),
        (
            {"json": [{"key": "path", "value": "%REQ(:PATH)%"}, {"key": "status", "value": "%RESPONSE_CODE%"}]},
            '{"path":"/log?n=1","status":200}',
        ),
    ],
    ids=["text", "json"],
)  # fmt: skip
def test_an_access_log_has_its_format(place, format, line):
    application = place.application("back")
    log = {"accessLog": {"file": {"path": "/dev/stdout", "format": format}}}
    place.build(
        nodes={
            "front": node("front.local", backends=[SERVICE], logging=log),
            "back": node(application.address),
        },
        routes={"main": route({"back": 1})},
    )
    front = place.envoy("front")
    assert town.get(front, "/log?n=1").status == 200
    proxy.until(front.output, "a line")
    assert front.output().splitlines() == [line]
