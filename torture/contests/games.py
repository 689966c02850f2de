"""Games whose challenger and attackers have a disk that is full at random moments."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from numpy.random import Generator

from torture.customers.customers import unclear
from torture.machine.disk import Disk
from torture.parties import party

ROOM_S, NO_ROOM_S = (0.2, 2.0), (0.1, 1.0)
GAME = {"dataset": "digits", "profile": "tiny", "members": 100, "knowledge": {"kind": "population"}}
METHOD = ("--attacks", "loss_threshold,gap", "--shadows", "2", "--quiet")
WAITING_S = 300.0


def played(much: int, provider: str, disk: Disk, datasets: Path, random: Generator) -> "Games":
    """So many, from their creation to the attacker's report."""
    options = ("--provider", provider, "--datasets", str(datasets))
    with party("services.challenger", disk.folder / "challenger", *options) as referee:
        assert referee.process is not None
        games = Games(referee.url, disk.folder)
        with often_full(disk, referee.process.pid, random) as times:
            for number in range(much):
                games.play(number)
        games.counts["times full"] += times["full"]
    return games


@contextmanager
def often_full(disk: Disk, group: int, random: Generator) -> Iterator[Counter[str]]:
    over, times = threading.Event(), Counter[str]()

    def go_on() -> None:
        while not over.wait(random.uniform(*ROOM_S)):
            with disk.full(group, random):
                times["full"] += 1
                time.sleep(random.uniform(*NO_ROOM_S))

    filling = threading.Thread(target=go_on)
    filling.start()
    try:
        yield times
    finally:
        over.set()
        filling.join()


class Games:
    """Played from beginning to end by people who do not give up."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []

    def play(self, number: int) -> None:
        created = self.asked("POST", "/v1/games", json=GAME | {"seed": number})
        game, run = f"/v1/games/{created['id']}", self.folder / f"run-{number}"
        while (document := self.asked("GET", game, headers={"Prefer": "wait=5"}))["state"] == "preparing":
            pass
        if document["state"] != "open":
            self.wrong.append(f"a game is {document['state']}: {document.get('error')}")
            return
        self.attack(game, run)
        self.asked("POST", f"{game}/close", headers={"Authorization": f"Bearer {created['owner_key']}"})
        self.attack(game, run)
        result = json.loads((run / "result.json").read_text())
        if {one["name"] for one in result["attacks"] if one.get("auc")} != {"loss_threshold", "gap"}:
            self.wrong.append(f"the result has {[one['name'] for one in result['attacks']]}")

    def asked(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        """The answer, when there is room for it."""
        deadline = time.monotonic() + WAITING_S
        while True:
            answer = httpx.request(method, self.url + path, timeout=WAITING_S, **request)
            if answer.is_success:
                document: dict[str, Any] = answer.json()
                return document
            self.counts["requests refused"] += 1
            if why := unclear(answer):
                self.wrong.append(f"{method} {path}: {why}: {answer.status_code} {answer.text[:300]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} is refused for {WAITING_S:.0f} s")
            time.sleep(0.1)

    def attack(self, game: str, run: Path) -> None:
        """As often as it takes."""
        command = [sys.executable, "-m", "attacker", "play", self.url + game, "--out", str(run), *METHOD]
        deadline = time.monotonic() + WAITING_S
        while (done := subprocess.run(command, capture_output=True, text=True, check=False)).returncode:
            self.counts["commands that ended early"] += 1
            said = done.stderr.strip().splitlines()[-1:] or [""]
            if "Traceback" in done.stderr or not said[0].startswith("error: "):
                self.wrong.append(f"the attacker ended with {done.returncode}: {done.stderr[-300:]!r}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"the attacker ends early for {WAITING_S:.0f} s: {said}")
