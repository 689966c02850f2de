"""Connections of clients that are slow, idle, too many or speak no HTTP: uvicorn bears with the first three.

A client may keep us waiting for `arrival_s` seconds, for its request and for taking the answer; every
`slowest_bytes_s` bytes that come or go make up for one. Where there are too many connections, those that have
asked for nothing for the longest give way; where all are at work, the new one is refused.
"""

import json
import logging
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from services.connection_limits import ConnectionLimits
from services.web import problem_answers
from services.web.problem import MEDIA_TYPE, HeadTooLong, NoHttp, Overloaded, Problem, TooSlow

LONGEST_HEAD = 65_536  # bytes of what is no body: path, headers, the framing of chunks, trailers
MOST_HEADERS = 100
FULL_FOR_S = 0.1
GIVING_WAY = 16  # one in so many at once: a search for each new connection would take longer than the refusal

log = logging.getLogger(__name__)


NO_HTTP = NoHttp("Send HTTP/1.1, with either Content-Length or Transfer-Encoding: chunked.")
TOO_SLOW = TooSlow("Send the whole request without pauses; check the length that its headers claim.")
HEAD_TOO_LONG = HeadTooLong(
    f"At most {MOST_HEADERS} headers, and {LONGEST_HEAD} bytes beside the body, are taken."
)
FULL = Overloaded("All connections are taken; try again in a second.")


class Connection(HttpToolsProtocol):
    """As uvicorn's, but with an end."""

    limits: ClassVar[ConnectionLimits]
    taken_for: Problem = NO_HTTP  # what a request is that cannot be read
    since = 0.0  # when the client began to keep us waiting, less what it has made up for; the loop's time
    unsent = 0  # bytes of the answer that the client had not taken at the last look
    carried = 0  # bytes of the body among those that came last
    full_until: ClassVar[float] = 0.0  # all were found at work; the loop's time
    framing = 0  # bytes of the request under way that are no body
    in_head = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.waits_from_now()
        if len(self.connections) > self.limits.connections and not self.others_gave_way():
            self.refuse(FULL)

    def others_gave_way(self) -> bool:
        """Where all are at work, nobody looks again for a moment: a search takes longer than a refusal."""
        kind = type(self)
        if self.loop.time() < kind.full_until:
            return False
        if make_room(self.connections, self):
            return True
        kind.full_until = self.loop.time() + FULL_FOR_S
        return False

    def waits_from_now(self) -> None:
        self.since = self.loop.time()

    def moved(self, count: int) -> None:
        """So many bytes came or went."""
        self.since = min(self.loop.time(), self.since + count / self.limits.slowest_bytes_s)

    def data_received(self, data: bytes) -> None:
        request, self.carried = self.headers, 0
        super().data_received(data)
        if not self.answered:  # nobody reads what is sent on after the answer
            self.moved(len(data))
        # Where a request began in these bytes and its head has ended, the rest may be its body.
        if self.in_head or request is self.headers:
            # Small chunks have as much around them as in them.
            self.framing = max(0, self.framing + len(data) - 2 * self.carried)
            if self.framing > LONGEST_HEAD and not self.transport.is_closing():
                self.refuse(HEAD_TOO_LONG)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head, self.framing = True, 0
        self.waits_from_now()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) == MOST_HEADERS:
            self.taken_for = HEAD_TOO_LONG
            raise ValueError  # the parser stops
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.in_head = False
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > LONGEST_HEAD:
            self.taken_for = HEAD_TOO_LONG
            raise ValueError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.carried += len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        self.waits_from_now()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(self.taken_for)

    def refuse(self, reason: Problem) -> None:
        """Say so, unless an answer has begun, and close."""
        if self.answered or not self.cycle.response_started:
            self.transport.write(written(reason))
        self.transport.close()

    @property
    def answered(self) -> bool:
        """All that was asked, if anything was; the head of the next request may be on its way."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    @property
    def idle(self) -> bool:
        return self.answered and self.transport.get_write_buffer_size() == 0

    def end_if_overdue(self) -> None:
        """To be called now and then."""
        unsent = self.transport.get_write_buffer_size()
        self.moved(max(0, self.unsent - unsent))
        self.unsent = unsent
        if not unsent and not self.answered and (not self.cycle.more_body or self.flow.read_paused):
            self.waits_from_now()  # it waits for us
        elif self.loop.time() - self.since > self.limits.arrival_s:
            self.end(unsent)

    def end(self, unsent: int) -> None:
        if unsent or self.transport.is_closing():
            self.transport.abort()
        elif self.idle and not self.in_head:
            self.transport.close()
        else:
            self.refuse(TOO_SLOW)


def limited(limits: ConnectionLimits) -> type[Connection]:
    """The protocol for uvicorn."""
    return type("LimitedConnection", (Connection,), {"limits": limits})


def make_room(connections: Iterable[Any], newest: Connection) -> int:
    """How many were closed."""
    idle = [each for each in connections if isinstance(each, Connection) and each.idle and each is not newest]
    idle.sort(key=lambda each: each.since)
    leaving = idle[: 1 + len(idle) // GIVING_WAY]
    log.warning("all connections are taken; %d that ask for nothing are closed", len(leaving))
    for each in leaving:
        each.transport.abort()
    return len(leaving)


def written(reason: Problem) -> bytes:
    """An answer as it goes over the wire, where there is no request that an application could answer."""
    document = problem_answers.document({}, reason.status, reason.slug, reason.title, reason.detail)
    body = json.dumps(document).encode()
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "connection": "close"}
    lines = [
        f"HTTP/1.1 {reason.status} {HTTPStatus(reason.status).phrase}",
        *(f"{n}: {v}" for n, v in headers.items()),
    ]
    lines += [f"{name.lower()}: {value}" for name, value in reason.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
