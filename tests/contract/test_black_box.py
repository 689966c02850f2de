"""What customers can read never tells the model: every byte of every route, for every profile."""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from live import Customer, eventually, two_clusters

from services.mlaas.accounts.service import open_account
from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.database import open_database
from services.mlaas.defence import DEFENCES
from services.mlaas.model_type import MODEL_TYPES
from services.mlaas.profile import load_profiles
from services.web.keys import KEY
from torture.described.permissions import AT_PROVIDER
from torture.parties import PROFILES as TESTED

PROFILES = load_profiles(SHIPPED_PROFILES, TESTED)
EVERY_TYPE = sorted(name for name in PROFILES if name.startswith("only_"))
OFFERED = (*sorted(load_profiles(SHIPPED_PROFILES)), *EVERY_TYPE)
BASE = "neural_network"
TABLE = two_clusters(60)
ROWS = list(range(40))
LIBRARIES = {"torch", "sklearn", "scikit", "skops", "safetensors", "pickle", "alembic", "sqlalchemy"}
# An id, a session's token or a key, of which a few letters may come to a word.
RANDOM = re.compile(rf"\b[a-z]-[a-z2-7]{{12}}\b|(?<=mlaas_pages=)[\w-]{{43}}|{KEY.pattern}")
# Words of families and their training that are not the name of a file or a parameter.
TELLING = {"perceptron", "neural", "regression", "forest", "boosting", "tree", "kernel", "softmax", "weights"}
TARGET = "AmazonML_20141212."  # and an operation of Amazon's
OURS = {"artifact", "artefact", "model_type", "candidate", "toml", "defence", "guard", "traceback"}


def secrets_of_the_box() -> set[str]:
    """Every model type, every hyperparameter, every word that names a library or a file of ours."""
    words = LIBRARIES | TELLING | OURS
    for name in MODEL_TYPES.names():
        words |= {name, name.replace("_", " ")}
        words |= set(inspect.signature(MODEL_TYPES.load(name)).parameters)
    for name in DEFENCES.names():
        words |= {name, name.replace("_", " ")}
    return words - {"self"}


def read(answer: httpx.Response) -> str:
    """All but the numbers of an array, of whose bytes a few may come to a word, too."""
    body = answer.content
    if answer.headers.get("Content-Type") == "application/x-npy":
        body = body[: 10 + int.from_bytes(body[8:10], "little")]
    if (words := answer.headers.get("Inference-Header-Content-Length")) is not None:
        body = body[: int(words)]
    return f"{answer.status_code} {answer.headers} {body.decode(errors='replace')}"


@cache
def public() -> re.Pattern[str]:
    """Names of profiles, their summaries, and the options they offer."""
    words = {profile.name for profile in PROFILES.values()}
    for profile in PROFILES.values():
        shown = profile.public()
        words |= {shown["summary"], *(option["name"] for option in shown["options"])}
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in longest_first))


@cache
def telling() -> re.Pattern[str]:
    words = (rf"(?<![a-z]){re.escape(word)}(?![a-z])" for word in sorted(secrets_of_the_box()))
    return re.compile("|".join(words), re.IGNORECASE)


def told(answer: str) -> str | None:
    """Where a text names what it should not, once what is public is taken away."""
    rest = public().sub("", RANDOM.sub("", answer))
    found = telling().search(rest)
    return rest[max(0, found.start() - 80) : found.end() + 80] if found else None


@pytest.fixture(scope="module")
def owner(provider_url: str) -> Iterator[Customer]:
    with Customer(provider_url) as owner:
        yield owner


@pytest.fixture(scope="module")
def operator(provider_url: str, provider_data: Path) -> Iterator[Customer]:
    database = open_database(provider_data)
    with database.write() as session:
        _, key = open_account(session, is_admin=True)
    database.dispose()
    with Customer(provider_url, key) as operator:
        yield operator


@pytest.fixture(scope="module")
def dataset(owner: Customer) -> str:
    dataset = str(owner.upload(TABLE, name="d").json()["id"])
    declared = {"features": [{"name": f"p{k}"} for k in range(6)], "shape": [2, 3]}
    owner.patch(f"/v1/datasets/{dataset}", json=declared).raise_for_status()
    return dataset


