# SPDX-License-Identifier: Apache-2.0
"""Our trimmed .proto files say what the official descriptors (package xds-protos) say: every
message, field, number, type, label, oneof and enum value of ours is theirs, in the same file."""

import importlib
import pathlib
import subprocess

import pytest
from google.protobuf import descriptor_pb2

PROTOS = pathlib.Path(__file__).parent.parent / "emulator" / "xds" / "proto"
FILES = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    out = tmp_path_factory.mktemp("protobuf") / "ours"
    command = ["protoc", "-I.", "-I/usr/include", f"--descriptor_set_out={out}", *FILES]
    subprocess.run(command, cwd=PROTOS, check=True, timeout=60)
    files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file
    return {file.name: file for file in files}


def official(name):
    module = importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    return descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)


def facts(descriptors, prefix):
    """A flat set of everything that a file states about messages and enums."""
    for enum in descriptors.enum_type:
        for value in enum.value:
            yield ("value", f"{prefix}.{enum.name}", value.name, value.number)
    for message in getattr(descriptors, "message_type", None) or getattr(
        descriptors, "nested_type", ()
    ):
        name = f"{prefix}.{message.name}"
        yield ("message", name, message.options.map_entry)
        yield from fields(message, name)
        yield from facts(message, name)


def fields(message, name):
    for field in message.field:
        oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        yield (
            "field",
            name,
            field.name,
            field.number,
            field.type,
            field.type_name,
            field.label,
            oneof,
            field.proto3_optional,
        )


@pytest.mark.parametrize("name", FILES)
def test_a_file_states_only_what_upstream_states(ours, name):
    mine, theirs = ours[name], official(name)
    assert (mine.package, mine.syntax) == (theirs.package, theirs.syntax)
    stated = set(facts(mine, mine.package))
    assert stated
    assert stated - set(facts(theirs, theirs.package)) == set()
