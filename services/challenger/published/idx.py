"""The IDX format, in which MNIST was published: a magic number, the sizes, then bytes."""

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = b"\0\0\x08"


def from_idx(content: bytes, dimensions: int) -> NDArray[np.uint8]:
    """An array of that many dimensions; raises ValueError for other content."""
    header = 4 + 4 * dimensions
    if content[:4] != UNSIGNED_BYTES + bytes([dimensions]) or len(content) < header:
        raise ValueError(f"no IDX file of bytes in {dimensions} dimensions")
    shape = np.frombuffer(content, ">u4", dimensions, offset=4).tolist()
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
