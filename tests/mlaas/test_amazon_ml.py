"""Amazon's own client is a customer here, as if it were at Amazon."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import boto3
import httpx
import numpy as np
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import WaiterError
from live import Customer, two_clusters

PARAMETERS = {
    "sgd.maxPasses": "20",
    "sgd.l2RegularizationAmount": "1e-4",
    "sgd.maxMLModelSizeInBytes": "104857600",
    "sgd.shuffleType": "auto",
}
RECORDS = two_clusters(8, seed=3)[:, 1:]
QUICK = {"Delay": 1, "MaxAttempts": 120}  # of waiters, which look every 30 s


def amazon(url: str, key: str, **config: Any) -> Any:
    """Amazon's client, with an account's key for its access key id."""
    return boto3.client(
        "machinelearning",
        endpoint_url=f"{url}/amazonml",
        region_name="eu-west-1",
        aws_access_key_id=key,
        aws_secret_access_key="not looked at",
        config=Config(**{"retries": {"max_attempts": 0}, **config}),
    )


@pytest.fixture
def client(customer: Customer) -> Iterator[Any]:
    client = amazon(str(customer.base_url).rstrip("/"), customer.key)
    yield client
    client.close()


def source(client: Any, dataset: str, name: str = "Records.v1", **more: Any) -> str:
    spec = {"DataLocationS3": f"s3://mlaas/{dataset}", **more.pop("spec", {})}
    asked = {"DataSourceId": name, "DataSpec": spec, "ComputeStatistics": True, **more}
    return str(client.create_data_source_from_s3(**asked)["DataSourceId"])


def model(client: Any, name: str, data_source: str = "Records.v1", **more: Any) -> dict[str, Any]:
    asked = {"MLModelType": "MULTICLASS", "Parameters": PARAMETERS, **more}
    found: dict[str, Any] = client.create_ml_model(MLModelId=name, TrainingDataSourceId=data_source, **asked)
    return found


def wait(client: Any) -> None:
    client.get_waiter("ml_model_available").wait(WaiterConfig=QUICK)


def mounted(client: Any, name: str) -> str:
    return str(client.create_realtime_endpoint(MLModelId=name)["RealtimeEndpointInfo"]["EndpointUrl"])


def record(values: Any, names: Any = None) -> dict[str, str]:
    names = names or [f"f{place}" for place in range(len(values))]
    return {name: str(value) for name, value in zip(names, values, strict=True)}


@pytest.fixture(scope="module")
def trained(provider_url: str) -> Iterator[SimpleNamespace]:
    """One model of each kind, with endpoints, all by Amazon's client."""
    with Customer(provider_url) as owner:
        client = amazon(provider_url, owner.key)
        dataset = owner.upload(two_clusters(60)).json()["id"]
        source(client, dataset)
        suffix = dataset.removeprefix("d-")
        names = {kind: f"{kind.lower()}-{suffix}" for kind in ("MULTICLASS", "BINARY")}
        for kind, name in names.items():
            model(client, name, MLModelType=kind, MLModelName="mine")
        wait(client)
        url = {name: mounted(client, name) for name in names.values()}
        yield SimpleNamespace(owner=owner, client=client, dataset=dataset, url=url, **names)
        client.close()


def test_a_model_is_described_with_what_its_owner_said_of_it(trained: SimpleNamespace) -> None:
    found = trained.client.get_ml_model(MLModelId=trained.BINARY)
    assert found["Status"] == "COMPLETED"
    assert (found["MLModelType"], found["Name"]) == ("BINARY", "mine")
    assert (found["TrainingDataSourceId"], found["TrainingParameters"]) == ("Records.v1", PARAMETERS)
    assert found["EndpointInfo"]["EndpointUrl"] == trained.url[trained.BINARY]
    assert found["CreatedAt"].year >= 2024
    native = trained.owner.get(f"/v1/models/{trained.BINARY}").json()
    assert (native["profile"], native["options"]) == ("amazon", {"max_passes": 20.0, "l2": 1e-4})


