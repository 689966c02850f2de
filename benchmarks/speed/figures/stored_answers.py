"""Score attacks on stored answers: against a limit of time and memory, against a plain loop, and straight."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import stored_answers
from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure, against_limit, curve, straight

SIZES = ((64, 5_000), (128, 10_000), (256, 20_000))  # shadow models and records
CLASSES = 100
GIB = 2**30


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    largest = SIZES[-1]
    contestants = {str(size): partial(stored_answers.measure, folder, *size, CLASSES) for size in SIZES}
    found = alternating(rounds, {**contestants, "loop": partial(plain_loop, *largest)})
    of_largest, loop = found[str(largest)], found["loop"]
    x = [shadows * records for shadows, records in SIZES]
    by_round = zip(*(found[str(size)] for size in SIZES), strict=True)
    seconds = [[float(one["processor"]) for one in row] for row in by_round]
    what = "{} score attacks on the answers of {:,} shadow models about {:,} records of {} classes".format(
        len(stored_answers.NAMED), *largest, CLASSES
    )
    total = tuple(float(one["total"]) for one in of_largest)
    peak = tuple(one["peak_bytes"] / GIB for one in of_largest)
    return [
        against_limit("stored answers", what, "s", total, stored_answers.LIMIT_S),
        against_limit("memory of stored answers", "memory", "GiB", peak, stored_answers.LIMIT_BYTES / GIB),
        Figure(
            "stored answers, plainly",
            "all of these",
            f"LiRA alone, answers at hand, as a plain loop over {stored_answers.SAMPLE} records, for all",
            "s",
            "less",
            total,
            tuple(float(one["total"]) for one in loop),
        ),
        straight(
            "growth of stored answers",
            "processor time of all of these, with records x shadow models",
            "s",
            curve("records x shadow models", "seconds, all score attacks", x, seconds),
            seconds,
        ),
    ]


def plain_loop(shadows: int, records: int) -> dict[str, Any]:
    return {"total": stored_answers.plain_loop(shadows, records, CLASSES)}
