"""Predictions: the same question has the same answer, bad ones have none, and each is charged once."""

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from live import NPY, Customer, claims, npy, provider, read_npy, refused, sums_of_the_log, two_clusters


def test_a_record_has_one_answer_alone_in_a_batch_and_in_json(
    customer: Customer, shared: SimpleNamespace
) -> None:
    records = np.random.default_rng(3).normal(size=(1_000, 6)).astype("f4")
    whole = read_npy(customer.predict(shared.id, records).content)
    assert whole.dtype == np.float32
    for rows in (slice(0, 1), slice(17, 54), slice(999, 1000), slice(0, 1000, 7)):
        part = read_npy(customer.predict(shared.id, records[rows]).content)
        assert part.tobytes() == whole[rows].tobytes()
    asked = {"instances": records[:37].astype("f8").tolist()}
    answer = customer.post(f"/v1/models/{shared.id}/predict", json=asked).json()
    assert answer["classes"] == ["0", "1"]
    assert np.array(answer["predictions"], "f4").tobytes() == whole[:37].tobytes()


def test_the_answers_format_follows_accept(customer: Customer, shared: SimpleNamespace) -> None:
    assert customer.predict(shared.id, shared.records).headers["content-type"] == NPY
    as_json = customer.predict(shared.id, shared.records, Accept="application/json")
    assert len(as_json.json()["predictions"]) == len(shared.records)
    refused(customer.predict(shared.id, shared.records, Accept="text/html"), 406, "not-acceptable")


def test_every_query_is_counted_and_a_retry_is_charged_once(
    customer: Customer, shared: SimpleNamespace
) -> None:
    first = customer.predict(shared.id, shared.records, **{"Idempotency-Key": "once"})
    again = customer.predict(shared.id, shared.records, **{"Idempotency-Key": "once"})
    assert (first.headers["records-charged"], again.headers["records-charged"]) == ("50", "0")
    assert first.content == again.content
    refused(
        customer.predict(shared.id, shared.records[:3], **{"Idempotency-Key": "once"}),
        422,
        "idempotency-conflict",
    )
    customer.predict(shared.id, shared.records[:7])
    assert customer.usage(shared.id) == {
        "model_id": shared.id,
        "requests": 2,
        "records": 57,
        "quota": None,
        "remaining": None,
    }


def test_what_changes_is_seen_by_the_next_question(customer: Customer, provider_url: str) -> None:
    """Sharing and deletion hold at once, also for an account that has just been answered."""
    dataset = customer.upload(two_clusters(40)).json()["id"]
    model = customer.train(dataset_id=dataset, profile="tiny").json()["id"]
    customer.ended(model)
    one = np.zeros((1, 6), "u1")
    with Customer(provider_url) as stranger:
        for visibility, status in (("public", 200), ("private", 404), ("public", 200)):
            customer.patch(f"/v1/models/{model}", json={"visibility": visibility}).raise_for_status()
            assert stranger.predict(model, one).status_code == status
            assert stranger.predict(model, one, **{"Idempotency-Key": "the same"}).status_code == status
        assert stranger.usage(model)["requests"] == 3
        customer.delete(f"/v1/models/{model}")
        refused(stranger.predict(model, one), 404, "not-found")
    refused(customer.predict(model, one), 404, "not-found")


def test_a_refused_question_is_not_charged(customer: Customer, shared: SimpleNamespace) -> None:
    path = f"/v1/models/{shared.id}/predict"
    ask = {"Content-Type": NPY}
    refused(customer.predict(shared.id, shared.records[:, :5]), 422, "wrong-feature-count")
    refused(customer.predict(shared.id, np.full((2, 6), np.inf)), 422, "not-finite")
    refused(customer.post(path, content=claims("(100000, 6)"), headers=ask), 422, "bad-data")
    refused(customer.post(path, content=b"", headers=ask), 422, "bad-data")
    refused(customer.post(path, content=b"x", headers={"Content-Type": "text/csv"}), 415,
            "unsupported-media-type")  # fmt: skip
    as_json = {"Content-Type": "application/json"}
    one = b"1, 1, 1, 1, 1"
    bad_json = [
        b"{",
        b"[]",
        b"{}",
        b'{"instances": 3}',
        b'{"instances": []}',
        b'{"instances": [[1, 2], [3]]}',
        b'{"instances": [["a", %s]]}' % one,
        b'{"instances": [[null, %s]]}' % one,
        b'{"instances": [[NaN, %s]]}' % one,
        b'{"instances": [[1e999, %s]]}' % one,
    ]
    for body in bad_json:
        assert customer.post(path, content=body, headers=as_json).status_code == 422, body
    assert customer.usage(shared.id)["requests"] == 0


def test_a_storm_of_bad_numbers_gets_a_short_answer(customer: Customer, shared: SimpleNamespace) -> None:
    body = json.dumps({"instances": [["x"] * 6] * 20_000}).encode()
    answer = customer.post(
        f"/v1/models/{shared.id}/predict", content=body, headers={"Content-Type": "application/json"}
    )
    refused(answer, 422, "bad-data")


