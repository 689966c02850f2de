"""Rounds of every route of both services, asked by every kind of caller: with no key, a malformed, a wrong, a
revoked one, another account's, one that may only predict, the owner's and an operator's.

Each is answered as the table of permissions says, which has a row for every route and no other. What is
somebody else's is refused as if it did not exist, in the same words. No key is in any file of the provider,
and no owner's key of a game in any of the challenger.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
from numpy.random import Generator

from services.challenger.app import create_app as create_challenger
from services.challenger.settings import Settings as ChallengerSettings
from services.mlaas.app import create_app as create_provider
from services.mlaas.settings import Settings as ProviderSettings
from torture.customers.existing import MEMBERS, Owner
from torture.customers.tenants import Keys, bearer, malformed, wrong
from torture.described.knocking import Knocking
from torture.described.permissions import AT_CHALLENGER, AT_PROVIDER, Stages, routes_in, routes_of
from torture.described.visits import Things
from torture.found import Found
from torture.parties import party, provider

FULL, BRIEF = 8, 1


def run(much: int, random: Generator, folder: Path) -> Found:
    rounds: list[Knocking] = []
    secrets: set[str] = set()
    with provider(folder / "provider") as mlaas:
        data = folder / "challenger"
        with party("services.challenger", data, "--provider", mlaas.url) as challenger:
            for _ in range(much):
                for at, where in ((at_provider, mlaas), (at_challenger, challenger)):
                    knocking, keys = at(where.url, where.data, random)
                    rounds.append(knocking)
                    secrets |= {key.partition(".")[2] for key in keys}
    return Found(
        done={
            "routes": len(AT_PROVIDER) + len(AT_CHALLENGER),
            "kinds of callers": len({caller for one in rounds for caller in one.callers}),
            "answers": sum(one.answers for one in rounds),
            "files searched for keys": len(files(folder)),
        },
        wrong=[
            *without_a_row(folder),
            *(wrong for one in rounds for wrong in one.wrong),
            *(f"{file.name} holds a key" for file in files(folder) if holds(file, secrets)),
        ],
    )


def without_a_row(folder: Path) -> Iterator[str]:
    provider_app = create_provider(ProviderSettings(data=folder))
    challenger_app = create_challenger(ChallengerSettings(data=folder))
    for app, rows in ((provider_app, AT_PROVIDER), (challenger_app, AT_CHALLENGER)):
        for route in routes_of(app) ^ routes_in(rows):
            yield f"{route} is among the routes or in the table of permissions, and not in both"


def at_provider(url: str, data: Path, random: Generator) -> tuple[Knocking, Iterable[str]]:
    keys = Keys.at(url, data)
    private, shared, none = things_at_provider(url, keys.owner, random)
    nobody = {
        "nobody (no key)": {},
        "nobody (malformed key)": malformed(keys.owner, random),
        "nobody (wrong key)": wrong(keys.owner, keys.stranger, random),
        "nobody (revoked account)": bearer(keys.revoked),
        "nobody (revoked key)": bearer(keys.predict_only_revoked),
    }
    with httpx.Client(base_url=url, timeout=120) as client:
        knocking = Knocking(client)
        for route, row in AT_PROVIDER.items():
            for caller, headers in nobody.items():
                knocking.knock(caller, headers, route, private, row.nobody)
            knocking.hidden(bearer(keys.stranger), route, private, row.stranger, none)
            if "{model_id}" in route:
                knocking.knock("another account", bearer(keys.stranger), route, shared, row.shared)
            knocking.knock("operator", bearer(keys.admin), route, private, row.admin)
            knocking.knock("predict-only key", bearer(keys.predict_only), route, private, row.predict_only)
            knocking.knock("owner", bearer(keys.owner), route, private, row.owner)
    return knocking, vars(keys).values()


def things_at_provider(url: str, key: str, random: Generator) -> tuple[Things, Things, Things]:
    """What nobody else may use, what others may, and what does not exist."""
    with httpx.Client(base_url=url, headers=bearer(key), timeout=120) as client:
        owner = Owner(client)
        dataset, learned = owner.uploaded(random), owner.uploaded(random)
        private, shared = owner.trained(learned), owner.trained(learned)
        client.patch(f"/v1/models/{shared}", json={"visibility": "public"}).raise_for_status()
        key_id = owner.posted("/v1/keys", json={"scope": "predict"})["id"]
    ids = {"dataset_id": dataset, "learned_id": learned, "key_id": key_id}
    of_all = {"version": "1"}
    none = dict.fromkeys((*ids, "model_id"), "nothing")
    return (
        Things({**ids, **of_all, "model_id": private, "visibility": "private"}, random),
        Things({**ids, **of_all, "model_id": shared, "visibility": "public"}, random),
        Things({**none, **of_all, "visibility": "private"}, random),
    )


def at_challenger(url: str, data: Path, random: Generator) -> tuple[Knocking, Iterable[str]]:
    with httpx.Client(base_url=url, timeout=120) as client:
        owner = Owner(client)
        (game, owner_key), (_, others_key) = owner.opened(), owner.opened()
        ids = {
            "game_id": game,
            "submission_id": owner.submitted(game, random),
            "candidates": str(2 * MEMBERS),
        }
        callers = {
            "nobody (no key)": {},
            "nobody (malformed key)": malformed(owner_key, random),
            "another game's owner": bearer(others_key),
            "nobody (wrong key)": wrong(owner_key, others_key, random),
            "owner": bearer(owner_key),
        }
        knocking, things = Knocking(client), Things(ids, random)
        for closed in (False, True):
            for route, row in AT_CHALLENGER.items():
                for caller, headers in callers.items():
                    knocking.knock(caller, headers, route, things, status(row, caller, headers, closed))
    return knocking, (owner_key, others_key)


def status(row: Stages, caller: str, headers: Mapping[str, str], closed: bool) -> int:
    """401 without a key, and 403 with another than the owner's: the game itself is no secret."""
    if not row.owners or caller == "owner":
        return row.after if closed else row.before
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    return 403 if scheme == "Bearer" and key else 401


def files(folder: Path) -> Sequence[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def holds(file: Path, secrets: Iterable[str]) -> bool:
    content = file.read_bytes()
    return any(secret.encode() in content for secret in secrets)
