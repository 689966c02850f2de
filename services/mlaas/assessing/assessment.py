"""The stages of an assessment in their order: records, shadow models, the attack, what else there is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from attacker.statistics.epsilon import one_run
from attacker.statistics.roc import accepted, resolves
from services.mlaas.assessing.alternatives import (
    Alternative,
    Unassessed,
    family,
    served_otherwise,
    trained_otherwise,
)
from services.mlaas.assessing.measuring import Evidence, Figures, Measured, judged, measure
from services.mlaas.assessing.pool import Pool, Rows, partitions
from services.mlaas.assessing.served import Recipe, Trained
from services.mlaas.fitted_model import FittedModel
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Profile

SHADOWS = 8
MOST_CANDIDATES = 5_000  # of either kind


@dataclass(frozen=True, eq=False)
class Subject:
    """A model, as its provider knows it: what it learned, and records (`held_out`) that it never saw.

    Labels of both are indices of its `classes`; `seed` is that of its training.
    """

    recipe: Recipe
    model: FittedModel
    seed: int
    guard: FittedModel | None
    training: TrainingData
    held_out: TrainingData
    classes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Assessment:
    """What was found: of the model itself, of how it is trained, of the other profiles on offer.

    lower_bound: an epsilon of differential privacy that models trained so do not keep.
    """

    evidence: Evidence
    own: Measured
    lower_bound: Figures
    alternatives: tuple[Alternative, ...]
    unassessed: tuple[Unassessed, ...]

    def detected(self, fpr: float) -> Rows | None:
        """The training records (n,) told with an FPR of at most that, surest first.

        They are numbers among the training records; None where the held-out records are too few to tell.
        """
        member, scores = self.evidence.member, self.own.scores
        if not resolves(fpr, int((~member).sum())):
            return None
        told = np.flatnonzero(accepted(scores, member, fpr) & member)
        return self.evidence.pool.rows[self.evidence.rows[told[np.argsort(-scores[told], kind="stable")]]]


def assess(subject: Subject, profiles: Mapping[str, Profile], shadows: int, seed: int) -> Assessment:
    """Raises TooFewRecords."""
    drawing, training, bounding, others = (np.random.default_rng([seed, stage]) for stage in range(4))
    pool = Pool.of(subject.training, subject.held_out, drawing)
    rows = pool.candidates(MOST_CANDIDATES, drawing)
    learned = partitions(len(pool), pool.folds, shadows, drawing)
    trained = [subject.recipe.train(pool, part, int(training.integers(2**62))) for part in learned]
    target = Trained(subject.model, subject.seed, pool.member, subject.guard)
    evidence = Evidence(subject.recipe, pool, rows, subject.classes, target, trained, seed)
    own = measure(evidence, subject.recipe.profile)
    found = list(judged_otherwise(evidence, own, profiles, others))
    return Assessment(
        evidence,
        own,
        lower_bound(evidence, bounding),
        tuple(each for each in found if isinstance(each, Alternative)),
        tuple(each for each in found if isinstance(each, Unassessed)),
    )


def judged_otherwise(
    evidence: Evidence, own: Measured, profiles: Mapping[str, Profile], rng: np.random.Generator
) -> Iterator[Alternative | Unassessed]:
    profile = evidence.recipe.profile
    others = family(profile, profiles)
    alike = [other for other in others if other.recipe == profile.recipe]
    yield from served_otherwise(evidence, own.figures, alike)
    yield from trained_otherwise(evidence, [other for other in others if other not in alike], rng)


def lower_bound(evidence: Evidence, rng: np.random.Generator) -> Figures:
    """Of one more model, trained as the target was on those records for which a fair coin says so.

    The coins make it valid (Steinke, Nasr & Jagielski 2023): the records of the target itself were chosen by
    its owner. The attack knows all but the coins.
    """
    coins = rng.random(len(evidence.pool)) < 0.5
    recipe = evidence.recipe
    tossed = recipe.train(evidence.pool, coins, int(rng.integers(2**62)))
    found, _ = judged(replace(evidence, target=tossed), recipe.profile)
    return one_run(found.scores[0], coins[evidence.rows]).as_json()
