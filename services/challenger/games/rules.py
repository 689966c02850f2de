"""What the rules of a game allow together, before anything is drawn."""

from typing import Any

from services.challenger.errors import KnowledgeNotPossible
from services.challenger.split import Draw
from services.web.problem import InvalidRequest

FEWEST_BY_COIN = 20  # members: with fewer, a target may well learn all candidates or none


def check(drawn: Draw, knowledge: dict[str, Any]) -> None:
    """Raises InvalidRequest and KnowledgeNotPossible."""
    if knowledge["kind"] == "partial":
        check_partial(drawn)
    if drawn.inclusion == "coin" and drawn.members < FEWEST_BY_COIN:
        raise InvalidRequest(f"A game whose members are drawn by coin needs {FEWEST_BY_COIN} of them.")
    if drawn.inclusion == "half" and drawn.canaries % 2:
        raise InvalidRequest("Half of the canaries are members: ask for an even number.")
    if drawn.canaries > drawn.candidates:
        raise InvalidRequest(f"Canaries are candidates: ask for at most {drawn.candidates}.")


def check_partial(drawn: Draw) -> None:
    if drawn.targets > 1 or drawn.inclusion == "coin" or drawn.null:
        raise KnowledgeNotPossible(
            "Known members are those of one target that is trained on half of its candidates: "
            'ask for `partial` with 1 target, inclusion "half" and no null game.'
        )
    if not 0 < drawn.known < drawn.members:
        raise KnowledgeNotPossible(
            f"That share makes {drawn.known} of {drawn.members} members known: "
            "ask for another, so that at least one is known and one is not."
        )
