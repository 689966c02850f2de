"""What every attack classifier must keep, whoever adds it."""

import importlib.util
import json
import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from attacker.classifier import CLASSIFIERS, Classifier
from attacker.errors import CannotAttack
from attacker.per_group import linear
from attacker.registry import parameters
from attacker.service import Asking, Service
from attacker.statistics.roc import roc

GROUPS, COLUMNS = 3, 5
NAMES = [name for name in CLASSIFIERS.names() if name != "xgboost" or importlib.util.find_spec("xgboost")]
SMALLER = {"neural_network": {"steps": 200}}


class LeastSquares(Service):
    """A service in this process, whose models are linear."""

    def learn(self, records: NDArray[np.float32], member: NDArray[np.bool_]) -> Asking:
        fitted = LinearRegression().fit(records, member)
        weights, bias = fitted.coef_.astype(np.float64), float(fitted.intercept_)
        return lambda asked: np.clip(linear(asked.astype(np.float64), weights, bias), 0.0, 1.0)


def classifier(name: str) -> Classifier:
    made = CLASSIFIERS.load(name)(**SMALLER.get(name, {}))
    made.service = LeastSquares() if made.asks_service else None
    return made


def drawn(
    seed: int, records: int, shift: float, share: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Noise in which, of each group, a `share` is in and `shift` away, in a column of the group's own."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((records, COLUMNS))
    groups, member = rng.permutation(np.arange(records) % GROUPS), rng.random(records) < share
    features[np.arange(records), groups] += shift * member * np.where(groups == 0, -1, 1)
    features[:, 3] = 7.5
    features[groups == 2, 4] = -27.631021115928547  # constant in one group only; no float32 is equal to it
    return features, groups, member


def fitted(
    name: str, seed: int, features: NDArray[Any], groups: NDArray[np.int64], member: NDArray[np.bool_]
) -> Classifier:
    return classifier(name).fit(
        features.astype(np.float32), groups, member, GROUPS, np.random.default_rng(seed)
    )


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def taught(name: str) -> Classifier:
    """The classifier fitted on a planted separation."""
    return fitted(name, 1, *drawn(0, 900, 3.0, 0.4))


def test_a_planted_separation_is_found_in_every_group(taught: Classifier) -> None:
    features, groups, member = drawn(2, 900, 3.0, 0.5)
    answers = taught.probability(features, groups)
    for group in range(GROUPS):
        assert roc(answers[groups == group], member[groups == group]).auc() > 0.9
    assert ((answers > 0.5) == member).mean() > 0.85


def test_where_nothing_is_planted_the_answer_is_chance_though_most_records_are_in(name: str) -> None:
    """In outnumbers out 5:1: who learns all records alike answers "in" nearly always."""
    features, groups, member = drawn(3, 3000, 0.0, 0.5)
    answers = fitted(name, 1, *drawn(0, 1200, 0.0, 5 / 6)).probability(features, groups)
    assert 0.35 < (answers > 0.5).mean() < 0.65
    assert abs(roc(answers, member).auc() - 0.5) < 0.05


def test_an_answer_is_the_same_to_the_last_bit_in_any_company_and_order(taught: Classifier) -> None:
    features, groups, _ = drawn(2, 400, 3.0, 0.5)
    together = taught.probability(features, groups)
    for rows in (np.arange(399, -1, -1), np.random.default_rng(0).permutation(400)[:37], np.arange(1)):
        assert taught.probability(features[rows], groups[rows]).tolist() == together[rows].tolist()
    in_columns = np.asfortranarray(features)
    assert taught.probability(in_columns, groups).tolist() == together.tolist()
    alone = [taught.probability(features[[row]], groups[[row]])[0] for row in range(20)]
    assert alone == together[:20].tolist()


def test_answers_are_probabilities_far_from_what_was_learned_too(taught: Classifier) -> None:
    features, groups, _ = drawn(2, 400, 3.0, 0.5)
    answers = taught.probability(features * 1000, groups)
    assert answers.dtype == np.float64
    assert np.isfinite(answers).all()
    assert answers.min() >= 0
    assert answers.max() <= 1


def test_no_group_feels_anothers_records(name: str, taught: Classifier) -> None:
    features, groups, member = drawn(0, 900, 3.0, 0.4)
    others = groups != 1
    features[others], member[others] = -features[others], ~member[others]
    kept = np.flatnonzero((groups == 1) | (np.arange(900) < 500))
    again = fitted(name, 1, features[kept], groups[kept], member[kept])
    asked, of, _ = drawn(2, 900, 3.0, 0.5)
    same = taught.probability(asked, of) == again.probability(asked, of)
    assert same[of == 1].all()
    assert not same[of != 1].all()


def test_the_same_seed_gives_the_same_classifier(name: str, taught: Classifier) -> None:
    again = fitted(name, 1, *drawn(0, 900, 3.0, 0.4))
    features, groups, _ = drawn(2, 400, 3.0, 0.5)
    assert again.probability(features, groups).tolist() == taught.probability(features, groups).tolist()


def test_a_group_with_nothing_to_learn_from_is_answered_with_a_half(name: str) -> None:
    """No column varies; and the same records are in and out."""
    groups, member = np.repeat(np.arange(GROUPS), 60), np.arange(60 * GROUPS) % 2 == 0
    features = np.repeat(np.random.default_rng(0).standard_normal((30 * GROUPS, COLUMNS)), 2, axis=0)
    features[groups == 0] = 1.0
    answers = fitted(name, 1, features, groups, member).probability(features, groups)
    assert answers[groups == 0] == pytest.approx(0.5, abs=0.03)
    assert 0.2 < answers.mean() < 0.8


def test_a_group_with_a_single_record_of_a_kind_is_learned(name: str) -> None:
    features, groups, member = drawn(0, 300, 3.0, 0.4)
    member[groups == 1] = np.arange((groups == 1).sum()) == 5
    answers = fitted(name, 1, features, groups, member).probability(features, groups)
    assert ((answers >= 0) & (answers <= 1)).all()


def test_a_group_of_one_kind_is_refused(name: str) -> None:
    features, groups, member = drawn(0, 300, 3.0, 0.4)
    with pytest.raises(ValueError, match="both kinds"):
        fitted(name, 1, features, groups, member & (groups == 0))


def test_parameters_are_told_as_json(name: str) -> None:
    told = parameters(classifier(name))
    assert json.loads(json.dumps(told)) == told


def test_without_its_package_xgboost_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xgboost", None)
    with pytest.raises(CannotAttack, match=r"install penumbra\[xgboost\]"):
        fitted("xgboost", 1, *drawn(0, 300, 3.0, 0.4))


def test_without_the_service_its_models_cannot_be_had() -> None:
    with pytest.raises(CannotAttack, match="trained by the service under attack"):
        CLASSIFIERS.load("provider")().fit(*drawn(0, 300, 3.0, 0.4), GROUPS, np.random.default_rng(0))
