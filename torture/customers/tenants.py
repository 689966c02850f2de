"""A provider's tenants: an account and all the kinds of keys that somebody may come with."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
from numpy.random import Generator

from services.mlaas.accounts.service import open_account, revoke
from services.mlaas.database import open_database
from services.web.keys import digest, owner_of
from torture.customers.asking import new_id


@dataclass(frozen=True)
class Keys:
    """Of the account in question: its own key, one that may only predict, and one that did before.

    Besides: keys of another account, of an operator, and of an account that is revoked.
    """

    owner: str
    predict_only: str
    predict_only_revoked: str
    stranger: str
    admin: str
    revoked: str

    @classmethod
    def at(cls, url: str, data: Path) -> Self:
        """New ones at the provider that serves `data`."""
        owner, stranger, revoked = (sign_up(url) for _ in range(3))
        database = open_database(data)
        with database.write() as session:
            _, admin = open_account(session, is_admin=True)
            revoke(session, owner_of(revoked) or "")
        database.dispose()
        with httpx.Client(base_url=url, headers=bearer(owner)) as client:
            made = [client.post("/v1/keys", json={"scope": "predict"}).json() for _ in range(2)]
            client.delete(f"/v1/keys/{made[1]['id']}").raise_for_status()
        return cls(owner, made[0]["api_key"], made[1]["api_key"], stranger, admin, revoked)


def sign_up(url: str) -> str:
    key: str = httpx.post(f"{url}/v1/accounts").raise_for_status().json()["api_key"]
    return key


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def malformed(key: str, random: Generator) -> dict[str, str]:
    """A header that bears no key, made from a good one."""
    name, _, secret = key.partition(".")
    texts = (
        "",
        "Bearer",
        key,
        f"Basic {key}",
        f"Bearer {name}",
        f"Bearer {name}.",
        f"Bearer .{secret}",
        f"Bearer {name}{secret}",
        f"Bearer {key} {key}",
        f"Bearer {new_id(random)}",
        f"Bearer {secret * 100}",
        f"Bearer {digest(key)}",
    )
    return {"Authorization": str(random.choice(texts))}


def wrong(key: str, other: str, random: Generator) -> dict[str, str]:
    """A header with a key as it might be, made from a good one and that of another."""
    (name, _, secret), (others_name, _, others_secret) = key.partition("."), other.partition(".")
    texts = (
        f"{name}.{others_secret}",
        f"{others_name}.{secret}",
        f"{name}.{digest(key)}",
        f"{name}.{secret[:-1]}",
        f"{name}.{secret}A",
        f"{name}.{secret.swapcase()}",
        f"pk_a-{new_id(random)[:12]}.{secret}",
    )
    return bearer(str(random.choice(texts)))
