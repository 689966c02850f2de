"""What a run may ask at most: reserved before it is sent, held back for what is to come, never overrun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from attacker.errors import BudgetExhausted, ConfigurationError
from attacker.ledger import QUERIES, Phase


@dataclass(frozen=True)
class Budget:
    """The most records: of the whole run, and of single phases; None and a phase left out are no limit."""

    total: int | None = None
    phases: Mapping[Phase, int] = field(default_factory=dict)

    @classmethod
    def read(cls, words: str | None) -> Self:
        """From `200000`, `synthesis=50000` or both with a comma; raises ConfigurationError."""
        limits: dict[str, int] = {}
        for word in words.split(",") if words else ():
            name, _, number = (part.strip() for part in word.rpartition("="))
            if not number.isdecimal() or int(number) < 1 or name not in ("", *QUERIES):
                raise ConfigurationError(
                    f"--budget {words!r} is a number of records, PHASE=NUMBER, or several with commas; "
                    f"phases are {', '.join(QUERIES)}."
                )
            if name in limits:
                raise ConfigurationError(f"--budget {words!r} limits the same thing twice; say it once.")
            limits[name] = int(number)
        return cls(limits.get(""), {phase: limits[phase] for phase in QUERIES if phase in limits})


class Purse:
    """What is left of a budget. `spent` and `planned` are records by phase, before this purse is opened.

    What is planned for the other phases is not to be spent: a synthesis would leave nothing for the attack.
    """

    def __init__(self, budget: Budget, spent: Mapping[Any, int], planned: Mapping[Phase, int]) -> None:
        self.budget, self.planned = budget, planned
        self.spent: dict[Phase, int] = {phase: spent.get(phase, 0) for phase in QUERIES}

    def check(self) -> None:
        """Raises BudgetExhausted when what is planned cannot be paid, before anything is."""
        planned = sum(self.planned.values())
        if self.budget.total is not None and planned > self.budget.total:
            raise BudgetExhausted(
                f"This run asks about {planned} records and the budget is {self.budget.total}; "
                "raise --budget, or train fewer --shadows."
            )
        for phase, most in self.budget.phases.items():
            if self.planned.get(phase, 0) > most:
                raise BudgetExhausted(
                    f"This run asks about {self.planned[phase]} records in its {phase} and the budget for "
                    f"them is {most}; raise --budget, or train fewer --shadows."
                )

    def left(self, phase: Phase) -> int | None:
        """Records that may still be asked in this phase; None is no limit."""
        limits = []
        if self.budget.total is not None:
            held = [max(self.planned.get(other, 0), self.spent[other]) for other in QUERIES if other != phase]
            limits.append(self.budget.total - sum(held) - self.spent[phase])
        if phase in self.budget.phases:
            limits.append(self.budget.phases[phase] - self.spent[phase])
        return max(0, min(limits)) if limits else None

    def require(self, phase: Phase, records: int) -> None:
        """Raises BudgetExhausted when they are not left."""
        left = self.left(phase)
        if left is not None and records > left:
            raise BudgetExhausted(
                f"The budget leaves {left} records for {phase} after {self.spent[phase]}, and the next "
                f"questions take {records}; what was answered is kept: go on with a larger --budget."
            )

    def reserve(self, phase: Phase, records: int) -> None:
        """Spend them before they are sent; raises BudgetExhausted."""
        self.require(phase, records)
        self.spent[phase] += records
