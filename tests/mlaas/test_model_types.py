"""What every model type must do, and what each does in its own way."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.svm import LinearSVC

from services.mlaas.convolutions import network, taken_to_numpy
from services.mlaas.dense_layers import DenseTrainee, Layers, train_layers
from services.mlaas.descent import Descent, TrainingDefences
from services.mlaas.fitted_model import FittedModel
from services.mlaas.fitted_models.convolutional import Convolutional
from services.mlaas.fitted_models.forest import Forest
from services.mlaas.fitted_models.network import Network
from services.mlaas.gradient_descent import Adam
from services.mlaas.model_type import MODEL_TYPES, ModelType, TrainingData
from services.mlaas.model_types.cnn import CNN
from services.mlaas.model_types.gradient_boosting import GradientBoosting
from services.mlaas.model_types.logistic_regression import LogisticRegression
from services.mlaas.model_types.mlp import MLP
from services.mlaas.model_types.random_forest import RandomForest
from services.mlaas.model_types.svm import SVM

CLASSES = 4
SHAPE = (4, 6)  # of the records below; a row of six for each class
every_model_type = pytest.mark.parametrize(
    "model_type", [MODEL_TYPES.load(name) for name in MODEL_TYPES.names()]
)


def records(seed: int, count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Binary records (N, 24) of four classes, each with six columns that are mostly 1."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % CLASSES)
    likely = np.arange(24)[None, :] // 6 == labels[:, None]
    return (rng.random((count, 24)) < np.where(likely, 0.8, 0.2)).astype(np.uint8), labels


def fit(model_type: ModelType, features: np.ndarray, labels: np.ndarray, seed: int = 0) -> FittedModel:
    return model_type.fit(TrainingData(features, labels, CLASSES, SHAPE), np.random.default_rng(seed))


def accuracy(model: FittedModel, features: np.ndarray, labels: np.ndarray) -> float:
    return float((model.probabilities(features).argmax(axis=1) == labels).mean())


@every_model_type
def test_a_small_problem_is_learned(model_type: type[ModelType]) -> None:
    model = fit(model_type(), *records(seed=1))
    assert accuracy(model, *records(seed=2)) > 0.8


@every_model_type
def test_columns_of_any_magnitude_are_learned(model_type: type[ModelType]) -> None:
    magnitude = 1e4 if model_type.takes_images else np.logspace(-1, 4, 24)  # pixels share theirs
    features, labels = records(seed=1)
    unseen, unseen_labels = records(seed=2)
    model = fit(model_type(), features * magnitude, labels)
    assert accuracy(model, unseen * magnitude, unseen_labels) > 0.75


@every_model_type
def test_one_seed_gives_one_model_to_the_byte(model_type: type[ModelType]) -> None:
    once, again = (fit(model_type(), *records(seed=1), seed=3).to_bytes() for _ in range(2))
    assert once == again


@every_model_type
def test_a_model_read_again_answers_the_same(model_type: type[ModelType]) -> None:
    model = fit(model_type(), *records(seed=1))
    read = type(model).from_bytes(model.to_bytes())
    unseen, _ = records(seed=2)
    assert np.array_equal(read.probabilities(unseen), model.probabilities(unseen))


@every_model_type
@pytest.mark.parametrize("present", [0, 1])
@pytest.mark.parametrize("classes", [2, CLASSES])
def test_a_class_with_hardly_a_record_has_its_column(
    model_type: type[ModelType], present: int, classes: int
) -> None:
    features, labels = records(seed=1)
    last = np.flatnonzero(labels == classes)[:present]
    kept = np.concatenate([np.flatnonzero(labels < classes), last])
    data = TrainingData(features[kept], labels[kept], classes + 1, SHAPE)
    model = model_type().fit(data, np.random.default_rng(0))
    probabilities = model.probabilities(features)
    assert probabilities.shape == (len(features), classes + 1)
    assert np.isfinite(probabilities).all()
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-12)
    assert accuracy(model, features[kept], labels[kept]) > 0.8


def unchanged(probabilities: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return targets


def test_the_gradient_is_that_of_autograd_for_networks_side_by_side() -> None:
    generator = torch.Generator().manual_seed(0)
    layers, slope = Layers.zeros((7, 5, 3), 2), Layers.zeros((7, 5, 3), 2)
    layers.randomise(generator)
    features = torch.rand(2, 4, 7, generator=generator)
    targets = torch.eye(3)[torch.randint(3, (2, 4), generator=generator)]
    for activation, function in (("tanh", torch.tanh), ("relu", torch.relu)):
        first, last = (weights.clone().requires_grad_() for weights in layers.weights)
        scores = function(features @ first + layers.biases[0]) @ last + layers.biases[1]
        loss = -(targets * torch.log_softmax(scores, dim=-1)).sum(dim=-1).mean(dim=-1).sum()
        loss.backward()
        DenseTrainee(layers, slope, activation).slopes(features, targets, unchanged)
        torch.testing.assert_close(slope.weights[0], first.grad)
        torch.testing.assert_close(slope.weights[1], last.grad)


def test_adam_steps_as_torch_does() -> None:
    start, slopes = torch.rand(50), torch.randn(10, 50)
    ours, theirs = start.clone(), torch.nn.Parameter(start.clone())
    optimizer, reference = Adam([ours]), torch.optim.Adam([theirs], lr=0.01)
    for slope in slopes:
        optimizer.step([slope], 0.01)
        theirs.grad = slope.clone()
        reference.step()
    torch.testing.assert_close(ours, theirs.detach())


def test_the_rate_of_descent_decays_by_the_step_as_in_torch7() -> None:
    """With the whole set as one batch, each step can be followed by hand."""
    features, labels = (torch.from_numpy(array) for array in records(seed=1, count=20))
    features = features.float()
    descent = Descent("sgd", 0.5, decay=1.0, batch=20, epochs=3, defences=TrainingDefences(l2=0.1))
    widths = (24, CLASSES)
    layers = train_layers(features, labels, widths, "tanh", 0.0, descent, np.random.default_rng(0))
    expected, slope = Layers.zeros(widths), Layers.zeros(widths)
    for rate in (0.5, 0.5 / 2, 0.5 / 3):
        DenseTrainee(expected, slope, "tanh").slopes(features, torch.eye(CLASSES)[labels], unchanged)
        expected.vector.sub_(rate * (slope.vector + 0.1 * expected.vector))
    torch.testing.assert_close(layers.vector, expected.vector)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_an_mlp_of_two_hidden_layers_fits_what_no_line_parts(activation: str) -> None:
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 25)
    labels = corners[:, 0] ^ corners[:, 1]
    model = MLP(hidden=(16, 8), activation=activation, learning_rate=0.01).fit(
        TrainingData(corners, labels, 2), np.random.default_rng(0)
    )
    assert accuracy(model, corners, labels) == 1.0


def test_both_configurations_of_the_paper_overfit_and_the_longer_one_more() -> None:
    """Max passes and L2, a decay of the weights, of Shokri et al. 2017, Table I: (10, 1e-6), (100, 1e-4)."""
    rng = np.random.default_rng(0)
    features, labels = rng.integers(0, 2, (400, 300)), rng.integers(0, CLASSES, 400)
    short, long = (
        accuracy(
            fit(LogisticRegression(max_passes=passes, weight_decay=l2), features, labels), features, labels
        )
        for passes, l2 in ((10, 1e-6), (100, 1e-4))
    )
    assert 0.4 < short < long


def test_more_l2_gives_a_logistic_regression_smaller_weights() -> None:
    free, held = (fit(LogisticRegression(l2=l2), *records(seed=1)) for l2 in (0.0, 0.1))
    assert isinstance(free, Network)
    assert isinstance(held, Network)
    assert np.linalg.norm(held.weights[0]) < 0.5 * np.linalg.norm(free.weights[0])


def test_a_random_forest_answers_as_scikit_learn_does() -> None:
    features, labels = records(seed=1)
    unseen, _ = records(seed=2)
    seed = int(np.random.default_rng(0).integers(2**32))
    reference = RandomForestClassifier(n_estimators=20, random_state=seed).fit(features, labels)
    model = fit(RandomForest(trees=20), features, labels)
    np.testing.assert_allclose(model.probabilities(unseen), reference.predict_proba(unseen), atol=1e-12)


@pytest.mark.parametrize("classes", [2, CLASSES])
def test_gradient_boosting_answers_as_scikit_learn_does(classes: int) -> None:
    features, labels = records(seed=1)
    features, labels = features[labels < classes], labels[labels < classes]
    unseen, _ = records(seed=2)
    seed = int(np.random.default_rng(0).integers(2**32))
    reference = GradientBoostingClassifier(
        n_estimators=10, max_features="sqrt", init="zero", random_state=seed
    ).fit(features, labels)
    model = GradientBoosting(rounds=10).fit(TrainingData(features, labels, classes), np.random.default_rng(0))
    np.testing.assert_allclose(model.probabilities(unseen), reference.predict_proba(unseen), atol=1e-12)


def test_gradient_boosting_grows_no_more_trees_than_it_may() -> None:
    model = fit(GradientBoosting(rounds=50, most_trees=22), *records(seed=1))
    assert isinstance(model, Forest)
    assert len(model.roots) == 5 * CLASSES


@pytest.mark.parametrize("classes", [2, CLASSES])
def test_an_svm_decides_as_liblinear_does(classes: int) -> None:
    features, labels = records(seed=1)
    features, labels = features[labels < classes], labels[labels < classes]
    unseen, _ = records(seed=2)
    seed = int(np.random.default_rng(0).integers(2**32))
    reference = LinearSVC(C=1.0, random_state=seed).fit(features, labels)
    model = SVM().fit(TrainingData(features, labels, classes), np.random.default_rng(0))
    assert np.array_equal(model.probabilities(unseen).argmax(axis=1), reference.predict(unseen))


def test_an_svm_that_meets_its_cap_is_used_as_it_is() -> None:
    assert accuracy(fit(SVM(most_passes=1), *records(seed=1)), *records(seed=2)) > 0.5


def crosses(seed: int, count: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, side x side x 3) of noise with a small sign somewhere: a cross, lying or standing."""
    rng = np.random.default_rng(seed)
    signs = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]]])
    labels = rng.integers(0, 2, count)
    images = rng.integers(0, 60, (count, side, side, 3))
    for image, label, (row, column) in zip(
        images, labels, rng.integers(0, side - 2, (count, 2)), strict=True
    ):
        image[row : row + 3, column : column + 3] += 180 * signs[label][:, :, np.newaxis]
    return images.reshape(count, -1).astype(np.uint8), labels


