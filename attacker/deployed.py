"""Where a model that somebody has deployed is, and how its server is asked: as a user says it."""

from dataclasses import dataclass

BEARER = "Authorization"
NATIVE = "native"
GUESS = "google"  # a profile that chooses for itself: the least that one can presume about a model


@dataclass(frozen=True)
class Deployed:
    """Where a model is and how it is asked; `dialect` is as attacker/choice.py reads it.

    `key_header`: the header for the target's key, a bearer's token where it is Authorization. `records`: the
    most that a request may carry, None as the server says. `answers`: what they are, None to find it out.
    `template`: the text of a file that the dialect reads its requests from. `words`: for each feature what
    its values 0, 1, ... are called at the model, None where it takes the numbers; None where it takes all.
    """

    url: str
    model: str
    dialect: str
    key_header: str = BEARER
    records: int | None = None
    answers: str | None = None
    template: str | None = None
    words: tuple[tuple[str, ...] | None, ...] | None = None
