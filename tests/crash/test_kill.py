# SPDX-License-Identifier: Apache-2.0
"""kill -9 at a random moment: what was acknowledged is there, what was not is whole or absent."""

import random
import time

import pytest
from conftest import ROUNDS, SEED
from wire import PREFIX, Connection
from workload import CLIENTS, Client, Content, Count, check, content_of, read_content

LIVES = 2  # kills a round: the second life works on what the first left
ANSWERS_MAX = 250  # of a life
MOMENT_S = 0.002  # about as long as a request takes


def live_and_die(server, clients, chance):
    count = Count(chance.randrange(ANSWERS_MAX))
    for client in clients:
        client.begin(server, count)
    count.wait()
    time.sleep(chance.uniform(0, MOMENT_S))
    for client in clients:
        client.end()
    server.kill()
    for client in clients:
        client.join()


def named_nodes(content):
    for document in content.documents.values():
        action = document["spec"].get("httpRoute", {}).get("action", {})
        for target in action.get("weightedTargets", []):
            yield f"/meshes/{document['meshName']}/virtualNodes/{target['virtualNode']}"


def check_references(server):
    """Who is named cannot go; in the right order all goes, and comes back by PUT state."""
    connection = Connection(server)
    state = connection.get("/_emulator/state").json
    content = content_of(state)
    for item in named_nodes(content):
        assert connection.request("DELETE", PREFIX + item).status == 409, item
    for item in content.documents:
        answer = connection.request("DELETE", PREFIX + item)
        assert answer.status == 200, (item, answer.body)
    assert read_content(server) == Content()
    answer = connection.put("/_emulator/state", state)
    assert answer.status == 200, answer.body
    assert connection.get("/_emulator/state").json == state


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("durability", ["power", "process"])
def test_a_kill_loses_nothing(start, tmp_path, durability, number):
    seed = f"{SEED}-{durability}-{number}"
    chance = random.Random(seed)
    options = ("--durability", durability)
    clients = [Client(i, seed) for i in range(CLIENTS)]
    server = start(*options, data=tmp_path)
    for _ in range(LIVES):
        live_and_die(server, clients, chance)
        server = start(*options, data=tmp_path)
        found = read_content(server)
        lost = check(clients, found)
        assert not lost, "\n".join(lost)
        for client in clients:
            client.go_on_from(found)
    check_references(server)
