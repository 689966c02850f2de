"""`kill -9` of the attacker at random moments of every phase, so many times.

Games, one of them with shadow data made by Algorithm 1, and audits. A run is killed several times, with a
request on its way, answered and not told, or told a moment ago, and begun again by the same command. Its
scores, decisions, answers and ledger are to the bit those of a run that nobody killed, and the provider has
charged and trained the same: nothing is asked twice.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from numpy.random import Generator

from torture.books import Books
from torture.contests.aim import KINDS, Aim, Kind, Watch, drawn
from torture.contests.attacking import Attacker, Ended, attacking
from torture.contests.contest import Contest, contest
from torture.contests.outcome import Outcome, outcome
from torture.contests.phase import phase
from torture.found import Found

FULL, BRIEF = 80, 2
TRIED = 0.6  # of the moments at which a run may be killed
KILLED = -9
PHASES = (
    "signing up",
    "target queries",
    "synthesis",
    "uploading",
    "shadow training",
    "shadow queries",
    "fitting",
    "submitting",
)
ATTACKS = ("--attacks", "shokri:classifier=logistic_regression,calibrated,loss_threshold,gap", "--quiet")
MODULES = ("attacker.classifiers.logistic_regression", "attacker.attacks.calibrated")
SMALL = ("--synthesis", "model_based", "--training-size", "10", "--count", "24")


@dataclass(frozen=True)
class Plan:
    """A command, but for `--out`, and at which requests it may be killed, in their order."""

    name: str
    arguments: Sequence[str]
    moments: Sequence[Kind] = KINDS


@dataclass(frozen=True)
class Whole:
    """A run that nobody killed: its requests, and what it came to."""

    watch: Watch
    outcome: Outcome


def run(much: int, random: Generator, folder: Path) -> Found:
    with attacking("patient", *MODULES) as attacker, contest(folder) as at:
        killing = Killing(at, attacker, folder, random, much)
        for plan in cycle(plans(at, folder)):
            killing.run(plan)
            if killing.kills == much:
                break
        killing.check_submissions()
    if much == FULL:
        killing.wrong += [f"no run was killed in {phase}" for phase in sorted({*PHASES} - {*killing.phases})]
    done = {f"kills in {phase}": count for phase, count in sorted(killing.phases.items())}
    return Found(done | {"runs compared": killing.runs}, killing.wrong)


def plans(at: Contest, folder: Path) -> Iterator[Plan]:
    game = at.opened()
    yield Plan("game", ("play", game.url, "--shadows", "4", *ATTACKS))
    made = at.opened(knowledge={"kind": "format"})
    searching: Sequence[Kind] = ("target", "target", *KINDS[1:])  # most of a synthesis's requests
    yield Plan("synthesis", ("play", made.url, "--shadows", "2", *SMALL, *ATTACKS), searching)
    files = folder / "challenger" / "games" / game.id
    [target] = game.look()["targets"]
    aim = ("--url", at.front.url, "--model", target["model_id"], "--training-size", "100")
    records = ("--candidates", f"{files / 'candidates.npy'}", "--population", f"{files / 'knowledge.npy'}")
    yield Plan("audit", ("audit", *aim, *records, "--shadows", "2", *ATTACKS))


@dataclass
class Killing:
    at: Contest
    attacker: Attacker
    folder: Path
    random: Generator
    most: int
    wholes: dict[str, Whole] = field(default_factory=dict)
    phases: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    played: int = 0  # of those that hand in
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return self.phases.total()

    def run(self, plan: Plan) -> None:
        """From its beginning to its end, killed now and then."""
        if plan.name not in self.wholes:
            self.wholes[plan.name] = self.whole(plan)
        whole, watch, out = self.wholes[plan.name], Watch(), self.folder / f"{plan.name}-{self.runs}"
        watch.expected = len(whole.watch.shadow_answers)
        ended = self.killed(plan, watch, out, whole)
        if ended.code == KILLED:
            ended = self.begun(plan, watch, out)
        if ended.code != 0:
            self.wrong.append(f"a {plan.name} ended with {ended.code}: {ended.stderr.strip()[-300:]!r}")
            return
        found = outcome(out / "run", Books(self.at.api.data))
        self.wrong += [f"a {plan.name} has other {told}" for told in found.unlike(whole.outcome)]
        self.runs += 1
        self.played += "play" in plan.arguments

    def whole(self, plan: Plan) -> Whole:
        watch, out = Watch(), self.folder / f"{plan.name}-whole"
        if (ended := self.begun(plan, watch, out)).code != 0:
            raise RuntimeError(f"a {plan.name} that nobody killed ended with {ended.stderr.strip()[-300:]!r}")
        self.played += "play" in plan.arguments
        return Whole(watch, outcome(out / "run", Books(self.at.api.data)))

    def killed(self, plan: Plan, watch: Watch, out: Path, whole: Whole) -> Ended:
        """How it ended after all kills: killed once more, or well where a moment to kill it did not come."""
        ended, asked_shadow = Ended(KILLED, "", "", 0), whole.outcome.charged["s000"][1]
        for kind in plan.moments:
            if self.kills < self.most and self.random.random() < TRIED:
                aim = drawn(kind, watch.seen, whole.watch, self.random)
                ended = self.begun(plan, watch, out, aim)
                if ended.code != KILLED:
                    break
                self.phases[phase(out / "run", asked_shadow)] += 1
        return ended

    def begun(self, plan: Plan, watch: Watch, out: Path, aim: Aim | None = None) -> Ended:
        """Once it has ended."""
        watch.take(aim)
        self.at.front.treat = self.at.desk.treat = watch.treat
        watch.process = self.attacker.begin(out, *plan.arguments, "--out", out / "run")
        ended = self.attacker.ended(out)
        watch.aim = None
        return ended

    def check_submissions(self) -> None:
        """Every run that has played a game has handed in once."""
        with closing(sqlite3.connect(self.at.referee.data / "challenger.sqlite", timeout=60)) as database:
            [(submissions,)] = database.execute("SELECT count(*) FROM submission").fetchall()
        if submissions != self.played:
            self.wrong.append(f"{self.played} runs have handed in {submissions} times")
