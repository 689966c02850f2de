"""Plays the games behind a table or figure, each once, whatever asks for it; a stopped one goes on."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
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
    by_label: dict[str, PlannedGame] = field(default_factory=dict)

    def play(self, planned: Sequence[PlannedGame]) -> Iterator[Played]:
        """In order. The next game is created before one is played: its target is trained meanwhile.

        Games on the same records are all played before the first is closed, which tells the truth of all.
        """
        for games in with_twins(planned):
            for game, following in zip_longest(games, games[1:]):
                self.begin(game)
                if following is not None:
                    self.begin(following)
                self.submitted(game)
            yield from map(self.played, games)

    def begin(self, planned: PlannedGame) -> Begun:
        """The game as the challenger has it: from an earlier session, or created now."""
        key = digest(planned, planned.dataset)
        if key not in self.begun:
            self.by_label[planned.label] = planned
            self.begun[key] = self.kept(planned) or self.created(planned)
        return self.begun[key]

    def base(self, planned: PlannedGame) -> Begun | None:
        """The game that this one is a twin of."""
        return None if planned.twin_of is None else self.begin(self.by_label[planned.twin_of])

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
        if (base := self.base(planned)) is not None and base.reason:
            return Begun(planned.dataset, self.folder(planned, planned.dataset), base.reason)
        for dataset in [base.dataset] if base else self.possible(planned.dataset):
            begun = Begun(dataset, self.folder(planned, dataset))
            try:
                keep(begun.folder, self.asked_for(planned, dataset, base))
            except DatasetUnavailable as reason:
                refusals.append(str(reason))
                continue
            except ServiceRefused as reason:
                return Begun(dataset, begun.folder, str(reason))
            return self.told(planned, begun)
        return Begun(planned.dataset, self.folder(planned, planned.dataset), refusals[0])

    def asked_for(self, planned: PlannedGame, dataset: str, base: Begun | None) -> OwnedGame:
        if base is None:
            return self.owner.create(planned.asked(dataset))
        return self.owner.twin(owned(base.folder), planned.as_twin())

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

    def submitted(self, planned: PlannedGame) -> None:
        """Play the game up to its submission; one that cannot be played has the reason from now on."""
        begun = self.begin(planned)
        if begun.reason or result.read(begun.folder) is not None:
            return
        try:
            with self.run_of(planned, begun) as run:
                experiment.play(run, Game(run.http, owned(begun.folder).url))
        except (CannotAttack, ConfigurationError) as reason:
            self.begun[digest(planned, planned.dataset)] = replace(begun, reason=str(reason))

    def played(self, planned: PlannedGame) -> Played:
        """The game closed, with its result; or with the reason why there is none."""
        begun = self.begin(planned)
        found = None if begun.reason else result.read(begun.folder) or self.concluded(planned, begun)
        return Played(planned, begun.dataset, begun.folder, found, begun.reason)

    def concluded(self, planned: PlannedGame, begun: Begun) -> dict[str, Any]:
        created = owned(begun.folder)
        with self.run_of(planned, begun) as run:
            self.owner.close(created)
            concluded = experiment.conclude(run, Game(run.http, created.url), CLOSING_S)
        assert concluded is not None  # the owner has closed it
        return concluded

    def run_of(self, planned: PlannedGame, begun: Begun) -> AbstractContextManager[Run]:
        """The run folder, opened; that of a twin stands on the run of the other."""
        base = self.base(planned)
        method = replace(planned.method(), base=None if base is None else str(base.folder))
        return self.opening(begun.folder, method, {"game_url": owned(begun.folder).url})


def with_twins(planned: Sequence[PlannedGame]) -> Iterator[list[PlannedGame]]:
    """The games in their order, each with those that are twins of it."""
    for game in planned:
        if game.twin_of is None:
            yield [game, *(other for other in planned if other.twin_of == game.label)]


def digest(planned: PlannedGame, dataset: str) -> str:
    """What tells games apart: what is asked for and how it is played; not what it is called, nor by whom."""
    content = {"game": planned.asked(dataset), "method": planned.method().document(), "twin": planned.twin_of}
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
