"""How many predictions a second a provider answers: one question, again and again, over many connections.

On bare sockets, in one thread: with a client that does more, the client is what is measured.
"""

import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from numpy.random import Generator
from scipy import stats

from torture.customers.asking import Question, new_id

TICKS_A_SECOND = 100  # of the times in /proc
PATIENCE_S = 120.0
LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")


@dataclass(frozen=True)
class Pace:
    """Predictions a second, and the processor time of the server that each took, in microseconds."""

    per_s: float
    processor_us: float
    answered: int


@dataclass(frozen=True)
class Asker:
    """`connections` of an account to a server, the process `pid`."""

    url: str
    pid: int
    api_key: str
    connections: int

    def ask(self, question: Question, seconds: float, keys: Generator | None = None) -> Pace:
        """For so long; with `keys`, each request with its own Idempotency-Key.

        Raises RuntimeError where one is refused.
        """
        with ExitStack() as stack:
            lines = [stack.enter_context(self.line()) for _ in range(self.connections)]
            spent, began = processor_s(self.pid), time.perf_counter()
            answered = asked(lines, self.requests(question, keys), began + seconds)
            took, spent = time.perf_counter() - began, processor_s(self.pid) - spent
        return Pace(answered / took, 1e6 * spent / answered, answered)

    def line(self) -> socket.socket:
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port), PATIENCE_S)

    def requests(self, question: Question, keys: Generator | None) -> Iterator[bytes]:
        lines = [
            f"POST /v1/models/{question.model}/predict HTTP/1.1",
            f"Host: {urlsplit(self.url).netloc}",
            f"Authorization: Bearer {self.api_key}",
            f"Content-Type: {question.kind}",
            f"Content-Length: {len(question.body)}",
        ]
        head = "\r\n".join(lines)
        while True:
            key = "" if keys is None else f"\r\nIdempotency-Key: {new_id(keys)}"
            yield f"{head}{key}\r\n\r\n".encode() + question.body


def asked(lines: list[socket.socket], requests: Iterator[bytes], until: float) -> int:
    """How many answers came; what was asked before `until` is waited for."""
    answered = 0
    with selectors.DefaultSelector() as selector:
        for line in lines:
            line.sendall(next(requests))
            selector.register(line, selectors.EVENT_READ, line)
        while selector.get_map():
            for key, _ in selector.select(PATIENCE_S):
                receive(key.data)
                answered += 1
                if time.perf_counter() < until:
                    key.data.sendall(next(requests))
                else:
                    selector.unregister(key.data)
    return answered


def receive(line: socket.socket) -> None:
    """A whole answer, or RuntimeError."""
    answer = b""
    while not is_whole(answer):
        more = line.recv(65_536)
        if not more:
            raise RuntimeError("the server hung up")
        answer += more
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(f"a prediction was refused: {answer[:500]!r}")


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head + b"\r\n")
    return bool(end) and length is not None and len(body) >= int(length[1])


def processor_s(pid: int) -> float:
    """What a process has used since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


@dataclass(frozen=True)
class Ratio:
    """Of two means, with an interval at 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def ratio(some: Sequence[float], others: Sequence[float]) -> Ratio:
    """Of values that were measured in turn, pair by pair."""
    logs = np.log(np.array(some) / np.array(others))
    half = stats.t.ppf(0.975, len(logs) - 1) * stats.sem(logs)
    low, value, high = np.exp(logs.mean() + half * np.array([-1, 0, 1]))
    return Ratio(float(value), float(low), float(high))
