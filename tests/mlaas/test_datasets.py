"""Uploads: what is taken, and what is refused with a remedy and nothing stored."""

import httpx
import numpy as np
import pytest
from live import NPY, Customer, claims, npy, refused, two_clusters

from services.mlaas.datasets.csv import of_width
from services.web.problem import BadData


def test_an_npy_upload_is_described(customer: Customer) -> None:
    answer = customer.upload(two_clusters(10), name="ten")
    assert answer.status_code == 201
    document = answer.json()
    assert (document["rows"], document["features"], document["classes"]) == (10, 6, ["0", "1"])
    assert customer.get(f"/v1/datasets/{document['id']}").json() == document
    assert answer.headers["location"] == f"/v1/datasets/{document['id']}"


def test_classes_are_in_numerical_order_whatever_the_order_of_records(customer: Customer) -> None:
    table = np.array([[10, 1], [9, 0], [2, 1], [10, 0]], "i2")
    assert customer.upload(table).json()["classes"] == ["2", "9", "10"]


@pytest.mark.parametrize("header", ["auto", "present"])
def test_a_csv_with_words_and_a_header(customer: Customer, header: str) -> None:
    answer = customer.upload(b"kind,a,b\ncat,0.5,1\ndog,1e-3,0\ncat,2,1\n", header=header)
    document = answer.json()
    assert (document["rows"], document["features"], document["classes"]) == (3, 2, ["cat", "dog"])


def test_the_same_content_is_kept_once_for_an_account_and_apart_between_accounts(provider_url: str) -> None:
    table = two_clusters(12, seed=3)
    with Customer(provider_url) as one, Customer(provider_url) as other:
        first, again, theirs = one.upload(table), one.upload(table), other.upload(table)
    assert (first.status_code, again.status_code, theirs.status_code) == (201, 200, 201)
    assert first.json()["id"] == again.json()["id"] != theirs.json()["id"]


def test_lists_come_in_pages(customer: Customer) -> None:
    made = {customer.upload(two_clusters(4, seed=seed)).json()["id"] for seed in range(3)}
    first = customer.get("/v1/datasets", params={"page_size": 2}).json()
    rest = customer.get(
        "/v1/datasets", params={"page_size": 2, "page_token": first["next_page_token"]}
    ).json()
    assert {item["id"] for item in first["items"] + rest["items"]} == made
    assert rest["next_page_token"] == ""


def test_a_deleted_dataset_is_gone(customer: Customer) -> None:
    dataset_id = customer.upload(two_clusters(10)).json()["id"]
    assert customer.delete(f"/v1/datasets/{dataset_id}").status_code == 204
    refused(customer.get(f"/v1/datasets/{dataset_id}"), 404, "not-found")


BAD_CSV = {
    "ragged": (b"a,1,2\nb,1\n", "Line 2 has 2 columns"),
    "missing label": (b"a,1,2\n,1,2\n", "Line 2 has no label"),
    "a word among numbers": (b"a,1,2\nb,1,secret\n", "Line 2"),
    "an empty cell": (b"a,1,2\nb,,2\n", "Line 2"),
    "nan": (b"a,1,2\nb,nan,2\n", "Line 2"),
    "infinity": (b"a,1,2\nb,1,-inf\n", "Line 2"),
    "too large a number": (b"a,1,2\nb,1,1e999\n", "Line 2"),
    "labels alone": (b"a\nb\n", "has 1 columns"),
    "not text": (b"\xff\xfe\x00\x01\x02", "UTF-8"),
    "a line without end": (b"a," + b"1," * 600_000, "characters"),
    "only blank lines": (b"\n\n\n", "no lines"),
    "only a header": (b"label,a,b\n", "no records"),
}


def test_a_line_that_is_too_wide_is_refused_before_others_are_collected() -> None:
    lines = iter([(1, ["a", "1"]), (2, ["b", *"12345"]), (3, ["c", "1"])])
    with pytest.raises(BadData, match="Line 2 has 6 columns"):
        list(of_width(lines, 2))
    assert [number for number, _ in lines] == [3]


@pytest.mark.parametrize("case", BAD_CSV)
def test_bad_csv_is_refused_by_line_and_never_echoed(customer: Customer, case: str) -> None:
    body, told = BAD_CSV[case]
    detail = refused(customer.upload(body, header="auto"), 422, "bad-data")
    assert told in detail
    assert "secret" not in detail
    assert customer.get("/v1/datasets").json()["items"] == []


