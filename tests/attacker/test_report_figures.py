"""Figures as inline SVG: what their alternative texts say, and that words from others stay words."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from attacker.report import figures
from attacker.report.figures import Band, Curve

EDGES = np.linspace(0, 1, 5)
HOSTILE = "_<script>alert('$\\frac{1}$')</script> 漢字 \x00\u202e"


def parsed(svg):
    return ElementTree.fromstring(re.sub(r' xmlns="[^"]+"', "", svg))


def described(svg):
    """Title and description, found as a screen reader finds them."""
    root = parsed(svg)
    assert root.get("role") == "img"
    texts = {one.get("id"): one.text for one in root.iter() if one.get("id")}
    return [texts[name] for name in root.get("aria-labelledby").split()]


def words(svg):
    return [one.text for one in parsed(svg).iter("text")]


EVERY = {
    "roc": lambda name: figures.roc({name: Curve([0, 0.1, 0.2, 0.5, 1], [0, 0.5, 0.6, 0.9, 1])}, title="T"),
    "lines": lambda name: figures.lines(
        {name: Curve([10, 20], [0.5, 0.75], Band([10, 20], [0.4, 0.7], [0.6, 0.8]))},
        title="T", xlabel="records", ylabel="AUC",
    ),
    "cdf": lambda name: figures.cdf({name: [0.25, 0.5, None, 0.75]}, title="T", xlabel="precision"),
    "boxes": lambda name: figures.boxes({name: [0.25, 0.5, 0.75]}, title="T", xlabel="size", ylabel="rate"),
    "scatter": lambda name: figures.scatter(
        {name: ([0, 0.5, 1, None], [0, 0.5, 1, 1])}, title="T", xlabel="gap", ylabel="precision"
    ),
    "histograms": lambda name: figures.histograms(EDGES, {name: [0, 5, 3, 2]}, title="T", xlabel="signal"),
    "bars": lambda name: figures.bars({name: 1234}, title="T", xlabel="records"),
}  # fmt: skip
TOLD = {
    "roc": "a: TPR 0.000 at FPR 0.01, 0.500 at FPR 0.1, 0.900 at FPR 0.5. Chance is the diagonal.",
    "lines": "a: 10: 0.5, 20: 0.75. (records: AUC)",
    "cdf": "a: median 0.50, half of 3 classes from 0.38 to 0.62, all 0.25 to 0.75.",
    "boxes": "a: median 0.50, half of 3 values from 0.38 to 0.62, all 0.25 to 0.75.",
    "scatter": "a: 3 points, gap 0 to 1, precision 0 to 1, correlation 1.00.",
    "histograms": "a: 10, half of them at or below 0.5, most (50%) from 0.25 to 0.5.",
    "bars": "records. a: 1,234.",
}


@pytest.mark.parametrize("kind", EVERY)
def test_the_alternative_text_says_what_is_to_be_seen(kind):
    assert described(EVERY[kind]("a")) == ["T", TOLD[kind]]


@pytest.mark.parametrize("kind", EVERY)
def test_the_same_data_give_the_same_picture(kind):
    assert EVERY[kind]("a") == EVERY[kind]("a")


@pytest.mark.parametrize("kind", EVERY)
def test_words_from_others_stay_words(kind):
    svg = EVERY[kind](HOSTILE)
    assert "<script" not in svg
    assert "\x00" not in svg
    assert "\u202e" not in svg
    assert "_<script>alert('$\\frac{1}$')</script> 漢字" in described(svg)[1]


def test_a_legend_has_names_that_begin_with_anything():
    curve = Curve([0, 1], [0, 1])
    shown = words(figures.lines({"_a": curve, "$b$": curve}, title="T", xlabel="x", ylabel="y"))
    assert "_a" in shown
    assert "$b$" in shown


def test_colours_and_ids_are_the_page_s_and_the_figure_s_own():
    one = EVERY["roc"]("a")
    other = EVERY["roc"]("b")
    assert "currentColor" in one
    assert "var(--series-1, #0072b2)" in one
    assert "#010203" not in one
    ids = [re.findall(r' id="([^"]+)"', svg) for svg in (one, other)]
    assert not set(ids[0]) & set(ids[1])
    for svg in (one, other):
        assert set(re.findall(r'(?:href="|url\()#([\w-]+)', svg)) <= set(re.findall(r' id="([^"]+)"', svg))
        assert "font-family: " not in svg
        assert "<style" not in svg


def test_an_attack_that_says_yes_or_no_has_a_mark_where_it_stands():
    perfect = figures.roc({"gap": Curve([0, 0, 1], [0, 1, 1])}, title="T", floor=0.01)
    assert re.search(r'<use href="#[\w-]+" x="[\d.]+" y="[\d.]+" style="fill: var\(--series-1', perfect)


def test_help_does_without_the_library_that_draws():
    code = "import sys, attacker.cli; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
