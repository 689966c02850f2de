"""Surrogate synthesis: one exploring question, then records in every class at a query each."""

import numpy as np
import pytest

from attacker.errors import ConfigurationError
from attacker.format import Feature, Format
from attacker.knowledge import Knowledge
from attacker.syntheses.surrogate import Surrogate, Tilted, covering, evenly, geometric, unlike
from attacker.synthesis import Order

KINDS = (
    *(Feature(f"bought{i}", "binary", 0, 1) for i in range(40)),
    *(Feature(f"age{i}", "integer", 10, 26) for i in range(10)),
    *(Feature(f"height{i}", "real", -1, 1) for i in range(10)),
    *(Feature(f"colour{i}", "categorical", 2, 9, (9, 2, 5)) for i in range(5)),
    Feature("planet", "integer", 3, 3),
)
FORM = Format(KINDS)
CLASSES = 6
TILTED = Tilted(FORM)
WEIGHTS = np.random.default_rng(3).normal(size=(TILTED.columns, CLASSES))


def target(codes):
    logits = (TILTED.encode(codes) - 0.3) @ WEIGHTS
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def searches(count=600, batch=400, seed=0):
    order, rng = Order(count, CLASSES, batch), np.random.default_rng(seed)
    return Surrogate().begin(Knowledge("format", FORM), order, rng)


def run(search):
    while len(search.questions()):
        yield search.learn(target(search.batch))


def test_records_of_every_class_come_at_little_more_than_a_query_each():
    queries, found = 0, []
    for search in searches():
        while len(questions := search.questions()):
            queries += len(questions)
            answers = target(search.batch)
            harvest = search.learn(answers)
            found.append(harvest)
            if len(harvest):
                assert np.array_equal(harvest.records.labels, answers.argmax(axis=1))
                assert np.array_equal(harvest.records.features, questions)
    labels = np.concatenate([harvest.records.labels for harvest in found])
    assert len(labels) == 600
    assert queries <= 600 + 2 * TILTED.columns
    assert np.bincount(labels, minlength=CLASSES).min() > 600 / CLASSES / 2


def test_records_keep_to_the_format():
    for search in searches():
        for harvest in run(search):
            if not len(harvest):
                continue
            for feature, column in zip(KINDS, harvest.records.features.T, strict=True):
                assert feature.minimum <= column.min()
                assert column.max() <= feature.maximum
                assert feature.kind == "real" or not (column % 1).any()
                assert not feature.values or set(column) <= {2, 5, 9}


def test_a_search_goes_on_from_its_state_as_if_it_had_never_stopped():
    whole = [harvest.records.features for harvest in run(searches(900)[0])]
    for steps in range(len(whole)):
        stopped, resumed = searches(900)[0], searches(900, seed=9)[0]
        for _, _ in zip(range(steps), run(stopped), strict=False):
            pass
        resumed.resume({name: np.array(column) for name, column in stopped.state().items()})
        resumed.rng.bit_generator.state = stopped.rng.bit_generator.state
        rest = [harvest.records.features for harvest in run(resumed)]
        assert all(np.array_equal(a, b) for a, b in zip(whole[steps:], rest, strict=True))


def test_levels_are_drawn_in_geometric_progression():
    """Of two levels the second has these log-odds; of three, the last has them against the first."""
    rng = np.random.default_rng(0)
    odds = np.tile([-3.0, -1.0, 0.0, 2.0], (50_000, 1))
    two = geometric(odds, np.array([2] * 4), rng)
    assert np.abs(two.mean(axis=0) - 1 / (1 + np.exp(-odds[0]))).max() < 0.01
    three = geometric(odds, np.array([3] * 4), rng)
    shares = np.stack([(three == level).mean(axis=0) for level in range(3)])
    assert np.abs(np.log(shares[2] / shares[0]) - odds[0]).max() < 0.1
    assert np.abs(np.log(shares[1] / shares[0]) - odds[0] / 2).max() < 0.1
    assert (geometric(odds, np.array([1] * 4), rng) == 0).all()
    assert geometric(np.array([[9e3, -9e3]]), np.array([2, 2]), rng).tolist() == [[1, 0]]


def test_densities_are_kept_however_far_the_features_lean():
    form = Format((Feature("f", "binary", 0, 1),) * 500)
    rng = np.random.default_rng(0)
    for density in (0.05, 0.3, 0.8):
        for spread in (0.0, 1.0, 2.0):
            lean = spread * rng.standard_normal((200, 500))
            mean = Tilted(form).draw(lean, np.full(200, density), rng).mean()
            assert abs(mean - density) < 0.03


def test_exploration_counts_where_the_answers_cover_the_classes():
    """Below a density of 0.5 the target answers evenly, above it always the same."""
    densities = np.linspace(0.02, 0.98, 80)
    answers = np.where(densities[:, None] < 0.5, np.full((80, 4), 0.25), [0.97, 0.01, 0.01, 0.01])
    kept = covering(densities, answers)
    assert kept[densities < 0.5].all()
    assert not kept[densities > 0.6].any()


def test_proposals_go_to_the_classes_that_have_least():
    guesses = np.repeat([0, 1, 2], 20)
    chosen = evenly(guesses, np.array([10, 0, 5]), 15)
    assert np.bincount(guesses[chosen]).tolist() == [0, 10, 5]


def test_no_record_is_asked_twice():
    pool = np.array([[1, 2], [3, 4], [1, 2], [5, 6]], np.uint8)
    assert unlike(pool, np.array([[3, 4]], np.uint8)).tolist() == [0, 3]
    few = Knowledge("format", Format((Feature("f", "binary", 0, 1),) * 6))
    [search] = Surrogate().begin(few, Order(200, 2, 400), np.random.default_rng(0))
    found = []
    while len(search.questions()):
        share = search.batch.mean(axis=1)
        found.append(search.learn(np.stack([1 - share, share], axis=1)).records.features)
    records = np.concatenate([features for features in found if len(features)])
    assert 40 < len(records) <= 64  # there are no more than 64
    assert len(np.unique(records, axis=0)) == len(records)


def test_a_class_that_no_record_is_of_is_named():
    for search in searches():
        asked = 0
        while len(questions := search.questions()):
            answers = target(search.batch)
            answers[:, 2] = 0.0
            search.learn(answers)
            asked += len(questions)
        assert search.given_up == {2}
        assert asked == 64 + 300  # to explore, and for the others, which make up for it


@pytest.mark.parametrize("settings", [{"pool": 0}, {"sparsest": 0.7}, {"pull": -1.0}])
def test_settings_that_cannot_be_meant_are_refused(settings):
    with pytest.raises(ConfigurationError, match="The surrogate takes"):
        Surrogate(**settings).check()
