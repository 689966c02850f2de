"""What a lie is: an answer of an honest server, changed on its way to the attacker."""

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
from numpy.typing import NDArray

from torture.wire import lies

Document = dict[str, Any]
Table = NDArray[Any]


@dataclass(frozen=True)
class Answer:
    """`body` comes in pieces where it has no length of its own; of status 0, they are all that is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes | Iterable[bytes]

    def with_body(self, body: bytes | Iterable[bytes], **headers: str) -> "Answer":
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, body=body, headers={**self.headers, **named})

    def document(self) -> Document:
        assert isinstance(self.body, bytes)
        found: Document = json.loads(self.body)
        return found

    def table(self) -> Table:
        assert isinstance(self.body, bytes)
        found: Table = np.load(io.BytesIO(self.body))
        return found


@dataclass(frozen=True)
class Lie:
    """Told in place of the answer to `method` and a path that ends in `path`, by `tell(answer, elsewhere)`.

    `elsewhere` is the URL of a server that nobody is to ask. closed: told of a game that is over. refused:
    else it does no harm, and the run ends as if nothing had been. most_mib: what it may cost in memory.
    """

    name: str
    method: str
    path: str
    tell: Callable[[Answer, str], Answer] = field(repr=False)
    closed: bool = False
    refused: bool = True
    most_mib: int = 256


def of_kinds() -> dict[str, tuple[Lie, ...]]:
    """All there are, by what they are about: a module of `lies/` each."""
    kinds = sorted(found.name for found in iter_modules(lies.__path__))
    return {kind: tuple(import_module(f"torture.wire.lies.{kind}").LIES) for kind in kinds}


def told(name: str, method: str, path: str, change: Callable[[Document], object], **more: Any) -> Lie:
    """A document with something changed in it: in its place where `change` gives one."""

    def tell(answer: Answer, elsewhere: str) -> Answer:
        document = answer.document()
        changed = change(document)
        return answer.with_body(json.dumps(document if changed is None else changed).encode())

    return Lie(name, method, path, tell, **more)


def drawn(name: str, method: str, path: str, change: Callable[[Table], Table], **more: Any) -> Lie:
    """A table of other numbers, or of another shape or type."""
    return Lie(name, method, path, lambda answer, _: answer.with_body(npy(change(answer.table()))), **more)


def said(name: str, method: str, path: str, body: bytes, status: int = 200, **more: Any) -> Lie:
    """Other bytes altogether."""
    return Lie(name, method, path, lambda answer, _: replace(answer, status=status, body=body), **more)


def npy(array: Table) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()
