"""What answers show of the filter they passed, and what an attacker does about it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.errors import CannotAttack
from attacker.kept_answers import AnswersOfModels
from attacker.signals import SMALLEST, softmax
from attacker.store import Store

FACT = "adaptation"
REPEATS = (16, 8, 4, 2)  # of each question, the most that the budget has room for
LOOKS = 64  # records asked twice, to see whether asking again gives another answer
LABEL_ONLY = "label_only"
QUERIES = (201, 51, 11)  # around a record, where labels are all there is; as many as there is room for
SAME_SCORES = 0.99  # correlation of logarithms from which one answer is the other's at another temperature
SLIGHT = 0.05  # a temperature so near 1 is none

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Adaptation:
    """`repeats`: how often each record is asked, for the mean of answers that differ.

    `attack`: the one turned to where nothing but labels is answered; `temperature`: the one undone.
    """

    repeats: int = 1
    attack: str = ""
    temperature: float = 1.0

    @classmethod
    def kept(cls, store: Store) -> Self:
        """The run's; one that does nothing, where none is kept."""
        return cls(**(store.fact(FACT) or {}))

    def keep(self, store: Store) -> Self:
        store.keep(FACT, asdict(self))
        return self

    def undone(self, answers: NDArray[np.float32]) -> NDArray[np.float32]:
        """Answers (..., K) as they were before the filter, as far as it can be undone."""
        return answers if self.temperature == 1.0 else at_temperature(answers, 1 / self.temperature)

    def told(self) -> list[str]:
        """In words, for the record."""
        words = []
        if self.repeats > 1:
            words.append(f"asking again gives another answer: each record is asked {self.repeats} times")
        if self.attack:
            words.append(f"nothing but labels is answered: {self.attack} asks around each record")
        if self.temperature != 1.0:
            words.append(f"answers are softened: a temperature of {self.temperature:.3g} is undone")
        return words


def labels_alone(answers: NDArray[Any]) -> bool:
    """Whether every answer (N, K) is one class and nothing else."""
    return bool((answers.max(axis=-1) == 1).all() and ((answers > 0).sum(axis=-1) == 1).all())


def mean_answer(repeats: Iterable[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Of repeated answers (N, K), the geometric mean, normalised: noise on scores has mean zero there."""
    logs = [np.log(np.maximum(answer.astype(np.float64), SMALLEST)) for answer in repeats]
    return softmax(np.mean(logs, axis=0)).astype(np.float32)


def temperature_of(filtered: AnswersOfModels, unfiltered: AnswersOfModels) -> float:
    """How much less spread the scores of answers (S, N, K) are than those of the same shadows unfiltered.

    A temperature T divides all log-probabilities of a record by T, up to a constant: their spread around the
    record's mean tells it (Guo et al. 2017 define it; that it can be undone is ours to use). 1 where the
    answers are not the same scores at another temperature.
    """
    if len(filtered) != len(unfiltered) or not len(filtered):
        raise CannotAttack("A temperature is told by as many shadow models without the filter as with it.")
    whole, sums = 0, np.zeros(3)
    for here, there in zip(filtered, unfiltered, strict=True):
        rows = (here > 0).all(axis=-1) & (there > 0).all(axis=-1)
        whole += int(rows.sum())
        here, there = centred(here[rows]), centred(there[rows])
        sums += (here**2).sum(), (there**2).sum(), (here * there).sum()
    if 2 * whole < filtered.shape[0] * filtered.shape[1]:  # rounded away, or hidden: no temperature alone
        return 1.0
    spread, other, both = sums
    if both < SAME_SCORES * np.sqrt(spread * other):
        return 1.0
    found = float(np.sqrt(other / spread))
    return 1.0 if abs(found - 1) < SLIGHT else found


def centred(answers: NDArray[np.float32]) -> Floats:
    """log p less its mean over the classes, (M, K)."""
    logs = np.log(answers.astype(np.float64))
    return np.asarray(logs - logs.mean(axis=-1, keepdims=True))


def at_temperature(answers: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """softmax(log p / T) of answers (N, K); what is 0 stays 0."""
    with np.errstate(divide="ignore"):
        return softmax(np.log(answers.astype(np.float64)) / temperature).astype(np.float32)
