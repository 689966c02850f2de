"""Lies that a provider or challenger tells an attacker: oversized, malformed, slow, strange, elsewhere."""

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from numpy.random import Generator

from attacker.store import Store
from torture.contests.attacking import Attacker, Ended, attacking
from torture.found import Found
from torture.parties import end_group
from torture.wire.liar import Liar, lying
from torture.wire.lie import Lie, of_kinds

FULL, BRIEF = 349, 4
STANDIN = Path(__file__).parents[2] / "tests" / "attacker" / "standin.py"
PLAIN = ("--shadows", "2", "--attacks", "gap,loss_threshold", "--primary", "loss_threshold")
LATEST = 3  # an answer of the kind, that a lie is told instead of
MEBIBYTE = 2**20
STARTING_S = 60
LARGE_MIB = 512
DOCUMENT = "memory above an honest run"
DOWNLOAD = "of an endless download"
MARKUP = "<script>alert"
LONGEST = 2_000  # characters of an error


def run(much: int, random: Generator, folder: Path) -> Found:
    """Each lie is told at least once where `much` suffices."""
    every = [(kind, lie) for kind, lies in of_kinds().items() for lie in lies]
    rounds = -(-much // len(every))
    order = np.concatenate([random.permutation(len(every)) for _ in range(rounds)])[:much]
    told, wrong, most = Counter[str](), list[str](), {DOCUMENT: 0, DOWNLOAD: 0}
    with stand_in(folder) as honest_url, lying(honest_url) as liar, attacking() as attacker:
        calm = Trust(liar, attacker, folder / "calm", 0)
        least, honest = calm.honest_memory(), calm.judged()
        for number, place in enumerate(order):
            kind, lie = every[place]
            trust = Trust(liar, attacker, folder / str(number), least)
            wrong += [f"{lie.name}: {one}" for one in trust.lied_to(lie, int(random.integers(LATEST)))]
            if trust.judged() != honest and not believed(lie):
                wrong.append(f"{lie.name}: the run's scores are not those of one that nobody lied to")
            told[f"lies about the {kind.replace('_', ' ')}"] += 1
            about = DOWNLOAD if lie.most_mib > LARGE_MIB else DOCUMENT
            most[about] = max(most[about], trust.memory - least)
            shutil.rmtree(trust.folder, ignore_errors=True)
    measured = {f"{about}, MiB": above / MEBIBYTE for about, above in most.items() if above}
    return Found(dict(sorted(told.items())), wrong, measured)


class Trust:
    """One run of an attacker that is lied to, and then told the truth."""

    def __init__(self, liar: Liar, attacker: Attacker, folder: Path, least: int) -> None:
        self.liar, self.attacker, self.folder, self.least = liar, attacker, folder, least
        self.memory = 0

    def honest_memory(self) -> int:
        reset(self.liar)
        return max(self.play().memory, self.close().memory)

    def lied_to(self, lie: Lie, honest: int) -> Iterator[str]:
        """What did not hold."""
        reset(self.liar)
        if lie.closed and self.play().code != 0:
            yield "the run before did not end well"
        if lie.closed:
            shut(self.liar)
        self.liar.begin(lie, honest if lie.path == "/predict" else 0)
        ended = self.play()
        if not self.liar.end():
            yield "it was never told"
        self.memory = ended.memory
        yield from self.said(ended, lie)
        after = self.play() if lie.refused else self.close()
        if after.code != 0:
            yield f"told the truth, the run ended with {after.code}: {after.stderr.strip()[-200:]}"
        elif not lie.refused and MARKUP in (self.folder / "run" / "report.html").read_text():
            yield "its markup is in the report"
        if self.liar.strayed:
            yield f"a request went elsewhere: {self.liar.strayed.pop()}"

    def judged(self) -> dict[str, bytes]:
        """The scores of every attack, by the run's own file."""
        with Store(self.folder / "run") as store:
            return {one.attack: one.scores.tobytes() for one in store.judged()}

    def said(self, ended: Ended, lie: Lie) -> Iterator[str]:
        notes = ended.stderr.splitlines()
        errors = [line for line in notes if not line.startswith("note: ")]
        if ended.code is None:
            yield "it was believed for ever"
        elif lie.refused and (not ended.code or len(errors) != 1 or not errors[0].startswith("error: ")):
            yield f"the run ended with {ended.code} and said {ended.stderr.strip()[-300:]!r}"
        elif not lie.refused and ended.code:
            yield f"it does no harm, and the run ended with {ended.code}: {ended.stderr.strip()[-300:]!r}"
        if not ended.stderr.replace("\n", "").isprintable():
            yield f"what cannot be printed was printed: {ended.stderr[-300:]!r}"
        if len(ended.stderr) > LONGEST:
            yield f"{len(ended.stderr):,} characters were said"
        if ended.memory > self.least + lie.most_mib * MEBIBYTE:
            yield f"it cost {(ended.memory - self.least) / MEBIBYTE:.0f} MiB of memory"

    def play(self) -> Ended:
        url = f"{self.liar.url}/v1/games/g-1"
        return self.attacker.run(self.folder, "play", url, "--out", self.folder / "run", *PLAIN)

    def close(self) -> Ended:
        shut(self.liar)
        return self.play()


def believed(lie: Lie) -> bool:
    """Whether it is an answer that could be true, as rounded probabilities are, and so counts."""
    return lie.path == "/predict" and not lie.refused


def reset(liar: Liar) -> None:
    httpx.post(f"{liar.honest_url}/reset", json={}).raise_for_status()


def shut(liar: Liar) -> None:
    httpx.post(f"{liar.honest_url}/v1/games/g-1/close", json={}).raise_for_status()


@contextmanager
def stand_in(folder: Path) -> Iterator[str]:
    """A small provider and challenger that are honest."""
    place = folder / "stand-in"
    place.mkdir()
    with (place / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, STANDIN, place], stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + STARTING_S
        while not (place / "url").exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the stand-in does not start")
            time.sleep(0.01)
        yield (place / "url").read_text()
    finally:
        end_group(process)
