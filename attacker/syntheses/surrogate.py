"""Surrogate synthesis: what a linear model of the target proposes, the target labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.errors import CannotAttack, ConfigurationError
from attacker.format import Codes, Format
from attacker.knowledge import Knowledge
from attacker.records import Records
from attacker.synthesis import EVERY_KIND, NOTHING, Harvest, Order, Search, State, Synthesis, lanes, parted

Floats = NDArray[np.float64]
FLOOR = 1e-12  # confidence below it is read as it
LEAST_EXPLORING = 64
CODES = ("batch", "labelled_before")
MOST_COLUMNS = 10_000
MOST_ODDS = 300.0  # log-odds beyond are certain all the same, and their exponential has room


class Surrogate(Synthesis):
    """Records that lean towards random mixtures of the classes, by a linear surrogate of the target.

    Ours: little more than one query a record, from the format alone. Random records of every density explore
    the target, as many as a record has features; ridge regression on the logarithms of its answers tells
    which features speak for which class. New records then follow a random mixture of the classes, drawn anew
    for each (`spread`), and some of them one class besides (`pull`). Of `pool` times as many, those are asked
    that make the classes even.

    What lost: leaning to one class alone (too easy or too hard, never both), no `pull` (the attack then never
    saw a non-member that the target is surer of than of members), one density for all (it has to be guessed),
    classes as they come (those with few records mislead the attack).
    """

    paper = "Penumbra: attacker/syntheses/surrogate.py"
    works_from = EVERY_KIND

    def __init__(
        self, spread: float = 2.0, pull: float = 0.6, sparsest: float = 0.02, pool: int = 10
    ) -> None:
        self.spread, self.pull, self.sparsest, self.pool = spread, pull, sparsest, pool

    def begin(self, knowledge: Knowledge, order: Order, rng: np.random.Generator) -> Sequence[Search]:
        shares = lanes(parted(order), order.batch)
        return [
            Proposing(self, Tilted(knowledge.format), share, child)
            for share, child in zip(shares, rng.spawn(len(shares)), strict=True)
        ]

    def check(self) -> None:
        if not (0 < self.sparsest < 0.5 and self.pool >= 1 and min(self.pull, self.spread) >= 0):
            raise ConfigurationError(
                "The surrogate takes a sparsest above 0 and below 0.5, a pool of 1 or more, and a spread and "
                "a pull of 0 or more."
            )


class Tilted:
    """Records whose features lean one way or another.

    C columns: one for an ordered feature, one for each value of a categorical one. Raises CannotAttack for
    too many of them.
    """

    def __init__(self, form: Format) -> None:
        self.format = form
        categorical = np.array([feature.kind == "categorical" for feature in form.features])
        self.ordered = ~categorical | (form.levels <= 2)
        widths = np.where(self.ordered, 1, form.levels)
        if widths.sum() > MOST_COLUMNS:
            raise CannotAttack(
                f"The surrogate has room for {MOST_COLUMNS} values of categorical features, and there are "
                f"{widths.sum()}; choose --synthesis model_based."
            )
        self.starts = np.cumsum(widths) - widths
        self.columns = int(widths.sum())

    def encode(self, codes: Codes) -> Floats:
        """(N, C): the place of an ordered feature's value in its range, 0 to 1; categorical ones one-hot."""
        encoded = np.zeros((len(codes), self.columns))
        ordered = codes[:, self.ordered] / np.maximum(self.format.levels[self.ordered] - 1, 1)
        encoded[:, self.starts[self.ordered]] = ordered
        for feature in np.flatnonzero(~self.ordered):
            encoded[np.arange(len(codes)), self.starts[feature] + codes[:, feature]] = 1.0
        return encoded

    def draw(self, lean: Floats, density: Floats, rng: np.random.Generator) -> Codes:
        """Codes (N, D): over the range of an ordered feature, odds grow with exp(`lean` (N, C)).

        `density` (N,) is about the share of ones among binary features, however far they lean: the mean of
        sigmoid(x + lean) is about sigmoid(x / sqrt(1 + pi var(lean) / 8)) (MacKay: The Evidence Framework
        Applied to Classification Networks. 1992).
        """
        codes = np.zeros((len(lean), len(self.ordered)), self.format.narrowest)
        ordered = lean[:, self.starts[self.ordered]]
        variance = ordered.var(axis=1) if ordered.size else np.zeros(len(lean))
        offset = np.log(density / (1 - density)) * np.sqrt(1 + np.pi / 8 * variance)
        odds = offset[:, np.newaxis] + ordered
        codes[:, self.ordered] = geometric(odds, self.format.levels[self.ordered], rng)
        for feature in np.flatnonzero(~self.ordered):
            values = self.starts[feature] + np.arange(self.format.levels[feature])
            codes[:, feature] = (lean[:, values] + rng.gumbel(size=(len(lean), len(values)))).argmax(axis=1)
        return codes


