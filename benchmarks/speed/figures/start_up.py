"""How long until a command answers: `attacker --help`, and `mlaas serve` until it accepts connections."""

import itertools
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure, against_limit
from services.parties import server

HELP_S, SERVE_S = 0.3, 4.0
HELP = ["-m", "attacker", "--help"]


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    if "torch" in imported(HELP):
        raise RuntimeError("`attacker --help` imports torch")
    number = itertools.count()
    run([sys.executable, *HELP])  # once for the disk's cache
    found = alternating(
        rounds, {"help": help_shown, "serve": lambda: ready(folder / f"provider-{next(number)}")}
    )
    return [
        against_limit("help", "`attacker --help`, without torch", "s", found["help"], HELP_S),
        against_limit("serve", "`mlaas serve` until ready, a new data folder", "s", found["serve"], SERVE_S),
    ]


def help_shown() -> float:
    began = time.perf_counter()
    run([sys.executable, *HELP])
    return time.perf_counter() - began


def ready(data: Path) -> float:
    began = time.perf_counter()
    with server("services.mlaas", data, 0, []):
        return time.perf_counter() - began


def imported(arguments: Sequence[str]) -> set[str]:
    """The modules that a command imports before it ends."""
    said = run([sys.executable, "-X", "importtime", *arguments]).stderr
    return {line.rpartition("|")[2].strip() for line in said.splitlines() if line.startswith("import time:")}


def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=True)
