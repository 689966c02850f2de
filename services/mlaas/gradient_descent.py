"""Trains dense layers with a softmax at the end, by gradient descent with gradients written out by hand.

At a hundred records a step autograd and its optimisers cost more than the arithmetic.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from services.mlaas.fitted_models.network import Network
from services.mlaas.model_type import Device, TrainingData, column_scale

Activation = Literal["tanh", "relu"]
Optimizer = Literal["adam", "sgd"]


@dataclass(frozen=True)
class Layers:
    """The parameters of a network, or their gradient: one vector, and views of it as matrices.

    Each array may carry leading axes, for networks of one shape that are trained side by side. Weights are
    (..., inputs, outputs), biases (..., 1, outputs).
    """

    vector: Tensor
    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]

    @classmethod
    def zeros(cls, widths: Sequence[int], *leading: int, device: torch.device | str = "cpu") -> "Layers":
        """Layers from `widths[0]` inputs to `widths[-1]` outputs."""
        shapes = [shape for pair in pairwise(widths) for shape in (pair, (1, pair[1]))]
        sizes = [math.prod(shape) for shape in shapes]
        vector = torch.zeros(*leading, sum(sizes), device=device)
        parts = torch.split(vector, sizes, dim=-1)
        views = [part.view(*leading, *shape) for part, shape in zip(parts, shapes, strict=True)]
        return cls(vector, tuple(views[0::2]), tuple(views[1::2]))

    def randomise(self, generator: torch.Generator) -> None:
        for weights, biases in zip(self.weights, self.biases, strict=True):
            randomise((weights, biases), weights.shape[-2], generator)


def randomise(parameters: Iterable[Tensor], inputs: int, generator: torch.Generator) -> None:
    """Uniform within 1 / sqrt(inputs), weights and biases alike, as Torch7 began; drawn on the CPU."""
    bound = 1 / math.sqrt(inputs)
    for each in parameters:
        each.copy_(torch.empty(each.shape).uniform_(-bound, bound, generator=generator))


@dataclass(frozen=True)
class Descent:
    """How to go down: the optimiser, its rate, and for how many epochs in batches of how many records.

    The rate falls as Torch7's did: learning_rate / (1 + steps x decay). Each step shrinks the parameters by
    rate x `l2`: for plain descent as if l2 x parameters were added to the gradient; for Adam apart from its
    scaling, as Loshchilov and Hutter (2019) found better.
    """

    optimizer: Optimizer
    learning_rate: float
    decay: float
    batch: int
    epochs: int
    l2: float

    def steps(self, labels: Tensor, generator: torch.Generator) -> Iterator[tuple[Tensor, float]]:
        """The records (B,) of each step through `labels` (N,), on their device, and the step's rate."""
        step = 0
        for _ in range(self.epochs):
            order = torch.randperm(len(labels), generator=generator).to(labels.device)
            for batch in torch.split(order, self.batch):
                yield batch, self.learning_rate / (1 + step * self.decay)
                step += 1

    def optimiser(self, parameters: Tensor) -> "Adam | SGD":
        return Adam(parameters) if self.optimizer == "adam" else SGD(parameters)


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


def gradient(layers: Layers, into: Layers, features: Tensor, targets: Tensor, activation: Activation) -> None:
    """Write the gradient of the mean cross-entropy: `features` (..., B, D), `targets` (..., B, K) one-hot."""
    outputs = [features]
    for weights, biases in zip(layers.weights[:-1], layers.biases[:-1], strict=True):
        scores = (outputs[-1] @ weights).add_(biases)
        outputs.append(scores.tanh_() if activation == "tanh" else scores.relu_())
    scores = (outputs[-1] @ layers.weights[-1]).add_(layers.biases[-1])
    error = torch.softmax(scores, dim=-1).sub_(targets).div_(features.shape[-2])
    for depth in reversed(range(len(outputs))):
        torch.matmul(outputs[depth].mT, error, out=into.weights[depth])
        torch.sum(error, dim=-2, keepdim=True, out=into.biases[depth])
        if depth:
            slope = 1 - outputs[depth].square() if activation == "tanh" else (outputs[depth] > 0).float()
            error = (error @ layers.weights[depth].mT).mul_(slope)


@torch.inference_mode()
def train_layers(
    features: Tensor,
    labels: Tensor,
    widths: Sequence[int],
    activation: Activation,
    descent: Descent,
    generator: torch.Generator,
) -> Layers:
    """Fit layers of `widths` to `features` (N, widths[0]) float32 with `labels` (N,) in 0..widths[-1]-1.

    It happens where `features` and `labels` are; what is random is drawn on the CPU.
    """
    layers, slope = (Layers.zeros(widths, device=features.device) for _ in range(2))
    if len(widths) > 2:  # a linear model has one minimum, and needs no luck to find it
        layers.randomise(generator)
    optimiser = descent.optimiser(layers.vector)
    targets = torch.eye(widths[-1], device=features.device)[labels]
    for batch, rate in descent.steps(labels, generator):
        gradient(layers, slope, features[batch], targets[batch], activation)
        if descent.l2:
            layers.vector.mul_(1 - rate * descent.l2)
        optimiser.step(slope.vector, rate)
    return layers


def fit_network(
    data: TrainingData,
    *,
    hidden: Sequence[int],
    activation: Activation,
    descent: Descent,
    rng: np.random.Generator,
    device: Device,
) -> Network:
    """Train on the records, each column scaled, and take the result to NumPy."""
    scale = column_scale(data.features)
    layers = train_layers(
        torch.from_numpy(np.divide(data.features, scale, dtype=np.float32)).to(device),
        torch.from_numpy(data.labels).to(device),
        (data.features.shape[1], *hidden, data.classes),
        activation,
        descent,
        torch.Generator().manual_seed(int(rng.integers(2**63))),
    )
    first, *others = (weights.double().cpu().numpy() for weights in layers.weights)
    return Network(
        weights=(first / scale[:, None], *others),
        biases=tuple(biases.double().cpu().numpy()[0] for biases in layers.biases),
        rectified=activation == "relu",
    )
