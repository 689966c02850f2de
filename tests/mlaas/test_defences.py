"""Output defences: what each promises, their order, and that the same question keeps its answer."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from live import Customer, provider, read_npy, two_clusters
from numpy.typing import NDArray

from services.mlaas.app import SHIPPED_PROFILES, create_app
from services.mlaas.database import open_database
from services.mlaas.defence import DEFENCES, Defence, Probabilities, Question, secret_of
from services.mlaas.defences.memguard import falling, membership
from services.mlaas.errors import ModelNotReady
from services.mlaas.fitted_model import FittedModel, softmax
from services.mlaas.fitted_models.network import Network
from services.mlaas.guarding import fit_guard
from services.mlaas.inference import CHUNK, answer
from services.mlaas.model_type import TrainingData
from services.mlaas.predictions.admission import Admissions
from services.mlaas.profile import ProfileInvalid, load_profiles
from services.mlaas.settings import Settings
from services.mlaas.training import train

Rows = NDArray[np.float64]

PROFILES = load_profiles(SHIPPED_PROFILES)
PLAIN = 'extends = "neural_network"\nsummary = "For tests."\n'
PRIVATE = """
[training_defences]
differential_privacy = { clipping_norm = 1.0, noise_multiplier = 1.0, delta = 1e-5 }
"""
EPSILON = 1e-12
QUESTION = Question(secret_of(1), b"once")


def make(name: str, **parameters: Any) -> Defence:
    return DEFENCES.load(name)(**parameters)


def answers(count: int, classes: int) -> Rows:
    return softmax(np.random.default_rng(0).normal(size=(count, classes)))


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    """Answers with ties, with zeros, and with nothing but zeros."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(2, 12)))
    values = st.sampled_from([0.0, 1.0, 2.0, 1e-9]) | st.floats(0, 1, allow_subnormal=False)
    odds = draw(arrays(np.float64, shape, elements=values))
    sums = odds.sum(axis=1, keepdims=True)
    return odds / np.where(sums == 0, 1, sums)


@pytest.fixture(scope="module")
def learned() -> SimpleNamespace:
    """A network that knows its 400 records by heart, and the guard of `neural_network_memguard`."""
    random = np.random.default_rng(5)
    centres, labels = random.integers(0, 2, (8, 200)), random.integers(0, 8, 800)
    features = np.where(random.random((800, 200)) < 0.3, 1 - centres[labels], centres[labels])
    labels = np.where(random.random(800) < 0.3, random.integers(0, 8, 800), labels)
    profile, data = PROFILES["neural_network_memguard"], TrainingData(features[:400], labels[:400], 8)
    model = train(profile, {}, data, seed=1).model
    guard = fit_guard(profile, {}, data, seed=1)
    return SimpleNamespace(model=model, guard=guard, features=features, data=data)


def test_every_output_of_the_papers_table_is_offered_under_one_recipe() -> None:
    names = {name for name, profile in PROFILES.items() if profile.defences}
    assert names >= {
        f"neural_network_{each}"
        for each in (
            *("top_3", "top_1", "label_only", "rounding_3", "rounding_1", "temperature_5", "temperature_20"),
            *("noise_keyed", "noise_fresh", "memguard"),
        )
    }
    plain = PROFILES["neural_network"]
    assert all(PROFILES[name].recipe == plain.recipe for name in names)
    assert plain.make_defences() == ()


# What each promises


@given(rows(), st.integers(1, 15))
def test_top_k_keeps_the_likeliest_classes_and_no_others(undefended: Rows, k: int) -> None:
    kept = make("top_k", k=k).defend(undefended, QUESTION)
    order = np.argsort(-undefended, axis=1, kind="stable")[:, :k]
    expected = np.zeros_like(undefended)
    np.put_along_axis(expected, order, np.take_along_axis(undefended, order, axis=1), axis=1)
    np.testing.assert_array_equal(kept, expected)
    np.testing.assert_array_equal(kept.argmax(axis=1), undefended.argmax(axis=1))


@given(rows())
def test_label_only_tells_the_label_only(undefended: Rows) -> None:
    label = make("label_only").defend(undefended, QUESTION)
    np.testing.assert_array_equal(label, np.eye(undefended.shape[1])[undefended.argmax(axis=1)])


@given(rows(), st.integers(1, 6))
def test_rounding_leaves_digits_and_no_more(undefended: Rows, digits: int) -> None:
    rounded = make("rounding", digits=digits).defend(undefended, QUESTION)
    steps = rounded * 10**digits
    np.testing.assert_allclose(steps, steps.round(), atol=1e-6)
    assert np.abs(rounded - undefended).max() <= 0.5 * 10**-digits + EPSILON


