"""A table or figure reproduced over HTTP: an experiment of our own, small enough for a test."""

import csv
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from live import eventually
from parties import Table

from attacker import paper

SMALL = Path(__file__).parents[1] / "experiments" / "small.toml"
CLASSIFIERS = SMALL.with_name("classifiers.toml")
UNEXPECTED = ("not offered", "too large")


def reproduce(table: Table, out: Path, file: Path = SMALL) -> "subprocess.CompletedProcess[str]":
    words = ["-m", "attacker", "reproduce", str(file), "--challenger", table.challenger, "--out", str(out)]
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def reproduced(table: Table, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of all reproductions, and what was said."""
    out = tmp_path_factory.mktemp("reproduce")
    done = reproduce(table, out)
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def document(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "small-quick" / "reproduction.json").read_text())
    return found


def lines(out: Path) -> dict[str, dict[str, Any]]:
    return {line["label"]: line for line in document(out)["lines"]}


def numbers(line: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {number["metric"]: number for number in line["numbers"]}


def test_the_papers_numbers_stand_beside_ours(reproduced: tuple[Path, str]) -> None:
    found = lines(reproduced[0])
    assert numbers(found["as it is"])["precision"]["paper"] == 0.9
    assert numbers(found["the same again"])["precision"]["paper"] == 0.8
    run = json.loads((Path(found["as it is"]["run"]) / "result.json").read_text())
    [primary] = [attack for attack in run["attacks"] if attack["name"] == run["primary"]]
    ours = numbers(found["as it is"])
    assert ours["precision"]["value"] == primary["precision"]["value"]
    assert ours["tpr_at_1_fpr"]["value"] == primary["tpr_at_fpr"]["0.01"]["value"]
    assert ours["train_accuracy"]["value"] == run["target"]["train_accuracy"]["value"]
    of_classes = [one["precision"]["value"] for one in primary["per_class"]]
    assert ours["median_precision"]["value"] == np.median([rate for rate in of_classes if rate is not None])
    assert all(number["low"] <= number["value"] <= number["high"] for number in ours.values())


def test_a_null_game_comes_out_at_a_half(reproduced: tuple[Path, str]) -> None:
    auc = numbers(lines(reproduced[0])["null game"])["auc"]
    assert abs(auc["value"] - 0.5) < auc["high"] - auc["low"]  # four standard errors: one null game in 20,000


def test_a_game_is_played_once_whatever_asks_for_it(reproduced: tuple[Path, str]) -> None:
    out = reproduced[0]
    found = lines(out)
    assert found["as it is"]["run"] == found["the same again"]["run"]
    assert len([game for game in (out / "games").iterdir() if (game / "result.json").exists()]) == 2


def test_what_is_not_played_is_said_with_its_reason(reproduced: tuple[Path, str]) -> None:
    out, said = reproduced
    found = lines(out)
    assert {label for label, line in found.items() if line["reason"]} == {*UNEXPECTED, "large"}
    assert "no profile of that name" in found["not offered"]["reason"]
    assert all(f"{label} was not played." in said for label in UNEXPECTED)
    assert "large was not played. It is at --scale paper." in said
    summary = (out / "summary.md").read_text()
    assert "| not offered | 120, 2 | precision | 0.700 | not played |" in summary


def test_a_reproduction_that_is_there_asks_nothing_more(table: Table, reproduced: tuple[Path, str]) -> None:
    out, said = reproduced
    before = sorted((out / "games").rglob("*"))
    again = reproduce(table, out)
    assert again.stdout == said
    assert sorted((out / "games").rglob("*")) == before


def test_a_stopped_reproduction_goes_on(table: Table, tmp_path: Path) -> None:
    """Killed when its first game is created: that game is gone on with, not created again."""
    words = ["-m", "attacker", "reproduce", str(SMALL), "--challenger", table.challenger]
    with subprocess.Popen([sys.executable, *words, "--out", str(tmp_path)]) as process:
        began = eventually(lambda: list(tmp_path.glob("games/*/owner.json")))
        process.kill()
    kept = {file: file.read_bytes() for file in began}
    done = reproduce(table, tmp_path)
    assert done.returncode == 0, done.stderr
    assert {file: file.read_bytes() for file in began} == kept
    assert lines(tmp_path)["as it is"]["reason"] == ""


def test_only_its_user_may_read_a_games_key(reproduced: tuple[Path, str]) -> None:
    modes = {file.stat().st_mode & 0o777 for file in reproduced[0].glob("games/*/owner.json")}
    assert modes == {0o600}


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.figures, self.told = 0, list[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.figures += tag == "figure"
        assert not any(
            (value or "").startswith("http") for name, value in attributes if name in ("src", "href")
        )

    def handle_data(self, data: str) -> None:
        self.told.append(data)


def test_the_page_and_the_tables_say_the_same(reproduced: tuple[Path, str]) -> None:
    out = reproduced[0]
    page = Page((out / "small-quick" / "reproduction.html").read_text())
    text = " ".join(page.told)
    with (out / "small-quick" / "reproduction.csv").open() as file:
        rows = list(csv.DictReader(file))
    found = lines(out)
    markdown = (out / "small-quick" / "reproduction.md").read_text()
    for row in rows:
        if row["reason"]:
            continue
        number = numbers(found[row["label"]])[row["metric"]]
        assert float(row["ours"]) == number["value"]
        assert f"{number['value']:.3f}" in text
        assert f"{number['value']:.3f}" in markdown
    cdfs, boxes, scatters = 2, 1, 2
    signals = 2  # each in a histogram over all classes, and in one for each class that a game names
    as_it_is, null_game, the_same_again = signals * (1 + 1), signals, signals
    assert page.figures == cdfs + boxes + scatters + as_it_is + null_game + the_same_again


def test_the_summary_has_every_number_of_the_paper(reproduced: tuple[Path, str]) -> None:
    out = reproduced[0]
    rows = [row.split(" | ") for row in (out / "summary.md").read_text().splitlines()[2:]]
    told = {(row[1], row[3]): (row[4], row[5]) for row in rows}
    found = lines(out)
    not_played = [key for key, numbers in told.items() if "not played" in numbers]
    assert not_played == [("not offered", "precision")]
    told = {key: tuple(map(float, numbers)) for key, numbers in told.items() if key not in not_played}
    expected = {
        (f"{line['label']}, {line['attack']}", number["metric"]): (number["paper"], number["value"])
        for line in found.values()
        for number in line["numbers"]
        if number["paper"] is not None and not line["reason"]
    }
    assert told == {key: (paper, pytest.approx(ours, abs=5e-4)) for key, (paper, ours) in expected.items()}


def test_each_attack_has_a_line_at_a_ratio_of_two_members_to_one_other(table: Table, tmp_path: Path) -> None:
    """All members and half of the others; which half is drawn, so the numbers must agree with each other."""
    done = reproduce(table, tmp_path, CLASSIFIERS)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "classifiers-quick" / "reproduction.json").read_text())["lines"]
    by_attack = {line["attack"]: line for line in found}
    assert by_attack["lira"]["reason"] == "lira could not be fitted on what was answered."
    run = json.loads((Path(found[0]["run"]) / "result.json").read_text())
    balanced = {attack["name"]: attack for attack in run["attacks"]}
    for name in ("shokri:classifier=svm", "gap"):
        ours, recall, fpr = numbers(by_attack[name]), balanced[name]["recall"], balanced[name]["fpr"]
        assert ours["recall"]["value"] == recall["value"]
        members, others = recall["of"], fpr["of"] - fpr["of"] // 2
        wrong = round(recall["count"] * (1 / ours["precision"]["value"] - 1))
        assert max(0, fpr["count"] - fpr["of"] // 2) <= wrong <= min(fpr["count"], others)
        assert ours["precision"]["value"] == pytest.approx(recall["count"] / (recall["count"] + wrong))
        right = recall["count"] + others - wrong
        assert ours["accuracy"]["value"] == pytest.approx(right / (members + others))
    assert "some members known, shokri:classifier=svm" in (tmp_path / "summary.md").read_text()


def test_figure_11_has_the_owners_side_of_every_class(table: Table, reproduced: tuple[Path, str]) -> None:
    run = Path(lines(reproduced[0])["as it is"]["run"])
    kept = json.loads((run / "generalisation.json").read_text())
    url = json.loads((run / "owner.json").read_text())["url"]
    assert httpx.get(f"{url}/generalisation").json() == kept
    assert len(kept["targets"][0]["per_class"]) == 10


@pytest.mark.parametrize("name", paper.names())
@pytest.mark.parametrize("scale", paper.SCALES)
def test_every_experiment_can_be_meant(name: str, scale: paper.Scale) -> None:
    experiment = paper.Experiment.read(name, scale)
    assert experiment.games
    assert experiment.title
    assert experiment.differences
    for planned in experiment.games:
        assert planned.method().shadows == planned.shadows
        assert planned.paper.keys() <= set(experiment.metrics)


def test_an_experiment_that_cannot_be_meant_is_refused(table: Table, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "mine"\n[[games]]\nlabel = 3\n')
    words = ["-m", "attacker", "reproduce", str(file), "--challenger", table.challenger]
    refused = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "describes no experiment" in refused.stderr