def test_nothing_of_amazons_that_tells_the_model_is_there(trained: SimpleNamespace) -> None:
    name = trained.MULTICLASS
    found = trained.client.get_ml_model(MLModelId=name, Verbose=True)
    [listed] = [one for one in trained.client.describe_ml_models()["Results"] if one["MLModelId"] == name]
    asked = {"MLModelId": name, "PredictEndpoint": trained.url[name]}
    details = trained.client.predict(**asked, Record=record(RECORDS[0]))["Prediction"]["details"]
    assert details == {"PredictiveModelType": "MULTICLASS"}
    for one in (found, listed, trained.client.get_data_source(DataSourceId="Records.v1", Verbose=True)):
        assert not set(one) & {"Algorithm", "SizeInBytes", "ComputeTime", "LogUri", "StartedAt", "FinishedAt"}


def test_answers_are_those_of_the_native_api(trained: SimpleNamespace) -> None:
    native = trained.owner.post(
        f"/v1/models/{trained.MULTICLASS}/predict", json={"instances": RECORDS.tolist()}
    ).json()
    for values, expected in zip(RECORDS.tolist(), native["predictions"], strict=True):
        asked = {"MLModelId": trained.MULTICLASS, "PredictEndpoint": trained.url[trained.MULTICLASS]}
        answer = trained.client.predict(**asked, Record=record(values))["Prediction"]
        scores = answer["predictedScores"]
        assert [np.float32(scores[name]) for name in native["classes"]] == np.float32(expected).tolist()
        assert answer["predictedLabel"] == native["classes"][int(np.argmax(expected))]


def test_a_binary_model_gives_the_score_of_one(trained: SimpleNamespace) -> None:
    ask = {"MLModelId": trained.BINARY, "PredictEndpoint": trained.url[trained.BINARY]}
    labels = set()
    for values in RECORDS.tolist():
        native = trained.owner.post(
            f"/v1/models/{trained.BINARY}/predict", json={"instances": [values]}
        ).json()
        answer = trained.client.predict(**ask, Record=record(values))["Prediction"]
        [score] = answer["predictedScores"].values()
        assert list(answer["predictedScores"]) == ["1"]
        assert np.float32(score) == np.float32(native["predictions"][0][native["classes"].index("1")])
        assert answer["predictedLabel"] == ("1" if score >= 0.5 else "0")
        assert answer["details"] == {"PredictiveModelType": "BINARY"}
        labels.add(answer["predictedLabel"])
    assert labels == {"0", "1"}


def test_every_prediction_is_one_row_of_the_ledger(trained: SimpleNamespace) -> None:
    before = trained.owner.usage(trained.MULTICLASS)
    asked = {"MLModelId": trained.MULTICLASS, "PredictEndpoint": trained.url[trained.MULTICLASS]}
    answer = trained.client.predict(**asked, Record=record(RECORDS[0]))
    assert answer["ResponseMetadata"]["HTTPHeaders"]["records-charged"] == "1"
    with pytest.raises(trained.client.exceptions.InvalidInputException):
        trained.client.predict(**asked, Record={"f0": "1"})
    after = trained.owner.usage(trained.MULTICLASS)
    assert (after["requests"], after["records"]) == (before["requests"] + 1, before["records"] + 1)


