"""Training: the choice among candidates, and the model that comes of it."""

import numpy as np
import pytest

from services.mlaas import choosing, training
from services.mlaas.choosing import FEWEST, GROWTH, choose, clearly_behind, parts, stratified
from services.mlaas.fitted_model import FittedModel
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Candidate, OptionNotOffered, Price, Profile
from services.mlaas.training import NoCandidate, train

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


def data(records: int = 200) -> TrainingData:
    """Four quarters of a square, of which the opposite ones are of one class: no line parts them."""
    features = np.random.default_rng(0).uniform(-1, 1, (records, 2))
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


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, str]]:
    """What is fitted while a test runs: the candidate's label, the number of records, the device."""
    noted: list[tuple[str, int, str]] = []
    fit = choosing.fit

    def noting(
        candidate: Candidate, data: TrainingData, seed: np.random.SeedSequence, device: str
    ) -> FittedModel:
        noted.append((candidate.label, len(data.labels), device))
        return fit(candidate, data, seed, "cpu")

    for module in (choosing, training):
        monkeypatch.setattr(module, "fit", noting)
    return noted


def test_a_hopeless_candidate_is_dropped_on_few_records(fitted: list[tuple[str, int, str]]) -> None:
    forest = Candidate(name="forest", model_type="random_forest", parameters={"trees": 10})
    candidates = [CANDIDATES[1], forest, CANDIDATES[2]]
    winner, scores = choose(candidates, data(6000), 0.2, np.random.SeedSequence(0), "cpu")
    trained_on = [(label, round(records, -2)) for label, records, _ in fitted]
    assert trained_on == [("busy", 1200), ("forest", 1200), ("svm", 1200), ("busy", 4800), ("forest", 4800)]
    assert winner.label == max(scores, key=scores.__getitem__) != "svm"


def test_a_clear_winner_is_known_on_few_records(fitted: list[tuple[str, int, str]]) -> None:
    winner, _ = choose(CANDIDATES, data(6000), 0.2, np.random.SeedSequence(0), "cpu")
    assert winner.label == "busy"
    assert {round(records, -2) for _, records, _ in fitted} == {1200}


@pytest.mark.parametrize("seed", range(3))
def test_dropping_early_chooses_what_training_all_on_everything_would(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, _ = choose(CANDIDATES, data(6000), 0.2, np.random.SeedSequence(seed), "cpu")
    monkeypatch.setattr(choosing, "FEWEST", 10**9)
    patient, _ = choose(CANDIDATES, data(6000), 0.2, np.random.SeedSequence(seed), "cpu")
    assert early.label == patient.label == "busy"


def test_only_a_lead_beyond_chance_and_margin_drops_a_candidate() -> None:
    of_1000, of_20 = np.arange(1000), np.arange(20)
    assert not clearly_behind(of_1000 < 900, of_1000 < 900)
    assert not clearly_behind(of_1000 < 845, of_1000 < 900)  # 0.055, of which more records may make up 0.05
    assert clearly_behind(of_1000 < 800, of_1000 < 900)
    assert not clearly_behind(of_20 < 16, of_20 < 18)  # as far behind, on too few to be sure


def test_rounds_grow_to_all_records_and_none_is_small() -> None:
    for records in (10, FEWEST * GROWTH - 1, FEWEST * GROWTH, FEWEST * GROWTH**3 + 1):
        shares = parts(records)
        assert shares[-1] == 1
        assert all(share * records >= FEWEST for share in shares[:-1])
    assert [len(parts(FEWEST * GROWTH**rounds)) for rounds in range(3)] == [1, 2, 3]


def test_a_candidate_for_small_uploads_is_left_out_of_larger_ones() -> None:
    small = CANDIDATES[1].model_copy(update={"most_records": 150})
    among = profile(CANDIDATES[0], small, CANDIDATES[2])
    assert set(train(among, {}, data(150), seed=1).scores) == {"idle", "busy", "svm"}
    assert set(train(among, {}, data(151), seed=1).scores) == {"idle", "svm"}


def test_a_candidate_that_takes_images_is_left_out_where_there_is_no_shape() -> None:
    images = Candidate(model_type="cnn", parameters={"epochs": 1})
    shaped = TrainingData(data().features, data().labels, 2, (1, 2))
    among = profile(images, *CANDIDATES[1:])
    assert "cnn" not in train(among, {}, data(), seed=1).scores
    assert "cnn" in train(among, {}, shaped, seed=1).scores


@pytest.mark.parametrize("shape", [None, (2,), (2, 2), (1, 1, 2, 1)])
def test_records_that_are_no_images_of_their_shape_are_not_taken_for_such(
    shape: tuple[int, ...] | None,
) -> None:
    flat = TrainingData(data().features, data().labels, 2, shape)
    with pytest.raises(NoCandidate, match="declare a shape"):
        train(profile(Candidate(model_type="cnn")), {}, flat, seed=1)


def test_the_device_reaches_every_training(fitted: list[tuple[str, int, str]]) -> None:
    train(profile(*CANDIDATES), {}, data(), seed=1, device="cuda")
    assert [device for _, _, device in fitted] == ["cuda"] * 4