@given(rows(), st.floats(1, 50))
def test_temperature_divides_the_scores_and_keeps_order_and_zeros(undefended: Rows, t: float) -> None:
    cooled = make("temperature", temperature=t).defend(undefended, QUESTION)
    some = undefended.any(axis=1)
    np.testing.assert_allclose(cooled.sum(axis=1), some.astype(float))
    assert ((cooled == 0) == (undefended == 0)).all()
    odds = undefended[some] ** (1 / t)
    np.testing.assert_allclose(cooled[some], odds / odds.sum(axis=1, keepdims=True), rtol=1e-9)
    np.testing.assert_allclose(cooled.max(axis=1), cooled[np.arange(len(cooled)), undefended.argmax(axis=1)])


def test_temperature_is_the_models_own_softmax_at_that_temperature() -> None:
    scores = np.random.default_rng(0).normal(size=(50, 30)) * 10
    flat = make("temperature", temperature=20.0).defend(softmax(scores), QUESTION)
    np.testing.assert_allclose(flat, softmax(scores / 20), rtol=1e-9)


@given(rows(), st.sampled_from(["keyed", "fresh"]), st.floats(0, 10))
def test_noise_leaves_probabilities_and_zeros(undefended: Rows, kind: str, sigma: float) -> None:
    noisy = make("noise", kind=kind, sigma=sigma).defend(undefended, QUESTION)
    np.testing.assert_allclose(noisy.sum(axis=1), undefended.any(axis=1).astype(float), rtol=1e-5)
    assert (noisy[undefended == 0] == 0).all()
    if sigma == 0:
        np.testing.assert_allclose(noisy, undefended, rtol=1e-5, atol=1e-30)


def noise_of(undefended: Rows, question: Question = QUESTION, **parameters: Any) -> Rows:
    """What was added to the log-odds against the last class, (N, K - 1)."""
    noisy = make("noise", **parameters).defend(undefended, question).astype(np.float64)
    added = np.log(noisy) - np.log(undefended)
    against_last: Rows = added[:, :-1] - added[:, -1:]
    return against_last


@pytest.mark.parametrize("kind", ["keyed", "fresh"])
@pytest.mark.parametrize("classes", [2, 3, 10, 31])
def test_noise_is_gaussian_of_its_sigma_and_independent(kind: str, classes: int) -> None:
    """The difference of two noises has the standard deviation sigma x sqrt(2); two share the last class's."""
    added = noise_of(answers(20_000, classes), kind=kind, sigma=0.5)
    expected = 0.25 * (np.eye(classes - 1) + 1)
    np.testing.assert_allclose(np.cov(added, rowvar=False).reshape(expected.shape), expected, atol=0.025)
    np.testing.assert_allclose(added.mean(axis=0), 0, atol=0.025)
    shares = [(added[:, 0] < z * np.sqrt(0.5)).mean() for z in (-2, -1, 0, 1, 2)]
    np.testing.assert_allclose(shares, [0.0228, 0.1587, 0.5, 0.8413, 0.9772], atol=0.015)
    assert abs(np.corrcoef(added[:-1, 0], added[1:, 0])[0, 1]) < 0.04


def test_keyed_noise_hangs_on_the_answer_and_the_secret_alone() -> None:
    undefended = answers(100, 10)
    once = noise_of(undefended, Question(secret_of(1), b"a"))
    again = noise_of(undefended, Question(secret_of(1), b"b", first=7))
    np.testing.assert_array_equal(once, again)
    other_secret = noise_of(undefended, Question(secret_of(2), b"a"))
    nearly = undefended.copy()
    nearly[:, 0] *= 1 + 1e-15
    for differing in (other_secret, noise_of(nearly, Question(secret_of(1), b"a"))):
        assert np.abs(differing - once).max(axis=1).min() > 1e-3
        assert abs(np.corrcoef(differing.ravel(), once.ravel())[0, 1]) < 0.2


def test_fresh_noise_hangs_on_the_occasion_and_not_on_the_record() -> None:
    undefended = np.repeat(answers(1, 10), 100, axis=0)
    once = noise_of(undefended, Question(secret_of(1), b"a"), kind="fresh")
    again = noise_of(undefended, Question(secret_of(1), b"a"), kind="fresh")
    np.testing.assert_array_equal(once, again)
    assert len(np.unique(once[:, 0])) > 90
    for other in (Question(secret_of(1), b"b"), Question(secret_of(2), b"a")):
        assert np.abs(noise_of(undefended, other, kind="fresh") - once).max(axis=1).min() > 1e-3


