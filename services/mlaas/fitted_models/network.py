"""Dense layers with a softmax at the end; without a hidden layer, a linear model."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from services.mlaas.fitted_model import FittedModel, in_tiles


@dataclass(frozen=True)
class Network(FittedModel):
    """Layers of weights (inputs, outputs) and biases (outputs,), all float64.

    The hidden layers are tanh or, where `rectified`, ReLU. What scales the features is in the first weights.
    """

    weights: tuple[NDArray[np.float64], ...]
    biases: tuple[NDArray[np.float64], ...]
    rectified: bool = False

    def probabilities(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Float64, in tiles: the shape of every product is fixed, so each record has one answer.

        By torch, which multiplies such tiles in two thirds of NumPy's time, and has the softmax in a third.
        """
        import torch  # here, for it takes longer to load than a server that has not been asked yet

        outputs = torch.from_numpy(in_tiles(features, np.float64))
        for depth, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            repeated = torch.from_numpy(weights).expand(len(outputs), -1, -1)
            outputs = torch.baddbmm(torch.from_numpy(biases), outputs, repeated)
            if depth < len(self.weights):
                outputs = outputs.relu_() if self.rectified else outputs.tanh_()
        answers: NDArray[np.float64] = outputs.view(-1, outputs.shape[2]).softmax(1).numpy()
        return answers[: len(features)]

    def to_bytes(self) -> bytes:
        arrays = {"rectified": np.array(self.rectified)}
        for layer, (weights, biases) in enumerate(zip(self.weights, self.biases, strict=True)):
            arrays |= {f"weights.{layer}": weights, f"biases.{layer}": biases}
        return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        arrays = load(data)
        layers = range(sum(name.startswith("weights.") for name in arrays))
        return cls(
            weights=tuple(arrays[f"weights.{layer}"] for layer in layers),
            biases=tuple(arrays[f"biases.{layer}"] for layer in layers),
            rectified=bool(arrays["rectified"]),
        )
