"""Statistics-based synthesis: every feature drawn from its own marginal."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Format
from attacker.knowledge import Knowledge, Marginal
from attacker.records import Records
from attacker.synthesis import Harvest, Order, Search, State, Synthesis, lanes, parted


class Marginals(Synthesis):
    """Features drawn independently from their marginals, labelled by the target: one query a record."""

    paper = "Shokri et al.: Membership Inference Attacks Against Machine Learning Models. S&P 2017, sec. V-C"
    works_from = ("marginals",)

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Sequence[Search]:
        form = knowledge.format
        shares = lanes(parted(order), order.batch)
        return [
            Sampling(form, knowledge.marginals, share, child)
            for share, child in zip(shares, rng.spawn(len(shares)), strict=True)
        ]


class Sampling(Search):
    """Draws a batch, has it labelled, draws the next."""

    def __init__(
        self, form: Format, distributions: Sequence[Marginal], order: Order, rng: np.random.Generator
    ) -> None:
        self.format, self.distributions, self.order, self.rng = form, distributions, order, rng
        self.left = order.count
        self.batch = self.draw()

    def draw(self) -> NDArray[Any]:
        """The next batch, (B, D), by inversion; what lies between whole numbers is rounded where none may."""
        shares = self.rng.random((len(self.distributions), min(self.left, self.order.batch)))
        columns = [
            marginal.quantile(share) for marginal, share in zip(self.distributions, shares, strict=True)
        ]
        return self.format.rounded(np.stack(columns, axis=1))

    def questions(self) -> NDArray[Any]:
        return self.batch

    def learn(self, answers: NDArray[np.float64]) -> Harvest:
        """A record's label is what the target calls it."""
        records = Records(answers.argmax(axis=1), self.batch)
        self.left -= len(answers)
        self.batch = self.draw()
        return Harvest(records, answers.max(axis=1), np.ones(len(answers), np.int64))

    def state(self) -> State:
        return {"left": np.array(self.left), "batch": self.batch}

    def resume(self, state: State) -> None:
        self.left, self.batch = int(state["left"]), state["batch"]
