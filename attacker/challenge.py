"""What the attacker is set: which models to attack, on which candidates, with what knowledge and access."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker import shadows
from attacker.client.documents import GameDocument, Model, knowledge_of
from attacker.client.npy import compact
from attacker.deployed import Deployed
from attacker.errors import ConfigurationError
from attacker.knowledge import WITH_RECORDS, Knowledge
from attacker.records import Records
from attacker.store import Store
from attacker.threat_model import Access


@dataclass(frozen=True, eq=False)
class Challenge:
    """`classes` are named as the targets name them, and label `candidates` and known records by index.

    `members` is the size of a target's training set. `access` is what shadow models may learn: `disjoint`,
    no candidate, or `adaptive`, the candidates themselves, which a real attacker holds. `shape` is that of
    an image, which records are the flat rows of; None where they are none. `deployed`: where the target is,
    if not at the provider, where shadow models are trained under a profile that is a guess.
    """

    provider_url: str
    profile: str
    options: Mapping[str, Any]
    model_ids: tuple[str, ...]
    classes: tuple[str, ...]
    members: int
    candidates: Records
    knowledge: Knowledge
    access: Access
    shape: tuple[int, ...] | None = None
    deployed: Deployed | None = None

    @classmethod
    def of_game(
        cls, game: GameDocument, candidates: Records, knowledge: Knowledge, access: Access | None
    ) -> Self:
        """Raises ConfigurationError for an access that the rules do not grant; by default, theirs."""
        if access == "adaptive" and game.rules.access != "adaptive":
            raise ConfigurationError(
                "The rules of this game are strictly disjoint: shadow models may not learn candidates; "
                "leave --access away, or ask the game's owner for an adaptive game."
            )
        granted: Access = "adaptive" if game.rules.access == "adaptive" else "disjoint"
        return cls(
            game.provider_url,
            game.profile,
            game.options,
            game.model_ids if game.deployed is None else (game.deployed.model,),
            game.class_names if game.deployed is None else game.classes,
            game.members,
            candidates,
            knowledge,
            access or granted,
            game.shape,
            game.deployed,
        )

    @classmethod
    def of_model(
        cls,
        provider_url: str,
        model: Model,
        candidates: Records,
        knowledge: Knowledge,
        members: int | None,
        access: Access | None,
    ) -> Self:
        """A model of a bare service; without `members`, half of what is left of the population is assumed."""
        return cls(
            provider_url,
            model.profile,
            model.options,
            (model.id,),
            model.classes,
            members or assumed_members(candidates, knowledge),
            candidates,
            knowledge,
            access or "disjoint",
            model.shape,
        )

    @classmethod
    def of_deployed(
        cls,
        deployed: Deployed,
        shadows_at: str,
        profile: str,
        classes: tuple[str, ...],
        candidates: Records,
        knowledge: Knowledge,
        members: int | None,
        access: Access | None,
    ) -> Self:
        """A model of somebody else's server, whose shadows a provider of ours trains."""
        return cls(
            shadows_at,
            profile,
            {},
            (deployed.model,),
            classes,
            members or assumed_members(candidates, knowledge),
            candidates,
            knowledge,
            access or "disjoint",
            deployed=deployed,
        )

    @property
    def told(self) -> bool:
        """Whether some members are told: the attacker learns from these, and trains no shadow models."""
        return self.knowledge.kind == "partial"

    @property
    def needs_known(self) -> bool:
        """Whether records besides the candidates are needed, or at hand anyway."""
        return self.access == "disjoint" or self.knowledge.records is not None

    @property
    def learned(self) -> int:
        """How many records a shadow model learns: as the target, or exactly half of the candidates."""
        return len(self.candidates) // 2 if self.access == "adaptive" else self.members

    def pool(self, known: int, seed: int) -> NDArray[np.int64]:
        """The rows of candidates and known records that shadows learn from; raises ConfigurationError."""
        if self.told:
            return len(self.candidates) + np.arange(known)
        return shadows.pool_of(len(self.candidates), known, self.members, self.access, seed)

    def learning(self, training_size: int | None) -> Self:
        """The same for an attacker who takes the targets to have learned so many records.

        Raises ConfigurationError where the candidates themselves say how many a shadow learns.
        """
        if training_size in (None, self.members):
            return self
        if self.access == "adaptive" or self.told:
            raise ConfigurationError(
                "--training-size is of shadow models that learn no candidates; leave it away here."
            )
        return replace(self, members=training_size)

    def with_records(self, records: Records) -> Self:
        """The same with other known records."""
        return replace(self, knowledge=replace(self.knowledge, records=records))

    def keep(self, store: Store) -> Self:
        """Write the challenge to the run folder; the facts last, so that they are there only if all is."""
        store.write("candidates", compact(self.candidates.table()))
        if self.knowledge.records is not None:
            store.write("knowledge", compact(self.knowledge.records.table()))
        facts = vars(self) | {"candidates": None, "knowledge": self.knowledge.document()}
        facts["deployed"] = asdict(self.deployed) if self.deployed else None
        store.keep("challenge", facts)
        return self

    @classmethod
    def kept(cls, store: Store) -> Self | None:
        """The run's challenge, read from its folder; None when it has none yet."""
        if (facts := store.fact("challenge")) is None:
            return None
        facts |= {"model_ids": tuple(facts["model_ids"]), "classes": tuple(facts["classes"])}
        facts["shape"] = tuple(facts["shape"]) if facts.get("shape") else None
        facts["deployed"] = Deployed(**facts["deployed"]) if facts.get("deployed") else None
        granted = facts["knowledge"]["kind"] in WITH_RECORDS
        records = Records.of(store.read("knowledge")) if granted else None
        facts["candidates"] = Records.of(store.read("candidates"))
        facts["knowledge"] = replace(knowledge_of(facts["knowledge"]), records=records)
        return cls(**facts)


def assumed_members(candidates: Records, knowledge: Knowledge) -> int:
    """Half of what is left of the population; raises ConfigurationError where there is none."""
    if knowledge.records is None:
        raise ConfigurationError("Without a population, say with --training-size how much was learned.")
    return len(knowledge.records.distinct().without(candidates)) // 2
