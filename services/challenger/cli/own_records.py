"""What `challenger create` does with an owner's own records: encode, have the target asked, send."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from services.challenger import client
from services.challenger.owning import files
from services.challenger.owning.encoding import Encoded, encode

if TYPE_CHECKING:
    from attacker.deployed import Deployed

TARGET_KEY = "CHALLENGER_TARGET_KEY"  # never an argument: others see what is on a command line
UPLOADED = ("members", "non_members", "population")


@dataclass(frozen=True)
class OwnRecords:
    """The files, and how they are read: the label's column, the classes in their order."""

    members: Path
    non_members: Path
    population: Path | None
    label: str | None
    classes: tuple[str, ...] | None

    @classmethod
    def of(cls, typed: Mapping[str, Any]) -> Self:
        """From a command's options."""
        classes = tuple(map(str.strip, typed["classes"].split(","))) if typed["classes"] else None
        names = ("members", "non_members", "population", "label")
        return cls(**{name: typed[name] for name in names}, classes=classes)

    def encoded(self) -> Encoded:
        """Raises CommandError."""
        given = [file for file in (self.members, self.non_members, self.population) if file is not None]
        return encode(files.read(given), self.label, self.classes)


@dataclass(frozen=True)
class Elsewhere:
    """A deployed target as the options name it; `key` is the owner's."""

    url: str
    model: str
    dialect: str
    template: Path | None
    answers: str | None
    batch: int | None
    key_header: str
    key: str | None

    @classmethod
    def of(cls, typed: Mapping[str, Any]) -> Self | None:
        """From a command's options; None where the provider trains the target."""
        if typed["target_url"] is None:
            return None
        names = ("dialect", "template", "answers", "batch", "key_header")
        named = {name: typed[name] for name in names}
        return cls(url=typed["target_url"], model=typed["target_model"], key=owners_key(), **named)

    @property
    def described(self) -> "Deployed":
        """As an attacker is told it. Raises OSError for a template that cannot be read."""
        from attacker.deployed import Deployed

        text = self.template.read_text(encoding="utf-8") if self.template else None
        url = self.url.rstrip("/")
        return Deployed(url, self.model, self.dialect, self.key_header, self.batch, self.answers, text)


def owners_key() -> str | None:
    """From the variable, or the file that another names. Raises OSError for a file that cannot be read."""
    if file := os.environ.get(f"{TARGET_KEY}_FILE"):
        return Path(file).read_text(encoding="utf-8").strip()
    return os.environ.get(TARGET_KEY)


def asked_of(challenger: str, own: OwnRecords, elsewhere: Elsewhere | None) -> dict[str, Any]:
    """What the challenger is asked for, once all tables are there. Raises CommandError."""
    encoded = own.encoded()
    told = encoded.description.document()
    if elsewhere is not None:
        target, answers = deployed(elsewhere, encoded)
        sent = send(challenger, answers)
        told["target"] = target | {"answered": dict(zip(UPLOADED, sent, strict=False))}
    told["records"] = dict(zip(UPLOADED, send(challenger, encoded.tables), strict=False))
    return told


def send(challenger: str, tables: Sequence[NDArray[Any]]) -> list[str]:
    return [client.upload(challenger, table) for table in tables]


def deployed(elsewhere: Elsewhere, encoded: Encoded) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """The target as the game's document has it, and what it answers about members and non-members."""
    from services.challenger.owning.target import OwnTarget

    told, target = encoded.description, elsewhere.described
    words = tuple(feature.categories for feature in told.features)
    own = OwnTarget(replace(target, words=words if any(words) else None), told.classes, elsewhere.key)
    asked = np.concatenate(encoded.tables[:2]).astype(np.float64)
    answers = own.answers(asked[:, 1:], asked[:, 0].astype(np.int64))
    document = {name: value for name, value in asdict(target).items() if name != "words"}
    return document, np.split(answers, [len(encoded.tables[0])])
