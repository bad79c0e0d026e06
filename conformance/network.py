# SPDX-License-Identifier: Apache-2.0
"""Hosts of a mesh as on AWS: network namespaces on one bridge, with the workshop's iptables rules."""

import contextlib
import ctypes
import os
import subprocess
import sys

import proxy
from emulator import ROOT

sys.path.insert(0, str(ROOT / "fixtures" / "workshop"))
import namespaces  # noqa: E402

APP_PORT = 3000  # of the rules
NEW_NETWORK = 0x40000000  # linux/sched.h: CLONE_NEWNET
_libc = ctypes.CDLL(None, use_errno=True)


def command(*words, text=None):
    words = [str(word) for word in words]
    subprocess.run(words, check=True, capture_output=True, text=True, input=text)


# As AWS's scripts repeated them for IPv6, without the addresses of IPv4 that they spare.
REDIRECT_IPV6 = "".join(
    line for line in namespaces.REDIRECT.splitlines(keepends=True) if " -d " not in line
)


class Network:
    """A bridge that this machine and the hosts are on. Use as a context manager."""

    def __init__(self, has_ipv6=False):
        self._name = f"am{os.getpid()}"
        self._has_ipv6 = has_ipv6
        self._stack = contextlib.ExitStack()
        self.address, self.ipv6 = self._addresses(1)
        self.nobody, self.nobody_ipv6 = self._addresses(250)
        self._count = 0

    def _addresses(self, number):
        high, low = os.getpid() // 256, os.getpid() % 256
        return f"10.{200 + high % 50}.{low}.{number}", f"fd00:{high:x}:{low:x}::{number:x}"

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            link = ("address", namespaces.link_address(self.address))
            command("ip", "link", "add", self._name, *link, "type", "bridge")
            stack.callback(command, "ip", "link", "del", self._name)
            command("ip", "addr", "add", f"{self.address}/24", "dev", self._name)
            if self._has_ipv6:
                command("ip", "addr", "add", f"{self.ipv6}/64", "dev", self._name, "nodad")
            command("ip", "link", "set", self._name, "up")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def host(self):
        """A new one, with the rules."""
        self._count += 1
        name = f"{self._name}h{self._count}"
        address, ipv6 = self._addresses(self._count + 1)
        command("ip", "netns", "add", name)
        self._stack.callback(command, "ip", "netns", "del", name)
        command("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        self._stack.callback(command, "ip", "link", "del", name)  # the namespace's end is too late
        command("ip", "link", "set", name, "master", self._name, "up")
        for words in (
            f"addr add {address}/24 dev eth0", "link set eth0 up", "link set lo up",
            f"route add default via {self.address}",
        ):  # fmt: skip
            command("ip", "-n", name, *words.split())
        command("ip", "netns", "exec", name, "iptables-restore", text=namespaces.REDIRECT)
        if self._has_ipv6:
            command("ip", "-n", name, "addr", "add", f"{ipv6}/64", "dev", "eth0", "nodad")
            command("ip", "-n", name, "route", "add", "default", "via", self.ipv6)
            command("ip", "netns", "exec", name, "ip6tables-restore", text=REDIRECT_IPV6)
        return Host(name, address, ipv6)


class Host:
    def __init__(self, name, address, ipv6):
        self._name, self.address, self.ipv6 = name, address, ipv6
        uid = namespaces.ENVOY_UID
        self.as_proxy = (
            "ip", "netns", "exec", name,
            "setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
        )  # fmt: skip

    @contextlib.contextmanager
    def entered(self):
        """The sockets that this thread opens meanwhile are the host's."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self._name}") as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(home)


def _enter(namespace):
    if _libc.setns(namespace.fileno(), NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def why_not(has_ipv6=False):
    """Why there can be no such network here, or nothing."""
    if namespaces.missing():
        return f"no network namespaces: {namespaces.missing()}"
    try:
        with Network(has_ipv6) as network:
            host = network.host()
            command(*host.as_proxy, [*proxy.binaries().values()][0], "--version")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network of namespaces here: {getattr(error, 'stderr', '') or error}"
    return ""
