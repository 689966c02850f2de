"""Connections to each server that ask for nothing, ask for half of something, or do not take their answers.

Up to the limit of connections and beyond it, a customer who comes anew for every question is answered; those
that wait for nothing are closed after their time; where all are at work, one more is refused. Afterwards the
servers have no more descriptors than before.
"""

import resource
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from numpy.random import Generator

from benchmarks.speed.processes import told
from torture.customers.samples import held
from torture.found import Found
from torture.parties import Party, party, provider
from torture.wire.raw import connected, ended, exchanged, request

FULL, BRIEF = 10_000, 300
FILES = 500  # that this process and a server need beside connections
LEFT = 8  # descriptors that the database, read by more threads, may need beside those before
ENDING_S = 120.0
SENDING_S = 5.0
LOOKS = 20  # of a customer while the others come
DEAF = 20  # at most: what they do not take, the operating system keeps
REFUSALS = 5
ASK = request("GET", "/livez")
NOTHING_MUCH = (b"", b"GET /li", b"GET /livez HTTP/1.1\r\nHost: here\r\nX-", ASK)
ANSWERS_UNTAKEN = 200 * request("GET", "/openapi.json")


def run(much: int, random: Generator, folder: Path) -> Found:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    many = min(much, most - FILES)
    limit = many * 4 // 5
    limits = {"CONNECTIONS": str(limit), "ARRIVAL_S": str(1 + many / 500)}
    settings = {f"{of}_{name}": value for of in ("MLAAS", "CHALLENGER") for name, value in limits.items()}
    with ExitStack() as servers:
        servers.enter_context(told(**settings))
        mlaas = servers.enter_context(provider(folder / "provider", workers=0))
        to_it = ("--provider", mlaas.url)
        challenger = servers.enter_context(party("services.challenger", folder / "challenger", *to_it))
        crowds = [Crowd(mlaas, "/v1/models", random), Crowd(challenger, "/v1/games", random)]
        for crowd in crowds:
            crowd.loiter(many)
            crowd.work(limit)
    seconds = [each for crowd in crowds for each in crowd.seconds]
    return Found(
        done={
            "connections": sum(crowd.opened for crowd in crowds),
            "answers to customers meanwhile": len(seconds),
            "refusals beyond the limit": sum(crowd.refused for crowd in crowds),
        },
        wrong=[wrong for crowd in crowds for wrong in crowd.wrong],
        measured={"limit": limit, "slowest answer, ms": round(1_000 * max(seconds))},
    )


@dataclass
class Crowd:
    """At one server; `path` is one whose body is read, whoever sends it."""

    server: Party
    path: str
    random: Generator
    opened: int = 0
    refused: int = 0
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def half_a_body(self) -> bytes:
        headers = {"Content-Type": "application/json", "Content-Length": "9"}
        return request("POST", self.path, b"{", **headers)

    def loiter(self, many: int) -> None:
        """More than there is room for come, and do nothing."""
        before = self.descriptors()
        with ExitStack() as lines:
            kinds = (*NOTHING_MUCH, self.half_a_body)
            come = [self.one_more(lines, ANSWERS_UNTAKEN) for _ in range(min(DEAF, many // LOOKS))]
            for number in range(len(come), many):
                come.append(self.one_more(lines, kinds[self.random.integers(len(kinds))]))
                if number % (many // LOOKS) == 0:
                    self.customer()
            deadline = time.monotonic() + ENDING_S
            stay = sum(not ended(line, max(0.1, deadline - time.monotonic())) for line in come)
        if stay:
            self.wrong.append(f"{stay} connections that waited for nothing were not closed")
        self.customer()
        self.until(lambda: self.descriptors() <= before + LEFT, "it keeps descriptors")

    def work(self, limit: int) -> None:
        """As many as there is room for are at work: one more is refused, and comes again."""
        before = self.descriptors()
        with ExitStack() as lines:
            for _ in range(limit):
                self.one_more(lines, self.half_a_body)
            self.until(lambda: exchanged(self.server.url, [ASK]).status == 503, "one too many was taken")
            for _ in range(REFUSALS):
                came = exchanged(self.server.url, [ASK])
                self.refused += came.status == 503 and came.problem
                if came.status != 503 or not came.problem:
                    self.wrong.append(f"one too many was answered {came.status}: {came.body[:100]!r}")
        self.until(lambda: self.descriptors() <= before + LEFT, "it keeps descriptors")
        self.customer()

    def one_more(self, lines: ExitStack, sent: bytes) -> socket.socket:
        line = lines.enter_context(connected(self.server.url))
        self.opened += 1
        with suppress(ConnectionError):  # it may have given way already
            line.settimeout(SENDING_S)
            with suppress(TimeoutError):  # nobody takes the answers, so nobody takes more questions
                line.sendall(sent)
        return line

    def customer(self) -> None:
        began = time.monotonic()
        came = exchanged(self.server.url, [ASK])
        self.seconds.append(time.monotonic() - began)
        if came.status != 200:
            self.wrong.append(f"a customer was answered {came.status}: {came.body[:100]!r}")

    def descriptors(self) -> int:
        assert self.server.process is not None
        return held([self.server.process.pid]).descriptors

    def until(self, look: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + ENDING_S
        while not look():
            if time.monotonic() > deadline:
                self.wrong.append(f"{self.server.module}: {otherwise}")
                return
            time.sleep(0.05)
