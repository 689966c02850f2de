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

from services.mlaas.fitted_models.convolutional import Convolutional
from services.mlaas.gradient_descent import Descent, randomise
from services.mlaas.model_type import Device, TrainingData, column_scale


def network(
    shape: tuple[int, int, int], filters: Sequence[int], side: int, hidden: int, classes: int
) -> nn.Sequential:
    """From images (N, C, H, W) to scores (N, K): convolutions keep the size, pooling halves it."""
    height, width, channels = shape
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise((channels, *filters)):
        layers += [nn.Conv2d(inputs, outputs, side, padding=side // 2), nn.MaxPool2d(2, ceil_mode=True)]
        layers += [nn.Tanh()]
        height, width, channels = -(-height // 2), -(-width // 2), outputs
    layers += [nn.Flatten(), nn.Linear(height * width * channels, hidden), nn.Tanh()]
    layers += [nn.Linear(hidden, classes)]
    return nn.Sequential(*layers)


def train_network(
    layers: nn.Sequential, images: Tensor, labels: Tensor, descent: Descent, generator: torch.Generator
) -> None:
    """Fit to `images` (N, H, W, C) float32 with `labels` (N,), where these are."""
    with torch.no_grad():
        for layer in weighted(layers):
            randomise(layer.parameters(), layer.weight[0].numel(), generator)
    layers.to(images.device)
    parameters = list(layers.parameters())
    optimisers = [descent.optimiser(each) for each in parameters]
    for batch, rate in descent.steps(labels, generator):
        loss = cross_entropy(layers(images[batch].permute(0, 3, 1, 2)), labels[batch])
        slopes = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for optimiser, parameter, slope in zip(optimisers, parameters, slopes, strict=True):
                parameter.mul_(1 - rate * descent.l2)
                optimiser.step(slope, rate)


def fit_convolutional(
    data: TrainingData,
    *,
    filters: Sequence[int],
    side: int,
    hidden: int,
    descent: Descent,
    rng: np.random.Generator,
    device: Device,
) -> Convolutional:
    """Train on images, all pixels divided by one number, and take the result to NumPy."""
    assert data.shape is not None
    height, width, channels = (*data.shape, 1)[:3]
    scale = column_scale(data.features).max()
    images = np.divide(data.features, scale, dtype=np.float32).reshape(-1, height, width, channels)
    layers = network((height, width, channels), filters, side, hidden, data.classes)
    with torch.backends.cudnn.flags(enabled=True, deterministic=True):
        train_network(
            layers,
            torch.from_numpy(images).to(device),
            torch.from_numpy(data.labels).to(device),
            descent,
            torch.Generator().manual_seed(int(rng.integers(2**63))),
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
