"""What the rules of a game allow together, before anything is drawn."""

from math import ceil, floor
from typing import Any

from services.challenger.errors import KnowledgeNotPossible
from services.challenger.split import Draw
from services.web.problem import InvalidRequest

NO_POPULATION = ("format", "partial")  # knowledge that nothing of it is granted with
FEWEST_BY_COIN = 20  # members: with fewer, a target may well learn all candidates or none


def check(drawn: Draw, knowledge: dict[str, Any], overlap: float) -> None:
    """Raises InvalidRequest and KnowledgeNotPossible."""
    if overlap and knowledge["kind"] in NO_POPULATION:
        raise KnowledgeNotPossible(
            f"The knowledge `{knowledge['kind']}` tells nothing of the population: "
            "ask for an overlap with another kind."
        )
    if overlap:
        check_one_target(drawn, "an overlap")
    if knowledge["kind"] == "partial":
        check_partial(drawn)
    if drawn.inclusion == "coin" and drawn.members < FEWEST_BY_COIN:
        raise InvalidRequest(f"A game whose members are drawn by coin needs {FEWEST_BY_COIN} of them.")
    if drawn.inclusion == "half" and drawn.canaries % 2:
        raise InvalidRequest("Half of the canaries are members: ask for an even number.")
    check_canaries(drawn)


def check_canaries(drawn: Draw) -> None:
    if drawn.canaries > drawn.candidates:
        raise InvalidRequest(f"Canaries are candidates: ask for at most {drawn.candidates}.")


def check_partial(drawn: Draw) -> None:
    check_one_target(drawn, "`partial`")
    if not 0 < drawn.known < drawn.members:
        raise KnowledgeNotPossible(
            f"That share makes {drawn.known} of {drawn.members} members known: "
            "ask for another, so that at least one is known and one is not."
        )


def check_one_target(drawn: Draw, what: str) -> None:
    if drawn.targets > 1 or drawn.inclusion == "coin" or drawn.null:
        raise KnowledgeNotPossible(
            "Members that are no candidates are those of one target that is trained on half of its "
            f'candidates: ask for {what} with 1 target, inclusion "half" and no null game.'
        )


def overlapping(drawn: Draw, overlap: float, records: int) -> int:
    """k: with k members and k non-members among them, the other records have that share of members.

    Raises KnowledgeNotPossible where that would take none of the members, or all.
    """
    others, most = records - 2 * drawn.members, drawn.members - 1
    lowest, highest = 1 / (others + 2), most / (others + 2 * most)
    if not lowest <= overlap <= highest:
        raise KnowledgeNotPossible(
            f"With {drawn.members} members and a population of {others} others an overlap lies between "
            f"{ceil(1e6 * lowest) / 1e6:g} and {floor(1e6 * highest) / 1e6:g}: ask for one of these."
        )
    return round(overlap * others / (1 - 2 * overlap))
