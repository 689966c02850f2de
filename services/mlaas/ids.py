"""Opaque ids: 60 random bits, not a counter, which would tell how busy the provider is."""

import secrets

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_id(letter: str) -> str:
    """For example `m-k3v7q2dn5xwa`."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(12))
