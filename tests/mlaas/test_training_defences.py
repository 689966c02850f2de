"""Training defences: what each does to the training, which go together, and how an operator is told."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import services.mlaas
from services.mlaas.convolutions import network
from services.mlaas.dense_layers import Layers, as_module
from services.mlaas.descent import Descent, TrainingDefences
from services.mlaas.dropout import Dropout
from services.mlaas.fitted_model import FittedModel
from services.mlaas.fitted_models.forest import Forest
from services.mlaas.gradient_descent import Watch, to_be_scaled
from services.mlaas.model_type import MODEL_TYPES, TrainingData
from services.mlaas.model_types.gradient_boosting import GradientBoosting
from services.mlaas.model_types.mlp import MLP
from services.mlaas.objective import Objective
from services.mlaas.private_descent import descend_privately
from services.mlaas.profile import ProfileInvalid, load_profile, load_profiles
from services.mlaas.training import train

CLASSES = 4
SHAPE = (6, 8)
# Enough of each to learn records by heart that have nothing to be learned from.
BY_HEART: dict[str, dict[str, Any]] = {
    "mlp": {"hidden": [64], "epochs": 60, "learning_rate": 0.01, "batch": 10},
    "cnn": {"filters": [16], "hidden": 64, "epochs": 60, "learning_rate": 0.01, "batch": 10},
    "logistic_regression": {"max_passes": 60, "optimizer": "adam", "rates": [0.03], "batch": 10},
}
of_each_type = pytest.mark.parametrize("name", BY_HEART)


def noise(seed: int = 0, count: int = 40) -> TrainingData:
    """Binary images (N, 48) whose classes are chance."""
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 2, (count, 48), dtype=np.uint8)
    return TrainingData(features, rng.permutation(np.arange(count) % CLASSES), CLASSES, SHAPE)


def fit(name: str, data: TrainingData, seed: int = 0, **parameters: Any) -> FittedModel:
    return MODEL_TYPES.load(name)(**parameters).fit(data, np.random.default_rng(seed))


def loss(model: FittedModel, data: TrainingData) -> float:
    true = model.probabilities(data.features)[np.arange(len(data.labels)), data.labels]
    return float(-np.log(np.maximum(true, 1e-30)).mean())


def weights(model: FittedModel) -> np.ndarray:
    return np.concatenate([array.ravel() for array in model.weights])  # type: ignore[attr-defined]


# What a network is trained towards


def test_smoothing_takes_its_share_of_every_target() -> None:
    targets = Objective(label_smoothing=0.2).targets(torch.tensor([2, 0]), CLASSES)
    expected = [[0.05, 0.05, 0.85, 0.05], [0.85, 0.05, 0.05, 0.05]]
    torch.testing.assert_close(targets, torch.tensor(expected))


def test_mixup_mixes_targets_as_it_mixes_records() -> None:
    """With records that are their own targets, both come out alike, and no longer one-hot."""
    targets = torch.eye(CLASSES).repeat(5, 1)
    mixed, wanted = Objective(mixup=1.0).mixed(targets, targets, np.random.default_rng(0))
    torch.testing.assert_close(mixed, wanted)
    torch.testing.assert_close(wanted.sum(dim=1), torch.ones(20))
    assert len(wanted[(wanted > 0).sum(dim=1) == 2]) > 5


def test_relaxloss_climbs_and_flattens_below_alpha_alone() -> None:
    probabilities = torch.tensor([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25]])
    targets = torch.eye(3)[:2]
    now = float(-probabilities.diagonal().log().mean())
    above, below = Objective(relaxloss=now - 0.01), Objective(relaxloss=now + 0.01)
    assert torch.equal(above.aim(probabilities, targets, epoch=0), targets)
    assert torch.equal(above.aim(probabilities, targets, epoch=1), targets)
    climbing = probabilities - below.aim(probabilities, targets, epoch=0)
    torch.testing.assert_close(climbing, targets - probabilities)
    flat = below.aim(probabilities, targets, epoch=1)
    torch.testing.assert_close(flat, torch.tensor([[0.7, 0.15, 0.15], [0.375, 0.25, 0.375]]))


def test_dropout_keeps_what_is_expected_and_rests_when_asked() -> None:
    dropout, outputs = Dropout(0.25, torch.Generator().manual_seed(0)), torch.ones(200, 100)
    dropped = dropout(outputs)
    assert dropped.unique().tolist() == pytest.approx([0, 4 / 3])
    assert dropped.mean() == pytest.approx(1, abs=0.02)
    assert torch.equal(dropout.eval()(outputs), outputs)


# What becomes of it


@of_each_type
@pytest.mark.parametrize(
    "defence",
    [{"l2": 0.1}, {"weight_decay": 1.0}, {"label_smoothing": 0.4}, {"mixup": 1.0}],
    ids=str,
)
def test_what_is_learned_by_heart_is_learned_less(name: str, defence: dict[str, float]) -> None:
    plain, defended = (fit(name, noise(), **BY_HEART[name], **some) for some in ({}, defence))
    assert loss(defended, noise()) > 1.5 * loss(plain, noise())


@pytest.mark.parametrize("name", ["mlp", "cnn"])
def test_with_dropout_learning_by_heart_takes_longer(name: str) -> None:
    few = BY_HEART[name] | {"epochs": 8}
    plain, dropped, again = (fit(name, noise(), **few, dropout=share) for share in (0.0, 0.8, 0.8))
    assert loss(dropped, noise()) > 1.5 * loss(plain, noise())
    assert dropped.to_bytes() == again.to_bytes()


@of_each_type
def test_relaxloss_keeps_the_loss_near_alpha(name: str) -> None:
    plain, relaxed = (fit(name, noise(), **BY_HEART[name], relaxloss=alpha) for alpha in (0.0, 0.7))
    assert loss(plain, noise()) < 0.4
    assert 0.5 < loss(relaxed, noise()) < 0.9


@of_each_type
@pytest.mark.parametrize(
    "defence",
    [
        {"early_stopping": {"holdout": 0.2, "patience": 2}},
        {"mixup": 0.5},
        {"relaxloss": 0.5},
        {"differential_privacy": {"noise_multiplier": 1.0}},
    ],
    ids=str,
)
def test_one_seed_gives_one_model_to_the_byte(name: str, defence: dict[str, Any]) -> None:
    few = BY_HEART[name] | {"max_passes" if name == "logistic_regression" else "epochs": 4}
    once, again, other = (fit(name, noise(), seed, **few, **defence) for seed in (3, 3, 4))
    assert once.to_bytes() == again.to_bytes()
    assert once.to_bytes() != other.to_bytes()


def test_l2_is_scaled_by_adam_and_weight_decay_is_not() -> None:
    """A weight that no record pulls at: Adam takes a step of its rate against a penalty of any size."""
    idle = TrainingData(np.zeros((20, 3)), np.arange(20) % 2, 2)
    how: dict[str, Any] = {"hidden": [4], "epochs": 1, "batch": 20, "learning_rate": 0.01}
    start = weights(fit("mlp", idle, **how))[:12]
    penalised = weights(fit("mlp", idle, l2=1e-3, **how))[:12]
    decayed = weights(fit("mlp", idle, weight_decay=0.5, **how))[:12]
    np.testing.assert_allclose(penalised, start - 0.01 * np.sign(start), atol=1e-4)
    np.testing.assert_allclose(decayed, start * (1 - 0.01 * 0.5), rtol=1e-5)


# Early stopping


class Scripted:
    """Instead of training: a weight that counts epochs, and the losses that are given."""

    def __init__(self, losses: list[float]) -> None:
        self.parameters = (torch.zeros(()),)
        self.losses = losses

    def scores(self, features: torch.Tensor) -> torch.Tensor:
        self.parameters[0].add_(1)
        right = np.exp(-self.losses[int(self.parameters[0]) - 1])
        return torch.tensor([[right, 1 - right]]).log()

    def slopes(self, *_: Any) -> tuple[torch.Tensor, ...]:
        raise NotImplementedError


def test_the_watch_stops_after_its_patience_and_takes_the_best_weights() -> None:
    trainee = Scripted([1.0, 0.5, 0.6, 0.4, 0.7, 0.4, 0.5, 0.1])
    watch = Watch(trainee, torch.zeros(1), torch.tensor([0]), patience=3)
    said = [watch.says_stop() for _ in range(7)]
    assert said == [False] * 6 + [True]
    watch.restore()
    assert float(trainee.parameters[0]) == 4


@of_each_type
def test_early_stopping_leaves_what_is_chance_unlearned(name: str) -> None:
    stopped = fit(name, noise(), early_stopping={"holdout": 0.25, "patience": 2}, **BY_HEART[name])
    assert loss(stopped, noise()) > 0.9
    assert loss(stopped, noise(seed=1)) < loss(fit(name, noise(), **BY_HEART[name]), noise(seed=1))


def test_what_is_learned_in_vain_is_forgotten() -> None:
    """However long the watch waits after the best epoch, the weights are that epoch's."""
    once, again = (
        fit("mlp", noise(), early_stopping={"holdout": 0.25, "patience": patience}, **BY_HEART["mlp"])
        for patience in (3, 8)
    )
    assert once.to_bytes() == again.to_bytes()


