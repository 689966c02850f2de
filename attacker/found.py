"""What a finished run found, and what other attacks make of its answers, without a query."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from attacker import inference
from attacker.analysis import finished
from attacker.attack import ATTACKS, Attack
from attacker.choice import Choice
from attacker.errors import ConfigurationError
from attacker.finding import Finding
from attacker.inference import Operation
from attacker.report import result, tables
from attacker.run_transcript import occasion_of, transcript_of
from attacker.store import Judged

WIDTH = 100  # of a table in columns of text


@dataclass(frozen=True, eq=False, repr=False)
class Found(Mapping[str, Finding]):
    """The finding of each attack by its name. `print` shows the scoreboard.

    `document` is result.json, None while a game is not closed; `judgements` are what the attacks say of the
    candidates, whether or not the truth is known.
    """

    folder: Path
    document: Mapping[str, Any] | None
    judgements: Mapping[str, Judged]

    @classmethod
    def at(cls, folder: str | os.PathLike[str]) -> Self:
        """Of a run that is over; raises ConfigurationError for a folder without one."""
        with finished(Path(folder)) as (store, _):
            judgements = {judged.attack: judged for judged in store.judged()}
        return cls(Path(folder), result.read(Path(folder)), judgements)

    @property
    def scores(self) -> dict[str, NDArray[np.float64]]:
        """(T, N) of each attack, for T targets and N candidates; higher = more likely a member."""
        return {name: judged.scores for name, judged in self.judgements.items()}

    @property
    def decisions(self) -> dict[str, NDArray[np.bool_]]:
        """(T, N) of each attack; true = member."""
        return {name: judged.decisions for name, judged in self.judgements.items()}

    @property
    def evaluated(self) -> bool:
        """Whether the truth was known: an audit was given it, or a game is closed."""
        return bool(self.entries) and all("auc" in entry for entry in self.entries.values())

    @property
    def entries(self) -> dict[str, Mapping[str, Any]]:
        """Of the result, each attack's by its name."""
        return {} if self.document is None else {entry["name"]: entry for entry in self.document["attacks"]}

    def __getitem__(self, name: str) -> Finding:
        """Raises ConfigurationError for an attack without an evaluation, and says why there is none."""
        if name not in self.judgements:
            raise ConfigurationError(
                f"{name} is not among the attacks of {self.folder} ({', '.join(self)}); name one of them, "
                "or `infer` it."
            )
        entry = self.entries.get(name, {})
        if "auc" not in entry:
            raise ConfigurationError(
                f"Who is a member is not known in {self.folder}: give an audit its truth, or run again once "
                "the owner has closed the game. Scores and decisions there are."
            )
        return Finding(name, entry)

    def __contains__(self, name: object) -> bool:
        return name in self.judgements

    def __iter__(self) -> Iterator[str]:
        return iter(self.judgements)

    def __len__(self) -> int:
        return len(self.judgements)

    def infer(self, attack: Attack | str, name: str | None = None) -> Self:
        """The same with another attack beside the others, fitted on the answers that there are.

        It asks nothing, and the run folder stays as it is. The attack is one of yours, called by its class
        or by `name`, or one of ours as a command names it ("lira"); it has the run's seed and precision.
        Raises CannotAttack where the answers do not suffice for it, UnknownPluginError, and
        ConfigurationError for the name of an attack of the run.
        """
        if isinstance(attack, str):
            name, attack = name or attack, Choice.read(attack, ATTACKS).make()
        name = name or type(attack).__name__
        attack.check()
        with finished(self.folder) as (store, challenge):
            if name in {judged.attack for judged in store.judged()}:
                raise ConfigurationError(f"{name} is an attack of {self.folder}; give another name.")
            configuration, transcript = store.fact("configuration"), transcript_of(store, challenge)
            operation = Operation(configuration["seed"], configuration["precision"])
            judged = inference.judge(transcript, name, attack, operation)
            truth, canaries = store.truth(), store.canaries()
            entry = inference.evaluation(judged, transcript, truth, occasion_of(store), canaries)
        return replace(self, document=self.with_entry(entry), judgements={**self.judgements, name: judged})

    def with_entry(self, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The result with that in place of what had its name; None as long as there is none."""
        if self.document is None:
            return None
        return {**self.document, "attacks": list((self.entries | {entry["name"]: entry}).values())}

    def __str__(self) -> str:
        """The table of a command."""
        if self.document is None or not self.evaluated:
            return f"{self.folder}: scores of {', '.join(self)}; who is a member is not known."
        console = Console(file=StringIO(), width=WIDTH, color_system=None)
        with console.capture() as shown:
            console.print(tables.attacks(self.document))
        return shown.get().rstrip()

    def __repr__(self) -> str:
        return f"Found({str(self.folder)!r}: {', '.join(self)})"
