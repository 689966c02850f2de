"""Choosing by accuracy and leakage: what gives away more is worth less, and accuracy alone is as it was."""

from pathlib import Path

import numpy as np
import pytest

from services.mlaas.choosing import Scores, Select, accuracy_and_leakage, best_threshold, choose
from services.mlaas.fitted_model import FittedModel
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import Candidate, load_profiles
from services.mlaas.training import train

SHIPPED = Path(__file__).parents[2] / "services/mlaas/profiles"
BY_HEART = Candidate(
    name="by_heart",
    model_type="mlp",
    parameters={"hidden": [64], "epochs": 100, "batch": 20, "learning_rate": 0.01},
)
CAREFUL = Candidate(
    name="careful", model_type="logistic_regression", parameters={"max_passes": 20, "weight_decay": 1e-2}
)


def hard(records: int, seed: int) -> TrainingData:
    """A tenth of the labels is wrong: who learns them by heart gains nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, records)
    features = rng.normal(size=(records, 20)) + 0.6 * labels[:, None]
    wrong = rng.random(records) < 0.1
    return TrainingData(features, np.where(wrong, 1 - labels, labels), 2)


def chosen(data: TrainingData, select: Select) -> tuple[str, Scores]:
    winner, scores = choose([BY_HEART, CAREFUL], data, 0.2, np.random.SeedSequence(1), "cpu", select)
    return winner.label, scores


class Answering(FittedModel):
    """Gives class 1 the probability that is the record."""

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        return np.column_stack([1 - features[:, 0], features[:, 0]])

    def to_bytes(self) -> bytes:
        raise NotImplementedError

    @classmethod
    def from_bytes(cls, data: bytes) -> "Answering":
        raise NotImplementedError


def test_the_worth_is_accuracy_less_what_the_advantage_takes_of_it() -> None:
    fitted_to = TrainingData(np.array([[0.9], [0.9], [0.9], [0.2]]), np.ones(4, np.int64), 2)
    aside = TrainingData(np.array([[0.9], [0.6], [0.6], [0.3]]), np.ones(4, np.int64), 2)
    worth, score = accuracy_and_leakage(Answering(), fitted_to, aside)
    assert score == {"accuracy": 0.75, "advantage": 0.75 - 0.25, "records": 4}
    assert worth.mean() == pytest.approx(0.75 * (1 - 0.5))


def test_the_threshold_is_where_members_differ_most_from_others() -> None:
    assert best_threshold(np.array([0.7, 0.8, 0.9]), np.array([0.1, 0.75])) == 0.8
    assert best_threshold(np.array([0.1, 0.1]), np.array([0.1, 0.1])) == 0.1


def test_what_learns_by_heart_is_passed_over_only_where_leakage_counts() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    memorable = TrainingData(
        np.where(rng.random((600, 200)) < 0.5 + 0.07 * (2 * labels[:, None] - 1), 1.0, 0.0), labels, 2
    )
    winner, scores = chosen(memorable, "accuracy_and_leakage")
    assert scores["by_heart"]["advantage"] > scores["careful"]["advantage"] + 0.1
    ranked = {name: one["accuracy"] * (1 - one["advantage"]) for name, one in scores.items()}
    assert winner == max(ranked, key=ranked.__getitem__) == "careful"


def test_by_accuracy_the_same_is_chosen_by_the_same_numbers() -> None:
    data = hard(400, 0)
    (winner, scores), (again, judged) = chosen(data, "accuracy"), chosen(data, "accuracy_and_leakage")
    assert scores == {name: one["accuracy"] for name, one in judged.items()}
    assert winner == max(scores, key=scores.__getitem__)
    assert again == "careful"


def test_the_shipped_profile_says_what_it_weighed() -> None:
    profiles = load_profiles(SHIPPED)
    private = profiles["google_private"]
    assert private.select != profiles["google"].select
    trained = train(private, {}, hard(120, 0), 1)
    assert {tuple(score) for score in trained.scores.values()} == {("accuracy", "advantage", "records")}
    assert trained.model_type in {each.model_type for each in private.candidates}
