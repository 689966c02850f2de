"""What the trials found, as report.json keeps it and the README shows it."""

import json
from pathlib import Path

import pytest

from torture import report
from torture.found import Found


class Trial:
    """Kills of nothing, so many times.

    More is not shown.
    """

    FULL = BRIEF = 1


def test_a_trial_done_again_takes_its_own_place(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    for seed, wrong in ((1, ["it broke"]), (2, [])):
        report.add(file, "soak", "nothing", Trial, Found({"kills": 3}, wrong), seed, 1.25)  # type: ignore[arg-type]
    report.add(file, "faults", "other", Trial, Found({"kills": 1}), 3, 2)  # type: ignore[arg-type]
    document = json.loads(file.read_text())
    assert list(document["trials"]) == ["faults/other", "soak/nothing"]
    assert document["trials"]["soak/nothing"]["wrongs"] == 0
    rows = list(report.markdown(document))
    assert rows[-1] == "| `soak/nothing` | Kills of nothing, so many times | 3 kills; 1 s | nothing |"


def test_the_readme_shows_the_report() -> None:
    text = report.README.read_text()
    assert report.inserted(text, report.read(report.FILE)) == text


def test_a_trial_that_did_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="did nothing"):
        Found({"kills": 0})


def test_long_lists_of_what_did_not_hold_are_cut_but_counted() -> None:
    document = Found({"kills": 1}, [str(k) for k in range(50)]).document()
    assert len(document["wrong"]) == 20
    assert document["wrongs"] == 50
