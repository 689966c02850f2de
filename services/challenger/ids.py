"""Opaque ids that cannot be guessed from one another."""

import secrets

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_id(letter: str) -> str:
    """For example `g-k3v7q2dn5xwa`."""
    return f"{letter}-" + "".join(secrets.choice(ALPHABET) for _ in range(12))


def model_id(game_id: str, target: int) -> str:
    """The name of a target at the provider: the same whenever the game is prepared again."""
    return f"m-{game_id.removeprefix('g-')}-t{target}"
