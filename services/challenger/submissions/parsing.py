"""A submission's body, read without trusting it: arrays by numpy, the rest by pydantic, nothing echoed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from services.challenger.bodies import json_object, parsed
from services.challenger.errors import UnknownPrimary, WrongShape
from services.challenger.submissions.schemas import AttackDocument, SubmissionDocument
from services.web.problem import BadData

LEDGER_BYTES = 65_536


@dataclass(frozen=True)
class Scores:
    """What one attack says of every candidate: scores (T, N) float64, decisions (T, N) bool."""

    attack: AttackDocument
    scores: NDArray[np.float64]
    decisions: NDArray[np.bool_]


def parse(body: bytes, shape: tuple[int, int], most_attacks: int) -> tuple[SubmissionDocument, list[Scores]]:
    """Raises BadData, WrongShape, UnknownPrimary, and RequestValidationError for the other members."""
    require_flat(body, shape, most_attacks)
    document = json_object(body)
    arrays = [take_arrays(attack) for attack in attacks_in(document, most_attacks)]
    submission = parsed(SubmissionDocument, document)
    check(submission)
    named = zip(submission.attacks, arrays, strict=True)
    return submission, [read(attack, *pair, shape) for attack, pair in named]


def require_flat(body: bytes, shape: tuple[int, int], most_attacks: int) -> None:
    """Raises BadData for more brackets than a submission can have: each would cost twenty times its bytes."""
    of_an_attack = 2 * (shape[0] + 1)  # scores and decisions, a list for each target
    if body.count(b"[") + body.count(b"{") > LEDGER_BYTES + most_attacks * (of_an_attack + 1):
        raise BadData(
            f"The body has more lists and objects than {most_attacks} attacks need; "
            "send one list for each target, with a value for each candidate."
        )


def attacks_in(document: dict[str, Any], most_attacks: int) -> list[Any]:
    attacks = document.get("attacks")
    if not isinstance(attacks, list) or not attacks:
        raise BadData("`attacks` must be a list of at least one attack.")
    if len(attacks) > most_attacks:
        raise BadData(
            f"At most {most_attacks} attacks are taken in one submission; {len(attacks)} were sent."
        )
    return attacks


def take_arrays(attack: Any) -> tuple[Any, Any]:
    """Scores and decisions, removed from the attack so that pydantic does not walk through them."""
    if not isinstance(attack, dict):
        return None, None
    return attack.pop("scores", None), attack.pop("decisions", None)


def check(submission: SubmissionDocument) -> None:
    names = [attack.name for attack in submission.attacks]
    if len(set(names)) < len(names):
        raise BadData("Two attacks have the same name; give each its own.")
    if submission.primary not in names:
        raise UnknownPrimary("`primary` must be the name of one of the attacks submitted.")
    if told_bytes(submission) > LEDGER_BYTES:
        raise BadData(
            f"Ledger and parameters may have {LEDGER_BYTES} bytes together; send sums, not entries."
        )


def told_bytes(submission: SubmissionDocument) -> int:
    """The size of ledger and parameters; raises BadData where orjson, at a depth of 254, gives up."""
    try:
        return len(orjson.dumps([submission.ledger, [attack.parameters for attack in submission.attacks]]))
    except (TypeError, RecursionError):
        raise BadData("Ledger or parameters are nested too deep; send them flat.") from None


def read(attack: AttackDocument, scores: Any, decisions: Any, shape: tuple[int, int]) -> Scores:
    numbers = matrix(scores, f"scores of {attack.name}", shape)
    if attack.scores_are == "probabilities" and not ((numbers >= 0) & (numbers <= 1)).all():
        raise BadData(f"The scores of {attack.name} are no probabilities: leave out `scores_are`.")
    decided = matrix(decisions, f"decisions of {attack.name}", shape)
    if not np.isin(decided, (0, 1)).all():
        raise BadData(f"The decisions of {attack.name} must be true or false (or 1 and 0).")
    return Scores(attack, numbers, decided.astype(np.bool_))


def matrix(value: Any, what: str, shape: tuple[int, int]) -> NDArray[np.float64]:
    """(T, N) finite float64; raises WrongShape and BadData."""
    if lengths(value) != [shape[1]] * shape[0]:
        raise WrongShape(
            f"The {what} must be {shape[0]} x {shape[1]}: a list for each target, "
            "with a value for each candidate.",
            expected=list(shape),
        )
    if not all(type(number) in (float, int, bool) for row in value for number in row):
        raise BadData(f"The {what} must be numbers.")
    numbers = np.array(value, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise BadData(f"The {what} must be finite; replace NaN and infinity.")
    return numbers


def lengths(value: Any) -> list[int] | None:
    """How long each row is, None when the value is no list of lists."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        return None
    return [len(row) for row in value]
