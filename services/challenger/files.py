"""A game's files: what may be downloaded, and the truth. Written once, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.lib import format as npy
from numpy.typing import NDArray

from services import npy_files
from services.challenger.dataset import Records
from services.challenger.format import Document
from services.challenger.knowledge import table
from services.challenger.split import Split

PARTIAL = ".partial-"


@dataclass(frozen=True)
class GameFiles:
    """The folder of one game; tables are (N, 1+D) with the label in column 0."""

    folder: Path

    @property
    def candidates(self) -> Path:
        return self.folder / "candidates.npy"

    @property
    def knowledge(self) -> Path:
        """JSON when it is told of the records in a document, else NPY."""
        told = self.folder / "knowledge.json"
        return told if told.exists() else self.folder / "knowledge.npy"

    @property
    def membership(self) -> Path:
        return self.folder / "membership.npy"

    @property
    def canaries(self) -> Path:
        return self.folder / "canaries.npy"

    def training(self, target: int) -> Path:
        return self.folder / f"training-{target}.npy"

    @property
    def answers(self) -> Path:
        """Of a target that is deployed elsewhere, about the candidates and what else it learned: (N, K)."""
        return self.folder / "answers.npy"

    def exist(self) -> bool:
        return self.folder.is_dir()

    def write(
        self,
        records: Records,
        divided: Split,
        granted: NDArray[Any] | Document,
        answers: NDArray[Any] | None = None,
    ) -> None:
        """Everything of a game, what `knowledge.grant` made for it, and a deployed target's answers."""
        with self.partial() as partial:
            save(partial.candidates, table(records.take(divided.candidates)))
            partial.write_knowledge(granted)
            save(partial.membership, divided.membership)
            save(partial.canaries, divided.canaries)
            for target, rows in enumerate(divided.trained):
                save(partial.training(target), table(records.take(rows)))
            if answers is not None:
                save(partial.answers, answers)

    def share(self, base: "GameFiles") -> None:
        """All that another game has. No file is ever changed; each stays until its last game is deleted."""
        with self.partial() as partial:
            for file in base.folder.iterdir():
                link(file, partial.folder / file.name)

    @contextmanager
    def partial(self) -> Iterator["GameFiles"]:
        """A folder that takes this one's place when nothing fails."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        partial = GameFiles(Path(tempfile.mkdtemp(dir=self.folder.parent, prefix=PARTIAL)))
        try:
            yield partial
            partial.folder.rename(self.folder)
        except BaseException:
            shutil.rmtree(partial.folder, ignore_errors=True)
            raise

    def write_knowledge(self, granted: NDArray[Any] | Document) -> None:
        if isinstance(granted, np.ndarray):
            save(self.folder / "knowledge.npy", granted)
        else:
            save_document(self.folder / "knowledge.json", granted)


def remove_partial(games: Path) -> None:
    """What a process that was killed had begun to write: the truth of a game, which is written anew."""
    for folder in games.glob(f"{PARTIAL}*"):
        shutil.rmtree(folder, ignore_errors=True)


def link(file: Path, other: Path) -> None:
    """The same file under another name or, where the file system has no such links, a copy."""
    try:
        os.link(file, other)
    except OSError:
        with durable(other) as handle, file.open("rb") as whole:
            shutil.copyfileobj(whole, handle)


def save(file: Path, array: NDArray[Any]) -> None:
    """Raises OSError with its number, which NumPy's own writing does not tell."""
    whole = np.ascontiguousarray(array)
    with durable(file) as handle:
        npy.write_array_header_1_0(handle, npy.header_data_from_array_1_0(whole))
        handle.write(whole.data)


def save_document(file: Path, document: Document) -> None:
    with durable(file) as handle:
        handle.write(orjson.dumps(document))


@contextmanager
def durable(file: Path) -> Iterator[BinaryIO]:
    """A new file that outlives a crash of the machine once this block is left."""
    with file.open("wb") as handle:
        yield handle
        handle.flush()
        os.fsync(handle.fileno())


def load(file: Path) -> NDArray[Any]:
    array: NDArray[Any] = npy_files.load(file)
    return array
