# SPDX-License-Identifier: Apache-2.0
"""The README's recipes for CI: their files are read, their commands run, and what would be a container
is a process (image.py)."""

import json
import os
import re
import subprocess
import sys

import pytest
import yaml

import image
from emulator import ROOT, environment, run
from test_readme import README, blocks, free_port

SEED = "mesh.jsonl"
PATIENCE_S = 600
BESIDE = "./appmesh-emulator/"  # where the recipes have this repository


def recipe(language, name):
    """The file of that name: its block's first line is a comment with it."""
    return next(block for block in blocks(language) if block.startswith(f"# {name}\n"))


@pytest.fixture
def project(tmp_path):
    """A folder with what the recipes read; commands run there."""
    (tmp_path / SEED).write_text(next(block for block in blocks("json") if "operation" in block))
    return tmp_path


def call(project, command, variables):
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euxc", command], cwd=project, env={**environment(variables), "PATH": path},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_seed_is_of_both_services(project):
    requests = [json.loads(line) for line in (project / SEED).read_text().splitlines()]
    assert {request.get("service", "appmesh") for request in requests} == {
        "appmesh", "servicediscovery",
    }  # fmt: skip


def test_variables_are_options():
    options = re.findall(r"^  --([a-z-]+)", run("help").stdout, re.MULTILINE)
    known = {f"APPMESH_EMULATOR_{option.upper().replace('-', '_')}" for option in options}
    assert set(re.findall(r"\bAPPMESH_EMULATOR_\w+", README)) <= known


def test_the_workflow_runs(project):
    """Its steps in order, in one shell. The server ends with the shell, as with the job."""
    listen = f"127.0.0.1:{free_port()}"
    text = recipe("yaml", ".github/workflows/test.yml").replace("127.0.0.1:18080", listen)
    job = yaml.safe_load(text)["jobs"]["test"]
    checkout, *steps = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@") and checkout["with"]["submodules"]
    assert job["env"]["AWS_ENDPOINT_URL"] == f"http://{listen}"
    commands = ["trap 'kill $(jobs -p)' EXIT", *(step["run"] for step in steps)]
    text = "\n".join(commands).replace(BESIDE, f"{ROOT}/")
    shown = call(project, text, {**job["env"], "APPMESH_EMULATOR_LISTEN": listen})
    assert '"meshName": "shop"' in shown


def test_the_compose_file_is_of_the_image(project):
    services = yaml.safe_load(recipe("yaml", "compose.yaml"))["services"]
    emulator, tests = services["appmesh"], services["tests"]
    assert (ROOT / os.path.relpath(emulator["build"], BESIDE) / "Dockerfile").exists()
    assert tests["depends_on"] == {"appmesh": {"condition": "service_healthy"}}
    assert tests["environment"]["AWS_ENDPOINT_URL"] == f"http://appmesh:{image.PORTS[0]}"
    check = emulator["healthcheck"]["test"]
    assert f"CMD {json.dumps(check[1:])}" in image.DOCKERFILE and check[0] == "CMD"
    container = image.DockerContainer("appmesh-emulator").with_envs(**emulator["environment"])
    for volume in emulator["volumes"]:
        host, inside, mode = volume.split(":")
        assert mode == "ro"
        container.with_volume_mapping(project / host, inside)
    with container:
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(18080)}"
        assert run(*check[2:], "--url", url).returncode == 0
        variables = {**tests["environment"], "AWS_ENDPOINT_URL": url}
        assert '"shop.local"' in call(project, "aws servicediscovery list-namespaces", variables)


TEST = """
def test_it(appmesh):
    assert [mesh["meshName"] for mesh in appmesh.list_meshes()["meshes"]] == ["shop"]
"""


def test_the_fixture_is_good_for_a_test(project):
    (project / "conftest.py").write_text(recipe("python", "conftest.py"))
    (project / "test_it.py").write_text(TEST)
    for module in ("container", "wait_strategies"):
        path = project / "stand_ins" / "testcontainers" / "core" / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from image import *\n")
    python_path = f"{project}/stand_ins:{ROOT}/conformance"
    command = "python -m pytest -p no:cacheprovider test_it.py"
    assert "1 passed" in call(project, command, {"PYTHONPATH": python_path})
