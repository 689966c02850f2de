"""A proxy for tests: every connection goes to the next server that takes it."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

Readers = asyncio.StreamReader
Writers = asyncio.StreamWriter


@dataclass
class Proxy:
    """Its URL, and how many connections went to each port."""

    url: str = ""
    taken: Counter[int] = field(default_factory=Counter)


@contextmanager
def round_robin(ports: Sequence[int]) -> Iterator[Proxy]:
    """In front of the servers at these ports of loopback."""
    loop, turn, proxy = asyncio.new_event_loop(), count(), Proxy()

    async def serve(reader: Readers, writer: Writers) -> None:
        first = next(turn)
        for port in (ports[(first + more) % len(ports)] for more in range(len(ports))):
            with suppress(OSError):
                upstream = await asyncio.open_connection("127.0.0.1", port)
                proxy.taken[port] += 1
                await asyncio.gather(carry(reader, upstream[1]), carry(upstream[0], writer))
                return
        writer.close()

    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy
    finally:
        asyncio.run_coroutine_threadsafe(close(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def carry(reader: Readers, writer: Writers) -> None:
    """From one side to the other, and the end of it, too, as soon as either is gone."""
    with suppress(OSError):
        while chunk := await reader.read(2**16):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def close(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
