"""How a target answers about what it has learned and about what it has not seen, class by class.

The owner's side of Shokri et al. 2017, figures 11 and 12: it needs the truth, and every record's answer.
"""

from dataclasses import dataclass
from math import hypot
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from attacker.statistics.rates import Estimate, Rate, rate

BINS = np.arange(21) / 20  # edges of the histograms' 20 bins; the last has its right end too
Floats = NDArray[np.float64]
Document = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a target says of records, each (N,).

    labels: what the records bear; right: whether the target gives them that; prediction_accuracy: the
    probability that it gives to it; normalised_entropy: -sum p log p / log K (figure 12), in [0, 1].
    """

    labels: NDArray[np.int64]
    right: NDArray[np.bool_]
    prediction_accuracy: Floats
    normalised_entropy: Floats

    def of(self, records: NDArray[np.bool_]) -> Self:
        return type(self)(**{name: values[records] for name, values in vars(self).items()})


def answers(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.int64]) -> Answers:
    """From probabilities (N, K), a column for each label, and the labels (N,)."""
    exact = probabilities.astype(np.float64)
    entropy = entr(exact).sum(axis=1) / np.log(exact.shape[1])
    return Answers(
        labels,
        exact.argmax(axis=1) == labels,
        within(np.take_along_axis(exact, labels[:, np.newaxis], axis=1)[:, 0]),
        within(entropy),
    )


def within(values: Floats) -> Floats:
    """Rounded answers may sum to a little more than 1, and would fall out of the last bin."""
    return np.clip(values, 0, 1)


def generalisation(learned: Answers, unseen: Answers, classes: tuple[str, ...]) -> Document:
    """Figures of all records, and in `per_class` of each class."""
    per_class = []
    for label, name in enumerate(classes):
        in_class, out_of_class = learned.of(learned.labels == label), unseen.of(unseen.labels == label)
        count = len(in_class.labels)
        share = {"class": name, "train_records": count, "train_share": count / len(learned.labels)}
        per_class.append(share | compared(in_class, out_of_class))
    return compared(learned, unseen) | {"per_class": per_class}


def compared(learned: Answers, unseen: Answers) -> Document:
    """Accuracies, their gap, and the histograms of figure 12; members are what was learned."""
    train, test = (rate(side.right.sum(), len(side.right)) for side in (learned, unseen))
    return {
        "train_accuracy": train.as_json(),
        "test_accuracy": test.as_json(),
        "gap": gap(train, test).as_json(),
    } | {
        signal: {"members": counts(getattr(learned, signal)), "non_members": counts(getattr(unseen, signal))}
        for signal in ("prediction_accuracy", "normalised_entropy")
    }


def counts(values: Floats) -> list[int]:
    """In each bin."""
    return [int(count) for count in np.histogram(values, BINS)[0]]


def gap(train: Rate, test: Rate) -> Estimate:
    """How much the first is larger, in [-1, 1], with the interval that theirs leave it.

    The combination of Newcombe 1998 (his method 10), of exact intervals in place of Wilson's: it stays
    within [-1, 1] and keeps its width where both rates are 1. Without one of them there is none.
    """
    if not (train.of and test.of):
        return Estimate(None, None, None)
    (one, one_low, one_high), (other, other_low, other_high) = bounds(train), bounds(test)
    value = one - other
    below, above = hypot(one - one_low, other_high - other), hypot(one_high - one, other - other_low)
    return Estimate(value, value - below, value + above)


def bounds(accuracy: Rate) -> list[float]:
    """Value, low and high of a rate that has them."""
    return [float(bound) for bound in (accuracy.value, accuracy.low, accuracy.high) if bound is not None]
