"""`make torture`, `make fuzz`, `make soak`: trials in turn, kept in report.json, shown in the README.

python -m torture KIND[,KIND] [NAME ...] [--brief] [--seed 1] [--report torture/report.json]
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy, and for all that is started

import time
import traceback
from pathlib import Path

from torture import report
from torture.found import Found
from torture.trial import KINDS, chosen, load, tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", help=f"of {', '.join(KINDS)}, with commas")
    parser.add_argument("names", nargs="*", metavar="NAME", help="trials; all of these kinds by default")
    parser.add_argument("--brief", action="store_true", help="as little as the tests do")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path, default=report.FILE)
    arguments = parser.parse_args()
    kinds = arguments.kinds.split(",")
    trials = chosen([kind for kind in KINDS if kind in kinds], arguments.names)
    if set(kinds) - set(KINDS) or not trials or set(arguments.names) - {name for _, name in trials}:
        parser.error(f"there are {', '.join(f'{kind} {name}' for kind, name in chosen(KINDS, []))}")
    wrongs = sum(one(kind, name, arguments) for kind, name in trials)
    if arguments.report == report.FILE and not arguments.brief:
        report.show(report.read(report.FILE))
    print(f"{len(trials)} trials; {wrongs or 'nothing'} did not hold", flush=True)
    raise SystemExit(bool(wrongs))


def one(kind: str, name: str, arguments: argparse.Namespace) -> int:
    """How many things did not hold in a trial."""
    print(f"== {kind}: {name}", flush=True)
    trial = load(kind, name)
    began = time.monotonic()
    try:
        found = tried(trial, trial.BRIEF if arguments.brief else trial.FULL, arguments.seed)
    except Exception as error:  # the others are tried all the same
        traceback.print_exception(error)
        found = Found({"runs": 1}, [f"it did not come to its end: {type(error).__name__}: {error}"])
    seconds = time.monotonic() - began
    if not arguments.brief:
        report.add(arguments.report, kind, name, trial, found, arguments.seed, seconds)
    print(f"   {report.counts(found.document())}; {seconds:.0f} s", flush=True)
    for wrong in found.document()["wrong"]:
        print(f"   WRONG: {wrong}", flush=True)
    return len(found.wrong)


if __name__ == "__main__":
    main()
