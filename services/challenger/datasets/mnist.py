"""Handwritten digits of LeCun, Cortes and Burges, 28 x 28 pixels, from their IDX files."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from services.challenger.dataset import Feature, Records, class_names
from services.challenger.images import pixels
from services.challenger.published.archive import unzipped
from services.challenger.published.download import Published
from services.challenger.published.fetched import Fetched
from services.challenger.published.idx import from_idx

MIRROR = "https://ossci-datasets.s3.amazonaws.com/mnist"


def idx(name: str, md5: str) -> Published:
    return Published(f"{MIRROR}/{name}.gz", most_bytes=2**24, digest=f"md5:{md5}", zipped=True)


class Mnist(Fetched):
    summary = "handwritten digits, 28 x 28 pixels of 256 grey levels (MNIST, real)"
    source = "LeCun, Cortes and Burges; from a mirror, checked by the originals' MD5"
    terms = "CC BY-SA 3.0, as commonly stated"
    records, features, classes = 70_000, 784, 10
    shape: ClassVar[tuple[int, ...] | None] = (28, 28)
    files = (
        idx("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb"),
        idx("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea"),
        idx("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624"),
        idx("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637"),
    )
    checksums: ClassVar[Mapping[int, str]] = {
        70_000: "5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96"
    }

    def parse(self, files: tuple[Path, ...]) -> Records:
        """The training part, then the test part, in the original order."""
        contents = [unzipped(file) for file in files]
        images = np.concatenate([from_idx(content, 3) for content in contents[:2]])
        labels = np.concatenate([from_idx(content, 1) for content in contents[2:]])
        return Records(images.reshape(len(images), -1), labels.astype(np.int64), class_names(self.classes))

    def format(self) -> tuple[Feature, ...]:
        return pixels((28, 28))
