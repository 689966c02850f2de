"""A challenger as the owners of games ask it: a reproduction plays both sides of its games."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from attacker.client.documents import Document, member
from attacker.client.http import JSON, Http
from attacker.client.url import checked_url
from attacker.client.waiting import awaited
from attacker.errors import ConfigurationError, NotFound


@dataclass(frozen=True)
class OwnedGame:
    """A game's URL, and the key that closes it."""

    url: str
    key: str


class Owner:
    """Creates games at a challenger and closes them."""

    def __init__(self, http: Http, challenger_url: str) -> None:
        self.http, self.url = http, checked_url(challenger_url)

    def create(self, asked: Document) -> OwnedGame:
        """Raises ServiceRefused, with the reason, for a game that cannot be had here."""
        body = json.dumps(dict(asked)).encode()
        created = self.http.ask("POST", f"{self.url}/v1/games", body, headers={"Content-Type": JSON}).json()
        return OwnedGame(member(created, "url", str), member(created, "owner_key", str))

    def twin(self, base: OwnedGame, asked: Document) -> OwnedGame:
        """A game on the records of another, under another profile; both told the same truth when closed.

        Waits until the other is open. Raises ServiceRefused, with the reason, where there can be none.
        """
        awaited(
            self.http,
            f"The preparation of {base.url}",
            lambda: self.state(base),
            lambda state: state != "preparing",
        )
        body = json.dumps({"twin_of": base.url.rpartition("/")[2], **asked}).encode()
        headers = {"Content-Type": JSON, "Authorization": f"Bearer {base.key}"}
        created = self.http.ask("POST", f"{self.url}/v1/games", body, headers=headers).json()
        return OwnedGame(member(created, "url", str), member(created, "owner_key", str))

    def failed(self, game: OwnedGame) -> bool:
        """Whether the game will never open."""
        return self.state(game) == "failed"

    def state(self, game: OwnedGame) -> str:
        """Raises ConfigurationError for a game that the challenger has not."""
        try:
            return member(self.http.ask("GET", game.url).json(), "state", str)
        except NotFound as error:
            raise self.forgotten(game) from error

    def close(self, game: OwnedGame) -> None:
        headers = {"Content-Type": JSON, "Authorization": f"Bearer {game.key}"}
        try:
            self.http.ask("POST", f"{game.url}/close", b"", headers=headers)
        except NotFound as error:
            raise self.forgotten(game) from error

    def forgotten(self, game: OwnedGame) -> ConfigurationError:
        return ConfigurationError(
            f"The challenger no longer has the game {game.url}; start it with the data folder it had, or "
            "reproduce into another --out."
        )

    @cached_property
    def substitutes(self) -> dict[str, str]:
        """What this challenger offers in place of data sets that cannot be had, by their names."""
        items = member(self.http.ask("GET", f"{self.url}/v1/datasets").json(), "items", list)
        return {name: place for name, place in map(substitute_of, items) if place}


def substitute_of(item: Any) -> tuple[str, str]:
    found = item if isinstance(item, Mapping) else {}
    return str(found.get("name")), str(found.get("substitute") or "")
