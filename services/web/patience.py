"""`Prefer: wait=20` (RFC 7240): an answer that may come later, when what is asked for has ended."""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Header

LONGEST_WAIT_S = 60.0
LOOK_AGAIN_S = 0.05

T = TypeVar("T")

Prefer = Annotated[str, Header(description="`wait=20` answers when it has ended, or after 20 s.")]


async def patient(look: Callable[[], T], ended: Callable[[T], bool], prefer: str) -> T:
    """What `look` finds once it has ended, or when the time that the client prefers to wait is over."""
    asked = re.search(r"\bwait=(\d{1,4})\b", prefer)
    clock = asyncio.get_running_loop().time
    deadline = clock() + (min(LONGEST_WAIT_S, float(asked[1])) if asked else 0.0)
    while not ended(found := look()) and clock() < deadline:
        await asyncio.sleep(LOOK_AGAIN_S)
    return found
