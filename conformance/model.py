# SPDX-License-Identifier: Apache-2.0
"""botocore's description of App Mesh, and what it says must be refused and how.

The checker here is written from the model and the documented texts alone, and shares nothing with
the emulator: both must come to the same words.
"""

import dataclasses
import json
import re

import botocore.session

SERVICE = botocore.session.Session().get_service_model("appmesh", api_version="2019-01-25")
OPERATIONS = {name: SERVICE.operation_model(name) for name in SERVICE.operation_names}

TRUST_TEXT = "One type of TLS Validation Context Trust must be set."
LARGEST_INTEGER = 2**53 - 1
VALUE_BYTES = 256


class WrongType(Exception):
    """A JSON type that no shape allows there; the path is the first argument."""


@dataclasses.dataclass(frozen=True)
class Violation:
    path: str
    value: object  # None: absent
    constraint: str
    is_trust: bool = False

    def __str__(self):
        shown = "null" if self.value is None else f"'{shorten(print_value(self.value))}'"
        return f"Value {shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


def print_value(value):
    if isinstance(value, str):
        return value
    return json.dumps(in_plain_digits(value), separators=(",", ":"), ensure_ascii=False)


def in_plain_digits(value):
    """Numbers of integral value, however they were written, as integers."""
    if isinstance(value, dict):
        return {n: in_plain_digits(v) for n, v in value.items()}
    if isinstance(value, list):
        return [in_plain_digits(v) for v in value]
    return int(value) if is_integer(value) else value


def shorten(text):
    data = text.encode()
    if len(data) <= VALUE_BYTES:
        return text
    return data[:VALUE_BYTES].decode(errors="ignore") + "..."


def message(violations):
    """The whole message of a refusal."""
    if len(violations) == 1 and violations[0].is_trust:
        return TRUST_TEXT
    count = len(violations)
    return f"{count} validation error{'s' if count > 1 else ''} detected: " + "; ".join(
        map(str, violations)
    )


def is_union(shape):
    return shape.type_name == "structure" and shape.is_tagged_union


def element_path(path, index):
    return f"{path}.{index + 1}.member"


def member_path(path, name):
    return f"{path}.{name}" if path else name


def bounds(shape, value, words, is_number=False):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if is_number else len(value)
    if low is not None and size < low:
        yield f"Member must have {words} greater than or equal to {low}"
    if high is not None and size > high:
        yield f"Member must have {words} less than or equal to {high}"


def string_constraints(shape, value):
    yield from bounds(shape, value, "length")
    if shape.enum and value not in shape.enum:
        yield f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"


def is_integer(value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value == int(value) and abs(value) <= LARGEST_INTEGER


def require(condition, path):
    if not condition:
        raise WrongType(path)


def check(shape, value, path):
    """The violations of a JSON value that is there, depth first in the model's order."""
    return list(CHECKS[shape.type_name](shape, value, path))


def check_string(shape, value, path):
    require(isinstance(value, str), path)
    for constraint in string_constraints(shape, value):
        yield Violation(path, value, constraint)


def check_integer(shape, value, path):
    require(is_integer(value), path)
    for constraint in bounds(shape, int(value), "value", is_number=True):
        yield Violation(path, int(value), constraint)


def check_boolean(shape, value, path):
    require(isinstance(value, bool), path)
    return ()


def check_list(shape, value, path):
    require(isinstance(value, list), path)
    for constraint in bounds(shape, value, "length"):
        yield Violation(path, value, constraint)
    for index, element in enumerate(value):
        if element is None:
            yield Violation(element_path(path, index), None, "Member must not be null")
        else:
            yield from check(shape.member, element, element_path(path, index))


def check_structure(shape, value, path, skip=()):
    require(isinstance(value, dict), path)
    present = {n for n in shape.members if value.get(n) is not None}
    if is_union(shape) and len(present) != 1:
        yield Violation(
            path,
            {n: v for n, v in value.items() if n in present},
            f"Member must have exactly one of: [{', '.join(shape.members)}]",
            is_trust=not present and path.endswith("trust"),
        )
    for name, member in shape.members.items():
        if name in skip:
            continue
        if name in present:
            yield from check(member, value[name], member_path(path, name))
        elif name in shape.required_members:
            yield Violation(member_path(path, name), None, "Member must not be null")


def check_map(shape, value, path):
    require(isinstance(value, dict), path)
    for constraint in bounds(shape, value, "length"):
        yield Violation(path, value, constraint)
    for name, element in value.items():
        for constraint in string_constraints(shape.key, name):
            yield Violation(f"{path}.{shorten(name)}.key", name, constraint)
        if element is None:
            yield Violation(f"{path}.{shorten(name)}.member", None, "Member must not be null")
        else:
            yield from check(shape.value, element, f"{path}.{shorten(name)}.member")


CHECKS = {
    "string": check_string,
    "integer": check_integer,
    "long": check_integer,
    "boolean": check_boolean,
    "list": check_list,
    "structure": check_structure,
    "map": check_map,
}


def members_at(operation, location):
    """The input members that travel in the path ("uri"), the query or the body (None)."""
    shape = OPERATIONS[operation].input_shape
    return {n: m for n, m in shape.members.items() if m.serialization.get("location") == location}


def check_text(shape, value, path):
    """A member of the query or the path: always text."""
    if shape.type_name in ("integer", "long"):
        if not re.fullmatch("[0-9]+", str(value)):
            return [Violation(path, str(value), "Member must be an integer")]
        limits = bounds(shape, int(value), "value", is_number=True)
        return [Violation(path, str(value), constraint) for constraint in limits]
    return check(shape, value, path)


def check_input(operation, arguments):
    """What is wrong with a request: path, then query, then body."""
    found = []
    shape = OPERATIONS[operation].input_shape
    for location in ("uri", "querystring"):
        for name, member in members_at(operation, location).items():
            if arguments.get(name) is not None:
                found += check_text(member, arguments[name], name)
            elif name in shape.required_members:
                found.append(Violation(name, None, "Member must not be null"))
    outside_body = [n for n in shape.members if n not in members_at(operation, None)]
    return found + list(check_structure(shape, arguments, "", skip=outside_body))
