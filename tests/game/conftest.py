"""The three parties of a game, as processes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from live import challenger, provider
from parties import Table
from sklearn.datasets import load_digits

WRONG = 0.7  # share of the digits that have been given any label


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory, profiles_folder: str) -> Iterator[Table]:
    folder = tmp_path_factory.mktemp("table")
    keep_mislabelled_digits(folder / "datasets")
    with (
        provider(folder / "provider", "--workers", "1", "--profiles", profiles_folder) as url,
        challenger(
            folder / "challenger", "--provider", url, "--datasets", str(folder / "datasets")
        ) as referee,
    ):
        yield Table(url, referee, folder)


def keep_mislabelled_digits(cache: Path) -> None:
    """In the place of the digits: what a model says of a wrong label tells whether it has learned it."""
    pixels, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    wrong = rng.random(len(labels)) < WRONG
    labels[wrong] = rng.integers(0, 10, wrong.sum())
    cache.mkdir()
    np.savez(cache / "digits.npz", x=pixels.astype("u1"), y=labels)
