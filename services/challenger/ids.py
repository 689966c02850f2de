"""Opaque ids that cannot be guessed from one another."""

import secrets

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_id(letter: str) -> str:
    """For example `g-k3v7q2dn5xwa`."""
    return f"{letter}-{random_letters()}"


def new_model_id(game_id: str, target: int) -> str:
    """A target's name at the provider, which nobody who knows the game can guess and take first."""
    return f"m-{game_id.removeprefix('g-')}-t{target}-{random_letters()}"


def random_letters() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(12))
