import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attacker.budget import Budget, Purse
from attacker.client.documents import Limits, Model
from attacker.errors import BudgetExhausted, ServiceError
from attacker.fingerprint import fingerprint
from attacker.format import Format
from attacker.ledger import agree
from attacker.oracle import Oracle
from attacker.store import Store
from attacker.targets.native import NativeTarget


class Spent:
    def __init__(self):
        self.records = 0

    def asked(self, records):
        self.records += records


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "run") as store:
        store.begin_session()
        yield store


@pytest.fixture
def target(provider):
    names = ("2", "0", "never seen", "1")
    return NativeTarget(provider, provider.model("m-target"), names, provider.limits())


def purse(store, budget=None):
    spent = {phase: cost.records for phase, cost in store.costs().items()}
    return Purse(Budget.read(budget), spent, {})


def oracle(store, budget=None):
    return Oracle(store, "token", 2.0, purse(store, budget), Spent())


POOL = np.unique(np.random.default_rng(0).integers(0, 2, (200, 20), np.uint8), axis=0)


def records(count):
    return POOL[:count]


def test_nothing_is_asked_twice(service, store, target):
    first = oracle(store).ask(target, records(60), "target_queries")
    again = oracle(store).ask(target, records(80)[::-1], "target_queries")
    assert service.world()["usage"] == {"m-target": [4, 80]}  # 25 + 25 + 10, then the 20 that are new
    assert np.array_equal(again[::-1][:60], first)


def test_equal_records_are_one_question(service, store, target):
    twice = np.concatenate([records(10), records(10).astype(np.float64)])
    answers = oracle(store).ask(target, twice, "target_queries")
    assert service.world()["usage"] == {"m-target": [1, 10]}
    assert np.array_equal(answers[:10], answers[10:])


def test_a_repeat_is_a_question_of_its_own(service, store, target):
    for repeat in (0, 1, 1):
        oracle(store).ask(target, records(10), "target_queries", repeat)
    assert service.world()["usage"] == {"m-target": [2, 20]}


def test_answers_are_in_the_order_of_the_runs_classes(store, target, provider):
    asked = records(30)
    plain, _ = provider.predict("m-target", asked, 3, "plain")
    aligned = oracle(store).ask(target, asked, "target_queries")
    assert np.array_equal(aligned, np.column_stack([plain[:, 2], plain[:, 0], np.zeros(30), plain[:, 1]]))


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_run_that_dies_between_answer_and_store_pays_once(service, store, target, http, lost):
    """Some answers of four batches are lost for good; the next session asks for what it lacks."""
    service.fail("/predict", "reset_answer", times=lost)
    http.attempts = 1
    with pytest.raises(ServiceError):
        oracle(store).ask(target, records(85), "target_queries")
    http.attempts = 4
    answers = oracle(store).ask(target, records(85), "target_queries")
    assert answers.shape == (85, 4)
    assert service.world()["usage"] == {"m-target": [4, 85]}
    agree(store.counts(), {}, target.provider.usage())


def test_the_budget_is_reserved_before_a_request_and_never_overrun(service, store, target):
    with pytest.raises(BudgetExhausted, match="leaves 10 records for target_queries after 50"):
        oracle(store, budget="60").ask(target, records(85), "target_queries")
    assert service.world()["usage"] == {"m-target": [2, 50]}
    assert store.asked() == 50
    oracle(store, budget="target_queries=85").ask(target, records(85), "target_queries")
    assert service.world()["usage"] == {"m-target": [4, 85]}


def test_the_ledger_has_every_request_once_with_its_price(service, store, target):
    spent = Spent()
    service.fail("/predict", "busy", times=2)
    asking = Oracle(store, "token", 2.0, purse(store), spent)
    asking.ask(target, records(60), "target_queries")
    cost = store.costs()["target_queries"]
    assert (cost.records, cost.requests, spent.records) == (60, 3, 60)
    assert cost.money == pytest.approx(0.12)
    assert cost.bytes > 60 * 20
    assert cost.seconds > 0


def test_a_request_fits_the_services_limits():
    model = Model("m", "ready", "box", ("0",), Format(()), None, {})
    assert NativeTarget(None, model, ("0",), Limits(100, 2**20)).batch(10) == 100
    assert NativeTarget(None, model, ("0",), Limits(10_000, 2**20)).batch(3072) * 3072 * 8 < 2**20


NUMBERS = arrays(np.int16, (3, 4), elements=st.integers(-1000, 1000))


@given(NUMBERS)
def test_a_fingerprint_depends_on_the_values_only(values):
    assert fingerprint(values) == fingerprint(np.asfortranarray(values, np.float32))
    assert fingerprint(values) == [fingerprint(row[None, :])[0] for row in values]
    assert len(set(fingerprint(values))) == len(np.unique(values, axis=0))


def test_minus_zero_is_zero():
    assert fingerprint(np.array([[-0.0, 1.0]])) == fingerprint(np.array([[0.0, 1.0]]))
