"""Training: asked for, refused, shown, cancelled."""

import httpx
import numpy as np
import pytest
from live import Customer, read_npy, refused, two_clusters


@pytest.fixture
def dataset(customer: Customer) -> str:
    return customer.upload(two_clusters(60)).json()["id"]


def test_a_model_is_trained_and_answers(customer: Customer, dataset: str) -> None:
    asked = customer.train(dataset_id=dataset, profile="tiny")
    assert asked.status_code == 202
    assert asked.json()["state"] == "queued"
    model = customer.ended(asked.json()["id"])
    assert model["state"] == "ready", model
    probabilities = read_npy(customer.predict(model["id"], two_clusters(40, seed=5)[:, 1:]).content)
    assert (probabilities.argmax(axis=1) == np.arange(40) % 2).mean() > 0.9


def test_rows_train_on_part_of_an_upload(customer: Customer) -> None:
    table = two_clusters(60)
    table[30:, 0] = 1 - table[30:, 0]  # the second half teaches the opposite
    dataset = customer.upload(table).json()["id"]
    models = [
        customer.train(dataset_id=dataset, profile="tiny", rows=list(rows)).json()["id"]
        for rows in (range(30), range(30, 60))
    ]
    answers = [
        read_npy(customer.predict(customer.ended(model)["id"], two_clusters(20, seed=5)[:, 1:]).content)
        for model in models
    ]
    assert (answers[0].argmax(axis=1) != answers[1].argmax(axis=1)).mean() > 0.9


def test_a_model_knows_only_the_classes_of_its_rows(customer: Customer) -> None:
    table = two_clusters(60)
    table[50:, 0] = 7
    dataset = customer.upload(table).json()["id"]
    model = customer.train(dataset_id=dataset, profile="tiny", rows=[*range(20), 55, 56]).json()
    assert model["classes"] == ["0", "1", "7"]
    model = customer.train(dataset_id=dataset, profile="tiny", rows=list(range(20))).json()
    assert model["classes"] == ["0", "1"]


def test_a_holdout_is_kept_from_training(customer: Customer, dataset: str) -> None:
    model = customer.train(dataset_id=dataset, profile="tiny", holdout=0.25).json()
    assert model["training_rows"] == 45


def test_the_same_id_and_request_is_the_same_model(
    customer: Customer, provider_url: str, dataset: str
) -> None:
    name = f"m-{dataset[2:]}"
    first = customer.train(dataset_id=dataset, profile="tiny", id=name)
    again = customer.train(dataset_id=dataset, profile="tiny", id=name)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"] == name
    refused(customer.train(dataset_id=dataset, profile="tiny", id=name, rows=[0, 1]), 409, "model-exists")
    with Customer(provider_url) as stranger:
        theirs = stranger.upload(two_clusters(60)).json()["id"]
        refused(stranger.train(dataset_id=theirs, profile="tiny", id=name), 409, "model-exists")


def test_bad_requests_are_refused_with_a_remedy(customer: Customer, dataset: str) -> None:
    train = customer.train
    assert "tiny" in refused(train(dataset_id=dataset, profile="tinny"), 422, "unknown-profile")
    detail = refused(
        train(dataset_id=dataset, profile="amazon", options={"epochs": 3}), 422, "option-not-offered"
    )
    assert "max_passes" in detail
    refused(
        train(dataset_id=dataset, profile="amazon", options={"max_passes": -3}), 422, "option-not-offered"
    )
    refused(train(dataset_id=dataset, profile="google", options={"l2": 1}), 422, "option-not-offered")
    refused(train(dataset_id="d-nowhere", profile="tiny"), 404, "not-found")
    assert "0 to 59" in refused(
        train(dataset_id=dataset, profile="tiny", rows=[0, 1, 60]), 422, "rows-out-of-range"
    )
    refused(train(dataset_id=dataset, profile="tiny", rows=[-1, 2]), 422, "invalid-request")
    refused(train(dataset_id=dataset, profile="tiny", rows=[]), 422, "invalid-request")
    refused(train(dataset_id=dataset, profile="tiny", rows=[0, 2, 4]), 422, "one-class-only")
    refused(train(dataset_id=dataset, profile="tiny", hidden=3), 422, "invalid-request")
    refused(train(dataset_id=dataset, profile="tiny", id="../x"), 422, "invalid-request")
    assert customer.get("/v1/models").json()["items"] == []


