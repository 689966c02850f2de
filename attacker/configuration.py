"""What a user decides about a run, read once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self, get_args

from attacker.adapting import Adaptation
from attacker.attack import ATTACKS
from attacker.choice import Choice
from attacker.errors import ConfigurationError, RunDiffers
from attacker.false_discovery import checked_rate
from attacker.inference import Operation
from attacker.probe import Probe
from attacker.shadows import Recipe
from attacker.synthesis import SYNTHESES
from attacker.threat_model import Access

PRIMARY = "shokri"  # the attack of the paper: the one to judge a run by, unless the user says otherwise
# The same for a model deployed elsewhere, where the shadow models' training is a guess: it bears a wrong one
# best (benchmarks/guessed_training.py). It takes shadow models without each record, and they come in pairs.
ELSEWHERE, LEAST_ELSEWHERE = "rmia", 4


@dataclass(frozen=True)
class Method:
    """How the attacker proceeds.

    `primary` is named in advance; `seed` fixes synthesis, shadow plan and fits. `synthesis` is a plug-in as
    attacker/choice.py reads it, None the one that makes the most of what is granted; `count` is how many
    records it is to give, None as many as shadow models need. `access` is what shadows may learn, None what
    the rules grant. `precision` sets the operating points, None leaves them to the attacks. `fdr` is the
    false discovery rate of the primary attack's list of members, None for no list. `shadow_profile` and
    `training_size` are how shadows are trained, None as the targets are: a real attacker may be mistaken.
    `adapt`: look for a filter on the answers, and do what can be done about it. `base` is the folder of a run
    on the same records without it, whose shadow models are used again.
    """

    shadows: int
    attacks: tuple[str, ...]
    primary: str
    seed: int
    synthesis: str | None = None
    count: int | None = None
    access: Access | None = None
    precision: float | None = None
    fdr: float | None = None
    shadow_profile: str | None = None
    training_size: int | None = None
    adapt: bool = False
    base: str | None = None

    @classmethod
    def read(
        cls,
        *,
        shadows: int,
        attacks: str,
        primary: str | None,
        seed: int,
        synthesis: str | None,
        count: int | None,
        access: str | None,
        precision: float | None,
        fdr: float | None,
        shadow_profile: str | None,
        training_size: int | None,
        adapt: bool,
        base: str | None,
        judges: Sequence[str] = (PRIMARY,),
    ) -> Self:
        """From the words of a command line; raises ConfigurationError.

        Where no primary attack is named, it is the first of `judges` that is among the attacks.
        """
        names = attack_names(attacks)
        if precision is not None and not 0.5 < precision <= 1:
            raise ConfigurationError(f"--precision is above 0.5 and at most 1, not {precision}.")
        if synthesis is not None:
            Choice.read(synthesis, SYNTHESES).make().check()
        primary = primary or next((name for name in judges if name in names), names[0])
        if primary not in names:
            raise ConfigurationError(
                f"--primary {primary!r} is not among the attacks ({', '.join(names)}); choose one of them."
            )
        if base is not None and shadow_profile is not None:
            raise ConfigurationError(
                "--base brings shadow models of another profile; leave --shadow-profile away."
            )
        return cls(
            shadows,
            names,
            primary,
            seed,
            synthesis,
            count,
            access_named(access),
            precision,
            checked_rate(fdr),
            shadow_profile,
            training_size,
            adapt,
            base,
        )

    def probes(self) -> list[Probe]:
        """What the attacks ask around records, each once."""
        probes = [Choice.read(name, ATTACKS).make().probe() for name in self.attacks]
        found = sorted((probe for probe in probes if probe is not None), key=lambda probe: probe.queries)
        return list({probe.name: probe for probe in found}.values())  # of one name, what asks most has all

    def asking_service(self) -> int:
        """How many of the attacks have models of their own trained by the service."""
        return sum(Choice.read(name, ATTACKS).make().asks_service() for name in self.attacks)

    def recipe(self, profile: str, options: Mapping[str, Any]) -> Recipe:
        """How shadows are trained: as the targets, or with the defaults of another profile."""
        if self.shadow_profile in (None, profile):
            return Recipe(profile, options)
        return Recipe(str(self.shadow_profile), {})

    def adapted(self, adaptation: Adaptation) -> Self:
        """The same with the attack that is turned to, where one is."""
        more = tuple({adaptation.attack} - {"", *self.attacks})
        return replace(self, attacks=self.attacks + more)

    @property
    def operation(self) -> Operation:
        return Operation(self.seed, self.precision)

    def document(self) -> dict[str, Any]:
        return {**asdict(self), "attacks": list(self.attacks)}


def access_named(word: str | None) -> Access | None:
    """Raises ConfigurationError for another word than the two."""
    if word is None:
        return None
    for access in get_args(Access):
        if word == access:
            return access  # type: ignore[no-any-return]
    raise ConfigurationError(f"--access is disjoint or adaptive, not {word!r}.")


def attack_names(words: str) -> tuple[str, ...]:
    """`all`, or attacks with commas, each as attacker/choice.py reads it: `shokri:classifier=xgboost`.

    Raises UnknownPluginError, and ConfigurationError for one that is there twice or cannot be set so.
    """
    if words == "all":
        return tuple(ATTACKS.names())
    names = tuple(word.strip() for word in words.split(","))
    for name in names:
        Choice.read(name, ATTACKS).make().check()
    if len(set(names)) < len(names):
        raise ConfigurationError(f"--attacks {words!r} names an attack twice; name each once.")
    return names


def sha256(file: Path) -> str:
    """A file's identity in a run's configuration: its content, wherever it lies."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def refuse_differences(kept: Mapping[str, Any], given: Mapping[str, Any], folder: str) -> None:
    """A run goes on only with the arguments it was begun with; raises RunDiffers, which names the others."""
    differing = [
        f"{name} was {kept.get(name)!r}, is {given.get(name)!r}"
        for name in sorted(kept.keys() | given.keys())
        if kept.get(name) != given.get(name)
    ]
    if differing:
        raise RunDiffers(
            f"The run in {folder} was begun with other arguments ({'; '.join(differing)}); "
            "give the old ones to go on, or another --out to begin anew."
        )
