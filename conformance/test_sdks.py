# SPDX-License-Identifier: Apache-2.0
"""AWS's JavaScript and Go SDKs: typed errors, unions, times and paginators of their own."""

import json
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
PATIENCE_S = 300

FAILURES = [
    ("NotFoundException", 404, "Mesh with name gone is not present for account {account}"),
    ("ConflictException", 409, "Mesh with name {mesh} already exists"),
    (
        "ResourceInUseException",
        409,
        "Mesh {mesh} for account {account} has active VirtualNodes, "
        "please delete VirtualNodes before deleting the Mesh",
    ),
    ("ForbiddenException", 403, None),
    ("BadRequestException", 400, "Service Discovery can't be set without a listener."),
]
PAGES = {"sizes": [2, 2, 1], "names": list("abcde")}


def run(*command, cwd):
    answer = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def check_failures(failures, **names):
    assert [(f["name"], f["status"], f["typed"]) for f in failures] == [
        (name, status, True) for name, status, _ in FAILURES
    ]
    for failure, (_, _, message) in zip(failures, FAILURES):
        assert failure["message"] == (message or failure["message"]).format(**names)


def test_javascript(emulator, account):
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    if not (HERE / "node_modules" / "@aws-sdk").is_dir():
        pytest.skip("the JavaScript SDK is not installed: npm ci --prefix conformance")
    seen = json.loads(run("node", "js/life.mjs", emulator.url, account, cwd=HERE))
    check_failures(seen["failures"], mesh="js", account=account)
    assert all(len(f["requestId"]) == 36 for f in seen["failures"])
    assert seen["mesh"] == {
        "arn": f"arn:aws:appmesh:us-west-2:{account}:mesh/js",
        "spec": {},
        "status": "ACTIVE",
    }
    assert seen["node"]["spec"]["backends"] == []
    assert (seen["node"]["version"], seen["version"]) == (1, 2)
    assert seen["pages"] == PAGES
    assert seen["tags"] == [{"key": "a", "value": ""}]
    assert seen["deleted"] == "DELETED"


def test_go(emulator, account, tmp_path):
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    program = tmp_path / "life"
    run("go", "build", "-buildvcs=false", "-o", str(program), ".", cwd=HERE / "go")
    seen = json.loads(run(str(program), emulator.url, account, cwd=HERE))
    check_failures(seen["failures"], mesh="go", account=account)
    assert seen["arn"] == f"arn:aws:appmesh:us-west-2:{account}:mesh/go"
    assert seen["node"] == {
        "port": 8080, "hostname": "node.local", "idle": 5, "version": 1, "dated": True,
    }  # fmt: skip
    assert seen["pages"] == PAGES
    assert seen["deleted"] == "DELETED"
