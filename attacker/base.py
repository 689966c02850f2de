"""A finished run on the same records under another profile: its shadow data and models are used again."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.analysis import finished
from attacker.attack import ATTACKS
from attacker.challenge import Challenge
from attacker.choice import Choice
from attacker.configuration import Method
from attacker.errors import ConfigurationError
from attacker.run_transcript import transcript_of
from attacker.store import Shadow
from attacker.transcript import Transcript

READY = "ready"


@dataclass(frozen=True, eq=False)
class Base:
    """What a run leaves to another.

    `dataset` and `shadows` are the provider's, under the account of `api_key`; `known` (R, 1 + D) are the
    shadow data, `pool` the rows that shadows were planned on. `synthesis` is what its user asked for,
    `known_are` what the run noted of where its shadow data came from.
    """

    folder: Path
    api_key: str
    dataset: str
    challenge: Challenge
    known: NDArray[Any]
    pool: NDArray[np.int64]
    shadows: list[Shadow]
    synthesis: str | None
    known_are: Any

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises ConfigurationError for a folder without a finished run that trained shadow models."""
        with finished(folder) as (store, challenge):
            dataset = store.fact("dataset")
            if dataset is None:
                raise ConfigurationError(
                    f"The run in {folder} trained no shadow models; give another --base."
                )
            ready = [shadow for shadow in store.shadows() if shadow.state == READY]
            known, pool = store.read("shadow_data"), store.read("pool").astype(np.int64)
            return cls(
                folder,
                str(store.fact("api_key")),
                str(dataset),
                challenge,
                known,
                pool,
                ready,
                store.fact("configuration")["synthesis"],
                store.fact("synthesis"),
            )

    def check(self, challenge: Challenge, method: Method) -> None:
        """Raises ConfigurationError where the run cannot stand on this one."""
        mine, its = challenge.candidates.table(), self.challenge.candidates.table()
        if challenge.provider_url != self.challenge.provider_url or not np.array_equal(mine, its):
            raise ConfigurationError(
                f"The run in {self.folder} judged other candidates, or at another provider; give as --base "
                "one of the same game, or of the game that this one is a twin of."
            )
        if challenge.knowledge.kind != self.challenge.knowledge.kind or method.synthesis != self.synthesis:
            raise ConfigurationError(
                f"The run in {self.folder} had its shadow data from elsewhere than this run asks for; choose "
                "the same --synthesis, on the same knowledge."
            )
        if (challenge.access, challenge.members) != (self.challenge.access, self.challenge.members):
            raise ConfigurationError(
                f"The shadow models of {self.folder} learned other records than this run's may; "
                "choose the same access and training size."
            )
        if method.shadows > len(self.shadows):
            raise ConfigurationError(
                f"The run in {self.folder} has {len(self.shadows)} shadow models; ask for as many --shadows."
            )

    def transcript(self, shadows: int) -> Transcript:
        """What its first shadow models answered: without the defence of a run that stands on it."""
        with finished(self.folder) as (store, challenge):
            return transcript_of(store, challenge).with_first(shadows)


NAIVE = " (naive)"


def naive_name(attack: str) -> str:
    """What the attack is called where it knows nothing of the defence."""
    return f"{attack}{NAIVE}"


def learns_from_shadows(name: str) -> bool:
    """Whether it would learn anything else from other shadows, by what a run without a defence asks."""
    attack = Choice.read(name, ATTACKS).make()
    return attack.needs.shadows and attack.probe() is None


def naive(transcript: Transcript, base: Transcript) -> Transcript:
    """The same targets, attacked by one who learned without the filter and does not know of it."""
    return replace(
        transcript,
        shadows=base.shadows,
        member=base.member,
        pool=base.pool,
        shadows_observed=base.shadows_observed,
    )
