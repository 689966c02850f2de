"""What a line between two parties may do to a request."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate

from torture.wire.proxy import Exchange, Proxy

STALL_S = 6.0  # for longer than anybody waits who is in a hurry
CUT_S = 0.3
AWAY_S = 0.2
WISH_S = 1
LEAST_PAUSE_S = 0.1
PAGE = b"<html><body><h1>Bad gateway</h1></body></html>"


@dataclass(frozen=True)
class Disturbance:
    """Who gets it asks again, but not before `pause_s`; an error tells one of the words of `cause`."""

    name: str
    treat: Callable[[Exchange, Proxy], Awaitable[None]]
    cause: tuple[str, ...]
    pause_s: float = LEAST_PAUSE_S


async def refuse_connections(exchange: Exchange, proxy: Proxy) -> None:
    await proxy.hang_up()
    await asyncio.sleep(AWAY_S)
    await proxy.listen()


async def reset_in_request(exchange: Exchange, proxy: Proxy) -> None:
    length = int(exchange.head.header("content-length") or 0)
    await exchange.reader.readexactly(length // 2)
    exchange.reset()


async def reset_in_answer(exchange: Exchange, proxy: Proxy) -> None:
    answer = await exchange.answer()
    await exchange.send(answer[: len(answer) // 2])
    exchange.reset()


async def lose_answer(exchange: Exchange, proxy: Proxy) -> None:
    await exchange.answer()
    exchange.reset()


async def stall(exchange: Exchange, proxy: Proxy) -> None:
    await exchange.asked()
    await asyncio.sleep(STALL_S)
    exchange.reset()


async def stall_in_answer(exchange: Exchange, proxy: Proxy) -> None:
    answer = await exchange.answer()
    await exchange.send(answer[: len(answer) - 1])
    await asyncio.sleep(STALL_S)
    exchange.reset()


async def cut(exchange: Exchange, proxy: Proxy) -> None:
    """The service does what it was asked; the proxy has no patience, as some have none after 60 s."""
    await asyncio.gather(exchange.answer(), asyncio.sleep(CUT_S))
    await exchange.refuse("504 Gateway Timeout", "Content-Type: text/html\r\n", PAGE)


async def garble(exchange: Exchange, proxy: Proxy) -> None:
    await exchange.asked()
    await exchange.send(os.urandom(300))
    exchange.close()  # a reset may overtake it


def refusing(status: str, wish: Callable[[], str] = str) -> Callable[[Exchange, Proxy], Awaitable[None]]:
    async def treat(exchange: Exchange, proxy: Proxy) -> None:
        await exchange.refuse(status, f"Content-Type: text/html\r\n{wish()}", PAGE)

    return treat


def seconds() -> str:
    return f"Retry-After: {WISH_S}\r\n"


def date() -> str:
    now = time.time()
    return f"Date: {formatdate(now, usegmt=True)}\r\nRetry-After: {formatdate(now + WISH_S, usegmt=True)}\r\n"


def all_of(status: str, name: str) -> list[Disturbance]:
    """With and without a wish when to ask again."""
    return [
        Disturbance(f"{name} without Retry-After", refusing(status), (name,)),
        Disturbance(f"{name} with seconds", refusing(status, seconds), (name,), WISH_S),
        Disturbance(f"{name} with a date", refusing(status, date), (name,), WISH_S),
    ]


BROKEN = ("Connection reset", "RemoteProtocolError", "WriteError", "ReadError")
DISTURBANCES = [
    Disturbance("connections refused", refuse_connections, ("Connection refused",)),
    Disturbance("resets in a request", reset_in_request, BROKEN),
    Disturbance("resets in an answer", reset_in_answer, BROKEN),
    Disturbance("answers lost", lose_answer, BROKEN),
    Disturbance("stalls before an answer", stall, ("ReadTimeout",)),
    Disturbance("stalls in an answer", stall_in_answer, ("ReadTimeout",)),
    Disturbance("502", refusing("502 Bad Gateway"), ("502",)),
    Disturbance("504 after it was done", cut, ("504",)),
    Disturbance("garbage", garble, ("RemoteProtocolError",)),
    *all_of("429 Too Many Requests", "429"),
    *all_of("503 Service Unavailable", "503"),
]
