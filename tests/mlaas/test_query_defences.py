"""What a profile allows to be asked: a quota, a rate, both exact to the record; and what it watches."""

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
from command_line import typed
from live import NPY, Customer, npy, provider, refused, sums_of_the_log, two_clusters

from services.mlaas.__main__ import main
from services.mlaas.database import open_database
from services.mlaas.ledger.charging import Charging, Entry, Waiting
from services.mlaas.ledger.clock import LogClock
from services.mlaas.ledger.limits import Limits
from services.mlaas.ledger.rate import BY_SECOND
from services.mlaas.predictions.admission import STILL_ADMITTED
from services.web import keys

MOST, A_MINUTE = 500, 300  # of tests/profiles/tiny_limited.toml


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("p") / "data"


@pytest.fixture(scope="module")
def place(data: Path, profiles_folder: str) -> Iterator[SimpleNamespace]:
    """A provider whose database is at hand, and a model of `tiny` there."""
    with provider(data, "--workers", "1", "--profiles", profiles_folder) as url, Customer(url) as owner:
        dataset = owner.upload(two_clusters(60)).json()["id"]
        base = owner.ended(owner.train(dataset_id=dataset, profile="tiny").json()["id"])["id"]
        yield SimpleNamespace(url=url, owner=owner, base=base, data=data)


def served(place: SimpleNamespace, profile: str) -> str:
    """A public model of the same training, which nobody has asked."""
    model: str = place.owner.post("/v1/models", json={"from": place.base, "profile": profile}).json()["id"]
    place.owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    return model


def ask(client: httpx.Client, model: str, records: int, **headers: str) -> httpx.Response:
    return client.post(
        f"/v1/models/{model}/predict",
        content=npy(np.zeros((records, 6), "u1")),
        headers={"Content-Type": NPY, **headers},
    )


def storm(url: str, customer: Customer, model: str) -> list[int]:
    """What eight clients of one account are granted at once, and then single records until one is refused."""

    def granted(seed: int) -> list[int]:
        sizes = np.random.default_rng(seed).integers(1, 9, 20)
        with httpx.Client(base_url=url, headers=customer.headers, timeout=60) as client:
            return [charged(ask(client, model, int(size))) for size in sizes]

    with ThreadPoolExecutor(8) as threads:
        found = [size for sizes in threads.map(granted, range(8)) for size in sizes]
    while one := charged(ask(customer, model, 1)):
        found.append(one)
    return found


def charged(answer: httpx.Response) -> int:
    assert answer.status_code in (200, 429), answer.text
    return int(answer.headers.get("records-charged", 0))


def a_minute_passes(data: Path) -> None:
    with sqlite3.connect(data / "mlaas.sqlite") as database:
        database.execute("UPDATE query SET at = at - 60000")


def test_rate_and_quota_are_granted_to_the_record_in_a_storm(place: SimpleNamespace) -> None:
    """The owner is limited as anybody is, and each account by itself."""
    model = served(place, "tiny_limited")
    with Customer(place.url) as stranger:
        for customer in (place.owner, stranger):
            assert sum(storm(place.url, customer, model)) == A_MINUTE
            assert "a minute" in refused(ask(customer, model, 1), 429, "rate-limited")
            assert customer.usage(model) | {"requests": 0} == {
                "model_id": model,
                "requests": 0,
                "records": A_MINUTE,
                "quota": MOST,
                "remaining": MOST - A_MINUTE,
            }
        a_minute_passes(place.data)
        for customer in (place.owner, stranger):
            assert sum(storm(place.url, customer, model)) == MOST - A_MINUTE
            assert "0 more records" in refused(ask(customer, model, 1), 429, "quota-exceeded")
    counted = {name: records for name, _, records in sums_of_the_log(place.data)}
    assert counted[model] == 2 * MOST


