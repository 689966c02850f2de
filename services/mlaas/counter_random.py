"""Random words by counting: a stream for every record, computed for all records at once.

A generator has a state that must be set up, for each record anew; a counter that is mixed well needs none.
"""

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

# SplitMix64 (Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def stream(seeds: Words, count: int) -> Words:
    """Words (N, count): row n is what SplitMix64 gives from `seeds[n]` on."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
    return mixed(np.add.outer(steps, seeds)).T.copy()  # the long axis last while it is computed


def uniform(seeds: Words) -> NDArray[np.float64]:
    """A number (N,) from [0, 1) for each seed."""
    drawn: NDArray[np.float64] = (stream(seeds, 1)[:, 0] >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return drawn


def mixed(words: Words) -> Words:
    """Each word scrambled in place, one to one."""
    words ^= words >> np.uint64(30)
    words *= FIRST
    words ^= words >> np.uint64(27)
    words *= SECOND
    words ^= words >> np.uint64(31)
    return words


def hashes(rows: NDArray[np.floating[Any]], secret: bytes) -> Words:
    """A hash (N,) of the bits of each row (N, K), which nobody can foresee without the secret.

    Multilinear hashing (Lemire and Kaser 2014, Strongly universal string hashing is fast), the inner product
    with secret words, modulo 2**64. Two rows have one hash with a probability of 2**(b - 64), where b is the
    last bit that differs: hardly ever, but for values such as 1/2 and 1/4.
    """
    bits = rows.astype(np.float64, copy=False).view(np.uint64)
    hashed: Words = np.einsum("nk,k->n", bits, factors(secret, rows.shape[1]))
    return hashed


@lru_cache(maxsize=1024)
def factors(secret: bytes, count: int) -> Words:
    return np.frombuffer(hashlib.shake_256(secret).digest(8 * count), np.uint64)
