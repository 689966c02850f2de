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
        probabilities = model.probabilities(bounded(features[start : start + CHUNK]))
        chunks.append(defended(probabilities, defences, replace(question, first=start)))
    return chunks[0] if len(chunks) == 1 else np.concatenate(chunks)


def answer_together(
    model: FittedModel, asked: Sequence[tuple[NDArray[Any], Sequence[Defence], Question]]
) -> list[NDArray[np.float32]]:
    """To the byte what `answer` gives for each; computed at once, for few records (N, D) each."""
    probabilities = model.probabilities(bounded(np.concatenate([records for records, _, _ in asked])))
    answers, first = [], 0
    for records, defences, question in asked:
        own = probabilities[first : first + len(records)]
        answers.append(defended(own, defences, question))
        first += len(records)
    return answers


def defended(
    probabilities: Probabilities, defences: Sequence[Defence], question: Question
) -> NDArray[np.float32]:
    for defence in defences:
        probabilities = defence.defend(probabilities, question)
    return probabilities.astype(np.float32, copy=False)