@pytest.mark.parametrize(
    ("limits", "sizes", "granted"),
    [
        (Limits(None, 300), [200, 50, 60, 50, 1], [200, 50, 0, 50, 0]),
        (Limits(300, None), [200, 50, 60, 50, 1], [200, 50, 0, 50, 0]),
        (Limits(250, 300), [200, 50, 60, 50, 1], [200, 50, 0, 0, 0]),
        (Limits(300, 250), [200, 50, 60, 50, 1], [200, 50, 0, 0, 0]),
        (Limits(0, 300), [1], [0]),
        (Limits(), [10**6], [10**6]),
    ],
)
def test_what_is_settled_together_is_within_the_limits_too(
    place: SimpleNamespace, limits: Limits, sizes: list[int], granted: list[int]
) -> None:
    """The ledger's thread takes all that waits at once, and none of it is in the log yet."""
    account, model = keys.owner_of(place.owner.key), served(place, "tiny")
    loop = asyncio.new_event_loop()
    group = [
        Waiting(Entry(account, model, size, "r", "0" * 64, limits=limits), loop.create_future())
        for size in sizes
    ]
    loop.close()
    database = open_database(place.data)
    database.put(partial(Charging(STILL_ADMITTED, LogClock(None)).settle, group=group))
    database.dispose()
    assert [one.outcome if isinstance(one.outcome, int) else 0 for one in group] == granted
    assert place.owner.usage(model)["records"] == sum(granted)
    assert {name: total for name, _, total in sums_of_the_log(place.data)}.get(model, 0) == sum(granted)


def test_a_group_that_could_not_be_committed_is_charged_when_it_is_settled_again(
    place: SimpleNamespace,
) -> None:
    """With a further key and without one."""
    account, model = keys.owner_of(place.owner.key), served(place, "tiny")
    made = place.owner.post("/v1/keys", json={"scope": "predict"}).json()["id"]
    loop = asyncio.new_event_loop()
    group = [
        Waiting(Entry(account, model, 3, f"r{number}", "0" * 64, key_id=key), loop.create_future())
        for number, key in enumerate((made, None))
    ]
    loop.close()
    database, charging = open_database(place.data), Charging(STILL_ADMITTED, LogClock(None))
    with database.writers.connect() as connection:
        charging.settle(connection, group)
        connection.rollback()
    database.put(partial(charging.settle, group=group))
    database.dispose()
    assert [one.outcome for one in group] == [3, 3]
    assert {name: total for name, _, total in sums_of_the_log(place.data)}[model] == 6
    assert place.owner.usage(model)["records"] == 6


def test_a_refusal_says_after_how_many_seconds_to_come_again(place: SimpleNamespace) -> None:
    model = served(place, "tiny_limited")
    for records, age_s in ((100, 50), (100, 30), (100, 0)):
        assert charged(ask(place.owner, model, records)) == records
        with sqlite3.connect(place.data / "mlaas.sqlite") as database:
            found = "id = (SELECT max(id) FROM query)"
            database.execute(f"UPDATE query SET at = at - ? WHERE {found}", [1000 * age_s])
    for records, about_s in ((1, 10), (100, 10), (101, 30), (200, 30), (201, 60)):
        answer = ask(place.owner, model, records)
        refused(answer, 429, "rate-limited")
        assert about_s - 5 <= int(answer.headers["retry-after"]) <= about_s + 1
        assert answer.json()["requested"] == records
    detail = refused(answer := ask(place.owner, model, A_MINUTE + 1), 429, "rate-limited")
    assert "can never be answered: send 300 or fewer" in detail
    assert "retry-after" not in answer.headers
    with Customer(place.url) as stranger:  # whose first question it is
        refused(ask(stranger, model, A_MINUTE + 1), 429, "rate-limited")
        assert charged(ask(stranger, model, A_MINUTE)) == A_MINUTE


def test_a_retry_is_not_counted_again(place: SimpleNamespace) -> None:
    model = served(place, "tiny_limited")
    for _ in range(4):
        answer = ask(place.owner, model, 150, **{"Idempotency-Key": f"first {model}"})
        assert answer.status_code == 200
    assert charged(ask(place.owner, model, 150)) == 150
    refused(ask(place.owner, model, 1), 429, "rate-limited")
    answer = ask(place.owner, model, 150, **{"Idempotency-Key": f"first {model}"})
    assert answer.status_code == 200
    assert place.owner.usage(model)["records"] == A_MINUTE


