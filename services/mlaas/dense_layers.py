"""Trains dense layers with a softmax at the end, with gradients written out by hand.

At a hundred records a step autograd costs more than the arithmetic.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.mlaas.descent import Descent
from services.mlaas.dropout import Dropout
from services.mlaas.fitted_models.network import Network
from services.mlaas.gradient_descent import Aim, descend, randomise, to_be_scaled
from services.mlaas.model_type import Device, TrainingData

Activation = Literal["tanh", "relu"]


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


@dataclass(frozen=True)
class DenseTrainee:
    """Layers in training, and room for their gradient."""

    layers: Layers
    slope: Layers
    activation: Activation
    dropout: Dropout | None = None

    @property
    def parameters(self) -> tuple[Tensor]:
        return (self.layers.vector,)

    def scores(self, features: Tensor) -> Tensor:
        outputs = features
        for weights, biases in zip(self.layers.weights[:-1], self.layers.biases[:-1], strict=True):
            outputs = self.activated((outputs @ weights).add_(biases))
        return (outputs @ self.layers.weights[-1]).add_(self.layers.biases[-1])

    def activated(self, scores: Tensor) -> Tensor:
        return scores.tanh_() if self.activation == "tanh" else scores.relu_()

    def fallen(self, error: Tensor, outputs: Tensor) -> Tensor:
        """How the loss changes with the scores of hidden units, from how it changes with their outputs."""
        if self.activation == "relu":
            return error.mul_(outputs > 0)
        fallen: Tensor = torch.ops.aten.tanh_backward(error, outputs)  # error x (1 - outputs^2), in one pass
        return fallen

    def slopes(self, features: Tensor, targets: Tensor, aim: Aim) -> tuple[Tensor]:
        """`features` (..., B, D), `targets` (..., B, K). What is returned is overwritten by the next call."""
        layers, into = self.layers, self.slope
        inputs, hidden = [features], []  # of each layer; of each hidden layer its outputs and what is kept
        for weights, biases in zip(layers.weights[:-1], layers.biases[:-1], strict=True):
            outputs = self.activated((inputs[-1] @ weights).add_(biases))
            mask = self.dropout.mask(outputs) if self.dropout else None
            hidden.append((outputs, mask))
            inputs.append(outputs if mask is None else outputs * mask)
        scores = (inputs[-1] @ layers.weights[-1]).add_(layers.biases[-1])
        probabilities = torch.softmax(scores, dim=-1)
        error = probabilities.sub_(aim(probabilities, targets)).div_(features.shape[-2])
        for depth in reversed(range(len(inputs))):
            torch.matmul(inputs[depth].mT, error, out=into.weights[depth])
            torch.sum(error, dim=-2, keepdim=True, out=into.biases[depth])
            if depth:
                outputs, mask = hidden[depth - 1]
                error = error @ layers.weights[depth].mT
                error = self.fallen(error if mask is None else error.mul_(mask), outputs)
        return (into.vector,)


def train_layers(
    features: Tensor,
    labels: Tensor,
    widths: Sequence[int],
    activation: Activation,
    dropout: float,
    descent: Descent,
    rng: np.random.Generator,
) -> Layers:
    """Fit layers of `widths` to `features` (N, widths[0]), float32 or bytes, with `labels` (N,) in
    0..widths[-1]-1.

    It happens where `features` and `labels` are; what is random is drawn on the CPU.
    """
    generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
    layers, slope = (Layers.zeros(widths, device=features.device) for _ in range(2))
    if len(widths) > 2:  # a linear model has one minimum, and needs no luck to find it
        layers.randomise(generator)
    dropping = Dropout(dropout, generator) if dropout else None
    if descent.defences.differential_privacy:
        from services.mlaas.private_descent import descend_privately

        module = as_module(layers, activation, dropping)
        descend_privately(module, features, labels, widths[-1], descent, generator)
    else:
        trainee = DenseTrainee(layers, slope, activation, dropping)
        descend(trainee, features, labels, widths[-1], descent, generator, rng)
    return layers


def as_module(layers: Layers, activation: Activation, dropout: Dropout | None) -> nn.Sequential:
    """The same network for torch, whose parameters are views of those of `layers`."""
    parts: list[nn.Module] = []
    for weights, biases in zip(layers.weights, layers.biases, strict=True):
        if parts:
            parts.append(nn.Tanh() if activation == "tanh" else nn.ReLU())
            parts += [dropout] if dropout else []
        inputs, outputs = weights.shape
        dense = nn.Linear(inputs, outputs, device="meta")
        dense.weight, dense.bias = nn.Parameter(weights.T), nn.Parameter(biases[0])
        parts.append(dense)
    return nn.Sequential(*parts)


def scaled(features: NDArray[Any], scale: NDArray[np.float64]) -> NDArray[Any]:
    """Features (N, D) divided by `scale` (D,), float32; bytes that it leaves as they are stay bytes."""
    if features.dtype == np.uint8 and (scale == 1).all():
        return features
    divided: NDArray[np.float32] = np.divide(features, scale, dtype=np.float32)
    return divided


def fit_network(
    data: TrainingData,
    *,
    hidden: Sequence[int],
    activation: Activation,
    dropout: float,
    descent: Descent,
    rng: np.random.Generator,
    device: Device,
) -> Network:
    """Train on the records, each column scaled, and take the result to NumPy."""
    features, scale = to_be_scaled(data.features, descent.defences.differential_privacy)
    layers = train_layers(
        torch.from_numpy(scaled(features, scale)).to(device),
        torch.from_numpy(data.labels).to(device),
        (data.features.shape[1], *hidden, data.classes),
        activation,
        dropout,
        descent,
        rng,
    )
    first, *others = (weights.double().cpu().numpy() for weights in layers.weights)
    return Network(
        weights=(first / scale[:, None], *others),
        biases=tuple(biases.double().cpu().numpy()[0] for biases in layers.biases),
        rectified=activation == "relu",
    )
