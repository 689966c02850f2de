"""Requests between the parties that a proxy disturbs, in 15 ways, so many.

Refused, reset, lost, stalled, garbled, or answered by the proxy with 429, 502, 503 or 504, at random, while
attackers play and a challenger prepares and closes games. Everybody waits for as long as it is asked to,
asks again, and ends as if nothing had been; nothing is charged or trained twice. Where it stays so, they give
up in one line that names the cause, and go on from there when it is over.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from numpy.random import Generator

from torture.books import Books
from torture.contests.attacking import Attacker, Ended, attacking
from torture.contests.contest import Contest, contest
from torture.contests.outcome import Outcome, outcome
from torture.contests.owner import Owner
from torture.found import Found
from torture.wire.disturbance import DISTURBANCES, Disturbance
from torture.wire.disturbed import Broken, Line

FULL, BRIEF = 300, 4
METHOD = ("--shadows", "3", "--attacks", "loss_threshold,gap", "--quiet")
OF_A_CHALLENGER = 0.25  # of the disturbed requests
RUNS_EACH, GAMES_EACH = 20, 75  # disturbed requests for every one that is in vain
REQUESTS = 20  # of a run to the provider, at least
GAVE_UP = 4  # what the attacker's command answers
CHALLENGERS_PATIENCE_S = 8
TARGETS = 2
CLOSINGS = 3  # that an owner tries, each for a few seconds


def run(much: int, random: Generator, folder: Path) -> Found:
    patience = {"CHALLENGER_PATIENCE_S": str(CHALLENGERS_PATIENCE_S)}
    with (
        attacking("impatient") as pausing,
        patch.dict(os.environ, patience),
        contest(folder, "torture.contests.impatient") as at,
    ):
        network = Network(at, pausing, folder, random, much)
        network.play_undisturbed()
        while network.disturbed < much:
            if network.of_challenger < OF_A_CHALLENGER * network.disturbed:
                network.prepare_and_close()
            else:
                network.play()
        if much >= RUNS_EACH:
            with attacking("hurried") as hurried:
                for disturbance in DISTURBANCES[: much // RUNS_EACH]:
                    network.play_in_vain(hurried, disturbance)
        for disturbance in DISTURBANCES[: much // GAMES_EACH]:
            network.prepare_in_vain(disturbance)
    runs = {"runs": network.runs, "games prepared and closed": network.games}
    counts = network.counts + network.staying
    return Found(dict(sorted(counts.items())) | {n: c for n, c in runs.items() if c}, network.wrong)


@dataclass
class Network:
    at: Contest
    attacker: Attacker
    folder: Path
    random: Generator
    most: int
    counts: Counter[str] = field(default_factory=Counter)
    staying: Counter[str] = field(default_factory=Counter)
    of_challenger: int = 0
    runs: int = 0
    games: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def disturbed(self) -> int:
        return self.counts.total()

    def play_undisturbed(self) -> None:
        self.game = self.at.opened()
        if (ended := self.begun(self.attacker, "whole")).code != 0:
            raise RuntimeError(f"an undisturbed run ended with {ended.stderr.strip()[-300:]!r}")
        self.whole = self.outcome("whole")

    def play(self) -> None:
        """A run that gets through."""
        name, of = f"run-{self.runs}", self.random.spawn(2)
        to_provider, to_challenger = (
            Line(proxy, random, self.counts, self.most)
            for proxy, random in zip((self.at.front, self.at.desk), of, strict=True)
        )
        with to_provider, to_challenger:
            ended = self.begun(self.attacker, name)
        self.wrong += to_provider.wrong + to_challenger.wrong
        self.check(name, ended)

    def play_in_vain(self, hurried: Attacker, disturbance: Disturbance) -> None:
        """A run that does not get through, and goes on when nothing is wrong any more."""
        name = f"run-{self.runs}"
        broken = Broken(self.at.front, disturbance, int(self.random.integers(REQUESTS)), self.staying)
        with broken:
            ended = self.begun(hurried, name)
        told = ended.stderr.strip()
        if ended.code != GAVE_UP or not told.startswith("error: ") or len(told.splitlines()) != 1:
            self.wrong.append(f"{disturbance.name}: given up with {ended.code} and {told[-300:]!r}")
        if not any(cause in told for cause in disturbance.cause):
            self.wrong.append(f"{disturbance.name} are not told as the cause: {told!r}")
        self.check(name, self.begun(self.attacker, name))

    def begun(self, attacker: Attacker, name: str) -> Ended:
        """Once it has ended."""
        folder = self.folder / name
        return attacker.run(folder, "play", self.game.url, "--out", folder / "run", *METHOD)

    def outcome(self, name: str) -> Outcome:
        return outcome(self.folder / name / "run", Books(self.at.api.data))

    def check(self, name: str, ended: Ended) -> None:
        self.runs += 1
        if ended.code != 0:
            self.wrong.append(f"a run ended with {ended.code}: {ended.stderr.strip()[-300:]!r}")
            return
        self.wrong += [f"a run has other {told}" for told in self.outcome(name).unlike(self.whole)]

    def prepare_and_close(self) -> None:
        """By a challenger that gets through to the provider in the end."""
        game = self.at.create(targets=TARGETS)
        line, before = Line(self.at.back, self.random, self.counts, self.most), self.disturbed
        with line:
            state = game.prepared()
            closed = [game.close().status_code for _ in range(CLOSINGS)] if state["state"] == "open" else []
        self.of_challenger += self.disturbed - before
        self.games += 1
        self.wrong += line.wrong
        if state["state"] != "open" or closed[-1] != 200:
            self.wrong.append(f"a game is {state['state']} ({state.get('error')}), its closing {closed}")
            return
        data = self.at.referee.data
        owner = Owner(game.id, data, data.parent / "datasets", Books(self.at.api.data))
        self.wrong += [*owner.wrong_trainings(), *owner.wrong_charges()]

    def prepare_in_vain(self, disturbance: Disturbance) -> None:
        """By one that does not; it says so, and prepares the next game when nothing is wrong any more."""
        game = self.at.create()
        with Broken(self.at.back, disturbance, 1, self.staying):
            state = game.prepared()
        if state["state"] != "failed" or "start it, or name another" not in state["error"]:
            self.wrong.append(f"{disturbance.name}: a game is {state['state']} ({state.get('error')})")
        if (state := self.at.create().prepared())["state"] != "open":
            self.wrong.append(f"{disturbance.name}, and over: a game is {state['state']}")
