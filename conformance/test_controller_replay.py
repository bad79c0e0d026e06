# SPDX-License-Identifier: Apache-2.0
"""What the Kubernetes controller does: describe first, create or update on any difference, delete
and try again while in use. Source: aws/aws-app-mesh-controller-for-k8s: pkg."""

import copy

import pytest

import clients
import kinds
from clients import ClientError, refusal
from kinds import GATEWAY, GATEWAY_ROUTE, MESH, NODE, ROUTE, ROUTER, SERVICE, listener

CHECK = {
    "healthyThreshold": 2,
    "intervalMillis": 5000,
    "path": "/ping",
    "protocol": "http",
    "timeoutMillis": 2000,
    "unhealthyThreshold": 2,
}
# Specs with all that the controller's exact comparison could trip over.
SPECS = {
    MESH: {},
    NODE: {
        "listeners": [listener(8080, healthCheck=CHECK)],
        "serviceDiscovery": {"awsCloudMap": {"namespaceName": "ns", "serviceName": "node"}},
        "backends": [{"virtualService": {"virtualServiceName": "other.ns.svc.cluster.local"}}],
        "backendDefaults": {"clientPolicy": {}},
        "logging": {},
    },
    ROUTER: {"listeners": [listener()]},
    ROUTE: kinds.http_route(
        match={"prefix": "/", "headers": [{"name": "h", "invert": False, "match": {"exact": "x"}}]}
    ),
    SERVICE: kinds.router_provider(),
    GATEWAY: {"listeners": [listener(8088)]},
    GATEWAY_ROUTE: kinds.gateway_route(match={"prefix": "testPrefix"}),
}


def forgiven(spec):
    """The spec as the controller compares it: no empty lists, no health check port."""
    spec = {n: v for n, v in copy.deepcopy(spec).items() if v != []}
    for one in spec.get("listeners", []):
        one.get("healthCheck", {}).pop("port", None)
    return spec


class Controller:
    """Reconciles as the controller's resource managers do; counts what it sends."""

    def __init__(self, client, account):
        self.client, self.account, self.writes = client, account, 0

    def reconcile(self, kind, spec):
        try:
            there = kind.describe(self.client)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "NotFoundException"
            self.writes += 1
            return kind.create(self.client, spec=spec)
        assert there["metadata"]["resourceOwner"] == self.account, "it would keep its hands off"
        assert there["status"]["status"] == "ACTIVE"
        if forgiven(there["spec"]) == forgiven(spec):
            return there
        self.writes += 1
        owner = {} if kind is MESH else {"meshOwner": there["metadata"]["meshOwner"]}
        return kind.update(self.client, spec=spec, **owner)

    def finalize(self, kind):
        """Deletes; gone is as good as deleted. False while in use."""
        try:
            kind.delete(self.client)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            assert code in ("NotFoundException", "ResourceInUseException")
            return code == "NotFoundException"
        return True


@pytest.fixture(params=["http", "https"])
def controller(request, account):
    server = request.getfixturevalue("emulator" if request.param == "http" else "secure")
    return Controller(clients.connect(server, account), account)


def test_once_made_nothing_is_sent_again(controller):
    for kind, spec in SPECS.items():
        controller.reconcile(kind, spec)
    assert controller.writes == len(SPECS)
    for _ in range(3):
        for kind, spec in SPECS.items():
            controller.reconcile(kind, spec)
    assert controller.writes == len(SPECS)


def test_a_change_is_sent_once(controller):
    for kind, spec in SPECS.items():
        controller.reconcile(kind, spec)
    for kind in SPECS:
        for _ in range(2):
            controller.reconcile(kind, kind.other)
    assert controller.writes == 2 * len(SPECS)


def test_finalizers_end_in_any_order(controller):
    for kind, spec in SPECS.items():
        controller.reconcile(kind, spec)
    left = list(SPECS)
    for _ in range(len(SPECS)):
        left = [kind for kind in left if not controller.finalize(kind)]
    assert not left
    assert all(controller.finalize(kind) for kind in SPECS)


def test_routes_of_a_router_are_walked_and_stale_ones_go(shop):
    """ListRoutes without a limit, page after page; then delete what is not wanted."""
    for number in range(105):
        ROUTE.create(shop, routeName=f"r{number:03}")
    found, token = [], {}
    while True:
        page = ROUTE.list(shop, **token)
        found += [r["routeName"] for r in page["routes"]]
        if not page.get("nextToken"):
            break
        token = {"nextToken": page["nextToken"]}
    assert found == [f"r{n:03}" for n in range(105)] + ["route"]
    for name in found[1:]:
        ROUTE.delete(shop, routeName=name)
    assert [r["routeName"] for r in ROUTE.list(shop)["routes"]] == ["r000"]


def test_a_listeners_protocol_changes_by_way_of_its_routes(shop):
    """Source: aws-app-mesh-controller-for-k8s#767, PR 768."""
    grpc = {"listeners": [listener(8080, "grpc")]}
    assert refusal(ROUTER.update, client=shop, spec=grpc)[0] == 400
    ROUTE.delete(shop)
    ROUTER.update(shop, spec=grpc)
    spec = kinds.http_route(kind="grpcRoute", match={})
    assert ROUTE.create(shop, spec=spec)["spec"] == spec


def test_a_bad_spec_is_told_on_the_resource(shop):
    """Source: aws-app-mesh-controller-for-k8s#715."""
    wide = {"listeners": [listener(8080), listener(9090)]}
    assert refusal(ROUTER.update, client=shop, spec=wide)[:2] == (400, "BadRequestException")


@pytest.mark.parametrize("kind", list(SPECS), ids=lambda k: k.name)
def test_too_long_a_name_is_refused(shop, kind):
    """Source: aws-app-mesh-controller-for-k8s: test/integration, names of 259 characters."""
    answer = refusal(kind.create, client=shop, **{kind.name_member: "a" * 259})
    assert answer[:2] == (400, "BadRequestException")
