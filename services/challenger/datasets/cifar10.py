"""Small photographs of ten kinds of things."""

from collections.abc import Mapping
from typing import ClassVar

from services.challenger.published.cifar import Cifar
from services.challenger.published.download import Published

FOLDER = "cifar-10-batches-bin"


class Cifar10(Cifar):
    summary = "photographs, 32 x 32 pixels in colour, of 10 kinds of animals and vehicles (CIFAR-10, real)"
    classes = 10
    files = (
        Published(
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            most_bytes=170_052_171,
            digest="sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
    )
    checksums: ClassVar[Mapping[int, str]] = {
        60_000: "a9cd30567f453d34874c3c1f2d6ae8d9b4cfdf09d726f91eaed8b908a12f358b"
    }
    batches = (*(f"{FOLDER}/data_batch_{number}.bin" for number in range(1, 6)), f"{FOLDER}/test_batch.bin")
    label_bytes = 1
