"""The one door to httpx: bounded answers, retries that cost nothing, problems as typed errors."""

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from threading import Thread
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import numpy as np

from attacker.client import json_text
from attacker.errors import (
    ConfigurationError,
    DatasetUnavailable,
    QuotaExceeded,
    RateLimited,
    ServiceError,
    ServiceRefused,
    ServiceUnreachable,
    UnexpectedAnswer,
)

T = TypeVar("T")

JSON = "application/json"
DOCUMENT_BYTES = 16 * 2**20  # more than any JSON document of the wire needs

CONNECT_S, READ_S = 5.0, 120.0
SLOWEST = 4_096  # bytes a second, on the whole, that a line must carry
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
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a header's name (RFC 9110, sec. 5.6.2)
FRAMING = ("connection", "content-length", "transfer-encoding")  # are of the connection, and the client's own
FINAL = (DatasetUnavailable, QuotaExceeded)  # whatever their status: asking again does not help


@dataclass(frozen=True)
class Reply:
    """An answer with status 2xx; `moved` counts the bytes of both bodies."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray
    moved: int

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; raises UnexpectedAnswer."""
        if not isinstance(document := self.content(), dict):
            raise UnexpectedAnswer(f"{self.url} did not answer a JSON object; is the URL right?")
        return document

    def content(self) -> dict[str, Any] | list[Any]:
        """The body as a JSON object or list; raises UnexpectedAnswer."""
        try:
            document = json_text.read(self.body)
        except ValueError as error:
            raise UnexpectedAnswer(f"{self.url} did not answer JSON; is the URL right?") from error
        if not isinstance(document, dict | list):
            raise UnexpectedAnswer(f"{self.url} answered neither an object nor a list; is the URL right?")
        return document


def checked_key(key: str) -> str:
    """`key` as a header can carry it; raises ConfigurationError, which does not show it."""
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError(
            "The API key has characters that no key has; copy it again as it was issued."
        )
    return key


def checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """`headers` that a template or an option names, if a request can have them; raises ConfigurationError."""
    for name, value in headers.items():
        if not TOKEN.fullmatch(name) or name.lower() in FRAMING:
            raise ConfigurationError(f"A request can have no header {name!r}; leave it out, or correct it.")
        if not (value.isascii() and value.isprintable()):
            raise ConfigurationError(f"The header {name} has characters that no header has; correct it.")
    return headers


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
        at_first: Mapping[str, str] | None = None,
        most_bytes: int = DOCUMENT_BYTES,
    ) -> Reply:
        """Send until there is an answer. Give every request that costs an Idempotency-Key.

        `at_first` are headers of the first attempt alone: a wish to wait, which a proxy may cut off.
        Raises ServiceUnreachable, ServiceRefused (or a child) and UnexpectedAnswer.
        """
        attempt = 0
        while True:
            attempt += 1
            sent = {**(headers or {}), **(at_first or {} if attempt == 1 else {})}
            try:
                return self.once(method, url, body, sent, most_bytes)
            except Again as again:
                if attempt >= self.allowed(url):
                    raise again.failure from again
                self.sleep(max(again.pause_s or 0.0, self.pause(attempt)))

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
            with closing(self.begun(method, url, body, headers)) as response:
                self.answered.add(urlsplit(url).netloc)
                received = bounded(response, url, most_bytes, self.read_s)
        except LOST as error:
            failure = ServiceUnreachable(
                f"No answer from {url} ({reason(error)}); is the service running, and the URL right?"
            )
            raise Again(failure, None) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnexpectedAnswer(f"{url} cannot be asked: {error}; check the URL.") from error
        except TimeoutError as error:
            raise too_slow(url) from error
        if response.is_success:
            moved = len(body or b"") + len(received)
            return Reply(url, response.status_code, response.headers, received, moved)
        refusal, pause_s = refused(response, url, received), retry_after(response)
        never = isinstance(refusal, RateLimited) and pause_s is None  # larger than all that a minute may have
        if response.status_code in BUSY and not isinstance(refusal, FINAL) and not never:
            raise Again(refusal, pause_s)
        raise refusal

    def begun(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        """An answer whose body is still to come; raises TimeoutError where even its headers come in drips.

        httpx has no limit to how long that takes in all, so it is done by a thread that may be left behind.
        """
        request = self.client.build_request(method, url, content=body, headers=dict(headers))
        begun: Future[httpx.Response] = Future()
        Thread(
            target=settle, args=(begun, lambda: self.client.send(request, stream=True)), daemon=True
        ).start()
        return begun.result(CONNECT_S + 2 * self.read_s + len(body or b"") / SLOWEST)


def settle(future: Future[T], make: Callable[[], T]) -> None:
    try:
        future.set_result(make())
    except BaseException as error:
        future.set_exception(error)


class Again(Exception):
    """This attempt failed, another may succeed; `failure` is what to raise when there is none left."""

    def __init__(self, failure: Exception, pause_s: float | None) -> None:
        super().__init__(str(failure))
        self.failure, self.pause_s = failure, pause_s


def bounded(response: httpx.Response, url: str, most_bytes: int, patience_s: float) -> bytearray:
    """The body as sent, at most `most_bytes` of it held in memory; raises UnexpectedAnswer.

    And ServiceUnreachable for one that comes in drips: after `patience_s`, it must have kept up with SLOWEST.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UnexpectedAnswer(f"{url} answered in an encoding that was not asked for.")
    received, began = bytearray(), time.monotonic()
    for part in response.iter_raw():
        if len(received) + len(part) > most_bytes:
            raise UnexpectedAnswer(f"{url} answered more than the {most_bytes} bytes that fit the question.")
        received += part
        seconds = time.monotonic() - began
        if seconds > patience_s and len(received) < SLOWEST * seconds:
            raise too_slow(url)
    return received


def too_slow(url: str) -> ServiceUnreachable:
    return ServiceUnreachable(
        f"{url} answers at less than {SLOWEST} bytes a second; try again, or when its line is better."
    )


def reason(error: httpx.HTTPError) -> str:
    """What kind of failure it is, and the system's or the protocol's word for it, where there is one."""
    told = re.sub(r"^\[Errno -?\d+\] ", "", str(error)).rstrip(".")[:100]
    return ": ".join(filter(None, [type(error).__name__, told]))


def refused(response: httpx.Response, url: str, received: bytearray) -> ServiceError:
    """The error for an answer that is not a success."""
    if response.is_redirect:
        where = response.headers.get("location", "elsewhere")[:200]
        return UnexpectedAnswer(f"{url} redirects to {where}; give the final URL.")
    try:
        document = json_text.read(received)
    except ValueError:
        document = None
    if not isinstance(document, dict) and response.status_code in BUSY:
        return ServiceUnreachable(
            f"{url} answered {response.status_code}: it is busy, or away from the proxy before it; try again "
            "when it is not."
        )
    if not isinstance(document, dict):
        told = f"{url} answered {response.status_code} without saying why; is the URL right?"
        return ServiceRefused(told, response.status_code, "")
    return ServiceRefused.of(url, response.status_code, document)


def retry_after(response: httpx.Response) -> float | None:
    """The server's wish in seconds, from 0 to LONGEST_PAUSE_S; None without one that can be read.

    Ours say a number; a proxy in between may say a date (RFC 9110, sec. 10.2.3), by its own clock.
    """
    wish = response.headers.get("retry-after", "")
    try:
        seconds = float(wish) if wish[:1].isdigit() else moment(wish) - moment(response.headers.get("date"))
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE_S)


def moment(date: str | None) -> float:
    """Seconds since 1970 of a date in a header, or now; raises ValueError for what is none."""
    return time.time() if date is None else parsedate_to_datetime(date).timestamp()
