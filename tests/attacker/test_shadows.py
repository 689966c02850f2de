import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacker.client.documents import Price
from attacker.errors import ConfigurationError
from attacker.shadows import Recipe, Trainer, plan, pool_of
from attacker.store import Shadow, Store

SIZES = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(2 * n, 3 * n + 5), st.just(n)))
SEEDS = st.integers(0, 2**32)


@given(SIZES, st.integers(1, 3), SEEDS)
def test_the_shadows_of_a_pair_learn_as_much_as_the_target_and_share_nothing(sizes, pairs, seed):
    pool, n = sizes
    learned = plan(pool, n, range(2 * pairs), seed)
    for first, second in zip(learned[::2], learned[1::2], strict=True):
        both = np.concatenate([first, second])
        assert len(first) == len(second) == n
        assert len(np.unique(both)) == 2 * n
        assert 0 <= both.min() <= both.max() < pool


@given(st.integers(1, 40), st.integers(1, 6), SEEDS)
def test_in_a_pool_of_two_training_sets_each_record_is_in_half_of_the_shadows(n, pairs, seed):
    learned = np.concatenate(plan(2 * n, n, range(2 * pairs), seed))
    assert (np.bincount(learned, minlength=2 * n) == pairs).all()


@given(SIZES, st.integers(1, 4), SEEDS)
def test_shadows_that_are_added_later_are_those_that_would_have_been(sizes, count, seed):
    every = plan(*sizes, range(count + 3), seed)
    added = plan(*sizes, range(count), seed) + plan(*sizes, range(count, count + 3), seed)
    assert [rows.tolist() for rows in every] == [rows.tolist() for rows in added]


def test_shadows_differ_from_each_other_and_by_seed():
    learned = [*plan(100, 50, range(4), 1), *plan(100, 50, range(4), 2)]
    assert len({rows.tobytes() for rows in learned}) == 8


@given(SIZES, st.integers(0, 50), SEEDS)
def test_disjoint_the_pool_is_of_known_records_and_some_are_kept_from_it(sizes, candidates, seed):
    known, n = sizes
    pool = pool_of(candidates, known, n, "disjoint", seed)
    assert len(pool) == max(2 * n, known - n // 2)
    assert candidates <= pool.min() <= pool.max() < candidates + known
    assert len(np.unique(pool)) == len(pool)


def test_adaptive_the_pool_is_the_candidates():
    assert pool_of(6, 100, 3, "adaptive", 0).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_shadow_that_learns_nothing_is_refused():
    with pytest.raises(ConfigurationError, match="training size of 1 or more"):
        pool_of(10, 1, 0, "disjoint", 0)


def test_a_population_that_is_too_small_is_refused_with_the_numbers():
    with pytest.raises(ConfigurationError, match=r"99 distinct .* and a shadow model needs 100"):
        pool_of(10, 99, 50, "disjoint", 0)


class Watch:
    def __init__(self):
        self.states = []

    def trained(self, model):
        self.states.append((model.id, model.state))


@pytest.fixture
def trainer(provider, tmp_path):
    with Store(tmp_path) as store:
        store.begin_session()
        rows = enumerate(plan(80, 30, range(3), 0))
        store.plan_shadows([Shadow(i, f"m-{i}", member, "planned", None) for i, member in rows])
        yield Trainer(provider, store, Recipe("box", {}), Price("EUR", 0.5, 0.0), Watch())


def upload(provider):
    records = np.random.default_rng(0).integers(0, 3, (80, 21))
    return provider.upload(records, "population")[0]


def test_shadows_are_trained_on_their_rows_of_one_upload_and_paid_once(service, trainer, provider):
    for _ in range(2):  # the second time as after a restart
        shadows = trainer.store.shadows()
        assert [model.id for _, model in trainer.train(upload(provider), shadows)] == ["m-0", "m-1", "m-2"]
    world = service.world()
    assert world["datasets"] == 1
    assert world["trained"] == {shadow.model: shadow.member.tolist() for shadow in shadows}
    cost = trainer.store.costs()["shadow_training"]
    assert (cost.records, cost.requests, cost.money) == (90, 3, 1.5)


def test_an_order_whose_answer_was_lost_is_given_again(service, trainer, provider):
    dataset_id = upload(provider)
    service.fail("/models", "reset_answer", times=1)
    assert len(list(trainer.train(dataset_id, trainer.store.shadows()))) == 3
    assert len(service.world()["trained"]) == 3


def test_a_failed_shadow_is_left_out_and_kept_with_its_reason(service, trainer, provider):
    service.fail("m-1", "training", times=0)
    ready = [model.id for _, model in trainer.train(upload(provider), trainer.store.shadows())]
    assert ready == ["m-0", "m-2"]
    assert trainer.watching.states[1] == ("m-1", "failed")
    failed = trainer.store.shadows()[1]
    assert (failed.state, failed.error) == ("failed", "out of luck")
