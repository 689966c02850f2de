"""Members, non-members and population, disjoint by content. The only home of the truth.

A split comes from HMAC(the challenger's secret, what was asked for), so that whoever knows the seed and
the code cannot redo it.
"""

import hmac
import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.errors import NotEnoughRecords

Rows = NDArray[np.int64]


class NotDisjoint(RuntimeError):
    """A bug in the split: a record lies on two sides of it."""


@dataclass(frozen=True)
class Draw:
    """What a split depends on, besides the secret and the records.

    ordinal: how many games asked for the same before, on this challenger; a twin game that somebody else
    creates to see the truth at its closing is another draw.
    """

    dataset: str
    members: int
    targets: int
    null: bool
    seed: str
    ordinal: int = 0

    def generator(self, secret: bytes, **purpose: Any) -> np.random.Generator:
        """The split's own randomness or, for a purpose beside the split, an independent one."""
        asked = json.dumps(self.__dict__ | purpose, sort_keys=True, separators=(",", ":"))
        digest = hmac.digest(secret, asked.encode(), "sha256")
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))


@dataclass(frozen=True)
class Split:
    """Rows of the data set.

    candidates (N,), shuffled, N = 2 x members; membership (T, N) bool, half of each row true;
    trained (T, N/2): what each target learns from (in a null game: no candidates); population (P,).
    """

    candidates: Rows
    membership: NDArray[np.bool_]
    trained: Rows
    population: Rows


def split(draw: Draw, features: NDArray[Any], rng: np.random.Generator) -> Split:
    """Divide the distinct rows of `features` (M, D); raises NotEnoughRecords."""
    distinct = rng.permutation(distinct_rows(features))
    require(draw, len(distinct))
    candidates, others = distinct[: 2 * draw.members], distinct[2 * draw.members :]
    membership = halves(draw.targets, 2 * draw.members, rng)
    if draw.null:
        trained = np.tile(others[: draw.members], (draw.targets, 1))
        population = others[draw.members :]
    else:
        trained = np.stack([candidates[chosen] for chosen in membership])
        population = others
    divided = Split(candidates, membership, trained, population)
    check(divided, features, null=draw.null)
    return divided


def halves(targets: int, candidates: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(T, N) bool with half of each row true, in antithetic pairs: target 1 has what target 0 has not."""
    membership = np.zeros((targets, candidates), dtype=np.bool_)
    for target in range(0, targets, 2):
        membership[target, rng.permutation(candidates)[: candidates // 2]] = True
        membership[target + 1 : target + 2] = ~membership[target]
    return membership


def distinct_rows(features: NDArray[Any]) -> Rows:
    """The first row of every content, in order. Labels do not count: a record is known by its features."""
    first: dict[bytes, int] = {}
    for row, content in enumerate(contents(features)):
        first.setdefault(content, row)
    return np.fromiter(first.values(), np.int64, len(first))


def contents(features: NDArray[Any]) -> list[bytes]:
    return [blake2b(record.tobytes(), digest_size=16).digest() for record in features]


def check(divided: Split, features: NDArray[Any], *, null: bool) -> None:
    """Raises NotDisjoint when a content lies on two sides, whatever the rows are."""
    candidates = contents(features[divided.candidates])
    apart = [candidates, contents(features[divided.population])]
    if null:
        apart.append(contents(features[divided.trained[0]]))
    if len(set().union(*apart)) != sum(map(len, apart)):
        raise NotDisjoint("candidates, population and other training records share a content")
    if not (divided.membership.sum(axis=1) * 2 == len(candidates)).all():
        raise NotDisjoint("members and non-members are not equal in number")


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
