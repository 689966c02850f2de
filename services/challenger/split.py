"""Members, non-members and population, disjoint by content. The only home of the truth.

A split comes from HMAC(the challenger's secret, what was asked for), so that whoever knows the seed and
the code cannot redo it.
"""

import hmac
import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from services.challenger.errors import NotEnoughRecords

Inclusion = Literal["half", "coin"]
Rows = NDArray[np.int64]
LATER = {"inclusion": "half", "canaries": 0, "known": 0}  # so asked for, splits are as before these were


class NotDisjoint(RuntimeError):
    """A bug in the split: a record lies on two sides of it, or the sides are not as large as was asked."""


@dataclass(frozen=True)
class Draw:
    """What a split depends on, besides the secret and the records.

    ordinal: how many games asked for the same before, on this challenger; what somebody else asks for alike,
    to see the truth when closing it, is another draw. known: members, and as many non-members, that
    the rules make known, or hide in the population; they are no candidates.
    """

    dataset: str
    members: int
    targets: int
    null: bool
    seed: str
    ordinal: int = 0
    inclusion: Inclusion = "half"
    canaries: int = 0
    known: int = 0

    @property
    def candidates(self) -> int:
        """N, of whom half are members of a target, to the record or in the mean."""
        return 2 * (self.members - self.known)

    def generator(self, secret: bytes, **purpose: Any) -> np.random.Generator:
        """The split's own randomness or, for a purpose beside the split, an independent one."""
        asked = json.dumps(self.asked() | purpose, sort_keys=True, separators=(",", ":"))
        digest = hmac.digest(secret, asked.encode(), "sha256")
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

    def asked(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if LATER.get(name) != value}


@dataclass(frozen=True)
class Split:
    """Rows of the data set.

    candidates (N,), shuffled; membership (T, N) bool, half of each row true, or about half where coins
    decide; canaries (N,) bool; known (2k,): k members, then k non-members, none of them a candidate;
    trained: what each of the T targets learns from (in a null game: no candidates); population (P,).
    """

    candidates: Rows
    membership: NDArray[np.bool_]
    canaries: NDArray[np.bool_]
    known: Rows
    trained: tuple[Rows, ...]
    population: Rows

    def examined(self, target: int) -> Rows:
        """Whom a target is asked about when the game is closed: the candidates, and what else it learned."""
        return np.append(self.candidates, self.trained[target][self.membership[target].sum() :])

    def mixed(self, random: np.random.Generator) -> Rows:
        """(P + 2k,): the population and the known, in an order that does not depend on who is which."""
        return random.permutation(np.sort(np.append(self.population, self.known)))


def split(draw: Draw, features: NDArray[Any], rng: np.random.Generator) -> Split:
    """Divide the distinct rows of `features` (M, D); raises NotEnoughRecords."""
    distinct = rng.permutation(distinct_rows(features))
    require(draw, len(distinct))
    candidates, known, others = np.split(distinct, [draw.candidates, 2 * draw.members])
    canaries = np.zeros(draw.candidates, dtype=np.bool_)
    canaries[rng.choice(draw.candidates, draw.canaries, replace=False)] = True
    membership = coins(draw, rng) if draw.inclusion == "coin" else halves(draw.targets, canaries, rng)
    if draw.null:
        trained = (others[: draw.members],) * draw.targets
        population = others[draw.members :]
    else:
        trained = tuple(np.append(candidates[chosen], known[: draw.known]) for chosen in membership)
        population = others
    divided = Split(candidates, membership, canaries, known, trained, population)
    check(divided, features, draw)
    return divided


@dataclass(frozen=True)
class Brought:
    """Rows of an owner's records, each content once: members, others, population; `left_out` of each."""

    members: Rows
    others: Rows
    population: Rows
    left_out: tuple[int, int, int]

    @classmethod
    def of(cls, features: NDArray[Any], members: int, others: int) -> Self:
        """Features (M, D): so many members, then the others, then the population.

        A content is of the first of these that has it: what was learned once was learned.
        """
        distinct = distinct_rows(features)
        learned, held_out, more = np.split(distinct, np.searchsorted(distinct, [members, members + others]))
        rest = len(features) - members - others
        left_out = members - len(learned), others - len(held_out), rest - len(more)
        return cls(learned, held_out, more, left_out)

    @property
    def pairs(self) -> int:
        """How many members have a non-member to stand beside."""
        return min(len(self.members), len(self.others))


