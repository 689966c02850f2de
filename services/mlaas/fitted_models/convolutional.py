"""Convolutions that are pooled, then dense layers with a softmax at the end: a classifier of images."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from safetensors.numpy import load, save

from services.mlaas.fitted_model import FittedModel, in_tiles, softmax

Array = NDArray[np.float32]

# Images computed at once: what lies between the layers stays in the processor's cache.
PIECE = 16


@dataclass(frozen=True)
class Convolutional(FittedModel):
    """Tanh throughout, all float32.

    shape: (H, W, C) of an image, whose features are in that order.
    kernels: each (k, k, C, F), k odd, with biases (F,); an image keeps its size, max-pooling then halves it.
    weights: each (inputs, outputs), with biases (outputs,). What scales the pixels is in the first kernels.
    """

    shape: tuple[int, int, int]
    kernels: tuple[Array, ...]
    kernel_biases: tuple[Array, ...]
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def probabilities(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Float32 up to the softmax. The shape of every product is fixed, so each image has one answer."""
        pieces = [self.scores(features[start : start + PIECE]) for start in range(0, len(features), PIECE)]
        return softmax(np.concatenate(pieces).astype(np.float64))

    def scores(self, features: NDArray[Any]) -> Array:
        maps = features.astype(np.float32).reshape(-1, *self.shape)
        for kernels, biases in zip(self.kernels, self.kernel_biases, strict=True):
            maps = np.tanh(pooled(convolved(maps, kernels)) + biases)
        outputs = in_tiles(maps.reshape(len(features), -1), np.float32)
        for depth, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            outputs = outputs @ weights + biases
            if depth < len(self.weights):
                outputs = np.tanh(outputs)
        return outputs.reshape(-1, outputs.shape[2])[: len(features)]

    def to_bytes(self) -> bytes:
        arrays: dict[str, NDArray[Any]] = {"shape": np.array(self.shape)}
        for name in ("kernels", "kernel_biases", "weights", "biases"):
            arrays |= {f"{name}.{layer}": array for layer, array in enumerate(getattr(self, name))}
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        arrays = load(data)

        def layers(name: str) -> tuple[Array, ...]:
            count = sum(key.startswith(f"{name}.") for key in arrays)
            return tuple(arrays[f"{name}.{layer}"] for layer in range(count))

        height, width, channels = arrays["shape"].tolist()
        return cls(
            shape=(height, width, channels),
            kernels=layers("kernels"),
            kernel_biases=layers("kernel_biases"),
            weights=layers("weights"),
            biases=layers("biases"),
        )


def convolved(images: Array, kernels: Array) -> Array:
    """Images (N, H, W, F) of images (N, H, W, C), with zeros around them: a matrix product an image."""
    records, height, width, channels = images.shape
    side, border = len(kernels), len(kernels) // 2
    padded = np.pad(images, ((0, 0), (border, border), (border, border), (0, 0)))
    # With columns and channels in one axis, a row of a window is one run of memory.
    rows = padded.reshape(records, height + 2 * border, -1)
    windows = sliding_window_view(rows, (side, side * channels), axis=(1, 2))[:, :, ::channels]
    columns = windows.reshape(records, height * width, -1)
    return (columns @ kernels.reshape(-1, kernels.shape[3])).reshape(records, height, width, -1)


def pooled(images: Array) -> Array:
    """The largest of each 2 x 2 pixels: (N, H, W, F) to (N, H / 2, W / 2, F), rounded up."""
    return larger_of_pairs(larger_of_pairs(images).swapaxes(1, 2)).swapaxes(1, 2)


def larger_of_pairs(rows: Array) -> Array:
    """Of rows (N, H, ...) the first and second, the third and fourth, ...; a last one alone is kept."""
    largest, second = rows[:, ::2].copy(), rows[:, 1::2]
    paired = largest[:, : second.shape[1]]
    np.maximum(paired, second, out=paired)
    return largest
