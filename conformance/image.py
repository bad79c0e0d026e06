# SPDX-License-Identifier: Apache-2.0
"""The image as a process: where the README's recipes start a container, and no container engine is
needed. It has the names of testcontainers (4.15) that the recipe uses."""

import re

from emulator import ROOT, Emulator

DOCKERFILE = (ROOT / "Dockerfile").read_text()
PORTS = [int(port) for port in re.search(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)[1].split()]
LogMessageWaitStrategy = re.compile


class DockerContainer:
    """Files are where volumes put them, and its ports are others outside."""

    def __init__(self, image):
        assert image == "appmesh-emulator"
        self._variables, self._files, self._log = {}, {}, re.compile("")

    def with_envs(self, **variables):
        self._variables.update(variables)
        return self

    def with_volume_mapping(self, host, container):
        self._files[container] = str(host)
        return self

    def with_exposed_ports(self, port):
        assert port in PORTS
        return self

    def waiting_for(self, log):
        self._log = log
        return self

    def get_container_host_ip(self):
        return self._server.host

    def get_exposed_port(self, port):
        assert port == PORTS[0]
        return self._server.port

    def __enter__(self):
        variables = {name: self._files.get(value, value) for name, value in self._variables.items()}
        self._server = Emulator(env=variables)
        assert self._log.search(self._server.ready_line)
        return self

    def __exit__(self, *_):
        self._server.check_clean_end()
