"""What a prediction server answers about records, before anybody knows what it means: numbers or words.

Other people's servers write a prediction in many ways: a number, a word, a list, an object that names the
classes. Here all of them become a table of numbers with the columns' names where there are some, or labels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import LARGEST
from attacker.errors import UnexpectedAnswer

LABELS = ("label", "class", "classes", "labels", "displayNames", "outputLabel", "predictedLabel")
SCORES = ("score", "scores", "probability", "probabilities", "confidence", "confidences", "predictedScores")
Scores = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Outputs:
    """About N records: `numbers` (N, M), finite, whose columns have `names` where the server gives some.

    Or, where `numbers` is None, `labels`: N words.
    """

    numbers: NDArray[np.float64] | None = None
    names: tuple[str, ...] | None = None
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels) if self.numbers is None else len(self.numbers)


def read(predictions: Any, records: int, origin: str, member: str = "") -> Outputs:
    """A list of predictions as JSON has it; `member` is the one of each that is meant, if there are several.

    Raises UnexpectedAnswer.
    """
    if not isinstance(predictions, list) or len(predictions) != records:
        told = (
            f"{len(predictions)} predictions" if isinstance(predictions, list) else "no list of predictions"
        )
        raise UnexpectedAnswer(f"{origin} answered {told} to {records} records.")
    if member:
        predictions = [chosen(one, member, origin) for one in predictions]
    first = predictions[0]
    if isinstance(first, str):
        return Outputs(labels=tuple(word(one, origin) for one in predictions))
    if isinstance(first, Mapping) or (isinstance(first, list) and first and isinstance(first[0], Mapping)):
        return by_name([scores(one, origin) for one in predictions])
    return Outputs(table(predictions, origin))


def chosen(prediction: Any, member: str, origin: str) -> Any:
    if not isinstance(prediction, Mapping) or member not in prediction:
        raise UnexpectedAnswer(f"{origin} answered a prediction without {member!r}.")
    return prediction[member]


def word(prediction: Any, origin: str) -> str:
    if not isinstance(prediction, str):
        raise UnexpectedAnswer(f"{origin} answered words for some records and something else for others.")
    return prediction


def table(predictions: Sequence[Any], origin: str) -> NDArray[np.float64]:
    """(N, M), M being 1 where a prediction is a number."""
    try:
        numbers = np.array(predictions, np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise UnexpectedAnswer(
            f"{origin} answered predictions that are neither numbers nor lists of equal length."
        ) from error
    return checked(numbers.reshape(len(numbers), -1), origin)


def checked(numbers: NDArray[Any], origin: str) -> NDArray[np.float64]:
    """Raises UnexpectedAnswer."""
    if not np.isfinite(numbers).all() or (np.abs(wide := numbers.astype(np.float64)) >= LARGEST).any():
        raise UnexpectedAnswer(f"{origin} answered NaN, infinity or a number beyond all that is meant.")
    return wide


def scores(prediction: Any, origin: str) -> Scores:
    """Classes with their scores, from `{class: score}`, `{"classes": [...], "scores": [...]}` or
    `[{"label": ..., "score": ...}, ...]`."""
    if isinstance(prediction, list):
        pairs = [(only(one, LABELS, origin), only(one, SCORES, origin)) for one in prediction]
    elif isinstance(prediction, Mapping) and any(name in prediction for name in LABELS):
        labels, numbers = only(prediction, LABELS, origin), only(prediction, SCORES, origin)
        if isinstance(numbers, Mapping):
            return scores(numbers, origin)
        if not isinstance(labels, list) or not isinstance(numbers, list) or len(labels) != len(numbers):
            raise UnexpectedAnswer(f"{origin} answered not as many scores as classes.")
        pairs = list(zip(labels, numbers, strict=True))
    else:
        pairs = list(prediction.items()) if isinstance(prediction, Mapping) else []
    if not pairs or not all(type(score) in (int, float) and abs(score) < LARGEST for _, score in pairs):
        raise UnexpectedAnswer(
            f"{origin} answered predictions that name no classes with a number each; say by a setting of the "
            "dialect where in them the scores are."
        )
    named = {str(label): float(score) for label, score in pairs}
    if len(named) < len(pairs):
        raise UnexpectedAnswer(f"{origin} answered a class twice.")
    return named


def only(prediction: Any, known: Sequence[str], origin: str) -> Any:
    found = [name for name in known if isinstance(prediction, Mapping) and name in prediction]
    if not found:
        raise UnexpectedAnswer(f"{origin} answered a prediction without {known[0]!r} or the like.")
    return prediction[found[0]]


def by_name(answered: Sequence[Scores]) -> Outputs:
    """Of each record the scores of the classes that were told; the others have 0."""
    names = tuple(dict.fromkeys(name for one in answered for name in one))
    return Outputs(np.array([[one.get(name, 0.0) for name in names] for one in answered]), names)
