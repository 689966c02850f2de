"""Tables that an owner has sent for a game that is yet to be created; a day later they are gone."""

import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services import npy_files
from services.challenger.errors import UnknownUpload
from services.challenger.ids import new_id
from services.web.bodies import check_finite, read_npy_header
from services.web.problem import BadData, Overloaded

ID = r"u-[a-z2-7]{12}"
KEPT_S = 86_400.0


class Uploads:
    """NPY files in a folder, each under an id that nobody can guess.

    Any thread may take one away while others look at it. `held` are the bytes of all, those coming in too.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes, self.counting = folder, most_bytes, Lock()
        folder.mkdir(parents=True, exist_ok=True)
        for unfinished in folder.glob("*.partial"):
            unfinished.unlink()
        self.held = sum(file.stat().st_size for file in folder.iterdir())

    async def receive(self, body: AsyncIterator[bytes]) -> str:
        """The id of what comes in. Raises Overloaded where there is no room, and BadData."""
        self.sweep(time.time() - KEPT_S)
        upload_id = new_id("u")
        partial, taken = self.folder / f"{upload_id}.partial", 0
        try:
            with partial.open("xb") as file:
                async for chunk in body:
                    taken += self.take(len(chunk))
                    file.write(chunk)
            if not taken:
                raise BadData("The body is empty; send a table in it.")
            partial.rename(self.file(upload_id))
        except BaseException:
            partial.unlink(missing_ok=True)
            self.give_back(taken)
            raise
        return upload_id

    def take(self, count: int) -> int:
        """Room for so many bytes; raises Overloaded."""
        with self.counting:
            if self.held + count > self.most_bytes:
                raise Overloaded(
                    "There is no room for uploads before others have become games; try later.", 60
                )
            self.held += count
        return count

    def give_back(self, count: int) -> None:
        with self.counting:
            self.held -= count

    def checked(self, upload_id: str) -> tuple[int, int]:
        """The shape of a table that has come in; raises BadData, and it is gone, where it is none."""
        try:
            file = self.file(upload_id)
            with file.open("rb") as handle:
                shape, _ = read_npy_header(handle, file.stat().st_size)
            check_finite(npy_files.load(file, "r"))
        except BadData:
            self.remove([upload_id])
            raise
        return shape

    def load(self, upload_id: str) -> NDArray[Any]:
        """The table (N, C), which is finite; raises UnknownUpload."""
        try:
            table: NDArray[Any] = npy_files.load(self.file(upload_id))
        except FileNotFoundError:
            raise UnknownUpload(
                f"There is no upload {upload_id}; it makes one game, within a day. Send it again."
            ) from None
        return np.ascontiguousarray(table)

    def remove(self, upload_ids: Iterable[str]) -> None:
        for upload_id in upload_ids:
            self.unlink(self.file(upload_id))

    def sweep(self, before_s: float) -> None:
        for file in self.folder.glob("*.npy"):
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < before_s:
                    self.unlink(file)

    def unlink(self, file: Path) -> None:
        """If it is still there: who takes it away gives its room back, and nobody else."""
        with suppress(FileNotFoundError):
            size = file.stat().st_size
            file.unlink()
            self.give_back(size)

    def file(self, upload_id: str) -> Path:
        """Only ever called with what is an id by its pattern: it comes from strangers."""
        if not re.fullmatch(ID, upload_id):
            raise UnknownUpload("An upload's id is what POST /v1/uploads answered.")
        return self.folder / f"{upload_id}.npy"
