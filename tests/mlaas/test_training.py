"""Training: the choice among candidates, and the model that comes of it."""

import numpy as np
import pytest

from services.mlaas.profile import Candidate, OptionNotOffered, Price, Profile
from services.mlaas.training import TrainingData, stratified, train

CANDIDATES = (
    Candidate(name="idle", model_type="mlp", parameters={"epochs": 1, "learning_rate": 1e-9}),
    Candidate(
        name="busy", model_type="mlp", parameters={"hidden": [16], "epochs": 40, "learning_rate": 0.05}
    ),
    Candidate(model_type="svm"),
)


def profile(*candidates: Candidate) -> Profile:
    price = Price(currency="USD", training=0, per_1000_records=0)
    return Profile(name="mine", summary="", price=price, candidates=candidates)


def data() -> TrainingData:
    """Four quarters of a square, of which the opposite ones are of one class: no line parts them."""
    features = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    return TrainingData(features, (features.prod(axis=1) > 0).astype(np.int64), 2)


def test_the_candidate_that_is_best_on_the_hold_out_is_chosen() -> None:
    trained = train(profile(*CANDIDATES), {}, data(), seed=1)
    assert set(trained.scores) == {"idle", "busy", "svm"}
    assert max(trained.scores, key=trained.scores.__getitem__) == "busy"
    assert trained.model_type == "mlp"
    assert trained.parameters["epochs"] == 40


def test_the_chosen_candidate_is_fitted_to_all_records() -> None:
    """Its model is that of a profile that has nothing to choose."""
    among, alone = (train(profile(*some), {}, data(), seed=1) for some in (CANDIDATES, CANDIDATES[1:2]))
    assert alone.scores == {}
    assert among.model.to_bytes() == alone.model.to_bytes()


def test_one_seed_gives_one_choice_and_one_model() -> None:
    once, again = (train(profile(*CANDIDATES), {}, data(), seed=5) for _ in range(2))
    assert once.scores == again.scores
    assert once.model.to_bytes() == again.model.to_bytes()
    assert once.model.to_bytes() != train(profile(*CANDIDATES), {}, data(), seed=6).model.to_bytes()


def test_values_beyond_float32_are_trained_on() -> None:
    far = TrainingData(data().features * 1e300, data().labels, 2)
    candidates = [Candidate(model_type=name) for name in ("mlp", "random_forest", "svm")]
    model = train(profile(*candidates), {}, far, seed=1).model
    np.testing.assert_allclose(model.probabilities(np.zeros((1, 2))).sum(), 1)


def test_two_records_are_too_few_to_choose_by() -> None:
    trained = train(profile(*CANDIDATES[1:]), {}, TrainingData(np.eye(2), np.arange(2), 2), seed=1)
    assert trained.scores == {}
    assert trained.model.probabilities(np.eye(2)).argmax(axis=1).tolist() == [0, 1]


def test_options_are_checked() -> None:
    with pytest.raises(OptionNotOffered):
        train(profile(*CANDIDATES), {"epochs": 3}, data(), seed=1)


def test_a_hold_out_has_its_share_of_every_class_and_leaves_some() -> None:
    labels = np.repeat([0, 1, 2, 3], [50, 10, 1, 3])
    held_out = np.array([stratified(labels, 0.2, np.random.default_rng(seed)) for seed in range(500)])
    of_class = [held_out[:, labels == label].sum(axis=1) for label in range(4)]
    assert set(of_class[0]) == {10}
    assert set(of_class[1]) == {2}
    assert set(of_class[2]) == {0}
    assert 0.5 < of_class[3].mean() < 0.7
