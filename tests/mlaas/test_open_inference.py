"""The Open Inference Protocol in front of a provider, driven by Triton's own client."""

import json
import re
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from live import Customer, read_npy, two_clusters

with warnings.catch_warnings():  # of what it is made of
    warnings.simplefilter("ignore")
    import tritonclient.http as triton
    from tritonclient.utils import InferenceServerException, np_to_triton_dtype

DTYPES = ("?", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8")
RECORDS = (two_clusters(40, seed=3)[:, 1:] > 0.5).astype(np.float64)  # which every dtype has exactly


@pytest.fixture
def client(provider_url: str) -> Iterator[Any]:
    with triton.InferenceServerClient(provider_url.removeprefix("http://")) as client:
        yield client


def bearer(customer: Customer) -> dict[str, str]:
    return {"Authorization": f"Bearer {customer.key}"}


def tensor(records: Any, *, binary: bool) -> Any:
    given = triton.InferInput("records", list(records.shape), np_to_triton_dtype(records.dtype))
    given.set_data_from_numpy(records, binary_data=binary)
    return given


def native(customer: Customer, model: str, records: Any) -> Any:
    return read_npy(customer.predict(model, records).raise_for_status().content)


def test_a_client_finds_out_what_there_is(client: Any, customer: Customer, shared: SimpleNamespace) -> None:
    headers = bearer(customer)
    assert client.is_server_live()
    assert client.is_server_ready()
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    assert client.is_model_ready(shared.id, headers=headers)
    assert client.is_model_ready(shared.id, "1", headers=headers)
    told = client.get_model_metadata(shared.id, headers=headers)
    assert told["inputs"] == [{"name": "records", "datatype": "FP64", "shape": [-1, 6]}]
    assert told["outputs"] == [{"name": "predict_proba", "datatype": "FP32", "shape": [-1, 2]}]
    assert told["parameters"] == {"classes": ["0", "1"]}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("binary", [False, True])
def test_answers_are_those_of_our_own_api(
    client: Any, customer: Customer, shared: SimpleNamespace, dtype: str, binary: bool
) -> None:
    """To the byte, alone or together, whatever the records are sent as."""
    records = RECORDS.astype(dtype)
    ours = native(customer, shared.id, RECORDS)
    for part in (records, records[:1]):
        wanted = [triton.InferRequestedOutput("predict_proba", binary_data=binary)]
        answer = client.infer(
            shared.id,
            [tensor(part, binary=binary)],
            outputs=wanted,
            request_id="r-7",
            headers=bearer(customer),
        )
        found = answer.as_numpy("predict_proba")
        assert found.dtype == np.float32
        assert found.tobytes() == ours[: len(part)].tobytes()
        assert answer.get_response()["id"] == "r-7"
        assert answer.get_response()["model_name"] == shared.id


def test_every_record_is_in_the_ledger(client: Any, customer: Customer, shared: SimpleNamespace) -> None:
    for binary in (True, False):
        client.infer(shared.id, [tensor(RECORDS, binary=binary)], headers=bearer(customer))
    assert customer.usage(shared.id)["records"] == 2 * len(RECORDS)
    assert customer.usage(shared.id)["requests"] == 2


def test_a_retry_under_its_key_is_charged_once(
    client: Any, customer: Customer, shared: SimpleNamespace
) -> None:
    headers = bearer(customer) | {"Idempotency-Key": "once"}
    for _ in range(2):
        client.infer(shared.id, [tensor(RECORDS, binary=True)], headers=headers)
    used = customer.usage(shared.id)
    assert (used["requests"], used["records"]) == (1, len(RECORDS))


def test_mistakes_are_the_clients_exceptions(
    client: Any, customer: Customer, shared: SimpleNamespace
) -> None:
    given, version = [tensor(RECORDS, binary=True)], {"model_version": "2"}
    narrow, missing = [tensor(RECORDS[:, :5], binary=False)], [tensor(RECORDS * np.nan, binary=True)]
    other = triton.InferRequestedOutput("logits")
    best = triton.InferRequestedOutput("predict_proba", class_count=1)
    refused: list[tuple[str, Any, dict[str, Any], str]] = [
        ("m-none", given, {}, "There is no such model"),
        (shared.id, given, version, "one version"),
        (shared.id, narrow, {}, "A record here has 6 columns; 5 were sent"),
        (shared.id, given, {"outputs": [other]}, "one output, predict_proba"),
        (shared.id, given, {"outputs": [best]}, "leave `classification` out"),
        (shared.id, missing, {}, "NaN and infinity"),
    ]
    for model, inputs, more, said in refused:
        with pytest.raises(InferenceServerException, match=said):
            client.infer(model, inputs, headers=bearer(customer), **more)
    with pytest.raises(InferenceServerException, match="Send a valid key"):
        client.infer(shared.id, given)
    assert not client.is_model_ready("m-none", headers=bearer(customer))
    assert customer.usage(shared.id)["records"] == 0


def test_a_model_that_is_not_ready_says_so(client: Any, customer: Customer) -> None:
    model = customer.train(dataset_id=customer.upload(two_clusters(40)).json()["id"], profile="tiny").json()[
        "id"
    ]
    if not client.is_model_ready(model, headers=bearer(customer)):
        with pytest.raises(InferenceServerException, match="poll GET"):
            client.infer(model, [tensor(RECORDS, binary=True)], headers=bearer(customer))
    customer.ended(model)
    assert client.is_model_ready(model, headers=bearer(customer))


FLAT = {"name": "x", "shape": [2, 6], "datatype": "FP64", "data": [0.5] * 12}


def infer(customer: Customer, model: str, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return customer.post(f"/v2/models/{model}/infer", content=content, headers=headers)


def test_numbers_may_be_nested_or_flat(customer: Customer, shared: SimpleNamespace) -> None:
    flat = infer(customer, shared.id, {"inputs": [FLAT]}).json()["outputs"]
    nested = infer(customer, shared.id, {"inputs": [FLAT | {"data": [[0.5] * 6] * 2}]}).json()["outputs"]
    assert flat == nested
    assert flat[0]["shape"] == [2, 2]
    assert (
        np.float32(flat[0]["data"]).tobytes() == native(customer, shared.id, np.full((2, 6), 0.5)).tobytes()
    )


def test_a_body_may_be_nothing_but_the_tensor(customer: Customer, shared: SimpleNamespace) -> None:
    answer = infer(customer, shared.id, RECORDS.tobytes(), **{"Inference-Header-Content-Length": "0"})
    length = int(answer.headers["Inference-Header-Content-Length"])
    assert json.loads(answer.content[:length])["outputs"][0]["parameters"] == {
        "binary_data_size": len(RECORDS) * 2 * 4
    }
    assert answer.content[length:] == native(customer, shared.id, RECORDS).tobytes()


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b"{", {}, "no JSON"),
        (b"[]", {}, "object with `inputs`"),
        ({}, {}, "one tensor"),
        ({"inputs": [FLAT, FLAT]}, {}, "one tensor"),
        ({"inputs": [FLAT | {"datatype": "BYTES"}]}, {}, "one of BOOL"),
        ({"inputs": [FLAT | {"datatype": []}]}, {}, "one of BOOL"),
        ({"inputs": [FLAT | {"shape": [6]}]}, {}, "`shape` is the number"),
        ({"inputs": [FLAT | {"shape": [-1, 6]}]}, {}, "one record at least"),
        ({"inputs": [FLAT | {"shape": [10**9, 6]}]}, {}, "At most"),
        ({"inputs": [FLAT | {"shape": [3, 6]}]}, {}, "as many as `shape` says"),
        ({"inputs": [FLAT | {"shape": [3, 6], "data": [[0] * 6] * 2}]}, {}, "not as many records"),
        ({"inputs": [FLAT | {"data": ["a"] * 12}]}, {}, "a list of numbers"),
        ({"inputs": [FLAT | {"data": [10**400] * 12}]}, {}, "list of numbers|no JSON"),
        ({"inputs": [FLAT | {"data": None}]}, {}, "list of numbers"),
        ({"inputs": [FLAT | {"parameters": 5}]}, {}, "`parameters` is an object"),
        ({"inputs": [FLAT | {"parameters": {"binary_data_size": 96}}]}, {}, "not the number of bytes"),
        ({"inputs": [FLAT], "outputs": 5}, {}, "one output"),
        ({"inputs": [FLAT], "id": 5}, {}, "`id` is a text"),
        ({"inputs": [FLAT], "id": "x" * 201}, {}, "`id` is a text"),
        (b"{}", {"Inference-Header-Content-Length": "9"}, "shorter than"),
        (b"{}", {"Inference-Header-Content-Length": "-1"}, "number of bytes of the JSON"),
        (b"{}", {"Inference-Header-Content-Length": "0"}, "each 8 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_in_a_line(
    customer: Customer, shared: SimpleNamespace, body: Any, headers: dict[str, str], said: str
) -> None:
    answer = infer(customer, shared.id, body, **headers)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}
    assert len(answer.content) < 1_000
    assert re.search(said, answer.json()["error"]), answer.text
    assert customer.usage(shared.id)["records"] == 0


def test_bytes_that_a_tensor_lies_about_are_refused(customer: Customer, shared: SimpleNamespace) -> None:
    for size, raw in ((96, bytes(95)), (95, bytes(95)), (10**12, bytes(96))):
        head = json.dumps(
            {
                "inputs": [
                    {
                        "name": "x",
                        "shape": [2, 6],
                        "datatype": "FP64",
                        "parameters": {"binary_data_size": size},
                    }
                ]
            }
        ).encode()
        answer = infer(customer, shared.id, head + raw, **{"Inference-Header-Content-Length": str(len(head))})
        assert answer.status_code == 422, answer.text
