"""What shadow models answered to the same records, and which of the records each has learned.

Matrices over records and shadows are (N, S), a record a row: what is summed over shadows is then the same to
the last bit in any company of records.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker.answers import Answers, Floats, Labels, Rows, Signal, measured
from attacker.kept_answers import AnswersOfModels
from attacker.moments import Moments
from attacker.references import Draw

Bools = NDArray[np.bool_]
Kind = Literal["in", "out"]
Observed = Mapping[str, NDArray[Any]]

FEW = 16  # references of a record that are kept


@dataclass(frozen=True, eq=False)
class Table:
    """S models on M records: `labels` (M,), `probabilities` (S, M, K), `member` (M, S), `observed` (S, M, Q).

    A signal is read off the answers once, model after model, and summed over models once.
    """

    labels: Labels
    probabilities: AnswersOfModels
    member: Bools
    observed: Observed
    signals: dict[Signal, Floats] = field(default_factory=dict)
    sums: dict[tuple[Signal, Kind], Moments] = field(default_factory=dict)
    references: dict[Any, tuple[Rows, Rows]] = field(default_factory=dict)
    last: dict[int, NDArray[np.float32]] = field(default_factory=dict)

    def signal(self, signal: Signal) -> Floats:
        """(M, S)"""
        if signal not in self.signals:
            found = np.empty(self.member.shape)
            for model, answered in enumerate(self.probabilities):
                found[:, model] = measured(signal, answered, self.labels)
            self.signals[signal] = found
        return self.signals[signal]

    def of_model(self, model: int) -> NDArray[np.float32]:
        """(M, K); the last model's are kept, for who stands in for the target is looked at repeatedly."""
        if model not in self.last:
            self.last.clear()
            self.last[model] = self.probabilities[model]
        return self.last[model]

    def moments(self, signal: Signal, kind: Kind) -> Moments:
        """Over all models, (M,)."""
        if (signal, kind) not in self.sums:
            use = self.member if kind == "in" else ~self.member
            self.sums[signal, kind] = Moments.of(self.signal(signal), use)
        return self.sums[signal, kind]


@dataclass(frozen=True, eq=False)
class Shadows:
    """All shadow models, or all but the one `left_out`, on some of the table's records: (N, S).

    A selection copies nothing. With a `draw`, only some of those that never saw a record are its references.
    """

    table: Table
    rows: Rows
    left_out: int | None = None
    draw: Draw | None = None

    @classmethod
    def of(
        cls, labels: Labels, probabilities: AnswersOfModels, member: Bools, observed: Observed | None = None
    ) -> Self:
        """`labels` (N,), `probabilities` (S, N, K), `member` (S, N); what probes saw is (S, N, Q) by name."""
        if probabilities.shape[:2] != member.shape or labels.shape != member.shape[1:]:
            raise ValueError(
                f"{probabilities.shape} probabilities, {member.shape} memberships and {labels.shape} labels "
                "do not fit."
            )
        table = Table(labels, probabilities, np.ascontiguousarray(member.T, np.bool_), observed or {})
        return cls(table, np.arange(len(labels)))

    @cached_property
    def models(self) -> Rows:
        """Which of the table's they are, (S,)."""
        models = np.arange(self.table.member.shape[1])
        return models if self.left_out is None else np.delete(models, self.left_out)

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator["ShadowAnswers"]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, shadow: int) -> "ShadowAnswers":
        return ShadowAnswers(self.table, int(self.models[shadow]), self.rows)

    @property
    def labels(self) -> Labels:
        """(N,)"""
        return self.table.labels[self.rows]

    @property
    def member(self) -> Bools:
        """(N, S): which of the shadows learned which record; where references are drawn, all others did."""
        return ~self.out

    @property
    def out(self) -> Bools:
        """(N, S): which of the shadows never saw which record; where references are drawn, which are."""
        out = ~self._selected(self.table.member)
        return out if self.draw is None else self.draw.among(out)

    def signal(self, signal: Signal) -> Floats:
        """One of attacker/signals.py of every shadow's answers, (N, S)."""
        return self._selected(self.table.signal(signal))

    def moments(self, signal: Signal, kind: Kind) -> Moments:
        """Of a signal among the shadows that learned a record ("in"), or that never saw it ("out").

        Without one of the shadows they are those of all less its own share: each of S shadows can be left out
        in S N steps.
        """
        if self.draw is not None and kind == "in":
            return Moments.of(self.signal(signal), self.member)
        if self.draw is not None:
            return self._of_references(signal, self.draw)
        moments = self.table.moments(signal, kind).take(self.rows)
        if self.left_out is None:
            return moments
        learned = self.table.member[self.rows, self.left_out]
        own = self.table.signal(signal)[self.rows, self.left_out]
        return moments.without(own, learned if kind == "in" else ~learned)

    def _of_references(self, signal: Signal, draw: Draw) -> Moments:
        place = self.rows[:, None], self._references(draw)
        return Moments.of(self.table.signal(signal)[place], ~self.table.member[place])

    def _references(self, draw: Draw) -> Rows:
        """Which of the table's models, (N, count); few are kept, for attack after attack asks for them."""
        key = draw.seed, draw.count, self.left_out
        kept = self.table.references.get(key)
        if kept is not None and np.array_equal(kept[0], self.rows):
            return kept[1]
        drawn = self.models[draw.places(~self._selected(self.table.member))]
        drawn = drawn.astype(np.min_scalar_type(self.table.member.shape[1]))
        if draw.count <= FEW:
            self.table.references[key] = self.rows, drawn
        return drawn

    def observed(self, probe: str) -> NDArray[Any]:
        """What that probe saw of every shadow, (S, N, Q)."""
        seen: NDArray[Any] = self.table.observed[probe][np.ix_(self.models, self.rows)]
        return seen

    def without(self, shadow: int) -> Self:
        """All others of the table."""
        return replace(self, left_out=shadow)

    def take(self, rows: Rows) -> Self:
        """The same shadows on some of the records."""
        return replace(self, rows=self.rows[rows], draw=self.draw and self.draw.take(rows))

    def with_references(self, draw: Draw) -> Self:
        """Of those that never saw a record only the ones drawn: the others count as if they had."""
        return replace(self, draw=draw)

    def _selected(self, matrix: NDArray[Any]) -> NDArray[Any]:
        rows = matrix[self.rows]
        return rows if self.left_out is None else np.delete(rows, self.left_out, axis=1)


class ShadowAnswers(Answers):
    """One shadow model's answers to its own training set ("in") and to other records: `member` (N,) bool.

    They are read when they are asked for; its signals are those that the table has of all models.
    """

    def __init__(self, table: Table, model: int, rows: Rows) -> None:
        vars(self).update(table=table, model=model, rows=rows, labels=table.labels[rows])

    table: Table
    model: int
    rows: Rows

    @property
    def member(self) -> Bools:
        return np.asarray(self.table.member[self.rows, self.model])

    @property
    def probabilities(self) -> Floats:
        return np.ascontiguousarray(self.table.of_model(self.model)[self.rows], np.float64)

    @property
    def observed(self) -> Observed:
        return {name: seen[self.model][self.rows] for name, seen in self.table.observed.items()}

    def take(self, rows: Rows) -> "ShadowAnswers":
        return ShadowAnswers(self.table, self.model, self.rows[rows])

    def signal(self, signal: Signal) -> Floats:
        return np.asarray(self.table.signal(signal)[self.rows, self.model])
