"""Reports of classifiers: the figures of planted decisions, as they are usually printed."""

import io

import numpy as np
import pytest
from rich.console import Console

from attacker.report.classifiers import shown
from attacker.statistics.classification import classification

MEMBERS, OTHERS = 3307, 1643
TRUTH = np.arange(MEMBERS + OTHERS) < MEMBERS


def printed(decisions):
    report = classification(decisions, TRUTH, np.random.default_rng(0)).as_json()
    out = io.StringIO()
    Console(width=100, file=out).print(*shown(report), sep="\n")
    return out.getvalue()


def rows(text, title):
    """The figures of one classifier's table."""
    lines = text.splitlines()
    begun = lines.index(next(line for line in lines if line.strip() == title))
    return [line.split() for line in lines[begun + 4 : begun + 9]]


@pytest.fixture(scope="module")
def text():
    some = np.concatenate([np.arange(MEMBERS) < 2513, np.arange(OTHERS) < 1216])  # hits, alarms
    return printed({"trees": some, "yes": np.ones_like(TRUTH)})


def test_precision_recall_f1_and_support_are_those_of_the_decisions(text):
    """The first table of the report that this form is taken from: 0.35 0.26 0.30, 0.67 0.76 0.71."""
    zero, one, accuracy, macro, weighted = rows(text, "trees")
    assert zero[-4:] == ["0.35", "0.26", "0.30", "1643"]
    assert one[-4:] == ["0.67", "0.76", "0.71", "3307"]
    assert accuracy == ["accuracy", "0.59", "4950"]
    assert macro[-4:] == ["0.51", "0.51", "0.51", "4950"]
    assert weighted[-4:] == ["0.57", "0.59", "0.58", "4950"]


def test_one_that_only_answers_member_is_said_to_have_found_out_nothing(text):
    zero, one, accuracy, macro, weighted = rows(text, "yes")
    assert zero[-4:] == ["-", "0.00", "0.00", "1643"]
    assert one[-4:] == ["0.67", "1.00", "0.80", "3307"]
    assert (accuracy[1], macro[-4:-1], weighted[-4:-1]) == (
        "0.67",
        ["0.33", "0.50", "0.40"],
        ["0.45", "0.67", "0.54"],
    )
    assert 'These only answer "member": yes. Their precision, 0.67, is the share' in " ".join(text.split())
    assert "Mean F1 for members of all classifiers: 0.76" in text
    assert "Mean accuracy of all classifiers: 0.63" in text
