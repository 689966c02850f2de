"""What an attacker can read and measure of a game that is open."""

import io
import json
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.speed.customer import Customer
from services.challenger.split import Draw
from services.web.bodies import NPY, encode_npy
from torture.wire.line import Line

Document = dict[str, Any]
Table = NDArray[Any]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Told:
    """A game whose owner has closed it: its candidates (N, 1 + D) and their membership (N,)."""

    candidates: Table
    member: Bools


@dataclass(frozen=True, eq=False)
class Sight:
    """One open game.

    candidates (N, 1 + D), the label first. knowledge: records likewise, or a document. ids: everything
    random that came with the answers. draw: what the split depends on besides the secret, and world: the data
    set's features (M, D), which everybody may know. seconds (R, N): how long the target took for each
    candidate alone, R times.
    """

    game: Document
    candidates: Table
    knowledge: Table | Document
    ids: str
    draw: Draw
    world: Table
    seconds: NDArray[np.float64] | None = None

    @property
    def id(self) -> str:
        return str(self.game["id"])


def content(answer: httpx.Response) -> Any:
    if answer.headers["content-type"].startswith(NPY):
        return np.load(io.BytesIO(answer.content), allow_pickle=False)
    return answer.json()


def timed(provider: str, model: str, candidates: Table, rounds: int, random: Generator) -> Table:
    """Seconds (rounds, N) of the target's answers, each candidate asked alone, in a new order each round."""
    with Customer(provider) as customer:
        headers = {"Content_Type": NPY, "Authorization": f"Bearer {customer.key}"}
    path, bodies = (
        f"/v1/models/{model}/predict",
        [encode_npy(record[np.newaxis, 1:]) for record in candidates],
    )
    seconds = np.empty((rounds, len(bodies)))
    with Line(provider) as line:
        for number in range(rounds):
            for place in random.permutation(len(bodies)):
                answer = line.ask("POST", path, bodies[place], **headers)
                if answer.status != 200:
                    raise RuntimeError(f"a target answered {answer.status}: {answer.body[:300]!r}")
                seconds[number, place] = answer.seconds
    return seconds


def submission(claimed: Bools) -> bytes:
    """Of one attack that claims these (T, N) to be members: as long whoever they are."""
    attack = {"name": "guess", "scores": claimed.astype(int).tolist(), "decisions": claimed.tolist()}
    document = json.dumps({"attacks": [attack], "primary": "guess", "ledger": {}}).encode()
    return document.ljust(len(document) + int(claimed.sum()))  # `true` is shorter than `false`
