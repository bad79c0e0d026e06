# SPDX-License-Identifier: Apache-2.0
"""Lists in pages: order, limits, and tokens that are good for one list only."""

import base64

import pytest

import clients
import kinds
import wire
from clients import bad_request, refusal
from kinds import KINDS, MESH, NODE, ROUTER, SERVICE

BAD_TOKEN = bad_request("Invalid nextToken")


def names_of(kind, page):
    return [item[kind.name_member] for item in page[kind.collection]]


def walk(kind, client, limit, **arguments):
    """The pages of a list, by name."""
    pages, token = [], {}
    while True:
        page = kind.list(client, limit=limit, **arguments, **token)
        pages.append(names_of(kind, page))
        if "nextToken" not in page:
            return pages
        token = {"nextToken": page["nextToken"]}


@pytest.fixture
def nodes(client):
    """Seven virtual nodes, made out of order."""
    MESH.create(client)
    for name in "gdbface":
        NODE.create(client, virtualNodeName=name, spec={})
    return client


@pytest.mark.parametrize("limit", range(1, 10))
def test_pages_hold_all_in_order_and_end_without_token(nodes, limit):
    pages = walk(NODE, nodes, limit)
    assert [n for page in pages for n in page] == list("abcdefg")
    assert [len(p) for p in pages[:-1]] == [limit] * (len(pages) - 1)
    assert len(pages) == -(-7 // limit)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.name)
def test_each_kind_pages(shop, kind):
    for suffix in "ab":
        kind.create(shop, **{kind.name_member: "z" + suffix})
    assert walk(kind, shop, 1) == [[kinds.SAMPLE_NAMES[kind.name_member]], ["za"], ["zb"]]


def test_order_is_by_byte(client):
    for name in ("b", "B", "a", "aa", "a-", "Z", "_", "~", "0"):
        MESH.create(client, meshName=name)
    assert names_of(MESH, MESH.list(client)) == sorted(
        ("b", "B", "a", "aa", "a-", "Z", "_", "~", "0")
    )


def test_a_page_holds_a_hundred_unless_asked(client):
    MESH.create(client)
    for number in range(101):
        ROUTER.create(client, spec={}, virtualRouterName=f"r{number:03}")
    first = ROUTER.list(client)
    assert len(first["virtualRouters"]) == 100
    second = ROUTER.list(client, nextToken=first["nextToken"])
    assert names_of(ROUTER, second) == ["r100"]
    assert "nextToken" not in ROUTER.list(client, nextToken=first["nextToken"], limit=1)


def test_the_paginators_of_the_sdk_agree(nodes):
    pages = nodes.get_paginator("list_virtual_nodes").paginate(
        meshName="shop", PaginationConfig={"PageSize": 2}
    )
    assert [len(p["virtualNodes"]) for p in pages] == [2, 2, 2, 1]


def test_deletes_and_creates_between_pages(nodes):
    first = NODE.list(nodes, limit=3)
    for name in "abcd":
        NODE.delete(nodes, virtualNodeName=name)
    NODE.create(nodes, virtualNodeName="dd", spec={})
    second = NODE.list(nodes, limit=3, nextToken=first["nextToken"])
    assert names_of(NODE, second) == ["dd", "e", "f"]


def test_a_list_that_ran_empty_ends(nodes):
    first = NODE.list(nodes, limit=6)
    NODE.delete(nodes, virtualNodeName="g")
    assert NODE.list(nodes, nextToken=first["nextToken"]).get("virtualNodes") == []


def test_the_limit_may_change_between_pages(nodes):
    token = NODE.list(nodes, limit=2)["nextToken"]
    assert names_of(NODE, NODE.list(nodes, limit=4, nextToken=token)) == list("cdef")
    assert names_of(NODE, NODE.list(nodes, nextToken=token)) == list("cdefg")


class TestForeignTokens:
    def refused(self, call, **arguments):
        assert refusal(call, **arguments) == BAD_TOKEN

    @pytest.fixture
    def token(self, nodes):
        return NODE.list(nodes, limit=2)["nextToken"]

    def test_of_another_list(self, nodes, token):
        self.refused(ROUTER.list, client=nodes, nextToken=token)
        self.refused(MESH.list, client=nodes, nextToken=token)

    def test_of_another_mesh(self, nodes, token):
        MESH.create(nodes, meshName="other")
        self.refused(NODE.list, client=nodes, meshName="other", nextToken=token)

    def test_of_another_router(self, shop):
        kinds.ROUTE.create(shop, routeName="second")
        ROUTER.create(shop, virtualRouterName="other")
        token = kinds.ROUTE.list(shop, limit=1)["nextToken"]
        self.refused(kinds.ROUTE.list, client=shop, virtualRouterName="other", nextToken=token)

    def test_of_another_account(self, emulator, token):
        stranger = clients.connect(emulator, clients.new_account())
        MESH.create(stranger)
        self.refused(NODE.list, client=stranger, nextToken=token)

    def test_of_another_region(self, emulator, account, token):
        stranger = clients.connect(emulator, account, region="eu-west-1")
        MESH.create(stranger)
        self.refused(NODE.list, client=stranger, nextToken=token)

    def test_changed_at_any_place(self, nodes, token):
        for place in range(len(token)):
            other = "A" if token[place] != "A" else "B"
            forged = token[:place] + other + token[place + 1 :]
            self.refused(NODE.list, client=nodes, nextToken=forged)

    def test_cut_or_grown(self, nodes, token):
        for forged in (token[:-1], token[1:], token + "A", token + "=", token + token, " " + token):
            self.refused(NODE.list, client=nodes, nextToken=forged)

    @pytest.mark.parametrize("forged", ["", "x", "null", "=", "é", "/", "A" * 5000])
    def test_of_thin_air(self, nodes, forged):
        self.refused(NODE.list, client=nodes, nextToken=forged)

    def test_made_by_hand(self, nodes):
        for text in (b"b", b"b" + bytes(16), b"b" + bytes(32)):
            forged = base64.urlsafe_b64encode(text).decode().rstrip("=")
            self.refused(NODE.list, client=nodes, nextToken=forged)


def test_tokens_survive_a_restart(start, tmp_path):
    server = start(data=tmp_path / "store")
    for name in "abc":
        MESH.create(clients.connect(server), meshName=name)
    token = MESH.list(clients.connect(server), limit=1)["nextToken"]
    server.check_clean_end()
    client = clients.connect(start(data=tmp_path / "store"))
    assert names_of(MESH, MESH.list(client, nextToken=token)) == ["b", "c"]


def test_another_stores_token_is_foreign(start):
    tokens = []
    for _ in range(2):
        client = clients.connect(start())
        for name in "ab":
            MESH.create(client, meshName=name)
        tokens.append(MESH.list(client, limit=1)["nextToken"])
    assert refusal(MESH.list, client=client, nextToken=tokens[0]) == BAD_TOKEN


def test_a_repeated_query_parameter_counts_once(emulator, nodes, account):
    raw = wire.Connection(emulator, account)
    answer = raw.get("/v20190125/meshes/shop/virtualNodes?limit=2&limit=nonsense&extra=1&limit")
    assert len(answer.json["virtualNodes"]) == 2


def test_a_long_name_at_the_edge_of_a_page(client):
    MESH.create(client)
    for letter in "abc":
        SERVICE.create(client, spec={}, virtualServiceName=letter * 255)
    assert walk(SERVICE, client, 1) == [["a" * 255], ["b" * 255], ["c" * 255]]
