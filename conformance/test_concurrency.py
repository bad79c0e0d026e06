# SPDX-License-Identifier: Apache-2.0
"""Many clients at once: nothing lost, nothing twice, versions exact."""

import collections
import concurrent.futures
import random
import threading

import pytest

import clients
import kinds
import wire
from kinds import MESH, NODE, SERVICE

CLIENTS = 16
MESHES = "/v20190125/meshes"


@pytest.fixture
def crowd(emulator, account):
    """Runs a function once per client, all at the same time, each with a connection of its own."""

    def run(work, count=CLIENTS):
        start = threading.Barrier(count)

        def one(number):
            raw = wire.Connection(emulator, account)
            start.wait()
            try:
                return work(raw, number)
            finally:
                raw.close()

        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))

    return run


def test_of_many_creates_of_one_name_one_wins(client, crowd):
    for turn in range(10):
        answers = crowd(lambda raw, _: raw.put(MESHES, {"meshName": f"m{turn}"}))
        assert collections.Counter(a.status for a in answers) == {200: 1, 409: CLIENTS - 1}
        assert MESH.describe(client, meshName=f"m{turn}")["metadata"]["version"] == 1


def test_of_many_creates_with_one_token_all_see_the_same(crowd):
    for turn in range(10):
        body = {"meshName": f"m{turn}", "clientToken": "same"}
        answers = crowd(lambda raw, _: raw.put(MESHES, body))
        assert len({a.body for a in answers}) == 1 and answers[0].status == 200


def test_every_update_counts_once(client, crowd):
    MESH.create(client)
    each = 25

    def work(raw, _):
        return [
            raw.put(MESHES + "/shop", {"spec": {}}).json["metadata"]["version"] for _ in range(each)
        ]

    versions = [v for seen in crowd(work) for v in seen]
    assert sorted(versions) == list(range(2, 2 + CLIENTS * each))
    assert MESH.describe(client)["metadata"]["version"] == 1 + CLIENTS * each


def test_of_many_deletes_one_wins(client, crowd):
    for _ in range(10):
        MESH.create(client)
        answers = crowd(lambda raw, _: raw.request("DELETE", MESHES + "/shop"))
        assert collections.Counter(a.status for a in answers) == {200: 1, 404: CLIENTS - 1}


def test_nothing_is_lost_and_nothing_is_there_twice(client, crowd):
    MESH.create(client)
    each = 24

    def work(raw, number):
        for item in range(each):
            body = {"virtualServiceName": f"s-{number:02}-{item:02}", "spec": {}}
            assert raw.put(MESHES + "/shop/virtualServices", body).status == 200
            if item % 2:
                target = f"{MESHES}/shop/virtualServices/s-{number:02}-{item - 1:02}"
                assert raw.request("DELETE", target).status == 200

    crowd(work)
    paginator = client.get_paginator("list_virtual_services")
    pages = paginator.paginate(meshName="shop", PaginationConfig={"PageSize": 7})
    names = [s["virtualServiceName"] for page in pages for s in page["virtualServices"]]
    assert names == [f"s-{n:02}-{i:02}" for n in range(CLIENTS) for i in range(1, each, 2)]


def test_a_walk_sees_all_that_stays(client, crowd):
    """While others come and go, what is there from first to last is seen exactly once."""
    MESH.create(client)
    for number in range(60):
        SERVICE.create(client, virtualServiceName=f"stay-{number:02}", spec={})

    def come_and_go(raw, number):
        for turn in range(20):
            name = f"stay-{random.Random(number * 99 + turn).randrange(60):02}-{number}"
            assert (
                raw.put(
                    MESHES + "/shop/virtualServices", {"virtualServiceName": name, "spec": {}}
                ).status
                == 200
            )
            assert raw.request("DELETE", f"{MESHES}/shop/virtualServices/{name}").status == 200

    def walk(raw):
        names, token = [], ""
        while True:
            page = raw.get(f"{MESHES}/shop/virtualServices?limit=9{token}").json
            names += [s["virtualServiceName"] for s in page["virtualServices"]]
            if "nextToken" not in page:
                return names
            token = "&nextToken=" + wire.quote(page["nextToken"])

    def work(raw, number):
        if number % 4:
            return come_and_go(raw, number)
        for _ in range(5):
            names = walk(raw)
            assert names == sorted(set(names))
            assert [n for n in names if n.count("-") == 1] == [f"stay-{n:02}" for n in range(60)]

    crowd(work)


def test_a_reference_never_points_at_nothing(client, crowd):
    """Half make a route to a node, half delete the node; the one excludes the other."""
    kinds.build(client, MESH, kinds.ROUTER)
    for _ in range(15):
        NODE.create(client)

        def work(raw, number):
            if number % 2:
                return raw.request("DELETE", MESHES + "/shop/virtualNodes/node")
            body = {"routeName": f"r{number}", "spec": kinds.ROUTE.sample}
            return raw.put(MESHES + "/shop/virtualRouter/router/routes", body)

        answers = crowd(work)
        deletes = [a.status for n, a in enumerate(answers) if n % 2]
        routes = [a.status for n, a in enumerate(answers) if n % 2 == 0]
        if 200 in deletes:
            assert set(routes) == {404} and deletes.count(200) == 1 and set(deletes) == {200, 404}
        else:
            assert set(deletes) == {409} and set(routes) == {200}
        for route in kinds.ROUTE.list(client)["routes"]:
            kinds.ROUTE.delete(client, routeName=route["routeName"])
        if 200 not in deletes:
            NODE.delete(client)


def test_a_delete_of_a_mesh_and_its_new_child_exclude_each_other(client, crowd):
    for _ in range(15):
        MESH.create(client)

        def work(raw, number):
            if number % 2:
                return raw.request("DELETE", MESHES + "/shop").status
            body = {"virtualServiceName": f"s{number}", "spec": {}}
            return raw.put(MESHES + "/shop/virtualServices", body).status

        statuses = crowd(work)
        made = [s for n, s in enumerate(statuses) if n % 2 == 0]
        deleted = [s for n, s in enumerate(statuses) if n % 2]
        assert (set(made), 200 in deleted) in (({404}, True), ({200}, False))
        if 200 not in deleted:
            for number in range(0, CLIENTS, 2):
                SERVICE.delete(client, virtualServiceName=f"s{number}")
            MESH.delete(client)


def test_readers_see_whole_documents(client, crowd):
    MESH.create(client)
    sizes = (1, 40)
    specs = [kinds.node_spec(*(kinds.listener(port) for port in range(1, n + 1))) for n in sizes]
    NODE.create(client, spec=specs[0])
    target = MESHES + "/shop/virtualNodes/node"

    def work(raw, number):
        for turn in range(30):
            if number % 4 == 0:
                assert raw.put(target, {"spec": specs[turn % 2]}).status == 200
                continue
            seen = raw.get(target).json
            assert seen["spec"] in specs

    crowd(work)


def test_many_accounts_do_not_meet(emulator):
    def work(account):
        client = clients.connect(emulator, account)
        for _ in range(3):
            kinds.build(client)
            assert [len(k.list(client)[k.collection]) for k in kinds.KINDS] == [1] * 7
            kinds.tear_down(client)

    accounts = [clients.new_account() for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, accounts))
