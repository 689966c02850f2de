"""Same question, same answer: to the byte, whatever else is asked, in whatever type, thread or process."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from services.mlaas import artifacts
from services.mlaas.executors import ONE_THREAD
from services.mlaas.fitted_model import FittedModel
from services.mlaas.inference import CHUNK, answer
from services.mlaas.model_type import MODEL_TYPES, ModelType, TrainingData
from services.mlaas.storage import Folder

FEATURES = np.random.default_rng(0).integers(0, 2, (CHUNK + 1000, 90), dtype=np.uint8)
SHAPE = (6, 5, 3)
PARAMETERS = {
    "mlp": {"epochs": 5},
    "cnn": {"epochs": 5},
    "random_forest": {"trees": 20},
    "gradient_boosting": {"rounds": 5},
}


@cache
def fitted(name: str) -> FittedModel:
    """Fitted to labels that mean nothing: probabilities with all their digits."""
    model_type: ModelType = MODEL_TYPES.load(name)(**PARAMETERS.get(name, {}))
    labels = np.random.default_rng(1).integers(0, 30, 300)
    return model_type.fit(TrainingData(FEATURES[:300], labels, 30, SHAPE), np.random.default_rng(2))


@pytest.fixture(params=MODEL_TYPES.names())
def model(request: pytest.FixtureRequest) -> FittedModel:
    return fitted(request.param)


def test_an_answer_is_a_float32_row_of_probabilities_a_record(model: FittedModel) -> None:
    answered = answer(model, FEATURES)
    assert answered.dtype == np.float32
    assert answered.shape == (len(FEATURES), 30)
    np.testing.assert_allclose(answered.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 37, 1000])
def test_a_record_has_one_answer_in_every_batch(model: FittedModel, batch: int) -> None:
    together = answer(model, FEATURES)
    asked = np.random.default_rng(batch).permutation(len(FEATURES))[: 40 * batch]
    for start in range(0, len(asked), batch):
        some = asked[start : start + batch]
        assert answer(model, FEATURES[some]).tobytes() == together[some].tobytes()


def test_a_record_has_one_answer_even_before_it_is_rounded(model: FittedModel) -> None:
    together = model.probabilities(FEATURES)
    for batch in (FEATURES[:1], FEATURES[:7], FEATURES[:600]):
        assert model.probabilities(batch).tobytes() == together[: len(batch)].tobytes()


@pytest.mark.parametrize("dtype", ["bool", "int64", "float32", "float64"])
def test_the_type_of_the_numbers_does_not_matter(model: FittedModel, dtype: str) -> None:
    assert answer(model, FEATURES[:100].astype(dtype)).tobytes() == answer(model, FEATURES[:100]).tobytes()


@pytest.mark.parametrize("value", [1e308, -1e308, 3e38, 5e-324])
def test_a_record_of_extreme_values_has_a_finite_answer(model: FittedModel, value: float) -> None:
    extreme = np.where(FEATURES[:50] == 0, value, -value)
    np.testing.assert_allclose(answer(model, extreme).sum(axis=1), 1, atol=1e-5)


def test_threads_that_ask_at_once_have_their_own_answers(model: FittedModel) -> None:
    parts = np.array_split(np.arange(len(FEATURES)), 16)
    with ThreadPoolExecutor(4) as threads:
        answered = list(threads.map(lambda rows: answer(model, FEATURES[rows]), parts))
    assert np.concatenate(answered).tobytes() == answer(model, FEATURES).tobytes()


ASK = """
import hashlib, sys
from pathlib import Path
import numpy as np
from services.mlaas import artifacts
from services.mlaas.inference import answer
from services.mlaas.storage import Folder
folder, records, *models = sys.argv[1:]
for sha256 in models:
    model = artifacts.load(Folder(Path(folder)), sha256)
    print(hashlib.sha256(answer(model, np.load(records)).tobytes()).hexdigest())
print("sklearn" in sys.modules or "xgboost" in sys.modules)
"""


@pytest.mark.parametrize("threads", ["1", "2"])
def test_another_process_answers_the_same_without_the_libraries_of_training(
    tmp_path: Path, threads: str
) -> None:
    models = [fitted(name) for name in MODEL_TYPES.names()]
    saved = [artifacts.save(Folder(tmp_path), model) for model in models]
    np.save(tmp_path / "records.npy", FEATURES)
    command = [sys.executable, "-c", ASK, str(tmp_path), str(tmp_path / "records.npy"), *saved]
    environment = os.environ | dict.fromkeys(ONE_THREAD, threads) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    answers = [hashlib.sha256(answer(model, FEATURES).tobytes()).hexdigest() for model in models]
    assert printed.split() == [*answers, "False"]
