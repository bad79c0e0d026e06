# SPDX-License-Identifier: Apache-2.0
"""What the crash tests share.

CRASH_ROUNDS and CRASH_SEED choose how many rounds and which: the same seed sends the same requests
and kills at the same answer, within what threads leave to chance.
"""

import os
import secrets

import pytest
from emulator import SANITIZER_REPORT, Emulator

ROUNDS = int(os.environ.get("CRASH_ROUNDS", 50))
# In the environment, for the processes of pytest-xdist must agree.
SEED = os.environ.setdefault("CRASH_SEED", secrets.token_hex(4))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.line(f"to run the same again: CRASH_ROUNDS={ROUNDS} CRASH_SEED={SEED}")


@pytest.fixture
def start():
    """Starts servers; those that still run at the end must end cleanly."""
    servers = []

    def run(*arguments, **members):
        servers.append(Emulator("--log-level", "warn", *arguments, **members))
        return servers[-1]

    yield run
    for server in servers:
        if server.process.returncode is None:
            server.check_clean_end()
        assert not SANITIZER_REPORT.search(server.errors()), server.errors()
