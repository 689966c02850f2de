"""Shadow models: planned from a seed, trained through the provider's API, and kept in the run's store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import Model, Price
from attacker.client.provider import Provider
from attacker.errors import ConfigurationError, OtherRecipe
from attacker.ledger import Clock, Cost, Entry
from attacker.store import Shadow, Store
from attacker.threat_model import Access

Rows = NDArray[np.int64]


def pool_of(candidates: int, known: int, training_size: int, access: Access, seed: int) -> Rows:
    """The rows of candidates and known records together that shadow models learn from.

    Adaptive: the candidates, all of them. Disjoint: the known records, less half a training set where there
    are enough: those no shadow learns, so that to the shadows they are what a non-member among the
    candidates is. Raises ConfigurationError for too few records.
    """
    if access == "adaptive":
        return np.arange(candidates)
    check(known, training_size)
    kept_apart = min(training_size // 2, known - 2 * training_size)
    order = np.random.default_rng([seed, *b"pool"]).permutation(known)
    return candidates + np.sort(order[kept_apart:])


def plan(pool: int, learned: int, shadows: range, seed: int) -> list[Rows]:
    """Which rows of the pool each shadow model learns: random ones, in pairs that share none.

    (Shokri et al. 2017, sec. V-B, trains each on a random part; pairs of halves, after Carlini et al. 2022,
    make each record known to exactly half of the shadows where the pool is twice what one learns.) Shadow i
    depends on the pool, the seed and i alone, so that more of them can be added.
    """
    return [half(pool, learned, number, seed) for number in shadows]


def half(pool: int, learned: int, number: int, seed: int) -> Rows:
    order = np.random.default_rng([seed, number // 2, *b"pair"]).permutation(pool)
    return np.sort(order[learned : 2 * learned] if number % 2 else order[:learned])


def check(records: int, training_size: int) -> None:
    """Raises ConfigurationError when so many records are too few, or nothing is to be learned."""
    if training_size < 1:
        raise ConfigurationError(
            f"A shadow model cannot learn from {training_size} records; set a training size of 1 or more, "
            "with shadow data of at least twice as many."
        )
    needed = 2 * training_size
    if records < needed:
        raise ConfigurationError(
            f"There are {records} distinct records of shadow data and a shadow model needs {needed}, "
            f"{training_size} to learn and as many it never sees; bring more, synthesise more with --count, "
            "or set a smaller training size."
        )


class Watching(Protocol):
    """Who wants to know that a shadow model's training has ended."""

    def trained(self, model: Model) -> None: ...


@dataclass(frozen=True)
class Recipe:
    """What a customer says when it has a model trained."""

    profile: str
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Trainer:
    """Trains shadow models through the target's own API, on rows of one uploaded dataset.

    `bases` are models that learned the same rows under another profile, by the shadow's number: where the
    provider can serve such a one under this profile, it is not trained again.
    """

    provider: Provider
    store: Store
    recipe: Recipe
    price: Price
    watching: Watching
    bases: Mapping[int, str] = field(default_factory=dict)

    def train(self, dataset_id: str, shadows: Sequence[Shadow]) -> Iterator[tuple[Shadow, Model]]:
        """Order every training, then give each model as it becomes ready, while the others still train.

        A model ordered before is only looked at: the same id with the same request is the same model. One
        whose training failed is kept as failed and left out.
        """
        costs = [self.order(dataset_id, shadow) for shadow in shadows]
        for shadow, ordered in zip(shadows, costs, strict=True):
            clock = Clock()
            model = self.provider.ended(shadow.model)
            if shadow.state == "planned":
                ended = replace(shadow, state=model.state, error=model.error)
                cost = replace(ordered, seconds=clock.lap())
                self.store.end_training(ended, Entry("shadow_training", shadow.model, cost))
            self.watching.trained(model)
            if model.state == "ready":
                yield shadow, model

    def order(self, dataset_id: str, shadow: Shadow) -> Cost:
        """What it costs to have it, but for the time; nothing where its training has ended."""
        if shadow.state != "planned":
            return Cost(0, 0, 0, 0.0, 0.0)
        refused = 0
        if shadow.number in self.bases:
            try:
                base = self.bases[shadow.number]
                return Cost(0, 1, self.provider.serve(shadow.model, base, self.recipe.profile), 0.0, 0.0)
            except OtherRecipe:
                refused = 1
        rows = shadow.member.tolist()
        _, moved = self.provider.train(
            shadow.model, dataset_id, self.recipe.profile, self.recipe.options, rows
        )
        return Cost(len(rows), 1 + refused, moved, 0.0, self.price.training)
