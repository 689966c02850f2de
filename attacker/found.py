"""What a finished run found: evaluations with intervals, scores, costs; and new attacks on its answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker import inference
from attacker.analysis import finished
from attacker.attack import Attack
from attacker.errors import ConfigurationError
from attacker.inference import Operation
from attacker.ledger import QUERIES
from attacker.report import result, run_report
from attacker.report.words import told
from attacker.run_transcript import occasion_of, transcript_of
from attacker.statistics.rates import Estimate


@dataclass(frozen=True)
class Evaluated:
    """One attack's entry in result.json; rates are fractions in [0, 1], with their intervals at 95 %.

    Where the truth is not known there is nothing but the name, and all rates raise ConfigurationError.
    """

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.document["name"])

    @property
    def auc(self) -> Estimate:
        return self.rate("auc")

    @property
    def accuracy(self) -> Estimate:
        return self.rate("accuracy")

    @property
    def balanced_accuracy(self) -> Estimate:
        return self.rate("balanced_accuracy")

    @property
    def precision(self) -> Estimate:
        return self.rate("precision")

    @property
    def recall(self) -> Estimate:
        return self.rate("recall")

    def tpr_at(self, fpr: float) -> Estimate:
        """Of the members, those found with false alarms for that share of the others at the most.

        The value is None where the candidates are too few to tell.
        """
        rates = self.rates("tpr_at_fpr")
        if f"{fpr:g}" not in rates:
            raise ConfigurationError(f"TPR is told at an FPR of {', '.join(rates)}; choose one of them.")
        return estimate(rates[f"{fpr:g}"])

    def rate(self, name: str) -> Estimate:
        return estimate(self.rates(name))

    def rates(self, name: str) -> Mapping[str, Any]:
        if name not in self.document:
            raise ConfigurationError(
                f"Who is a member is not known, and so how well {self.name} does; give the truth."
            )
        found: Mapping[str, Any] = self.document[name]
        return found

    def __str__(self) -> str:
        if "auc" not in self.document:
            return self.name
        low = self.rates("tpr_at_fpr")["0.01"]
        return f"{self.name}: AUC {told(self.rates('auc'))}, TPR at 1 % FPR {told(low)}"


def estimate(entry: Mapping[str, Any]) -> Estimate:
    return Estimate(entry["value"], entry["low"], entry["high"])


@dataclass(frozen=True, eq=False)
class Found(Mapping[str, Evaluated]):
    """Evaluations by the attacks' names.

    `result` is result.json, `folder` what `attacker report` and `attacker attacks` take.
    """

    folder: Path
    result: Mapping[str, Any]

    @classmethod
    def at(cls, folder: Path | str) -> Self:
        """Of a run that is finished; raises ConfigurationError for another folder."""
        if (found := result.read(Path(folder))) is None:
            raise ConfigurationError(f"{folder} has no result; go on with the command that began the run.")
        return cls(Path(folder), found)

    def __getitem__(self, attack: str) -> Evaluated:
        for entry in self.result["attacks"]:
            if entry["name"] == attack:
                return Evaluated(entry)
        raise KeyError(attack)

    def __iter__(self) -> Iterator[str]:
        return (str(entry["name"]) for entry in self.result["attacks"])

    def __len__(self) -> int:
        return len(self.result["attacks"])

    @property
    def primary(self) -> Evaluated:
        """The attack named in advance."""
        return self[self.result["primary"]]

    @cached_property
    def scores(self) -> Mapping[str, NDArray[np.float64]]:
        """(T, N) of every attack: targets, candidates; higher = more likely a member."""
        with finished(self.folder) as (store, _):
            return {one.attack: one.scores for one in store.judged()}

    @property
    def asked(self) -> int:
        """Records that were asked about, in all phases; `result["ledger"]` has each, and its price."""
        ledger = self.result["ledger"]
        return sum(int(ledger[phase]["records"]) for phase in QUERIES if phase in ledger)

    def infer(self, attack: Attack, name: str = "") -> Evaluated:
        """What another attack makes of the same answers: nobody is asked, and the run stays as it is.

        Its fit draws from the run's seed and its name, which is that of its class if no other is given.
        Raises CannotAttack for one that the run does not suffice for.
        """
        name = name or type(attack).__name__
        with finished(self.folder) as (store, challenge):
            transcript, operation = (
                transcript_of(store, challenge),
                Operation(store.fact("configuration")["seed"]),
            )
            judged = inference.infer_by(attack, transcript, name, operation)
            entry = inference.evaluation(
                judged, transcript, store.truth(), occasion_of(store), store.canaries()
            )
        return Evaluated(entry)

    def report(self) -> Path:
        """Write report.html into the run folder."""
        return run_report.write(self.folder)
