"""Inference: a fitted model and records give the answer. The same record has the same answer, to the byte."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.fitted_model import FittedModel, bounded

# Records computed at once: few enough for what lies between the layers to stay in the processor's cache.
CHUNK = 1024


def answer(model: FittedModel, features: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities (N, K) of records `features` (N, D), rounded once to float32.

    The model sees to it that each record has one answer.
    """
    chunks = (features[start : start + CHUNK] for start in range(0, len(features), CHUNK))
    return np.concatenate([model.probabilities(bounded(chunk)).astype(np.float32) for chunk in chunks])
