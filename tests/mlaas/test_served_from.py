"""The same training served under another profile: ready at once, a model of its own, for its owner alone."""

import pytest
from live import Customer, read_npy, refused, two_clusters

RECORDS = two_clusters(20, seed=5)[:, 1:]


@pytest.fixture
def base(customer: Customer) -> str:
    dataset = customer.upload(two_clusters(60)).json()["id"]
    model = customer.train(dataset_id=dataset, profile="tiny", rows=list(range(40)), holdout=0.1).json()
    ended = customer.ended(model["id"])
    assert ended["state"] == "ready", ended
    return ended["id"]


def serve(customer: Customer, base: str, profile: str = "tiny_watched", **asked: object):
    return customer.post("/v1/models", json={"from": base, "profile": profile, **asked})


def test_it_is_ready_at_once_and_answers_as_its_base(customer: Customer, base: str) -> None:
    asked = serve(customer, base)
    assert asked.status_code == 202
    served, trained = asked.json(), customer.get(f"/v1/models/{base}").json()
    assert (served["state"], served["served_from"], served["profile"]) == ("ready", base, "tiny_watched")
    assert trained["served_from"] is None
    for key in ("dataset_id", "options", "training_rows", "holdout", "classes", "features"):
        assert served[key] == trained[key]
    assert served["id"] != base
    assert customer.predict(served["id"], RECORDS).content == customer.predict(base, RECORDS).content


def test_it_outlives_its_base_and_can_be_served_from_again(customer: Customer, base: str) -> None:
    served = serve(customer, base).json()["id"]
    before = customer.predict(served, RECORDS).content
    assert customer.delete(f"/v1/models/{base}").status_code == 204
    assert customer.predict(served, RECORDS).content == before
    refused(serve(customer, base), 404, "not-found")
    again = serve(customer, served, "tiny").json()
    assert (again["state"], again["served_from"]) == ("ready", served)


def test_the_same_id_and_request_is_the_same_model(customer: Customer, base: str) -> None:
    name = f"{base}-watched"
    first, again = serve(customer, base, id=name), serve(customer, base, id=name)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    refused(serve(customer, base, "tiny", id=name), 409, "model-exists")
    refused(serve(customer, name, id=base), 409, "model-exists")


def test_another_recipe_is_refused(customer: Customer, base: str) -> None:
    detail = refused(serve(customer, base, "overfitted"), 422, "other-recipe")
    assert detail == "The profile trains another way; have a model trained under it."
    assert "tiny" in refused(serve(customer, base, "tinny"), 422, "unknown-profile")


def test_serving_is_the_owners_alone(customer: Customer, provider_url: str, base: str) -> None:
    customer.patch(f"/v1/models/{base}", json={"visibility": "public"}).raise_for_status()
    served = serve(customer, base).json()["id"]
    with Customer(provider_url) as stranger:
        refused(serve(stranger, base), 404, "not-found")
        refused(stranger.get(f"/v1/models/{served}"), 404, "not-found")  # it is not shared as its base is
        customer.patch(f"/v1/models/{served}", json={"visibility": "public"}).raise_for_status()
        assert "served_from" not in stranger.get(f"/v1/models/{served}").json()


def test_a_base_that_is_not_ready_is_waited_for(customer: Customer) -> None:
    dataset = customer.upload(two_clusters(60)).json()["id"]
    slow = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    answer = serve(customer, slow, "slow")
    refused(answer, 409, "model-not-ready")
    assert answer.headers["retry-after"] == "2"
    customer.post(f"/v1/models/{slow}/cancel")
    assert "cancelled" in refused(serve(customer, slow, "slow"), 409, "model-not-ready")


def test_a_defence_that_learns_is_waited_for_once(customer: Customer, base: str) -> None:
    asked = serve(customer, base, "tiny_guarded").json()
    assert asked["state"] == "queued"
    guarded = customer.ended(asked["id"])
    assert guarded["state"] == "ready", guarded
    answers, plain = (read_npy(customer.predict(model, RECORDS).content) for model in (guarded["id"], base))
    assert (answers.argmax(axis=1) == plain.argmax(axis=1)).all()
    again = serve(customer, guarded["id"], "tiny_guarded").json()
    assert again["state"] == "ready"
    assert (read_npy(customer.predict(again["id"], RECORDS).content) == answers).all()
    assert serve(customer, guarded["id"], "tiny").json()["state"] == "ready"
    customer.delete(f"/v1/datasets/{guarded['dataset_id']}").raise_for_status()
    assert serve(customer, base, "tiny_watched").json()["state"] == "ready"
    refused(serve(customer, base, "tiny_guarded"), 404, "not-found")  # there is nothing left to learn from


def test_either_a_dataset_or_a_model_is_named(customer: Customer, base: str) -> None:
    dataset = customer.get(f"/v1/models/{base}").json()["dataset_id"]
    either = "give either dataset_id"
    assert either in refused(customer.train(profile="tiny"), 422, "invalid-request")
    assert either in refused(serve(customer, base, dataset_id=dataset), 422, "invalid-request")
    for more in ({"options": {}}, {"rows": [0, 1]}, {"holdout": 0.5}):
        assert "leave them out" in refused(serve(customer, base, **more), 422, "invalid-request")
    by_name = customer.train(served_from=base, profile="tiny")
    refused(by_name, 422, "invalid-request")
