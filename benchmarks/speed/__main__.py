"""`make bench`: the figures of speed, one after the other, kept in results.json and shown in the README.

python -m benchmarks.speed [NAME ...] [--rounds 5] [--results benchmarks/results.json]
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy and torch, and for all that is started

import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks import table
from benchmarks.speed import drawing, results
from benchmarks.speed.environment import environment, steal
from benchmarks.speed.figure import Figure
from benchmarks.speed.figures import NAMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--results", type=Path, default=results.FILE)
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    for name in arguments.names or NAMES:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, steal() as taken:
            found = measured(name, arguments.rounds, Path(folder))
        about = {"environment": environment(), "steal": taken.share, "seconds": time.monotonic() - began}
        results.add(arguments.results, name, found, about)
        for figure in found:
            print(table.line(figure.document()), flush=True)
        print(f"   {about['seconds']:.0f} s, steal {taken.share:.1%}", flush=True)
    if arguments.results == results.FILE:
        drawing.draw(results.read(results.FILE), drawing.FILE)
        table.write(results.read(results.FILE), table.README)


def measured(name: str, rounds: int, folder: Path) -> Sequence[Figure]:
    found: Sequence[Figure] = import_module(f"benchmarks.speed.figures.{name}").measure(rounds, folder)
    return found


if __name__ == "__main__":
    main()
