"""The perceptron: a hyperplane, moved by every record that it judges wrongly."""

from sklearn import linear_model

from attacker.per_group import Floats, Kinds, Model, PerGroup, calibrated, linear


class Perceptron(PerGroup):
    """scikit-learn's with its defaults. Held-back records calibrate its margin: it has no probabilities."""

    def __init__(self, *, epochs: int = 1000, tolerance: float = 1e-3) -> None:
        self.epochs, self.tolerance = epochs, tolerance

    def learn(self, records: Floats, kinds: Kinds, seed: int) -> Model:
        hyperplane = Hyperplane(max_iter=self.epochs, tol=self.tolerance, random_state=seed)
        return calibrated(hyperplane, records, kinds, seed)


class Hyperplane(linear_model.Perceptron):  # type: ignore[misc]
    def decision_function(self, records: Floats) -> Floats:
        return linear(records, self.coef_[0], self.intercept_[0])
