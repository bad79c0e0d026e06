# SPDX-License-Identifier: Apache-2.0
"""What the measures share: where things are, how a load is run, how a row is printed."""

import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from documents import MARK, compact, node_spec
from servers import command

TOP = Path(__file__).resolve().parents[2]
SLICE_MS = 500
LETTERS = dict(ms="-t", count="-n", body="-b", first="-f", among="-r", header="-H")


class Bench:
    def __init__(self, options):
        build = Path(options.build)
        self.program = build / "emulator/appmesh-emulator"
        self.tools = build / "tests/bench"
        self.scratch = TOP / "build/bench"  # on a disk, which a temporary directory may not be
        self.rounds = options.rounds
        self.moto = options.moto
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.count = 0

    def directory(self, name):
        self.count += 1
        path = self.scratch / f"{name}-{self.count}"
        path.mkdir()
        return path

    def body(self, size):
        path = self.scratch / f"create-{size}"
        path.write_text(compact({"virtualNodeName": "n" + MARK, "spec": node_spec(size)}))
        return path

    def load_command(self, port, method, target, connections, **flags):
        arguments = [str(word) for flag, value in flags.items() for word in (LETTERS[flag], value)]
        return [self.tools / "load", "-c", str(connections), *arguments, str(port), method, target]

    def load(self, *arguments, **flags):
        flags.setdefault("ms", SLICE_MS)
        out = subprocess.run(
            self.load_command(*arguments, **flags), check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        result = json.loads(out)
        if result["errors"]:
            sys.exit(f"{arguments}: {result['errors']} errors")
        return result

    def raw_commits(self, size):
        """Synced commits of one put each: the measure of what the disk gives."""
        directory = self.directory("raw")
        out = subprocess.run(
            [self.tools / "raw_lmdb", directory, str(size), str(SLICE_MS)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        shutil.rmtree(directory)
        return json.loads(out)

    def in_turns(self, ours, theirs):
        """The medians of both sides and of their ratios, round by round."""
        pairs = [(ours(), theirs()) for _ in range(self.rounds)]
        ratio = statistics.median(a / b for a, b in pairs)
        return ratio, statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)

    def row(self, measure, must, got, is_ok, detail=""):
        print(f"| {measure} | {must} | {got} | {'ok' if is_ok else 'miss'} |", flush=True)
        if detail:
            print(f"    {detail}", file=sys.stderr, flush=True)

    def at_most(self, measure, most, got, unit="", digits=2, detail=""):
        self.row(measure, f"<= {most}{unit}", f"{got:.{digits}f}{unit}", got <= most, detail)

    def at_least(self, measure, least, got, digits=2, detail=""):
        self.row(measure, f">= {least}", f"{got:.{digits}f}", got >= least, detail)

    def ready_ms(self, prepare):
        """The median and the least time from exec to the ready line, over fresh starts on the data
        directory that prepare gives."""
        times = []
        for _ in range(4 * self.rounds + 1):
            out = subprocess.run(
                [self.tools / "ready", self.program, *command(prepare())],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
                stderr=subprocess.DEVNULL,
            ).stdout
            times.append(float(out) / 1e3)
        return statistics.median(times), min(times)
