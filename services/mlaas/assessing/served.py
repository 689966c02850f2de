"""Models as outsiders meet them: trained by the profile, asked through its output defences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attacker.adapting import labels_alone, mean_answer
from attacker.format import Feature, Format
from attacker.probes.feature_noise import FeatureNoise
from services.mlaas.assessing.pool import Bools, Pool, Rows
from services.mlaas.defence import Question, secret_of
from services.mlaas.fitted_model import FittedModel
from services.mlaas.guarding import fit_guard
from services.mlaas.inference import answer
from services.mlaas.model_type import Device, TrainingData
from services.mlaas.profile import Profile
from services.mlaas.training import train

LOOKS = 64  # records asked twice, to see whether asking again gives another answer
REPEATS = 16  # of each question, where it does: what an outsider averages
COPIES = 50  # of each record, changed a little, that are asked about where labels are all there is
AROUND_AT_ONCE = 200  # records: all their copies are in memory

Ask = Callable[[NDArray[np.generic]], NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Trained:
    """A model, the seed it was trained from, and which of the pool's records (P,) it learned.

    guard: what the output defences of its own profile have learned, where that is known.
    """

    model: FittedModel
    seed: int
    learned: Bools
    guard: FittedModel | None = None


@dataclass(frozen=True)
class Recipe:
    """How models are trained: as the one that is assessed was."""

    profile: Profile
    options: Mapping[str, object]
    device: Device

    def train(self, pool: Pool, learned: Bools, seed: int) -> Trained:
        records = pool.records.part(np.flatnonzero(learned))
        return Trained(train(self.profile, self.options, records, seed, self.device).model, seed, learned)


def guard_of(trained: Trained, pool: Pool, recipe: Recipe, profile: Profile) -> FittedModel | None:
    """What the profile's output defences have learned, or would have learned, at this model."""
    if trained.guard is not None and profile.defences == recipe.profile.defences:
        return trained.guard
    records = pool.records.part(np.flatnonzero(trained.learned))
    return fit_guard(profile, recipe.options, records, trained.seed, recipe.device)


def door(trained: Trained, pool: Pool, recipe: Recipe, profile: Profile) -> Ask:
    """How the model, trained by a recipe, is asked when it is served under a profile that trains likewise."""
    defences, secret = profile.make_defences(), secret_of(trained.seed)
    guard = guard_of(trained, pool, recipe, profile)

    def once(features: NDArray[np.generic], occasion: int = 0) -> NDArray[np.float32]:
        return answer(trained.model, features, defences, Question(secret, bytes([occasion]), guard=guard))

    def ask(features: NDArray[np.generic]) -> NDArray[np.float32]:
        looks = features[:LOOKS]
        if (once(looks) == once(looks, 1)).all():
            return once(features)
        return mean_answer(once(features, occasion) for occasion in range(REPEATS))

    return ask


@dataclass(frozen=True, eq=False)
class Seen:
    """What M models answered about N records: (M, N, K), and of which copies they know the class (M, N, Q).

    There are no copies where answers hold more than labels.
    """

    answers: NDArray[np.float32]
    around: NDArray[np.uint8] | None


def seen(models: Sequence[Trained], pool: Pool, rows: Rows, recipe: Recipe, profile: Profile) -> Seen:
    """What they answer about those of the pool's records when they are served under a profile."""
    records = pool.records.part(rows)
    doors = [door(each, pool, recipe, profile) for each in models]
    answers = np.stack([ask(records.features) for ask in doors])
    if not all(labels_alone(each) for each in answers):
        return Seen(answers, None)
    return Seen(answers, np.stack([around(ask, records) for ask in doors]))


def around(ask: Ask, records: TrainingData) -> NDArray[np.uint8]:
    """(N, Q): which copies of each record are given its class, a bit each; some records' copies at a time."""
    probe, form = FeatureNoise(COPIES), format_of(records.features)
    starts = range(0, len(records.labels), AROUND_AT_ONCE)
    parts = [records.part(np.arange(len(records.labels))[start : start + AROUND_AT_ONCE]) for start in starts]
    seen_around = [
        probe.observe(lambda copies: ask(copies).argmax(axis=1), part.features, part.labels, form)
        for part in parts
    ]
    return np.concatenate(seen_around)


def format_of(features: NDArray[np.generic]) -> Format:
    """What values there are, as the records show: their provider may look."""
    low, high = features.min(axis=0).astype(np.float64), features.max(axis=0).astype(np.float64)
    whole = features.dtype.kind in "bui"
    return Format(
        tuple(
            Feature(f"f{column}", "integer" if whole else "real", least, most)
            for column, (least, most) in enumerate(zip(low.tolist(), high.tolist(), strict=True))
        )
    )
