import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attacker.budget import Budget, Purse
from attacker.client.documents import Limits, Model
from attacker.errors import BudgetExhausted, ServiceError
from attacker.fingerprint import fingerprint
from attacker.format import Feature, Format
from attacker.ledger import agree
from attacker.oracle import Oracle
from attacker.probe import Probe
from attacker.probes.boundary import Boundary
from attacker.probes.feature_noise import FeatureNoise
from attacker.records import Records
from attacker.store import Store
from attacker.targets.native import NativeTarget

NAMES = ("2", "0", "never seen", "1")  # the run's classes; the stand-in's class is the sum of two features


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
    return NativeTarget(provider, provider.model("m-target"), NAMES, provider.limits())


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


# What probes see


BINARY = Format(tuple(Feature(str(column), "binary", 0, 1) for column in range(20)))
COPIES = 10


class Twice(Probe):
    """Asks the record itself, twice in the same words."""

    name, queries = "twice", 2

    def observe(self, ask, features, labels, form):
        return np.column_stack([ask(features), ask(features)]).astype(np.uint8)


@pytest.fixture
def chunks_of_eighteen(monkeypatch):
    monkeypatch.setattr("attacker.oracle.AROUND", 18 * COPIES + 9)


def standin_labels(features):
    sums = features[:, :2].sum(axis=1, dtype=np.int64)
    return np.array([NAMES.index(str(value)) for value in sums], np.int64)


def labelled(count):
    """The first two features say the label; every third is mislabelled."""
    labels = standin_labels(records(count))
    labels[::3] = NAMES.index("never seen")
    return Records(labels, records(count))


def observe(store, target, count, probe=None, budget=None, phase="target_queries"):
    oracle(store, budget).observe(target, probe or FeatureNoise(COPIES), labelled(count), BINARY, phase)


def seen(store, count, probe="feature_noise"):
    kept = store.observations("m-target", probe)
    return [list(kept[mark]) for mark in fingerprint(records(count))]


def expected(count):
    """Without a service, from the rule that the stand-in answers by."""
    asked = labelled(count)
    return FeatureNoise(COPIES).observe(standin_labels, asked.features, asked.labels, BINARY).tolist()


def test_what_a_probe_sees_is_kept_and_its_cost_with_it(service, store, target, chunks_of_eighteen):
    observe(store, target, 50)
    assert seen(store, 50) == expected(50)
    assert store.fact("probes") == {"feature_noise": "|u1"}
    assert service.world()["usage"] == {"m-target": [8 + 8 + 6, 500]}  # 25 questions a request, by chunks
    cost = store.costs()["target_queries"]
    assert (cost.records, cost.requests) == (500, 22)
    assert cost.money == pytest.approx(1.0)
    agree(store.counts(), {}, target.provider.usage())


def test_only_what_a_probe_has_not_seen_is_asked(service, store, target):
    observe(store, target, 30)
    observe(store, target, 30)
    assert service.world()["usage"]["m-target"][1] == 300
    observe(store, target, 40)
    assert service.world()["usage"]["m-target"][1] == 400
    assert seen(store, 40) == expected(40)


def test_equal_records_are_observed_once(service, store, target):
    asked = labelled(10)
    oracle(store).observe(target, FeatureNoise(COPIES), asked.and_(asked), BINARY, "target_queries")
    assert service.world()["usage"]["m-target"][1] == 100


@pytest.mark.parametrize("answered", [0, 3, 8, 11, 19])
def test_a_probe_that_failed_goes_on_and_pays_once(
    service, store, target, http, chunks_of_eighteen, answered
):
    """The answer to one request of the 22 is lost for good; the next session asks for what it lacks."""
    service.fail("/predict", "reset_answer", times=1, skip=answered)
    http.attempts = 1
    with pytest.raises(ServiceError):
        observe(store, target, 50)
    kept = len(store.observations("m-target", "feature_noise"))
    assert kept == 18 * (answered // 8)  # whole chunks of 8 requests
    assert store.asked() == kept * COPIES
    http.attempts = 4
    observe(store, target, 50)
    assert seen(store, 50) == expected(50)
    assert service.world()["usage"]["m-target"] == [22, 500]
    assert store.asked() == 500
    agree(store.counts(), {}, target.provider.usage())


def test_a_bisection_that_failed_goes_on_and_pays_once(service, store, target, http):
    """Its later questions depend on the answers to the earlier ones."""
    probe = Boundary(5)
    service.fail("/predict", "reset_answer", times=1, skip=11)
    http.attempts = 1
    with pytest.raises(ServiceError):
        observe(store, target, 30, probe)
    assert store.asked() == 0
    http.attempts = 4
    observe(store, target, 30, probe)
    assert service.world()["usage"]["m-target"] == [4 * 6, 30 * probe.queries]
    agree(store.counts(), {}, target.provider.usage())
    asked = labelled(30)
    alone = probe.observe(standin_labels, asked.features, asked.labels, BINARY)
    assert seen(store, 30, probe.name) == alone.tolist()


def test_a_question_that_is_asked_twice_is_counted_twice(service, store, target):
    """A request's place among a probe's, not its content alone, makes its Idempotency-Key."""
    observe(store, target, 30, Twice())
    assert service.world()["usage"]["m-target"] == [4, 60]
    agree(store.counts(), {}, target.provider.usage())


def test_the_same_batch_twice_in_one_question_is_counted_twice(service, store, target):
    """Both are on their way at once."""

    class Doubled(Twice):
        name = "doubled"

        def observe(self, ask, features, labels, form):
            return ask(np.tile(features, (2, 1))).reshape(2, -1).T.astype(np.uint8)

    observe(store, target, 25, Doubled())
    assert service.world()["usage"]["m-target"] == [2, 50]
    agree(store.counts(), {}, target.provider.usage())


def test_a_probe_stays_within_the_budget(service, store, target, chunks_of_eighteen):
    with pytest.raises(BudgetExhausted, match="leaves 90 records for target_queries after 360"):
        observe(store, target, 50, budget="450")
    assert service.world()["usage"]["m-target"][1] == store.asked() == 360
    assert len(store.observations("m-target", "feature_noise")) == 36
    observe(store, target, 50, budget="500")
    assert service.world()["usage"]["m-target"][1] == store.asked() == 500


def test_wide_records_are_asked_about_in_smaller_chunks(service, store, target, monkeypatch):
    monkeypatch.setattr("attacker.oracle.AROUND_CELLS", 18 * COPIES * 20)
    observe(store, target, 50)
    assert service.world()["usage"]["m-target"] == [8 + 8 + 6, 500]


def test_two_probes_are_kept_apart(service, store, target):
    observe(store, target, 20)
    observe(store, target, 20, Boundary(5))
    assert seen(store, 20) == expected(20)
    assert len(seen(store, 20, "boundary 5")[0]) == 5
    assert store.asked() == 20 * (COPIES + Boundary(5).queries)