@pytest.fixture(scope="module")
def models(owner: Customer, dataset: str) -> Mapping[str, str]:
    """A shared model of every profile: trained all at once or, where a profile trains as another, served."""
    trained = [one for one in OFFERED if not trains_as(BASE, one)]
    asked = {one: owner.train(dataset_id=dataset, profile=one, rows=ROWS, holdout=0.5) for one in trained}
    early = [owner.predict(answer.json()["id"], TABLE[:2, 1:]) for answer in asked.values()]
    base = asked[BASE].json()["id"]
    owner.ended(base)
    for one in sorted({*OFFERED} - {*trained}):
        asked[one] = owner.post("/v1/models", json={"from": base, "profile": one})
    assert [where for answer in (*asked.values(), *early) if (where := told(read(answer)))] == []
    models = {one: answer.raise_for_status().json()["id"] for one, answer in asked.items()}
    for model in models.values():
        owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
        assert owner.ended(model)["state"] == "ready"
    return models


def trains_as(base: str, other: str) -> bool:
    return other != base and PROFILES[other].recipe == PROFILES[base].recipe


@pytest.mark.parametrize("profile", OFFERED)
def test_nothing_that_a_customer_reads_of_a_model_tells_it(
    owner: Customer, shared: Any, dataset: str, models: Mapping[str, str], profile: str
) -> None:
    """Its owner as little as others."""
    for caller in (owner, shared.owner):
        for answer in everything_about(caller, models[profile], dataset, profile):
            assert told(read(answer)) is None


def everything_about(caller: Customer, model: str, dataset: str, profile: str) -> Iterator[httpx.Response]:
    """Answers of every route that takes a model or a profile, and every kind of error of theirs."""
    path = f"/v1/models/{model}"
    yield caller.get(path)
    for accept in ("application/x-npy", "application/json", "text/html"):
        yield caller.predict(model, TABLE[:2, 1:], Accept=accept)
    yield caller.predict(model, TABLE[:2])
    yield caller.predict(model, [[float("nan")] * 6])
    yield caller.post(f"{path}/predict", json={"instances": [["a"] * 6]})
    yield caller.post(f"{path}/predict", content=b"x", headers={"Content-Type": "text/csv"})
    for options in ({"nonsense": 1}, {"epochs": -1}, {"hidden": 2.5}):
        yield caller.train(dataset_id=dataset, profile=profile, options=options)
    yield caller.train(dataset_id=dataset, profile=profile, rows=[0, 2])
    yield caller.post("/v1/models", json={"from": model, "profile": "nonsense"})
    yield caller.post("/v1/models", json={"from": model, "profile": "neural_network_watched"})
    yield caller.get(f"{path}/leakage-report")
    yield caller.post(f"{path}/leakage-report", json={"shadows": 1_000})
    yield caller.post(f"{path}/cancel")
    yield caller.patch(path, json={"visibility": "public", "more": "x"})
    yield caller.put(path)
    yield caller.delete(f"{path}-none")
    yield from on_pages(caller, model)
    yield from over_open_inference(caller, model)
    yield from over_google_prediction(caller, model, dataset)
    yield from as_at_amazon(caller, model, dataset)


def over_google_prediction(caller: Customer, model: str, dataset: str) -> Iterator[httpx.Response]:
    path = "/prediction/v1.6/projects/p/trainedmodels"
    yield caller.get(f"{path}/{model}")
    yield caller.get(f"{path}/{model}/analyze")
    yield caller.put(f"{path}/{model}", json={"output": "a", "csvInstance": [1]})
    yield caller.delete(f"{path}/{model}-none")
    for record in ([0.5] * 6, [0.5] * 5, ["x"] * 6):
        yield caller.post(f"{path}/{model}/predict", json={"input": {"csvInstance": record}})
    for body in (
        {"id": f"{model}-again", "storageDataLocation": dataset},
        {"id": model, "storageDataLocation": dataset},
        {"id": "m-x", "storageDataLocation": dataset, "modelType": "regression"},
        {"id": "m-x", "trainingInstances": [{"output": "a", "csvInstance": ["x"]}]},
    ):
        yield caller.post(path, json=body)


def on_pages(caller: Customer, model: str) -> Iterator[httpx.Response]:
    """What a browser shows before, while and after its customer is signed in."""
    with httpx.Client(base_url=caller.base_url, timeout=60) as browser:
        yield browser.get("/")
        yield browser.post("/sign-in", data={"key": "x"})
        yield browser.post("/sign-in", data={"key": caller.key})
        yield browser.get("/")
        yield browser.get(f"/models/{model}")
        yield browser.get("/models/m-none")
        yield browser.post("/sign-out")
        yield browser.get(f"/models/{model}")


