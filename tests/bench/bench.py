# SPDX-License-Identifier: Apache-2.0
"""usage: python3 tests/bench/bench.py [--build DIR] [--rounds N] [--only NAME,...] [--moto]

Measures what README.md in this folder lists and prints the table. Each ratio comes from one run, its
two sides taking turns (A B A B ...): the median of the rounds' own ratios, so that whatever else the
machine does meets both. Prints, never judges by its exit code.
"""

import argparse
import os
import shutil

import measures_of_api
import measures_of_xds
from measuring import TOP, Bench

MEASURES = measures_of_api.MEASURES + measures_of_xds.MEASURES


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=TOP / "build/release")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", help="the names of the measures to take, joined by commas")
    parser.add_argument("--moto", action="store_true", help="install moto[server] to compare with")
    options = parser.parse_args()
    bench = Bench(options)
    if os.geteuid() == 0:
        os.nice(-10)  # both sides alike: a shared machine disturbs less
    print("| Measure | Must reach | Got | |\n|---|---|---|---|")
    for measure in MEASURES:
        if not options.only or measure.__name__ in options.only.split(","):
            measure(bench)
    shutil.rmtree(bench.scratch)


if __name__ == "__main__":
    main()
