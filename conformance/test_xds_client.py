# SPDX-License-Identifier: Apache-2.0
"""The xDS server as an independent gRPC client sees it: grpcio with the official stubs."""

import contextlib
import itertools
import signal
import threading
import urllib.parse
from concurrent import futures

import grpc
import pytest
from envoy.service.discovery.v3 import discovery_pb2

import clients
import emulator
import kinds
import proxy
import wire
import xds_stream
from xds_stream import Stream, node, url

MESH = "m"


def build(client, weight=1):
    """front -> service back.local -> router -> node back."""
    client.create_mesh(meshName=MESH)
    client.create_virtual_node(
        meshName=MESH, virtualNodeName="back",
        spec={**kinds.node_spec(), "serviceDiscovery": {"dns": {"hostname": "localhost"}}},
    )  # fmt: skip
    client.create_virtual_router(
        meshName=MESH, virtualRouterName="router",
        spec={"listeners": [{"portMapping": {"port": 8080, "protocol": "http"}}]},
    )  # fmt: skip
    client.create_route(
        meshName=MESH, virtualRouterName="router", routeName="all", spec=route(weight)
    )
    client.create_virtual_service(
        meshName=MESH, virtualServiceName="back.local",
        spec={"provider": {"virtualRouter": {"virtualRouterName": "router"}}},
    )  # fmt: skip
    for name in ("front", "other"):
        backends = [{"virtualService": {"virtualServiceName": "back.local"}}]
        client.create_virtual_node(
            meshName=MESH, virtualNodeName=name,
            spec={
                **kinds.node_spec(),
                "serviceDiscovery": {"dns": {"hostname": "localhost"}},
                **({"backends": backends} if name == "front" else {}),
            },
        )  # fmt: skip


def route(weight):
    targets = [{"virtualNode": "back", "weight": weight}]
    return {"httpRoute": {"match": {"prefix": "/"}, "action": {"weightedTargets": targets}}}


def change_route(client, weight):
    client.update_route(
        meshName=MESH, virtualRouterName="router", routeName="all", spec=route(weight)
    )


@pytest.fixture
def server(start):
    return start()


@pytest.fixture
def mesh(server):
    client = clients.connect(server)
    build(client)
    return client


@pytest.fixture(params=[False, True], ids=["sotw", "delta"])
def is_delta(request):
    return request.param


@pytest.fixture
def connect(server):
    streams = []

    def run(who, is_delta=False, **more):
        streams.append(Stream(server.xds, who, is_delta, **more))
        return streams[-1]

    yield run
    for stream in streams:
        stream.__exit__()


def get(server, path, **query):
    reply = wire.Connection(server).get(f"{path}?{urllib.parse.urlencode(query)}")
    assert reply.status == 200
    return reply


def sync(stream, is_quiet=True):
    """Connects as Envoy does; the names of all that came."""
    clusters = stream.ask("CDS")
    listeners = stream.ask("LDS")
    routes = stream.ask("RDS", "rds_ingress_http_8080", "rds_egress_http_8080")
    if is_quiet:
        stream.assert_silent()
    return clusters, listeners, routes


def test_a_proxy_gets_what_its_node_needs(mesh, connect, is_delta):
    clusters, listeners, routes = sync(connect(node("front"), is_delta))
    assert "cds_egress_m_back_http_8080" in clusters
    assert set(listeners) == {"lds_ingress_0.0.0.0_15000", "lds_egress_0.0.0.0_15001"}
    assert set(routes) == {"rds_ingress_http_8080", "rds_egress_http_8080"}


def test_a_change_goes_to_whom_it_concerns_and_to_no_other(mesh, connect, is_delta):
    front, other = connect(node("front"), is_delta), connect(node("other"), is_delta)
    sync(front)
    other.ask("CDS")
    change_route(mesh, 7)
    response = front.receive("RDS")
    (changed,) = front.resources(response).values()
    weights = changed.virtual_hosts[0].routes[0].route.weighted_clusters.clusters
    assert [cluster.weight.value for cluster in weights] == [7]
    front.assert_silent()
    other.assert_silent()


def test_a_client_that_comes_back_is_sent_nothing_twice(mesh, server, connect):
    first = connect(node("front"))
    versions = {}
    for kind, names in (("CDS", []), ("LDS", []), ("RDS", ["rds_egress_http_8080"])):
        first.send(kind, resource_names=names)
        response = first.receive(kind)
        first.ack(response, names)
        versions[kind] = (names, response.version_info)
    second = connect(node("front"))
    for kind, (names, version) in versions.items():
        second.send(kind, resource_names=names, version_info=version)
    second.assert_silent()
    change_route(mesh, 3)
    second.receive("RDS")


