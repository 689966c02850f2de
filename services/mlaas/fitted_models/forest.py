"""Decision trees whose leaves vote for classes, kept as plain arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from services.mlaas.fitted_model import FittedModel, softmax


@dataclass(frozen=True)
class Forest(FittedModel):
    """The nodes of all trees one after the other, and their votes one after the other.

    A record at node n goes to `left[n]` where its value of `column[n]` is at most `threshold[n]`, else to
    `right[n]`; a leaf leads back to itself. Node n casts `votes[n]` votes, which begin at `first_vote[n]`:
    each adds `vote_weight` to `vote_class`. Inner nodes cast none. The sums begin at `baseline` (K,) and are
    shares of the trees or, where `boosted`, log-odds.
    """

    roots: NDArray[np.int64]
    column: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    votes: NDArray[np.int64]
    first_vote: NDArray[np.int64]
    vote_class: NDArray[np.int64]
    vote_weight: NDArray[np.float64]
    baseline: NDArray[np.float64]
    boosted: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        trees: Sequence[Any],
        weights: Iterable[NDArray[np.float64]],
        baseline: NDArray[np.float64],
        *,
        boosted: bool,
    ) -> Self:
        """From scikit-learn's `tree_` objects and, of each, what its nodes add to the classes (nodes, K)."""
        sizes = np.array([tree.node_count for tree in trees])
        roots = np.cumsum(sizes) - sizes
        offset = np.repeat(roots, sizes)
        itself = np.arange(len(offset))
        left, right = (
            np.concatenate([getattr(tree, side) for tree in trees])
            for side in ("children_left", "children_right")
        )
        leaf = left < 0
        cast = [votes_of(tree, of_tree) for tree, of_tree in zip(trees, weights, strict=True)]
        votes, classes, cast_weights = (np.concatenate(part) for part in zip(*cast, strict=True))
        return cls(
            roots=roots,
            column=np.where(leaf, 0, np.concatenate([tree.feature for tree in trees])),
            threshold=np.concatenate([tree.threshold for tree in trees]),
            left=np.where(leaf, itself, left + offset),
            right=np.where(leaf, itself, right + offset),
            votes=votes,
            first_vote=np.cumsum(votes) - votes,
            vote_class=classes,
            vote_weight=cast_weights,
            baseline=baseline,
            boosted=np.array(boosted),
        )

    def probabilities(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """The votes of a record are added in the order of the trees, whatever else is asked."""
        records, classes = len(features), len(self.baseline)
        leaves = self.leaves(features.astype(np.float32))  # (N, T)
        votes = self.votes[leaves]
        cast = runs(self.first_vote[leaves].ravel(), votes.ravel())
        voter = np.repeat(np.arange(records), votes.sum(axis=1))
        cell = voter * classes + self.vote_class[cast]
        added: NDArray[Any] = np.bincount(cell, self.vote_weight[cast], records * classes)
        sums = added.reshape(records, classes) + self.baseline
        return softmax(sums) if self.boosted else sums / sums.sum(axis=1, keepdims=True)

    def leaves(self, features: NDArray[np.float32]) -> NDArray[np.int64]:
        """The leaf (N, T) where each record ends in each of T trees; in float32, as scikit-learn compares."""
        record = np.arange(len(features))[:, None]
        here = np.broadcast_to(self.roots, (len(features), len(self.roots)))
        while True:
            goes_left = features[record, self.column[here]] <= self.threshold[here]
            there = np.where(goes_left, self.left[here], self.right[here])
            if np.array_equal(here, there):
                return there
            here = there

    def to_bytes(self) -> bytes:
        return save({name: np.ascontiguousarray(array) for name, array in vars(self).items()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        return cls(**load(data))


def votes_of(
    tree: Any, weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """How many votes each node of a tree casts (nodes,), and these votes' classes and weights."""
    nodes, classes = np.nonzero(weights * (tree.children_left < 0)[:, None])
    return np.bincount(nodes, minlength=tree.node_count), classes, weights[nodes, classes]


def runs(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """start, start + 1, ... of every run, one run after the other."""
    before = np.cumsum(lengths) - lengths
    numbers: NDArray[np.int64] = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return numbers
