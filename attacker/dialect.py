"""What a dialect is: how one kind of prediction server is asked, and what is read out of its answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import Document
from attacker.client.http import JSON, Reply
from attacker.errors import ConfigurationError
from attacker.format import Format
from attacker.outputs import Outputs
from attacker.registry import Registry

NUMBER_BYTES = 32  # of a number in JSON, with what parts it from the next
EXACT = 2**53  # integers below it are the same in float64
SPARE_BYTES = 2**20  # of an answer, for all that is no number


@dataclass(frozen=True)
class Request:
    """A question about records; `path` is below the server's URL, `most_bytes` are of an answer."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    most_bytes: int = SPARE_BYTES


@dataclass(frozen=True)
class Described:
    """What a server says of a model itself; None where it says nothing.

    `features`: D; `classes`, in the order of its answers; `records`: the most that a request may carry.
    """

    features: int | None = None
    classes: tuple[str, ...] | None = None
    records: int | None = None
    format: Format = Format(())  # noqa: RUF009


class Server(Protocol):
    """A server as a dialect meets it."""

    def look(self, path: str) -> Document | None:
        """A JSON object; None where there is nothing at that path."""

    def ask(self, request: Request) -> Reply:
        """Raises ServiceError."""


class Dialect(ABC):
    """One instance asks one model. Settings are the keyword arguments of `__init__`, as Choice reads them.

    `takes_words`: whether a record may have words among its numbers.
    """

    takes_words: ClassVar[bool] = False

    def read_template(self, text: str) -> None:
        """How requests look, where a user says that in a file; raises ConfigurationError."""
        raise ConfigurationError("This dialect takes no --template; `http` does.")

    def meet(self, server: Server, model: str, sample: NDArray[Any]) -> Described:
        """What the server says of the model, before anything else is asked; `sample` (1, D) is a record.

        Raises ServiceError, and CannotAttack for a model that cannot be asked in this way.
        """
        return Described()

    def relents(self, status: int) -> bool:
        """Whether it was wrong about the model, by such a refusal, and asks otherwise from now on."""
        return False

    @abstractmethod
    def request(self, model: str, records: NDArray[Any]) -> Request:
        """The question about records (N, D): numbers, or objects where words are among them."""

    @abstractmethod
    def outputs(self, reply: Reply, records: int) -> Outputs:
        """What was answered about so many records; raises UnexpectedAnswer."""


DIALECTS = Registry("dialect", "attacker.targets", Dialect)  # type: ignore[type-abstract]
"""The dialects, one file each."""


def most_answered(records: int, columns: int) -> int:
    """Bytes of an answer in JSON with so many numbers."""
    return SPARE_BYTES + NUMBER_BYTES * records * columns


def rows_of(records: NDArray[Any]) -> list[list[Any]]:
    """As JSON has it; whole numbers without decimals, so that a server that wants integers takes them.

    Beside words, each column is a table of its own.
    """
    if records.dtype == object:
        columns = [column.tolist() if is_words(column) else plain(column) for column in records.T]
        return [list(row) for row in zip(*columns, strict=True)]
    return plain(records)


def plain(numbers: NDArray[Any]) -> list[Any]:
    numbers = numbers.astype(np.float64) if numbers.dtype == object else numbers
    whole = np.array_equal(np.rint(numbers), numbers) and np.abs(numbers).max(initial=0) < EXACT
    listed: list[Any] = (numbers.astype(np.int64) if whole else numbers).tolist()
    return listed


def is_words(column: NDArray[Any]) -> bool:
    return any(isinstance(value, str) for value in column)


def with_words(records: NDArray[Any], words: Sequence[Sequence[str] | None]) -> NDArray[Any]:
    """Records (N, D) as a model takes them that has words for some features; values go to the nearest."""
    spoken = records.astype(object)
    for column, names in enumerate(words):
        if names is not None:
            places = np.clip(np.rint(records[:, column]), 0, len(names) - 1).astype(np.int64)
            spoken[:, column] = np.array(names, object)[places]
    return spoken