def test_no_two_records_of_a_long_request_share_fresh_noise() -> None:
    model = Network((np.zeros((1, 10)),), (np.zeros(10),))
    alike = np.zeros((3 * CHUNK, 1))
    answered = answer(model, alike, [make("noise", kind="fresh")], Question(secret_of(1), b"a"))
    assert len(np.unique(answered, axis=0)) == 3 * CHUNK


def test_secrets_of_different_models_differ() -> None:
    assert len({secret_of(seed) for seed in (0, 1, 2, 2**62 - 1)}) == 4
    assert secret_of(3) == secret_of(3)


@given(undefended=rows(), distortion=st.floats(0, 2))
def test_memguard_keeps_the_label_and_its_budget(undefended: Rows, distortion: float) -> None:
    bent = make("memguard", distortion=distortion).defend(undefended, guarded_by(undefended.shape[1]))
    assert np.abs(bent - undefended).sum(axis=1).max() <= distortion + 1e-9
    seen, was = bent.astype(np.float32), undefended.astype(np.float32)
    np.testing.assert_array_equal(seen.argmax(axis=1), was.argmax(axis=1))
    np.testing.assert_allclose(bent.sum(axis=1), undefended.any(axis=1).astype(float))


def test_memguard_leaves_an_answer_whose_label_it_would_blur() -> None:
    """Flattened, the two are one number in float32, and the first would be taken for the likeliest."""
    undefended = np.array([[0.5 - 2e-7, 0.5 + 2e-7]])
    always = Network((np.zeros((2, 2)),), (np.array([0.0, 9.0]),))
    bent = make("memguard", distortion=2.0).defend(undefended, Question(secret_of(1), guard=always))
    assert bent.astype(np.float32).argmax() == 1


def guarded_by(classes: int) -> Question:
    """A guard that takes the sure answers for members."""
    weights = np.zeros((classes, 2))
    weights[0] = -5, 5
    return Question(secret_of(1), guard=Network((weights,), (np.array([-2.0, 2.0]),)))


def test_memguards_guard_can_but_guess(learned: SimpleNamespace) -> None:
    def guessed(defences: list[Defence]) -> Rows:
        question = Question(secret_of(1), guard=learned.guard)
        return membership(learned.guard, falling(answer(learned.model, learned.features, defences, question)))

    before, after = guessed([]), guessed([make("memguard", distortion=2.0)])
    member = np.arange(800) < 400
    assert ((before > 0.5) == member).mean() > 0.7
    assert (np.abs(after - 0.5) < 0.03).mean() > 0.9
    assert abs(((after > 0.5) == member).mean() - 0.5) < 0.08


def test_only_a_profile_that_learns_has_a_guard(learned: SimpleNamespace) -> None:
    assert fit_guard(PROFILES["neural_network"], {}, learned.data, seed=1) is None
    assert fit_guard(PROFILES["neural_network_top_3"], {}, learned.data, seed=1) is None
    with pytest.raises(NotImplementedError, match="TopK learns nothing"):
        make("top_k").learn(answers(9, 3), answers(9, 3), np.random.default_rng(0))


# The same question, the same answer


STACKS: dict[str, list[Defence]] = {
    name: list(profile.make_defences()) for name, profile in PROFILES.items() if profile.defences
} | {
    "composed": [make("temperature"), make("noise"), make("rounding", digits=2), make("top_k")],
    "noise of noise": [make("top_k"), make("noise"), make("noise", sigma=0.3)],
    "noise, then memguard": [make("noise"), make("memguard", distortion=0.5)],
}


@pytest.mark.parametrize("classes", [2, 8, 30, 100])
@pytest.mark.parametrize("name", sorted(STACKS.keys() - {"neural_network_noise_fresh"}))
def test_a_record_keeps_its_answer_in_every_batch_and_type(name: str, classes: int) -> None:
    random = np.random.default_rng(classes)
    model: FittedModel = Network((random.normal(size=(20, classes)),), (np.zeros(classes),))
    features = random.integers(0, 2, (CHUNK + 300, 20), dtype=np.uint8)
    guard = guarded_by(classes).guard

    def ask(records: NDArray[Any], occasion: bytes) -> NDArray[np.float32]:
        return answer(model, records, STACKS[name], Question(secret_of(1), occasion, guard=guard))

    together = ask(features, b"together")
    for batch in (1, 7, 64, 333):
        asked = random.permutation(len(features))[: 12 * batch]
        for start in range(0, len(asked), batch):
            some = asked[start : start + batch]
            assert ask(features[some], b"another").tobytes() == together[some].tobytes()
    for dtype in ("?", "i1", "f4", "f8"):
        assert ask(features[:50].astype(dtype), b"").tobytes() == together[:50].tobytes()


