"""Model-based synthesis: Algorithm 1 of Shokri et al. (2017), many chains in lock step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from attacker.errors import ConfigurationError
from attacker.format import Codes, Format
from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.synthesis import EVERY_KIND, Harvest, Order, Search, State, Synthesis, lanes

FEATURES, K_MAX, K_MIN = 600, 128, 4  # the paper's, for its Purchase records


@dataclass(frozen=True)
class Constants:
    """Those of Algorithm 1, and after how many queries a class is given up."""

    flip: bool
    k_max: int
    k_min: int
    rej_max: int
    conf_min: float
    iter_max: int
    class_budget: int


class ModelBased(Synthesis):
    """Hill climbing on the target's confidence from random records, class by class: Algorithm 1 of the paper.

    The defaults are the paper's (sec. VII-E), `k_max` and `k_min` in proportion to the number of features.
    It does not give `iter_max`, nor say whether to randomise a feature is to `flip` it (to another of its
    values) or to `draw` it anew (perhaps the same). A class that cannot be reached is given up when it has
    taken `class_budget` queries; without one, each record wanted is worth `iter_max` of them.
    """

    paper = (
        "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, Algorithm 1"
    )
    works_from = EVERY_KIND

    def __init__(
        self,
        randomize: Literal["flip", "draw"] = "draw",
        k_max: int | None = None,
        k_min: int | None = None,
        rej_max: int = 10,
        conf_min: float = 0.2,
        iter_max: int = 1000,
        class_budget: int | None = None,
    ) -> None:
        self.randomize, self.rej_max, self.conf_min = randomize, rej_max, conf_min
        self.k_max, self.k_min, self.iter_max, self.class_budget = k_max, k_min, iter_max, class_budget

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Sequence[Search]:
        shares = lanes(order, order.batch)
        constants = self.constants(knowledge.format, order, len(shares))
        return [
            HillClimbing(knowledge.format, constants, share, child)
            for share, child in zip(shares, rng.spawn(len(shares)), strict=True)
        ]

    def check(self) -> None:
        counts = (self.k_max, self.k_min, self.iter_max, self.class_budget)
        wrong = any(count is not None and count < 1 for count in counts) or self.rej_max < 0
        if wrong or not 0 <= self.conf_min < 1 or (self.k_max or self.k_min or 1) < (self.k_min or 1):
            raise ConfigurationError(
                "Algorithm 1 takes a k_min of 1 or more and a k_max no smaller, a rej_max of 0 or more, "
                "a conf_min of 0 or more and below 1, and an iter_max and a class_budget of 1 or more."
            )

    def constants(self, form: Format, order: Order, searches: int = 1) -> Constants:
        """What each of so many searches goes by."""
        changeable = len(form.changeable)
        k_max = self.k_max or max(1, round(K_MAX * changeable / FEATURES))
        k_min = self.k_min or max(1, round(K_MIN * changeable / FEATURES))
        a_class = -(-order.count // order.classes)
        return Constants(
            self.randomize == "flip",
            min(k_max, changeable),
            min(k_min, k_max, changeable),
            self.rej_max,
            self.conf_min,
            self.iter_max,
            -(-(self.class_budget or a_class * self.iter_max) // searches),
        )


@dataclass(eq=False)
class Chains:
    """Runs of Algorithm 1, a row each: `proposal` is its x, `best` x*, `confidence` y*_c, `rejections` j."""

    label: NDArray[np.int64]
    proposal: Codes
    best: Codes
    confidence: NDArray[np.float64]
    rejections: NDArray[np.int64]
    k: NDArray[np.int64]
    iteration: NDArray[np.int64]

    @classmethod
    def start(cls, label: NDArray[np.int64], proposal: Codes, k_max: int) -> Self:
        """Lines 2 to 5."""
        count = len(label)
        rejections, iteration = np.zeros((2, count), np.int64)
        k = np.full(count, k_max)
        return cls(label, proposal, proposal.copy(), np.zeros(count), rejections, k, iteration)

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: NDArray[Any]) -> Self:
        return type(self)(**{name: column[rows] for name, column in vars(self).items()})

    def join(self, others: Self) -> Self:
        columns = vars(self).items()
        return type(self)(**{name: np.concatenate([own, vars(others)[name]]) for name, own in columns})


class HillClimbing(Search):
    """Chains that all propose at once: one batch of answers moves every one of them by an iteration.

    A chain that returns a record or fails makes room for another, of the class that lacks most. What a class
    still lacked when it was given up is asked of the others.
    """

    def __init__(self, form: Format, constants: Constants, order: Order, rng: np.random.Generator) -> None:
        self.format, self.constants, self.order, self.rng = form, constants, order, rng
        self.lacking = np.bincount(np.arange(order.count) % order.classes, minlength=order.classes)
        self.spent = np.zeros(order.classes, np.int64)
        self.chains = self.started(min(order.count, order.batch))

    def questions(self) -> NDArray[Any]:
        return self.format.decode(self.chains.proposal)

    def learn(self, answers: NDArray[np.float64]) -> Harvest:
        """Lines 7 to 24, for every chain."""
        chains = self.chains
        chains.iteration += 1
        self.spent += np.bincount(chains.label, minlength=self.order.classes)
        confidence = answers[np.arange(len(chains)), chains.label]
        accepted = confidence >= chains.confidence
        sure = (confidence > self.constants.conf_min) & (answers.argmax(axis=1) == chains.label)
        returned = accepted & sure & (self.rng.random(len(chains)) < confidence)
        harvest = self.harvest(chains.take(returned), confidence[returned])
        self.climb(chains, accepted, confidence)
        going = chains.take(~returned & ~self.ended(chains, returned))
        going.proposal = self.randomized(going.best, going.k)
        self.chains = going.join(self.started(len(chains) - len(going)))
        return harvest

    def harvest(self, returned: Chains, confidence: NDArray[np.float64]) -> Harvest:
        records = Records(returned.label, self.format.decode(returned.proposal))
        return Harvest(records, confidence, returned.iteration)

    def climb(self, chains: Chains, accepted: NDArray[np.bool_], confidence: NDArray[np.float64]) -> None:
        """Lines 14 to 22: the accepted proposal is the record to change; after many rejects, change less."""
        chains.best[accepted] = chains.proposal[accepted]
        chains.confidence[accepted] = confidence[accepted]
        chains.rejections = np.where(accepted, 0, chains.rejections + 1)
        many = chains.rejections > self.constants.rej_max
        chains.k[many] = np.maximum(self.constants.k_min, -(-chains.k[many] // 2))
        chains.rejections[many] = 0

    def ended(self, chains: Chains, returned: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which chains end without a record: line 26, and those of a class that has spent its budget."""
        failed = ~returned & (chains.iteration >= self.constants.iter_max)
        self.lacking += np.bincount(chains.label[failed], minlength=self.order.classes)
        running = np.bincount(chains.label[~returned & ~failed], minlength=self.order.classes)
        spent = (self.spent >= self.constants.class_budget) & (self.lacking + running > 0)
        for label in np.flatnonzero(spent):
            self.give_up(int(label), int(running[label]))
        return failed | np.isin(chains.label, list(self.given_up))

    def give_up(self, label: int, running: int) -> None:
        self.given_up |= {label}
        left, self.lacking[label] = int(self.lacking[label]) + running, 0
        others = [other for other in range(self.order.classes) if other not in self.given_up]
        for number in range(left if others else 0):
            self.lacking[others[number % len(others)]] += 1

    def started(self, room: int) -> Chains:
        """New chains, as many as there is room for and records are lacking."""
        labels: list[int] = []
        while len(labels) < room and self.lacking.any():
            labels.append(int(self.lacking.argmax()))
            self.lacking[labels[-1]] -= 1
        proposals = self.format.random(self.rng, len(labels))
        return Chains.start(np.array(labels, np.int64), proposals, self.constants.k_max)

    def randomized(self, best: Codes, k: NDArray[np.int64]) -> Codes:
        """RANDRECORD(x*, k): k of the features that can change, chosen at random, get random values.

        Sampling without replacement is Floyd's (Bentley and Floyd 1987), one draw for each of the k.
        """
        form, proposal = self.format, best.copy()
        changeable, least = form.changeable, int(self.constants.flip)
        chosen = np.zeros((len(best), len(changeable)), np.bool_)
        draws = self.rng.random((len(best), int(k.max(initial=0)), 2))
        for number in range(draws.shape[1]):
            rows = np.flatnonzero(k > number)
            last = len(changeable) - k[rows] + number
            place = (draws[rows, number, 0] * (last + 1)).astype(np.int64)
            place = np.where(chosen[rows, place], last, place)
            chosen[rows, place] = True
            column = changeable[place]
            levels = form.levels[column]
            step = least + (draws[rows, number, 1] * (levels - least)).astype(np.int64)
            proposal[rows, column] = (best[rows, column] + step) % levels
        return proposal

    def state(self) -> State:
        chains = vars(self.chains) | {
            name: self.format.pack(vars(self.chains)[name]) for name in ("proposal", "best")
        }
        return chains | {
            "lacking": self.lacking,
            "spent": self.spent,
            "given_up": np.array(sorted(self.given_up)),
        }

    def resume(self, state: State) -> None:
        columns = {name: state[name] for name in vars(self.chains)}
        columns |= {name: self.format.unpack(state[name]) for name in ("proposal", "best")}
        self.chains = Chains(**columns)
        self.lacking, self.spent = state["lacking"], state["spent"]
        self.given_up = frozenset(state["given_up"].astype(int).tolist())
