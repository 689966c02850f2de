"""What both pages say in the same words: a game's state, a moment."""

from datetime import UTC, datetime

from attacker.report.markup import Html, element

STATES = {
    "preparing": "being prepared",
    "open": "open",
    "closed": "closed",
    "failed": "failed",
}


def counted(count: int, what: str) -> str:
    """1 submission, 2 submissions."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def moment(milliseconds: int) -> Html:
    """Since 1970; to the minute."""
    then = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return element("time", in_words(milliseconds), datetime=then.isoformat(timespec="seconds"))


def in_words(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M} UTC"
