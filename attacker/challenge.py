"""What the attacker is set: which models to attack, on which candidates, with what knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from attacker.client.documents import GameDocument, Model, knowledge_of
from attacker.client.npy import compact
from attacker.errors import ConfigurationError
from attacker.knowledge import WITH_RECORDS, Knowledge
from attacker.ledger import Phase
from attacker.records import Records
from attacker.store import Store


@dataclass(frozen=True, eq=False)
class Challenge:
    """`classes` are named as the targets name them, and label `candidates` and known records by index.

    `members` is the size of a target's training set.
    """

    provider_url: str
    profile: str
    options: Mapping[str, Any]
    model_ids: tuple[str, ...]
    classes: tuple[str, ...]
    members: int
    candidates: Records
    knowledge: Knowledge

    @classmethod
    def of_game(cls, game: GameDocument, candidates: Records, knowledge: Knowledge) -> Self:
        return cls(
            game.provider_url,
            game.profile,
            game.options,
            game.model_ids,
            game.class_names,
            game.members,
            candidates,
            knowledge,
        )

    @classmethod
    def of_model(
        cls, provider_url: str, model: Model, candidates: Records, knowledge: Knowledge, members: int | None
    ) -> Self:
        """A model of a bare service; without `members`, half of what is left of the population is assumed."""
        if members is None:
            if knowledge.records is None:
                raise ConfigurationError(
                    "Without a population, say with --training-size how much was learned."
                )
            members = len(knowledge.records.distinct().without(candidates)) // 2
        return cls(
            provider_url,
            model.profile,
            model.options,
            (model.id,),
            model.classes,
            members,
            candidates,
            knowledge,
        )

    def planned(self, shadows: int) -> dict[Phase, int]:
        """Records to ask: each shadow model its own, in and out, and each target the candidates."""
        return {
            "shadow_queries": 2 * self.members * shadows,
            "target_queries": len(self.candidates) * len(self.model_ids),
        }

    def keep(self, store: Store) -> Self:
        """Write the challenge to the run folder; the facts last, so that they are there only if all is."""
        store.write("candidates", compact(self.candidates.table()))
        if self.knowledge.records is not None:
            store.write("knowledge", compact(self.knowledge.records.table()))
        facts = vars(self) | {"candidates": None, "knowledge": self.knowledge.document()}
        store.keep("challenge", facts)
        return self

    @classmethod
    def kept(cls, store: Store) -> Self | None:
        """The run's challenge, read from its folder; None when it has none yet."""
        if (facts := store.fact("challenge")) is None:
            return None
        facts |= {"model_ids": tuple(facts["model_ids"]), "classes": tuple(facts["classes"])}
        granted = facts["knowledge"]["kind"] in WITH_RECORDS
        records = Records.of(store.read("knowledge")) if granted else None
        facts["candidates"] = Records.of(store.read("candidates"))
        facts["knowledge"] = replace(knowledge_of(facts["knowledge"]), records=records)
        return cls(**facts)