BAD_NPY = {
    "a lying header": (claims("(100000, 100000)"), "does not agree"),
    "a negative shape": (claims("(-1, 4)"), "2-D"),
    "a pickled array": (npy(np.array([["a", 1], ["b", 2]], object)), "NPY records must be"),
    "text": (npy(np.array([["a", "b"]])), "NPY records must be"),
    "64-bit integers": (npy(np.ones((2, 2), "i8")), "NPY records must be"),
    "three dimensions": (npy(np.ones((2, 2, 2), "f4")), "2-D"),
    "no records": (npy(np.ones((0, 2), "f4")), "2-D"),
    "Fortran order": (npy(np.ones((3, 2), "f4")).replace(b"False", b"True ", 1), "C order"),
    "nan": (npy(np.array([[0, np.nan], [1, 2]])), "NaN"),
    "a fractional label": (npy(np.array([[0.5, 1], [1, 2]])), "Labels"),
    "not NPY": (b"PK\x03\x04 this is a zip", "numpy.save"),
    "a header that runs code": (claims("(__import__('os').system('true'), 1)"), "numpy.save"),
    "an open bracket": (b'\x93NUMPY\x01\x00\x08\x00{"a": (\n', "numpy.save"),
    "a dtype of nothing": (claims("(2, 2)", "('f4',)"), "numpy.save"),
    "a cut header": (npy(np.ones((2, 2)))[:40], "numpy.save"),
}


@pytest.mark.parametrize("case", BAD_NPY)
def test_bad_npy_is_refused(customer: Customer, case: str) -> None:
    body, told = BAD_NPY[case]
    answer = customer.post("/v1/datasets", content=body, headers={"Content-Type": NPY})
    slug = "not-finite" if case == "nan" else "bad-data"
    assert told in refused(answer, 422, slug)
    assert customer.get("/v1/datasets").json()["items"] == []


def test_an_empty_body_is_refused(customer: Customer) -> None:
    answer = customer.post("/v1/datasets", content=b"", headers={"Content-Type": NPY})
    assert "empty" in refused(answer, 422, "bad-data")


def test_other_media_types_and_compressed_bodies_are_refused(customer: Customer) -> None:
    refused(customer.post("/v1/datasets", content=b"x", headers={"Content-Type": "text/plain"}), 415,
            "unsupported-media-type")  # fmt: skip
    gzipped = {"Content-Type": NPY, "Content-Encoding": "gzip"}
    refused(customer.post("/v1/datasets", content=b"x", headers=gzipped), 415, "unsupported-media-type")


def test_a_long_number_takes_little_memory(customer: Customer) -> None:
    """A cell of 100,000 digits among 1,000 lines: an array of texts would be as wide as the longest."""
    lines = b"a,1." + b"0" * 100_000 + b"\n" + b"b,2\n" * 1_000
    assert customer.upload(lines).json()["rows"] == 1_001


def test_the_same_bytes_with_another_header_are_another_dataset(customer: Customer) -> None:
    body = b"x,1\ny,2\n"
    rows = [customer.upload(body, header=header).json()["rows"] for header in ("absent", "present", "absent")]
    assert rows == [2, 1, 2]


def test_a_document_over_the_limit_is_refused_without_a_key(provider_url: str) -> None:
    chunks = (b" " * 2**20 for _ in range(17))
    answer = httpx.post(
        f"{provider_url}/v1/models", content=chunks, headers={"Content-Type": "application/json"}
    )
    refused(answer, 413, "body-too-large")


def test_a_format_needs_every_feature(customer: Customer) -> None:
    dataset_id = customer.upload(two_clusters(10)).json()["id"]
    one = {"features": [{"name": "a", "kind": "real"}]}
    detail = refused(customer.patch(f"/v1/datasets/{dataset_id}", json=one), 422, "invalid-request")
    assert "6 features" in detail


def test_a_wrong_key_and_other_peoples_ids_tell_nothing(provider_url: str, customer: Customer) -> None:
    dataset_id = customer.upload(two_clusters(10)).json()["id"]
    with Customer(provider_url) as stranger:
        refused(stranger.get(f"/v1/datasets/{dataset_id}"), 404, "not-found")
        refused(stranger.delete(f"/v1/datasets/{dataset_id}"), 404, "not-found")
    with Customer(provider_url, customer.key[:-1] + "!") as forger:
        refused(forger.get("/v1/datasets"), 401, "unauthenticated")
    with Customer(provider_url, "nonsense") as nobody:
        refused(nobody.get("/v1/datasets"), 401, "unauthenticated")