def test_a_refusal_is_shown_and_does_not_loop(mesh, server, connect, is_delta):
    stream = connect(node("front"), is_delta)
    stream.send("CDS")
    stream.ack(stream.receive("CDS"), error="no good\nat all")
    stream.assert_silent()
    (proxy,) = get(server, "/_emulator/proxies").json["proxies"]
    assert proxy["node"] == "mesh/m/virtualNode/front"
    assert proxy["protocol"] == ("delta" if is_delta else "sotw")
    shown = proxy["types"]["CDS"]
    assert shown["nack"]["message"] == "no good\nat all"
    assert (shown["acked"], len(shown["sent"])) == ("", 16)
    assert server.errors().count("refused=CDS") == 1
    metrics = get(server, "/_emulator/metrics").body.decode()
    assert 'appmesh_emulator_nacks_total{type="CDS"} 1' in metrics
    assert get(server, "/_emulator/health").json["proxies"] == 1


def test_config_is_what_a_proxy_gets_connected_or_not(mesh, server, connect):
    shown = get(server, "/_emulator/config", node="mesh/m/virtualNode/front").json
    assert list(shown) == ["LDS", "CDS", "EDS", "RDS", "SDS"]
    clusters, listeners, _ = sync(connect(node("front")))
    assert {cluster["name"] for cluster in shown["CDS"]} == set(clusters)
    assert {listener["name"] for listener in shown["LDS"]} == set(listeners)
    settings = {"appmesh-emulator.mode": "direct-ingress", "appmesh-emulator.address": "127.0.0.9"}
    local = get(server, "/_emulator/config", node="mesh/m/virtualNode/front", **settings).json
    assert any("127.0.0.9" in listener["name"] for listener in local["LDS"])


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("nonsense", "must be mesh/<mesh>/virtualNode/<name>"),
        ("mesh/m/virtualNode/none", "a mesh of this name is in 123456789012/us-west-2"),
        ("mesh/none/virtualNode/front", "there is no mesh of this name"),
    ],
)
def test_an_unknown_node_is_told_why(mesh, connect, id, words):
    stream = connect(node(id if "/" in id else "x", mesh="x"))
    stream.who.id = id
    stream.send("CDS")
    code, message = stream.ended_with()
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert words in message


def test_a_bad_setting_is_told_by_its_key(mesh, connect):
    stream = connect(node("front", metadata={"appmesh-emulator.mode": "no-such-mode"}))
    stream.send("CDS")
    code, message = stream.ended_with()
    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert "appmesh-emulator.mode" in message


def test_a_node_that_is_said_later_is_ignored(mesh, server, connect, is_delta):
    stream = connect(node("front"), is_delta)
    stream.ask("CDS")
    stream.is_first, stream.who = True, node("other")
    assert "lds_egress_0.0.0.0_15001" in stream.ask("LDS")
    (shown,) = get(server, "/_emulator/proxies").json["proxies"]
    assert shown["node"] == "mesh/m/virtualNode/front"
    assert stream.ask("RDS", "rds_egress_http_8080")  # without a node


