"""Waiting for what a server does in its own time; but not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

from attacker.client.http import Http
from attacker.errors import ServiceUnreachable

SOONEST_S, LATEST_S = 0.1, 5.0  # between two looks, of a server that does not wait itself
SHARE = 0.05  # of the time waited: whoever waits for long loses little by it
LONGEST_S = 86_400.0  # more than a training or the preparation of a game takes

T = TypeVar("T")


def awaited(http: Http, what: str, look: Callable[[], T], ended: Callable[[T], bool]) -> T:
    """What `look` finds once it has ended; raises ServiceUnreachable after LONGEST_S."""
    began = time.monotonic()
    while not ended(found := look()):
        waited = time.monotonic() - began
        if waited >= LONGEST_S:
            hours = f"{LONGEST_S / 3_600:g} hours"
            raise ServiceUnreachable(
                f"{what} has not ended in {hours}; ask who runs it, then go on from here."
            )
        http.sleep(min(max(SOONEST_S, SHARE * waited), LATEST_S))
    return found
