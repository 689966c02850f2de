"""Shadow models: planned from a seed, trained through the provider's API, and kept in the run's store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from attacker.client.documents import Model, Price
from attacker.client.provider import Provider
from attacker.errors import ConfigurationError
from attacker.ledger import Clock, Cost, Entry
from attacker.store import Shadow, Split, Store


def plan(records: int, training_size: int, shadows: int, seed: int) -> list[Split]:
    """Two disjoint random halves for each shadow model, each as large as the target's training set.

    (Shokri et al. 2017, sec. V-B.) Shadow i depends on the seed and i alone. Raises ConfigurationError.
    """
    check(records, training_size)
    splits = []
    for child in np.random.SeedSequence(seed).spawn(shadows):
        rows = np.random.default_rng(child).permutation(records)[: 2 * training_size]
        splits.append(Split(np.sort(rows[:training_size]), np.sort(rows[training_size:])))
    return splits


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
class Trainer:
    """Trains shadow models through the target's own API and profile, on rows of one uploaded dataset."""

    provider: Provider
    store: Store
    profile: str
    options: Mapping[str, Any]
    price: Price
    watching: Watching

    def train(self, dataset_id: str, shadows: Sequence[Shadow]) -> Iterator[tuple[Shadow, Model]]:
        """Order every training, then give each model as it becomes ready, while the others still train.

        A model ordered before is only looked at: the same id with the same request is the same model. One
        whose training failed is kept as failed and left out.
        """
        moved = [self.order(dataset_id, shadow) for shadow in shadows]
        for shadow, order_bytes in zip(shadows, moved, strict=True):
            clock = Clock()
            model = self.wait(shadow.model)
            if shadow.state == "planned":
                ended = replace(shadow, state=model.state, error=model.error)
                cost = Cost(len(shadow.split.member), 1, order_bytes, clock.lap(), self.price.training)
                self.store.end_training(ended, Entry("shadow_training", shadow.model, cost))
            self.watching.trained(model)
            if model.state == "ready":
                yield shadow, model

    def order(self, dataset_id: str, shadow: Shadow) -> int:
        """Bytes moved; 0 for a training that has ended."""
        if shadow.state != "planned":
            return 0
        rows = shadow.split.member.tolist()
        _, moved = self.provider.train(shadow.model, dataset_id, self.profile, self.options, rows)
        return moved

    def wait(self, model_id: str) -> Model:
        """The model once its training has ended, well or badly."""
        while True:
            model = self.provider.model(model_id, wait=True)
            if model.state in ("ready", "failed", "cancelled"):
                return model
