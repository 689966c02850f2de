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
    """Kingma and Ba 2015, Algorithm 1, with the defaults given there; one pass over memory, by torch."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = list(parameters)
        self.means, self.squares = ([torch.zeros_like(each) for each in parameters] for _ in range(2))
        self.taken = torch.zeros((), device=parameters[0].device)

    def step(self, gradients: Sequence[Tensor], rate: float) -> None:
        self.taken.add_(1)
        torch._fused_adam_(
            self.parameters,
            [in_order_of(*pair) for pair in zip(self.parameters, gradients, strict=True)],
            self.means,
            self.squares,
            [],
            [self.taken] * len(self.parameters),
            lr=rate,
            beta1=0.9,
            beta2=0.999,
            eps=1e-8,
            weight_decay=0.0,
            amsgrad=False,
            maximize=False,
        )


def in_order_of(parameter: Tensor, gradient: Tensor) -> Tensor:
    """The gradient with its numbers where the parameter has its own: the kernel looks at no strides."""
    same = gradient.stride() == parameter.stride()
    return gradient if same else torch.empty_like(parameter).copy_(gradient)


class SGD:
    """Stochastic gradient descent as such: no momentum."""

    def __init__(self, parameters: Sequence[Tensor]) -> None:
        self.parameters = parameters

    def step(self, gradients: Sequence[Tensor], rate: float) -> None:
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.add_(gradient, alpha=-rate)


class Steps:
    """Takes the steps of a descent, with its penalty, its decay, and its falling rate."""

    def __init__(self, descent: Descent, parameters: Sequence[Tensor]) -> None:
        self.descent = descent
        self.parameters = parameters
        self.optimiser = (Adam if descent.optimizer == "adam" else SGD)(parameters)
        self.taken = 0

    def take(self, slopes: Sequence[Tensor]) -> None:
        rate = self.descent.learning_rate / (1 + self.taken * self.descent.decay)
        defences = self.descent.defences
        for parameter, slope in zip(self.parameters, slopes, strict=True):
            if defences.l2:
                slope.add_(parameter, alpha=defences.l2)
            if defences.weight_decay:
                parameter.mul_(1 - rate * defences.weight_decay)
        self.optimiser.step(slopes, rate)
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

    Features may be bytes: a quarter of the memory to gather each batch from. The order of the records comes
    from `generator`; `rng` serves the defences alone, and is left as it is without them. Where too few
    records are there to keep any aside, nothing stops the training early.
    """
    defences = descent.defences
    objective = Objective(defences.label_smoothing, defences.mixup, defences.relaxloss)
    watch = None
    if defences.early_stopping:
        aside = torch.from_numpy(stratified(labels.cpu().numpy(), defences.early_stopping.holdout, rng))
        if aside.any():
            aside = aside.to(labels.device)
            watch = Watch(trainee, features[aside].float(), labels[aside], defences.early_stopping.patience)
            features, labels = features[~aside], labels[~aside]
    targets = objective.targets(labels, classes)
    steps = Steps(descent, trainee.parameters)
    for epoch in range(descent.epochs):
        order = torch.randperm(len(labels), generator=generator).to(labels.device)
        aim = partial(objective.aim, epoch=epoch)
        for batch in torch.split(order, descent.batch):
            # index_select copies rows in a quarter of the time that indexing takes.
            chosen, wanted = features.index_select(0, batch).float(), targets.index_select(0, batch)
            mixed, wanted = objective.mixed(chosen, wanted, rng)
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
