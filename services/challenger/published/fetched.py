"""Data sets that others published: their files are fetched once, then read."""

import logging
from abc import abstractmethod
from pathlib import Path

from services.challenger.cache import UNREADABLE
from services.challenger.dataset import Dataset, Records
from services.challenger.errors import DatasetUnavailable
from services.challenger.published.download import fetch

log = logging.getLogger(__name__)


class Fetched(Dataset):
    """A data set with `files`; a subclass says how they are read."""

    def make(self) -> Records:
        """Raises DatasetUnavailable when the files cannot be had, or hold something else."""
        places = tuple(fetch(wanted, self.folder) for wanted in self.files)
        try:
            return self.parse(places)
        except UNREADABLE as error:
            names = ", ".join(place.name for place in places)
            log.exception("%s cannot be read", names)
            raise DatasetUnavailable(
                f"{names} came as published but cannot be read ({error}); report this."
            ) from error

    @abstractmethod
    def parse(self, files: tuple[Path, ...]) -> Records:
        """The records of the fetched files, which have the published digests; raises one of UNREADABLE."""
