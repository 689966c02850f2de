"""Sketches: a few bytes of a record, from which it can be told how many values it shares with another."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sketches = NDArray[np.int8]

WIDTH = 128  # bytes a record
HEAD = 8  # records at the start of a request: where a search that goes on from request to request stays put
SPREAD = 4  # places over the whole of it, each with the record that follows: where near copies lie
DROPPED_BITS = 20  # of a float32: three binary digits are left, so that small steps look alike
STEP, MIX = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)


class Sketcher:
    """Sketches records of D `features`; nobody who does not know the `seed` can tell what they hide or show.

    A count sketch (Charikar, Chen and Farach-Colton 2002) of what value each feature has: every pair of
    feature and value adds +1 or -1, as a hash says, to one of the sketch's bytes. Two records that differ in
    H features have sketches whose squared distance is 2 H on average, whatever the features measure.
    """

    def __init__(self, seed: int, features: int) -> None:
        rng = np.random.default_rng([seed, *b"sketch"])
        times = -(-WIDTH // features)  # few features are each taken several times
        self.columns = rng.permutation(np.tile(np.arange(features), times))
        self.keys = rng.integers(2**32, size=len(self.columns), dtype=np.uint32)
        self.starts = np.arange(WIDTH) * len(self.columns) // WIDTH

    def of(self, records: NDArray[Any]) -> Sketches:
        """(N, WIDTH) of records (N, D)."""
        with np.errstate(over="ignore"):
            values = records.astype(np.float32)[:, self.columns] + np.float32(0)  # -0 is 0
        words = (values.view(np.uint32) >> np.uint32(DROPPED_BITS)) * STEP ^ self.keys
        words ^= words >> np.uint32(15)
        words *= MIX
        signs = (words >> np.uint32(30) & np.uint32(2)).astype(np.int32) - 1
        sums = np.add.reduceat(signs, self.starts, axis=1)
        return np.clip(sums, -128, 127).astype(np.int8)

    def of_request(self, records: NDArray[Any]) -> bytes:
        """What the ledger keeps of one request."""
        return self.of(records[places(len(records))]).tobytes()


sketcher = lru_cache(64)(Sketcher)  # to make one takes longer than to use it


@lru_cache(1024)
def places(records: int) -> NDArray[np.int64]:
    """Which records (P,) of a request of so many are sketched, in order: at most HEAD + 2 SPREAD."""
    spread = np.arange(1, SPREAD + 1) * records // (SPREAD + 1)
    wanted = np.unique(np.concatenate([np.arange(HEAD), spread, spread + 1]))
    return wanted[wanted < records]
