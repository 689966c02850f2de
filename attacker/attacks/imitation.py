"""Our attack without references: a target's answer beside an imitation that never learned the record."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from attacker.attack import Attack, Needs
from attacker.classifier import CLASSIFIERS
from attacker.errors import CannotAttack, ConfigurationError
from attacker.registry import parameters
from attacker.ridge import log_probabilities, probabilities, ridge_regression
from attacker.signals import scaled_log_odds
from attacker.threat_model import AdversaryView, Asked, Case

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Imitation(Attack):
    """A classifier tells members by the target's answer beside what its other answers let expect.

    Ridge regression on records known not to be members imitates the target as it would be without the
    candidate. The classifier learns on shadows in the target's place, each imitated from its own answers to
    records that it has not learned; shadows are never asked about the candidates.

    An imitation told by more records is a better one, beside which the target's members would stand out less
    than those the classifier learned. So each is told by as many known records as the shadow with the fewest
    has; where the target has more, the score is the mean over several draws of them.
    """

    paper = "Penumbra; shadows as targets: Shokri et al., S&P 2017; prediction: Bertran et al., NeurIPS 2023"
    needs = Needs(known=True, features=True)
    probabilities = True
    threshold_ = 0.5

    def __init__(
        self, *, classifier: str = "hist_gradient_boosting", draws: int = 4, records: int = 20_000
    ) -> None:
        self.classifier = classifier
        self.draws = draws
        self.records = records

    def check(self) -> None:
        CLASSIFIERS.check(self.classifier)
        if self.draws < 1 or self.records < 1:
            raise ConfigurationError("imitation: draws and records are numbers from 1 up.")

    def stand_in(self, view: AdversaryView, shadow: int) -> tuple[Case, Bools]:
        return view.case_of(shadow, fair=False)  # without references there is nothing to make fair

    def fit(self, view: AdversaryView, rng: np.random.Generator) -> Self:
        view.require_shadows()
        self.known_ = min(len(self.stand_in(view, shadow)[0].known) for shadow in view.pseudo_targets)
        self.seed_ = int(rng.integers(2**31))
        features, member = self.training_set(view, rng)
        if member.all() or not member.any():
            raise CannotAttack("imitation needs shadow answers to records of both kinds, in and out.")
        classifier = CLASSIFIERS.load(self.classifier)()
        self.classifier_ = classifier.fit(features, np.zeros(len(member), np.int64), member, 1, rng)
        return self

    def fitted_parameters(self) -> dict[str, Any]:
        return self.parameters() | {self.classifier: parameters(self.classifier_)}

    def score(self, case: Case) -> Floats:
        """P(member), the mean over the draws."""
        draws = self.draws if len(case.known) > self.known_ else 1
        group = np.zeros(len(case.candidates), np.int64)
        tables = (features(case.candidates, self.drawn(case.known, draw)) for draw in range(draws))
        judged = [self.classifier_.probability(table, group) for table in tables]
        return np.asarray(np.mean(judged, axis=0))

    def training_set(self, view: AdversaryView, rng: np.random.Generator) -> tuple[Floats, Bools]:
        """Features (M, 3) and membership (M,) of records judged with some shadow as the target."""
        each = min(len(view.pool), -(-self.records // len(view.pseudo_targets)))
        tables = []
        for shadow in view.pseudo_targets:
            case, member = self.stand_in(view, shadow)
            rows = np.sort(rng.permutation(len(member))[:each])
            tables.append((features(case.candidates.take(rows), self.drawn(case.known, 0)), member[rows]))
        columns, members = (np.concatenate(column) for column in zip(*tables, strict=True))
        return columns, members

    def drawn(self, known: Asked, draw: int) -> Asked:
        """As many of the known records as every shadow has."""
        rng = np.random.default_rng([self.seed_, draw])
        return known.take(np.sort(rng.permutation(len(known))[: self.known_]))


def features(asked: Asked, known: Asked) -> Floats:
    """(N, 3) of the records: their scaled log-odds, those of the imitation, and the difference."""
    labels = asked.answers.labels
    own = asked.answers.signal(scaled_log_odds)
    expected = scaled_log_odds(imitated(asked.features, known), labels)
    return np.stack([own, expected, own - expected], axis=1)


def imitated(records: NDArray[Any], known: Asked) -> Floats:
    """The answers (N, K) about `records` (N, D) to expect of a model that answers so to `known`.

    A record that is itself known, as those are which a shadow in the target's place has not learned, is
    predicted from the others: it must not be told by that.
    """
    rows = {record.tobytes(): row for row, record in enumerate(known.features)}
    if len(rows) < 2:
        raise CannotAttack("imitation needs known non-members: play a game that grants a population.")
    distinct = known.take(np.fromiter(rows.values(), np.int64))
    ridge, left_out = ridge_regression(distinct.features, log_probabilities(distinct.answers))
    predicted = ridge.predict(records)
    place = {record: row for row, record in enumerate(rows)}
    for row, record in enumerate(records):
        if record.tobytes() in place:
            predicted[row] = left_out[place[record.tobytes()]]
    return probabilities(predicted)
