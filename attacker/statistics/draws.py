"""Where the random draws of a statistic come from: the same words, the same draws, whoever judges."""

import hashlib
import json

import numpy as np


def draws(*words: str) -> np.random.Generator:
    """A generator of its own for these words, seeded with the SHA-256 of their JSON list."""
    digest = hashlib.sha256(json.dumps(words).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))
