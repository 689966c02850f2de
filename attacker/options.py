"""What every run may be told, by the names and with the defaults of the command's options."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from attacker import defaults
from attacker.configuration import PRIMARY, Method
from attacker.errors import ConfigurationError
from attacker.experiment import Run
from attacker.running import running

Folder = str | os.PathLike[str]
LEAST = {"shadows": 1, "count": 1, "training_size": 1, "batch": 1, "seed": 0}  # as the command has it
SHARES = ("precision", "fdr")


@dataclass(frozen=True, kw_only=True, eq=False)
class Options:
    """How an attacker proceeds, and where.

    `out` is the run folder; what was begun there goes on. `attacks` are names, each with settings after
    colons (`shokri:classifier=xgboost`), in a sequence or with commas; `primary` is the one to judge the run
    by. `budget` bounds the records asked: a number, or by phase, `200000,synthesis=50000`. `api_key` is of
    an account at the provider, `target_key` of a model deployed elsewhere; without one it is the
    environment's, as a command takes it. What the others mean is at `attacker.configuration.Method`.
    """

    out: Folder
    shadows: int = defaults.SHADOWS
    attacks: str | Sequence[str] | None = None
    primary: str | None = None
    synthesis: str | None = None
    count: int | None = None
    access: str | None = None
    precision: float | None = None
    fdr: float | None = None
    shadow_profile: str | None = None
    training_size: int | None = None
    adapt: bool = False
    base: Folder | None = None
    seed: int = 0
    budget: str | int | None = None
    quiet: bool = False
    api_key: str | None = field(default=None, repr=False)
    target_key: str | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        return Path(self.out)

    def __post_init__(self) -> None:
        """Numbers of NumPy become Python's, which a run can keep. Raises ConfigurationError."""
        for name, least in LEAST.items():
            if (value := getattr(self, name, None)) is not None:
                if not isinstance(value, Integral) or value < least:
                    raise ConfigurationError(f"{name} is a whole number of at least {least}, not {value!r}.")
                object.__setattr__(self, name, int(value))
        for name in SHARES:
            if (value := getattr(self, name)) is not None:
                if not isinstance(value, Real):
                    raise ConfigurationError(f"{name} is a number, not {value!r}.")
                object.__setattr__(self, name, float(value))

    def method(self) -> Method:
        """Raises ConfigurationError, which names an option as the command does."""
        attacks = self.usual() if self.attacks is None else self.attacks
        return Method.read(
            shadows=self.shadows,
            attacks=attacks if isinstance(attacks, str) else ",".join(attacks),
            primary=self.primary,
            seed=self.seed,
            synthesis=self.synthesis,
            count=self.count,
            access=self.access,
            precision=self.precision,
            fdr=self.fdr,
            shadow_profile=self.shadow_profile,
            training_size=self.training_size,
            adapt=self.adapt,
            base=None if self.base is None else str(self.base),
            judges=self.judges(),
        )

    def usual(self) -> str:
        """The attacks, where none are named."""
        return defaults.ATTACKS

    def judges(self) -> Sequence[str]:
        """Which attack is primary where none is named: the first of these that is set."""
        return (PRIMARY,)

    def running(self, method: Method, aim: Mapping[str, Any]) -> AbstractContextManager[Run]:
        """The run folder opened, for an attack on `aim`."""
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # as for commands, while torch is not loaded yet
        return running(
            self.folder,
            method,
            aim,
            budget=None if self.budget is None else str(self.budget),
            quiet=self.quiet,
            api_key=self.api_key,
            target_key=self.target_key,
        )