def test_without_records_to_keep_aside_training_goes_to_the_end() -> None:
    alone = TrainingData(np.eye(4), np.arange(4), 4)
    once, again = (
        fit("mlp", alone, early_stopping=some, epochs=20) for some in (None, {"holdout": 0.2, "patience": 1})
    )
    assert once.to_bytes() == again.to_bytes()


def test_gradient_boosting_stops_early_where_it_can() -> None:
    boosting = GradientBoosting(rounds=40, early_stopping={"holdout": 0.2, "patience": 2})  # type: ignore[arg-type]
    alone = TrainingData(np.eye(4), np.arange(4), 4)
    rounds = []
    for data in (noise(), alone):
        model = boosting.fit(data, np.random.default_rng(0))
        assert isinstance(model, Forest)
        rounds.append(len(model.roots) / CLASSES)
    assert rounds[0] < 20
    assert rounds[1] == 40


# Differential privacy


def private(noise_multiplier: float, bound: float = 0.5, **more: Any) -> Descent:
    settings = {"clipping_norm": bound, "noise_multiplier": noise_multiplier}
    how = {"optimizer": "sgd", "learning_rate": 1.0, "decay": 0.0, "batch": 80, "epochs": 1} | more
    return Descent(**how, defences=TrainingDefences(differential_privacy=settings))  # type: ignore[arg-type]


