"""The report of a run: one page that needs nothing else and says what result.json says, and its tables."""

import csv
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from browser import looked_at, needs_browser
from made_transcript import transcript
from parties import result
from stand_in_runs import attacker

from attacker import inference
from attacker.analysis import finished
from attacker.inference import Operation
from attacker.report import bands, run_report
from attacker.report.document import beside, document
from attacker.report.page import page
from attacker.report.sections import sections
from attacker.report.setting_sections import beside_paper
from attacker.report.summary import lead, title
from attacker.report.words import DASH
from attacker.run_transcript import transcript_of
from attacker.statistics.roc import roc
from attacker.store import Store

METHOD = ("--shadows", "4", "--attacks", "loss_threshold,gap")
ALWAYS = ["summary", "attacks", "answers", "cost", "game", "configuration"]
WITH_TRUTH = [
    "summary",
    "attacks",
    "roc",
    "classes",
    "answers",
    "cost",
    "queries",
    "paper",
    "game",
    "configuration",
]
VOID = {"meta", "br", "hr", "img", "link", "input"}
HOSTILE = "</title><script>alert(1)</script>&amp;\"'"


@pytest.fixture(scope="module")
def run(standin, tmp_path_factory):
    """A game played to its end, with its report."""
    folder = tmp_path_factory.mktemp("report") / "run"
    standin.post("/reset", {})
    for _ in range(2):
        played = attacker("play", standin.game_url, "--out", folder, *METHOD)
        assert played.returncode == 0, played.stderr
        standin.close()
    asked = len(standin.world()["seen"])
    judged = attacker("attacks", folder, "--attacks", METHOD[-1])  # the stand-in tells too little
    assert judged.returncode == 0, judged.stderr
    told = attacker("report", folder)
    assert told.returncode == 0, told.stderr
    assert len(standin.world()["seen"]) == asked
    assert told.stdout.splitlines()[0] == str(folder / "report.html")
    return folder


@pytest.fixture(scope="module")
def html(run):
    return (run / "report.html").read_text()


@pytest.fixture(scope="module")
def found(run):
    return json.loads((run / "report.json").read_text())


