"""Who may do what is in a table; keys that may only predict; how a key is stored, and how it is compared."""

import hmac
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import Customer, read_npy, refused, two_clusters

from services.challenger.app import create_app as create_challenger
from services.challenger.settings import Settings as ChallengerSettings
from services.mlaas.accounts import service as accounts
from services.mlaas.app import create_app as create_provider
from services.mlaas.database import open_database
from services.mlaas.keys import service as keys
from services.mlaas.keys.schemas import NewKey
from services.mlaas.keys.tables import Scope
from services.mlaas.settings import Settings as ProviderSettings
from services.web.keys import digest
from services.web.problem import Unauthenticated
from torture.described.permissions import AT_CHALLENGER, AT_PROVIDER, routes_in, routes_of


def test_every_route_has_a_row_in_the_table_of_permissions(tmp_path: Path) -> None:
    """The trial `authorisation` asks each as every kind of caller, and finds it answered as the row says."""
    assert routes_of(create_provider(ProviderSettings(data=tmp_path))) == routes_in(AT_PROVIDER)
    assert routes_of(create_challenger(ChallengerSettings(data=tmp_path))) == routes_in(AT_CHALLENGER)


@pytest.fixture
def trained(customer: Customer) -> str:
    model = customer.train(dataset_id=customer.upload(two_clusters(40)).json()["id"], profile="tiny").json()
    assert customer.ended(model["id"])["state"] == "ready"
    return str(model["id"])


@pytest.fixture
def helper(customer: Customer) -> Iterator[Customer]:
    """Somebody whom the customer gave a key that may only predict."""
    made = customer.post("/v1/keys", json={"scope": "predict", "name": "the app"}).raise_for_status().json()
    with Customer(str(customer.base_url), made["api_key"]) as helper:
        helper.headers["X-Key-Id"] = made["id"]
        yield helper


def test_a_key_that_may_only_predict_asks_what_its_account_may_ask(
    customer: Customer, helper: Customer, trained: str
) -> None:
    records = two_clusters(7)[:, 1:]
    answer = helper.predict(trained, records)
    assert answer.headers["Records-Charged"] == "7"
    assert answer.content == customer.predict(trained, records).content
    assert read_npy(answer.content).shape == (7, 2)
    assert customer.usage(trained)["records"] == 14, "it is the account's usage"


def test_it_reads_a_model_s_format_and_nothing_that_is_the_owner_s_alone(
    customer: Customer, helper: Customer, trained: str
) -> None:
    seen = helper.get(f"/v1/models/{trained}").json()
    whole = customer.get(f"/v1/models/{trained}").json()
    assert seen == {name: whole[name] for name in seen}
    assert set(whole) - set(seen) >= {"dataset_id", "training_rows", "visibility"}
    refused(helper.get("/v1/models"), 403, "predict-only")


def test_it_is_listed_without_its_text_and_is_refused_once_it_is_revoked(
    customer: Customer, helper: Customer, trained: str
) -> None:
    """Also where it was just used, and so is remembered."""
    records, key_id = two_clusters(3)[:, 1:], helper.headers["X-Key-Id"]
    [listed] = customer.get("/v1/keys").json()["items"]
    assert (listed["id"], listed["name"], listed["revoked_at"]) == (key_id, "the app", None)
    assert helper.key not in str(listed)
    helper.predict(trained, records).raise_for_status()
    for _ in range(2):  # to revoke it again changes nothing
        assert customer.delete(f"/v1/keys/{key_id}").status_code == 204
        refused(helper.predict(trained, records), 401, "unauthenticated")
    [listed] = customer.get("/v1/keys").json()["items"]
    assert listed["revoked_at"] is not None
    assert customer.usage(trained)["records"] == 3


def test_a_key_of_another_account_is_no_such_key(customer: Customer, helper: Customer) -> None:
    with Customer(str(customer.base_url)) as stranger:
        detail = refused(stranger.delete(f"/v1/keys/{helper.headers['X-Key-Id']}"), 404, "not-found")
        assert refused(stranger.delete("/v1/keys/k-none"), 404, "not-found") == detail
        assert stranger.get("/v1/keys").json()["items"] == []


def test_keys_are_listed_in_pages(customer: Customer) -> None:
    made = {customer.post("/v1/keys", json={"scope": "predict"}).json()["id"] for _ in range(3)}
    first = customer.get("/v1/keys", params={"page_size": 2}).json()
    rest = customer.get("/v1/keys", params={"page_token": first["next_page_token"]}).json()
    assert {key["id"] for key in first["items"] + rest["items"]} == made
    assert len(first["items"]) == 2


def test_a_scope_that_is_not_offered_is_refused(customer: Customer) -> None:
    for asked in ({"scope": "admin"}, {}, {"scope": "predict", "account_id": "a-1"}):
        refused(customer.post("/v1/keys", json=asked), 422, "invalid-request")


def test_of_a_key_its_digest_alone_is_stored_and_compared_in_constant_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(tmp_path)
    with database.write() as session:
        account, own = accounts.open_account(session)
        further = keys.make(session, account.id, NewKey(scope=Scope.PREDICT)).api_key
    compared = []

    def compare(given: str, stored: str) -> bool:
        compared.append((given, stored))
        return given == stored

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for key in (own, further):
        for text in (key, key[:-1] + "."):
            with database.read() as session:
                try:
                    assert accounts.authenticate(session, text)[0].id == account.id
                except Unauthenticated:
                    assert text != key
            assert compared.pop() == (digest(text), digest(key))
    database.dispose()
    with sqlite3.connect(tmp_path / "mlaas.sqlite") as stored:
        found = {
            row[0]
            for table in ("account", "api_key")
            for row in stored.execute(f"SELECT key_sha256 FROM {table}")
        }
    assert found == {digest(own), digest(further)}


def test_a_body_that_is_no_text_is_told_so(customer: Customer) -> None:
    for body in (b"\xff\xfe", b'{"scope": "\xed\xa0\x80"}', b"[" * 100_000):
        answer = customer.post("/v1/keys", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert len(answer.content) < 1_000
