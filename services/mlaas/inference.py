"""Inference: a fitted model, records and defences give the answer. The same record has the same answer, to
the byte, unless a defence is fresh on purpose.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.mlaas.defence import Defence, Probabilities, Question
from services.mlaas.fitted_model import FittedModel, bounded

# Records computed at once: few enough for what lies between the layers to stay in the processor's cache.
CHUNK = 1024
NO_SECRET = Question(secret=b"")


def answer(
    model: FittedModel,
    features: NDArray[Any],
    defences: Sequence[Defence] = (),
    question: Question = NO_SECRET,
) -> NDArray[np.float32]:
    """What leaves about records `features` (N, D): probabilities (N, K), defended, rounded once to float32.

    The model sees to it that each record has one answer, the defences that it stays one.
    """
    chunks = []
    for start in range(0, len(features), CHUNK):
        probabilities: Probabilities = model.probabilities(bounded(features[start : start + CHUNK]))
        asked = replace(question, first=start)
        for defence in defences:
            probabilities = defence.defend(probabilities, asked)
        chunks.append(probabilities.astype(np.float32, copy=False))
    return np.concatenate(chunks)
