"""`Prefer: wait=20` (RFC 7240): an answer that may come later, when what is asked for has ended."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Header, Request

LONGEST_WAIT_S = 60.0
LOOK_AGAIN_S = 0.05
SELDOMER = 0.05  # of the time waited: whoever waits for long loses little by it
SELDOMEST_S = 0.5
STOPPING = "stopping"  # in the state of the server: whether it is told to stop
LOOKS = CapacityLimiter(4)  # threads: however many wait, all others have theirs


@dataclass(frozen=True)
class Patience:
    """How long the client prefers to wait, if the server does not stop before."""

    seconds: float
    stopping: Callable[[], bool]

    async def until(self, ended: Callable[[], bool]) -> None:
        """Until it is so, or there is no more time. Raises what a look raises."""
        clock = asyncio.get_running_loop().time
        began = clock()
        while (waited := clock() - began) < self.seconds and not self.stopping():
            if await to_thread.run_sync(ended, limiter=LOOKS):
                return
            await asyncio.sleep(min(max(LOOK_AGAIN_S, SELDOMER * waited), SELDOMEST_S, self.seconds - waited))


def preferred(
    request: Request,
    prefer: Annotated[str, Header(description="`wait=20` answers when it has ended, or after 20 s.")] = "",
) -> Patience:
    asked = re.search(r"\bwait=(\d{1,4})\b", prefer)
    seconds = min(LONGEST_WAIT_S, float(asked[1])) if asked else 0.0
    return Patience(seconds, request.scope.get("state", {}).get(STOPPING, lambda: False))


PatienceDep = Annotated[Patience, Depends(preferred)]
