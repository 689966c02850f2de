"""Label-only attacks: how robustly a target classifies a record, beside how robustly other models do."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Answers, Floats
from attacker.attack import Attack, Needs
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack
from attacker.shadow_answers import Bools, Shadows
from attacker.threat_model import AdversaryView, Case

Counts = NDArray[np.int64]  # the larger, the more robust


class Robustness(Attack):
    """An attack model learned on counts of right answers to a record and to its neighbours.

    Beside the target's counts stand, as the record's difficulty, the means of those of the shadows that never
    saw it; where shadows learned candidates, of those that did, too. It is linear in them, so that a mean
    over more shadows than taught it only makes it surer. Every shadow teaches it in the target's place.
    """

    needs = Needs(answers="labels", references=True)
    probabilities = True
    threshold_ = 0.5
    queries: int  # about each record

    @abstractmethod
    def around(self, answers: Answers) -> Counts:
        """What the probe saw, (N, F)."""

    def observed(self, answers: Answers) -> NDArray[Any]:
        """What there is of it, (N, Q); raises CannotAttack."""
        probe = self.probe()
        if probe is None or probe.name not in answers.observed:
            raise CannotAttack(
                f"Nobody asked {self.queries} queries a record; begin a run with this attack among --attacks."
            )
        return answers.observed[probe.name]

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        self.online_ = view.access == "adaptive"
        pool = view.shadows.take(view.pool)
        counts, member = self.of_shadows(pool), pool.member
        tables, truths = [], []
        for shadow in view.pseudo_targets:
            others = np.arange(len(pool)) != shadow
            tables.append(self.table(counts[:, shadow], counts, member & others, ~member & others))
            truths.append(member[:, shadow])
        self.learn(np.concatenate(tables), np.concatenate(truths), rng)
        return self

    def learn(self, table: Floats, member: Bools, rng: np.random.Generator) -> None:
        """From the records (M, F) that have all means; for others, a mean is what is usual."""
        whole = np.isfinite(table).all(axis=1)
        table, member = table[whole], member[whole]
        if member.all() or not member.any():
            raise CannotAttack(
                "Robustness needs shadow answers to records of both kinds, in and out, each known to others "
                "and not to all: train four shadow models."
            )
        self.usual_ = table.mean(axis=0)
        alike = np.zeros(len(table), np.int64)
        self.model_ = CLASSIFIERS.load("logistic_regression")().fit(table, alike, member, 1, rng)

    def score(self, case: Case) -> Floats:
        """P(in)."""
        asked = case.candidates
        counts, shadows = self.of(asked.answers), asked.shadows
        table = self.table(counts, self.of_shadows(shadows), shadows.member, shadows.out)
        table = np.where(np.isfinite(table), table, self.usual_)
        return self.model_.probability(table, np.zeros(len(table), np.int64))

    def table(self, counts: Counts, of_shadows: Counts, member: Bools, out: Bools) -> Floats:
        """The target's counts (N, F) and the shadows' means: (N, 2F), or (N, 3F) online."""
        sides = [out, member] if self.online_ else [out]
        return np.column_stack([counts, *(mean_over(of_shadows, side) for side in sides)])

    def of(self, answers: Answers) -> Counts:
        """Whether the record is classified right, and what was seen around it, (N, F)."""
        right = answers.probabilities.argmax(axis=1) == answers.labels
        return np.column_stack([right, self.around(answers)]).astype(np.int64)

    def of_shadows(self, shadows: Shadows) -> Counts:
        """(N, S, F)"""
        return np.stack([self.of(shadow) for shadow in shadows], axis=1)


def mean_over(counts: Counts, side: Bools) -> Floats:
    """The mean (N, F) of counts (N, S, F) over those of the shadows on that side (N, S); NaN over none."""
    number = side.sum(axis=1)[:, None]
    total = np.einsum("nsf,ns->nf", counts, side)  # of whole numbers, exact in any order
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
