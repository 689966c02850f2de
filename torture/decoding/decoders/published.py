"""Data sets that others published, and the files that a challenger's folder of them holds."""

from services.challenger.cache import UNREADABLE, read_arrays
from services.challenger.dataset import DATASETS
from services.challenger.datasets.adult import Adult
from services.challenger.datasets.cifar10 import Cifar10
from services.challenger.datasets.location30 import Location30
from services.challenger.published.archive import unzipped
from services.challenger.published.idx import from_idx
from torture.decoding.changes import archives, lines, octets
from torture.decoding.decoder import Decoder, from_file


def cached(name: str) -> Decoder:
    dataset = DATASETS.load(name)()
    read = from_file(lambda file: dataset.unpack(read_arrays(file)), ".npz")
    return Decoder(f"cached_{name}", read, UNREADABLE, archives.changed_zip)


DECODERS = (
    Decoder(
        "published_location30",
        from_file(lambda file: Location30().parse((file,)), ".tgz"),
        UNREADABLE,
        archives.changed_tgz(lines.changed),
    ),
    Decoder(
        "published_cifar10",
        from_file(lambda file: Cifar10().parse((file,)), ".tgz"),
        UNREADABLE,
        archives.changed_tgz(octets.changed),
    ),
    Decoder(
        "published_mnist",
        from_file(lambda file: from_idx(unzipped(file), 3), ".gz"),
        UNREADABLE,
        archives.changed_gzip(octets.changed),
    ),
    Decoder(
        "published_adult", from_file(lambda file: Adult().parse((file,)), ".data"), UNREADABLE, lines.changed
    ),
    *map(cached, ("location30", "cifar10", "adult")),
)
