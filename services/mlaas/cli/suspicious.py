"""`mlaas usage --suspicious`: whose questions look like a search for members."""

from typing import TYPE_CHECKING

from services.mlaas.cli.settings import DataOption, settings_from
from services.mlaas.cli.tables import opened, show

if TYPE_CHECKING:
    from services.mlaas.watching import Watched

COLUMNS = [
    "account",
    "model",
    "requests",
    "records",
    "sketched",
    "alike side by side",
    "alike from request to request",
    "each asked",
    "what it looks like",
]


def suspicious(data: DataOption, account: str | None) -> None:
    """Those that look like a search, and those that cannot be judged."""
    from services.mlaas.storage import storage_at
    from services.mlaas.watching import watched

    settings = settings_from(data=data)
    storage = storage_at(settings.storage, settings.data)
    with opened(data) as database:
        found = [one for one in watched(database, storage) if account in (None, one.account_id)]
    rows = [row(one) for one in found if one.suspicion is None or one.suspicion.searches]
    flagged = sum(bool(one.suspicion and one.suspicion.searches) for one in found)
    show(f"Suspicious: {flagged} of {len(found)} accounts by model that are watched", COLUMNS, rows)


def row(one: "Watched") -> tuple[object, ...]:
    begin = one.account_id, one.model_id, one.requests, one.records
    seen = one.suspicion
    if seen is None:
        return *begin, "", "", "", "", "not judged: the model's training records were deleted"
    shares = (share(seen.beside), share(seen.onward), f"{seen.times:.1f} times")
    return *begin, seen.sketched, *shares, "; ".join(seen.searches)


def share(value: float | None) -> str:
    return "too few" if value is None else f"{value:.2f}"
