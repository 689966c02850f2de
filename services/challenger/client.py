"""A game's owner at the challenger's API: create, wait, close, read the scoreboard."""

from typing import Any

import httpx
from numpy.typing import NDArray

from services.web.bodies import NPY, encode_npy
from services.web.command import CommandError

TIMEOUT = httpx.Timeout(600.0, connect=5.0)  # a data set may have to be made, evaluations take a while
LONG_POLL_S = 20
FETCHING = " Or is a data set being fetched? `challenger fetch NAME` gets it ahead."
Document = dict[str, Any]


def create(challenger: str, asked: Document, base_key: str | None = None) -> Document:
    """A game or, with the owner key of its base, a twin."""
    headers = bearer(base_key) if base_key else {}
    return ask("POST", challenger.rstrip("/") + "/v1/games", json=asked, headers=headers)


def upload(challenger: str, table: NDArray[Any]) -> str:
    """The id of a table for a game of an owner's own records."""
    url, headers = challenger.rstrip("/") + "/v1/uploads", {"Content-Type": NPY}
    return str(ask("POST", url, content=encode_npy(table), headers=headers)["id"])


def until_prepared(game_url: str) -> Document:
    """The game once it is open; raises CommandError when it failed."""
    while (game := ask("GET", game_url, headers={"Prefer": f"wait={LONG_POLL_S}"}))["state"] == "preparing":
        pass
    if game["state"] == "failed":
        raise CommandError(f"the game failed: {game.get('error', 'no reason given')}")
    return game


def close(game_url: str, owner_key: str) -> Document:
    return ask("POST", game_url + "/close", headers=bearer(owner_key))


def scoreboard(game_url: str) -> Document:
    return ask("GET", game_url + "/scoreboard")


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def ask(method: str, url: str, **request: Any) -> Document:
    """A JSON answer; raises CommandError with the problem's own remedy."""
    try:
        answer = httpx.request(method, url, timeout=TIMEOUT, **request)
        document = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        late = isinstance(error, httpx.ReadTimeout)
        raise CommandError(
            f"no answer from {url} ({reason}); is `challenger serve` running there?{FETCHING if late else ''}"
        ) from error
    except ValueError as error:
        raise CommandError(f"{url} does not answer JSON; is it a challenger's URL?") from error
    if not isinstance(document, dict) or not answer.is_success:
        detail = document.get("detail") if isinstance(document, dict) else None
        raise CommandError(str(detail or f"{url} answered {answer.status_code}; is it a challenger's URL?"))
    return document
