# SPDX-License-Identifier: Apache-2.0
"""As on AWS: a namespace for each node, and rules that bring its traffic to its proxy."""

import contextlib
import http.client

import pytest

import network
import proxy
import upstream
from network import APP_PORT
from town import MESH, SERVICE, listener, node, route

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")
OUTSIDE_PORT = 9999


def network_of(**members):
    reason = network.why_not(**members)
    if reason:
        pytest.skip(reason)
    return network.Network(**members)


@pytest.fixture
def hosts():
    with network_of() as one:
        yield one


@pytest.fixture
def hosts_of_both_families():
    with network_of(has_ipv6=True) as one:
        yield one


def call(host, address, port):
    """What an application on the host is answered there; nothing if the connection is cut."""
    with host.entered(), contextlib.closing(
        http.client.HTTPConnection(address, port, timeout=proxy.PATIENCE_S)
    ) as connection:  # fmt: skip
        try:
            connection.request("GET", "/", headers={"Host": SERVICE})
            return connection.getresponse().read().decode()
        except (ConnectionError, http.client.RemoteDisconnected):
            return None


def test_applications_that_know_nothing_of_their_proxies(hosts, place):
    """The service's address is nobody's: only its port and the Host header count."""
    front, back = hosts.host(), hosts.host()
    place.restart("--xds", f"{hosts.address}:0")
    with back.entered():
        application = upstream.Application("back", "0.0.0.0", APP_PORT)
    place.enter(application)
    place.application("outside", address=hosts.address, port=OUTSIDE_PORT)
    place.build(
        nodes={
            "front": node(front.address, listener(APP_PORT), backends=[SERVICE]),
            "back": node(back.address, listener(APP_PORT)),
        },
        routes={"main": route({"back": 1})},
        router=[listener(APP_PORT)],
    )
    proxies = {
        name: place.envoy(name, address=host.address, mode=None, prefix=host.as_proxy)
        for name, host in (("front", front), ("back", back))
    }
    assert call(front, hosts.nobody, APP_PORT) == "back"
    assert [name for name, one in proxies.items() if passed(one)] == ["front", "back"]
    assert call(front, hosts.address, OUTSIDE_PORT) is None  # DROP_ALL
    assert call(front, proxies["front"].address, proxy.EGRESS_PORT) is None  # nor straight
    place.api.update_mesh(meshName=MESH, spec={"egressFilter": {"type": "ALLOW_ALL"}})
    proxy.until(lambda: call(front, hosts.address, OUTSIDE_PORT) == "outside", "ALLOW_ALL")


def test_applications_that_know_ipv6_alone(hosts_of_both_families, place):
    """So do their proxies, and the emulator is found at an address of that family, too."""
    hosts = hosts_of_both_families
    front, back = hosts.host(), hosts.host()
    place.restart("--xds", f"[{hosts.ipv6}]:0")
    with back.entered():
        application = upstream.Application("back", "::1", APP_PORT)
    place.enter(application)
    place.build(
        nodes={
            "front": node(front.ipv6, listener(APP_PORT), backends=[SERVICE]),
            "back": node(back.ipv6, listener(APP_PORT)),
        },
        routes={"main": route({"back": 1})},
        router=[listener(APP_PORT)],
        mesh={"serviceDiscovery": {"ipPreference": "IPv6_ONLY"}},
    )
    proxies = [
        place.envoy(name, address=host.address, mode=None, prefix=host.as_proxy)
        for name, host in (("front", front), ("back", back))
    ]
    assert call(front, hosts.nobody_ipv6, APP_PORT) == "back"
    assert [passed(one) for one in proxies] == [1, 1]


def passed(envoy):
    return sum(envoy.stats("^http.*gress.*downstream_rq_2xx$").values())
