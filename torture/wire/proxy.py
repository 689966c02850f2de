"""A proxy before a service: every request goes through a treatment, which may do worse than pass it on.

It has a thread and an event loop of its own. The service gets a connection a request; a client may keep its.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.parties import free_ports

LONGEST_HEAD = 2**18
WAITING_S = 120.0
Address = tuple[str, int]
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: what is closed is reset
BROKEN = (OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError)


@dataclass(frozen=True)
class Head:
    """The first lines of a request or an answer, as they came."""

    raw: bytes

    @property
    def start(self) -> str:
        return self.raw.partition(b"\r\n")[0].decode("latin-1")

    @property
    def method(self) -> str:
        return self.start.split(" ")[0]

    @property
    def path(self) -> str:
        return self.start.split(" ")[1].partition("?")[0]

    def header(self, name: str) -> str:
        lines = (line.partition(b":") for line in self.raw.split(b"\r\n")[1:])
        return next(
            (value.strip().decode("latin-1") for one, _, value in lines if one.lower() == name.encode()), ""
        )


class Exchange:
    """One request of a client's, read no further than its head, to be answered or not."""

    def __init__(
        self, service: Address, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.service, self.head, self.reader, self.writer = service, head, reader, writer
        self.body: bytes | None = None

    async def asked(self) -> bytes:
        """The request's body, whole."""
        if self.body is None:
            self.body = await self.reader.readexactly(int(self.head.header("content-length") or 0))
        return self.body

    async def answer(self) -> bytes:
        """What the service answers, whole; raises OSError when it does not."""
        body = await self.asked()
        reader, writer = await asyncio.open_connection(*self.service, limit=LONGEST_HEAD)
        try:
            writer.write(self.head.raw + body)
            return await asyncio.wait_for(whole(reader), WAITING_S)
        finally:
            writer.close()

    async def send(self, answer: bytes) -> None:
        self.writer.write(answer)
        await self.writer.drain()

    async def refuse(self, status: str, headers: str = "", body: bytes = b"") -> None:
        """An answer of the proxy's own."""
        await self.asked()
        await self.send(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def reset(self) -> None:
        reset(self.writer)

    def close(self) -> None:
        self.writer.close()


Treatment = Callable[[Exchange], Awaitable[None]]


async def passed(exchange: Exchange) -> None:
    await exchange.send(await exchange.answer())


class Proxy:
    """Before the service at `url`; `treat` gives every exchange its treatment."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.service = parts.hostname, parts.port
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.treat: Callable[[Head], Treatment] = lambda _: passed
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.listening: asyncio.Server | None = None
        self.open: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        self.listening = await asyncio.start_server(self.serve, "127.0.0.1", self.port, limit=LONGEST_HEAD)

    async def hang_up(self) -> None:
        """Nobody listens any more, and every connection is reset."""
        if self.listening is not None:
            self.listening.close()
        for writer in self.open:
            reset(writer)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open.add(writer)
        with suppress(*BROKEN):
            async for head in heads(reader):
                exchange = Exchange(self.service, head, reader, writer)
                await self.treat(head)(exchange)
                await exchange.asked()  # what a treatment has not read is no request of its own
        self.open.discard(writer)
        writer.close()


def reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it is closed
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()


async def heads(reader: asyncio.StreamReader) -> AsyncIterator[Head]:
    while True:
        yield Head(await reader.readuntil(b"\r\n\r\n"))


async def whole(reader: asyncio.StreamReader) -> bytes:
    """An answer with the length that it says, or in chunks."""
    head = Head(await reader.readuntil(b"\r\n\r\n"))
    if head.header("transfer-encoding") == "chunked":
        return head.raw + await chunks(reader)
    return head.raw + await reader.readexactly(int(head.header("content-length") or 0))


async def chunks(reader: asyncio.StreamReader) -> bytes:
    parts, size = bytearray(), -1
    while size:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        parts += line + await reader.readexactly(size + 2)
    return bytes(parts)


@contextmanager
def proxy(url: str) -> Iterator[Proxy]:
    """One that passes everything on, until it is told otherwise."""
    one = Proxy(url)
    one.thread.start()
    try:
        asyncio.run_coroutine_threadsafe(one.listen(), one.loop).result(WAITING_S)
        yield one
    finally:
        asyncio.run_coroutine_threadsafe(ended(one), one.loop).result(WAITING_S)
        one.loop.call_soon_threadsafe(one.loop.stop)
        one.thread.join()
        one.loop.close()


async def ended(one: Proxy) -> None:
    await one.hang_up()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
