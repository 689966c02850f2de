"""Decoders fed with hostile bytes, each in a process of its own: `python -m torture.decoding.feeding`.

atheris (libFuzzer) is guided by the lines that an input reaches; hypothesis draws its inputs from the seeds.
"""

import json
import os
import random
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from torture.decoding.board import Board
from torture.decoding.decoder import LONGEST_REFUSAL, Decoder, of_group
from torture.decoding.drawing import drawn

try:
    import atheris  # type: ignore[import-untyped]
except ImportError:  # it is made for Linux alone
    atheris = None

LONGEST_S = 20  # of processor time that an input may take
MOST_MEMORY = 512 * 2**20  # bytes that reading one may take, with all that feeding itself does
LARGEST_BYTES = 2**16  # that are fed
WATCHED = ["services", "attacker", "zipfile", "tarfile", "tomllib"]
LEAST_INPUTS = 20  # whatever the time
BY_HYPOTHESIS = 0.25  # of the time, where there is atheris too
FAILED = 3

Feed = Callable[[bytes], None]


def main() -> None:
    """Writes a line of JSON for each decoder and each way of feeding it."""
    groups, seconds, seed, folder = sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    with watched():
        decoders = [decoder for group in groups.split(",") for decoder in of_group(group)]
    drawn(decoders[0], lambda content: None, seed)  # what hypothesis does when it is first used it does once
    for number, decoder in enumerate(decoders):
        for name, feed, part in ways():
            place = folder / f"{decoder.name}-{name}"
            place.mkdir()
            found = fed(decoder, feed, seconds / len(decoders) * part, seed + number, place)
            sys.stdout.write(json.dumps({"decoder": decoder.name, "by": name, **found}) + "\n")


def watched() -> AbstractContextManager[Any]:
    """What is imported in this tells atheris which of its lines are reached."""
    if atheris is None:
        return nullcontext()
    found: AbstractContextManager[Any] = atheris.instrument_imports(WATCHED, enable_loader_override=False)
    return found


def ways() -> list[tuple[str, Callable[..., None], float]]:
    if atheris is None:
        return [("hypothesis", by_hypothesis, 1.0)]
    return [("atheris", by_atheris, 1 - BY_HYPOTHESIS), ("hypothesis", by_hypothesis, BY_HYPOTHESIS)]


def fed(
    decoder: Decoder, feed: Callable[..., None], seconds: float, seed: int, folder: Path
) -> dict[str, Any]:
    """In a process of its own, for so long: how many inputs it took, and how it ended."""
    process = os.fork()
    if process == 0:
        try:
            bounded(folder)
            take = taker(decoder, Board(folder / "board"), time.monotonic() + seconds, folder)
            feed(decoder, take, seed, folder)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(FAILED)  # it is never done by itself
    _, status, used = os.wait4(process, 0)
    board, code = Board(folder / "board"), os.waitstatus_to_exitcode(status)
    wrong = None if code == 0 else told(code, board.reason, folder)
    if wrong:
        (folder / "input").write_bytes(board.content)
    return {"inputs": board.taken, "wrong": wrong, "memory": used.ru_maxrss * 1024, "folder": str(folder)}


def bounded(folder: Path) -> None:
    """Little memory, silence, and its own folder to write to; too much time ends it."""
    log = os.open(folder / "log", os.O_CREAT | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + MOST_MEMORY, used + MOST_MEMORY))
    warnings.simplefilter("error")  # a line in somebody's log, written by whoever sends bytes


def taker(decoder: Decoder, board: Board, deadline: float, folder: Path) -> Feed:
    scratch = folder / "scratch"
    scratch.mkdir()

    def take(content: bytes) -> None:
        if time.monotonic() > deadline and board.taken >= LEAST_INPUTS:
            os._exit(0)
        board.begin(content)
        signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
        try:
            decoder.read(content, scratch)
        except decoder.refusals as refusal:
            if len(str(refusal)) > LONGEST_REFUSAL:
                fail(board, f"a refusal of {len(str(refusal)):,} characters")
        except BaseException as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            fail(board, f"{type(error).__name__}: {str(error)[:200]} ({where})")
        signal.setitimer(signal.ITIMER_PROF, 0)

    return take


def fail(board: Board, reason: str) -> None:
    board.end(reason)
    os._exit(FAILED)


def told(code: int, reason: str, folder: Path) -> str:
    if reason:
        return reason
    if code == -signal.SIGPROF:
        return f"it took more than {LONGEST_S} s"
    ended = signal.Signals(-code).name if code < 0 else f"status {code}"
    return f"the process ended with {ended}: {(folder / 'log').read_text(errors='replace')[-300:]}"


def by_atheris(decoder: Decoder, take: Feed, seed: int, folder: Path) -> None:
    def mutated(content: bytes, most: int, number: int) -> bytes:
        chance = random.Random(number)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(content, most))
        return decoder.change(content, chance)[:most]

    corpus = folder / "corpus"
    corpus.mkdir()
    options = [f"-seed={seed % 2**31 + 1}", f"-max_len={LARGEST_BYTES}", "-rss_limit_mb=0", "-timeout=1000"]
    options += [f"-artifact_prefix={folder}/"]
    atheris.Setup(["feeding", *options, str(corpus), str(decoder.seeds)], take, custom_mutator=mutated)
    atheris.Fuzz()


def by_hypothesis(decoder: Decoder, take: Feed, seed: int, folder: Path) -> None:
    while True:
        seed += 1
        drawn(decoder, take, seed)


if __name__ == "__main__":
    main()