def over_open_inference(caller: Customer, model: str) -> Iterator[httpx.Response]:
    """The same model by another's words, with every kind of refusal."""
    tensor = {"name": "records", "shape": [2, 6], "datatype": "FP64", "data": [0.5] * 12}
    for version in ("", "/versions/1", "/versions/2"):
        path = f"/v2/models/{model}{version}"
        yield caller.get(path)
        yield caller.get(f"{path}/ready")
        for body in (
            {"inputs": [tensor]},
            {"inputs": [tensor], "parameters": {"binary_data_output": True}},
            {"inputs": [tensor | {"shape": [3, 4]}]},
            {"inputs": [tensor | {"datatype": "BYTES"}]},
            {"inputs": [tensor], "outputs": [{"name": "logits"}]},
            {"inputs": [tensor | {"data": [None] * 12}]},
        ):
            yield caller.post(f"{path}/infer", json=body)


def as_at_amazon(caller: Customer, model: str, dataset: str) -> Iterator[httpx.Response]:
    """The same by Amazon's words: each operation, and every kind of refusal."""

    def ask(operation: str, **sent: Any) -> httpx.Response:
        return caller.post("/amazonml", json=sent, headers={"X-Amz-Target": TARGET + operation})

    one, made, source = {"MLModelId": model}, {"MLModelId": f"{model}-a"}, {"DataSourceId": f"{model}.s"}
    spec = {"DataLocationS3": f"s3://mlaas/{dataset}"}
    yield ask("CreateDataSourceFromS3", **source, DataSpec=spec, ComputeStatistics=True)
    yield ask("CreateDataSourceFromS3", **source, DataSpec=spec)
    for schema in ("x", '{"attributes": [], "targetAttributeName": "y"}'):
        yield ask("CreateDataSourceFromS3", DataSourceId="t", DataSpec=spec | {"DataSchema": schema})
    yield ask("GetDataSource", **source, Verbose=True)
    yield ask("DescribeDataSources", Limit=0)
    yield ask("DescribeDataSources")
    wish = {**made, "MLModelType": "MULTICLASS", "TrainingDataSourceId": f"{model}.s"}
    for parameters in ({"sgd.l1RegularizationAmount": "1"}, {"sgd.maxPasses": "0"}, {"sgd.maxPasses": "x"}):
        yield ask("CreateMLModel", **wish, Parameters=parameters)
    yield ask("CreateMLModel", **wish)
    yield ask("CreateMLModel", **wish | {"MLModelType": "BINARY"})
    yield ask("CreateMLModel", **wish | {"MLModelType": "REGRESSION", "Recipe": "{}"})
    yield ask("GetMLModel", **made, Verbose=True)
    yield ask("DeleteMLModel", **made)
    yield ask("GetMLModel", **one, Verbose=True)
    yield caller.post("/amazonml/", json=one, headers={"X-Amz-Target": f"{TARGET}GetMLModel"})
    yield ask("DescribeMLModels")
    record = {f"p{place}": "0.5" for place in range(6)}
    asked = {**one, "PredictEndpoint": "http://here"}
    yield ask("Predict", **asked, Record=record)
    yield ask("CreateRealtimeEndpoint", **one)
    for sent in (
        record,
        {"p0": "0.5"},
        record | {"p7": "0"},
        record | {"p0": "x"},
        record | {"p0": "inf"},
        [],
        1,
    ):
        yield ask("Predict", **asked, Record=sent)
    yield ask("Predict", MLModelId=model)
    yield ask("DeleteRealtimeEndpoint", **one)
    yield ask("DeleteDataSource", **source)
    yield ask("UpdateMLModel", **one, ScoreThreshold=0.5)
    yield ask("Nonsense")


def test_nothing_else_that_a_customer_reads_tells_a_model(
    owner: Customer, shared: Any, dataset: str, models: Mapping[str, str]
) -> None:
    """Lists, usage, limits, the description of the API, and errors that are of no model."""
    assert models
    with httpx.Client(base_url=owner.base_url, timeout=60) as nobody:
        for caller in (owner, shared.owner, nobody):
            for answer in everything_else(caller, dataset):
                assert told(read(answer)) is None