def test_long_texts_among_the_numbers_are_refused_in_little_memory(
    customer: Customer, shared: SimpleNamespace
) -> None:
    """Guessed from the longest text, an array of these would take 15 GiB."""
    body = json.dumps({"instances": [["a" * 2_000_000, *[0] * 5], *[[""] * 6] * 2_000]}).encode()
    answer = customer.post(
        f"/v1/models/{shared.id}/predict", content=body, headers={"Content-Type": "application/json"}
    )
    refused(answer, 422, "bad-data")


def test_many_retries_at_once_are_charged_once(customer: Customer, shared: SimpleNamespace) -> None:
    def ask(_: int) -> httpx.Response:
        return customer.predict(shared.id, shared.records[:2], **{"Idempotency-Key": "storm"})

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(200)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert sorted(int(answer.headers["records-charged"]) for answer in answers) == [0] * 199 + [2]
    assert customer.usage(shared.id)["requests"] == 1


def test_too_many_records_at_once_are_refused(customer: Customer, shared: SimpleNamespace) -> None:
    limit = customer.get("/v1").json()["limits"]["predict_records"]
    answer = customer.predict(shared.id, np.zeros((limit + 1, 6), "u1"))
    assert str(limit) in refused(answer, 422, "bad-data")


def test_a_body_over_the_limit_is_refused_declared_or_streamed(
    customer: Customer, shared: SimpleNamespace
) -> None:
    limit = customer.get("/v1").json()["limits"]["predict_json_bytes"]
    path = f"/v1/models/{shared.id}/predict"
    headers = {"Content-Type": "application/json"}
    chunks = (b" " * 2**20 for _ in range(limit // 2**20 + 1))
    refused(customer.post(path, content=chunks, headers=headers), 413, "body-too-large")
    refused(customer.post(path, content=b" " * (limit + 1), headers=headers), 413, "body-too-large")


def test_a_quota_is_granted_to_the_record_in_a_storm(tmp_path, profiles_folder: str) -> None:
    """Eight clients of one account ask for more than the quota: what is granted is the quota exactly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLAAS_QUOTA_RECORDS", "500")
        with (
            provider(tmp_path / "p", "--workers", "1", "--profiles", profiles_folder) as url,
            Customer(url) as owner,
        ):
            model = owner.train(dataset_id=owner.upload(two_clusters(40)).json()["id"], profile="tiny").json()
            owner.ended(model["id"])

            def ask(seed: int) -> list[int]:
                sizes = np.random.default_rng(seed).integers(1, 9, 30)
                with httpx.Client(base_url=url, headers=owner.headers, timeout=60) as client:
                    return [charged(client, model["id"], int(size)) for size in sizes]

            with ThreadPoolExecutor(8) as threads:
                granted = [size for sizes in threads.map(ask, range(8)) for size in sizes]
            # single records fill what is left exactly
            while (one := charged(owner, model["id"], 1)) == 1:
                granted.append(one)
            usage = owner.usage(model["id"])
            assert usage["records"] == usage["quota"] == sum(granted) == 500
            assert usage["requests"] == sum(size > 0 for size in granted)
            answer = owner.predict(model["id"], np.zeros((3, 6), "u1"))
            assert "0 more records" in refused(answer, 429, "quota-exceeded")
        assert sums_of_the_log(tmp_path / "p") == [(model["id"], usage["requests"], 500)]


def charged(client: httpx.Client, model_id: str, records: int) -> int:
    answer = client.post(
        f"/v1/models/{model_id}/predict",
        content=npy(np.zeros((records, 6), "u1")),
        headers={"Content-Type": NPY},
    )
    assert answer.status_code in (200, 429)
    return int(answer.headers.get("records-charged", 0))


def test_only_an_operator_reads_the_ledger(customer: Customer) -> None:
    assert "operator" in refused(customer.get("/v1/queries"), 403, "forbidden")


def test_questions_that_arrive_together_are_answered_as_alone(
    customer: Customer, shared: SimpleNamespace
) -> None:
    """In both formats, of two models, with bad ones among them: each is answered and charged for itself."""
    dataset = customer.upload(two_clusters(60, seed=2)).json()["id"]
    other = customer.train(dataset_id=dataset, profile="tiny").json()["id"]
    customer.ended(other)
    records = np.random.default_rng(5).normal(size=(24, 6)).astype("f4")
    alone = {model: read_npy(customer.predict(model, records).content) for model in (shared.id, other)}
    before = {model: customer.usage(model)["records"] for model in alone}

    def ask(number: int) -> tuple[str, int, bytes]:
        model, row = (shared.id, other)[number % 2], number % 24
        path, one = f"/v1/models/{model}/predict", records[row : row + 1]
        if number % 5 == 0:
            assert customer.post(path, json={"instances": [[1.0]]}).status_code == 422
        if number % 3 == 0:
            answered = customer.post(path, json={"instances": one.astype("f8").tolist()}).json()
            return model, row, np.array(answered["predictions"], "f4").tobytes()
        return model, row, read_npy(customer.predict(model, one).content).tobytes()

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(240)))
    assert all(answer == alone[model][row].tobytes() for model, row, answer in answers)
    assert {model: customer.usage(model)["records"] - before[model] for model in alone} == {
        shared.id: 120,
        other: 120,
    }


def test_only_the_one_method_is_taken(customer: Customer, shared: SimpleNamespace) -> None:
    answer = customer.get(f"/v1/models/{shared.id}/predict")
    refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"
