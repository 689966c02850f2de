"""Our attack: an attack model that sees the target's answer beside those of models without the record."""

from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Signal
from attacker.attack import Attack, Needs
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack, ConfigurationError
from attacker.gaussian import Prior
from attacker.moments import Moments
from attacker.references import left_over, some
from attacker.registry import parameters
from attacker.signals import SMALLEST, entropy, loss, scaled_log_odds
from attacker.threat_model import AdversaryView, Asked, Case

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def gap(probabilities: Floats, labels: NDArray[np.int64], rank: int) -> Floats:
    """log p_y - log of the `rank`-th largest probability of another class."""
    others = probabilities.copy()
    others[np.arange(len(labels)), labels] = -1.0
    rank = min(rank, others.shape[1] - 1)
    other = np.partition(others, -rank, axis=1)[:, -rank]
    return -loss(probabilities, labels) - np.log(np.maximum(other, SMALLEST))


SIGNALS: tuple[Signal, ...] = (scaled_log_odds, entropy, *(partial(gap, rank=rank) for rank in (1, 2, 3)))
FREEDOM = 8.0  # of the prior on a record's variance, in shadows


class Calibrated(Attack):
    """A classifier tells members by the target's signals beside the same signals of the shadows.

    It learns on shadows in the target's place, the others being its references. Features of a record: signals
    of the target's answer, their means over shadows that never saw the record, the level of its class; where
    shadows may learn candidates, also the means over those that did and the log-likelihood ratio.

    A pseudo-target's records all get as many references, those of members and of non-members alike, for their
    number must not tell: in the disjoint game as few as attacker/references.py says.

    Several classifiers are averaged, each learning other records and references.
    """

    paper = "Penumbra; shadows as targets: Shokri et al., S&P 2017; calibration: Watson et al., ICLR 2022"
    needs = Needs(references=True)
    probabilities = True
    threshold_ = 0.5

    def __init__(
        self, *, classifier: str = "hist_gradient_boosting", bags: int = 4, records: int = 20_000
    ) -> None:
        self.classifier = classifier
        self.bags = bags
        self.records = records

    def check(self) -> None:
        CLASSIFIERS.check(self.classifier)
        if self.bags < 1 or self.records < 1:
            raise ConfigurationError("calibrated: bags and records are numbers from 1 up.")

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        self.adaptive_ = view.access == "adaptive"
        pool = view.shadows.take(view.pool)
        never, learned = pool.moments(scaled_log_odds, "out"), pool.moments(scaled_log_odds, "in")
        if not (never.count.any() and learned.count.any()):
            raise CannotAttack("calibrated needs shadow answers to records of both kinds, in and out.")
        self.levels_ = levels(never, pool.labels, len(view.classes))
        self.prior_out_, self.prior_in_ = Prior.of(never, FREEDOM), Prior.of(learned, FREEDOM)
        features, bags, member = self.training_set(view, rng)
        classifier = CLASSIFIERS.load(self.classifier)()
        self.classifier_ = classifier.fit(features, bags, member, self.bags, rng)
        return self

    def fitted_parameters(self) -> dict[str, Any]:
        return self.parameters() | {self.classifier: parameters(self.classifier_)}

    def score(self, case: Case) -> Floats:
        """P(member), the mean over the bags' classifiers."""
        shadows = case.candidates.shadows
        features = self.features(case.candidates, shadows.out, shadows.member)
        bags = [
            self.classifier_.probability(features, np.full(len(features), bag)) for bag in range(self.bags)
        ]
        return np.asarray(np.mean(bags, axis=0))

    def training_set(
        self, view: AdversaryView, rng: np.random.Generator
    ) -> tuple[Floats, NDArray[np.int64], Bools]:
        """Features (M, F), bags (M,) and membership (M,) of records judged with some shadow as the target."""
        fair = view.fair_references
        never, seen = left_over(view.shadows.take(view.pool).member) if self.adaptive_ else (fair, fair)
        each = min(len(view.pool), -(-self.records // len(view.pseudo_targets)))
        tables = []
        for shadow in view.pseudo_targets:
            for bag in range(self.bags):
                case, member = view.case_of(shadow, bag)
                rows = np.sort(rng.permutation(len(member))[:each])
                asked = case.candidates.take(rows)
                out, learned = some(asked.shadows.out, never, rng), some(asked.shadows.member, seen, rng)
                enough = out.sum(axis=1) == never
                if self.adaptive_:
                    enough &= learned.sum(axis=1) == seen
                features = self.features(asked, out, learned)[enough]
                tables.append((features, np.full(len(features), bag), member[rows][enough]))
        features, bags, members = (np.concatenate(column) for column in zip(*tables, strict=True))
        if not np.bincount(2 * bags + members, minlength=2 * self.bags).all():
            raise CannotAttack(
                "calibrated needs other shadows with and without each record: train four or more."
            )
        return features, bags, members

    def features(self, asked: Asked, out: Bools, learned: Bools) -> Floats:
        """(N, F) of the records, with the shadows to use as references for each."""
        answers, shadows = asked.answers, asked.shadows
        at_target = [answers.signal(signal) for signal in SIGNALS]
        never = [Moments.of(shadows.signal(signal), out) for signal in SIGNALS]
        columns = [*at_target, *(moments.mean for moments in never), self.levels_[answers.labels]]
        if self.adaptive_:
            seen = [Moments.of(shadows.signal(signal), learned) for signal in SIGNALS]
            laws = self.prior_out_.predictive(never[0]), self.prior_in_.predictive(seen[0])
            density_out, density_in = (law.log_density(at_target[0]) for law in laws)
            columns += [moments.mean for moments in seen]
            columns += [law.scale for law in laws] + [law.standardised(at_target[0]) for law in laws]
            columns.append(density_in - density_out)
        return np.stack(columns, axis=1)


def levels(never: Moments, labels: NDArray[np.int64], classes: int) -> Floats:
    """The classes' mean signal (K,) among shadows without the record; of a class that has none, of all."""
    told = never.count > 0
    sums = np.bincount(labels[told], never.mean[told], minlength=classes)
    count = np.bincount(labels[told], minlength=classes)
    return np.where(count > 0, sums / np.maximum(count, 1), never.mean[told].mean())
