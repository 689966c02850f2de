import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacker.client.documents import Price
from attacker.errors import ConfigurationError
from attacker.shadows import Trainer, plan
from attacker.store import Store

SIZES = st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(2 * n, 3 * n + 5), st.just(n)))


@given(SIZES, st.integers(1, 6), st.integers(0, 2**32))
def test_in_and_out_records_are_disjoint_and_as_many_as_the_target_learned(sizes, count, seed):
    population, n = sizes
    for split in plan(population, n, count, seed):
        assert len(split.member) == len(split.non_member) == n
        both = np.concatenate([split.member, split.non_member])
        assert len(np.unique(both)) == 2 * n
        assert 0 <= both.min() <= both.max() < population


@given(SIZES, st.integers(1, 4), st.integers(0, 2**32))
def test_a_shadow_is_the_same_however_many_there_are(sizes, count, seed):
    few, many = plan(*sizes, count, seed), plan(*sizes, count + 3, seed)
    assert all(np.array_equal(a.member, b.member) for a, b in zip(few, many, strict=False))
    assert all(np.array_equal(a.non_member, b.non_member) for a, b in zip(few, many, strict=False))


def test_shadows_differ_from_each_other_and_by_seed():
    splits = [*plan(100, 50, 3, 1), *plan(100, 50, 3, 2)]
    assert len({split.member.tobytes() for split in splits}) == 6


def test_a_shadow_that_learns_nothing_is_refused():
    with pytest.raises(ConfigurationError, match="training size of 1 or more"):
        plan(1, 0, 1, seed=0)


def test_a_population_that_is_too_small_is_refused_with_the_numbers():
    with pytest.raises(ConfigurationError, match=r"99 distinct .* and a shadow model needs 100"):
        plan(99, 50, 3, 0)


class Watch:
    def __init__(self):
        self.states = []

    def trained(self, model):
        self.states.append((model.id, model.state))


@pytest.fixture
def trainer(provider, tmp_path):
    with Store(tmp_path) as store:
        store.begin_session()
        store.plan_shadows([f"m-{i}" for i in range(3)], plan(80, 30, 3, 0))
        yield Trainer(provider, store, "box", {}, Price("EUR", 0.5, 0.0), Watch())


def upload(provider):
    records = np.random.default_rng(0).integers(0, 3, (80, 21))
    return provider.upload(records, "population")[0]


def test_shadows_are_trained_on_their_rows_of_one_upload_and_paid_once(service, trainer, provider):
    for _ in range(2):  # the second time as after a restart
        shadows = trainer.store.shadows()
        assert [model.id for _, model in trainer.train(upload(provider), shadows)] == ["m-0", "m-1", "m-2"]
    world = service.world()
    assert world["datasets"] == 1
    assert world["trained"] == {shadow.model: shadow.split.member.tolist() for shadow in shadows}
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
