"""Statistics-based synthesis: every feature as its marginal says, every label as the target says."""

import numpy as np
import pytest

from attacker.client.documents import knowledge_of
from attacker.errors import UnexpectedAnswer
from attacker.syntheses.marginals import Marginals
from attacker.synthesis import Order

DOCUMENT = {
    "kind": "marginals",
    "features": [
        {"name": "bought", "kind": "binary", "min": 0, "max": 1}
        | {"distribution": {"values": [0, 1], "probabilities": [0.9, 0.1]}},
        {"name": "colour", "kind": "categorical", "min": 2, "max": 9, "values": [2, 5, 9]}
        | {"distribution": {"values": [2, 5, 9], "probabilities": [0.2, 0.0, 0.8]}},
        {"name": "height", "kind": "real", "min": 0, "max": 3}
        | {"distribution": {"quantiles": [0.0, 1.0, 1.5, 2.0, 3.0]}},
        {"name": "income", "kind": "integer", "min": 0, "max": 1000}
        | {"distribution": {"quantiles": [0, 10.5, 1000]}},
    ],
}


def drawn(count, batch):
    searches = Marginals().begin(knowledge_of(DOCUMENT), Order(count, 2, batch), np.random.default_rng(0))
    found = []
    for search in searches:
        while len(questions := search.questions()):
            share = questions[:, 2] / 4
            found.append(search.learn(np.stack([1 - share, share], axis=1)))
    return searches, found


def test_every_feature_follows_its_marginal():
    _, found = drawn(20_000, 1000)
    bought, colour, height, income = np.concatenate([harvest.records.features for harvest in found]).T
    assert len(bought) == 20_000
    assert abs(bought.mean() - 0.1) < 0.01
    assert set(colour) == {2, 9}
    assert abs((colour == 9).mean() - 0.8) < 0.01
    assert np.abs(np.quantile(height, [0.25, 0.5, 0.75]) - [1, 1.5, 2]).max() < 0.05
    assert not (income % 1).any()
    assert abs((income <= 10.5).mean() - 0.5) < 0.02
    assert abs(np.corrcoef(height, income)[0, 1]) < 0.03  # independent


def test_a_record_is_what_the_target_calls_it_for_one_query():
    _, found = drawn(500, 100)
    for harvest in found:
        assert np.array_equal(harvest.records.labels, harvest.records.features[:, 2] > 2)
        assert (harvest.queries == 1).all()
        assert harvest.confidence.min() >= 0.5


def test_more_than_a_request_is_searched_for_side_by_side():
    assert len(drawn(100, 100)[0]) == 1
    assert len(drawn(101, 100)[0]) == 2


def test_a_search_goes_on_from_its_state():
    order = Order(400, 2, 100)
    first, again = (
        Marginals().begin(knowledge_of(DOCUMENT), order, np.random.default_rng(seed))[0] for seed in (1, 2)
    )
    first.learn(np.full((100, 2), 0.5))
    again.resume({name: np.array(value) for name, value in first.state().items()})
    again.rng.bit_generator.state = first.rng.bit_generator.state
    assert np.array_equal(again.questions(), first.questions())
    for search in (first, again):
        search.learn(np.full((100, 2), 0.5))
    assert np.array_equal(again.questions(), first.questions())
    assert len(again.questions()) == 0  # 200 of the 400 are the other search's


@pytest.mark.parametrize(
    "distribution",
    [
        {},
        {"values": [0, 1], "probabilities": [0.5, 0.4]},
        {"values": [0, 1], "probabilities": [1.5, -0.5]},
        {"values": [0, 1], "probabilities": [1.0]},
        {"quantiles": [0, 2, 1]},
        {"values": [0, "1"], "probabilities": [0.5, 0.5]},
        {"values": [0, float("nan")], "probabilities": [0.5, 0.5]},
    ],
)
def test_what_is_no_distribution_is_refused(distribution):
    feature = DOCUMENT["features"][0] | {"distribution": distribution}
    with pytest.raises(UnexpectedAnswer):
        knowledge_of({"kind": "marginals", "features": [feature]})
