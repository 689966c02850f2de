"""The three parties of a game by their commands, for tests."""

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from command_line import typed


def command(module: str, *arguments: Any) -> str:
    """The standard output of a command that succeeds."""
    done = typed(importlib.import_module(f"{module}.__main__").main, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Table:
    """Where a game is played: the URLs of the provider and the challenger, and a folder."""

    provider: str
    challenger: str
    folder: Path

    def create(self, *asked: Any) -> str:
        """A new game's URL; its key is in `owner.key`."""
        arguments = ("--url", self.challenger, "--owner-key-file", self.folder / "owner.key", *asked)
        return command("services.challenger", "create", *arguments).strip()

    def play(self, game: str, out: Path, *method: Any) -> None:
        command("attacker", "play", game, "--out", out, *method)

    def close(self, game: str) -> str:
        return command("services.challenger", "close", game, "--owner-key-file", self.folder / "owner.key")

    def played(self, out: Path, asked: list[Any], method: list[Any]) -> dict[str, Any]:
        """A game from creation to the result."""
        game = self.create(*asked)
        self.play(game, out, *method)
        self.close(game)
        self.play(game, out, *method)
        return result(out)


def result(out: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((out / "result.json").read_text())
    return document