@pytest.mark.parametrize("name", STACKS)
def test_a_row_of_zeros_has_a_finite_answer(name: str) -> None:
    some = np.vstack([np.zeros((2, 6)), answers(2, 6)])
    for defence in STACKS[name]:
        some = defence.defend(some, guarded_by(6))
    assert np.isfinite(some).all()


@pytest.mark.parametrize("name", STACKS)
def test_a_defence_leaves_what_it_is_given_as_it_is(name: str) -> None:
    undefended = answers(9, 6)
    given_ = undefended.copy()
    for defence in STACKS[name]:
        defence.defend(given_, guarded_by(6))
    np.testing.assert_array_equal(given_, undefended)


# Profiles


def write(folder: Path, defences: str) -> str:
    (folder / "mine.toml").write_text(PLAIN + defences)
    return str(folder)


def defence(name: str, parameters: str = "{}") -> str:
    return f'[[defences]]\ndefence = "{name}"\nparameters = {parameters}\n'


@pytest.mark.parametrize(
    ("defences", "complaint"),
    [
        (defence("topk"), "no output defence named 'topk': did you mean top_k"),
        (defence("top_k", "{ n = 3 }"), "defences.0.n: Extra inputs"),
        (defence("top_k", "{ k = 0 }"), "defences.0.k: Input should be greater than 0"),
        (defence("label_only", "{ k = 1 }"), "defences.0.k: Extra inputs"),
        (defence("rounding", "{ digits = 1.5 }"), "digits: Input should be a valid integer"),
        (defence("temperature", "{ temperature = 0.5 }"), "greater than or equal to 1"),
        (defence("noise", "{ kind = 'sometimes' }"), "kind: Input should be 'keyed' or 'fresh'"),
        (defence("noise", "{ sigma = -1.0 }"), "sigma: Input should be greater"),
        (defence("rounding") + defence("memguard", "{ distortion = 3.0 }"), "defences.1.distortion: Input"),
        (2 * defence("memguard"), "only one may be of those that learn"),
        (
            PRIVATE + defence("memguard"),
            "memguard learns more than differential_privacy states",
        ),
    ],
)
def test_a_provider_does_not_start_with_a_defence_that_is_not_to_be_had(
    tmp_path: Path, defences: str, complaint: str
) -> None:
    with pytest.raises(ProfileInvalid, match=complaint):
        create_app(Settings(data=tmp_path / "data", profiles=Path(write(tmp_path, defences))))


def test_defences_work_in_the_order_of_the_file(tmp_path: Path) -> None:
    texts = defence("temperature", "{ temperature = 5.0 }"), defence("rounding", "{ digits = 1 }")
    undefended = softmax(np.array([[3.0, 1.0, 0.0]]))
    found = []
    for order in (texts, reversed(texts)):
        profile = load_profiles(SHIPPED_PROFILES, Path(write(tmp_path, "".join(order))))["mine"]
        defended: Probabilities = undefended
        for each in profile.make_defences():
            defended = each.defend(defended, QUESTION)
        found.append(defended)
    np.testing.assert_allclose(found[0], [[0.5, 0.3, 0.2]], atol=0.05)
    np.testing.assert_array_equal(found[0], found[0].round(1))
    assert (found[1] != found[1].round(1)).any()


# Over HTTP


@pytest.fixture(scope="module")
def asked(provider_url: str) -> Iterator[SimpleNamespace]:
    """A customer with a model under each of some profiles, all served from one training."""
    with Customer(provider_url) as customer:
        dataset = customer.upload(np.abs(two_clusters(60)).round().astype("u1")).json()["id"]

        def ready(**asked: Any) -> str:
            model = customer.train(**asked).json()["id"]
            assert customer.ended(model)["state"] == "ready"
            return str(model)

        models = {"plain": ready(dataset_id=dataset, profile="neural_network")}
        for name in ("noise_keyed", "noise_fresh", "memguard"):
            models[name] = ready(**{"from": models["plain"], "profile": f"neural_network_{name}"})
        models["memguard at once"] = ready(dataset_id=dataset, profile="neural_network_memguard")
        records = np.random.default_rng(1).integers(0, 5, (200, 6), dtype="u1")
        yield SimpleNamespace(customer=customer, records=records, ready=ready, **models, models=models)


