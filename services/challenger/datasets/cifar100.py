"""Small photographs of a hundred kinds of things."""

from collections.abc import Mapping
from typing import ClassVar

from services.challenger.published.cifar import Cifar
from services.challenger.published.download import Published


class Cifar100(Cifar):
    """Half of it can be played too: of each class the first 200 training and all 100 test images."""

    summary = "photographs, 32 x 32 pixels in colour, of 100 kinds of things (CIFAR-100, fine labels, real)"
    classes = 100
    files = (
        Published(
            "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
            most_bytes=168_513_733,
            digest="sha256:58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ),
    )
    checksums: ClassVar[Mapping[int, str]] = {
        30_000: "b8bf1fbd8b518ddd7dcb92809076d12ed8fc2e9c7ddaff67234264ecd9e68829"
    }
    batches = ("cifar-100-binary/train.bin", "cifar-100-binary/test.bin")
    label_bytes = 2
