"""The Open Inference Protocol, spoken by its own client: the same answers as ours, charged alike."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
from live import Customer, read_npy, two_clusters
from tritonclient.utils import InferenceServerException

from services.mlaas.facades.open_inference.tensors import from_bytes

HEAD = "Inference-Header-Content-Length"
SENT = {
    "BOOL": "?",
    "UINT8": "u1",
    "UINT16": "u2",
    "UINT32": "u4",
    "UINT64": "u8",
    "INT8": "i1",
    "INT16": "i2",
    "INT32": "i4",
    "INT64": "i8",
    "FP16": "f2",
    "FP32": "f4",
    "FP64": "f8",
}
BITS = np.random.default_rng(5).integers(0, 2, (300, 6))


class Client(triton.InferenceServerClient):  # type: ignore[misc]
    def __init__(self, customer: Customer) -> None:
        super().__init__(f"{customer.base_url.host}:{customer.base_url.port}")
        self.key = {"Authorization": f"Bearer {customer.key}"}

    def answer(self, model: str, table: Any, datatype: str, *, binary: bool = True, **more: Any) -> Any:
        """Probabilities (N, K), by a tensor in JSON or in binary, both ways."""
        tensor = triton.InferInput("records", list(table.shape), datatype)
        tensor.set_data_from_numpy(table.astype(SENT[datatype]), binary_data=binary)
        wanted = [triton.InferRequestedOutput("predict_proba", binary_data=binary)]
        return self.infer(model, [tensor], outputs=wanted, headers={**self.key}, **more)  # it adds its own


@pytest.fixture
def client(customer: Customer) -> Iterator[Client]:
    with Client(customer) as client:
        yield client


@contextmanager
def refused(status: int, said: str) -> Iterator[None]:
    with pytest.raises(InferenceServerException, match=said) as error:
        yield
    assert error.value.status() == str(status)


def ours(customer: Customer, model: str, records: Any) -> Any:
    return read_npy(customer.predict(model, records).raise_for_status().content)


def test_its_client_finds_the_service_and_a_model(client: Client, shared: SimpleNamespace) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    for version in ("", "1"):
        assert client.is_model_ready(shared.id, version, headers=client.key)
        told = client.get_model_metadata(shared.id, version, headers=client.key)
        assert (told["name"], told["versions"]) == (shared.id, ["1"])
        assert told["inputs"] == [{"name": "records", "datatype": "FP64", "shape": [-1, 6]}]
        [output] = told["outputs"]
        assert (output["name"], output["datatype"], output["shape"]) == ("predict_proba", "FP32", [-1, 2])
        assert json.loads(output["parameters"]["classes"]) == ["0", "1"]


@pytest.mark.parametrize("datatype", SENT)
def test_the_answer_is_ours_to_the_byte(
    customer: Customer, client: Client, shared: SimpleNamespace, datatype: str
) -> None:
    """In binary and in JSON, for a batch and for records alone."""
    expected = ours(customer, shared.id, BITS.astype("u1"))
    ways = (True,) if datatype == "FP16" else (True, False)  # its own client has no FP16 in JSON
    for binary in ways:
        for rows in (slice(None), slice(7, 8), slice(299, 300)):
            found = client.answer(shared.id, BITS[rows], datatype, binary=binary).as_numpy("predict_proba")
            assert found.dtype == np.float32
            assert found.tobytes() == expected[rows].tobytes()


@pytest.mark.parametrize("datatype", ["FP32", "FP64"])
def test_what_is_no_whole_number_is_answered_alike(
    customer: Customer, client: Client, shared: SimpleNamespace, datatype: str
) -> None:
    records = two_clusters(40, seed=2)[:, 1:].astype(SENT[datatype]) / 3
    expected = ours(customer, shared.id, records)
    for binary in (True, False):
        found = client.answer(shared.id, records, datatype, binary=binary)
        assert found.as_numpy("predict_proba").tobytes() == expected.tobytes()


def ask(customer: Customer, model: str, question: Any, tensor: bytes | None = None) -> httpx.Response:
    """A question that its own client would not put like that; `tensor` follows in binary."""
    head = json.dumps(question).encode() if question is not None else b""
    length = {} if tensor is None else {HEAD: str(len(head))}
    return customer.post(f"/v2/models/{model}/infer", content=head + (tensor or b""), headers=length)


def asking(shape: Any, datatype: Any = "FP64", **more: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "records", "shape": shape, "datatype": datatype, **more}]}


def binary_answer(answer: httpx.Response) -> tuple[dict[str, Any], Any]:
    head = int(answer.headers[HEAD])
    said = json.loads(answer.content[:head])
    [output] = said["outputs"]
    assert output["parameters"]["binary_data_size"] == len(answer.content) - head
    return said, np.frombuffer(answer.content[head:], "<f4").reshape(output["shape"])


def test_lists_may_be_flat_or_nested(customer: Customer, shared: SimpleNamespace) -> None:
    expected = ours(customer, shared.id, BITS.astype("u1")).tolist()
    for data in (BITS.tolist(), BITS.ravel().tolist()):
        answer = ask(customer, shared.id, {**asking([300, 6], data=data), "id": "forty-two"})
        said = answer.json()
        assert (said["model_name"], said["model_version"], said["id"]) == (shared.id, "1", "forty-two")
        [output] = said["outputs"]
        assert (output["name"], output["datatype"], output["shape"]) == ("predict_proba", "FP32", [300, 2])
        assert np.array(output["data"], "f4").reshape(300, 2).tolist() == expected
        assert answer.headers["records-charged"] == "300"


def test_a_body_may_be_one_raw_tensor(customer: Customer, shared: SimpleNamespace) -> None:
    expected = ours(customer, shared.id, BITS.astype("u1"))
    said, found = binary_answer(ask(customer, shared.id, None, BITS.astype("<f8").tobytes()))
    assert found.tobytes() == expected.tobytes()
    assert "id" not in said


def test_whatever_is_not_zero_is_true(customer: Customer, shared: SimpleNamespace) -> None:
    expected = ours(customer, shared.id, BITS.astype("u1"))
    tensor = (BITS * 7).astype("u1").tobytes()
    asked = asking([300, 6], "BOOL", parameters={"binary_data_size": len(tensor)})
    said = ask(customer, shared.id, asked, tensor).json()
    assert np.array(said["outputs"][0]["data"], "f4").tobytes() == expected.tobytes()


@pytest.mark.parametrize("datatype", SENT)
def test_numbers_begin_at_their_width_wherever_json_ends(datatype: str) -> None:
    sent = BITS.astype(SENT[datatype]).tobytes()
    for start in range(8):
        table = from_bytes(bytes(start) + sent, start, datatype, BITS.shape)
        assert table.flags.aligned
        assert (table == BITS).all()


def test_the_answer_is_in_json_unless_binary_is_asked_for(
    customer: Customer, shared: SimpleNamespace
) -> None:
    """In general or for the output; what is said of the output counts first."""
    tensor = BITS.astype("u1").tobytes()
    asked = asking([300, 6], "UINT8", parameters={"binary_data_size": len(tensor)})
    for in_general in (None, False, True):
        for of_output in (None, False, True):
            question: dict[str, Any] = {**asked, "outputs": [{"name": "predict_proba"}]}
            if in_general is not None:
                question["parameters"] = {"binary_data_output": in_general}
            if of_output is not None:
                question["outputs"][0]["parameters"] = {"binary_data": of_output}
            answer = ask(customer, shared.id, question, tensor)
            assert (HEAD in answer.headers) == bool(in_general if of_output is None else of_output)


def test_errors_are_its_client_s_exceptions(
    customer: Customer, client: Client, shared: SimpleNamespace
) -> None:
    with refused(422, "has 6 columns"):
        client.answer(shared.id, BITS[:, :5], "FP64")
    with refused(422, "At most 10000 records"):
        client.answer(shared.id, np.zeros((10_001, 6)), "UINT8")
    with refused(422, "NaN and infinity"):
        client.answer(shared.id, np.full((2, 6), np.nan), "FP16")
    with refused(404, "no such model"):
        client.answer("m-none", BITS, "UINT8")
    with refused(404, "version 1 alone"):
        client.get_model_metadata(shared.id, "2", headers=client.key)
    with refused(401, "valid key"):
        client.get_model_metadata(shared.id)
    client.key = {"Authorization": f"Bearer {customer.key}x"}
    with refused(401, "valid key"):
        client.answer(shared.id, BITS, "UINT8")


SIX = {"parameters": {"binary_data_size": 6}}
WRONG = {
    "nothing": ({}, None),
    "no list": ([], None),
    "two inputs": ({"inputs": asking([1, 6], data=[0] * 6)["inputs"] * 2}, None),
    "another input": (
        {"inputs": [{"name": "x", "shape": [1, 6], "datatype": "FP64", "data": [0] * 6}]},
        None,
    ),
    "another output": ({**asking([1, 6], data=[0] * 6), "outputs": [{"name": "x"}]}, None),
    "a classification": (
        {
            **asking([1, 6], data=[0] * 6),
            "outputs": [{"name": "predict_proba", "parameters": {"classification": 2}}],
        },
        None,
    ),
    "one dimension": (asking([6], data=[0] * 6), None),
    "no record": (asking([0, 6], data=[]), None),
    "less than none": (asking([-1, 6], data=[0] * 6), None),
    "a vast shape": (asking([2**62, 6], data=[0] * 6), None),
    "fewer numbers": (asking([2, 6], data=[0] * 6), None),
    "fewer rows": (asking([2, 6], data=[[0] * 6]), None),
    "more rows": (asking([1, 6], data=[[0] * 6] * 2), None),
    "uneven rows": (asking([2, 6], data=[[0] * 7, [0] * 5]), None),
    "rows and numbers": (asking([2, 6], data=[[0] * 6, 0]), None),
    "words": (asking([1, 6], data=["0"] * 6), None),
    "a word": (asking([1, 6], data="000000"), None),
    "no data": (asking([1, 6]), None),
    "another datatype": (asking([1, 6], "BYTES", data=["a"] * 6), None),
    "a datatype that is none": (asking([1, 6], ["FP64"], data=[0] * 6), None),
    "FP16 in JSON": (asking([1, 6], "FP16", data=[0] * 6), None),
    "beyond FP32": (asking([1, 6], "FP32", data=[1e39] * 6), None),
    "beyond INT8": (asking([1, 6], "INT8", data=[128] * 6), None),
    "no whole number": (asking([1, 6], "INT8", data=[0.5] * 6), None),
    "below UINT64": (asking([1, 6], "UINT64", data=[-1] * 6), None),
    "neither true nor false": (asking([1, 6], "BOOL", data=[2] * 6), None),
    "an endless number": (asking([1, 6], data=[10**400] * 6), None),
    "a long id": ({**asking([1, 6], data=[0] * 6), "id": "x" * 201}, None),
    "bytes that were not told of": (asking([1, 6], "UINT8", data=[0] * 6), bytes(6)),
    "bytes and data": (asking([1, 6], "UINT8", data=[0] * 6, **SIX), bytes(6)),
    "fewer bytes": (asking([1, 6], "UINT8", **SIX), bytes(5)),
    "more bytes": (asking([1, 6], "UINT8", **SIX), bytes(7)),
    "bytes of another shape": (asking([2, 6], "UINT8", **SIX), bytes(6)),
    "bytes of another datatype": (asking([1, 6], "FP64", **SIX), bytes(6)),
    "bytes without a head": (asking([1, 6], "UINT8", **SIX), None),
    "memory of the server's own": (
        asking([1, 6], "UINT8", parameters={"binary_data_size": 6, "shared_memory_region": "r"}),
        bytes(6),
    ),
    "no whole raw record": (None, bytes(47)),
    "a raw record of nothing": (None, bytes(8)),
    "a raw record that is no number": (None, np.full(6, np.nan).tobytes()),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_question_is_refused_and_not_charged(
    customer: Customer, shared: SimpleNamespace, wrong: tuple[Any, bytes | None]
) -> None:
    answer = ask(customer, shared.id, *wrong)
    assert answer.status_code == 422, answer.text
    assert set(answer.json()) == {"error"}
    assert 20 < len(answer.json()["error"]) < 400
    assert customer.usage(shared.id)["records"] == 0


@pytest.mark.parametrize("head", ["-1", "x", "1e3", "99999999999", "49"])
def test_a_head_is_a_number_of_the_bytes_sent(customer: Customer, shared: SimpleNamespace, head: str) -> None:
    sent = {HEAD: head.encode()}
    answer = customer.post(f"/v2/models/{shared.id}/infer", content=bytes(48), headers=sent)  # type: ignore[arg-type]
    assert answer.status_code == 422, answer.text


def test_a_head_is_short_and_so_is_what_json_holds_beside_its_numbers(
    customer: Customer, shared: SimpleNamespace
) -> None:
    long_head = {**asking([1, 6], "UINT8", **SIX), "padding": "x" * 2**16}
    assert "bytes of JSON" in ask(customer, shared.id, long_head, bytes(6)).json()["error"]
    many_parts = {**asking([1, 6], data=[0] * 6), "padding": [[]] * 20_000}
    assert "nothing beside their numbers" in ask(customer, shared.id, many_parts).json()["error"]
    answer = customer.post(f"/v2/models/{shared.id}/infer", content=b" " * (8 * 2**20 + 1))
    assert (answer.status_code, set(answer.json())) == (413, {"error"})


def test_a_retry_is_charged_once_and_only_where_it_is_read_alike(
    customer: Customer, client: Client, shared: SimpleNamespace
) -> None:
    """The same bytes ask for one record in our own words, and for others in the protocol's."""
    body = {"instances": [[0] * 6], **asking([300, 6], data=BITS.tolist())}
    once = {"Idempotency-Key": "once"}
    first, again = (customer.post(f"/v2/models/{shared.id}/infer", json=body, headers=once) for _ in range(2))
    assert (first.headers["records-charged"], again.headers["records-charged"]) == ("300", "0")
    assert first.content == again.content
    other = customer.post(f"/v1/models/{shared.id}/predict", json=body, headers=once)
    assert (other.status_code, other.json()["type"].rpartition("/")[2]) == (422, "idempotency-conflict")
    client.key |= {"Idempotency-Key": "binary"}
    first, again = (client.answer(shared.id, BITS, "UINT8").as_numpy("predict_proba") for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert customer.usage(shared.id)["records"] == 600


def test_a_model_that_is_not_ready_says_so(customer: Customer, client: Client) -> None:
    dataset = customer.upload(two_clusters(40)).json()["id"]
    model = customer.train(dataset_id=dataset, profile="slow").json()["id"]
    assert not client.is_model_ready(model, headers=client.key)
    assert client.get_model_metadata(model, headers=client.key)["outputs"][0]["shape"] == [-1, 2]
    with refused(409, "poll"):
        client.answer(model, BITS, "UINT8")
    customer.post(f"/v1/models/{model}/cancel").raise_for_status()
