"""What an account may store: exact in a storm, at every API process, and lists of rows count."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from live import Customer, npy, provider, refused, two_clusters

from services.mlaas.turns import Turns

ROWS = 50
SIZE = len(npy(two_clusters(ROWS)))
MOST_BYTES = 10_000


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory, profiles_folder: str) -> Iterator[tuple[str, str]]:
    """Two API processes of one provider that trains nothing."""
    data: Path = tmp_path_factory.mktemp("provider") / "data"
    arguments = ("--workers", "0", "--profiles", profiles_folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLAAS_ACCOUNT_BYTES", str(MOST_BYTES))
        with provider(data, *arguments) as one, provider(data, *arguments) as other:
            yield one, other


def test_uploads_at_once_to_two_processes_are_no_more_than_may_be_stored(urls: tuple[str, str]) -> None:
    with (
        Customer(urls[0]) as first,
        Customer(urls[1], first.key) as second,
        ThreadPoolExecutor(16) as threads,
    ):

        def send(seed: int) -> int:
            return (first, second)[seed % 2].upload(two_clusters(ROWS, seed=seed)).status_code

        statuses = list(threads.map(send, range(32)))
        assert set(statuses) == {201, 403}
        assert statuses.count(201) <= MOST_BYTES // SIZE
        while (more := send(100 + len(statuses))) == 201:
            statuses.append(more)
        stored = first.get("/v1/datasets").json()["items"]
        assert statuses.count(201) == len(stored) == MOST_BYTES // SIZE


def test_lists_of_rows_count_until_their_model_is_cancelled_or_deleted(urls: tuple[str, str]) -> None:
    with Customer(urls[0]) as customer:
        dataset = customer.upload(two_clusters(ROWS)).json()["id"]
        asked = {"dataset_id": dataset, "profile": "tiny", "rows": list(range(ROWS)) * 40}
        first = customer.train(**asked).json()["id"]
        assert "delete some datasets or models" in refused(customer.train(**asked), 403, "storage-full")
        customer.post(f"/v1/models/{first}/cancel")
        second = customer.train(**asked)
        assert second.status_code == 202
        refused(customer.train(**asked), 403, "storage-full")
        customer.delete(f"/v1/models/{second.json()['id']}")
        assert customer.train(**asked).status_code == 202


def test_an_account_waits_for_itself_and_for_no_other() -> None:
    async def taken(turns: Turns) -> list[bool]:
        async with turns.of("one"):
            meanwhile = [turns.of("one").locked(), turns.of("other").locked()]
        return [*meanwhile, turns.of("one").locked()]

    assert asyncio.run(taken(Turns(1))) == [True, False, False]
