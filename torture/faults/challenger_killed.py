"""`kill -9` of the challenger while it prepares or closes a game, so many times.

At a random request to the provider, on its way, answered and not told, or told a moment ago, or at any time;
then it is begun again, and nobody does anything more. Every game opens with the candidates and the truth that
its seed gives, its targets are trained once each, and nothing else is the owner's at the provider; what is
handed in is evaluated once, by answers that are charged once.
"""

import asyncio
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from torture.books import Books
from torture.contests.contest import WAITING_S, Contest, Game, contest
from torture.contests.owner import Owner
from torture.contests.sight import submission
from torture.found import Found
from torture.wire.proxy import Exchange, Head, Treatment, passed

FULL, BRIEF = 24, 2
TARGETS = 3
KILLS = {"preparation": 3, "closing": 2}  # of a game, where the moment comes
REQUESTS = {"preparation": 15, "closing": 9}
HOW = ("on its way", "answered and not told", "told", "at any time")
LONGEST_AFTER_S = dict.fromkeys(HOW, 0.05) | {"at any time": 0.5}
LOOK_AGAIN_S = 0.05
OWNERS = ("/accounts", "/profiles")  # asked while the owner waits for the answer


def run(much: int, random: Generator, folder: Path) -> Found:
    with contest(folder) as at:
        killing = Killing(at, random, much)
        while killing.kills.total() < much:
            killing.game()
    done = {f"kills in {when}": count for when, count in sorted(killing.kills.items())}
    return Found(done | {"games": killing.games, "targets": TARGETS * killing.games}, killing.wrong)


@dataclass
class Aim:
    """At the request to the provider that follows `skipped` others, or `after_s` from now."""

    skipped: int
    how: str
    after_s: float
    process: int
    hit: threading.Event = field(default_factory=threading.Event)

    @property
    def under_way(self) -> bool:
        return self.skipped < 0 or self.hit.is_set()

    def treat(self, head: Head) -> Treatment:
        if self.how == "at any time" or head.path.endswith(OWNERS):
            return passed
        self.skipped -= 1
        return self.killing if self.skipped == -1 else passed

    async def killing(self, exchange: Exchange) -> None:
        if self.how == "on its way":
            await exchange.asked()
        else:
            answer = await exchange.answer()
        if self.how == "told":
            await exchange.send(answer)
            await asyncio.sleep(self.after_s)
        self.kill()
        exchange.reset()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)
        self.hit.set()


@dataclass
class Killing:
    at: Contest
    random: Generator
    most: int
    kills: Counter[str] = field(default_factory=Counter)
    games: int = 0
    wrong: list[str] = field(default_factory=list)

    def game(self) -> None:
        """From its creation to its scoreboard."""
        game = self.at.create(targets=TARGETS, seed=self.games)
        self.games += 1
        for _ in range(min(KILLS["preparation"], self.most // 2)):
            self.kill_once("preparation", lambda: game.look()["state"] != "preparing")
        if (document := game.prepared())["state"] != "open":
            self.wrong.append(f"a game is {document['state']}: {document.get('error')}")
            return
        data = self.at.referee.data
        owner = Owner(game.id, data, data.parent / "datasets", Books(self.at.api.data))
        candidates, membership = owner.drawn()
        self.wrong += owner.wrong_trainings()
        self.compare("candidates", game.table("candidates"), candidates)
        hand_in(game, membership)
        self.close(game)
        self.wrong += owner.wrong_charges()
        self.compare("truth", game.table("membership"), membership)
        self.wrong += wrong_evaluations(game)

    def close(self, game: Game) -> None:
        for _ in range(KILLS["closing"]):
            closing = threading.Thread(target=try_to_close, args=(game,))
            closing.start()
            self.kill_once("closing", lambda: not closing.is_alive())  # noqa: B023
            closing.join()
        if (answer := game.close()).status_code != 200:
            self.wrong.append(f"closing is answered {answer.status_code}: {answer.text[:300]}")

    def kill_once(self, when: str, over: Callable[[], bool]) -> None:
        """And begin again; unless there were enough kills, or it is over before."""
        if self.kills.total() == self.most:
            return
        assert self.at.referee.process is not None
        how = str(self.random.choice(HOW))
        skipped, after_s = self.random.integers(REQUESTS[when]), self.random.uniform(0, LONGEST_AFTER_S[how])
        aim = Aim(int(skipped), how, after_s, self.at.referee.process.pid)
        self.at.back.treat = aim.treat
        if how == "at any time":
            time.sleep(after_s)
            aim.kill()
        is_over = self.await_kill(aim, over)
        self.at.back.treat = lambda _: passed
        if aim.under_way:
            aim.hit.wait(WAITING_S)
        elif is_over:
            return
        aim.kill()
        self.at.referee.process.wait()
        self.at.referee.start()
        self.kills[when] += 1

    def await_kill(self, aim: Aim, over: Callable[[], bool]) -> bool:
        """Whether what was to be killed in was over before."""
        deadline = time.monotonic() + WAITING_S
        while not aim.hit.wait(LOOK_AGAIN_S) and time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if over():
                    return True
        return False

    def compare(self, what: str, served: NDArray[Any], drawn: NDArray[Any]) -> None:
        if not np.array_equal(served, drawn):
            self.wrong.append(f"the {what} of a game are not those of its seed")


def hand_in(game: Game, membership: NDArray[np.bool_]) -> None:
    headers = {"Content-Type": "application/json"}
    body = submission(membership)
    answer = httpx.post(f"{game.url}/submissions", content=body, headers=headers, timeout=WAITING_S)
    answer.raise_for_status()


def try_to_close(game: Game) -> None:
    with suppress(httpx.TransportError):  # nobody answers who is killed
        game.close()


def wrong_evaluations(game: Game) -> Iterator[str]:
    """Who has handed in the truth is found to be right."""
    board = httpx.get(f"{game.url}/scoreboard", timeout=WAITING_S).raise_for_status().json()
    found = [attack["auc"]["value"] for one in board["submissions"] for attack in one["attacks"]]
    if found != [1.0]:
        yield f"the scoreboard has the AUCs {found}"
