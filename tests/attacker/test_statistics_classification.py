"""Classification reports, against scikit-learn's."""

import json

import numpy as np
import pytest
from sklearn.metrics import classification_report

from attacker.statistics.classification import classification


def game(seed, members=300, non_members=300):
    rng = np.random.default_rng(seed)
    membership = rng.permutation(np.arange(members + non_members) < members)
    return rng.random(len(membership)) < 0.4 + 0.3 * membership, membership


@pytest.mark.parametrize("answers", ["mixed", "member", "non-member"])
def test_a_report_has_scikit_learns_figures(answers):
    decisions, membership = game(0, members=200)
    decisions = {"mixed": decisions, "member": membership | True, "non-member": membership & False}[answers]
    found = classification({"one": decisions}, membership, np.random.default_rng(0)).reports["one"]
    expected = classification_report(
        membership.astype(int), decisions.astype(int), output_dict=True, zero_division=0
    )
    for kind, name in ((found.non_members, "0"), (found.members, "1")):
        assert kind.support == expected[name]["support"]
        for measure, title in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert (getattr(kind, measure).value or 0) == pytest.approx(expected[name][title])
    assert found.accuracy.value == pytest.approx(expected["accuracy"])
    for weighted, name in ((False, "macro avg"), (True, "weighted avg")):
        averages = [expected[name][title] for title in ("precision", "recall", "f1-score")]
        assert list(found.average(weighted).values()) == pytest.approx(averages)


def test_two_to_one_leaves_half_of_the_non_members_out_for_all_classifiers_alike():
    decisions, membership = game(1, members=300, non_members=300)
    rng = np.random.default_rng(0)
    found = classification({"a": decisions, "b": decisions}, membership, rng, "two_to_one")
    a, b = found.reports.values()
    assert (a.members.support, a.non_members.support) == (300, 150)
    assert a.non_members.recall == b.non_members.recall
    assert a.members.recall.count == (decisions & membership).sum()


def test_each_target_is_brought_to_two_to_one_by_itself():
    rows = [game(seed, members=40, non_members=60) for seed in range(3)]
    decisions, membership = (np.stack(column) for column in zip(*rows, strict=True))
    found = classification({"a": decisions}, membership, np.random.default_rng(0), "two_to_one").reports["a"]
    assert (found.members.support, found.non_members.support) == (120, 90)


def test_a_classifier_that_only_answers_member_is_flagged_however_good_its_f1():
    decisions, membership = game(2)
    answers = {"always": np.ones(600, bool), "never": np.zeros(600, bool), "mixed": decisions}
    found = classification(answers, membership, np.random.default_rng(0), "two_to_one")
    assert {name: report.only_member for name, report in found.reports.items()} == {
        "always": True,
        "never": False,
        "mixed": False,
    }
    always = found.reports["always"]
    assert always.members.f1.value == pytest.approx(0.8)  # as five of the seven classifiers of the report
    assert always.accuracy.value == pytest.approx(2 / 3)
    assert always.non_members.precision.value is None


def test_the_means_are_over_the_classifiers():
    decisions, membership = game(3)
    found = classification({"a": decisions, "b": ~decisions}, membership, np.random.default_rng(0))
    a, b = found.reports.values()
    assert found.mean_accuracy == pytest.approx(0.5)
    assert found.mean_f1 == pytest.approx((a.members.f1.value + b.members.f1.value) / 2)


def test_every_rate_has_its_interval_and_the_document_is_json():
    decisions, membership = game(4)
    told = classification({"one": decisions}, membership, np.random.default_rng(0)).as_json()
    assert list(told) == ["mix", "mean_f1", "mean_accuracy", "classifiers"]
    one = told["classifiers"]["one"]
    assert list(one) == ["0", "1", "accuracy", "macro_avg", "weighted_avg", "only_member"]
    assert list(one["0"]) == ["precision", "recall", "f1", "support"]
    for rate in (
        one["accuracy"],
        *(one[kind][name] for kind in "01" for name in ("precision", "recall", "f1")),
    ):
        assert rate["low"] < rate["value"] < rate["high"]
    assert json.loads(json.dumps(told)) == told


def test_candidates_of_one_kind_are_refused():
    with pytest.raises(ValueError, match="both members and non-members"):
        classification({"one": np.ones(5)}, np.ones(5), np.random.default_rng(0))
