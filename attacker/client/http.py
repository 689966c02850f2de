"""The one door to httpx: bounded answers, retries that cost nothing, problems as typed errors."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import numpy as np

from attacker.errors import (
    ConfigurationError,
    DatasetUnavailable,
    QuotaExceeded,
    RateLimited,
    ServiceRefused,
    ServiceUnreachable,
    UnexpectedAnswer,
)

JSON = "application/json"
DOCUMENT_BYTES = 16 * 2**20  # more than any JSON document of the wire needs

CONNECT_S, READ_S = 5.0, 120.0
KEEP_ALIVE_S = 4.0  # below the 5 s after which common servers close an idle connection under the client
ATTEMPTS = 10
FIRST_ATTEMPTS = 3  # for a server that has never answered: its URL is more likely wrong than it is slow
LONGEST_PAUSE_S = 60.0  # a server may not put a run to sleep for longer by Retry-After

LOST = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ReadError,
    httpx.ReadTimeout,
    httpx.RemoteProtocolError,
    httpx.WriteError,
    httpx.WriteTimeout,
)
BUSY = frozenset({429, 502, 503, 504})
FINAL = (DatasetUnavailable, QuotaExceeded)  # whatever their status: asking again does not help


@dataclass(frozen=True)
class Reply:
    """An answer with status 2xx; `moved` counts the bytes of both bodies."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved: int

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises UnexpectedAnswer."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise UnexpectedAnswer(f"{self.url} did not answer JSON; is the URL right?") from error
        if not isinstance(document, dict):
            raise UnexpectedAnswer(f"{self.url} did not answer a JSON object; is the URL right?")
        return document


def checked_url(url: str) -> str:
    """`url` without a trailing slash; raises ConfigurationError unless it is http or https with a host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets that do not close, a port that is no number
        usable = False
    if not usable:
        raise ConfigurationError(f"{url!r} is no URL; it should look like http://127.0.0.1:8000/v1/...")
    return url.rstrip("/")


def checked_key(key: str) -> str:
    """`key` as a header can carry it; raises ConfigurationError, which does not show it."""
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError(
            "The API key has characters that no key has; copy it again as it was issued."
        )
    return key


def user_agent() -> str:
    try:
        return f"penumbra-attacker/{version('penumbra')}"
    except PackageNotFoundError:  # a bare copy of the package
        return "penumbra-attacker"


@dataclass
class Http:
    """One client for a whole run; safe to use from several threads.

    `rng` draws the jitter between attempts, `sleep` waits. Redirects are not followed and the
    environment's proxies are (httpx's `trust_env`). `read_s` is how long an answer may take to begin.
    """

    rng: np.random.Generator
    sleep: Callable[[float], None] = time.sleep
    attempts: int = ATTEMPTS
    read_s: float = READ_S
    answered: set[str] = field(default_factory=set)  # hosts that have answered before

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            timeout=httpx.Timeout(self.read_s, connect=CONNECT_S),
            limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE_S),
            headers={"User-Agent": user_agent(), "Accept-Encoding": "identity"},
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = DOCUMENT_BYTES,
    ) -> Reply:
        """Send until there is an answer. Give every request that costs an Idempotency-Key.

        Raises ServiceUnreachable, ServiceRefused (or a child) and UnexpectedAnswer.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self.once(method, url, body, headers or {}, most_bytes)
            except Again as again:
                if attempt >= self.allowed(url):
                    raise again.failure from again
                self.sleep(again.pause_s if again.pause_s is not None else self.pause(attempt))

    def allowed(self, url: str) -> int:
        return self.attempts if urlsplit(url).netloc in self.answered else FIRST_ATTEMPTS

    def pause(self, attempt: int) -> float:
        """Seconds before the next attempt: doubling up to 5, jittered so that clients spread out."""
        return float(min(5.0, 0.1 * 2 ** (attempt - 1)) * self.rng.uniform(1.0, 1.5))

    def once(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], most_bytes: int
    ) -> Reply:
        """One attempt; raises Again when another may succeed."""
        try:
            with self.client.stream(method, url, content=body, headers=dict(headers)) as response:
                self.answered.add(urlsplit(url).netloc)
                received = bounded(response, url, most_bytes)
        except LOST as error:
            failure = ServiceUnreachable(
                f"No answer from {url} ({type(error).__name__}); is the service running, and the URL right?"
            )
            raise Again(failure, None) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnexpectedAnswer(f"{url} cannot be asked: {error}; check the URL.") from error
        if response.is_success:
            moved = len(body or b"") + len(received)
            return Reply(url, response.status_code, response.headers, received, moved)
        refusal, pause_s = refused(response, url, received), retry_after(response)
        never = isinstance(refusal, RateLimited) and pause_s is None  # larger than all that a minute may have
        if response.status_code in BUSY and not isinstance(refusal, FINAL) and not never:
            raise Again(refusal, pause_s)
        raise refusal


class Again(Exception):
    """This attempt failed, another may succeed; `failure` is what to raise when there is none left."""

    def __init__(self, failure: Exception, pause_s: float | None) -> None:
        super().__init__(str(failure))
        self.failure, self.pause_s = failure, pause_s


def bounded(response: httpx.Response, url: str, most_bytes: int) -> bytes:
    """The body as sent, at most `most_bytes` of it held in memory; raises UnexpectedAnswer."""
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedAnswer(f"{url} answered in an encoding that was not asked for.")
    parts: list[bytes] = []
    received = 0
    for part in response.iter_raw():
        received += len(part)
        if received > most_bytes:
            raise UnexpectedAnswer(f"{url} answered more than the {most_bytes} bytes that fit the question.")
        parts.append(part)
    return b"".join(parts)


def refused(response: httpx.Response, url: str, received: bytes) -> ServiceRefused | UnexpectedAnswer:
    """The error for an answer that is not a success."""
    if response.is_redirect:
        where = response.headers.get("location", "elsewhere")[:200]
        return UnexpectedAnswer(f"{url} redirects to {where}; give the final URL.")
    try:
        document = json.loads(received)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return UnexpectedAnswer(
            f"{url} answered {response.status_code} without saying why; is the URL right?"
        )
    return ServiceRefused.of(url, response.status_code, document)


def retry_after(response: httpx.Response) -> float | None:
    """The server's wish in seconds, bounded; None without one (the date form is not used on the wire)."""
    try:
        return min(max(float(response.headers["retry-after"]), 0.0), LONGEST_PAUSE_S)
    except (KeyError, ValueError):
        return None
