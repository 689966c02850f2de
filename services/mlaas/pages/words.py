"""What both pages say in the same words: a moment, a day."""

from datetime import UTC, datetime

from attacker.report.markup import Html, element
from services.mlaas.pages.repository import DAY_MS


def moment(milliseconds: int | None) -> Html | str:
    """Since 1970; to the minute."""
    if milliseconds is None:
        return ""
    then = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return element("time", f"{then:%Y-%m-%d %H:%M} UTC", datetime=then.isoformat(timespec="seconds"))


def day(number: int) -> str:
    """Of days since 1970."""
    return f"{datetime.fromtimestamp(number * DAY_MS / 1000, UTC):%Y-%m-%d}"
