"""Algorithm 1 in lock step: the same moves as the sequential algorithm as printed, on the same draws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacker.format import Feature, Format
from attacker.knowledge import Knowledge
from attacker.syntheses.model_based import Constants, HillClimbing, ModelBased
from attacker.synthesis import Order

FEATURES = (
    *(Feature(f"b{i}", "binary", 0, 1) for i in range(9)),
    Feature("colour", "categorical", 0, 0, (2, 5, 9)),
    Feature("age", "integer", 10, 14),
    Feature("size", "real", 0, 1),
    Feature("planet", "integer", 3, 3),
)
FORM = Format(FEATURES)
CLASSES = 3
CENTRE = np.array([0.5] * 9 + [5, 12, 0.5, 3])
WEIGHTS = np.random.default_rng(7).normal(size=(len(FEATURES), CLASSES))


def target(records, sharpness=1.0):
    logits = sharpness * ((np.asarray(records, np.float64) - CENTRE) @ WEIGHTS)
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32).astype(np.float64)


class Taped:
    """A generator that remembers its draws."""

    def __init__(self, seed):
        self.generator, self.tape = np.random.default_rng(seed), []
        self.integers = self.generator.integers

    def random(self, shape):
        self.tape.append(self.generator.random(shape))
        return self.tape[-1]


def algorithm_1(label, first, constants):
    """Algorithm 1 line by line, for one record: yields x, is sent y and its random numbers."""
    x, best, best_confidence, j, k = first, first, 0.0, 0, constants.k_max
    for iteration in range(1, constants.iter_max + 1):
        y, sample = yield x
        if y[label] >= best_confidence:
            if y[label] > constants.conf_min and label == np.argmax(y) and sample < y[label]:
                return x
            best, best_confidence, j = x, y[label], 0
        else:
            j += 1
            if j > constants.rej_max:
                k, j = max(constants.k_min, math.ceil(k / 2)), 0
        if iteration < constants.iter_max:  # nobody would ask about one more proposal
            x = randomize(best, k, constants.flip, (yield None))
    return None


def randomize(codes, k, flip, draws):
    changed, columns = codes.copy(), list(FORM.changeable)
    chosen = set()
    for number in range(k):
        last = len(columns) - k + number
        place = int(draws[number, 0] * (last + 1))
        place = last if place in chosen else place
        chosen.add(place)
        levels = int(FORM.levels[columns[place]])
        step = flip + int(draws[number, 1] * (levels - flip))
        changed[columns[place]] = (int(codes[columns[place]]) + step) % levels
    return changed


def sent(chain, value):
    """What a chain yields next, or the record that it returns."""
    try:
        return chain.send(value), None
    except StopIteration as end:
        return None, (end.value,)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    flip=st.booleans(),
    k_max=st.integers(1, len(FORM.changeable)),
    rej_max=st.integers(0, 4),
    conf_min=st.sampled_from([0.2, 0.6, 0.95]),
    iter_max=st.integers(1, 30),
    room=st.integers(1, 12),
)
def test_a_chain_among_many_makes_the_moves_of_algorithm_1(
    seed, flip, k_max, rej_max, conf_min, iter_max, room
):
    constants = Constants(flip, k_max, min(2, k_max), rej_max, conf_min, iter_max, class_budget=150)
    rng = Taped(seed)
    search = HillClimbing(FORM, constants, Order(20, CLASSES, room), rng)

    def begun(chains):
        made = [
            algorithm_1(label, codes, constants)
            for label, codes in zip(chains.label, chains.proposal, strict=True)
        ]
        return [[chain, next(chain), label] for chain, label in zip(made, chains.label, strict=True)]

    running = begun(search.chains)
    while len(questions := search.questions()):
        assert np.array_equal(questions, FORM.decode(np.stack([x for _, x, _ in running])))
        answers, rng.tape = target(questions), []
        harvest, given_up = search.learn(answers), search.given_up
        samples, draws = rng.tape[:2]
        returned, going = [], []
        for (chain, _, label), y, sample in zip(running, answers, samples, strict=True):
            _, ended = sent(chain, (y, sample))
            if ended and ended[0] is not None:
                returned.append((label, ended[0]))
            elif not ended and label not in given_up:
                going.append([chain, label])
        assert len(going) == len(draws)
        still = [[chain, chain.send(draw), label] for (chain, label), draw in zip(going, draws, strict=True)]
        running = still + begun(search.chains.take(slice(len(still), None)))
        assert [label for label, _ in returned] == harvest.records.labels.tolist()
        if returned:
            assert np.array_equal(FORM.decode(np.stack([x for _, x in returned])), harvest.records.features)


def searched(synthesis, knowledge=None, count=60, room=16, seed=0, sharpness=1.0, steps=10**6):
    """The records that a search finds, and the search."""
    knowledge = knowledge or Knowledge("format", FORM)
    [search] = synthesis.begin(knowledge, Order(count, CLASSES, 64), np.random.default_rng(seed))
    return search, [harvest for harvest in run(search, sharpness, steps) if len(harvest)]


def run(search, sharpness=1.0, steps=10**6):
    while steps and len(questions := search.questions()):
        steps -= 1
        yield search.learn(target(questions, sharpness))


def test_every_class_gets_its_share_of_records_that_the_target_is_sure_of():
    search, found = searched(ModelBased(conf_min=0.5), sharpness=3)
    labels = np.concatenate([harvest.records.labels for harvest in found])
    confidence = np.concatenate([harvest.confidence for harvest in found])
    features = np.concatenate([harvest.records.features for harvest in found])
    assert np.bincount(labels).tolist() == [20, 20, 20]
    assert confidence.min() > 0.5
    assert np.array_equal(target(features, 3).argmax(axis=1), labels)
    assert np.allclose(target(features, 3)[np.arange(60), labels], confidence)
    assert not search.given_up


@pytest.mark.parametrize("randomize", ["flip", "draw"])
def test_a_proposal_differs_in_k_features_that_may_change(randomize):
    """Flipped, exactly k of them take another value; drawn anew, some take the one that they had."""
    search, _ = searched(ModelBased(randomize, k_max=5, k_min=5, conf_min=1 - 1e-9), steps=1)
    changed = []
    for _ in range(30):
        best = search.chains.best.copy()
        accepted = target(search.questions())[np.arange(len(best)), search.chains.label]
        better = accepted >= search.chains.confidence
        best[better] = search.chains.proposal[better]
        next(run(search))
        changed.append((search.chains.proposal != best).sum(axis=1))
        assert not (search.chains.proposal != best)[:, -1].any()  # that feature has one value only
    changed = np.concatenate(changed)
    assert changed.max() == 5
    assert (changed == 5).all() == (randomize == "flip")


def test_a_class_that_cannot_be_reached_is_given_up_and_the_others_make_up_for_it():
    synthesis = ModelBased(class_budget=400, iter_max=50)
    [search] = synthesis.begin(Knowledge("format", FORM), Order(60, 3, 64), np.random.default_rng(0))
    asked, labels = np.zeros(3, int), []
    while len(questions := search.questions()):
        asked += np.bincount(search.chains.label, minlength=3)
        answers = target(questions)
        answers[:, 0] = 0.0
        labels += search.learn(answers).records.labels.tolist()
    assert np.bincount(labels, minlength=3).tolist() == [0, 30, 30]
    assert search.given_up == {0}
    assert 400 <= asked[0] < 400 + 64


def test_a_target_that_is_never_sure_ends_the_search_with_nothing():
    search, _ = searched(ModelBased(class_budget=100), steps=0)
    while len(questions := search.questions()):
        harvest = search.learn(np.full((len(questions), CLASSES), 1 / CLASSES) * [0.5, 0.5, 0.5])
        assert len(harvest) == 0
    assert search.given_up == {0, 1, 2}


def test_a_search_goes_on_from_its_state_as_if_it_had_never_stopped():
    whole, _ = searched(ModelBased(), steps=0)
    rest = [harvest.records.features for harvest in run(whole)]
    stopped, _ = searched(ModelBased(), steps=0)
    before = [harvest.records.features for harvest in run(stopped, steps=7)]
    resumed, _ = searched(ModelBased(), steps=0, seed=99)
    resumed.resume({name: column.copy() for name, column in stopped.state().items()})
    resumed.rng.bit_generator.state = stopped.rng.bit_generator.state
    after = [harvest.records.features for harvest in run(resumed)]
    assert len(before) == 7
    assert all(np.array_equal(a, b) for a, b in zip(rest, before + after, strict=True))


def test_the_papers_constants_scale_with_the_number_of_features():
    def constants(features):
        form = Format((Feature("f", "binary", 0, 1),) * features)
        return ModelBased().constants(form, Order(100, 10, 64))

    assert (constants(600).k_max, constants(600).k_min, constants(600).rej_max) == (128, 4, 10)
    assert (constants(446).k_max, constants(446).k_min) == (95, 3)
    assert (constants(10).k_max, constants(10).k_min) == (2, 1)
