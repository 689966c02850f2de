"""Foursquare check-ins in Bangkok as prepared for Shokri et al. (2017), the paper's Location data."""

from typing import ClassVar

import numpy as np

from services.challenger.dataset import Dataset, Feature, Records, class_names
from services.challenger.download import fetch, only_member
from services.challenger.errors import DatasetUnavailable


class Location30(Dataset):
    summary = "visits to 446 regions and kinds of places in Bangkok, 30 clusters of users (Location, real)"
    source = "https://github.com/privacytrustlab/datasets/raw/master/dataset_location.tgz"
    terms = "no licence stated by its publishers"
    records, features, classes = 5_010, 446, 30
    checksum: ClassVar[str | None] = "f055d3eb5e7d71ee4b76c92a39d339c2fc37bdfb9dd576286f0c56b9f77a72cf"
    fetched = True

    blob: ClassVar[str] = "0cfc2caa0c8c8569cd68a5d4ab369a98c1f98447"
    size: ClassVar[int] = 287_293

    def make(self) -> Records:
        archive = fetch(self.source, self.blob, self.size, self.folder)
        return parse(only_member(archive, "bangkok"))

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"visited_{index}", "binary", 0, 1) for index in range(self.features))


def parse(text: bytes) -> Records:
    """Lines of `"label",bit,...,bit`, the label counted from 1; raises DatasetUnavailable for others."""
    try:
        table = np.array([line.replace(b'"', b"").split(b",") for line in text.split()], dtype=np.int64)
        labels, features = table[:, 0] - 1, table[:, 1:].astype(np.uint8)
    except (ValueError, IndexError) as error:
        raise DatasetUnavailable("The archive's records are not labelled bits; get it anew.") from error
    return Records(features, labels, class_names(int(labels.max()) + 1))
