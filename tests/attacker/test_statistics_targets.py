"""Several targets: pooled as one sample, their spread by Student's t or by the crossed bootstrap."""

import numpy as np
import pytest
from scipy.stats import norm, t

from attacker.statistics import crossed, intervals
from attacker.statistics.confusion import confusion
from attacker.statistics.crossed import CrossedBootstrap, FewTargets, spread_over
from attacker.statistics.evaluation import evaluate
from attacker.statistics.rates import Estimate
from attacker.statistics.roc import roc
from attacker.statistics.spread import OwnValues


def game(seed, targets, records=80, shift=1.5, of_target=0.0, of_record=0.0, decimals=9):
    """Scores and membership (T, N): antithetic pairs, and what targets and records differ in."""
    rng = np.random.default_rng(seed)
    membership = np.stack([rng.permutation(records) < records // 2 for _ in range(targets)])
    membership[1::2] = ~membership[: targets // 2 * 2 : 2]
    effects = of_target * rng.standard_normal((targets, 1)) + of_record * rng.standard_normal(records)
    scores = effects + rng.standard_normal((targets, records)) + shift * membership
    return np.round(scores, decimals), membership


def evaluation(scores, membership, **more):
    labels = np.arange(scores.shape[1]) % 3
    rng = np.random.default_rng(0)
    return evaluate(scores, scores > 0.75, membership, labels, ["a", "b", "c"], rng, **more)


def every_rate(found):
    yield from (found.balanced_accuracy, found.accuracy, found.precision, found.recall, found.f1, found.fpr)
    yield from (rate for rate in found.tpr_at_fpr.values() if rate.value is not None)
    yield from (rate for of in found.per_class for rate in (of.precision, of.recall, of.fpr))


# Pooled


@pytest.mark.parametrize("targets", [2, 5, 24])
def test_all_targets_candidates_are_counted_as_one_sample(targets):
    scores, membership = game(0, targets, decimals=1)
    pooled = evaluation(scores, membership)
    labels = np.tile(np.arange(80) % 3, targets)
    flat, member = scores.ravel(), membership.ravel()
    rng = np.random.default_rng(0)
    single = evaluate(flat, flat > 0.75, member, labels, ["a", "b", "c"], rng)
    assert pooled.auc.value == single.auc.value
    assert pooled.roc == single.roc
    for many, one in zip(every_rate(pooled), every_rate(single), strict=True):
        assert (many.value, many.count, many.of) == (one.value, one.count, one.of)
        assert 0 <= many.low <= many.value <= many.high <= 1


def test_of_one_target_a_row_is_the_target():
    scores, membership = game(1, 1)
    labels, rng = np.arange(80) % 3, np.random.default_rng(0)
    row = evaluate(scores[0], scores[0] > 0.75, membership[0], labels, ["a", "b", "c"], rng)
    assert evaluation(scores, membership).as_json() == row.as_json()
    assert "per_target" not in row.as_json()


def test_each_targets_own_figures_stand_beside_the_pooled_ones():
    scores, membership = game(2, 3, records=400)
    told = evaluation(scores, membership).as_json()["per_target"]
    for own, score, member in zip(told, scores, membership, strict=True):
        curve = roc(score, member)
        assert own["auc"] == curve.auc()
        assert own["balanced_accuracy"] == pytest.approx(np.mean((score > 0.75) == member))
        assert own["tpr_at_fpr"] == {"0.01": curve.hits_at(0.01) / 200, "0.001": None, "0.0001": None}


def test_a_target_with_members_only_is_pooled_and_has_no_figures_of_its_own():
    scores, membership = game(3, 3)
    membership[1] = True
    found = evaluation(scores, membership)
    assert found.as_json()["per_target"][1] == {
        "auc": None,
        "balanced_accuracy": None,
        "tpr_at_fpr": {"0.01": None, "0.001": None, "0.0001": None},
    }
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.recall.of == membership.sum()


def test_many_targets_resolve_what_one_cannot():
    one, many = (evaluation(*game(4, targets, records=1000)).tpr_at_fpr["0.001"] for targets in (1, 4))
    assert one.value is None
    assert one.needs == 1000
    assert many.low < many.value < many.high


def test_targets_that_are_all_perfect_leave_doubt_still():
    for targets in (3, 20):
        _, membership = game(0, targets)
        found = evaluation(membership.astype(float), membership)
        assert found.auc.value == found.recall.value == 1.0
        assert found.auc.low < 1
        assert found.recall.low < 1
        assert found.tpr_at_fpr["0.01"].low < 1


# Below twenty: the targets' own values


def test_an_interval_is_students_on_the_arcsine_scale():
    values, centre = np.array([0.2, 0.35, 0.3, 0.5]), 0.33
    angles = np.arcsin(np.sqrt(values))
    half_width = t.ppf(0.975, 3) * np.std(angles, ddof=1) / 2
    low, high = OwnValues().interval(values, centre)
    ends = np.arcsin(np.sqrt([low, high]))
    assert ends - np.arcsin(np.sqrt(centre)) == pytest.approx([-half_width, half_width])


def test_an_interval_stays_between_nothing_and_everything():
    low, high = OwnValues().interval(np.array([0.0, 0.9]), 0.5)
    assert (low, high) == (pytest.approx(0), pytest.approx(1))
    assert OwnValues().interval(np.array([0.4]), 0.4) == (0.4, 0.4)


@pytest.mark.parametrize("targets", [4, 10])
def test_the_interval_of_few_targets_covers_the_truth_as_often_as_it_says(targets):
    truth = norm.cdf((1.5 - 0.75) / np.sqrt(2))  # two noises: the target's and the candidate's
    covered = 0
    for seed in range(200):
        scores, membership = game(seed, targets, records=60, of_target=1.0)
        scores = scores - np.where(membership, 0, 50)  # alarms aside: recall alone is looked at
        pooled = intervals.shares(confusion(scores > 0.75, membership))["recall"]
        own = OwnValues()
        found = own.widened(pooled, own.confusion(scores > 0.75, membership).recall)
        covered += found.low <= truth <= found.high
    assert covered >= 175  # 95 % of 200 is 190, less five standard errors


def test_targets_that_differ_widen_an_interval_and_targets_that_agree_do_not():
    alike, unlike = (evaluation(*game(5, 8, of_target=spread)) for spread in (0.0, 2.0))
    width = {id(found): found.recall.high - found.recall.low for found in (alike, unlike)}
    assert width[id(unlike)] > 2 * width[id(alike)]


# From twenty on: the crossed bootstrap


def slow_draw(bootstrap, draw, scores, membership, fpr):
    """One draw as it would be written on a blackboard: every candidate as often as it was drawn."""
    times = np.outer(bootstrap._targets[draw], bootstrap._records[draw]).ravel()
    drawn, member = np.repeat(scores.ravel(), times), np.repeat(membership.ravel(), times)
    members, others = drawn[member], drawn[~member]
    wins = (members[:, None] > others).mean() + (members[:, None] == others).mean() / 2
    kept = [c for c in [*np.unique(drawn), np.inf] if np.mean(others >= c) <= fpr]
    return wins, np.mean(members >= min(kept))


@pytest.mark.parametrize("decimals", [0, 1, 9])
def test_a_draw_of_the_crossed_bootstrap_is_the_obvious_one(decimals):
    scores, membership = game(6, 20, records=30, decimals=decimals)
    bootstrap = CrossedBootstrap((20, 30), np.random.default_rng(0))
    found = bootstrap.ranked(scores, membership, [0.01, 0.2])
    decided = bootstrap.confusion(scores > 0.75, membership)
    for draw in range(0, 1000, 50):
        for number, fpr in enumerate((0.01, 0.2)):
            auc, tpr = slow_draw(bootstrap, draw, scores, membership, fpr)
            assert found.auc[draw] == pytest.approx(auc)
            assert found.tpr[number, draw] == pytest.approx(tpr)
        times = np.outer(bootstrap._targets[draw], bootstrap._records[draw])
        assert decided.hits[draw] == (times * ((scores > 0.75) & membership)).sum()
        assert decided.non_members[draw] == (times * ~membership).sum()


def test_targets_and_records_are_drawn_each_on_their_own_with_replacement():
    bootstrap = CrossedBootstrap((20, 30), np.random.default_rng(1))
    assert (bootstrap._targets.sum(axis=1) == 20).all()
    assert (bootstrap._records.sum(axis=1) == 30).all()
    assert bootstrap._records.var() == pytest.approx(1 - 1 / 30, abs=0.05)


def test_some_records_are_summed_as_the_others_were_not_there():
    scores, membership = game(7, 20, records=30)
    rows = np.arange(0, 30, 3)
    for spread in (OwnValues(), CrossedBootstrap((20, 30), np.random.default_rng(0))):
        among = np.isin(np.arange(30), rows)
        part = spread.confusion(scores > 0.75, membership, rows)
        whole = spread.confusion((scores > 0.75) & among, membership & among)
        assert part.hits.tolist() == whole.hits.tolist()
        assert part.members.tolist() == whole.members.tolist()


def test_twenty_targets_are_bootstrapped_and_nineteen_are_not():
    rng = np.random.default_rng(0)
    assert isinstance(spread_over((19, 5), rng), FewTargets)
    assert isinstance(spread_over((20, 5), rng), CrossedBootstrap)
    assert (CrossedBootstrap((19, 5), rng)._targets == 1).all()


@pytest.mark.parametrize("effects", [{"of_target": 0.7}, {"of_record": 1.0}, {}])
def test_the_crossed_interval_covers_the_truth_as_often_as_it_says(effects, monkeypatch):
    monkeypatch.setattr(crossed, "DRAWS", 200)
    noise = 1 + sum(effect**2 for effect in effects.values())
    truth = {"auc": norm.cdf(1.5 / np.sqrt(2 * noise)), "tpr": norm.sf(norm.isf(0.1) - 1.5 / np.sqrt(noise))}
    covered = {"auc": 0, "tpr": 0}
    for seed in range(100):
        scores, membership = game(seed, 20, records=60, **effects)
        rng = np.random.default_rng(seed)
        spread, curve = CrossedBootstrap(scores.shape, rng), roc(scores, membership)
        drawn = spread.ranked(scores, membership, [0.1])
        auc = spread.widened(intervals.auc(curve), drawn.auc)
        tpr = spread.widened(intervals.tpr_at_fpr(curve, 0.1, rng), drawn.tpr[0])
        covered["auc"] += auc.low <= truth["auc"] <= auc.high
        covered["tpr"] += tpr.low <= truth["tpr"] <= tpr.high
    assert min(covered.values()) >= 84  # 95 % of 100 is 95, less five standard errors


def test_few_targets_count_their_own_values_and_other_records_too():
    scores, membership = game(9, 3, records=30)
    few, rng = FewTargets((3, 30), np.random.default_rng(0)), np.random.default_rng(0)
    own, redrawn = OwnValues(), CrossedBootstrap((3, 30), rng)
    ranked = few.ranked(scores, membership, [0.1])
    found = few.interval(ranked.auc, 0.8)
    of_targets = own.interval(own.ranked(scores, membership, [0.1]).auc, 0.8)
    of_records = redrawn.interval(redrawn.ranked(scores, membership, [0.1]).auc, 0.8)
    assert found == (min(of_targets[0], of_records[0]), max(of_targets[1], of_records[1]))
    decided = few.confusion(scores > 0.75, membership)
    assert decided.recall[:3].tolist() == own.confusion(scores > 0.75, membership).recall.tolist()
    assert decided.recall[3:].tolist() == redrawn.confusion(scores > 0.75, membership).recall.tolist()


@pytest.mark.parametrize("targets", [12, 20])
def test_records_that_are_learned_unequally_well_are_allowed_for(targets, monkeypatch):
    monkeypatch.setattr(crossed, "DRAWS", 200)
    truth = norm.cdf(1.5 / np.sqrt(1 + 1 + 2**2))
    covered = {"spread": 0, "targets": 0}
    for seed in range(100):
        scores, membership = game(seed, targets, records=60)
        scores += membership * 2 * np.random.default_rng([seed, 1]).standard_normal(60)
        pooled = intervals.auc(roc(scores, membership))
        spread = spread_over(scores.shape, np.random.default_rng(seed))
        for name, of in (("spread", spread), ("targets", OwnValues())):
            found = of.widened(pooled, of.ranked(scores, membership, []).auc)
            covered[name] += found.low <= truth <= found.high
    assert covered["spread"] >= 84  # 95 % of 100 is 95, less five standard errors
    assert covered["targets"] < 84  # the targets' own values know one set of records only


def test_one_sample_alone_would_not_cover_what_targets_differ_in():
    covered = 0
    for seed in range(100):
        scores, membership = game(seed, 20, records=60, of_target=0.7)
        found = intervals.shares(confusion(scores > 0.75, membership))["recall"]
        covered += found.low <= norm.cdf(0.75 / np.sqrt(1.49)) <= found.high
    assert covered < 60


# The parts that are told only when asked for


@pytest.mark.parametrize("targets", [3, 20])
def test_gap_and_calibration_of_several_targets_are_pooled_and_no_narrower_than_one_samples(targets):
    scores, membership = game(8, targets)
    probability, right = 1 / (1 + np.exp(-scores)), scores > 0.5
    many = evaluation(probability, membership, right=right, probabilities=True)
    labels = np.tile(np.arange(80) % 3, targets)
    flat, member = probability.ravel(), membership.ravel()
    rng = np.random.default_rng(0)
    one = evaluate(
        flat, flat > 0.75, member, labels, list("abc"), rng, right=right.ravel(), probabilities=True
    )
    for pooled, single in [
        (many.gap.above, one.gap.above),
        (many.gap.balanced_accuracy, one.gap.balanced_accuracy),
        (many.calibration.brier, one.calibration.brier),
        (many.precision_at_prior["0.01"], one.precision_at_prior["0.01"]),
    ]:
        assert pooled.value == pytest.approx(single.value)
        assert pooled.low <= pooled.value <= pooled.high
        assert pooled.high - pooled.low > 0.9 * (single.high - single.low)
    assert [part.members.of for part in many.calibration.reliability] == [
        part.members.of for part in one.calibration.reliability
    ]


def test_a_difference_of_two_rates_is_widened_within_minus_one_and_one():
    figure = Estimate(-0.9, -0.95, -0.85)
    found = OwnValues().widened_difference(figure, np.array([-1.0, -0.6, -0.9, -1.0]))
    assert -1 <= found.low < -0.95
    assert -0.85 < found.high < 0.5
