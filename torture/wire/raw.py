"""Requests as they go over the wire, right or wrong, and what comes back."""

import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

WAITING_S = 60.0


@dataclass(frozen=True)
class Came:
    """`status` 0: the connection was closed, or reset, without an answer."""

    status: int
    kind: str = ""
    body: bytes = b""

    @property
    def problem(self) -> bool:
        return self.kind == "application/problem+json" and isinstance(self.document.get("detail"), str)

    @property
    def document(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


NOTHING = Came(0)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """With a right length, unless the headers say something of it; `_` stands for `-` in their names."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if not {"Content-Length", "Transfer-Encoding"} & set(named):
        named["Content-Length"] = str(len(body))
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: here",
        *(f"{name}: {value}" for name, value in named.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def connected(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname or "", parts.port or 0), WAITING_S)


def exchanged(url: str, parts: Iterable[bytes], pause_s: float = 0.0) -> Came:
    """What is answered to these bytes, sent until there is an answer or nobody takes any more.

    Raises TimeoutError where there is neither an answer nor an end.
    """
    with connected(url) as line:
        try:
            for part in parts:
                line.sendall(part)
                if pause_s and readable(line, pause_s):
                    break
        except ConnectionError:
            pass  # there may be an answer all the same
        return answer(line)


def readable(line: socket.socket, seconds: float) -> bool:
    line.settimeout(seconds)
    try:
        return line.recv(1, socket.MSG_PEEK) is not None
    except TimeoutError:
        return False
    finally:
        line.settimeout(WAITING_S)


def answer(line: socket.socket) -> Came:
    response = HTTPResponse(line)
    try:
        response.begin()
        return Came(response.status, response.headers["Content-Type"] or "", response.read())
    except (ConnectionError, HTTPException):
        return NOTHING


def ended(line: socket.socket, limit_s: float) -> bool:
    """Whether the other side closes a connection within so many seconds."""
    deadline = time.monotonic() + limit_s
    try:
        while (left := deadline - time.monotonic()) > 0:
            line.settimeout(left)
            if not line.recv(65_536):
                return True
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return False
