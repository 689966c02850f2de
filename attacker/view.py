"""The adversary's view of a run folder: the shadows' answers, read from the store one shadow at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from attacker.fingerprint import fingerprint
from attacker.oracle import unpack
from attacker.records import Records
from attacker.store import Shadow, Store
from attacker.threat_model import Answers, ShadowAnswers


class StoredShadows(Sequence[ShadowAnswers]):
    """Each shadow's answers to its own in and out records, read when they are looked at."""

    def __init__(self, store: Store, shadows: Sequence[Shadow], shadow_data: Records, width: int) -> None:
        self.store, self.shadows, self.width = store, shadows, width
        self.labels, self.marks = shadow_data.labels, fingerprint(shadow_data.features)

    def __len__(self) -> int:
        return len(self.shadows)

    @overload
    def __getitem__(self, index: int) -> ShadowAnswers: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ShadowAnswers]: ...
    def __getitem__(self, index: int | slice) -> ShadowAnswers | Sequence[ShadowAnswers]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        shadow = self.shadows[index]
        rows = np.concatenate([shadow.split.member, shadow.split.non_member])
        answers = answered(self.store, shadow.model, [self.marks[row] for row in rows], self.width)
        member = np.arange(len(rows)) < len(shadow.split.member)
        return ShadowAnswers(self.labels[rows], answers, member)


@dataclass(frozen=True)
class View:
    """What an attack may learn from (attacker/threat_model.py)."""

    classes: tuple[str, ...]
    shadows: StoredShadows


def target_answers(store: Store, model: str, candidates: Records, width: int) -> Answers:
    """The target's answers to the candidates, in their order."""
    answers = answered(store, model, fingerprint(candidates.features), width)
    return Answers(candidates.labels, answers)


def answered(store: Store, model: str, marks: Sequence[bytes], width: int) -> "np.typing.NDArray[np.float64]":
    """Answers (N, K) that the run has; a record that it never asked about is a KeyError."""
    kept = store.answers(model, marks)
    return unpack([kept[mark] for mark in marks], width).astype(np.float64)
