"""Live servers for the tests that need one: a provider for the whole session, accounts for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

# For this process before it loads numpy, and for all that it starts. Two tests at once leave no core idle;
# nothing here is encrypted, and every client would spend 50 ms on reading certificates.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = os.devnull

import pytest
from live import Customer, provider, two_clusters

PROFILES = Path(__file__).parent / "profiles"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole games first: what takes longest is not to be begun when the other worker has nothing left."""
    items.sort(key=lambda item: "game" not in item.path.parts)


@pytest.fixture(scope="session")
def provider_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("provider")


@pytest.fixture(scope="session")
def provider_url(provider_data: Path) -> Iterator[str]:
    with provider(provider_data, "--workers", "1", "--profiles", str(PROFILES)) as url:
        yield url


@pytest.fixture
def customer(provider_url: str) -> Iterator[Customer]:
    with Customer(provider_url) as customer:
        yield customer


@pytest.fixture(scope="session")
def shared(provider_url: str) -> Iterator[SimpleNamespace]:
    """A ready model that everybody may ask, its owner, and records like those it was trained on."""
    with Customer(provider_url) as owner:
        dataset = owner.upload(two_clusters(60)).json()
        model = owner.train(dataset_id=dataset["id"], profile="tiny").json()
        assert owner.ended(model["id"])["state"] == "ready"
        owner.patch(f"/v1/models/{model['id']}", json={"visibility": "public"}).raise_for_status()
        yield SimpleNamespace(owner=owner, id=model["id"], records=two_clusters(50, seed=1)[:, 1:])


@pytest.fixture(scope="session")
def profiles_folder() -> str:
    return str(PROFILES)
