# SPDX-License-Identifier: Apache-2.0
"""What real Envoys do when the mesh changes, and when the emulator goes and comes back."""

import collections
import http.client
import threading
import time

import pytest

import authority
import clients
import proxy
import town
from town import MESH, SERVICE, node, route

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")

CHANGES, GENERATIONS, LISTENER_CHANGES, HEALTH_CHECKS = 200, 20, 8, 5
ROUTE_CONFIGURATIONS = ("rds_egress_http_8080", "rds_egress_http_15001")  # that a route is in
REFUSALS = 8  # after so many an Envoy without a bound waits for many seconds
SOON_S = 3  # an Envoy of ours asks again after 1 s at most; the rest is for a busy machine


class Load:
    """Callers that ask without a pause until the end, and what they were answered."""

    def __init__(self, envoy, count=2, **members):
        self.answers = collections.Counter()
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(town.Caller(envoy, **members),))
            for _ in range(count)
        ]

    def _run(self, caller):
        while not self._is_over.is_set():
            try:
                reply = caller.get()
                self.answers[reply.status, reply.body] += 1
            except (OSError, http.client.HTTPException) as error:
                self.answers[repr(error), ""] += 1
                caller.close()
        caller.close()

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def assert_none_failed(self, most_from=()):
        assert {status for status, _ in self.answers} == {200}, self.answers
        assert set(most_from) <= {body for _, body in self.answers}, self.answers


@pytest.fixture
def shop(place):
    """front calls blue and green; other has no backend. What their state was made of, to put again."""
    blue, green = place.application("blue"), place.application("green")
    place.parts = {
        "nodes": {
            "front": node("front.local", backends=[SERVICE]),
            "other": node("other.local"),
            "blue": node(blue.address),
            "green": node(green.address),
        },
        "routes": {"main": route({"blue": 1})},
    }
    place.build(**place.parts)
    return place


def answer_of(envoy, path="/"):
    reply = town.get(envoy, path)
    return reply.body if reply.status == 200 else reply.status


def wait_for(envoy, answer, path="/"):
    proxy.until(lambda: answer_of(envoy, path) == answer, f"{path} is {answer}")


@proxy.both_protocols
def test_requests_go_where_the_mesh_says_after_each_change(shop, change):
    front = shop.envoy("front", change=change)
    wait_for(front, "blue")
    names = {"meshName": MESH, "virtualRouterName": "color", "routeName": "new"}
    shop.reweight({"green": 1})
    wait_for(front, "green")
    shop.api.create_route(**names, spec=route({"blue": 1}, prefix="/new"))
    wait_for(front, "blue", "/new")
    shop.api.delete_route(**names)
    wait_for(front, "green", "/new")
    shop.api.delete_virtual_service(meshName=MESH, virtualServiceName=SERVICE)
    wait_for(front, 404)


def test_no_request_fails_while_a_route_is_weighted_anew(shop):
    front = shop.envoy("front")
    wait_for(front, "blue")
    before = front.updates()
    with Load(front) as load:
        for turn in range(CHANGES):
            shop.reweight({"blue": 1 + turn % 100, "green": 100 - turn % 100})
    load.assert_none_failed(most_from=("blue", "green"))
    assert front.updates() > before


def found_by_cloud_map(place, application):
    """A node's spec; the application is its one instance."""
    cloudmap = clients.connect(place.server, service="servicediscovery")
    service = town.cloud_map_service(cloudmap, "space", "found")
    cloudmap.register_instance(
        ServiceId=service, InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": application.address}
    )
    names = {"namespaceName": "space", "serviceName": "found"}
    return {"listeners": [town.listener()], "serviceDiscovery": {"awsCloudMap": names}}


def clusters_of(envoy, word):
    return [one["name"] for one in envoy.dump()["CDS"] if word in one["name"]]


@proxy.both_protocols
def test_no_request_fails_while_nodes_come_and_go(shop, change):
    """Each is a new cluster, which must be there before the route, and go after it."""
    found = found_by_cloud_map(shop, shop.application("found"))
    front = shop.envoy("front", change=change)
    wait_for(front, "blue")
    with Load(front) as load:
        for turn in range(GENERATIONS):
            name = {"meshName": MESH, "virtualNodeName": f"node-{turn}"}
            shop.api.create_virtual_node(**name, spec=found)
            shop.reweight({f"node-{turn}": 1})
            wait_for(front, "found")
            shop.reweight({"blue": 1})
            shop.api.delete_virtual_node(**name)
            wait_for(front, "blue")
    load.assert_none_failed(most_from=("blue", "found"))
    proxy.until(lambda: not clusters_of(front, "node-"), "their clusters are gone")


