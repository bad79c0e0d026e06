# SPDX-License-Identifier: Apache-2.0
"""`power` told apart from `process`: what a loss of power leaves, and who waits for the disk."""

import random
import shutil
import socket

import disk
import pytest
from conftest import ROUNDS, SEED
from emulator import PATIENCE_S
from test_kill import live_and_die
from wire import PREFIX, Connection
from workload import Client, Content, apply, check_mesh, read_content

CLIENTS = 4
MOMENTS = 1  # of each round at which the power is lost, besides its end
SILENCE_S = 0.3  # many times what an answer takes


def record(start, folder, durability, seed):
    """A server from its first write to kill -9: its clients and its journal."""
    data, journal = folder / "data", folder / "journal"
    data.mkdir()
    clients = [Client(i, seed) for i in range(CLIENTS)]
    server = start(
        "--durability", durability, data=data, env=disk.environment(data, journal=journal)
    )
    live_and_die(server, clients, random.Random(seed))
    assert not any(client.failure for client in clients), [client.failure for client in clients]
    return clients, disk.read_journal(journal)


def acknowledged_until(client, numbers):
    """The client's content as its answers among `numbers` made it, and the request after them."""
    content, requests = Content(), [*client.answered]
    while requests and requests[0][0].number in numbers:
        apply(content, *requests.pop(0))
    return content, requests[0][0] if requests else client.pending


def lose_power(start, folder, clients, events, chance):
    """Starts on what a power loss after these events leaves; what is missing then."""
    numbers = {number for number, _, _ in disk.requests_and_answers(events)}
    data = folder / f"lost-{len(events)}"
    data.mkdir()
    (data / "data.mdb").write_bytes(disk.disk_after_power_loss(events, chance))
    if chance.randrange(2):
        shutil.copy(folder / "data" / "lock.mdb", data)
    server = start("--durability", "power", data=data)
    found = read_content(server)
    server.check_clean_end()
    return [
        line
        for client in clients
        for line in check_mesh(client.mesh, *acknowledged_until(client, numbers), found)
    ]


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_power_loss_loses_nothing(start, tmp_path, number):
    seed = f"{SEED}-loss-{number}"
    chance = random.Random(seed)
    clients, events = record(start, tmp_path, "power", seed)
    first = next(i for i, event in enumerate(events) if event.type == "r")
    for end in {len(events), *(chance.randint(first, len(events)) for _ in range(MOMENTS))}:
        lost = lose_power(start, tmp_path, clients, events[:end], chance)
        assert not lost, "\n".join([f"{end} of {len(events)} events", *lost])


def test_a_power_loss_while_the_store_is_made_leaves_nothing(start, tmp_path):
    chance = random.Random(SEED)
    _, events = record(start, tmp_path, "power", SEED)
    first = next(i for i, event in enumerate(events) if event.type == "r")
    for end in range(first + 1):
        for attempt in range(4):
            data = tmp_path / f"made-{end}-{attempt}"
            data.mkdir()
            (data / "unfinished").touch()  # it goes after all these events
            (data / "data.mdb").write_bytes(disk.disk_after_power_loss(events[:end], chance))
            server = start("--durability", "power", data=data)
            assert make_mesh(Connection(server), "m") == 200
            assert not (data / "unfinished").exists()
            server.kill()
            assert [*read_content(start(data=data)).documents] == ["/meshes/m"]


def answers_without_cover(events):
    """For each answered write: the writes to the store that no sync covered when it left, and
    whether the store was committed to at all between request and answer."""
    coverage = disk.Coverage()
    answers = {answer: arrival for _, arrival, answer in disk.requests_and_answers(events)}
    commit = -1
    for index, event in enumerate(events):
        coverage.add(index, event)
        if disk.is_write(event) and event.position < 2 * disk.PAGE:
            commit = index
        if index in answers:
            yield len(coverage.uncovered), commit > answers[index]


def test_power_syncs_before_each_answer(start, tmp_path):
    _, events = record(start, tmp_path, "power", SEED)
    answers = [*answers_without_cover(events)]
    assert answers
    assert all(is_committed for _, is_committed in answers)
    assert not any(uncovered for uncovered, _ in answers)


def test_power_syncs_pages_before_the_meta_page_that_names_them(start, tmp_path):
    _, events = record(start, tmp_path, "power", SEED)
    coverage = disk.Coverage()
    metas = 0
    for index, event in enumerate(events):
        coverage.add(index, event)
        if event.type == "m":
            metas += 1
            assert not coverage.uncovered, f"event {index} of {len(events)}"
    assert metas


def test_process_answers_before_it_syncs(start, tmp_path):
    _, events = record(start, tmp_path, "process", SEED)
    answers = [*answers_without_cover(events)]
    assert answers
    assert all(is_committed for _, is_committed in answers)
    early = sum(uncovered > 0 for uncovered, _ in answers)
    assert early > len(answers) / 2, f"{early} of {len(answers)}"


def start_watched(start, folder, durability):
    control = disk.Control(folder / "control")
    environment = disk.environment(folder, control=control.path)
    return control, start("--durability", durability, data=folder, env=environment)


def make_mesh(connection, name):
    return connection.put(PREFIX + "/meshes", {"meshName": name}).status


def test_process_answers_while_a_sync_hangs(start, tmp_path):
    control, server = start_watched(start, tmp_path, "process")
    connection = Connection(server)
    with control.holding_syncs():
        assert make_mesh(connection, "first") == 200
        control.wait_until_held()
        assert [make_mesh(connection, f"m{i}") for i in range(50)] == [200] * 50


def test_power_answers_nothing_while_a_sync_hangs(start, tmp_path):
    control, server = start_watched(start, tmp_path, "power")
    with socket.create_connection((server.host, server.port), PATIENCE_S) as peer:
        with control.holding_syncs():
            body = '{"meshName":"m"}'
            head = f"Host: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
            peer.sendall(f"PUT {PREFIX}/meshes HTTP/1.1\r\n{head}{body}".encode())
            control.wait_until_held()
            peer.settimeout(SILENCE_S)
            with pytest.raises(TimeoutError):
                peer.recv(1)
        peer.settimeout(PATIENCE_S)
        assert peer.recv(12) == b"HTTP/1.1 200"
