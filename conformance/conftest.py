# SPDX-License-Identifier: Apache-2.0
"""What the tests share: one server for all that only need their own account, or one of their own."""

import contextlib

import pytest

import authority
import clients
import kinds
import town
import wire
from emulator import Emulator


@pytest.fixture(scope="session")
def emulator():
    """One server for the session. Tests keep apart by account."""
    with Emulator() as server:
        yield server


@pytest.fixture
def start(tmp_path):
    """Starts servers with options of their own; each must end cleanly."""
    servers = []

    def run(*arguments, **members):
        servers.append(Emulator(*arguments, **members))
        return servers[-1]

    yield run
    for server in servers:
        if server.process.returncode is None:
            server.check_clean_end()


@pytest.fixture
def account():
    return clients.new_account()


@pytest.fixture
def client(emulator, account):
    """A client with an account of its own on the shared server."""
    return clients.connect(emulator, account)


@pytest.fixture
def shop(client):
    """A client whose account holds the sample mesh: one of each kind."""
    kinds.build(client)
    return client


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """A folder with ca.pem, server.pem and server.key for 127.0.0.1 and the AWS host names."""
    return authority.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def secure(certificates):
    """A server that speaks HTTPS; its clients trust server.ca."""
    options = ("--tls-cert", certificates / "server.pem", "--tls-key", certificates / "server.key")
    with Emulator(*options) as server:
        server.ca = str(certificates / "ca.pem")
        yield server


@pytest.fixture(scope="module")
def server():
    """One for each file that resets it or replaces its state, which concerns every account."""
    with Emulator() as one:
        yield one


@pytest.fixture
def control(server):
    """A connection to an empty server."""
    connection = wire.Connection(server)
    assert connection.request("POST", "/_emulator/reset").status == 200
    return connection


@pytest.fixture
def place():
    """A server for Envoys, and all that runs around it until the test ends."""
    with contextlib.ExitStack() as stack:
        yield town.Town(stack)
