"""Of HTTP itself: where to go, how long it is, in which code, how slowly."""

import gzip
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

from torture.wire.lie import Answer, Lie, said

PREDICT, GAME, USAGE, CANDIDATES, KNOWLEDGE = (
    ("POST", "/predict"),
    ("GET", "/g-1"),
    ("GET", "/usage"),
    ("GET", "/candidates"),
    ("GET", "/knowledge"),
)
ASKED = (PREDICT, GAME, USAGE, CANDIDATES, KNOWLEDGE)
MEBIBYTE = bytes(2**20)
PROBLEM = (
    b'{"type": "https://x.example/problems/not-found", "title": "gone", "status": 404, "detail": "Gone."}'
)
DRIPS, DRIP_S = 10_000, 0.05
LARGEST_DOWNLOAD_MIB = 1_024


def endless(answer: Answer, elsewhere: str) -> Answer:
    return answer.with_body(repeat(MEBIBYTE))


def dripping(answer: Answer, elsewhere: str) -> Answer:
    assert isinstance(answer.body, bytes)
    return answer.with_body(drips(answer.body))


def dripping_headers(answer: Answer, elsewhere: str) -> Answer:
    return Answer(0, {}, drips(b"HTTP/1.1 200 OK\r\nx-long: " + bytes([97]) * DRIPS))


def drips(body: bytes) -> Iterator[bytes]:
    for place in range(DRIPS):
        yield body[place : place + 1] or b" "
        time.sleep(DRIP_S)


def bomb(answer: Answer, elsewhere: str) -> Answer:
    return answer.with_body(gzip.compress(bytes(2**26)), content_encoding="gzip")


def with_headers(size: int) -> Lie:
    def tell(answer: Answer, elsewhere: str) -> Answer:
        return answer.with_body(answer.body, **{f"x-{place}": "a" * 60_000 for place in range(size)})

    return Lie(f"{size} headers of 60 kB", *USAGE, tell)


def redirected(status: int, method: str, path: str, to: str = "{elsewhere}") -> Lie:
    def tell(answer: Answer, elsewhere: str) -> Answer:
        location = to.format(elsewhere=elsewhere)
        return replace(answer, status=status, headers={"location": location}, body=b"")

    return Lie(f"{status} for {path} to {to!r}", method, path, tell)


LIES = (
    *(
        Lie(f"an endless answer to {path}", method, path, endless)
        for method, path in ASKED
        if path != "/knowledge"
    ),
    Lie("an endless answer to /knowledge", *KNOWLEDGE, endless, most_mib=LARGEST_DOWNLOAD_MIB + 256),
    *(Lie(f"an answer to {path} in drips", method, path, dripping) for method, path in (PREDICT, USAGE)),
    Lie("headers in drips", *PREDICT, dripping_headers),
    *(Lie(f"a gzip bomb for {path}", method, path, bomb) for method, path in ASKED),
    *(redirected(status, *PREDICT) for status in (301, 302, 303, 307, 308)),
    *(redirected(307, method, path) for method, path in ASKED[1:]),
    redirected(302, *USAGE, "file:///etc/passwd"),
    redirected(302, *USAGE, "//\x1b]0;owned\x07[/bold]"),
    redirected(302, *USAGE, ""),
    with_headers(3),
    *(said(f"a problem with status 200 for {path}", method, path, PROBLEM) for method, path in ASKED),
    *(said(f"nothing at all for {path}", method, path, b"") for method, path in ASKED),
    *(
        said(f"a page for {path}", method, path, b"<html>\x1b[2Jwelcome</html>", 418)
        for method, path in ASKED
    ),
    said("a problem of 15 MB", *USAGE, b'{"detail": "' + b"a " * 7_500_000 + b'"}', 422),
    said("a problem that is a list", *USAGE, b"[[[[1]]]]", 500),
    said(
        "a problem in escapes",
        *USAGE,
        b'{"detail": "\\u001b[2J\\u202eowned [/red]", "type": "/\\u001b[31m"}',
        422,
    ),
    said("a problem in surrogates", *USAGE, b'{"detail": "\\ud800", "type": "/\\udfff"}', 422),
    said("status 204", *USAGE, b"", 204),
)
