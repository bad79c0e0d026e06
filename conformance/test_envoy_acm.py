# SPDX-License-Identifier: Apache-2.0
"""ACM's ARNs that nothing maps to files: the emulator's own authority stands behind them, so that a
mesh with them works as it is."""

import socket
import ssl

import pytest

import proxy
import town
from test_envoy_changes import Load, connected
from town import PORT, SERVICE, listener, node, route

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")

ACM = "arn:aws:acm:us-west-2:123456789012:certificate/"
TRUST = {"acm": {"certificateAuthorityArns": [
    "arn:aws:acm-pca:us-west-2:123456789012:certificate-authority/root"
]}}  # fmt: skip


def tls(name="back", **more):
    return {"mode": "STRICT", "certificate": {"acm": {"certificateArn": ACM + name}}, **more}


def client(trust, **more):
    policy = {"clientPolicy": {"tls": {"validation": {"trust": trust}, **more}}}
    return node("front.local", backends=[SERVICE], backendDefaults=policy)


def files(folder):
    return {
        "file": {"certificateChain": f"{folder}/server.pem", "privateKey": f"{folder}/server.key"}
    }


def build(place, fronts, **back):
    """`back`, whose Envoy speaks TLS alone, and who calls it; the applications's Envoy."""
    application = place.application("back")
    address = proxy.new_address()
    place.build(
        nodes={"back": node(address, listener(tls=tls(**back))), **fronts},
        routes={"main": route({"back": 1})},
    )
    return place.envoy("back", address=address, flags=("--app-address", application.address))


def handshakes(envoy):
    return sum(envoy.stats("^listener.*ssl.handshake$").values())


def authority_of(place, node_id):
    """As a person would find it: the chain that a node is sent ends with the authority."""
    secrets = place.control("GET", f"/_emulator/config?node=mesh/{town.MESH}/{node_id}").json["SDS"]
    return secrets[0]["tls_certificate"]["certificate_chain"]["inline_string"]


def test_who_trusts_an_authority_of_acm_or_says_nothing_is_served(place, certificates):
    """Without a policy Envoy still checks a certificate of ACM (guide: tls)."""
    file_trust = {"file": {"certificateChain": f"{certificates}/ca.pem"}}
    silent = node("front.local", backends=[SERVICE])
    build(place, {"trusting": client(TRUST), "silent": silent, "doubter": client(file_trust)})
    statuses = {
        name: town.get(place.envoy(name)).status for name in ("trusting", "silent", "doubter")
    }
    assert statuses == {"trusting": 200, "silent": 200, "doubter": 503}


def test_a_node_that_joins_an_arn_is_named_in_its_certificate(place):
    """Both nodes' Envoys then show one certificate for two names, and each is verified by its own."""
    back = build(place, {"front": client(TRUST)})
    front = place.envoy("front")
    assert town.get(front).status == 200
    taken = back.updates()
    application, address = place.application("other"), proxy.new_address()
    place.api.create_virtual_node(
        meshName=town.MESH, virtualNodeName="other", spec=node(address, listener(tls=tls()))
    )
    proxy.until(lambda: back.updates() > taken, "the certificate is issued anew")
    place.envoy("other", address=address, flags=("--app-address", application.address))
    place.reweight({"other": 1})
    proxy.until(lambda: town.get(front).body == "other", "the other one answers")
    place.reweight({"back": 1})
    proxy.until(lambda: town.get(front).body == "back", "the first one answers again")


def test_mutual_tls_outlives_the_emulator_under_load(place, certificates, tmp_path):
    """Its own authority is behind the server; what it comes back with is what it went with."""
    place.restart("--xds", place.server.xds, data=tmp_path)
    trust = {"trust": {"file": {"certificateChain": f"{certificates}/ca.pem"}}}
    back = build(place, {"front": client(TRUST, certificate=files(certificates))}, validation=trust)
    front = place.envoy("front")
    assert town.get(front).body == "back"
    before = front.updates(), back.updates()
    with Load(front) as load:
        place.server.kill()
        proxy.until(lambda: not connected(front) and not connected(back), "disconnected")
        place.restart("--xds", place.server.xds, data=tmp_path)
        proxy.until(lambda: connected(front) and connected(back), "connected again")
        assert town.get(front).body == "back"
    load.assert_none_failed()
    assert (front.updates(), back.updates()) == before
    assert handshakes(back) > 0


def test_a_reset_and_the_same_state_again_send_no_other_certificate(place):
    back = build(place, {"front": client(TRUST)})
    chain = authority_of(place, "virtualNode/back")
    state = place.control("GET", "/_emulator/state").json
    assert "PRIVATE KEY" not in str(state)
    assert place.control("POST", "/_emulator/reset").status == 200
    place.put(state)
    assert authority_of(place, "virtualNode/back") == chain
    proxy.until(lambda: connected(back), "connected again")


def test_a_client_outside_trusts_a_gateway_by_the_authority_it_is_shown(place):
    application = place.application("back")
    target = {"virtualService": {"virtualServiceName": SERVICE}}
    place.build(
        nodes={"back": node(application.address)},
        services={SERVICE: {"virtualNode": {"virtualNodeName": "back"}}},
        gateways={"gate": {"listeners": [listener(tls=tls("gate"))]}},
        gateway_routes={"main": {"httpRoute": {
            "match": {"prefix": "/"}, "action": {"target": target},
        }}},
    )  # fmt: skip
    gate = place.envoy("gate", "virtualGateway", mode="direct-ingress")
    chain = authority_of(place, "virtualGateway/gate")
    context = ssl.create_default_context(cadata=chain.partition("-----END CERTIFICATE-----\n")[2])
    context.check_hostname = False  # a gateway has no name in its mesh
    with socket.create_connection((gate.address, PORT), proxy.PATIENCE_S) as plain:
        with context.wrap_socket(plain) as peer:
            peer.sendall(b"GET / HTTP/1.1\r\nhost: any\r\nconnection: close\r\n\r\n")
            assert peer.makefile().readline().startswith("HTTP/1.1 200")
