"""Measurements in turn: what disturbs the machine for a while must not disturb one side alone."""

from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar("T")


def alternating(rounds: int, contestants: Mapping[str, Callable[[], T]]) -> dict[str, tuple[T, ...]]:
    """What each contestant gives, a value a round. Every other round they go in the opposite order."""
    found: dict[str, list[T]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 == 0 else reversed(names):
            found[name].append(contestants[name]())
    return {name: tuple(values) for name, values in found.items()}