@pytest.mark.parametrize("side", [8, 9])
def test_a_cnn_learns_a_sign_wherever_it_stands(side: int) -> None:
    features, labels = crosses(1, 600, side)
    data = TrainingData(features, labels, 2, (side, side, 3))
    model = CNN(hidden=32, epochs=15, learning_rate=3e-3).fit(data, np.random.default_rng(0))
    assert accuracy(model, *crosses(2, 300, side)) > 0.9


@pytest.mark.parametrize("shape", [(5, 8, 3), (9, 4, 1), (1, 1, 7)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_a_fitted_cnn_answers_as_torch_does(shape: tuple[int, int, int], kernel: int) -> None:
    generator = torch.Generator().manual_seed(0)
    layers = network(shape, (4, 6), kernel, 5, 3)
    pixels = torch.randint(256, (20, *shape), generator=generator).float()
    with torch.no_grad():
        expected = torch.softmax(layers(pixels / 255).double(), dim=1)
    model = taken_to_numpy(layers, shape, 255.0)
    answered = model.probabilities(pixels.reshape(20, -1).numpy())
    np.testing.assert_allclose(answered, expected.numpy(), atol=1e-5)


def test_decay_of_the_weights_shrinks_those_of_a_cnn() -> None:
    free, held = (fit(CNN(epochs=5, weight_decay=decay), *records(seed=1)) for decay in (0.0, 50.0))
    assert isinstance(free, Convolutional)
    assert isinstance(held, Convolutional)
    assert np.linalg.norm(held.weights[0]) < 0.9 * np.linalg.norm(free.weights[0])