class Proposing(Search):
    """One question explores, the others are records to be labelled."""

    def __init__(self, settings: Surrogate, tilted: Tilted, order: Order, rng: np.random.Generator) -> None:
        self.settings, self.tilted, self.order, self.rng = settings, tilted, order, rng
        self.made = np.zeros(order.classes, np.int64)
        self.weights, self.bias = np.empty((0, order.classes)), np.zeros(order.classes)
        exploring = min(max(tilted.columns, LEAST_EXPLORING), order.batch)
        self.densities = np.exp(
            rng.uniform(np.log(settings.sparsest), np.log1p(-settings.sparsest), exploring)
        )
        self.labelled_before = np.empty((0, len(tilted.ordered)), tilted.format.narrowest)
        self.batch = tilted.draw(np.zeros((exploring, tilted.columns)), self.densities, rng)

    def questions(self) -> NDArray[Any]:
        return self.tilted.format.decode(self.batch)

    def learn(self, answers: Floats) -> Harvest:
        harvest = self.labelled(answers) if len(self.weights) else self.explored(answers)
        self.batch = self.proposals(min(self.order.count - int(self.made.sum()), self.order.batch))
        if not len(self.batch):
            self.given_up = frozenset(np.flatnonzero(self.made == 0).tolist())
        return harvest

    def explored(self, answers: Floats) -> Harvest:
        """Fit the surrogate where the answers tell the classes apart."""
        telling = covering(self.densities, answers)
        self.densities = self.densities[telling]
        scores = np.log(np.maximum(answers[telling], FLOOR))
        scores -= scores.mean(axis=1, keepdims=True)
        self.weights, self.bias = ridge(self.tilted.encode(self.batch[telling]), scores)
        return NOTHING

    def labelled(self, answers: Floats) -> Harvest:
        """A record's label is what the target calls it, whatever it was meant to be."""
        labels = answers.argmax(axis=1)
        self.labelled_before = np.concatenate([self.labelled_before, self.batch])
        self.made += np.bincount(labels, minlength=len(self.made))
        records = Records(labels, self.tilted.format.decode(self.batch))
        return Harvest(records, answers.max(axis=1), np.ones(len(labels), np.int64))

    def proposals(self, size: int) -> Codes:
        """Of a pool of new records, those that the surrogate puts in the classes that have least."""
        parts = [self.leaning(size) for _ in range(self.settings.pool)]
        guesses = [(self.tilted.encode(part) @ self.weights + self.bias).argmax(axis=1) for part in parts]
        pool: Codes = np.concatenate(parts)
        new = unlike(pool, self.labelled_before)
        return pool[new[evenly(np.concatenate(guesses)[new], self.made, size)]]

    def leaning(self, size: int) -> Codes:
        """Records (size, D): each leans to a mixture of classes of its own, and some far to one class."""
        directions = standard(self.weights.T)
        mixture = standard(self.rng.standard_normal((size, len(directions))) @ directions)
        towards = directions[self.rng.integers(len(directions), size=size)]
        pull = self.rng.exponential(self.settings.pull, (size, 1))
        lean = self.settings.spread * mixture + pull * towards
        return self.tilted.draw(lean, self.rng.choice(self.densities, size), self.rng)

    def state(self) -> State:
        names = ("made", "weights", "bias", "densities")
        packed = {name: self.tilted.format.pack(vars(self)[name]) for name in CODES}
        return packed | {name: vars(self)[name] for name in names}

    def resume(self, state: State) -> None:
        vars(self).update(state | {name: self.tilted.format.unpack(state[name]) for name in CODES})


def geometric(odds: Floats, levels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Levels (N, D) with probabilities in geometric progression, e^odds times more likely at the end.

    By inversion; of two levels, the second has the log-odds `odds` (N, D).
    """
    step = np.clip(odds, -MOST_ODDS, MOST_ODDS) / np.maximum(levels - 1, 1)
    step = np.where(np.abs(step) < 1e-9, 1e-9, step)
    drawn = np.log1p(rng.random(odds.shape) * np.expm1(step * levels)) / step
    return np.clip(drawn.astype(np.int64), 0, levels - 1)


def covering(densities: Floats, answers: Floats) -> NDArray[np.bool_]:
    """Which exploring records (N,) are of densities at which the answers (N, K) cover the classes.

    By eighths: those whose mean answer has half the perplexity of the best, or more.
    """
    rank = np.argsort(np.argsort(densities))
    parts, eighth = np.unique(rank * 8 // len(rank), return_inverse=True)
    means = [answers[eighth == part].mean(axis=0) for part in range(len(parts))]
    perplexity = np.array([np.exp(-(mean * np.log(np.maximum(mean, FLOOR))).sum()) for mean in means])
    kept: NDArray[np.bool_] = (perplexity >= perplexity.max() / 2)[eighth]
    return kept


def unlike(pool: Codes, others: Codes) -> NDArray[np.int64]:
    """Rows of `pool` (N, D) that are neither among the `others` (M, D) nor, but once, among themselves."""
    first = np.unique(np.concatenate([others, pool]), axis=0, return_index=True)[1] - len(others)
    return np.sort(first[first >= 0])


def ridge(encoded: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """Weights (C, K) and bias (K,) for `encoded` (N, C); the penalty is a tenth of the mean variance."""
    centre, mean = encoded.mean(axis=0), scores.mean(axis=0)
    moved = encoded - centre
    gram = moved.T @ moved
    gram[np.diag_indices_from(gram)] += 0.1 * gram.trace() / len(gram) + FLOOR
    weights = np.linalg.solve(gram, moved.T @ (scores - mean))
    return weights, mean - centre @ weights


def evenly(guesses: NDArray[np.int64], made: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Rows of `size` of the guesses (N,) that bring the numbers `made` (K,) of the classes nearest."""
    rank = np.empty(len(guesses), np.int64)  # how many its class would have before it
    for label, before in enumerate(made):
        rows = np.flatnonzero(guesses == label)
        rank[rows] = before + np.arange(len(rows))
    return np.sort(np.argsort(rank, kind="stable")[:size])


def standard(rows: Floats) -> Floats:
    """Rows of mean 0 and standard deviation 1."""
    moved = rows - rows.mean(axis=1, keepdims=True)
    scaled: Floats = moved / np.maximum(moved.std(axis=1, keepdims=True), FLOOR)
    return scaled