@proxy.both_protocols
def test_no_request_fails_while_a_health_check_is_edited(shop, change):
    """Envoy warms the cluster anew and asks for endpoints that have not changed. AWS's service took
    that for an acknowledgement, and the cluster stayed empty for half an hour."""
    found = found_by_cloud_map(shop, shop.application("found"))
    shop.api.create_virtual_node(meshName=MESH, virtualNodeName="found", spec=found)
    shop.reweight({"found": 1})
    front = shop.envoy("front", change=change)
    wait_for(front, "found")
    with Load(front) as load:
        for turn in range(HEALTH_CHECKS):
            check = {
                "protocol": "http", "path": "/ping", "intervalMillis": 5000 + turn,
                "timeoutMillis": 2000, "healthyThreshold": 2, "unhealthyThreshold": 2,
            }  # fmt: skip
            found["listeners"] = [town.listener(healthCheck=check)]
            shop.api.update_virtual_node(meshName=MESH, virtualNodeName="found", spec=found)
            shop.wait_for(front)
    load.assert_none_failed()


def logs_to(path):
    return {"logging": {"accessLog": {"file": {"path": path}}}}


@proxy.both_protocols
def test_no_request_fails_while_listeners_change(place, change):
    """A port more and less, another access log, the other egress filter; each is a new listener, or
    new filter chains, and the old ones drain. A caller knows the second proxy alone, so that no
    retry of the first hides what that one fails."""
    application = place.application("back")
    address = proxy.new_address()
    place.build(
        nodes={"front": node("front.local", backends=[SERVICE]), "back": node(address)},
        routes={"main": route({"back": 1}, port=town.PORT)},
    )
    flags = ("--app-address", application.address)
    back = place.envoy("back", address=address, flags=flags, change=change)
    front = place.envoy("front", change=change)
    wait_for(front, "back")
    with Load(front) as through_both, Load(back, count=1, port=town.PORT) as through_one:
        for turn in range(LISTENER_CHANGES):
            log = {} if turn % 2 else logs_to("/dev/null")
            ports = [town.listener()] + [town.listener(town.PORT + 1)] * (turn % 2)
            for name, spec in (
                ("back", node(address, *ports, **log)),
                ("front", node("front.local", backends=[SERVICE], **log)),
            ):
                place.api.update_virtual_node(meshName=MESH, virtualNodeName=name, spec=spec)
            for one in (back, front):
                place.wait_for(one)
            kind = "DROP_ALL" if turn % 2 else "ALLOW_ALL"
            place.api.update_mesh(meshName=MESH, spec={"egressFilter": {"type": kind}})
            place.wait_for(front)
    through_both.assert_none_failed()
    through_one.assert_none_failed()


def connected(envoy):
    return envoy.stats("^control_plane.connected_state$") == {"control_plane.connected_state": 1}


@proxy.both_protocols
def test_no_request_fails_while_the_emulator_dies_and_comes_back(shop, tmp_path, change):
    """With the same store on the same port; then it sends what has changed and nothing else."""
    shop.restart("--xds", shop.server.xds, data=tmp_path)
    shop.parts["routes"]["green"] = route({"green": 1}, prefix="/green")
    shop.build(**shop.parts)
    front = shop.envoy("front", change=change)
    wait_for(front, "blue")
    before = front.updates()
    with Load(front) as load:
        shop.server.kill()
        proxy.until(lambda: not connected(front), "disconnected")
        shop.restart("--xds", shop.server.xds, data=tmp_path)
        shop.wait_for(front)
        shop.api.create_route(
            meshName=MESH, virtualRouterName="color", routeName="more",
            spec=route({"green": 1}, prefix="/more"),
        )  # fmt: skip
        wait_for(front, "green", "/more")
    load.assert_none_failed()
    assert front.updates() == before + len(ROUTE_CONFIGURATIONS)


@proxy.both_protocols
def test_a_proxy_that_waited_is_served_soon_after_its_node_is_made_again(shop, change):
    front = shop.envoy("front", change=change)
    wait_for(front, "blue")
    assert shop.control("POST", "/_emulator/reset").status == 200
    proxy.until(lambda: not connected(front), "disconnected")
    assert answer_of(front) == "blue"  # it goes on with what it has
    shop.parts["routes"]["main"] = route({"green": 1})
    begin = time.monotonic()
    shop.build(**shop.parts)
    wait_for(front, "green")
    assert time.monotonic() - begin < SOON_S


