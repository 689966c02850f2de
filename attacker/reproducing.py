"""Plays the games behind a table or figure, each once, whatever asks for it; a stopped one goes on."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

from attacker import experiment
from attacker.configuration import Method
from attacker.errors import CannotAttack, ConfigurationError, DatasetUnavailable, ServiceRefused
from attacker.experiment import Run
from attacker.game import Game
from attacker.owner import OwnedGame, Owner
from attacker.paper import PlannedGame
from attacker.report import result

FILE = "owner.json"  # the game's URL and its key, which makes whoever has it the owner
CLOSING_S = 600.0

Opening = Callable[[Path, Method, dict[str, Any]], AbstractContextManager[Run]]


@dataclass(frozen=True)
class Begun:
    """A game that the challenger has, or the reason why it has not."""

    dataset: str
    folder: Path
    reason: str = ""


@dataclass(frozen=True)
class Played:
    """A game, on which data it was played, in which run folder; or the reason why it was not."""

    planned: PlannedGame
    dataset: str
    folder: Path
    result: dict[str, Any] | None
    reason: str = ""


@dataclass(frozen=True)
class Reproduction:
    """Plays at one challenger, as owner and as attacker; the run folders are under `games`.

    `opening` opens a run folder. `substitute` allows what the challenger offers in place of a data set that
    cannot be had; `note` is told of it.
    """

    owner: Owner
    games: Path
    opening: Opening
    note: Callable[[str], None]
    substitute: bool = False
    begun: dict[str, Begun] = field(default_factory=dict)

    def play(self, planned: Sequence[PlannedGame]) -> Iterator[Played]:
        """In order. The next game is created before one is played: its target is trained meanwhile."""
        for game, following in zip_longest(planned, planned[1:]):
            begun = self.begin(game)
            if following is not None:
                self.begin(following)
            yield self.played(game, begun)

    def begin(self, planned: PlannedGame) -> Begun:
        """The game as the challenger has it: from an earlier session, or created now."""
        key = digest(planned, planned.dataset)
        if key not in self.begun:
            self.begun[key] = self.kept(planned) or self.created(planned)
        return self.begun[key]

    def kept(self, planned: PlannedGame) -> Begun | None:
        """One that failed is none: it is created anew."""
        for dataset in self.possible(planned.dataset):
            folder = self.folder(planned, dataset)
            if not (folder / FILE).exists():
                continue
            if result.read(folder) is not None or not self.owner.failed(owned(folder)):
                return self.told(planned, Begun(dataset, folder))
        return None

    def created(self, planned: PlannedGame) -> Begun:
        refusals = []
        for dataset in self.possible(planned.dataset):
            begun = Begun(dataset, self.folder(planned, dataset))
            try:
                keep(begun.folder, self.owner.create(planned.asked(dataset)))
            except DatasetUnavailable as reason:
                refusals.append(str(reason))
                continue
            except ServiceRefused as reason:
                return Begun(dataset, begun.folder, str(reason))
            return self.told(planned, begun)
        return Begun(planned.dataset, self.folder(planned, planned.dataset), refusals[0])

    def told(self, planned: PlannedGame, begun: Begun) -> Begun:
        """The same; who reproduces is told when it stands in another's place."""
        if begun.dataset != planned.dataset:
            self.note(f"{planned.label} is played on {begun.dataset} in place of {planned.dataset}.")
        return begun

    def possible(self, dataset: str) -> list[str]:
        """The data set and, where that is allowed, what may take its place."""
        place = self.owner.substitutes.get(dataset) if self.substitute else None
        return [dataset, place] if place else [dataset]

    def folder(self, planned: PlannedGame, dataset: str) -> Path:
        name = f"{dataset}-{planned.profile}-{planned.members}-{digest(planned, dataset)[:8]}"
        return self.games / name

    def played(self, planned: PlannedGame, begun: Begun) -> Played:
        """The same with its result; a game for which the data does not suffice has the reason instead."""
        if begun.reason:
            return Played(planned, begun.dataset, begun.folder, None, begun.reason)
        try:
            return Played(planned, begun.dataset, begun.folder, self.result_of(planned, begun.folder))
        except (CannotAttack, ConfigurationError) as reason:
            return Played(planned, begun.dataset, begun.folder, None, str(reason))

    def result_of(self, planned: PlannedGame, folder: Path) -> dict[str, Any]:
        """Raises CannotAttack and ConfigurationError where the game cannot be played so."""
        if (found := result.read(folder)) is not None:
            return found
        created = owned(folder)
        with self.opening(folder, planned.method(), {"game_url": created.url}) as run:
            game = Game(run.http, created.url)
            experiment.play(run, game)
            self.owner.close(created)
            concluded = experiment.conclude(run, game, CLOSING_S)
        assert concluded is not None  # the owner has closed it
        return concluded


def digest(planned: PlannedGame, dataset: str) -> str:
    """What tells games apart: what is asked for and how it is played; not what it is called, nor by whom."""
    content = {"game": planned.asked(dataset), "method": planned.method().document()}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def owned(folder: Path) -> OwnedGame:
    return OwnedGame(**json.loads((folder / FILE).read_text()))


def keep(folder: Path, created: OwnedGame) -> None:
    """Only its user may read the key."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{FILE}.partial"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(vars(created), file)
    partial.replace(folder / FILE)
