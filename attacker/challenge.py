"""What the attacker is set: which models to attack, on which candidates, with what knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from numpy.typing import NDArray

from attacker.client.documents import GameDocument, Model
from attacker.client.npy import compact
from attacker.errors import ConfigurationError
from attacker.records import Records, named
from attacker.store import Store


@dataclass(frozen=True, eq=False)
class Challenge:
    """`classes` are named as the targets name them, and label `candidates` and `population` by index.

    `members` is the size of a target's training set.
    """

    provider_url: str
    profile: str
    options: Mapping[str, Any]
    model_ids: tuple[str, ...]
    classes: tuple[str, ...]
    members: int
    candidates: Records
    population: Records

    @classmethod
    def of_game(cls, game: GameDocument, candidates: NDArray[Any], population: NDArray[Any]) -> Self:
        """A game's, with the tables (N, 1 + D) that it grants."""
        classes = tuple(str(label) for label in range(len(game.classes)))  # as the provider names them
        return cls(
            game.provider_url,
            game.profile,
            game.options,
            game.model_ids,
            classes,
            game.members,
            named(candidates, classes, "The game's candidates"),
            named(population, classes, "The game's population").distinct(),
        )

    @classmethod
    def of_model(
        cls, provider_url: str, model: Model, candidates: Records, population: Records, members: int | None
    ) -> Self:
        """A model of a bare service; `members` is half of the population when it is not known."""
        apart = population.distinct().without(candidates)
        if not len(apart):
            raise ConfigurationError("Every record of the population is a candidate; bring other records.")
        return cls(
            provider_url,
            model.profile,
            model.options,
            (model.id,),
            model.classes,
            members or len(apart) // 2,
            candidates,
            apart,
        )

    def queries(self, shadows: int) -> int:
        """Records to ask: each shadow model its own, in and out, and each target the candidates."""
        return 2 * self.members * shadows + len(self.candidates) * len(self.model_ids)

    def keep(self, store: Store) -> Self:
        """Write the challenge to the run folder; the facts last, so that they are there only if all is."""
        store.write("candidates", compact(self.candidates.table()))
        store.write("population", compact(self.population.table()))
        facts = {name: value for name, value in vars(self).items() if not isinstance(value, Records)}
        store.keep("challenge", facts)
        return self

    @classmethod
    def kept(cls, store: Store) -> Self | None:
        """The run's challenge, read from its folder; None when it has none yet."""
        if (facts := store.fact("challenge")) is None:
            return None
        facts |= {"model_ids": tuple(facts["model_ids"]), "classes": tuple(facts["classes"])}
        candidates, population = (Records.of(store.read(name)) for name in ("candidates", "population"))
        return cls(**facts, candidates=candidates, population=population)
