"""Neighbours of records: some features take another value; which ones and what value, a key alone says.

Counter-based (Salmon et al., SC 2011), with the mixer of SplitMix64 (Steele et al., OOPSLA 2014): whoever
asks about a record, of whatever model and in whatever company, asks about the same neighbours.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.fingerprint import fingerprint
from attacker.format import Codes, Format

Keys = NDArray[np.uint64]
Rates = NDArray[np.float64]

STEP = np.uint64(0x9E3779B97F4A7C15)
NEVER = 2**16 - 1  # no rate lies above it
CELLS = 2**17  # features drawn at once: what lies between stays in the processor's cache


def keys(features: NDArray[Any], count: int) -> Keys:
    """The keys (N, count) of the neighbours of records (N, D); those of fewer are the first of more."""
    marks = b"".join(mark[:8] for mark in fingerprint(features))
    return words(np.frombuffer(marks, "<u8"), count)


def neighbours(features: NDArray[Any], keys: Keys, rates: Rates, form: Format) -> NDArray[Any]:
    """A neighbour (M, D) of each of M records: each feature is changed with the probability `rates` (M,) < 1.

    A changed feature takes another of its values, all alike likely; at least one changes. Of one key, what
    changes at a rate changes so at every higher one, too: with the rate, a key's neighbours are a path away
    from the record. Rates are rounded to 1/65,536.
    """
    size = max(1, CELLS // features.shape[1])
    blocks = [slice(start, start + size) for start in range(0, len(features), size)]
    return np.concatenate([changed(features[some], keys[some], rates[some], form) for some in blocks])


def changed(features: NDArray[Any], keys: Keys, rates: Rates, form: Format) -> NDArray[Any]:
    """The neighbours of one block of records."""
    order = draws(keys, 0, len(form))  # in which the features of a path change
    if len(form.changeable) < len(form):
        order[:, form.levels < 2] = NEVER
    moved = order < np.minimum(np.rint(rates * 2**16), NEVER).astype(np.uint16)[:, None]
    still = np.flatnonzero(~moved.any(axis=1))
    moved[still, order[still].argmin(axis=1)] = True
    codes = form.encode(features)
    if form.are_codes and form.levels.max() <= 2 and np.array_equal(codes, features):
        return codes ^ moved  # ten times faster
    return np.where(moved, form.decode(others(codes, keys, form)), features)


def others(codes: Codes, keys: Keys, form: Format) -> Codes:
    """For each code (M, D) another one of its feature."""
    drawn = draws(keys, 1, len(form)) % np.maximum(form.levels - 1, 1).astype(np.uint16)
    return (drawn + (drawn >= codes)).astype(form.narrowest)


def draws(keys: Keys, stream: int, count: int) -> NDArray[np.uint16]:
    """Uniform numbers below 65,536, (M, count), of one of a key's streams."""
    width = -(-count // 4)
    drawn = words(keys, width, stream * width)
    return drawn.astype("<u8", copy=False).view("<u2")[:, :count]


def words(keys: Keys, count: int, first: int = 0) -> Keys:
    """(M, count): from the `first` on, what SplitMix64 gives when it is seeded with each key (M,)."""
    counters = np.arange(first + 1, first + count + 1, dtype=np.uint64) * STEP
    drawn: Keys = keys[:, None] + counters
    drawn ^= drawn >> np.uint64(30)
    drawn *= np.uint64(0xBF58476D1CE4E5B9)
    drawn ^= drawn >> np.uint64(27)
    drawn *= np.uint64(0x94D049BB133111EB)
    drawn ^= drawn >> np.uint64(31)
    return drawn
