"""The three parties of a game, as processes."""

from collections.abc import Iterator

import pytest
from live import challenger, provider
from parties import Table


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory, profiles_folder: str) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("table")
    with (
        provider(folder / "provider", "--workers", "2", "--profiles", profiles_folder) as url,
        challenger(
            folder / "challenger", "--provider", url, "--datasets", str(folder / "datasets")
        ) as referee,
    ):
        yield Table(url, referee, folder)
