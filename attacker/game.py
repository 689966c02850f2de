"""The challenger's API as an attacker uses it: one game at one URL."""

import json
from math import prod
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from attacker.client import npy
from attacker.client.documents import Document, GameDocument, identifier, knowledge_of, member
from attacker.client.http import JSON, Http
from attacker.client.url import checked_url
from attacker.client.waiting import awaited
from attacker.errors import CannotAttack, ConfigurationError, GameNotClosed, NotFound, UnexpectedAnswer
from attacker.knowledge import DESCRIBED, WITH_RECORDS, Knowledge
from attacker.records import Records, named

LARGEST_DOWNLOAD_BYTES = 2**30  # of candidates or knowledge, which are held in memory


class Game:
    """One game of a challenger."""

    def __init__(self, http: Http, url: str) -> None:
        self.http, self.url = http, checked_url(url)

    def open(self) -> Document:
        """The game's document (see GameDocument) once its targets are trained. Raises when it never opens."""
        what = f"The preparation of {self.url}"
        document = awaited(self.http, what, self.look, lambda told: member(told, "state", str) != "preparing")
        if (state := document["state"]) != "open":
            reason = str(document.get("error") or "its owner has closed it")[:300]
            raise CannotAttack(f"The game at {self.url} is {state} ({reason}); ask its owner for another.")
        return document

    def candidates(self, game: GameDocument) -> Records:
        shape = (game.candidates, 1 + len(game.format))
        most_bytes = npy.HEADER_BYTES + 8 * shape[0] * shape[1]
        return named(self.table("/candidates", shape, most_bytes), game.class_names, "The game's candidates")

    def knowledge(self, game: GameDocument) -> Knowledge:
        """What the rules grant; raises CannotAttack for a kind that this attacker does not know."""
        kind, url = game.rules.knowledge, f"{self.url}/knowledge"
        if kind in WITH_RECORDS:
            table = self.table("/knowledge", (None, 1 + len(game.format)), LARGEST_DOWNLOAD_BYTES)
            records = named(table, game.class_names, "The game's knowledge")
            return Knowledge(kind, game.format, records)
        if kind in DESCRIBED:
            known = knowledge_of(self.http.ask("GET", url, headers={"Accept": JSON}).json())
            if known.kind != kind or len(known.format) != len(game.format):
                raise UnexpectedAnswer(f"{url} does not give the {kind} that the game's rules grant.")
            return known
        raise CannotAttack(
            f"The game grants knowledge {kind!r}, this attacker works from "
            f"{', '.join((*WITH_RECORDS, *DESCRIBED))}; ask the game's owner for such a one."
        )

    def submit(self, submission: Document, idempotency_key: str) -> str:
        """Hand in scores and decisions; the submission's id."""
        headers = {"Content-Type": JSON, "Idempotency-Key": idempotency_key}
        body = json.dumps(submission, allow_nan=False).encode()
        reply = self.http.ask("POST", f"{self.url}/submissions", body, headers=headers)
        return identifier(reply.json(), "id")

    def evaluations(self, submission_id: str) -> dict[str, Any] | None:
        """The evaluated submission, or None before the owner has closed the game."""
        try:
            url = f"{self.url}/submissions/{quote(submission_id, safe='')}"
            return self.http.ask("GET", url).json()
        except GameNotClosed:
            return None

    def membership(self, game: GameDocument) -> NDArray[np.bool_]:
        """The truth (T, N), once the game is closed: some are members, and some are not."""
        shape = (len(game.model_ids), game.candidates)
        truth = self.bits("/membership", shape)
        if truth.all() or not truth.any():
            raise UnexpectedAnswer(
                f"{self.url} says that all candidates are members, or none; ask its owner."
            )
        return truth

    def canaries(self, game: GameDocument) -> NDArray[np.bool_]:
        """Which candidates (N,) were wrongly labelled on purpose, once the game is closed."""
        return self.bits("/canaries", (game.candidates,))

    def bits(self, path: str, shape: tuple[int, ...]) -> NDArray[np.bool_]:
        told = self.table(path, shape, npy.HEADER_BYTES + 8 * prod(shape))
        if not ((told == 0) | (told == 1)).all():
            raise UnexpectedAnswer(f"{self.url}{path} has more than zeros and ones; ask its owner.")
        return told.astype(np.bool_)

    def generalisation(self, game: GameDocument) -> Document | None:
        """The owner's side, once the game is closed: what the targets answer on members and on others.

        None at a challenger that does not tell.
        """
        from attacker.client.evaluations import checked_generalisation  # pydantic is slow to load

        try:
            told = self.http.ask("GET", f"{self.url}/generalisation").json()
        except NotFound:
            return None
        return checked_generalisation(told, game.classes)

    def table(self, path: str, shape: tuple[int | None, ...], most_bytes: int) -> NDArray[Any]:
        url = self.url + path
        most_bytes = min(most_bytes, LARGEST_DOWNLOAD_BYTES)
        reply = self.http.ask("GET", url, headers={"Accept": npy.NPY}, most_bytes=most_bytes)
        return npy.decode(reply.body, url, shape)

    def look(self) -> dict[str, Any]:
        try:
            return self.http.ask("GET", self.url).json()
        except NotFound as error:
            raise ConfigurationError(
                f"There is no game at {self.url}; copy the URL that `challenger create` printed."
            ) from error
