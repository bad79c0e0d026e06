# SPDX-License-Identifier: Apache-2.0
"""The other side of shim.c: its journal, disks made of it, and faults to order."""

import contextlib
import dataclasses
import functools
import mmap
import pathlib
import re
import struct
import subprocess
import time

from emulator import BINARY, PATIENCE_S

SHIM = pathlib.Path(BINARY).parent.parent / "tests/crash_shim.so"
PAGE = 4096
HEADER = struct.Struct("=qiIc7x")
NUMBER = re.compile(rb"x-request: (\d+)", re.IGNORECASE)


@functools.cache
def preload():
    """The sanitizers' libraries want to come first; they call the next as if it were libc."""
    libraries = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    sanitizers = re.findall(r"=> (\S*/lib[at]san\S*)", libraries)
    return ":".join([*sanitizers, str(SHIM)])


def environment(data, **files):
    """What a server whose disk is watched needs in its environment."""
    named = {f"SHIM_{name.upper()}": str(path) for name, path in files.items()}
    return {"LD_PRELOAD": preload(), "SHIM_FILE": str(data / "data.mdb"), **named}


# ---- the journal ----


@dataclasses.dataclass(frozen=True)
class Event:
    type: str
    position: int
    fd: int
    payload: bytes


def read_journal(path):
    """The events; the kill may have cut the last one short."""
    data, at, events = path.read_bytes(), 0, []
    while at + HEADER.size <= len(data):
        position, fd, size, type_ = HEADER.unpack_from(data, at)
        payload = data[at + HEADER.size : at + HEADER.size + size]
        if len(payload) < size:
            break
        events.append(Event(type_.decode(), position, fd, payload))
        at += HEADER.size + size
    return events


def is_success(event):
    return event.type == "a" and event.payload.startswith(b"HTTP/1.1 200")


def requests_and_answers(events):
    """(request number, index of its arrival, index of its answer 200), for each that had one."""
    waiting = {}
    for index, event in enumerate(events):
        number = NUMBER.search(event.payload) if event.type == "r" else None
        if number:
            waiting[event.fd] = int(number.group(1)), index
        elif event.fd in waiting and is_success(event):
            yield *waiting.pop(event.fd), index


def is_write(event):
    return event.type in "wm"


class Coverage:
    """Which writes no sync covers, event by event: a sync covers what was written before its start;
    a write that is its own sync (O_DSYNC) covers itself alone."""

    def __init__(self):
        self.uncovered = []

    def add(self, index, event):
        if event.type in "wt":
            self.uncovered.append(index)
        elif event.type == "s":
            self.uncovered = [i for i in self.uncovered if i >= event.position]


# ---- disks ----


class Disk:
    """A file as its writes left it, in any order and none of them twice."""

    def __init__(self):
        self.data = bytearray()

    def write(self, position, payload):
        end = position + len(payload)
        if len(self.data) < end:
            self.data.extend(bytes(end - len(self.data)))
        self.data[position:end] = payload

    def do(self, event):
        if event.type in "wm":
            self.write(event.position, event.payload)
        elif event.type == "t":
            del self.data[event.position :]
            self.write(event.position, b"")


def pages(event):
    """The pages of a write, each of which may reach the disk without the others."""
    for start in range(0, len(event.payload), PAGE):
        yield event.position + start, event.payload[start : start + PAGE]


def disk_after_power_loss(events, chance):
    """What is certainly on the disk after these events, and, by chance, some of what is not."""
    coverage, disk = Coverage(), Disk()
    for index, event in enumerate(events):
        coverage.add(index, event)
    lost = set(coverage.uncovered)
    for index, event in enumerate(events):
        if index not in lost:
            disk.do(event)
    loose = [page for index in coverage.uncovered for page in pages(events[index])]
    for position, payload in chance.sample(loose, chance.randint(0, len(loose))):
        disk.write(position, payload)
    return bytes(disk.data)


# ---- faults ----

CALLS = {"pwrite": 1, "pwrite_meta": 2, "writev": 3, "sync": 4}


class Control:
    """The page of memory that the shim looks at: its struct control."""

    FIELDS = ("call", "nth", "error", "is_lasting", "is_short", "holds_syncs")
    FIELDS += ("seen", "failed", "held")

    def __init__(self, path):
        path.write_bytes(bytes(mmap.PAGESIZE))
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def get(self, field):
        return struct.unpack_from("=i", self._memory, 4 * self.FIELDS.index(field))[0]

    def set(self, field, value):
        struct.pack_into("=i", self._memory, 4 * self.FIELDS.index(field), value)

    def fail(self, call, nth, error, is_lasting=False, is_short=False):
        """Lets the Nth such call from now on fail, and with is_lasting all after it."""
        self.be_sound()
        for field in ("seen", "failed"):
            self.set(field, 0)
        settings = {"nth": nth, "error": error, "is_lasting": is_lasting, "is_short": is_short}
        for field, value in settings.items():
            self.set(field, value)
        self.set("call", CALLS[call])

    def be_sound(self):
        self.set("call", 0)

    @contextlib.contextmanager
    def holding_syncs(self):
        self.set("held", 0)
        self.set("holds_syncs", 1)
        yield
        self.set("holds_syncs", 0)

    def wait_until_held(self):
        deadline = time.monotonic() + PATIENCE_S
        while not self.get("held"):
            assert time.monotonic() < deadline, "nobody syncs"
            time.sleep(0.001)