def test_a_proxy_that_waited_for_its_mesh_is_served_when_it_is_made(shop):
    state = shop.state(**shop.parts)
    assert shop.control("POST", "/_emulator/reset").status == 200
    front = shop.envoy("front", is_ready=False)
    asked = "^cluster.appmesh-emulator.upstream_rq_total$"
    proxy.until(lambda: sum(front.stats(asked).values()) > REFUSALS, "it asks and asks")
    begin = time.monotonic()
    shop.put(state)
    front.wait()
    assert time.monotonic() - begin < SOON_S
    wait_for(front, "blue")


def test_a_proxy_follows_the_instances_of_cloud_map(shop):
    """The listener's port is that of an instance which names none."""
    cloudmap = clients.connect(shop.server, service="servicediscovery")
    service = town.cloud_map_service(cloudmap, "space", "found")
    names = {"namespaceName": "space", "serviceName": "found"}
    shop.api.create_virtual_node(
        meshName=MESH, virtualNodeName="found",
        spec={"listeners": [town.listener()], "serviceDiscovery": {"awsCloudMap": names}},
    )  # fmt: skip
    shop.reweight({"found": 1})
    front = shop.envoy("front")
    wait_for(front, 503)  # no instance
    for name in ("one", "two"):
        application = shop.application(name)
        cloudmap.register_instance(
            ServiceId=service, InstanceId="i",
            Attributes={"AWS_INSTANCE_IPV4": application.address},
        )  # fmt: skip
        wait_for(front, name)
    cloudmap.deregister_instance(ServiceId=service, InstanceId="i")
    wait_for(front, 503)


def as_the_agent_wrote_it(config, path):
    """aws/amazon-ecs-service-connect-agent: without TLS and signing if the endpoint is a socket."""
    arguments = {
        "grpc.keepalive_time_ms": {"int_value": 10000},
        "grpc.keepalive_timeout_ms": {"int_value": 20000},
        "grpc.http2.max_pings_without_data": {"int_value": 0},
    }
    service = {
        "target_uri": f"unix://{path}", "stat_prefix": "ads", "channel_args": {"args": arguments},
    }  # fmt: skip
    config["dynamic_resources"]["ads_config"] = {
        "api_type": "GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"google_grpc": service}],
    }
    config["node"]["metadata"]["aws.appmesh.platformInfo"] = {"arch": "x86_64"}
    del config["static_resources"]
    return config


def with_streams_of_one_type(config):
    """Listeners and clusters each by one; what those name still comes by the aggregated one."""
    dynamic = config["dynamic_resources"]
    for name in ("lds_config", "cds_config"):
        del dynamic[name]["ads"]
        dynamic[name]["api_config_source"] = dynamic["ads_config"]
    return config


@proxy.both_protocols
def test_an_envoy_with_streams_of_one_type_is_one_proxy(shop, change):
    aggregated = change or (lambda config: config)
    front = shop.envoy("front", change=lambda c: with_streams_of_one_type(aggregated(c)))
    wait_for(front, "blue")
    (shown,) = shop.control("GET", "/_emulator/proxies").json["proxies"]
    assert set(shown["types"]) == {"LDS", "CDS", "RDS"}
    shop.reweight({"green": 1})
    wait_for(front, "green")
    shop.wait_for(front)


@pytest.mark.parametrize("is_agents", [False, True], ids=["own", "agent"])
def test_an_envoy_on_a_unix_socket(shop, tmp_path, is_agents):
    """With our bootstrap, and with one of the shape that AWS's agent wrote."""
    path = tmp_path / "xds.sock"
    shop.restart("--xds", f"unix:{path}")
    shop.build(**shop.parts)
    change = (lambda config: as_the_agent_wrote_it(config, path)) if is_agents else None
    wait_for(shop.envoy("front", change=change), "blue")


def test_an_envoy_on_a_tls_port(shop, certificates, tmp_path):
    """One that trusts the server's chain, and two that get nothing: one trusts another, one speaks
    plain text."""
    trust = ("--xds-tls-cert", certificates / "server.pem")
    key = ("--xds-tls-key", certificates / "server.key")
    shop.restart("--xds", "127.0.0.1:0", *trust, *key)
    shop.build(**shop.parts)
    wait_for(shop.envoy("front", flags=trust), "blue")
    others = ("--xds-tls-cert", authority.make(tmp_path) / "ca.pem")
    for flags, failure in ((others, "ssl.fail_verify_error"), ((), "upstream_cx_destroy_remote")):
        envoy = shop.envoy("front", flags=flags, is_ready=False)
        pattern = f"^cluster.appmesh-emulator.{failure}$"
        proxy.until(lambda: any(envoy.stats(pattern).values()), failure)
        assert not envoy.updates()
        assert len(shop.control("GET", "/_emulator/proxies").json["proxies"]) == 1
