"""Runs of the attacker's command against the stand-in for both services."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from command_line import Ended, typed

from attacker.cli import main

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60
PLAIN = ("--shadows", "2", "--attacks", "gap,loss_threshold", "--primary", "loss_threshold")
KNOWN = 75  # records: two training sets and a half
RECORDS = 3 * (60 + KNOWN)  # that a plain run asks two shadows and a target about
REQUESTS = 2 * 6 + 3 + 3  # of at most 25 records


def command(*arguments: Any) -> list[str]:
    return [sys.executable, "-m", "attacker", *map(str, arguments)]


def attacker(*arguments: Any, **environment: str) -> Ended:
    """A run in this process."""
    return typed(main, *arguments, **environment)


@contextmanager
def begun(*arguments: Any, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """A run under way in a process of its own, which does not outlive the test."""
    run = subprocess.Popen(command(*arguments), cwd=ROOT, text=True, **options)
    try:
        yield run
    finally:
        run.kill()
        run.communicate(timeout=PATIENCE_S)


def killed(service: Any, *arguments: Any) -> None:
    """A run that is killed while one of its requests is stalled."""
    with begun(*arguments) as run:
        service.until_seen("stalled")
        run.kill()


def play(service: Any, out: Path, *more: Any) -> Ended:
    return attacker(*playing(service, out, *more))


def playing(service: Any, out: Path, *more: Any) -> tuple[Any, ...]:
    """The arguments of a plain run."""
    return ("play", service.game_url, "--out", out, *PLAIN, *more)


def assert_paid_once(service: Any) -> None:
    world = service.world()
    assert sum(requests for requests, _ in world["usage"].values()) == REQUESTS
    assert sum(records for _, records in world["usage"].values()) == RECORDS
    assert (world["datasets"], len(world["submissions"]), len(world["trained"])) == (1, 1, 2)