def everything_else(caller: httpx.Client, dataset: str) -> Iterator[httpx.Response]:
    """Answers of every route that takes no model."""
    for path in paths_without_a_model():
        yield caller.get(path.format(dataset_id=dataset, project="p"))
    yield caller.get("/")
    yield caller.head("/openapi.json")
    yield caller.get("/docs")
    yield caller.get("/v1/models", params={"page_token": "?"})
    yield caller.post("/v1/models")
    yield caller.post("/v1/accounts", json={})
    flat = caller.post("/v1/datasets", content="a,1,2\nb,3,4\n", headers={"Content-Type": "text/csv"})
    yield flat
    path = f"/v1/datasets/{flat.json().get('id', 'd-none')}"
    yield caller.post("/v1/models", json={"dataset_id": path[-14:], "profile": "neural_network_image"})
    yield caller.patch(path, json={"shape": [3, 3]})
    yield caller.delete(path)
    key = caller.post("/v1/keys", json={"scope": "predict"})
    yield key
    yield caller.delete(f"/v1/keys/{key.json().get('id', 'k-none')}")


def test_every_route_is_looked_at(owner: Customer, dataset: str, models: Mapping[str, str]) -> None:
    answers = [*everything_about(owner, models[BASE], dataset, BASE), *everything_else(owner, dataset)]
    asked = [named(answer.request) for answer in answers]
    patterns = {route: pattern(route) for route in AT_PROVIDER}
    assert {route for route in patterns if not any(map(patterns[route].fullmatch, asked))} == set()


def named(request: httpx.Request) -> str:
    """As the table of routes does, with the operation where a route has many."""
    operation = request.headers.get("X-Amz-Target", "").removeprefix(TARGET)
    return f"{request.method} {request.url.path}" + (f"#{operation}" if operation else "")


def pattern(route: str) -> re.Pattern[str]:
    path, _, operation = route.partition("#")
    named = f"#{operation.partition('/')[0]}" if operation else ""
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + named)


def test_no_label_of_a_metric_tells_a_model(
    operator: Customer, owner: Customer, models: Mapping[str, str]
) -> None:
    """Labels are the profile's public name and the state, of which customers are told."""
    for model in models.values():
        owner.predict(model, TABLE[:3, 1:]).raise_for_status()
    answer = operator.get("/metrics")
    assert told(read(answer)) is None
    samples = re.findall(r"^(\w+)(?:\{(.*)\})? (\d+)$", answer.text, re.MULTILINE)
    labels = {name for _, one, _ in samples for name, _ in re.findall(r'(\w+)="([^"]*)"', one)}
    assert labels == {"profile", "state"}
    values = {(name, one): int(value) for name, one, value in samples}
    for profile in models:
        assert values["mlaas_records_total", f'profile="{profile}"'] >= 3
        assert values["mlaas_models", f'profile="{profile}",state="ready"'] >= 1


def paths_without_a_model() -> list[str]:
    """From the table of all routes, so that a new one is looked at too."""
    routes = (route.split(" ") for route in AT_PROVIDER)
    return [path for method, path in routes if method == "GET" and "model_id" not in path]


@pytest.mark.parametrize("profile", ["google_private", "neural_network_top_3"])
def test_a_leakage_report_does_not_name_the_model(
    owner: Customer, models: Mapping[str, str], profile: str
) -> None:
    """Neither does one that tells what the choice gave, nor one with all variants beside it."""
    path = f"/v1/models/{models[profile]}/leakage-report"
    owner.post(path, json={"shadows": 4}).raise_for_status()
    said = eventually(lambda: ended_report(owner, path), limit_s=250)
    assert said["state"] == "ready", said
    assert (said["report"]["choice"] is not None) == (profile == "google_private")
    for accept in ("application/json", "text/html"):
        assert told(read(owner.get(path, headers={"Accept": accept}))) is None


def ended_report(customer: Customer, path: str) -> dict[str, Any] | None:
    report: dict[str, Any] = customer.get(path, headers={"Prefer": "wait=50"}).json()
    return report if report["state"] in ("ready", "failed") else None


def test_what_must_not_be_told_would_be_found() -> None:
    for leak in ("an MLP of 3 layers", '{"learning_rate": 0.1}', "random forest", "model.safetensors"):
        assert told(f"200 {leak} in an answer") is not None
    assert told('{"profile": "neural_network_top_3", "options": ["max_passes"]}') is None
