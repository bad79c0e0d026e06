# SPDX-License-Identifier: Apache-2.0
"""At which of its addresses a host is called: by the IP preference of its node, else of the mesh."""

import socket

import pytest

import clients
import proxy
import town
import upstream
from town import MESH, SERVICE, listener, node, route


def why_not():
    """Why no Envoy can call both families here, or nothing."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        return f"no IPv6 on this machine: {error}"
    return proxy.why_not()


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")

# Who answers: of a name with addresses of both families, of an instance with both, of one with IPv4.
# Without a preference Envoy looks for IPv6 first.
ANSWERS = {
    "": ("six", "four", "four"),
    "IPv4_PREFERRED": ("four", "four", "four"),
    "IPv6_PREFERRED": ("six", "six", "four"),
    "IPv4_ONLY": ("four", "four", "four"),
    "IPv6_ONLY": ("six", "six", 503),
}
NAME = {"dns": {"hostname": "localhost"}}
BOTH, OLD = (
    {"awsCloudMap": {"namespaceName": name, "serviceName": "found"}} for name in ("both", "old")
)


@pytest.fixture
def front(place):
    """Its route /PREFERENCE-N leads to the Nth of those hosts."""
    four, six = map(place.enter, upstream.of_both_families())
    nodes = {"front": node("front.local", backends=[SERVICE])}
    for preference in ANSWERS:
        own = {"ipPreference": preference} if preference else {}
        for n, found in enumerate((NAME, BOTH, OLD)):
            nodes[f"{preference}-{n}"] = {
                "listeners": [listener(six.port)],
                "serviceDiscovery": {kind: {**members, **own} for kind, members in found.items()},
            }
    routes = {name: route({name: 1}, prefix=f"/{name}") for name in nodes if name != "front"}
    place.build(nodes=nodes, routes=routes)
    cloudmap = clients.connect(place.server, service="servicediscovery")
    ipv4 = {"AWS_INSTANCE_IPV4": four.address}
    for name, addresses in (("both", {**ipv4, "AWS_INSTANCE_IPV6": six.address}), ("old", ipv4)):
        service = town.cloud_map_service(cloudmap, name, "found")
        cloudmap.register_instance(ServiceId=service, InstanceId="i", Attributes=addresses)
    return place.envoy("front")


def answers(front, preference):
    replies = [town.get(front, f"/{preference}-{n}") for n in range(3)]
    return tuple(reply.body if reply.status == 200 else reply.status for reply in replies)


def test_a_host_is_called_where_its_node_prefers(front):
    assert {preference: answers(front, preference) for preference in ANSWERS} == ANSWERS


def test_a_node_without_a_preference_has_the_meshs(place, front):
    for preference in [*ANSWERS][1:]:
        place.api.update_mesh(
            meshName=MESH, spec={"serviceDiscovery": {"ipPreference": preference}}
        )
        place.wait_for(front)
        assert answers(front, "") == ANSWERS[preference]
