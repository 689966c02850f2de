"""What customers can read never tells the model: every byte of every route, for every profile."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from live import Customer, eventually, two_clusters

from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.defence import DEFENCES
from services.mlaas.model_type import MODEL_TYPES
from services.mlaas.profile import load_profiles

PROFILES = load_profiles(SHIPPED_PROFILES)
LIBRARIES = {"torch", "sklearn", "scikit", "skops", "safetensors", "pickle"}
# Words of families and their training that are not the name of a file or a parameter.
TELLING = {"perceptron", "neural", "regression", "forest", "boosting", "tree", "kernel", "softmax", "weights"}


def secrets_of_the_box() -> set[str]:
    """Every model type, every hyperparameter, every word that names a library or a file of ours."""
    words = (
        LIBRARIES | TELLING | {"artifact", "artefact", "model_type", "candidate", "toml", "defence", "guard"}
    )
    for name in MODEL_TYPES.names():
        words |= {name, name.replace("_", " ")}
        words |= set(inspect.signature(MODEL_TYPES.load(name)).parameters)
    for name in DEFENCES.names():
        words |= {name, name.replace("_", " ")}
    return words - {"self"}


def everything_readable(customer: Customer, profile: str) -> Iterator[str]:
    """Each answer with its headers, of each route, with a model at each stage, and of errors."""

    def read(answer: httpx.Response) -> str:
        return f"{answer.status_code} {answer.headers} {answer.text}"

    table = two_clusters(40)
    dataset = customer.upload(table, name="d").json()["id"]
    if PROFILES[profile].takes_images:
        yield read(customer.train(dataset_id=dataset, profile=profile))
    declared = {"features": [{"name": f"p{k}"} for k in range(6)], "shape": [2, 3]}
    yield read(customer.patch(f"/v1/datasets/{dataset}", json=declared))
    asked = customer.train(dataset_id=dataset, profile=profile, rows=list(range(30)))
    yield read(asked)
    model = asked.json()["id"]
    yield read(customer.predict(model, table[:2, 1:]))
    assert customer.ended(model)["state"] == "ready"
    for other in (profile, "google", "neural_network_watched", "nonsense"):
        yield read(customer.post("/v1/models", json={"from": model, "profile": other}))
    stranger = Customer(str(customer.base_url))
    customer.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    for caller in (customer, stranger):
        yield read(caller.get(f"/v1/models/{model}"))
        yield read(caller.predict(model, table[:2, 1:]))
        yield read(caller.predict(model, table[:2, 1:], Accept="application/json"))
        yield read(caller.predict(model, table[:2]))
        yield read(caller.predict(model, table[:2, 1:], Accept="text/html"))
        for bad in ({"nonsense": 1}, {"epochs": 1}, {"hidden": 2}):
            yield read(caller.train(dataset_id=dataset, profile=profile, options=bad))
        for path in ("/v1", "/v1/profiles", "/v1/datasets", f"/v1/datasets/{dataset}", "/v1/models"):
            yield read(caller.get(path))
        for path in (
            "/v1/usage",
            "/v1/queries",
            "/livez",
            "/readyz",
            "/openapi.json",
            "/",
            "/metrics",
            "/docs",
        ):
            yield read(caller.get(path))
        yield read(caller.post(f"/v1/models/{model}/leakage-report"))
        yield read(caller.get(f"/v1/models/{model}/leakage-report"))
        yield read(caller.post(f"/v1/models/{model}/cancel"))
        yield read(caller.delete(f"/v1/models/{model}-none"))
        yield read(caller.put(f"/v1/models/{model}"))
    stranger.close()


def without_what_is_public(text: str) -> str:
    """Public names of profiles, their summaries, and the options they offer, are taken away."""
    for profile in PROFILES.values():
        public = profile.public()
        for word in (public["summary"], *(option["name"] for option in public["options"]), profile.name):
            text = re.sub(rf"(?<![\w]){re.escape(word)}(?![\w])", "", text)
    return text


@cache
def telling() -> re.Pattern[str]:
    words = (rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in sorted(secrets_of_the_box()))
    return re.compile("|".join(words), re.IGNORECASE)


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_nothing_that_a_customer_reads_names_the_model(customer: Customer, profile: str) -> None:
    for answer in everything_readable(customer, profile):
        rest = without_what_is_public(answer)
        found = telling().search(rest)
        assert found is None, f"{found} in {rest[max(0, found.start() - 80) : found.end() + 80]}"


@pytest.mark.parametrize("profile", ["google_private", "neural_network_top_3"])
def test_a_leakage_report_does_not_name_the_model(customer: Customer, profile: str) -> None:
    """Neither does one that tells what the choice gave, nor one with all variants beside it."""
    dataset = customer.upload(two_clusters(60)).json()["id"]
    model = customer.train(dataset_id=dataset, profile=profile, holdout=0.5).json()["id"]
    customer.ended(model)
    path = f"/v1/models/{model}/leakage-report"
    customer.post(path, json={"shadows": 4}).raise_for_status()
    said = eventually(lambda: ended_report(customer, path), limit_s=250)
    assert said["state"] == "ready", said
    assert (said["report"]["choice"] is not None) == (profile == "google_private")
    for accept in ("application/json", "text/html"):
        answer = customer.get(path, headers={"Accept": accept})
        rest = without_what_is_public(f"{answer.headers} {answer.text}")
        found = telling().search(rest)
        assert found is None, f"{found} in {rest[max(0, found.start() - 80) : found.end() + 80]}"


def ended_report(customer: Customer, path: str) -> dict[str, Any] | None:
    report: dict[str, Any] = customer.get(path, headers={"Prefer": "wait=50"}).json()
    return report if report["state"] in ("ready", "failed") else None


def test_every_route_is_looked_at(customer: Customer) -> None:
    """A new route must be added to `everything_readable`."""
    paths = customer.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1",
        "/v1/profiles",
        "/livez",
        "/readyz",
        "/v1/accounts",
        "/v1/datasets",
        "/v1/datasets/{dataset_id}",
        "/v1/models",
        "/v1/models/{model_id}",
        "/v1/models/{model_id}/cancel",
        "/v1/models/{model_id}/leakage-report",
        "/v1/models/{model_id}/predict",
        "/v1/usage",
        "/v1/queries",
    }


def test_models_of_different_types_have_documents_of_one_shape(customer: Customer) -> None:
    """Neither keys nor the kinds of values tell the family apart."""
    dataset = customer.upload(two_clusters(40)).json()["id"]
    shapes = set()
    for profile in ("amazon", "google", "neural_network"):
        model = customer.train(dataset_id=dataset, profile=profile).json()["id"]
        document = customer.ended(model)
        shapes.add(tuple((key, type(value).__name__) for key, value in document.items()))
    assert len(shapes) == 1
