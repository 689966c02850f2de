"""A provider and a challenger that may be killed, and a proxy on each line between the three parties."""

import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from torture.parties import PROFILES, Party, party
from torture.wire.proxy import Proxy, proxy

WAITING_S = 300.0
GAME = {"dataset": "digits", "profile": "tiny", "members": 100, "knowledge": {"kind": "population"}}
Document = dict[str, Any]


@dataclass(frozen=True)
class Game:
    url: str
    owner_key: str

    @property
    def id(self) -> str:
        return self.url.rpartition("/")[2]

    def look(self) -> Document:
        document: Document = httpx.get(self.url, timeout=WAITING_S).raise_for_status().json()
        return document

    def table(self, part: str) -> NDArray[Any]:
        answer = httpx.get(f"{self.url}/{part}", timeout=WAITING_S).raise_for_status()
        found: NDArray[Any] = np.load(io.BytesIO(answer.content))
        return found

    def prepared(self) -> Document:
        """Once it is: open or failed. Raises TimeoutError when that takes too long."""
        deadline = time.monotonic() + WAITING_S
        with httpx.Client(timeout=WAITING_S, headers={"Prefer": "wait=5"}) as client:
            while time.monotonic() < deadline:
                document: Document = client.get(self.url).raise_for_status().json()
                if document["state"] != "preparing":
                    return document
        raise TimeoutError(f"{self.url} is being prepared for {WAITING_S:.0f} s")

    def close(self) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.owner_key}"}
        return httpx.post(f"{self.url}/close", headers=headers, timeout=WAITING_S)


@dataclass(frozen=True)
class Contest:
    """front: attackers to the provider. desk: attackers to the challenger. back: challenger to provider."""

    api: Party
    referee: Party
    front: Proxy
    desk: Proxy
    back: Proxy

    def create(self, url: str | None = None, **asked: object) -> Game:
        """By its owner, who knows the challenger at `url`: at its own by default."""
        answer = httpx.post(f"{url or self.referee.url}/v1/games", json=GAME | asked, timeout=WAITING_S)
        created = answer.raise_for_status().json()
        return Game(created["url"], created["owner_key"])

    def opened(self, **asked: object) -> Game:
        """For attackers."""
        game = self.create(self.desk.url, **asked)
        if (document := game.prepared())["state"] != "open":
            raise RuntimeError(f"a game is {json.dumps(document)}")
        return game


@contextmanager
def contest(folder: Path, challenger: str = "services.challenger", workers: int = 1) -> Iterator[Contest]:
    """The provider's trainings are all of one seed."""
    served = ("--workers", str(workers), "--profiles", str(PROFILES))
    with (
        party("torture.contests.seeded", folder / "provider", *served) as api,
        proxy(api.url) as front,
        proxy(api.url) as back,
        party(challenger, folder / "challenger", *lines(folder, front, back)) as referee,
        proxy(referee.url) as desk,
    ):
        yield Contest(api, referee, front, desk, back)


def lines(folder: Path, front: Proxy, back: Proxy) -> Sequence[str]:
    datasets = ("--datasets", str(folder / "datasets"))
    return ("--provider", back.url, "--public-provider", front.url, *datasets)