def test_who_may_not_ask_is_told_so_and_not_that_it_is_too_fast(place: SimpleNamespace) -> None:
    model = served(place, "tiny_limited")
    with Customer(place.url) as stranger:
        assert charged(ask(stranger, model, A_MINUTE)) == A_MINUTE
        refused(ask(stranger, model, 1), 429, "rate-limited")
        place.owner.patch(f"/v1/models/{model}", json={"visibility": "private"}).raise_for_status()
        refused(ask(stranger, model, 1), 404, "not-found")


def test_the_rate_is_read_from_an_index_alone(place: SimpleNamespace) -> None:
    """A busy model's log is long, and the reading holds the write lock."""
    with sqlite3.connect(place.data / "mlaas.sqlite") as database:
        named = {"account": "a", "model": "m", "since": 0, "at_1": 1000, "at_2": 1000, "at_3": 1000}
        plan = database.execute(f"EXPLAIN QUERY PLAN {BY_SECOND}", named).fetchall()
    assert "USING COVERING INDEX" in plan[0][-1]
    assert "account_id=? AND model_id=? AND at>?" in plan[0][-1]


def test_searches_are_shown_to_the_operator_and_ordinary_use_is_not(place: SimpleNamespace) -> None:
    dataset = place.owner.upload(two_clusters(300, features=40)).json()["id"]
    asked = {"dataset_id": dataset, "profile": "tiny_watched", "rows": list(range(200))}
    model = place.owner.ended(place.owner.train(**asked).json()["id"])["id"]
    place.owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    records = two_clusters(300, seed=5, features=40)[:, 1:]
    rng = np.random.default_rng(0)

    def changed(some: np.ndarray) -> np.ndarray:
        return np.where(rng.random(some.shape) < 0.05, rng.normal(size=some.shape), some).astype("f4")

    climb = [best := records[:5]] + [best := changed(best) for _ in range(20)]
    habits = {
        "ordinary": [records[start : start + 50] for start in range(0, 300, 50)],
        "near copies of single records": [changed(np.repeat(records[[k]], 20, axis=0)) for k in range(5)],
        "a search from request to request": climb,
        "the same records again and again": [records[:20]] * 8,
    }
    accounts = {}
    for habit, requests in habits.items():
        with Customer(place.url) as customer:
            accounts[habit] = keys.owner_of(customer.key)
            for request in requests:
                assert customer.predict(model, request).status_code == 200
    suspicious = ("usage", "--suspicious", "--data", place.data)
    shown = typed(main, *suspicious, COLUMNS="240").stdout
    lines = [line for line in shown.splitlines() if model in line]
    assert "3 of 4" in shown
    assert len(lines) == 3
    for habit, account in accounts.items():
        found = [line for line in lines if account in line]
        assert len(found) == (habit != "ordinary"), shown
        assert all(habit in line for line in found), shown
    only = typed(main, *suspicious, "--account", accounts["ordinary"], COLUMNS="240").stdout
    assert "0 of 1" in only
    place.owner.delete(f"/v1/datasets/{dataset}").raise_for_status()
    assert typed(main, *suspicious, COLUMNS="240").stdout.count("not judged") == 4


def test_only_the_questions_of_a_watched_profile_are_sketched_and_no_customer_sees_it(
    place: SimpleNamespace,
) -> None:
    watched, plain = served(place, "tiny_watched"), served(place, "tiny")
    for model in (watched, plain):
        ask(place.owner, model, 100, **{"Idempotency-Key": model})
        ask(place.owner, model, 100, **{"Idempotency-Key": model})
        ask(place.owner, model, 1)
    with sqlite3.connect(place.data / "mlaas.sqlite") as database:
        found = "SELECT length(sketch) FROM query WHERE model_id = ? ORDER BY id"
        sizes = [[size for (size,) in database.execute(found, [model])] for model in (watched, plain)]
    assert sizes == [[16 * 128, 128], [None, None]]
    one, other = (place.owner.get(f"/v1/models/{model}").json() for model in (watched, plain))
    assert {key for key in one if one[key] != other[key]} == {"id", "profile", "created_at"}