def test_a_request_without_node_is_refused(mesh, connect):
    stream = connect(node("front"))
    stream.is_first = False
    stream.send("CDS")
    assert stream.ended_with()[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_an_arn_is_a_node_id(mesh, connect):
    who = node("arn:aws:appmesh:us-west-2:123456789012:mesh/m/virtualNode/front")
    assert connect(who).ask("CDS")


def test_deleting_the_node_ends_the_stream(mesh, connect, is_delta):
    stream = connect(node("other"), is_delta)
    stream.ask("CDS")
    mesh.delete_virtual_node(meshName=MESH, virtualNodeName="other")
    assert stream.ended_with()[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_a_proxy_that_left_is_gone(mesh, server, is_delta):
    """go-control-plane#913: streams are not kept after their end, whoever ends them."""
    with Stream(server.xds, node("front"), is_delta) as first:
        with Stream(server.xds, node("front"), is_delta) as second:
            first.ask("CDS")
            second.ask("CDS")
            assert get(server, "/_emulator/health").json["proxies"] == 2
        second.outgoing.put(second.message(type_url="no.such.Type"))
        for _ in range(10):  # what comes behind the request that ends the stream
            first.outgoing.put(first.message(type_url="no.such.Type"))
        first.ended_with()
        proxy.until(lambda: get(server, "/_emulator/health").json["proxies"] == 0, "none left")


def test_a_reset_ends_the_stream_and_putting_the_state_back_does_not(mesh, server, connect):
    stream = connect(node("front"))
    sync(stream)
    here = wire.Connection(server)
    state = here.get("/_emulator/state").body
    assert here.put("/_emulator/state", state).status == 200
    stream.assert_silent()
    change_route(mesh, 9)
    stream.ack(stream.receive("RDS"), ["rds_ingress_http_8080", "rds_egress_http_8080"])
    assert here.request("POST", "/_emulator/reset").status == 200
    assert stream.ended_with()[0] == grpc.StatusCode.INVALID_ARGUMENT


def test_instances_of_cloud_map_arrive_as_they_come_and_go(server, connect, is_delta):
    client = clients.connect(server)
    build(client)
    cloudmap = clients.connect(server, service="servicediscovery")
    namespace = cloudmap.create_http_namespace(Name="space")["OperationId"]
    namespace = cloudmap.get_operation(OperationId=namespace)["Operation"]["Targets"]["NAMESPACE"]
    service = cloudmap.create_service(Name="back", NamespaceId=namespace)["Service"]["Id"]
    discovery = {"awsCloudMap": {"namespaceName": "space", "serviceName": "back"}}
    client.update_virtual_node(
        meshName=MESH, virtualNodeName="back",
        spec={**kinds.node_spec(), "serviceDiscovery": discovery},
    )  # fmt: skip
    name = "cds_egress_m_back_http_8080"
    stream = connect(node("front"), is_delta)
    stream.ask("CDS")
    assert endpoints(stream.ask("EDS", name)[name]) == []
    cloudmap.register_instance(
        ServiceId=service, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": "10.0.0.7"}
    )
    response = stream.receive("EDS")
    assert endpoints(stream.resources(response)[name]) == ["10.0.0.7"]
    stream.ack(response, [name])
    cloudmap.deregister_instance(ServiceId=service, InstanceId="i")
    assert endpoints(stream.resources(stream.receive("EDS"))[name]) == []


def endpoints(assignment):
    return [
        host.endpoint.address.socket_address.address
        for locality in assignment.endpoints
        for host in locality.lb_endpoints
    ]


def test_the_end_of_the_server_is_a_clean_one(mesh, server, connect):
    stream = connect(node("front"))
    stream.ask("CDS")
    assert server.stop() == 0
    assert stream.incoming.get(timeout=30) is None


def exchange(address, path, *messages):
    """Sends all and ends: the answers, the status and its text."""
    with grpc.insecure_channel(address) as channel:
        answers = []
        call = channel.stream_stream(path)(iter(messages), timeout=xds_stream.PATIENCE_S)
        try:
            answers.extend(call)
        except grpc.RpcError:
            pass
        return answers, call.code(), call.details()


@pytest.mark.parametrize(
    "method",
    [
        "load_stats.v3.LoadReportingService/StreamLoadStats",
        "health.v3.HealthDiscoveryService/StreamHealthCheck",
        "route.v3.VirtualHostDiscoveryService/DeltaVirtualHosts",
        "runtime.v3.RuntimeDiscoveryService/StreamRuntime",
        "status.v3.ClientStatusDiscoveryService/StreamClientStatus",
        "cluster.v3.ClusterDiscoveryService/FetchClusters",
    ],
)
def test_other_services_are_unimplemented(mesh, server, method):
    _, code, text = exchange(server.xds, f"/envoy.service.{method}", b"")
    assert code == grpc.StatusCode.UNIMPLEMENTED and method in text


def message(kind, is_delta, names=(), who="front"):
    if is_delta:
        return discovery_pb2.DeltaDiscoveryRequest(
            type_url=url(kind), node=node(who), resource_names_subscribe=names
        )
    return discovery_pb2.DiscoveryRequest(type_url=url(kind), node=node(who), resource_names=names)


AGGREGATED = xds_stream.path_of(False, None)
MANY = [f"name{n}" for n in range(100_000)]


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"\xff", grpc.StatusCode.INTERNAL),
        (b"\x1a\x03a\0b", grpc.StatusCode.INTERNAL),
        (b"\x1a\x03a\xffb", grpc.StatusCode.INTERNAL),
        (message("EDS", False, MANY[:10_001]).SerializeToString(), "RESOURCE_EXHAUSTED"),
        (message("EDS", False, MANY).SerializeToString(), "RESOURCE_EXHAUSTED"),
        (message("EDS", False, ["n" * 4097]).SerializeToString(), "RESOURCE_EXHAUSTED"),
        (message("EDS", False, who="x" * 3_000_000).SerializeToString(), "RESOURCE_EXHAUSTED"),
        (message("EDS", False, who="x" * 4000).SerializeToString(), "INVALID_ARGUMENT"),
    ],
    ids=[
        "garbage",
        "NUL",
        "no UTF-8",
        "10001 names",
        "100000 names",
        "long name",
        "long node",
        "strange node",
    ],
)
def test_a_hostile_request_ends_its_stream_and_no_other(mesh, server, connect, request_bytes, code):
    beside = connect(node("front"))
    beside.ask("CDS")
    _, ended, _ = exchange(server.xds, AGGREGATED, request_bytes)
    assert ended == (grpc.StatusCode[code] if isinstance(code, str) else code)
    assert beside.ask("LDS")
    assert len(server.errors()) < 100_000


