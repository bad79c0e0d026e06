# SPDX-License-Identifier: Apache-2.0
"""The README files are true: commands run, tables are what the binary prints, names exist."""

import json
import pathlib
import re
import socket
import subprocess
import sys

import pytest

from emulator import environment, run

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
MAP = (ROOT / "emulator/README.md").read_text()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.M | re.S)


def test_options_are_what_the_binary_prints():
    assert run("help").stdout in blocks("text")


def test_operations_are_what_the_binary_prints():
    rows = re.findall(r"^\| (\w+) \| `(\w+) (\S+)` \|$", README, re.M)
    schema = json.loads(run("schema").stdout)
    assert rows == [(o["name"], o["method"], o["path"]) for o in schema["operations"]]


def test_the_control_api_is_what_the_source_has():
    table = README.split("## Control API")[1].split("##")[0]
    shown = re.findall(r"`(GET|PUT|POST) ([\w/-]+)", table)
    rows = re.findall(
        r'\{"([A-Z]+)",\s+(?:PREFIX "(\w+)"|RESET_ALIAS),',
        (ROOT / "emulator/control/control.c").read_text(),
    )
    assert len(rows) > 5
    has = [(method, f"/_emulator/{name}" if name else "/moto-api/reset") for method, name in rows]
    assert sorted(shown) == sorted(has)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


# A command of the README that runs a server: start it, go on when it is ready, stop it at the end.
SERVER = r"""
exec {{ready}}< <(exec {command})
servers+=($!)
read -r line <&$ready
echo "$line"
[[ $line = "ready api="* ]]
"""
PRELUDE = "set -eux\nservers=()\ntrap 'kill \"${servers[@]}\"' EXIT\n"


def as_script(commands):
    """The README's commands with their servers in the background and paths from anywhere."""
    commands = commands.replace("\\\n", " ").replace("./emulator/run", f"{ROOT}/emulator/run")
    lines = []
    for line in commands.splitlines():
        is_server = "emulator/run" in line and " schema" not in line
        lines.append(SERVER.format(command=line) if is_server else line)
    return PRELUDE + "\n".join(lines)


@pytest.mark.client_bound
def test_commands_run(tmp_path):
    """All bash blocks in order in one shell, on free ports, from an empty folder. ./tests/run would
    run this test again: test_parts_exist looks at it."""
    text = "".join(block for block in blocks("bash") if block != "./tests/run\n")
    api, tls = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
    script = as_script(text.replace("127.0.0.1:18080", api).replace("127.0.0.1:18443", tls))
    variables = environment({"APPMESH_EMULATOR_LISTEN": api, "HOME": str(tmp_path)})
    variables = {k: v for k, v in variables.items() if not k.startswith("AWS_")}
    variables["PATH"] = f"{pathlib.Path(sys.executable).parent}:{variables['PATH']}"
    answer = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=variables, timeout=600,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert '"meshName": "appmesh-workshop"' in answer.stdout
    assert answer.stdout.count("ready api=") == 3


@pytest.mark.parametrize("part", sorted(set(re.findall(r"\./tests/run (\w+)", README)) - {"all"}))
def test_parts_exist(part):
    assert re.search(rf'^    "{part} ', (ROOT / "tests/run").read_text(), re.M)


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w./]+\.(?:c|h|py|txt))`", MAP))))
def test_files_of_the_map_exist(path):
    assert (ROOT / "emulator" / path).is_file()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z]+_[a-z_]+)`", MAP))))
def test_functions_of_the_map_exist(name):
    sources = (ROOT / "emulator").rglob("*.[ch]")
    assert any(re.search(rf"\b{name}\(", source.read_text()) for source in sources)


def test_layers_of_the_map_exist():
    folders = {path.name for path in (ROOT / "emulator").iterdir() if path.is_dir()}
    assert folders == set(re.findall(r"\b(\w+)/ ", MAP)) | set(re.findall(r"`(\w+)/`", MAP))
