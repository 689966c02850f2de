"""Records in storage: the narrowest type that holds every value, whatever comes in which order."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from services.mlaas.datasets.records import Block, name_of, read_records, write_records
from services.mlaas.errors import Damaged
from services.mlaas.storage import Folder

BYTES, SHORTS, WORDS, REALS = (
    np.array(rows) for rows in ([[0, 255]], [[-7, 9000]], [[2**30, 1]], [[0.1, -(2.0**60)]])
)


@pytest.mark.parametrize(
    ("parts", "dtype"),
    [
        ((BYTES, BYTES), "u1"),
        ((BYTES, SHORTS), "i2"),
        ((BYTES, SHORTS, WORDS), "i4"),
        ((BYTES, np.array([[0.5, 2]])), "f4"),
        ((WORDS, np.array([[0.5, 2]])), "f8"),
        ((BYTES, WORDS, REALS), "f8"),
    ],
)
def test_features_are_kept_exactly_in_the_narrowest_type(
    parts: tuple[np.ndarray, ...], dtype: str, tmp_path: Path
) -> None:
    for number, order in enumerate(permutations(parts)):
        folder = tmp_path / str(number)
        folder.mkdir()
        blocks = [Block([str(rank)], features) for rank, features in enumerate(order)]
        described = write_records(blocks, folder, most_classes=9)
        stored = np.load(folder / "features.npy", mmap_mode="r")
        assert stored.dtype == dtype
        assert (described.rows, described.features) == stored.shape == (len(parts), 2)
        np.testing.assert_array_equal(stored, np.concatenate(order))
        np.testing.assert_array_equal(np.load(folder / "labels.npy"), np.arange(len(parts)))
        assert {file.name for file in folder.iterdir()} == {"features.npy", "labels.npy"}


@pytest.mark.parametrize("name", ["features.npy", "labels.npy"])
@pytest.mark.parametrize("kept", [0, 60, -1])
def test_records_that_were_cut_are_said_to_be_damaged(name: str, kept: int, tmp_path: Path) -> None:
    folder = tmp_path / name_of("d-1")
    folder.mkdir(parents=True)
    write_records([Block(["0", "1"], BYTES.repeat(2, 0))], folder, most_classes=9)
    read_records(Folder(tmp_path), "d-1")
    (folder / name).write_bytes((folder / name).read_bytes()[:kept])
    with pytest.raises(Damaged, match="upload it again"):
        read_records(Folder(tmp_path), "d-1")
