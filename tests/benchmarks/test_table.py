import pytest

from benchmarks import table
from benchmarks.speed import drawing, results
from benchmarks.speed.figure import Curve, Figure

MACHINE = {"processor": "P", "cores": 2, "gpu": None, "python": "3", "versions": {"torch": "2"}}
ABOUT = {"environment": MACHINE, "steal": 0.012, "seconds": 1.0}
GROWN = Figure(
    "grown",
    "it",
    "the line",
    "s",
    "less",
    (2.0, 1.0),
    (8.0, 2.0),
    2.0,
    curve=Curve("shadow models", "seconds", (1, 2, 3), (1, 2, 3)),
)
TOLD = Figure("told", "that", "a peer", "requests/s", "more", (1234.0,), (100.0,), note="a note")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.json"


def test_the_readme_shows_the_results():
    """Whoever changes one without the other: python -m benchmarks.table."""
    readme = table.README.read_text()
    assert table.inserted(readme, results.read(results.FILE)) == readme


def test_a_figure_is_a_row_of_medians_ratio_spread_and_bar(file):
    results.add(file, "growth", [GROWN, TOLD], ABOUT)
    rows = list(table.markdown(results.read(file)))
    assert "| it | 1.5 s | the line | 5 s | 3 times (2 to 4) | 2, met |" in rows
    assert (
        "| that; a note | 1,234 requests/s | a peer | 100 requests/s | 12.3 times (12.3 to 12.3) | told |"
        in rows
    )
    assert "1 or more alternating rounds" in rows[-1]
    assert "1% of the processors" in rows[-1]


def test_measured_again_a_figure_takes_its_own_place(file):
    results.add(file, "start_up", [TOLD], ABOUT)
    results.add(file, "audit", [GROWN], ABOUT)
    results.add(file, "start_up", [GROWN], ABOUT)
    figures = results.read(file)["figures"]
    assert list(figures) == ["audit", "start_up"]
    assert [one["name"] for one in figures["start_up"]["figures"]] == ["grown"]


def test_the_table_goes_between_its_markers_and_nothing_else_changes(file):
    results.add(file, "audit", [GROWN], ABOUT)
    document = results.read(file)
    text = f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n"
    once = table.inserted(text, document)
    assert once.startswith(f"before\n{table.BEGIN}\n| figure |")
    assert once.endswith(f"{table.END}\nafter\n")
    assert "old" not in once
    assert table.inserted(once, document) == once


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="needs the lines"):
        table.inserted("no table here", results.EMPTY)


def test_the_curves_are_drawn(file, tmp_path):
    results.add(file, "growth", [GROWN, TOLD], ABOUT)
    drawing.draw(results.read(file), tmp_path / "growth.svg")
    drawn = (tmp_path / "growth.svg").read_text()
    assert drawn.count('id="axes_') == 1
    assert ">shadow models<" in drawn
    assert ">seconds<" in drawn
