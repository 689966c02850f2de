"""Records as the paper's authors published theirs: lines of bits between commas."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

ZERO, COMMA = ord("0"), ord(",")


def labelled_bits(
    lines: Iterable[bytes], features: int, classes: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Features (N, D) and labels (N,) from 0, of lines `label,bit,...,bit` that count labels from 1.

    Raises ValueError for other lines.
    """
    labels: list[bytes] = []

    def rows() -> Iterable[bytes]:
        for line in lines:
            label, _, row = line.partition(b",")
            labels.append(label.strip(b'"'))
            yield row

    records = bits(rows(), features)
    return records, labels_from_one(labels, classes)


def bits(lines: Iterable[bytes], features: int) -> NDArray[np.uint8]:
    """Features (N, D) of lines `bit,...,bit`; raises ValueError for other lines."""
    return np.fromiter((row(line.rstrip()) for line in lines), np.dtype((np.uint8, (features,))))


def row(text: bytes) -> NDArray[np.uint8]:
    characters = np.frombuffer(text, np.uint8)
    values, commas = characters[::2] - ZERO, characters[1::2]  # below "0" there is a wrap to large ones
    if len(commas) != len(values) - 1 or (commas != COMMA).any() or (values > 1).any():
        raise ValueError("a record is not of bits between commas")
    return values


def labels_from_one(words: Iterable[bytes], classes: int) -> NDArray[np.int64]:
    """Labels (N,) from 0 of words that count from 1; raises ValueError for others than 1 to K."""
    labels = np.array([int(word) for word in words], dtype=np.int64) - 1
    if ((labels < 0) | (labels >= classes)).any():
        raise ValueError(f"a label is not one of 1 to {classes}")
    return labels