class Once(BaseHTTPRequestHandler):
    """In front of a server: the first answer is lost after it was made, as in a bad network."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = httpx.post(self.server.url + self.path, content=body, headers=dict(self.headers))
        self.server.answers.append(answer)
        lost = len(self.server.answers) == 1
        self.send_response(503 if lost else answer.status_code)
        self.send_header("Content-Length", "0" if lost else str(len(answer.content)))
        self.end_headers()
        self.wfile.write(b"" if lost else answer.content)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_retry_of_the_client_is_charged_once(trained: SimpleNamespace, provider_url: str) -> None:
    before = trained.owner.usage(trained.MULTICLASS)["records"]
    with ThreadingHTTPServer(("127.0.0.1", 0), Once) as server:
        server.url, server.answers = provider_url, []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        client = amazon(url, trained.owner.key, retries={"total_max_attempts": 3, "mode": "standard"})
        asked = {"MLModelId": trained.MULTICLASS, "PredictEndpoint": url, "Record": record(RECORDS[0])}
        answer = client.predict(**asked)
        server.shutdown()
        client.close()
    lost, kept = server.answers
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert lost.content == kept.content
    assert [one.headers["records-charged"] for one in (lost, kept)] == ["1", "0"]
    assert trained.owner.usage(trained.MULTICLASS)["records"] == before + 1


def test_the_same_creation_again_succeeds_and_another_is_a_mismatch(trained: SimpleNamespace) -> None:
    client, name = trained.client, trained.BINARY
    mismatch = client.exceptions.IdempotentParameterMismatchException
    assert source(client, trained.dataset) == "Records.v1"
    with pytest.raises(mismatch):
        source(client, trained.dataset, DataSourceName="another")
    same = {"MLModelType": "BINARY", "MLModelName": "mine"}
    assert model(client, name, **same)["MLModelId"] == name
    for other in (
        {"MLModelType": "MULTICLASS"},
        {"MLModelName": "yours"},
        {"Parameters": {"sgd.maxPasses": "21"}},
    ):
        with pytest.raises(mismatch):
            model(client, name, **{**same, **other})


def test_an_id_of_another_account_is_taken(client: Any, customer: Customer, trained: SimpleNamespace) -> None:
    source(client, customer.upload(two_clusters(40)).json()["id"])
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        model(client, trained.BINARY)


def test_data_sources_are_listed_in_pages_until_they_are_deleted(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    names = [source(client, dataset, f"Source-{number}.x_y") for number in range(3)]
    client.get_waiter("data_source_available").wait(WaiterConfig=QUICK)
    first = client.describe_data_sources(Limit=2)
    rest = client.describe_data_sources(Limit=2, NextToken=first["NextToken"])
    assert [one["DataSourceId"] for one in (*first["Results"], *rest["Results"])] == names
    assert "NextToken" not in rest
    found = client.get_data_source(DataSourceId=names[0])
    assert (found["Status"], found["DataLocationS3"]) == ("COMPLETED", f"s3://mlaas/{dataset}")
    assert client.delete_data_source(DataSourceId=names[0])["DataSourceId"] == names[0]
    assert client.get_data_source(DataSourceId=names[0])["Status"] == "DELETED"
    assert len(client.describe_data_sources()["Results"]) == 2
    assert customer.get(f"/v1/datasets/{dataset}").status_code == 200
    with pytest.raises(client.exceptions.InvalidInputException, match="deleted"):
        model(client, f"{dataset}-model", names[0])
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        source(client, dataset, names[0])


def test_models_are_listed_in_pages_until_they_are_deleted(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    source(client, dataset)
    names = [model(client, f"{dataset}-{number}")["MLModelId"] for number in range(3)]
    client.delete_data_source(DataSourceId="Records.v1")
    assert model(client, names[0])["MLModelId"] == names[0], "it was asked for before"
    wait(client)
    mounted(client, names[0])
    pages = client.get_paginator("describe_ml_models").paginate(PaginationConfig={"PageSize": 2})
    assert [[one["MLModelId"] for one in page["Results"]] for page in pages] == [names[:2], names[2:]]
    client.delete_ml_model(MLModelId=names[0])
    gone = client.get_ml_model(MLModelId=names[0])
    assert (gone["Status"], gone["EndpointInfo"]["EndpointStatus"]) == ("DELETED", "NONE")
    with pytest.raises(client.exceptions.IdempotentParameterMismatchException):
        model(client, names[0])
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_ml_model(MLModelId=names[0])
    assert [one["MLModelId"] for one in client.describe_ml_models()["Results"]] == names[1:]


def test_models_are_found_by_what_they_are(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    source(client, dataset)
    source(client, dataset, "Other")
    first, second, third = (f"{dataset}-{number}" for number in range(3))
    model(client, first, MLModelName="Gifts 1", MLModelType="BINARY")
    model(client, second, "Other", MLModelName="gifts 2")
    model(client, third)
    own = customer.train(dataset_id=dataset, profile="tiny").json()["id"]
    wait(client)
    customer.ended(own)
    mounted(client, second)

    def found(variable: str, **compared: str) -> list[str]:
        answer = client.describe_ml_models(FilterVariable=variable, **compared)
        return [one["MLModelId"] for one in answer["Results"]]

    assert found("Name", EQ="Gifts 1") == [first]
    assert found("Name", Prefix="Gifts") == [first]
    assert found("Name", GE="Gifts 1", LT="gifts 2") == [first]
    assert found("Name", LE="") == sorted([third, own])
    assert found("MLModelType", EQ="BINARY") == [first]
    assert found("TrainingDataSourceId", NE="Records.v1") == sorted([second, own])
    assert found("RealtimeEndpointStatus", EQ="READY") == [second]
    assert found("RealtimeEndpointStatus", GT="NONE", EQ="NONE") == []
    assert found("Status", EQ="COMPLETED") == sorted([first, second, third, own])
    pages = client.get_paginator("describe_ml_models").paginate(
        FilterVariable="TrainingDataSourceId", EQ="Records.v1", PaginationConfig={"PageSize": 1}
    )
    assert [[one["MLModelId"] for one in page["Results"]] for page in pages] == [[first], [third], []]


def test_a_waiter_waits_for_the_models_it_is_told_and_for_no_other(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    other = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    customer.post(f"/v1/models/{other}/cancel")
    customer.ended(other)
    source(client, dataset)
    model(client, f"{dataset}-m", MLModelName="mine")
    waiter = client.get_waiter("ml_model_available")
    waiter.wait(FilterVariable="Name", EQ="mine", WaiterConfig=QUICK)
    assert client.get_ml_model(MLModelId=f"{dataset}-m")["Status"] == "COMPLETED"
    with pytest.raises(WaiterError, match="terminal failure"):
        waiter.wait(WaiterConfig=QUICK)


def test_data_sources_are_found_by_what_they_are(client: Any, customer: Customer) -> None:
    one, other = (customer.upload(two_clusters(rows)).json()["id"] for rows in (40, 41))
    source(client, one, "First", DataSourceName="gifts")
    source(client, other, "Second")

    def found(variable: str, **compared: str) -> list[str]:
        answer = client.describe_data_sources(FilterVariable=variable, **compared)
        return [one["DataSourceId"] for one in answer["Results"]]

    assert found("Name", Prefix="gi") == ["First"]
    assert found("DataLocationS3", EQ=f"s3://mlaas/{other}") == ["Second"]
    assert found("Status", EQ="COMPLETED") == ["First", "Second"]
    assert found("Status", NE="COMPLETED") == []
    waiter = client.get_waiter("data_source_available")
    waiter.wait(FilterVariable="Name", EQ="gifts", WaiterConfig=QUICK)


@pytest.mark.parametrize(
    "asked",
    [
        {"FilterVariable": "Algorithm", "EQ": "sgd"},
        {"FilterVariable": "IAMUser", "EQ": "me"},
        {"FilterVariable": "Name"},
        {"EQ": "gifts"},
    ],
)
def test_a_filter_that_cannot_be_had_is_refused_with_those_that_can(
    client: Any, asked: dict[str, str]
) -> None:
    with pytest.raises(client.exceptions.InvalidInputException, match="FilterVariable, here Status, Name"):
        client.describe_ml_models(**asked)


def test_a_model_is_asked_once_it_is_mounted_and_until_it_is_not(trained: SimpleNamespace) -> None:
    client, name = trained.client, f"{trained.MULTICLASS}-2"
    model(client, name)
    wait(client)
    assert client.get_ml_model(MLModelId=name)["EndpointInfo"]["EndpointStatus"] == "NONE"
    ask = {"MLModelId": name, "PredictEndpoint": trained.url[trained.BINARY], "Record": record(RECORDS[0])}
    not_mounted = client.exceptions.PredictorNotMountedException
    with pytest.raises(not_mounted):
        client.predict(**ask)
    assert mounted(client, name) == mounted(client, name)
    client.predict(**ask)
    gone = client.delete_realtime_endpoint(MLModelId=name)["RealtimeEndpointInfo"]
    assert gone["EndpointStatus"] == "NONE"
    with pytest.raises(not_mounted):
        client.predict(**ask)


def test_a_shared_model_of_another_account_is_asked_through_an_endpoint_of_ones_own(
    client: Any, customer: Customer, shared: Any
) -> None:
    owner = amazon(str(customer.base_url).rstrip("/"), shared.owner.key)
    url = mounted(owner, shared.id)
    owner.close()
    ask = {"MLModelId": shared.id, "PredictEndpoint": url, "Record": record(RECORDS[0])}
    with pytest.raises(client.exceptions.PredictorNotMountedException):
        client.predict(**ask)
    mounted(client, shared.id)
    assert set(client.predict(**ask)["Prediction"]["predictedScores"]) == {"0", "1"}
    assert customer.usage(shared.id)["records"] == 1
    seen = client.get_ml_model(MLModelId=shared.id)
    assert set(seen) - {"ResponseMetadata"} == {"MLModelId", "MLModelType", "Status", "EndpointInfo"}
    assert client.describe_ml_models()["Results"] == []
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.delete_ml_model(MLModelId=shared.id)


def test_a_model_that_is_not_trained_is_not_mounted(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    name = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    assert client.get_ml_model(MLModelId=name)["Status"] in ("PENDING", "INPROGRESS")
    with pytest.raises(client.exceptions.InvalidInputException, match="not COMPLETED"):
        mounted(client, name)
    customer.post(f"/v1/models/{name}/cancel").raise_for_status()
    assert client.get_ml_model(MLModelId=name)["Status"] == "FAILED"
    with pytest.raises(client.exceptions.InvalidInputException, match="not COMPLETED"):
        mounted(client, name)


def test_what_is_somebody_elses_is_not_there(client: Any, trained: SimpleNamespace) -> None:
    name, absent = trained.MULTICLASS, client.exceptions.ResourceNotFoundException
    ask = {"MLModelId": name, "PredictEndpoint": trained.url[name], "Record": record(RECORDS[0])}
    for refused in (
        lambda: client.predict(**ask),
        lambda: client.get_ml_model(MLModelId=name),
        lambda: client.delete_ml_model(MLModelId=name),
        lambda: client.create_realtime_endpoint(MLModelId=name),
        lambda: client.delete_realtime_endpoint(MLModelId=name),
        lambda: client.get_data_source(DataSourceId="Records.v1"),
        lambda: client.delete_data_source(DataSourceId="Records.v1"),
        lambda: source(client, trained.dataset),
    ):
        with pytest.raises(absent):
            refused()


def test_a_key_that_may_only_predict_asks_and_looks_and_no_more(
    trained: SimpleNamespace, provider_url: str
) -> None:
    key = trained.owner.post("/v1/keys", json={"scope": "predict"}).json()["api_key"]
    client, name = amazon(provider_url, key), trained.MULTICLASS
    client.predict(MLModelId=name, PredictEndpoint=trained.url[name], Record=record(RECORDS[0]))
    seen = client.get_ml_model(MLModelId=name)
    assert set(seen) - {"ResponseMetadata"} == {"MLModelId", "MLModelType", "Status", "EndpointInfo"}
    for refused in (
        client.describe_ml_models,
        client.describe_data_sources,
        lambda: client.create_realtime_endpoint(MLModelId=name),
        lambda: client.delete_realtime_endpoint(MLModelId=name),
        lambda: client.delete_ml_model(MLModelId=name),
        lambda: client.get_data_source(DataSourceId="Records.v1"),
        lambda: client.delete_data_source(DataSourceId="Records.v1"),
        lambda: source(client, trained.dataset),
        lambda: model(client, f"{name}-no"),
    ):
        with pytest.raises(client.exceptions.ClientError, match=r"AccessDeniedException.*may only predict"):
            refused()
    gone = model(trained.client, f"{name}-gone")["MLModelId"]
    trained.client.delete_ml_model(MLModelId=gone)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_ml_model(MLModelId=gone)
    client.close()


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"sgd.l1RegularizationAmount": "1e-6"}, "leave out all but sgd.maxPasses"),
        ({"sgd.maxPasses": "ten"}, "sgd.maxPasses is a whole number"),
        ({"sgd.maxPasses": "1000000"}, "max_passes"),
        ({"sgd.maxPasses": "9" * 400}, "sgd.maxPasses is a whole number"),
        ({"sgd.l2RegularizationAmount": "nan"}, "sgd.l2RegularizationAmount is a finite number"),
        ({"sgd.maxMLModelSizeInBytes": "99999"}, "from 100000 to 2147483648"),
        ({"sgd.shuffleType": "always"}, "auto, none"),
    ],
)
def test_parameters_out_of_range_are_refused(
    trained: SimpleNamespace, parameters: dict[str, str], told: str
) -> None:
    with pytest.raises(trained.client.exceptions.InvalidInputException, match=told):
        model(trained.client, "refused", Parameters=parameters)


def test_what_is_not_as_at_amazon_is_refused_and_says_so(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    invalid = client.exceptions.InvalidInputException
    source(client, dataset)
    source(client, dataset, "unready", ComputeStatistics=False)
    for told, refused in {
        "ComputeStatistics": lambda: model(client, "refused", "unready"),
        "MLModelId": lambda: model(client, "With.Capitals"),
        "MLModelType": lambda: model(client, "refused", MLModelType="REGRESSION"),
        "Recipe": lambda: model(client, "refused", Recipe="{}"),
        "DataRearrangement": lambda: source(client, dataset, "x", spec={"DataRearrangement": "{}"}),
        "DataLocationS3": lambda: client.create_data_source_from_s3(
            DataSourceId="x", DataSpec={"DataLocationS3": "s3://elsewhere/x"}
        ),
        "SortOrder": lambda: client.describe_ml_models(SortOrder="dsc"),
        "page_token": lambda: client.describe_ml_models(NextToken="a"),
        "GetEvaluation is not here": lambda: client.get_evaluation(EvaluationId="x"),
        "DescribeTags is not here": lambda: client.describe_tags(ResourceId="x", ResourceType="MLModel"),
    }.items():
        with pytest.raises(invalid, match=told):
            refused()


def test_only_the_classes_0_and_1_make_a_binary_model(client: Any, customer: Customer) -> None:
    source(client, customer.upload(b"cat,1,2\ndog,3,4\ncat,1,1\n").json()["id"])
    with pytest.raises(client.exceptions.InvalidInputException, match="ask for MULTICLASS"):
        model(client, "refused", MLModelType="BINARY")


def test_attributes_have_the_names_that_were_declared(client: Any, customer: Customer) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    names = ["age", "height", "weight", "x:y", "a b", "é"]
    declared = {"features": [{"name": name} for name in names]}
    customer.patch(f"/v1/datasets/{dataset}", json=declared).raise_for_status()
    invalid = client.exceptions.InvalidInputException
    schema = '{"version":"1.0","targetAttributeName":"y","attributes":[{"attributeName":"y"}%s]}'
    described = "".join(f',{{"attributeName":"{name}"}}' for name in names)
    source(client, dataset, spec={"DataSchema": schema % described})
    with pytest.raises(invalid, match="age, height, weight and so on, 6 in all"):
        source(client, dataset, "other", spec={"DataSchema": schema % described.replace("age", "years")})
    name = model(client, f"{dataset}-m")["MLModelId"]
    wait(client)
    ask = {"MLModelId": name, "PredictEndpoint": mounted(client, name)}
    values = RECORDS[0].tolist()
    backwards = dict(reversed(record(values, names).items()))
    scores = client.predict(**ask, Record=backwards)["Prediction"]["predictedScores"]
    expected = customer.post(f"/v1/models/{name}/predict", json={"instances": [values]}).json()
    assert np.float32(scores["1"]) == np.float32(expected["predictions"][0][1])
    for wrong, told in (
        ({one: text for one, text in backwards.items() if one != "height"}, "first are height"),
        ({**backwards, "more": "1"}, "more than the model's 6"),
        ({**backwards, "age": "old"}, "is a number"),
        ({**backwards, "age": "nan"}, "NaN and infinity"),
    ):
        with pytest.raises(invalid, match=told):
            client.predict(**ask, Record=wrong)


@pytest.mark.parametrize("target", ["AmazonML_20141212.Dream", "Predict", "DynamoDB_20120810.GetItem", ""])
def test_what_never_was_at_amazon_is_an_unknown_operation(customer: Customer, target: str) -> None:
    answer = customer.post("/amazonml/", json={}, headers={"X-Amz-Target": target})
    assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException")
    assert "Predict" in answer.json()["message"]


def test_who_has_no_key_of_an_account_is_refused(customer: Customer, provider_url: str) -> None:
    for key in ("AKIAIOSFODNN7EXAMPLE", f"{customer.key}x"):
        client = amazon(provider_url, key)
        with pytest.raises(client.exceptions.ClientError, match=r"UnrecognizedClientException.*POST /v1/acc"):
            client.describe_ml_models()
        client.close()
    unsigned = amazon(provider_url, "", signature_version=UNSIGNED)
    with pytest.raises(unsigned.exceptions.ClientError, match="UnrecognizedClientException"):
        unsigned.describe_ml_models()
    unsigned.close()


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"1", b'{"MLModelId": 1}', b"\xff"])
def test_a_body_that_is_no_request_is_refused(customer: Customer, body: bytes) -> None:
    for name in ("Predict", "GetMLModel"):
        headers = {"X-Amz-Target": f"AmazonML_20141212.{name}"}
        answer = customer.post("/amazonml", content=body, headers=headers)
        assert (answer.status_code, answer.json()["__type"]) == (400, "InvalidInputException")
        assert set(answer.json()) == {"__type", "message", "code"}
