from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from live import Customer, two_clusters
from scale.postgres import new_database, postgres
from scale.stack import Stack, a_stack


@pytest.fixture(scope="session")
def socket_folder() -> Iterator[Path]:
    """Of a PostgreSQL server."""
    with postgres() as folder:
        yield folder


@pytest.fixture(scope="module")
def database(socket_folder: Path, request: pytest.FixtureRequest) -> str:
    """The URL of an empty one."""
    return new_database(socket_folder, request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="module")
def stack(database: str, tmp_path_factory: pytest.TempPathFactory, profiles_folder: str) -> Iterator[Stack]:
    with a_stack(tmp_path_factory.mktemp("stack"), database, profiles_folder) as stack:
        yield stack


@pytest.fixture(scope="module")
def place(stack: Stack) -> Iterator[SimpleNamespace]:
    """Two replicas on one database, a trained model of `tiny`, and its owner at the first of them."""
    replicas = [stack.replica("a"), stack.replica("b")]
    stack.supervisor("inline")
    urls = [replica.url for replica in replicas]
    with Customer(urls[0]) as owner:
        dataset = owner.upload(two_clusters(60)).json()["id"]
        base = owner.ended(owner.train(dataset_id=dataset, profile="tiny").json()["id"])["id"]
        yield SimpleNamespace(urls=urls, owner=owner, base=base, dataset=dataset, database=stack.database)