def divide(draw: Draw, brought: Brought, features: NDArray[Any], rng: np.random.Generator) -> Split:
    """The split of records (M, D) whose owner says who is a member; the secret chooses among them.

    `draw` asks for `brought.pairs` members at the most. All members are learned, candidates or not; what is
    left of the others belongs to the population.
    """
    half = draw.members - draw.known
    members, others = rng.permutation(brought.members), rng.permutation(brought.others)
    known = np.append(members[half : draw.members], others[half : draw.members])
    candidates = rng.permutation(np.append(members[:half], others[:half]))
    membership = np.isin(candidates, members)[np.newaxis]
    trained = np.append(candidates[membership[0]], members[half:])
    population = rng.permutation(np.append(brought.population, others[draw.members :]))
    canaries = np.zeros(len(candidates), np.bool_)
    divided = Split(candidates, membership, canaries, known, (trained,), population)
    check(divided, features, draw)
    return divided


def halves(targets: int, canaries: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """(T, N) bool with half of each row true, in antithetic pairs: target 1 has what target 0 has not.

    Half of the canaries (N,), even in number, and half of the others: so each target has learned just as
    many canaries as it has not.
    """
    membership = np.zeros((targets, len(canaries)), dtype=np.bool_)
    kinds = [kind for kind in map(np.flatnonzero, (~canaries, canaries)) if kind.size]
    for target in range(0, targets, 2):
        for kind in kinds:
            membership[target, rng.permutation(kind)[: len(kind) // 2]] = True
        membership[target + 1 : target + 2] = ~membership[target]
    return membership


def coins(draw: Draw, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(T, N) bool, each entry by a fair coin of its own: what one-run audits ask for (Steinke et al. 2023).

    No antithetic pairs: a target's coins would then be known from another's.
    """
    return rng.integers(2, size=(draw.targets, draw.candidates)).astype(np.bool_)


def distinct_rows(features: NDArray[Any]) -> Rows:
    """The first row of every content, in order. Labels do not count: a record is known by its features."""
    first: dict[bytes, int] = {}
    for row, content in enumerate(contents(features)):
        first.setdefault(content, row)
    return np.fromiter(first.values(), np.int64, len(first))


def contents(features: NDArray[Any]) -> list[bytes]:
    return [blake2b(record.tobytes(), digest_size=16).digest() for record in features]


def check(divided: Split, features: NDArray[Any], draw: Draw) -> None:
    """Raises NotDisjoint when a content lies on two sides, whatever the rows are, or sides are unequal."""
    parts = [divided.candidates, divided.known, divided.population]
    if draw.null:
        parts.append(divided.trained[0])
    apart = [contents(features[rows]) for rows in parts]
    if len(set().union(*apart)) != sum(map(len, apart)):
        raise NotDisjoint("candidates, known records, population and other training records share a content")
    if draw.inclusion == "half":
        for kind in (divided.canaries, ~divided.canaries):
            if not (divided.membership[:, kind].sum(axis=1) * 2 == kind.sum()).all():
                raise NotDisjoint("members and non-members are not equal in number")
    elif not (divided.membership.any(axis=1) & ~divided.membership.all(axis=1)).all():
        raise NotDisjoint("a target has no members or no non-members among the candidates")


def require(draw: Draw, records: int) -> None:
    """Raises NotEnoughRecords unless that many distinct records make a game and leave a population."""
    parts = 3 if draw.null else 2  # members, non-members, and the others that a null game trains on
    most = (records - 1) // parts
    if draw.members > most:
        raise NotEnoughRecords(
            f"{draw.dataset} has {records} distinct records, and a game uses {parts} times the members "
            f"and a population: ask for at most {most} members.",
            records=records,
            most_members=most,
        )
