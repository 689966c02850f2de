"""Where a query is answered: a quick model's on the event loop, a slow model's beside it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from live import npy

from services.mlaas import fitted_model
from services.mlaas.predictions.admission import Admission
from services.mlaas.predictions.desk import BYTES_ON_THE_LOOP, MOST_TOGETHER, QUIET_ROUNDS, Desk
from services.mlaas.predictions.native import NativeAsked
from services.mlaas.predictions.query import Query

ASKED = NativeAsked("", None, "request", "application/x-npy", "application/x-npy")


class Noting(fitted_model.FittedModel):
    """Takes its time, by its own clock, and notes who asked about how many records."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.now = seconds, 0.0
        self.asked: list[tuple[str, int]] = []

    def probabilities(self, features: Any) -> Any:
        self.now += self.seconds
        self.asked.append((threading.current_thread().name[:7], len(features)))
        if features.max() > 9:
            raise MemoryError
        return np.hstack([features, 1 - features]).astype(np.float64)

    def to_bytes(self) -> bytes:
        raise NotImplementedError

    @classmethod
    def from_bytes(cls, data: bytes) -> "Noting":
        raise NotImplementedError


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2, "predict") as pool:
        yield pool


def desk_with(model: Noting, threads: ThreadPoolExecutor) -> Desk:
    """With a ledger that charges at once."""

    async def charge(entry: Any) -> int:
        return int(entry.records)

    def enter(waiting: Any) -> None:
        for one in waiting:
            one.answer.set_result(one.entry.records)

    ledger = SimpleNamespace(charge=charge, enter=enter)
    loaded = SimpleNamespace(get=lambda _: model, holds=lambda _: True)
    return Desk(ledger, loaded, threads, 100_000, 1, clock=lambda: model.now)  # type: ignore[arg-type]


def query(value: float, records: int = 1, **admitted: Any) -> Query:
    admission = Admission("account", "model", "artifact", 1, ("a", "b"), **admitted)
    return Query(ASKED, admission, npy(np.full((records, 1), value)))


def asked_together(desk: Desk, queries: list[Query]) -> list[Any]:
    async def ask() -> list[Any]:
        return await asyncio.gather(*map(desk.answer, queries), return_exceptions=True)

    return asyncio.run(ask())


def test_a_quick_model_answers_together_what_arrives_together(threads: ThreadPoolExecutor) -> None:
    model = Noting()
    desk = desk_with(model, threads)
    assert asked_together(desk, [query(0.5)]) == [1]
    queries = [query(0.0), query(0.25, 3), query(1.0)]
    assert asked_together(desk, queries) == [1, 3, 1]
    assert [each.answer.tolist() for each in queries] == [[[0, 1]], [[0.25, 0.75]] * 3, [[1, 0]]]
    assert model.asked == [("predict", 1), ("MainThr", 5)]


@pytest.mark.parametrize(
    ("limit_s", "apart", "products"),
    [(60.0, 2, [2]), (60.0, QUIET_ROUNDS + 2, [1, 1]), (0.0, 2, [1, 1])],
    ids=["while more come", "until nobody comes", "no longer than the limit"],
)
def test_who_comes_soon_after_is_waited_for(
    threads: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    limit_s: float,
    apart: int,
    products: list[int],
) -> None:
    monkeypatch.setattr("services.mlaas.predictions.desk.LONGEST_ON_THE_LOOP_S", limit_s)
    model = Noting()
    desk = desk_with(model, threads)
    desk.quick.add("artifact")

    async def one_after_the_other() -> None:
        first = asyncio.ensure_future(desk.answer(query(0.5)))
        for _ in range(apart):
            await asyncio.sleep(0)
        await asyncio.gather(first, desk.answer(query(0.5)))

    asyncio.run(one_after_the_other())
    assert [records for _, records in model.asked] == products


def test_no_more_than_fit_are_answered_by_one_product(threads: ThreadPoolExecutor) -> None:
    model = Noting()
    desk = desk_with(model, threads)
    desk.quick.add("artifact")
    assert asked_together(desk, [query(0.5) for _ in range(MOST_TOGETHER + 1)]) == [1] * (MOST_TOGETHER + 1)
    assert [records for _, records in model.asked] == [MOST_TOGETHER, 1]


def test_a_slow_model_never_holds_the_loop(threads: ThreadPoolExecutor) -> None:
    model = Noting(seconds=0.02)
    desk = desk_with(model, threads)
    for _ in range(3):
        asked_together(desk, [query(0.5), query(0.5)])
    assert {thread for thread, _ in model.asked} == {"predict"}


def test_a_model_that_has_become_slow_leaves_the_loop(threads: ThreadPoolExecutor) -> None:
    model = Noting()
    desk = desk_with(model, threads)
    asked_together(desk, [query(0.5)])
    model.seconds = 0.02
    asked_together(desk, [query(0.5)])
    asked_together(desk, [query(0.5)])
    assert [thread for thread, _ in model.asked] == ["predict", "MainThr", "predict"]


def test_a_large_body_and_a_guarded_model_are_answered_beside_the_loop(threads: ThreadPoolExecutor) -> None:
    model = Noting()
    desk = desk_with(model, threads)
    asked_together(desk, [query(0.5)])
    asked_together(desk, [query(0.5, records=BYTES_ON_THE_LOOP)])
    assert {thread for thread, _ in model.asked} == {"predict"}
    guarded = desk_with(Noting(), threads)
    for _ in range(2):
        asked_together(guarded, [query(0.5, guard="guard")])
    assert guarded.quick == set()


def test_a_query_that_cannot_be_read_is_refused_alone(threads: ThreadPoolExecutor) -> None:
    desk = desk_with(Noting(), threads)
    asked_together(desk, [query(0.5)])
    good, bad = query(0.5), Query(ASKED, query(0.5).admission, b"no array")
    charged, refused = asked_together(desk, [good, bad])
    assert charged == 1
    assert type(refused).__name__ == "BadData"


def test_what_a_model_cannot_compute_is_an_error_for_those_who_asked(threads: ThreadPoolExecutor) -> None:
    desk = desk_with(Noting(), threads)
    asked_together(desk, [query(0.5)])
    assert [type(each) for each in asked_together(desk, [query(10.0), query(0.5)])] == [MemoryError] * 2


def test_one_who_no_longer_waits_takes_nothing_from_the_others(threads: ThreadPoolExecutor) -> None:
    desk = desk_with(Noting(), threads)
    asked_together(desk, [query(0.5)])

    async def leave_early() -> list[Any]:
        left, waiting = (asyncio.ensure_future(desk.answer(query(10.0))) for _ in range(2))
        await asyncio.sleep(0)
        left.cancel()
        return await asyncio.gather(left, waiting, return_exceptions=True)

    gone, told = asyncio.run(leave_early())
    assert (type(gone), type(told)) == (asyncio.CancelledError, MemoryError)