class Seen(HTMLParser):
    """What a page holds; fails where an element is not closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text, self.rows = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append([])

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)
        if {"th", "td"} & set(self.open):
            self.rows[-1][-1].append(data)

    def row(self, name):
        """The first row of that name, each cell a number and its interval."""
        return next(row[1:] for row in self.rows if row[0][:1] == [name])


def written(found):
    return page(title(found), list(sections(found)), lead=lead(found))


def headings(seen):
    return [attributes["id"] for tag, attributes in seen.elements if tag == "h2"]


def table(run, name):
    with (run / f"report.{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def number(cell):
    return float(cell) if cell else None


def test_a_page_is_whole_and_asks_for_nothing(html):
    seen = Seen(html)
    assert headings(seen) == WITH_TRUTH
    tags = {tag for tag, _ in seen.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in seen.elements:
        for name in ("src", "srcset", "data", "action", "poster"):
            assert name not in attributes
        assert attributes.get("href", "#").startswith("#")
        assert not [name for name in attributes if name.startswith("on")]
    assert re.findall(r"url\((?!#)|@import|@font-face", html) == []
    ids = [attributes["id"] for _, attributes in seen.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_every_figure_has_an_alternative_text_with_numbers(html):
    pictures = re.findall(r"<svg .*?</svg>", html, re.S)
    assert len(pictures) == 12
    for picture in pictures:
        [name, told] = re.search(r"<title[^>]*>(.*?)</title><desc[^>]*>(.*?)</desc>", picture, re.S).groups()
        assert len(name) > 10
        assert re.search(r"\d", told)


def test_the_numbers_of_the_page_are_those_of_the_result(run, html):
    seen, of_run = Seen(html), result(run)
    for one in of_run["attacks"]:
        cells = seen.row(one["name"])
        low, high = (f"{one['auc'][end]:.3f}" for end in ("low", "high"))
        assert cells[0] == [f"{one['auc']['value']:.3f}", f"{low}{DASH}{high}"]
        for cell, name in zip(cells[1:4], ("precision", "recall", "fpr"), strict=True):
            assert cell[0] == f"{100 * one[name]['value']:.1f}"
        assert cells[4] == ["needs", "100"]  # there are 30 non-members
    for phase, cost in of_run["ledger"].items():
        assert seen.row(phase.replace("_", " "))[0] == [f"{cost['records']:,}"]
    assert seen.row("numpy") == [[of_run["versions"]["numpy"]]]
    assert seen.row("primary") == [["loss_threshold"]]


def test_the_json_is_the_result_and_what_the_page_shows_beside_it(run, found, html):
    report = found.pop("report")
    assert found == result(run)
    found["report"] = report
    assert written(found) == html


def test_the_tables_are_the_json(run, found):
    by_name = {one["name"]: one for one in found["attacks"]}
    for line in table(run, "attacks"):
        one = by_name[line["name"]]
        for name in ("auc", "precision", "recall", "fpr", "f1"):
            assert (number(line[name]), number(line[f"{name}_low"])) == (one[name]["value"], one[name]["low"])
        assert (line["tpr_at_fpr_0.01"], line["tpr_at_fpr_0.01_needs"]) == ("", "100")
        assert json.loads(line["parameters"]) == one["parameters"]
    points = [
        [float(line["fpr"]), float(line["tpr"])]
        for line in table(run, "roc")
        if line["attack"] == "loss_threshold"
    ]
    assert points == by_name["loss_threshold"]["roc"]
    classes = [line for line in table(run, "classes") if line["attack"] == "gap"]
    assert [line["class"] for line in classes] == ["0", "1", "2"]
    assert [number(line["recall"]) for line in classes] == [
        one["recall"]["value"] for one in by_name["gap"]["per_class"]
    ]
    costs = {
        line.pop("phase"): {name: float(value) for name, value in line.items()}
        for line in table(run, "ledger")
    }
    assert costs == found["ledger"]
    assert [number(line["low"]) for line in table(run, "bands")] == [
        point["low"] for points in found["report"]["bands"].values() for point in points
    ]
    assert [number(line["auc"]) for line in table(run, "queries")] == [
        point["auc"]["value"] for point in found["report"]["against_queries"]
    ]


def test_result_against_queries_is_that_of_runs_with_fewer_shadows(run, found):
    points = [one for one in found["report"]["against_queries"] if one["attack"] == "loss_threshold"]
    assert [(one["shadows"], one["records"]) for one in points] == [(2, 3 * 135), (4, 5 * 135)]
    with finished(run) as (store, challenge):
        fewer, truth = transcript_of(store, challenge).with_first(2), store.truth()
    judged = inference.infer(fewer, "loss_threshold", Operation(0))
    assert points[0]["auc"]["value"] == roc(judged.scores, truth).auc()
    [whole] = [one for one in found["attacks"] if one["name"] == "loss_threshold"]
    assert points[-1]["auc"] == whole["auc"]
    alone = [one for one in found["report"]["against_queries"] if one["attack"] == "gap"]
    assert [(one["shadows"], one["records"]) for one in alone] == [(0, 135)]


def test_what_was_fitted_for_a_report_is_fitted_once(run, html, tmp_path):
    notes = []
    again = run_report.write(run, tmp_path / "again.html", notes.append)
    assert notes == []
    assert again.read_text() == html
    assert (tmp_path / "again.json").exists()
    assert (tmp_path / "again.ledger.csv").exists()


def test_an_audit_without_the_truth_has_a_report_too(service, tmp_path, http):
    for name, path in (("c.npy", "candidates"), ("p.npy", "knowledge")):
        np.save(tmp_path / name, np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/{path}").body)))
    paths = ("--candidates", tmp_path / "c.npy", "--population", tmp_path / "p.npy")
    known = ("--url", service.url, "--model", "m-target", "--out", tmp_path / "run", "--shadows", "2")
    audited = attacker("audit", *known, *paths, "--attacks", "loss_threshold,gap")
    assert audited.returncode == 0, audited.stderr
    text = run_report.write(tmp_path / "run", refit=lambda _: None).read_text()
    seen = Seen(text)
    assert headings(seen) == ALWAYS
    assert "who is a member is not known" in "".join(seen.text)
    assert seen.row("gap") == [["disjoint"]]
    assert not (tmp_path / "run" / "report.roc.csv").exists()
    assert table(tmp_path / "run", "attacks")[0]["name"] == "loss_threshold"


def test_names_from_others_are_shown_as_text(found):
    bad = json.loads(json.dumps(found))
    for one in bad["attacks"]:
        one["name"] = HOSTILE + one["name"]
        for place, of in enumerate(one["per_class"]):
            of["class"] = f"{HOSTILE}{place}"
    bad["primary"] = HOSTILE + bad["primary"]
    bad["report"]["bands"] = {HOSTILE + name: band for name, band in bad["report"]["bands"].items()}
    bad["game"] |= {"dataset": HOSTILE, "profile": HOSTILE, HOSTILE: HOSTILE}
    bad["ledger"] = {HOSTILE + phase: cost for phase, cost in bad["ledger"].items()}
    bad["shadows"]["failed"] = [{"model": HOSTILE, "error": HOSTILE}]
    text = written(bad)
    assert "<script" not in text
    seen = Seen(text)
    assert headings(seen) == WITH_TRUTH
    assert "".join(seen.text).count(HOSTILE) > 20


def made(tmp_path, targets):
    """A document of a game of so many targets, and what it was made of."""
    of = transcript(leak=2.0, targets=targets)
    with Store(tmp_path / str(targets)) as store:
        store.keep("configuration", {"seed": 0, "primary": "loss_threshold", "model": "m"})
        store.write("truth", of.truth)
        judged = [inference.infer(of, name, Operation(0)) for name in ("loss_threshold", "gap")]
        for one in judged:
            store.judge(one)
        entries = [inference.evaluation(one, of, of.truth, "o") for one in judged]
        shown = run_report.result.result(store, {}, entries)
        return document(store, of, shown, "o"), of


@pytest.mark.parametrize("targets", [2, 20])
def test_a_game_of_several_targets_is_one_sample_with_wider_bands(targets, tmp_path):
    several, of = made(tmp_path, targets)
    seen = Seen(written(several))
    assert headings(seen) == WITH_TRUTH
    first = several["attacks"][0]
    for number, own in enumerate(first["per_target"]):
        assert seen.row(f"target {number}")[0] == [f"{own['auc']:.3f}"]
    scores = next(one for one in [inference.infer(of, "loss_threshold", Operation(0))]).scores
    band = several["report"]["bands"]["loss_threshold"]
    flat = bands.band(scores.reshape(1, -1), of.truth.reshape(1, -1), np.random.default_rng(0))
    assert [point["tpr"] for point in band] == [point["tpr"] for point in flat]
    widths, narrow = (np.array([point["high"] - point["low"] for point in points]) for points in (band, flat))
    assert widths.mean() > 1.1 * narrow.mean()


def test_a_band_holds_the_curve_and_agrees_with_the_table(tmp_path):
    one, of = made(tmp_path, 1)
    entry = one["attacks"][0]
    points = {round(point["fpr"], 6): point for point in one["report"]["bands"]["loss_threshold"]}
    with Store(tmp_path / "1") as store:
        curve = roc(store.judged()[0].scores, of.truth)
    for fpr, point in points.items():
        assert point["low"] <= point["tpr"] <= point["high"]
        assert point["tpr"] == curve.hits_at(fpr * (1 + 1e-6)) / 200
    least = min(points)  # one false alarm of 200
    assert least == 0.005
    assert points[1.0]["tpr"] == 1
    table = entry["tpr_at_fpr"]["0.01"]
    around = [points[fpr] for fpr in sorted(points) if 0.007 < fpr < 0.015]
    assert min(point["low"] for point in around) <= table["low"] + 0.05
    assert max(point["high"] for point in around) >= table["high"] - 0.05


def test_the_paper_s_numbers_stand_beside_those_of_its_attack():
    def rate(value):
        return {"value": value, "low": value - 0.1, "high": value + 0.1, "count": 1, "of": 1}

    rules = {"knowledge": {"kind": "population"}, "access": "disjoint"}
    game = {"dataset": "shoppers100", "profile": "google", "options": {}, "rules": rules, "members": 2000}
    attacks = [
        {"name": name, "precision": rate(precision), "recall": rate(0.9), "per_class": []}
        for name, precision in (("lira", 0.1), ("shokri:classifier=svm", 0.8))
    ]
    target = {"train_accuracy": rate(0.9), "test_accuracy": rate(0.5)}
    numbers = beside({"game": game, "attacks": attacks, "primary": "lira", "target": target})
    by_metric = {one["metric"]: one for one in numbers}
    assert (by_metric["precision"]["value"], by_metric["precision"]["ours"]["value"]) == (0.935, 0.8)
    assert by_metric["test_accuracy"]["ours"]["value"] == 0.5
    shown = {"report": {"paper": numbers}, "game": game, "shadows": {"ready": 8}}
    seen = Seen("".join(beside_paper(shown)))
    assert seen.row("precision") == [["0.935"], ["0.800", f"0.700{DASH}0.900"], ["-0.135"]]
    assert "made in place of purchase100" in "".join(seen.text)
    without = beside({"game": game, "attacks": attacks[:1], "primary": "lira", "target": {}})
    assert without == []


def test_folders_without_a_finished_run_are_refused(service, tmp_path):
    nothing = attacker("report", tmp_path)
    assert (nothing.returncode, "is no run folder" in nothing.stderr) == (2, True)
    played = attacker(
        "play", service.game_url, "--out", tmp_path / "run", "--shadows", "2", "--attacks", "gap"
    )
    assert played.returncode == 0, played.stderr
    early = attacker("report", tmp_path / "run")
    assert (early.returncode, "has no result yet" in early.stderr) == (2, True)
    for out, said in (("r.txt", "is an .html file"), ("no/r.html", "there is no folder")):
        wrong = attacker("report", tmp_path / "run", "--out", tmp_path / out)
        assert (wrong.returncode, said in wrong.stderr) == (2, True)


@needs_browser
@pytest.mark.parametrize(("width", "columns"), [(390, 1), (1280, 2)])
def test_a_browser_shows_all_of_it_on_a_phone_and_at_a_desk(html, tmp_path, width, columns):
    seen = looked_at(html, width, tmp_path)
    assert seen["widths"] == [width] * 2
    assert (seen["fetched"], seen["beyond"], seen["shown"]) == (0, [], WITH_TRUTH)
    assert (len(seen["pictures"]), seen["columns"]) == (12, columns)
    assert 300 < min(seen["pictures"]) <= max(seen["pictures"]) <= min(480, width / columns)
