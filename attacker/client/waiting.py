"""Waiting for what a server does in its own time; but not for ever."""

import time
from collections.abc import Callable
from typing import TypeVar

from attacker.client.http import Http
from attacker.errors import ServiceUnreachable

SOONEST_S, LATEST_S = 0.1, 5.0  # between two looks, of a server that does not wait itself
SHARE = 0.05  # of the time waited: whoever waits for long loses little by it
HOUR_S = 3600

T = TypeVar("T")


def awaited(http: Http, what: str, look: Callable[[], T], ended: Callable[[T], bool]) -> T:
    """What `look` finds once it has ended; raises ServiceUnreachable after `http.patience_s`."""
    began = time.monotonic()
    while not ended(found := look()):
        waited = time.monotonic() - began
        if waited >= http.patience_s:
            hours = f"{http.patience_s / HOUR_S:g} hours"
            raise ServiceUnreachable(
                f"{what} has not ended in {hours}; ask who runs it, then go on from here."
            )
        http.sleep(min(max(SOONEST_S, SHARE * waited), LATEST_S))
    return found
