"""A request over a connection that stays, and how long its answer took."""

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Line:
    """One connection to a server, for one request after another, each timed; ended with the block."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *raised: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        began = time.perf_counter()
        self.connection.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
        answer = self.connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - began
        return Answer(
            answer.status, {name.lower(): value for name, value in answer.getheaders()}, content, seconds
        )
