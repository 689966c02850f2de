"""Records as owners keep them: files of three kinds, columns of numbers and words, one encoding for all."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from services.challenger.owning.encoding import Encoded, encode
from services.challenger.owning.files import read
from services.web.command import CommandError

NAMES = ["city", "age", "paid", "income", "sick"]
ROWS = [("Oslo", 31, True, 1.5, "no"), ("Bern", 40, False, 2.25, "yes"), ("Oslo", 29, True, 0.125, "no")]
MORE = [("Cork", 55, False, 9.0, "yes"), ("Bern", 18, False, -1.0, "no")]


def as_csv(file: Path, rows: list[Any], names: list[str] | None = NAMES) -> Path:
    lines = ([names] if names else []) + [list(map(str, row)) for row in rows]
    file.write_text("".join(",".join(line) + "\n" for line in lines))
    return file


def as_parquet(file: Path, rows: list[Any]) -> Path:
    columns = dict(zip(NAMES, map(list, zip(*rows, strict=True)), strict=True))
    columns["city"] = pyarrow.array(columns["city"]).dictionary_encode()
    parquet.write_table(pyarrow.table(columns), file)
    return file


def encoded(files: list[Path], label: str | None = None, classes: tuple[str, ...] | None = None) -> Encoded:
    return encode(read(files), label, classes)


def test_words_are_categories_and_the_encoding_is_told(tmp_path: Path) -> None:
    found = encoded([as_csv(tmp_path / "a.csv", ROWS), as_csv(tmp_path / "b.csv", MORE)], "sick")
    told = found.description.document()
    assert told["classes"] == ["no", "yes"]
    city, age, paid, income = told["features"]
    assert city == {
        "name": "city", "kind": "categorical", "min": 0, "max": 2, "values": [0, 1, 2],
        "categories": ["Bern", "Cork", "Oslo"],
    }  # fmt: skip
    assert (age["kind"], age["min"], age["max"]) == ("integer", 18, 55)
    assert (paid["kind"], paid["min"], paid["max"]) == ("binary", 0, 1)
    assert (income["kind"], income["min"], income["max"]) == ("real", -1, 9)
    assert found.tables[0].tolist() == [[0, 2, 31, 1, 1.5], [1, 0, 40, 0, 2.25], [0, 2, 29, 1, 0.125]]
    assert found.tables[1].tolist() == [[1, 1, 55, 0, 9], [0, 0, 18, 0, -1]]


def test_parquet_gives_what_csv_gives_in_any_order_of_columns(tmp_path: Path) -> None:
    files = as_csv(tmp_path / "a.csv", ROWS), as_csv(tmp_path / "b.csv", MORE)
    expected = encoded(list(files), "sick")
    mixed = encoded([files[0], as_parquet(tmp_path / "b.parquet", MORE)], "sick")
    assert mixed.description == expected.description
    assert all(np.array_equal(*pair) for pair in zip(mixed.tables, expected.tables, strict=True))


def test_files_without_names_have_the_label_first(tmp_path: Path) -> None:
    table = np.array([[2, 0.5, 7], [10, 1.5, 8]])
    np.save(tmp_path / "a.npy", table)
    files = [tmp_path / "a.npy", as_csv(tmp_path / "b.csv", [(2, 3, 4)], names=None)]
    found = encoded(files)
    assert found.description.classes == ("2", "10")
    assert [feature.name for feature in found.description.features] == ["f0", "f1"]
    assert [one.tolist() for one in found.tables] == [[[0, 0.5, 7], [1, 1.5, 8]], [[0, 3, 4]]]


def test_classes_have_the_order_that_is_asked_for(tmp_path: Path) -> None:
    file = as_csv(tmp_path / "a.csv", ROWS)
    assert encoded([file], "sick", ("yes", "maybe", "no")).tables[0][:, 0].tolist() == [2, 0, 2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1,2\n3\n", "record 1 has 1 fields"),
        ("1,2\n3,\n", "record 1 has no f0"),
        ("1,2\n3,nan\n", "record 1 has no finite f0"),
        ("label,x\n1,2\n1,3\n", "give all CSV files the same first line"),
        ("", "holds no records"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(CommandError, match=r"a\.csv") as refused:
        read([tmp_path / "a.csv", as_csv(tmp_path / "b.csv", [(5, 6)], names=None)])
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["a.txt", "a.npy", "a.parquet", "a.csv"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x93NUMPY\xff\xfe not")
    with pytest.raises(CommandError, match="a"):
        read([tmp_path / name])


def test_missing_values_other_columns_and_names_of_records_are_refused(tmp_path: Path) -> None:
    parquet.write_table(pyarrow.table({"x": [1, None], "y": [1, 2]}), tmp_path / "a.parquet")
    with pytest.raises(CommandError, match="records without x"):
        read([tmp_path / "a.parquet"])
    other = as_csv(tmp_path / "o.csv", [(1, 2)], names=["u", "v"])
    with pytest.raises(CommandError, match="other columns"):
        read([other, as_parquet(tmp_path / "p.parquet", ROWS)])
    mixed = [
        as_csv(tmp_path / "x.csv", [(0, "five")], ["y", "x"]),
        as_csv(tmp_path / "z.csv", [(0, 5)], ["y", "x"]),
    ]
    with pytest.raises(CommandError, match="words in one file"):
        encoded(mixed)
    many = as_csv(tmp_path / "m.csv", [(0, f"id{row}") for row in range(1_001)], names=["y", "who"])
    with pytest.raises(CommandError, match="different words"):
        encoded([many])
