# SPDX-License-Identifier: Apache-2.0
"""fixtures/envoy and fixtures/walkthroughs: real Envoys take what the goldens say that a proxy gets, and show the same."""

import json
import re

import pytest

import authority
import proxy
import sds
from emulator import ROOT

pytestmark = pytest.mark.skipif(bool(proxy.why_not()), reason=proxy.why_not() or "-")

FOLDERS = ROOT / "fixtures"


def is_for_envoy(path):
    """Not the state, nor what the emulator itself refuses."""
    return path.parent.name != "refused" and "resources" in json.loads(path.read_text())


FILES = [*FOLDERS.glob("envoy/*/*.json"), *FOLDERS.glob("walkthroughs/*/*.json")]
GOLDENS = sorted(filter(is_for_envoy, FILES))
KEYS = "/keys/"
KEY_FILES = {"chain": "server.pem", "key": "server.key", "ca": "ca.pem"}  # by how the name ends
NO_RESOLVER = {
    "name": "envoy.network.dns_resolver.cares",
    "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3."
        "CaresDnsResolverConfig",
        "resolvers": [{"socket_address": {"address": "127.0.0.1", "port_value": 1}}],
    },
}


def cases():
    for version in proxy.binaries():
        is_first = version == [*proxy.binaries()][0]
        for path in GOLDENS:
            if is_first or path.parent.name == "demo":
                yield pytest.param(path, version, id=f"{path.parent.name}-{path.stem}-{version}")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """The files that the states name."""
    folder = authority.make(tmp_path_factory.mktemp("keys"))
    for path in GOLDENS:
        for name in re.findall(rf"{KEYS}(\w+)\.pem", path.read_text()):
            source = KEY_FILES[name.rpartition("_")[2]]
            (folder / f"{name}.pem").write_bytes((folder / source).read_bytes())
    return f"{folder}/"


def placed(path, keys):
    return json.loads(path.read_text().replace(KEYS, keys))


ARN = re.compile(r"arn:aws:(acm|acm-pca):[\w-]+:\d+:[\w-]+/\w+")


def certificate_flags(golden, keys):
    """The emulator's, for what a golden has of ACM."""
    flags = []
    for found in ARN.finditer(json.dumps(golden)):
        if found[1] == "acm":
            flags += ["--certificate", f"{found[0]}={keys}server.pem,{keys}server.key"]
        else:
            flags += ["--certificate-authority", f"{found[0]}={keys}ca.pem"]
    return flags


def add_secrets(server, value, keys):
    """Those of a golden, or of a part of it, to the SDS server."""
    if isinstance(value, dict):
        for config in value.get("tls_certificate_sds_secret_configs", []):
            server.add_certificate(config["name"], keys)
        if "validation_context_sds_secret_config" in value:
            server.add_authority(value["validation_context_sds_secret_config"]["name"], keys)
        value = [*value.values()]
    if isinstance(value, list):
        for item in value:
            add_secrets(server, item, keys)


def redacted(resource, keys):
    """As Envoy shows it."""
    return json.loads(re.sub(rf"{keys}\w*key\.pem", "[redacted]", json.dumps(resource)))


@pytest.mark.parametrize(("path", "version"), [*cases()])
def test_an_envoy_takes_the_golden(place, keys, tmp_path, path, version):
    golden = placed(path, keys)
    if flags := certificate_flags(golden, keys):
        place.restart("--xds", "127.0.0.1:0", *flags)
    place.put(placed(path.parent / "state.json", keys))
    secrets = place.enter(sds.Server(tmp_path / "sds.sock"))
    add_secrets(secrets, golden, keys)
    address = proxy.new_address()
    config = proxy.bootstrap(
        place.server, golden["node"], "--admin", f"{address}:{proxy.ADMIN_PORT}",
        "--sds-socket", secrets.path,
    )  # fmt: skip
    config["node"]["metadata"] = golden.get("metadata", {})
    config["typed_dns_resolver_config"] = NO_RESOLVER
    envoy = place.enter(proxy.Envoy(config, address, proxy.binaries()[version])).wait()
    shown = envoy.dump()
    for kind in ("LDS", "CDS", "RDS"):
        assert shown[kind] == redacted(golden["resources"].get(kind, []), keys), kind
    for expected in golden["resources"].get("EDS", []):
        found = next(e for e in shown["EDS"] if e["cluster_name"] == expected["cluster_name"])
        assert proxy.addresses(found) == proxy.addresses(expected)
