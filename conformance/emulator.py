# SPDX-License-Identifier: Apache-2.0
"""The program under test, as a black box: a process, its ready line, its exit code, its stderr."""

import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = os.environ.get("EMULATOR", str(ROOT / "build/dev/emulator/appmesh-emulator"))
PATIENCE_S = 60
SANITIZER_REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:")
READY = re.compile(r"ready api=(\S+) xds=(\S+) data=(\S+)\n")


def environment(extra=None):
    """Ours without what would change the program's options, and a free port for Envoys."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("APPMESH_EMULATOR_")}
    return {**kept, "APPMESH_EMULATOR_XDS": "127.0.0.1:0", **(extra or {})}


def run(*arguments, env=None, text=None):
    """A command that ends by itself."""
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        env=environment(env),
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


class Emulator:
    """A running server on free ports. Use as a context manager; leaving it checks a clean end."""

    def __init__(self, *arguments, data=None, env=None, limits=None):
        place = ["--data", str(data)] if data else ["--memory"]
        listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
        self._errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen(
            [BINARY, "serve", *listen, *place, *map(str, arguments)],
            env=environment(env),
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            preexec_fn=limits,
        )
        self.ready_line = self._read_line()
        match = READY.fullmatch(self.ready_line)
        if not match:
            self.kill()
            raise AssertionError(f"no ready line: {self.ready_line!r}\n{self.errors()}")
        self.url, self.xds, self.data = match.groups()
        self.address = re.sub(r"^https?://", "", self.url).rstrip("/")
        host, port = self.address.rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)

    def _read_line(self):
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        return self.process.stdout.readline() if readable else ""

    def errors(self):
        """What the program has written to stderr so far."""
        self._errors.seek(0)
        return self._errors.read()

    def stop(self, number=signal.SIGTERM):
        """Ends it politely; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.stdout.close()
        return self.process.wait(PATIENCE_S)

    def kill(self):
        """Ends it as a power switch would."""
        self.process.kill()
        self.process.stdout.close()
        self.process.wait(PATIENCE_S)

    def check_clean_end(self):
        code = self.stop()
        errors = self.errors()
        assert not SANITIZER_REPORT.search(errors), errors
        assert code == 0, f"exit code {code}\n{errors}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.check_clean_end()
        else:
            self.stop()
        self._errors.close()
