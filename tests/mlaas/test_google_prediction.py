"""Google's Prediction API in front of a provider, driven by Google's own client."""

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from google_client import PROJECT, done, google
from googleapiclient.errors import HttpError
from live import Customer, two_clusters

RECORDS = two_clusters(40)
ONE: dict[str, Any] = {"output": "a", "csvInstance": [1]}


@pytest.fixture
def models(provider_url: str, customer: Customer) -> Iterator[Any]:
    with google(provider_url, customer.key) as models:
        yield models


def instances(table: Any) -> list[dict[str, Any]]:
    return [{"output": f"class {int(row[0])}", "csvInstance": [float(v) for v in row[1:]]} for row in table]


def inserted(models: Any, name: str, **more: Any) -> Any:
    body = {"id": name, "trainingInstances": instances(RECORDS)} | more
    return models.insert(project=PROJECT, body=body).execute()


def name_of(request: pytest.FixtureRequest) -> str:
    return f"g-{abs(hash(request.node.name)) % 10**9}-{time.time_ns()}"


def test_a_model_is_inserted_polled_asked_and_deleted(
    models: Any, customer: Customer, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    told = inserted(models, name)
    assert told["kind"] == "prediction#training"
    assert told["trainingStatus"] in ("RUNNING", "DONE")
    told = done(models, name)
    assert told["trainingStatus"] == "DONE"
    assert told["modelInfo"] == {
        "modelType": "classification",
        "numberInstances": "40",
        "numberLabels": "2",
    }
    assert inserted(models, name)["id"] == name, "asked again, it is the same model"
    record = [float(value) for value in RECORDS[0, 1:]]
    answer = models.predict(project=PROJECT, id=name, body={"input": {"csvInstance": record}}).execute()
    ours = customer.post(f"/v1/models/{name}/predict", json={"instances": [record]}).json()
    scores = {one["label"]: one["score"] for one in answer["outputMulti"]}
    assert all(isinstance(score, str) for score in scores.values())
    assert list(scores) == ours["classes"] == ["class 0", "class 1"]
    found = np.array([float(score) for score in scores.values()], np.float32)
    assert found.tobytes() == np.array(ours["predictions"][0], np.float32).tobytes()
    assert answer["outputLabel"] == ours["classes"][int(found.argmax())]
    assert customer.usage(name)["records"] == 2
    listed = models.list(project=PROJECT).execute()
    assert name in [one["id"] for one in listed["items"]]
    assert models.delete(project=PROJECT, id=name).execute() == ""
    with pytest.raises(HttpError, match="There is no such model") as refused:
        models.get(project=PROJECT, id=name).execute()
    assert refused.value.status_code == 404
    assert refused.value.error_details[0]["reason"] == "notFound"


def test_records_may_lie_where_they_were_uploaded_and_be_texts(
    models: Any, customer: Customer, request: pytest.FixtureRequest
) -> None:
    dataset = customer.upload(RECORDS).json()["id"]
    for number, location in enumerate((dataset, f"mlaas/{dataset}")):
        name = f"{name_of(request)}-{number}"
        models.insert(project=PROJECT, body={"id": name, "storageDataLocation": location}).execute()
        assert done(models, name)["trainingStatus"] == "DONE"
        record = [str(value) for value in RECORDS[0, 1:]]
        models.predict(project=PROJECT, id=name, body={"input": {"csvInstance": record}}).execute()


def test_models_are_listed_in_pages(models: Any, request: pytest.FixtureRequest) -> None:
    names = {inserted(models, f"{name_of(request)}-{number}")["id"] for number in range(3)}
    first = models.list(project=PROJECT, maxResults=2).execute()
    rest = models.list(project=PROJECT, maxResults=2, pageToken=first["nextPageToken"]).execute()
    assert {one["id"] for one in first["items"] + rest["items"]} == names


def test_others_ask_a_shared_model_and_see_less_of_it(
    models: Any, customer: Customer, shared: SimpleNamespace
) -> None:
    told = models.get(project=PROJECT, id=shared.id).execute()
    assert told["modelInfo"] == {"modelType": "classification", "numberLabels": "2"}
    record = [float(value) for value in shared.records[0]]
    models.predict(project=PROJECT, id=shared.id, body={"input": {"csvInstance": record}}).execute()
    assert customer.usage(shared.id)["records"] == 1


@pytest.mark.parametrize(
    ("body", "status", "reason", "said"),
    [
        ({"id": "UPPER", "trainingInstances": []}, 400, "invalid", "#/id"),
        ({"id": "m-1"}, 400, "invalid", "either trainingInstances or storageDataLocation"),
        ({"id": "m-1", "modelType": "regression"}, 400, "invalid", "#/modelType"),
        ({"id": "m-1", "sourceModel": "x"}, 400, "invalid", "#/sourceModel"),
        ({"id": "m-1", "storageDataLocation": "d-none"}, 404, "notFound", "no such dataset"),
        ({"id": "m-1", "trainingInstances": [{**ONE, "csvInstance": ["x"]}]}, 400, "invalid", "number"),
        (
            {"id": "m-1", "trainingInstances": [ONE, {**ONE, "csvInstance": [1, 2]}]},
            400,
            "invalid",
            "as many",
        ),
        ({"id": "m-1", "trainingInstances": [ONE, ONE]}, 400, "invalid", "one class"),
    ],
)
def test_what_cannot_be_inserted_is_refused_in_googles_words(
    models: Any, body: dict[str, Any], status: int, reason: str, said: str
) -> None:
    with pytest.raises(HttpError) as refused:
        models.insert(project=PROJECT, body=body).execute()
    assert refused.value.status_code == status
    assert refused.value.error_details[0]["reason"] == reason
    assert said in refused.value.reason


def test_another_request_under_an_id_is_a_conflict(models: Any, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    inserted(models, name)
    with pytest.raises(HttpError, match="another model") as refused:
        inserted(models, name, trainingInstances=instances(RECORDS[:30]))
    assert refused.value.status_code == 409


@pytest.mark.parametrize("record", [[1.0] * 5, ["a"] * 6, [None] * 6, ["nan"] * 6, [True] * 6])
def test_what_is_no_record_is_refused(
    models: Any, customer: Customer, shared: SimpleNamespace, record: Any
) -> None:
    with pytest.raises(HttpError) as refused:
        models.predict(project=PROJECT, id=shared.id, body={"input": {"csvInstance": record}}).execute()
    assert refused.value.status_code == 400
    assert customer.usage(shared.id)["records"] == 0


def test_what_google_had_and_this_has_not_is_said(customer: Customer, shared: SimpleNamespace) -> None:
    path = f"/prediction/v1.6/projects/{PROJECT}/trainedmodels/{shared.id}"
    for answer in (customer.get(f"{path}/analyze"), customer.put(path, json={"output": "a"})):
        assert answer.status_code == 501
        assert answer.json()["error"]["errors"][0]["reason"] == "notImplemented"


def test_nobody_without_a_key_is_told_anything(provider_url: str, shared: SimpleNamespace) -> None:
    for key in ("", "mk_a-nobody.aaaaaaaaaaaaaaaaaaaaaaaa"):
        with google(provider_url, key) as models, pytest.raises(HttpError) as refused:
            models.get(project=PROJECT, id=shared.id).execute()
        assert refused.value.status_code == 401
