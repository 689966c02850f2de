"""The answers of many models, (S, M, K) float32, in a file: those of one model are read when asked for."""

import tempfile
import weakref
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from attacker.errors import ConfigurationError

Answers = NDArray[np.float32]
FLOAT32 = np.dtype(np.float32)


class KeptAnswers:
    """Stands where an array would: its length, its shape, one model by its number, the first few by a slice.

    Shadow models are many and a signal is one number an answer, so nobody needs to hold all of this at once.
    """

    dtype = FLOAT32

    def __init__(
        self, file: BufferedIOBase, begins: int, shape: tuple[int, ...], stored: np.dtype[Any] = FLOAT32
    ) -> None:
        """In C order, from the byte `begins` of an open file, in the dtype `stored`."""
        self.shape, self._file, self._begins, self._stored = shape, file, begins, stored
        self._whole: KeptAnswers | None = None  # whose file it is

    @classmethod
    def at(cls, path: Path, begins: int, shape: tuple[int, ...], stored: np.dtype[Any]) -> Self:
        return cls(path.open("rb"), begins, shape, stored).closing()

    @classmethod
    def spooled(cls, models: Iterable[Answers], shape: tuple[int, ...]) -> Self:
        """Written to a file of its own, which is gone with it; raises ConfigurationError for a full disk."""
        try:
            file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the answers do
            for answers in models:
                file.write(np.ascontiguousarray(answers, np.float32).tobytes())
            file.flush()
        except OSError as error:
            raise ConfigurationError(
                f"The shadow models' answers do not fit into {tempfile.gettempdir()} ({error.strerror}); "
                "set TMPDIR to a folder with more room."
            ) from error
        return cls(file, 0, shape).closing()

    def closing(self) -> Self:
        """The file is closed when nobody has these answers any more."""
        weakref.finalize(self, self._file.close)
        return self

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Answers]:
        return (self.read(model) for model in range(len(self)))

    @overload
    def __getitem__(self, which: int) -> Answers: ...
    @overload
    def __getitem__(self, which: slice) -> "KeptAnswers": ...
    def __getitem__(self, which: int | slice) -> "Answers | KeptAnswers":
        """(M, K) of one model, or all that a slice from 0 leaves, unread."""
        models = range(len(self))[which]
        if isinstance(models, int):
            return self.read(models)
        if models != range(len(models)):
            raise IndexError("Only the first so many models stand together; take others one by one.")
        first = KeptAnswers(self._file, self._begins, (len(models), *self.shape[1:]), self._stored)
        first._whole = self
        return first

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        every = np.empty(self.shape, np.float32)
        for row, answers in zip(every, self, strict=True):
            row[:] = answers
        return every if dtype is None else every.astype(dtype)

    def read(self, model: int) -> Answers:
        answers = np.empty(self.shape[1:], self._stored)
        self._file.seek(self._begins + model * answers.nbytes)
        if answers.size and self._file.readinto(answers.data.cast("B")) != answers.nbytes:
            raise ConfigurationError("The transcript became shorter while it was read; write it anew.")
        return answers.astype(np.float32, copy=False)


AnswersOfModels = Answers | KeptAnswers
