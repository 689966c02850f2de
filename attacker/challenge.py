"""What the attacker is set: which models to attack, on which candidates, with what knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from attacker.client.documents import GameDocument, Model
from attacker.client.npy import compact
from attacker.errors import CannotAttack, ConfigurationError
from attacker.game import Game
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
    def of_game(cls, game: Game, document: GameDocument) -> Self:
        """What a game grants; raises CannotAttack for a kind of knowledge that this attacker cannot use."""
        if document.rules.knowledge != "population":
            raise CannotAttack(
                f"The game grants knowledge {document.rules.knowledge!r}, this attacker works from "
                "'population'; ask the game's owner for such a one."
            )
        classes = tuple(str(label) for label in range(len(document.classes)))  # as the provider names them
        return cls(
            document.provider_url,
            document.profile,
            document.options,
            document.model_ids,
            classes,
            document.members,
            named(game.candidates(document), classes, "The game's candidates"),
            named(game.population(document), classes, "The game's population").distinct(),
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
