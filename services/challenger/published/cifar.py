"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009) from their binary batches, in an order of our own."""

from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from services.challenger.cache import Arrays, labels
from services.challenger.dataset import Feature, Records, class_names
from services.challenger.images import pixels
from services.challenger.published.archive import read_members
from services.challenger.published.fetched import Fetched
from services.challenger.published.strips import from_strips, to_strips

SIDE, COLOURS = 32, 3
PIXELS = SIDE * SIDE * COLOURS


class Cifar(Fetched):
    """A subclass names the batches in the archive, and how many bytes of labels begin an image."""

    source = "https://www.cs.toronto.edu/~kriz/cifar.html"
    terms = "none stated; its author asks to be cited"
    records, features = 60_000, PIXELS
    shape: ClassVar[tuple[int, ...] | None] = (SIDE, SIDE, COLOURS)

    batches: ClassVar[tuple[str, ...]]
    label_bytes: ClassVar[int]  # the last of them is the class

    def parse(self, files: tuple[Path, ...]) -> Records:
        batches = read_members(files[0], dict.fromkeys(self.batches, lambda batch: batch.read()))
        images, labels = read_batches(b"".join(batches), self.label_bytes)
        return ordered(images, labels, self.classes)

    def format(self) -> tuple[Feature, ...]:
        return pixels((SIDE, SIDE, COLOURS))

    def pack(self, records: Records) -> Arrays:
        strips = to_strips(records.features.reshape(-1, SIDE, SIDE, COLOURS))
        return strips | {"y": records.labels.astype(np.int16)}

    def unpack(self, arrays: Arrays) -> Records:
        images = from_strips(arrays, (SIDE, SIDE, COLOURS))
        return ordered(images.reshape(-1, PIXELS), labels(arrays), self.classes)


def read_batches(content: bytes, label_bytes: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (N, D) as flat rows (H, W, colours) and labels (N,); raises ValueError for other content.

    An image is its labels, then all of its red, green and blue values.
    """
    table = np.frombuffer(content, np.uint8).reshape(-1, label_bytes + PIXELS)
    colours = table[:, label_bytes:].reshape(-1, COLOURS, SIDE, SIDE)
    return colours.transpose(0, 2, 3, 1).reshape(-1, PIXELS), table[:, label_bytes - 1].astype(np.int64)


def ordered(images: NDArray[Any], labels: NDArray[np.int64], classes: int) -> Records:
    """Records in the order of their hashes: the same from every source, whatever the order there.

    The binary batches, the Python batches and folders of PNG files each have another.
    """
    if labels.max(initial=0) >= classes:
        raise ValueError(f"a label is not one of 0 to {classes - 1}")
    hashes = b"".join(blake2b(np.ascontiguousarray(image).data, digest_size=8).digest() for image in images)
    order = np.lexsort((labels, np.frombuffer(hashes, ">u8")))
    return Records(images[order], labels[order], class_names(classes))