def modules() -> list[torch.nn.Module]:
    """An MLP and a CNN; the records (N, 48) of the one are the images (N, 6, 8, 1) of the other."""
    generator = torch.Generator().manual_seed(0)
    layers = Layers.zeros((48, 16, CLASSES))
    layers.randomise(generator)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        images = network((*SHAPE, 1), (5,), 3, 16, CLASSES)
    return [as_module(layers, "tanh", None), torch.nn.Sequential(torch.nn.Unflatten(1, (*SHAPE, 1)), images)]


def moved(module: torch.nn.Module, data: TrainingData, descent: Descent, seed: int = 0) -> torch.Tensor:
    """What a training adds to the parameters, as one vector."""
    trained = copy.deepcopy(module)
    features, labels = torch.from_numpy(data.features).float(), torch.from_numpy(data.labels)
    descend_privately(trained, features, labels, CLASSES, descent, torch.Generator().manual_seed(seed))
    ends = zip(trained.parameters(), module.parameters(), strict=True)
    return torch.cat([(after - before).detach().ravel() for after, before in ends])


@pytest.mark.parametrize("module", modules(), ids=["dense", "convolutional"])
def test_a_private_step_is_the_mean_of_the_clipped_gradients(module: torch.nn.Module) -> None:
    data = noise(count=80)
    expected = torch.zeros(sum(each.numel() for each in module.parameters()))
    norms = []
    for record, label in zip(data.features, data.labels, strict=True):
        scores = module(torch.from_numpy(record[None]).float())
        of_record = torch.autograd.grad(
            cross_entropy(scores, torch.tensor([label])), list(module.parameters())
        )
        slope = torch.cat([each.ravel() for each in of_record])
        norms.append(float(slope.norm()))
        expected -= slope * min(1.0, norms[0] / norms[-1]) / 80
    descent = private(1e-9, bound=norms[0])
    assert min(norms) < norms[0] < max(norms)
    torch.testing.assert_close(moved(module, data, descent), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("module", modules(), ids=["dense", "convolutional"])
def test_no_record_moves_the_weights_by_more_than_its_clipped_share(module: torch.nn.Module) -> None:
    data, descent = noise(count=80), private(1e-9, bound=0.1)
    outlier = TrainingData(data.features.copy(), data.labels.copy(), CLASSES)
    outlier.features[7] = 255
    outlier.labels[7] = (outlier.labels[7] + 1) % CLASSES
    apart = float((moved(module, data, descent) - moved(module, outlier, descent)).norm())
    assert 0 < apart <= 2 * 0.1 / 80 * 1.001


def test_the_noise_is_as_wide_as_stated() -> None:
    [module, _] = modules()
    without, with_noise = (moved(module, noise(count=80), private(of)) for of in (1e-9, 4.0))
    assert float((with_noise - without).std()) == pytest.approx(4.0 * 0.5 / 80, rel=0.15)


def test_records_are_drawn_independently_even_to_none() -> None:
    """With batches of one record on average, some steps have none, and are taken on noise alone."""
    [module, _] = modules()
    assert moved(module, noise(count=12), private(0.1, batch=1, epochs=3)).isfinite().all()


def test_epsilon_is_that_of_the_accountant_and_falls_with_more_records() -> None:
    model = MLP(batch=50, epochs=3, differential_privacy={"noise_multiplier": 1.1, "delta": 1e-6})  # type: ignore[arg-type]
    from opacus.accountants import RDPAccountant  # slow to load, and every worker loads this file

    accountant = RDPAccountant()
    for _ in range(3 * 20):
        accountant.step(noise_multiplier=1.1, sample_rate=50 / 1000)
    assert model.epsilon(1000) == pytest.approx(accountant.get_epsilon(1e-6))
    assert model.epsilon(10_000) < model.epsilon(1000)
    assert MLP().epsilon(1000) is None


def test_a_private_model_is_scaled_by_what_was_known_beforehand() -> None:
    private_ = TrainingDefences(
        differential_privacy={"noise_multiplier": 1, "feature_bound": 2}
    ).differential_privacy  # type: ignore[arg-type]
    features = np.array([[1.0, -500.0], [0.5, 0.0]])
    bounded, scale = to_be_scaled(features, private_)
    assert bounded.tolist() == [[1.0, -2.0], [0.5, 0.0]]
    assert scale.tolist() == [2.0, 2.0]
    assert to_be_scaled(features, None)[1].tolist() == [1.0, 500.0]


# Profiles

PROFILES = Path(services.mlaas.__file__).parent / "profiles"
PROFILE = """
summary = "Ask."
price = {{ currency = "USD", training = 0.0, per_1000_records = 0.0 }}
[training_defences]
{defences}
[[candidates]]
model_type = "{model_type}"
{more}
"""
PRIVATE = "differential_privacy = { noise_multiplier = 1.0 }"


@pytest.mark.parametrize(
    ("model_type", "defences", "more", "reason"),
    [
        ("random_forest", "l2 = 1e-3", "", "random_forest cannot have l2: its trees are not .* have: none"),
        ("svm", "mixup = 1.0", "", "svm cannot have mixup: it has a penalty of its own"),
        ("gradient_boosting", PRIVATE, "", "not trained by gradient descent; it can have: early_stopping"),
        ("logistic_regression", "dropout = 0.5", "", "cannot have dropout: it has no hidden units"),
        ("mlp", "dropout = 1.0", "", "dropout: Input should be less than 1"),
        ("mlp", "early_stopping = { patience = 0 }", "", "early_stopping.patience: Input should be greater"),
        ("mlp", "differential_privacy = {}", "", "differential_privacy.noise_multiplier: Field required"),
        ("mlp", "distillation = 1", "", "there is no distillation; choose among l2, dropout"),
        ("mlp", "relaxloss = 0.5\nmixup = 1.0", "", "relaxloss needs targets of one class"),
        ("mlp", f"{PRIVATE}\nmixup = 1.0", "", "differential_privacy is void where a record decides"),
        ("logistic_regression", PRIVATE, "", "trying several rates reveals more"),
        ("mlp", PRIVATE, '[[candidates]]\nmodel_type = "cnn"', "choosing among several by a hold-out"),
    ],
)
def test_a_profile_that_asks_for_what_cannot_be_had_is_refused(
    tmp_path: Path, model_type: str, defences: str, more: str, reason: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(PROFILE.format(defences=defences, model_type=model_type, more=more))
    with pytest.raises(ProfileInvalid, match=reason):
        load_profiles(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "l2_1e-4",
        "l2_1e-3",
        "l2_1e-2",
        "dropout",
        "early_stopping",
        "label_smoothing",
        "mixup",
        "relaxloss",
        "dp",
    ],
)
def test_the_profiles_of_the_ladder_are_the_network_with_one_defence(name: str) -> None:
    profile = load_profile(PROFILES / f"neural_network_{name}.toml")
    [defence] = profile.training_defences
    assert defence == {"l2_1e-4": "l2", "l2_1e-3": "l2", "l2_1e-2": "l2", "dp": "differential_privacy"}.get(
        name, name
    )
    [candidate] = profile.candidates
    assert (candidate.model_type, candidate.parameters["hidden"]) == ("mlp", (128,))


@pytest.mark.parametrize("records", [1_200, 10_000])
def test_the_private_profile_states_an_epsilon_of_at_most_ten(records: int) -> None:
    [candidate] = load_profile(PROFILES / "neural_network_dp.toml").candidates
    epsilon = candidate.make().epsilon(records)
    assert epsilon is not None
    assert 0 < epsilon <= 10


def test_a_trained_model_comes_with_its_epsilon(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        PROFILE.format(defences=PRIVATE, model_type="mlp", more="parameters = { epochs = 1, batch = 20 }")
    )
    profile = load_profile(file)
    assert train(profile, {}, noise(), seed=1).epsilon == profile.candidates[0].make().epsilon(40)
    assert train(load_profile(PROFILES / "neural_network.toml"), {}, noise(), seed=1).epsilon is None
