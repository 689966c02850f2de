"""`Prefer: wait=20` (RFC 7240): an answer that may come later, when what is asked for has ended."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request

LONGEST_WAIT_S = 60.0
LOOK_AGAIN_S = 0.05
STOPPING = "stopping"  # in the state of the server: whether it is told to stop

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long the client prefers to wait, if the server does not stop before."""

    seconds: float
    stopping: Callable[[], bool]

    async def until(self, look: Callable[[], T], ended: Callable[[T], bool]) -> T:
        """What `look` finds once it has ended, or when there is no more time."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self.seconds
        while not ended(found := look()) and clock() < deadline and not self.stopping():
            await asyncio.sleep(LOOK_AGAIN_S)
        return found


def preferred(
    request: Request,
    prefer: Annotated[str, Header(description="`wait=20` answers when it has ended, or after 20 s.")] = "",
) -> Patience:
    asked = re.search(r"\bwait=(\d{1,4})\b", prefer)
    seconds = min(LONGEST_WAIT_S, float(asked[1])) if asked else 0.0
    return Patience(seconds, request.scope.get("state", {}).get(STOPPING, lambda: False))


PatienceDep = Annotated[Patience, Depends(preferred)]
