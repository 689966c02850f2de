"""API keys: `<prefix>_<owner id>.<secret>`, shown once and stored as their SHA-256.

A slow hash would buy nothing for 256 random bits and would cap the requests a second.
"""

import hashlib
import hmac
import re
import secrets

KEY = re.compile(r"\b[a-z]+_[\w-]+\.[\w-]{20,}")


def new_key(prefix: str, owner_id: str) -> tuple[str, str]:
    """A fresh key and the hex digest to store."""
    key = f"{prefix}_{owner_id}.{secrets.token_urlsafe(32)}"
    return key, digest(key)


def owner_of(key: str) -> str | None:
    """The id inside a key, or None when the text is no key."""
    name, dot, secret = key.partition(".")
    _, underscore, owner_id = name.partition("_")
    return owner_id if dot and secret and underscore and owner_id else None


def matches(key: str, stored: str) -> bool:
    return hmac.compare_digest(digest(key), stored)


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def without_keys(text: str) -> str:
    """What looks like a key, hidden: for texts that somebody else wrote."""
    return KEY.sub("[key]", text)
