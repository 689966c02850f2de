"""What a prediction server's answers mean: found out from the first of them, said, and held to from then on.

Models answer probabilities, their logarithms, log-odds, the best few of them, or a label; servers do not say
which. What cannot be told apart is refused by name, and never guessed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from attacker.errors import CannotAttack, ConfigurationError, UnexpectedAnswer
from attacker.outputs import Outputs
from attacker.records import plain
from attacker.signals import softmax

Kind = Literal["probabilities", "top", "log_probabilities", "log_odds", "labels"]
Floats = NDArray[np.float64]

READING = "reading"  # the fact of a run that keeps the kind
ROUNDING = 2e-3  # in a sum of probabilities that a server has in half precision
DIGITS = (1, 2, 3)  # after the point, to which servers round
LEAST_A_CLASS = 5  # records, in the mean, to see whether the classes are in another order
CLEARLY = 0.1  # so much more of the labels must be met in another order
SAID: Mapping[Kind, str] = {
    "probabilities": "probabilities of all classes",
    "top": "probabilities of some classes, and nothing of the others",
    "log_probabilities": "logarithms of probabilities, turned into probabilities",
    "log_odds": "log-odds, turned into probabilities",
    "labels": "labels and nothing else",
}


@dataclass(frozen=True)
class Reading:
    """Answers of one kind, about the run's `classes`.

    `columns` are the classes of the answers' columns where these have no names; of two classes, a server may
    answer the second's alone.
    """

    kind: Kind
    classes: tuple[str, ...]

    def probabilities(self, outputs: Outputs, origin: str) -> NDArray[np.float32]:
        """(N, K); raises UnexpectedAnswer for answers that are of another kind than the first were."""
        try:
            found: NDArray[np.float32] = READ[self.kind](outputs, self.classes).astype(np.float32)
        except CannotAttack as error:
            raise UnexpectedAnswer(
                f"{origin} answered {SAID[self.kind]} at first, and now {error}"
            ) from error
        return found

    def told(self) -> str:
        return f"the model answers {SAID[self.kind]}"


def found(outputs: Outputs, classes: tuple[str, ...], wanted: str | None = None) -> Reading:
    """The kind of the first answers, or the one that the user says it is.

    Raises CannotAttack for answers of no kind, and ConfigurationError for a word that is none.
    """
    if wanted is not None:
        if wanted not in get_args(Kind):
            raise ConfigurationError(f"--answers is one of {', '.join(get_args(Kind))}, not {wanted!r}.")
        READ[wanted](outputs, classes)  # type: ignore[index]
        return Reading(wanted, classes)  # type: ignore[arg-type]
    reasons: dict[Kind, str] = {}
    for kind, read in READ.items():
        try:
            check_looks(kind, outputs, read(outputs, classes))
        except CannotAttack as error:
            reasons[kind] = str(error)
        else:
            return Reading(kind, classes)
    alone = outputs.numbers is None or outputs.numbers.shape[1] == 1
    reason = reasons["labels" if alone else "probabilities"]
    raise CannotAttack(f"The model's answers cannot be read: {reason}")


def check_looks(kind: Kind, outputs: Outputs, scores: Floats) -> None:
    """Raises CannotAttack for answers that could be of this kind, and show nothing that only it has."""
    if kind == "top" and not ((scores > 0).any(axis=1).all() and (scores == 0).any(axis=1).all()):
        raise CannotAttack(f"the scores of a record sum to {scores.sum(axis=1).min():.4g}.")
    if kind == "log_odds" and outputs.numbers is not None and outputs.numbers.min() >= 0:
        raise CannotAttack("no number is below 0, as some log-odds are.")


def labels(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    """One class a record: its word, or its number."""
    if outputs.numbers is not None and outputs.numbers.shape[1] != 1:
        raise CannotAttack("there is more than one number a record.")
    words = outputs.labels if outputs.numbers is None else map(str, outputs.numbers[:, 0])
    place = {name: column for column, name in enumerate(classes)}
    found = [plain(word) for word in words]
    for strange in (word for word in found if word not in place):
        raise CannotAttack(
            f"{strange[:40]!r} is none of the classes ({', '.join(classes[:5])}, ...); is it a model that "
            "answers classes, and are these its names?"
        )
    chosen = np.zeros((len(found), len(classes)))
    chosen[np.arange(len(found)), [place[word] for word in found]] = 1
    return chosen


def shares(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    """Probabilities, or the second class's of two; what is not told is 0."""
    scores = aligned(outputs, classes)
    if scores.shape[1] == 1:
        scores = np.hstack([1 - scores, scores])
    if scores.min() < -ROUNDING or scores.max() > 1 + ROUNDING:
        raise CannotAttack("there are numbers below 0 or above 1.")
    sums = scores.sum(axis=1)
    if sums.max() > 1 + slack(scores):
        raise CannotAttack(
            f"the scores of a record sum to {sums.max():.4g}: they are no probabilities of classes of which "
            "one is right."
        )
    return np.clip(scores, 0, 1)


