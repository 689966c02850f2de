"""Texts of others in CSV files of ours: no formulas in a spreadsheet, and themselves when they are read."""

import csv
from pathlib import Path

import pytest

from attacker import cells
from attacker.records import read
from attacker.report.files import write_csv

FORMULA = "=cmd|' /C calc'!A1"


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, [[FORMULA, "@SUM(1)", "+a", "-a", "\ta"], ["cat", -1.5, "-1.5", "1e3", None]])
    with file.open(newline="") as opened:
        formulas, others = csv.reader(opened)
    assert all(cell.startswith("'") for cell in formulas)
    assert others == ["cat", "-1.5", "-1.5", "1e3", ""]


@pytest.mark.parametrize("text", [FORMULA, "'=1", "'", "it's", "'tis", "-1", "", "cat"])
def test_what_was_written_is_read(text: str) -> None:
    assert [cells.read(cell) for cell in cells.written([text])] == [text]


def test_records_of_a_class_that_is_a_formula_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    write_csv(file, [[FORMULA, 1, 2], ["cat", 3, 4]])
    assert read(file, ("cat", FORMULA), 2).labels.tolist() == [1, 0]
