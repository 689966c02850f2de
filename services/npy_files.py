"""NPY files that we wrote ourselves, read by several threads."""

import threading
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

_reading = threading.Lock()


def load(file: Path | BinaryIO, mode: Literal["r"] | None = None) -> Any:
    """As `numpy.load`, of one thread at a time; nothing pickled.

    NumPy has headers read by Python's parser, which in 3.11 fails now and then when two threads use it.
    """
    with _reading:
        return np.load(file, mode, allow_pickle=False)
