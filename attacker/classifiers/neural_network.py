"""One hidden layer of ReLU and a softmax, for all groups in one batched computation."""

from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from attacker.classifier import Classifier, Features, Groups, Member
from attacker.one_cycle import AdamW, cycle

OUT, IN = 0, 1  # the softmax's two outputs
FLAT = 1e-6  # a column that varies less tells nothing that float32 could show


class NeuralNetwork(Classifier):
    """A network of 64 ReLU and softmax per group (Shokri et al. 2017, sec. VI-D).

    Every step draws, for every group, as many in as out records, with replacement: groups of all sizes take
    equal steps, and the two kinds weigh the same. The paper leaves the optimiser open: here AdamW, one cycle.
    """

    def __init__(
        self,
        *,
        hidden: int = 64,
        steps: int = 1000,
        batch: int = 128,
        learning_rate: float = 0.01,
        weight_decay: float = 1.0,
    ) -> None:
        self.hidden, self.steps, self.batch = hidden, steps, batch
        self.learning_rate, self.weight_decay = learning_rate, weight_decay

    def fit(
        self, features: Features, groups: Groups, member: Member, groups_count: int, rng: np.random.Generator
    ) -> Self:
        counts = np.bincount(
            2 * groups + member, minlength=2 * groups_count
        )  # (2G,): out and in of each group
        if not counts.all():
            raise ValueError("Every group needs records of both kinds.")
        records = features[np.lexsort((member, groups))].astype(np.float32)  # as `counts` counts them
        self.centre_, self.scale_ = _standardise(records, counts[0::2] + counts[1::2])
        children = rng.spawn(groups_count)
        weights = self._initial(records.shape[1], children)
        self._train(weights, torch.from_numpy(records), self._batches(counts, children))
        self.weights_ = [weight.detach().numpy().astype(np.float64) for weight in weights]
        return self

    def probability(self, features: Features, groups: Groups) -> NDArray[np.float64]:
        first, first_bias, second, second_bias = self.weights_
        records = (features - self.centre_[groups]) / self.scale_[groups]
        hidden = first_bias[groups, 0]  # (M, H)
        for column, weights in zip(records.T, np.moveaxis(first, 1, 0), strict=True):
            hidden += column[:, None] * weights[groups]  # a matrix product adds in an order that depends on M
        towards_in = second[:, :, IN] - second[:, :, OUT]
        log_odds: NDArray[np.float64] = (np.maximum(hidden, 0.0) * towards_in[groups]).sum(axis=1)
        log_odds += (second_bias[:, 0, IN] - second_bias[:, 0, OUT])[groups]
        return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)))

    def _initial(self, width: int, children: list[np.random.Generator]) -> list[Tensor]:
        """Weights (G, F, H) and (G, H, 2) of He's variance, each followed by its biases."""

        def normal(rows: int, columns: int) -> Tensor:
            draws = [child.standard_normal((rows, columns), np.float32) for child in children]
            return torch.from_numpy(np.stack(draws)).mul((2 / rows) ** 0.5)

        groups = len(children)
        first_bias, second_bias = torch.zeros(groups, 1, self.hidden), torch.zeros(groups, 1, 2)
        return [normal(width, self.hidden), first_bias, normal(self.hidden, 2), second_bias]

    def _batches(self, counts: NDArray[np.int64], children: list[np.random.Generator]) -> Tensor:
        """The records of every step, (steps, G, batch): half out, half in, by the group's generator."""
        half = self.batch // 2
        starts = np.cumsum(counts) - counts
        draws = [
            start + children[kind // 2].integers(count, size=(self.steps, half))
            for kind, (start, count) in enumerate(zip(starts, counts, strict=True))
        ]
        return torch.from_numpy(np.stack(draws, axis=1).reshape(self.steps, len(children), 2 * half))

    def _train(self, weights: list[Tensor], records: Tensor, batches: Tensor) -> None:
        first, first_bias, second, second_bias = (weight.requires_grad_() for weight in weights)
        optimiser = AdamW(weights, self.weight_decay)
        kinds = torch.tensor([OUT, IN]).repeat_interleave(self.batch // 2).repeat(len(first))
        for rows, rates in zip(batches, cycle(self.learning_rate, self.steps), strict=True):
            hidden = torch.relu(torch.baddbmm(first_bias, records[rows], first))  # (G, batch, H)
            outputs = torch.baddbmm(second_bias, hidden, second)
            losses = torch.nn.functional.cross_entropy(outputs.flatten(0, 1), kinds, reduction="sum")
            # each group's own mean: it does not feel their number
            optimiser.step(torch.autograd.grad(losses / self.batch, weights), *rates)


def _standardise(
    records: NDArray[np.float32], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bring each group's columns to mean 0, deviation 1, in place; gives the means and deviations, (G, F)."""
    centre = np.empty((len(sizes), records.shape[1]))
    scale = np.empty_like(centre)
    for group, rows in enumerate(np.split(records, np.cumsum(sizes)[:-1])):
        centre[group] = rows.mean(axis=0, dtype=np.float64)
        scale[group] = rows.std(axis=0, dtype=np.float64)
        scale[group, scale[group] < FLAT] = 1.0
        rows -= centre[group].astype(np.float32)
        rows /= scale[group].astype(np.float32)
    return centre, scale
