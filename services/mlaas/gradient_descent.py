"""Gradient descent, whatever the network: optimisers, steps, epochs, and when to stop.

At a hundred records a step torch's own optimisers cost more than the arithmetic.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from services.mlaas.descent import Descent, DifferentialPrivacy
from services.mlaas.hold_out import stratified
from services.mlaas.model_type import column_scale
from services.mlaas.objective import Objective

Aim = Callable[[Tensor, Tensor], Tensor]


class Trainee(Protocol):
    """A network in training."""

    @property
    def parameters(self) -> Sequence[Tensor]:
        """What is stepped, in place."""

    def scores(self, features: Tensor) -> Tensor:
        """What the softmax is taken of, (N, K), with every hidden unit at work."""

    def slopes(self, features: Tensor, targets: Tensor, aim: Aim) -> Sequence[Tensor]:
        """The gradient, a tensor a parameter, of the mean cross-entropy with aim(probabilities, targets)."""


class Adam:
    """Kingma and Ba 2015, Algorithm 1, with the defaults given there."""

    def __init__(self, parameters: Tensor) -> None:
        self.parameters = parameters
        self.mean, self.square, self.root = (torch.zeros_like(parameters) for _ in range(3))
        self.steps = 0

    def step(self, gradient: Tensor, rate: float) -> None:
        self.steps += 1
        unbias = math.sqrt(1 - 0.999**self.steps)
        self.mean.lerp_(gradient, 1 - 0.9)
        self.square.mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
        torch.sqrt(self.square, out=self.root).add_(1e-8 * unbias)
        self.parameters.addcdiv_(self.mean, self.root, value=-rate * unbias / (1 - 0.9**self.steps))


class SGD:
    """Stochastic gradient descent as such: no momentum."""

    def __init__(self, parameters: Tensor) -> None:
        self.parameters = parameters

    def step(self, gradient: Tensor, rate: float) -> None:
        self.parameters.add_(gradient, alpha=-rate)


class Steps:
    """Takes the steps of a descent, with its penalty, its decay, and its falling rate."""

    def __init__(self, descent: Descent, parameters: Sequence[Tensor]) -> None:
        self.descent = descent
        self.parameters = parameters
        optimiser = Adam if descent.optimizer == "adam" else SGD
        self.optimisers = [optimiser(each) for each in parameters]
        self.taken = 0

    def take(self, slopes: Iterable[Tensor]) -> None:
        rate = self.descent.learning_rate / (1 + self.taken * self.descent.decay)
        defences = self.descent.defences
        for optimiser, parameter, slope in zip(self.optimisers, self.parameters, slopes, strict=True):
            if defences.l2:
                slope.add_(parameter, alpha=defences.l2)
            if defences.weight_decay:
                parameter.mul_(1 - rate * defences.weight_decay)
            optimiser.step(slope, rate)
        self.taken += 1


class Watch:
    """Early stopping: knows the loss on records kept aside, (N, ...) with `labels` (N,), after each epoch."""

    def __init__(self, trainee: Trainee, features: Tensor, labels: Tensor, patience: int) -> None:
        self.trainee, self.features, self.labels, self.patience = trainee, features, labels, patience
        self.least, self.in_vain = math.inf, 0
        self.best = [each.clone() for each in trainee.parameters]

    def says_stop(self) -> bool:
        loss = float(cross_entropy(self.trainee.scores(self.features), self.labels))
        self.in_vain += 1
        if loss < self.least:
            self.least, self.in_vain = loss, 0
            self.best = [each.clone() for each in self.trainee.parameters]
        return self.in_vain >= self.patience

    def restore(self) -> None:
        for parameter, best in zip(self.trainee.parameters, self.best, strict=True):
            parameter.copy_(best)


@torch.no_grad()
def descend(
    trainee: Trainee,
    features: Tensor,
    labels: Tensor,
    classes: int,
    descent: Descent,
    generator: torch.Generator,
    rng: np.random.Generator,
) -> None:
    """Train on `features` (N, ...) with `labels` (N,) in 0..classes-1, where these are.

    The order of the records comes from `generator`; `rng` serves the defences alone, and is left as it is
    without them. Where too few records are there to keep any aside, nothing stops the training early.
    """
    defences = descent.defences
    objective = Objective(defences.label_smoothing, defences.mixup, defences.relaxloss)
    watch = None
    if defences.early_stopping:
        aside = torch.from_numpy(stratified(labels.cpu().numpy(), defences.early_stopping.holdout, rng))
        if aside.any():
            aside = aside.to(labels.device)
            watch = Watch(trainee, features[aside], labels[aside], defences.early_stopping.patience)
            features, labels = features[~aside], labels[~aside]
    targets = objective.targets(labels, classes)
    steps = Steps(descent, trainee.parameters)
    for epoch in range(descent.epochs):
        order = torch.randperm(len(labels), generator=generator).to(labels.device)
        aim = partial(objective.aim, epoch=epoch)
        for batch in torch.split(order, descent.batch):
            mixed, wanted = objective.mixed(features[batch], targets[batch], rng)
            steps.take(trainee.slopes(mixed, wanted, aim))
        if watch and watch.says_stop():
            break
    if watch:
        watch.restore()


def randomise(parameters: Iterable[Tensor], inputs: int, generator: torch.Generator) -> None:
    """Uniform within 1 / sqrt(inputs), weights and biases alike, as Torch7 began; drawn on the CPU."""
    bound = 1 / math.sqrt(inputs)
    for each in parameters:
        each.copy_(torch.empty(each.shape).uniform_(-bound, bound, generator=generator))


def to_be_scaled(
    features: NDArray[Any], private: DifferentialPrivacy | None
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Features (N, D) and what to divide each column by, (D,): with privacy, what was known beforehand."""
    if private is None:
        return features, column_scale(features)
    bound = private.feature_bound
    return np.clip(features, -bound, bound), np.full(features.shape[1], bound)
