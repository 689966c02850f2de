"""A game's arrays on disk: what may be downloaded, and the truth. Written once, whole or not at all."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.challenger.dataset import Records
from services.challenger.knowledge import KINDS, table
from services.challenger.split import Split


@dataclass(frozen=True)
class GameFiles:
    """The folder of one game; tables are (N, 1+D) with the label in column 0."""

    folder: Path

    @property
    def candidates(self) -> Path:
        return self.folder / "candidates.npy"

    @property
    def knowledge(self) -> Path:
        return self.folder / "knowledge.npy"

    @property
    def membership(self) -> Path:
        return self.folder / "membership.npy"

    def training(self, target: int) -> Path:
        return self.folder / f"training-{target}.npy"

    def exist(self) -> bool:
        return self.folder.is_dir()

    def write(self, records: Records, divided: Split, knowledge_kind: str) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        partial = GameFiles(Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=".partial-")))
        try:
            granted = KINDS[knowledge_kind](records.take(divided.population))
            save(partial.candidates, table(records.take(divided.candidates)))
            save(partial.knowledge, granted)
            save(partial.membership, divided.membership)
            for target, rows in enumerate(divided.trained):
                save(partial.training(target), table(records.take(rows)))
            partial.folder.rename(self.folder)
        except BaseException:
            shutil.rmtree(partial.folder, ignore_errors=True)
            raise


def save(file: Path, array: NDArray[Any]) -> None:
    with file.open("wb") as handle:
        np.save(handle, np.ascontiguousarray(array), allow_pickle=False)
        handle.flush()
        os.fsync(handle.fileno())


def load(file: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(file, allow_pickle=False)
    return array