def test_a_profile_that_takes_images_wants_their_shape(customer: Customer, dataset: str) -> None:
    asked = {"dataset_id": dataset, "profile": "neural_network_image"}
    features = [{"name": f"p{k}"} for k in range(6)]
    detail = refused(customer.train(**asked), 422, "images-only")
    assert f"(H, W) or (H, W, C), by PATCH /v1/datasets/{dataset}" in detail
    for wrong, complaint in (([2, 4], "has 8 values"), ([0, 6], "greater than or equal to 1")):
        declared = {"features": features, "shape": wrong}
        answer = customer.patch(f"/v1/datasets/{dataset}", json=declared)
        assert complaint in refused(answer, 422, "invalid-request")
    for flat in ([6], [1, 2, 3, 1]):
        customer.patch(f"/v1/datasets/{dataset}", json={"features": features, "shape": flat})
        refused(customer.train(**asked), 422, "images-only")
    customer.patch(f"/v1/datasets/{dataset}", json={"features": features, "shape": [2, 3]})
    model = customer.ended(customer.train(**asked).json()["id"])
    assert model["state"] == "ready", model
    answered = read_npy(customer.predict(model["id"], two_clusters(40, seed=5)[:, 1:]).content)
    assert (answered.argmax(axis=1) == np.arange(40) % 2).mean() > 0.9


def test_a_training_can_be_cancelled_and_a_model_deleted(customer: Customer, dataset: str) -> None:
    model = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    assert customer.post(f"/v1/models/{model}/cancel").json()["state"] == "cancelled"
    refused(customer.predict(model, two_clusters(2)[:, 1:]), 409, "model-not-ready")
    assert customer.delete(f"/v1/models/{model}").status_code == 204
    refused(customer.get(f"/v1/models/{model}"), 404, "not-found")


def test_a_dataset_in_training_is_not_deleted(customer: Customer, dataset: str) -> None:
    model = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    refused(customer.delete(f"/v1/datasets/{dataset}"), 409, "in-use")
    customer.post(f"/v1/models/{model}/cancel")
    assert customer.delete(f"/v1/datasets/{dataset}").status_code == 204


def test_a_dataset_in_training_may_be_declared_again_but_not_otherwise(
    customer: Customer, dataset: str
) -> None:
    features = [{"name": f"p{k}", "kind": "integer", "min": 0, "values": [1, 2]} for k in range(6)]

    def declare(shape: list[int], **changes: str) -> httpx.Response:
        document = {"features": [features[0] | changes, *features[1:]], "shape": shape}
        return customer.patch(f"/v1/datasets/{dataset}", json=document)

    declare([2, 3]).raise_for_status()
    model = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    assert declare([2, 3]).status_code == 200
    refused(declare([3, 2]), 409, "in-use")
    refused(declare([2, 3], name="another"), 409, "in-use")
    customer.post(f"/v1/models/{model}/cancel")
    assert declare([3, 2]).status_code == 200
    assert customer.get(f"/v1/models/{model}").json()["shape"] == [3, 2]


def test_a_shared_model_shows_what_its_owner_declared_and_no_more(
    customer: Customer, provider_url: str, dataset: str
) -> None:
    declared = [{"name": f"column {k}", "kind": "integer", "min": 0, "max": 9} for k in range(6)]
    customer.patch(f"/v1/datasets/{dataset}", json={"features": declared, "shape": [2, 3]}).raise_for_status()
    model = customer.train(dataset_id=dataset, profile="tiny").json()["id"]
    customer.ended(model)
    with Customer(provider_url) as stranger:
        refused(stranger.get(f"/v1/models/{model}"), 404, "not-found")
        refused(stranger.predict(model, two_clusters(2)[:, 1:]), 404, "not-found")
        customer.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
        seen = stranger.get(f"/v1/models/{model}").json()
        refused(stranger.patch(f"/v1/models/{model}", json={"visibility": "private"}), 404, "not-found")
    assert {k: v for k, v in seen.items() if v is not None} == {
        "id": model,
        "state": "ready",
        "profile": "tiny",
        "classes": ["0", "1"],
        "features": seen["features"],
        "shape": [2, 3],
    }
    assert [{k: v for k, v in one.items() if v is not None} for one in seen["features"]] == declared


def test_a_page_ends_where_its_models_have_many_features(customer: Customer) -> None:
    wide = customer.upload(two_clusters(4, features=20_000)).json()["id"]
    made = {customer.train(dataset_id=wide, profile="slow").json()["id"] for _ in range(7)}
    for model in made:
        customer.post(f"/v1/models/{model}/cancel")
    first = customer.get("/v1/models").json()
    rest = customer.get("/v1/models", params={"page_token": first["next_page_token"]}).json()
    assert (len(first["items"]), len(rest["items"]), rest["next_page_token"]) == (5, 2, "")
    assert {item["id"] for item in first["items"] + rest["items"]} == made
