# SPDX-License-Identifier: Apache-2.0
"""Where real Envoys take a request: by its path, method, headers, query, port and host."""

import pytest

import proxy
import town
from town import SERVICE, listener, node, route

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")


def header(match=None, **more):
    return {"prefix": "/", "headers": [{"name": "x-kind", **({"match": match} if match else {}), **more}]}  # fmt: skip


def query(**more):
    return {"prefix": "/", "queryParameters": [{"name": "kind", **more}]}


def kind(value):
    return {"x_kind": value}


# A route's match, and requests that it takes and leaves.
MATCHES = [
    ({"prefix": "/a"}, [{"path": "/a"}, {"path": "/ab/c"}], [{"path": "/b"}]),
    ({"path": {"exact": "/a"}}, [{"path": "/a?n=1"}], [{"path": "/a/"}, {"path": "/ab"}]),
    ({"path": {"regex": "/a[0-9]+"}}, [{"path": "/a12?n=1"}], [{"path": "/a"}, {"path": "/a1/"}]),
    ({"prefix": "/", "method": "POST"}, [{"method": "POST"}], [{}]),
    (header(), [kind("any")], [{}]),
    (header({"exact": "a"}), [kind("a")], [kind("ab"), {}]),
    (header({"exact": "a"}, invert=True), [kind("ab")], [kind("a"), {}]),
    (header({"prefix": "a"}), [kind("ab")], [kind("ba"), {}]),
    (header({"suffix": "a"}), [kind("ba")], [kind("ab"), {}]),
    (header({"regex": "a+"}), [kind("aa")], [kind("aab"), {}]),
    (header({"range": {"start": 1, "end": 10}}), [kind("1"), kind("9")], [kind("10"), kind("a")]),
    (query(), [{"path": "/?kind=a"}], [{"path": "/?other=a"}]),
    (query(match={"exact": "a"}), [{"path": "/?n=1&kind=a"}], [{"path": "/?kind=ab"}, {}]),
]


def test_a_route_takes_what_matches_and_nothing_else(place):
    application = place.application("back")
    place.build(
        nodes={"front": node("front.local", backends=[SERVICE]), "back": node(application.address)},
        routes={"main": route({"back": 1})},
    )
    front = place.envoy("front")
    for match, taken, left in MATCHES:
        place.reweight({"back": 1}, match=match)
        place.wait_for(front)
        assert [town.get(front, **request).status for request in taken] == [200] * len(taken), match
        assert [town.get(front, **request).status for request in left] == [404] * len(left), match


def to(service, match=None, **more):
    """A gateway route's spec; more of its target."""
    target = {"virtualService": {"virtualServiceName": service}, **more}
    match = {"prefix": "/", **(match or {})}
    return {"httpRoute": {"match": match, "action": {"target": target}}}


def test_a_gateway_picks_by_the_name_of_the_host(place):
    applications = [place.application(name) for name in ("exact", "suffix", "any")]
    place.build(
        nodes={one.name: node(one.address) for one in applications},
        services={f"{one.name}.local": {"virtualNode": {"virtualNodeName": one.name}} for one in applications},
        gateways={"gate": {"listeners": [listener(8088)]}},
        gateway_routes={
            "exact": to("exact.local", {"hostname": {"exact": "www.example"}}),
            "suffix": to("suffix.local", {"hostname": {"suffix": ".example"}}),
            "any": to("any.local"),
        },
    )  # fmt: skip
    gate = place.envoy("gate", "virtualGateway", mode="direct-ingress")
    hosts = ("www.example", "www.example:8088", "shop.example", "shop.elsewhere")
    bodies = [town.get(gate, host=host, port=8088).body for host in hosts]
    assert bodies == ["exact", "exact", "suffix", "any"]


def test_each_port_leads_its_own_way(place):
    """Of a node, of a router and of a gateway, none of which need be the same."""
    address = proxy.new_address()
    place.application("one", address=address, port=5555)
    place.application("two", address=address, port=6666)
    state = place.state(
        nodes={
            "front": node("front.local", backends=[SERVICE]),
            "back": node(address, listener(5555), listener(6666)),
        },
        routes={
            "one": route({"back": 1}, port=5555, match={"prefix": "/", "port": 3333}),
            "two": route({"back": 1}, port=6666, match={"prefix": "/", "port": 4444}),
        },
        router=[listener(3333), listener(4444)],
        gateways={"gate": {"listeners": [listener(1111), listener(2222)]}},
        gateway_routes={
            "one": to(SERVICE, {"port": 1111}, port=3333),
            "two": to(SERVICE, {"port": 2222}, port=4444),
        },
    )
    place.put(state)
    front = place.envoy("front")
    gate = place.envoy("gate", "virtualGateway", mode="direct-ingress")
    assert town.get(front, host=f"{SERVICE}:3333").body == "one"
    assert town.get(front, host=f"{SERVICE}:4444").body == "two"
    assert town.get(gate, port=1111).body == "one"
    assert town.get(gate, port=2222).body == "two"
