"""What the attacker is given, and in which form."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.challenger.dataset import Records, class_names
from services.challenger.files import GameFiles, load
from services.challenger.knowledge import table
from services.challenger.split import Draw, split


def labelled(features: Any, classes: int = 2) -> Records:
    return Records(features, np.arange(len(features)) % classes, class_names(classes))


@pytest.mark.parametrize(
    ("features", "classes", "dtype"),
    [
        (np.eye(200, dtype="u1"), 100, "u1"),
        (np.eye(600, dtype="u1"), 300, "i2"),
        (-np.eye(4, dtype="i1"), 2, "i1"),
        (np.full((3, 2), 70_000, "i8"), 2, "i4"),
        (np.full((3, 2), 0.5, "f4"), 2, "f4"),
        (np.eye(3, dtype=bool), 2, "u1"),
    ],
)
def test_a_table_has_the_label_first_in_the_smallest_dtype_that_holds_it(
    features: Any, classes: int, dtype: str
) -> None:
    records = labelled(features, classes)
    found = table(records)
    assert found.dtype == np.dtype(dtype)
    assert (found[:, 0] == records.labels).all()
    assert (found[:, 1:] == features).all()


def test_the_population_is_all_records_that_are_no_candidates(tmp_path: Path) -> None:
    features = ((np.arange(100)[:, np.newaxis] >> np.arange(8)) & 1).astype("u1")
    draw = Draw("made", members=20, targets=1, null=False, seed="1")
    files = GameFiles(tmp_path / "game")
    files.write(labelled(features), split(draw, features, draw.generator(b"s" * 32)), "population")
    candidates, population = (
        {bytes(row) for row in load(file)} for file in (files.candidates, files.knowledge)
    )
    assert (len(candidates), len(population)) == (40, 60)
    assert candidates | population == {bytes(row) for row in table(labelled(features))}
