"""Foursquare check-ins in Bangkok as prepared for Shokri et al. (2017), the paper's Location data."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Feature, Records, class_names
from services.challenger.published.archive import read_members
from services.challenger.published.bits import labelled_bits
from services.challenger.published.download import Published
from services.challenger.published.fetched import Fetched


class Location30(Fetched):
    summary = "visits to 446 regions and kinds of places in Bangkok, 30 clusters of users (Location, real)"
    source = "https://github.com/privacytrustlab/datasets, from Foursquare"
    terms = "no licence stated by its publishers"
    records, features, classes = 5_010, 446, 30
    files = (
        Published(
            "https://github.com/privacytrustlab/datasets/raw/master/dataset_location.tgz",
            most_bytes=287_293,
            digest="git:0cfc2caa0c8c8569cd68a5d4ab369a98c1f98447",
        ),
    )
    checksums: ClassVar[Mapping[int, str]] = {
        5_010: "f055d3eb5e7d71ee4b76c92a39d339c2fc37bdfb9dd576286f0c56b9f77a72cf"
    }

    def parse(self, files: tuple[Path, ...]) -> Records:
        [(features, labels)] = read_members(files[0], {"bangkok": self.read})
        return Records(features, labels, class_names(self.classes))

    def read(self, lines: Iterable[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return labelled_bits(lines, self.features, self.classes)

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"visited_{index}", "binary", 0, 1) for index in range(self.features))
