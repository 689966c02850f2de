"""Trains convolutions, each pooled, and dense layers after them; the gradients are autograd's.

Two things halved the time on a CPU: `channels_last`, and the tanh after the pooling instead of before it,
which gives the same, tanh being monotonic, for a quarter of the numbers.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from services.mlaas.descent import Descent
from services.mlaas.dropout import Dropout
from services.mlaas.fitted_models.convolutional import Convolutional
from services.mlaas.gradient_descent import Aim, descend, randomise, to_be_scaled
from services.mlaas.model_type import Device, TrainingData


class ChannelsLast(nn.Module):
    """Takes images (N, H, W, C) for what torch calls (N, C, H, W), where they are in memory."""

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 3, 1, 2)


def network(
    shape: tuple[int, int, int],
    filters: Sequence[int],
    side: int,
    hidden: int,
    classes: int,
    dropout: Dropout | None = None,
) -> nn.Sequential:
    """From images (N, H, W, C) to scores (N, K): convolutions keep the size, pooling halves it."""
    height, width, channels = shape
    layers: list[nn.Module] = [ChannelsLast()]
    for inputs, outputs in pairwise((channels, *filters)):
        layers += [nn.Conv2d(inputs, outputs, side, padding=side // 2), nn.MaxPool2d(2, ceil_mode=True)]
        layers += [nn.Tanh()]
        height, width, channels = -(-height // 2), -(-width // 2), outputs
    layers += [nn.Flatten(), nn.Linear(height * width * channels, hidden), nn.Tanh()]
    layers += [dropout] if dropout else []
    layers += [nn.Linear(hidden, classes)]
    return nn.Sequential(*layers)


class ConvolutionalTrainee:
    """A network in training."""

    def __init__(self, layers: nn.Sequential) -> None:
        self.layers = layers
        self.parameters = tuple(layers.parameters())

    def scores(self, features: Tensor) -> Tensor:
        self.layers.eval()
        scores: Tensor = self.layers(features)
        self.layers.train()
        return scores

    def slopes(self, features: Tensor, targets: Tensor, aim: Aim) -> tuple[Tensor, ...]:
        with torch.enable_grad():
            scores = self.layers(features)
            probabilities = torch.softmax(scores.detach(), dim=1)
            loss = cross_entropy(scores, aim(probabilities, targets))
        return torch.autograd.grad(loss, self.parameters)


def train_network(
    layers: nn.Sequential,
    images: Tensor,
    labels: Tensor,
    classes: int,
    descent: Descent,
    generator: torch.Generator,
    rng: np.random.Generator,
) -> None:
    """Fit to `images` (N, H, W, C) float32 with `labels` (N,), where these are."""
    with torch.no_grad():
        for layer in weighted(layers):
            randomise(layer.parameters(), layer.weight[0].numel(), generator)
    layers.to(images.device)
    if descent.defences.differential_privacy:
        from services.mlaas.private_descent import descend_privately

        descend_privately(layers, images, labels, classes, descent, generator)
    else:
        descend(ConvolutionalTrainee(layers), images, labels, classes, descent, generator, rng)


def fit_convolutional(
    data: TrainingData,
    *,
    filters: Sequence[int],
    side: int,
    hidden: int,
    dropout: float,
    descent: Descent,
    rng: np.random.Generator,
    device: Device,
) -> Convolutional:
    """Train on images, all pixels divided by one number, and take the result to NumPy."""
    assert data.shape is not None
    height, width, channels = (*data.shape, 1)[:3]
    features, scales = to_be_scaled(data.features, descent.defences.differential_privacy)
    scale = scales.max()
    images = np.divide(features, scale, dtype=np.float32).reshape(-1, height, width, channels)
    generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
    dropping = Dropout(dropout, generator) if dropout else None
    layers = network((height, width, channels), filters, side, hidden, data.classes, dropping)
    with torch.backends.cudnn.flags(enabled=True, deterministic=True):
        train_network(
            layers,
            torch.from_numpy(images).to(device),
            torch.from_numpy(data.labels).to(device),
            data.classes,
            descent,
            generator,
            rng,
        )
    return taken_to_numpy(layers.cpu(), (height, width, channels), scale)


def taken_to_numpy(layers: nn.Sequential, shape: tuple[int, int, int], scale: float) -> Convolutional:
    """With channels last, and in the first kernels what scales the pixels."""
    *convolutions, first, last = weighted(layers)
    kernels = [array(layer.weight.permute(2, 3, 1, 0)) for layer in convolutions]
    kernels[0] /= scale
    channels = kernels[-1].shape[3]
    by_place = first.weight.view(len(first.weight), channels, -1).permute(2, 1, 0).flatten(0, 1)
    return Convolutional(
        shape=shape,
        kernels=tuple(kernels),
        kernel_biases=tuple(array(layer.get_parameter("bias")) for layer in convolutions),
        weights=(array(by_place), array(last.weight.T)),
        biases=(array(first.get_parameter("bias")), array(last.get_parameter("bias"))),
    )


def weighted(layers: nn.Sequential) -> list[nn.Conv2d | nn.Linear]:
    return [layer for layer in layers if isinstance(layer, nn.Conv2d | nn.Linear)]


def array(parameter: Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(parameter.detach().numpy())
