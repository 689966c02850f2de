"""How a run is made, whatever it attacks: the names and defaults that commands and Python have in common."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attacker import defaults
from attacker.configuration import Method
from attacker.experiment import Run
from attacker.running import running


@dataclass(frozen=True, kw_only=True, eq=False)
class Attempt:
    """A run in the folder `out`, begun or gone on with, by an attacker who proceeds as Method says.

    attacks: names, or one text with commas; `attacker attacks` lists them. budget: the most records that the
    run may ask, or by phase as `--budget` has it. quiet: no progress on standard error. api_key: of an
    account at the provider; without one, ATTACKER_API_KEY is taken, else the run signs up. target_key: of a
    model that is deployed elsewhere; without one, ATTACKER_TARGET_KEY.
    """

    out: Path | str
    shadows: int = defaults.SHADOWS
    attacks: str | Sequence[str] = defaults.ATTACKS
    primary: str | None = None
    synthesis: str | None = None
    count: int | None = None
    access: str | None = None
    precision: float | None = None
    fdr: float | None = None
    shadow_profile: str | None = None
    training_size: int | None = None
    adapt: bool = False
    base: Path | str | None = None
    seed: int = 0
    budget: int | str | None = None
    quiet: bool = True
    api_key: str | None = field(default=None, repr=False)
    target_key: str | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        return Path(self.out)

    @property
    def method(self) -> Method:
        """Raises ConfigurationError and UnknownPluginError."""
        return Method.read(
            shadows=self.shadows,
            attacks=self.attacks if isinstance(self.attacks, str) else ",".join(self.attacks),
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
        )

    @contextmanager
    def opened(self, method: Method, aim: Mapping[str, Any]) -> Iterator[Run]:
        """The run in its folder; `aim` is what it attacks. Raises ConfigurationError."""
        budget = None if self.budget is None else str(self.budget)
        keys = {"api_key": self.api_key, "target_key": self.target_key}
        with running(self.folder, method, aim, budget=budget, quiet=self.quiet, **keys) as run:
            yield run