def probabilities(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    scores = shares(outputs, classes)
    if (sums := scores.sum(axis=1)).min() < 1 - slack(scores):
        raise CannotAttack(f"the scores of a record sum to {sums.min():.4g}.")
    return scores


def slack(scores: Floats) -> float:
    """By how much the sum of a record's scores (N, K) may miss 1: the more, the fewer digits they have."""
    for digits in DIGITS:
        if np.allclose(np.round(scores, digits), scores, rtol=0, atol=1e-6):
            return float(scores.shape[1] * 0.5 * 10**-digits + ROUNDING)
    return ROUNDING


def log_probabilities(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    scores = aligned(outputs, classes)
    if scores.shape[1] == 1 or scores.max() > ROUNDING:
        raise CannotAttack("there are numbers above 0.")
    return probabilities(Outputs(np.exp(scores)), classes)


def log_odds(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    """Up to a constant a record; of two classes, the second's against the first's may stand alone."""
    scores = aligned(outputs, classes)
    if scores.shape[1] == 1:
        scores = np.hstack([np.zeros_like(scores), scores])
    return softmax(scores)


READ: Mapping[Kind, Callable[[Outputs, tuple[str, ...]], Floats]] = {
    "probabilities": probabilities,
    "labels": labels,
    "log_probabilities": log_probabilities,
    "top": shares,
    "log_odds": log_odds,
}


def aligned(outputs: Outputs, classes: tuple[str, ...]) -> Floats:
    """(N, K) in the order of the run's classes, or (N, 1) where there is one number for two classes."""
    if outputs.numbers is None:
        raise CannotAttack("there are words and no numbers.")
    columns = outputs.numbers.shape[1]
    if outputs.names is None:
        if columns != len(classes) and (columns, len(classes)) != (1, 2):
            raise CannotAttack(
                f"{columns} numbers a record where there are {len(classes)} classes; name them by --classes "
                "in the server's order, or say where in its answers the scores are."
            )
        return outputs.numbers
    place = {name: column for column, name in enumerate(classes)}
    names = [plain(name) for name in outputs.names]
    for strange in (name for name in names if name not in place):
        raise CannotAttack(f"{strange[:40]!r} is none of the classes ({', '.join(classes[:5])}, ...).")
    every = np.zeros((len(outputs), len(classes)))
    every[:, [place[name] for name in names]] = outputs.numbers
    return every


def check_order(answers: NDArray[Any], true: NDArray[np.int64], classes: tuple[str, ...]) -> None:
    """Raises CannotAttack where answers (N, K) meet the labels (N,) much better in another order of classes.

    The order that fits one half of the records best is tried on the other half, so that an order is not
    found by chance.
    """
    half = len(true) // 2
    if half < LEAST_A_CLASS * len(classes):
        return
    said = answers.argmax(axis=1)
    confusion = np.zeros((len(classes), len(classes)))
    np.add.at(confusion, (said[:half], true[:half]), 1)
    _, order = linear_sum_assignment(confusion, maximize=True)
    met, better = (float((found == true[half:]).mean()) for found in (said[half:], order[said[half:]]))
    if better > met + CLEARLY:
        raise CannotAttack(
            f"The model's answers meet {met:.0%} of the labels, and {better:.0%} with the classes in another "
            f"order; say --classes {','.join(classes[column] for column in order)}."
        )
