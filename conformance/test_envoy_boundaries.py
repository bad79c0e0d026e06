# SPDX-License-Identifier: Apache-2.0
"""What the API takes, real Envoys take: each good value at an edge of botocore's model, in the spec
of a resource that they follow."""

import json
import re

import pytest

import authority
import cases
import clients
import kinds
import proxy
import test_boundaries
import town
from test_envoy_goldens import NO_RESOLVER

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")

NODES = ("virtualNode/node", "virtualNode/caller")
GATEWAYS = [f"virtualGateway/{name}" for name in test_boundaries.PROTOCOLS]
# Who follows what an operation changes, and how many of its cases are taken at least.
FOLLOWERS = {
    "UpdateMesh": ([*NODES, GATEWAYS[0]], 20),
    "UpdateVirtualNode": (NODES, 250),
    "UpdateVirtualRouter": (NODES[1:], 15),
    "UpdateRoute": (NODES[1:], 350),
    "UpdateVirtualService": (NODES[1:], 15),
    "UpdateVirtualGateway": (GATEWAYS[:1], 80),
    "UpdateGatewayRoute": (GATEWAYS, 250),
}
FILES = ("a", "a" * 255)  # as cases name certificates and keys
# Secrets that nobody here serves, paths longer than the system's, a port for root alone.
NOT_HERE = re.compile(r'"acm"|"sds"|(\\ud83d\\ude00){255}"|"port": 1[,}]')


def is_for_envoy(case):
    return not NOT_HERE.search(json.dumps(case.arguments))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the files are that cases name: each a chain, its key, and an authority."""
    folder = authority.make(tmp_path_factory.mktemp("files"))
    for name in FILES:
        (folder / name).write_bytes(
            b"".join((folder / part).read_bytes() for part in ("server.pem", "server.key"))
        )
    return folder


def start(place, follower, folder):
    address = proxy.new_address()
    config = proxy.bootstrap(
        place.server, f"mesh/{kinds.SAMPLE_NAMES['meshName']}/{follower}", "--address", address,
        "--mode", town.MODE, "--admin", f"{address}:{proxy.ADMIN_PORT}",
    )  # fmt: skip
    config["typed_dns_resolver_config"] = NO_RESOLVER
    place.enter(proxy.Envoy(config, address, prefix=("env", "-C", folder))).wait()


def has_answers(place, count, case):
    """All proxies have taken what they were sent last."""
    proxies = place.control("GET", "/_emulator/proxies").json["proxies"]
    types = [state for one in proxies for state in one["types"].values()]
    refused = [state["nack"] for state in types if state["nack"]]
    assert not refused, f"{case}: {refused}"
    return len(proxies) == count and all(state["sent"] == state["acked"] for state in types)


@pytest.mark.parametrize("operation", FOLLOWERS)
def test_envoys_take_what_the_api_takes(place, folder, operation):
    followers, least = FOLLOWERS[operation]
    sender = test_boundaries.Sender(place.server, clients.ACCOUNT)
    test_boundaries.prepare(sender.client, operation)
    backends = [{"virtualService": {"virtualServiceName": "service.local"}}]
    kinds.NODE.create(sender.client, virtualNodeName="caller", spec={"backends": backends})
    for follower in followers:
        start(place, follower, folder)
    taken = 0
    for case in cases.cases(operation, test_boundaries.namer(operation, clients.ACCOUNT)):
        if is_for_envoy(case) and sender.send(operation, case.arguments)[0] == 200:
            taken += 1
            proxy.until(lambda: has_answers(place, len(followers), case), str(case))
    assert taken >= least, taken