def test_an_unknown_type_is_unimplemented(mesh, connect):
    stream = connect(node("front"))
    stream.ask("CDS")
    stream.outgoing.put(stream.message(type_url="type.googleapis.com/no.such.Type"))
    code, message = stream.ended_with()
    assert code == grpc.StatusCode.UNIMPLEMENTED and "no.such.Type" in message
    assert url("CDS") not in message


NAMES = {"CDS": [], "EDS": ["none"], "LDS": [], "RDS": ["rds_egress_http_8080"], "SDS": ["none"]}


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("is_alone", [False, True], ids=["aggregated", "alone"])
def test_every_transport_is_served_on_one_port_and_who_asks_once_is_answered(
    mesh, server, kind, is_alone, is_delta
):
    path = xds_stream.path_of(is_delta, kind if is_alone else None)
    request = message(kind, is_delta, NAMES[kind])
    answers, code, _ = exchange(server.xds, path, request.SerializeToString())
    assert code == grpc.StatusCode.OK
    if NAMES[kind] == ["none"] and not is_delta:
        assert answers == []
        return
    (answer,) = answers
    if not is_delta:
        response = discovery_pb2.DiscoveryResponse.FromString(answer)
        assert response.resources
    else:
        response = discovery_pb2.DeltaDiscoveryResponse.FromString(answer)
        assert list(response.removed_resources) == [n for n in NAMES[kind] if n == "none"]
        assert bool(response.resources) != bool(response.removed_resources)
        # heartbeats are for clients that show the feature
        assert not any(resource.HasField("ttl") for resource in response.resources)
    assert response.type_url == url(kind) and response.nonce


def test_a_stream_of_one_type_takes_no_other(mesh, server):
    other = message("LDS", False).SerializeToString()
    _, code, text = exchange(server.xds, xds_stream.path_of(False, "CDS"), other)
    assert code == grpc.StatusCode.INVALID_ARGUMENT and url("CDS") in text


def test_who_reads_nothing_holds_nobody_up(mesh, server, connect):
    """go-control-plane#503, #875: no answer is waited for, neither by a change nor by a request."""
    request = message("CDS", False).SerializeToString()
    with xds_stream.Deaf(server.xds, AGGREGATED, request) as deaf:
        proxy.until(lambda: get(server, "/_emulator/health").json["proxies"] == 1, "it came")
        stream = connect(node("front"))
        sync(stream)
        for weight in range(2, 40):
            change_route(mesh, weight)
            deaf.send(request)
            stream.ack(stream.receive("RDS"), ["rds_egress_http_8080"])
        shown = get(server, "/_emulator/proxies").json["proxies"]
        (types,) = (one["types"] for one in shown if list(one["types"]) == ["CDS"])
        assert types["CDS"]["sent"] and not types["CDS"]["acked"]


def shown_types(server):
    """Of each proxy that is connected; nothing if one came or went between two answers."""
    shown = get(server, "/_emulator/proxies").json["proxies"]
    is_steady = get(server, "/_emulator/health").json["proxies"] == len(shown)
    return sorted(list(proxy["types"]) for proxy in shown) if is_steady else None


def test_an_envoy_with_a_stream_for_each_type_is_one_proxy(mesh, server, connect, is_delta):
    """Another of the same node, on a connection of its own, is another."""
    clusters = connect(node("front"), is_delta, only="CDS")
    clusters.ask("CDS")
    listeners = connect(node("front"), is_delta, only="LDS", beside=clusters)
    listeners.ask("LDS")
    connect(node("front"), is_delta).ask("CDS")
    assert shown_types(server) == [["CDS"], ["CDS", "LDS"]]
    clusters.call.cancel()
    proxy.until(lambda: shown_types(server) == [["CDS"], ["LDS"]], "a stream less")
    listeners.call.cancel()
    proxy.until(lambda: shown_types(server) == [["CDS"]], "an Envoy less")