@pytest.mark.parametrize("name", ["plain", "noise_keyed", "memguard"])
def test_a_record_has_one_answer_alone_in_any_batch_and_in_any_format(
    asked: SimpleNamespace, name: str
) -> None:
    customer, model = asked.customer, asked.models[name]
    whole = read_npy(customer.predict(model, asked.records).content)
    assert read_npy(customer.predict(model, asked.records).content).tobytes() == whole.tobytes()
    kinds = ("u1", "i1", "f4", "f8")
    for kind, rows_ in product(kinds, (slice(0, 1), slice(199, 200), slice(13, 90), slice(199, None, -3))):
        part = read_npy(customer.predict(model, asked.records[rows_].astype(kind)).content)
        assert part.tobytes() == whole[rows_].tobytes()
    body = {"instances": asked.records[5:25].tolist()}
    predictions = customer.post(f"/v1/models/{model}/predict", json=body).json()["predictions"]
    assert np.array(predictions, "f4").tobytes() == whole[5:25].tobytes()


def test_fresh_noise_is_new_in_every_request_but_a_retry(asked: SimpleNamespace) -> None:
    def ask(**headers: str) -> Any:
        return asked.customer.predict(asked.noise_fresh, asked.records, **headers)

    assert ask().content != ask().content
    first, retry = ask(**{"Idempotency-Key": "k"}), ask(**{"Idempotency-Key": "k"})
    assert first.content == retry.content
    assert (first.headers["records-charged"], retry.headers["records-charged"]) == ("200", "0")
    assert ask(**{"Idempotency-Key": "other"}).content != first.content
    as_json = ask(**{"Idempotency-Key": "k", "Accept": "application/json"}).json()
    assert np.array(as_json["predictions"], "f4").tobytes() == read_npy(first.content).tobytes()


def test_noise_under_one_key_is_not_that_of_another_account(asked: SimpleNamespace) -> None:
    asked.customer.patch(f"/v1/models/{asked.noise_fresh}", json={"visibility": "public"}).raise_for_status()
    with Customer(str(asked.customer.base_url)) as stranger:
        key = {"Idempotency-Key": "ours"}
        theirs = stranger.predict(asked.noise_fresh, asked.records, **key).content
        assert theirs != asked.customer.predict(asked.noise_fresh, asked.records, **key).content


def test_noise_served_again_from_one_training_is_the_same_noise(asked: SimpleNamespace) -> None:
    """To be served twice gives nothing to average."""
    again = asked.ready(**{"from": asked.plain, "profile": "neural_network_noise_keyed"})
    answered = [asked.customer.predict(model, asked.records).content for model in (again, asked.noise_keyed)]
    assert answered[0] == answered[1]


def test_memguard_over_http_keeps_labels_within_its_budget(asked: SimpleNamespace) -> None:
    plain = read_npy(asked.customer.predict(asked.plain, asked.records).content)
    bent = read_npy(asked.customer.predict(asked.memguard, asked.records).content)
    np.testing.assert_array_equal(bent.argmax(axis=1), plain.argmax(axis=1))
    assert np.abs(bent.astype("f8") - plain).sum(axis=1).max() <= 1 + 1e-5
    assert np.abs(bent - plain).max() > 0.01


def test_a_guard_fitted_later_is_the_one_that_is_fitted_at_once(asked: SimpleNamespace) -> None:
    at_once = asked.models["memguard at once"]
    plain = asked.ready(**{"from": at_once, "profile": "neural_network"})
    later = asked.ready(**{"from": plain, "profile": "neural_network_memguard"})
    answered = [asked.customer.predict(model, asked.records).content for model in (at_once, later)]
    assert answered[0] == answered[1]
    assert answered[0] != asked.customer.predict(plain, asked.records).content


def test_a_model_whose_defences_are_gone_does_not_answer_without_them(tmp_path: Path) -> None:
    with (
        provider(tmp_path / "p", "--workers", "1", "--profiles", write(tmp_path, defence("top_k"))) as url,
        Customer(url) as customer,
    ):
        dataset = customer.upload(two_clusters(40)).json()["id"]
        model = customer.train(dataset_id=dataset, profile="mine").json()["id"]
        assert customer.ended(model)["state"] == "ready"
    database, mine = open_database(tmp_path / "p"), load_profiles(SHIPPED_PROFILES, tmp_path)
    [top_k] = Admissions(database, mine, None).admit(customer.key, model).defences
    assert type(top_k).__name__ == "TopK"
    learning = load_profiles(SHIPPED_PROFILES, Path(write(tmp_path, defence("memguard"))))
    for profiles in (PROFILES, learning):
        with pytest.raises(ModelNotReady, match="ask the operator"):
            Admissions(database, profiles, None).admit(customer.key, model)
    database.dispose()