def test_streams_of_one_type_are_shown_together(mesh, server, connect, is_delta):
    """So does an Envoy ask for each cluster's endpoints; none must hide what another refused."""
    names = ["rds_egress_http_8080", "rds_ingress_http_8080"]
    refused = connect(node("front"), is_delta, only="RDS")
    taken = connect(node("front"), is_delta, only="RDS", beside=refused)
    refused.send("RDS", **refused.subscription(names[:1]))
    refused.ack(refused.receive("RDS"), names[:1], error="no good")
    taken.ask("RDS", names[1])
    proxy.until(lambda: refusals(server) == [(names, "no good")], "the refusal is shown")


def refusals(server):
    shown = [p["types"]["RDS"] for p in get(server, "/_emulator/proxies").json["proxies"]]
    return [(sorted(t["names"]), t["nack"] and t["nack"]["message"]) for t in shown]


def test_writers_that_never_pause_starve_no_stream(mesh, server, connect):
    """What is written while proxies are told of the last change coalesces."""
    path, is_over = xds_stream.path_of(False, None), threading.Event()
    spec = mesh.describe_virtual_node(meshName=MESH, virtualNodeName="front")["virtualNode"]["spec"]

    def write(first):
        client = clients.connect(server)
        for weight in itertools.cycle(range(first, 100)):
            change_route(client, weight)
            if is_over.is_set():
                return

    with futures.ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        stack.callback(is_over.set)
        for n in range(300):
            mesh.create_virtual_node(meshName=MESH, virtualNodeName=f"n{n}", spec=spec)
            request = message("CDS", False, who=f"n{n}").SerializeToString()
            stack.enter_context(xds_stream.Deaf(server.xds, path, request))
        writers = [pool.submit(write, first) for first in (1, 2)]
        stream = connect(node("front"))
        sync(stream, is_quiet=False)
        for _ in range(5):
            assert connect(node("other")).ask("CDS")
            stream.ack(stream.receive("RDS"), ["rds_egress_http_8080"])
        assert not any(writer.done() for writer in writers)


def test_a_unix_socket_serves_too(start, tmp_path):
    server = start("--xds", f"unix:{tmp_path}/xds")
    build(clients.connect(server))
    with Stream(server.xds, node("front")) as stream:
        assert stream.ask("CDS")


ARN = "arn:aws:acm:us-west-2:123456789012:certificate/0123"
CA_ARN = "arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/4567"


def secured(**tls):
    tls = {"mode": "STRICT", "certificate": {"acm": {"certificateArn": ARN}}, **tls}
    return {
        "listeners": [{**kinds.listener(), "tls": tls}],
        "serviceDiscovery": {"dns": {"hostname": "localhost"}},
    }


def test_mapped_certificates_are_secrets_and_read_again_on_sighup(start, tmp_path, is_delta):
    chain, key, authority = (tmp_path / name for name in ("chain", "key", "authority"))
    for path in (chain, key, authority):
        path.write_text(f"first {path.name}")
    server = start(
        "--certificate", f"{ARN}={chain},{key}", "--certificate-authority", f"{CA_ARN}={authority}"
    )  # fmt: skip
    client = clients.connect(server)
    build(client)
    client.update_virtual_node(meshName=MESH, virtualNodeName="back", spec=secured())
    with Stream(server.xds, node("back"), is_delta) as back:
        back.ask("LDS")
        assert pem_of(back.ask("SDS", ARN)[ARN]) == (b"first chain", b"first key")
        chain.write_text("second chain")
        server.process.send_signal(signal.SIGHUP)
        response = back.receive("SDS")
        assert pem_of(back.resources(response)[ARN]) == (b"second chain", b"first key")
        back.ack(response, [ARN])
        chain.unlink()
        server.process.send_signal(signal.SIGHUP)
        proxy.until(lambda: "SIGHUP" in server.errors(), "the missing file is told")
        back.assert_silent()
    shown = get(server, "/_emulator/config", node="mesh/m/virtualNode/back").body.decode()
    assert "first key" not in shown and "[redacted]" in shown


def pem_of(secret):
    pair = secret.tls_certificate
    return tuple(
        source.inline_bytes or source.inline_string.encode()
        for source in (pair.certificate_chain, pair.private_key)
    )


def test_a_certificate_that_cannot_be_read_ends_the_start():
    words = ["--certificate", f"{ARN}=/gone,/gone"]
    ended = emulator.run("--memory", "--listen", "127.0.0.1:0", *words)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "appmesh-emulator: /gone: No such file or directory\n"
