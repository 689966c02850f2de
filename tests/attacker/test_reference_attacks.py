"""The attacks that ask shadows about the very record: each against a slow and obvious loop, or its paper."""

import math

import numpy as np
import pytest
from made_transcript import transcript
from scipy import stats

from attacker.answers import Answers
from attacker.attack import ATTACKS
from attacker.attacks.calibrated import SIGNALS
from attacker.errors import CannotAttack, ConfigurationError
from attacker.gaussian import Prior
from attacker.moments import Moments
from attacker.shadow_answers import Shadows
from attacker.statistics.roc import roc
from attacker.threat_model import AdversaryView, Asked, Case

DISJOINT = transcript(2.0, 5, members=60, shadows=6, apart=20)
ADAPTIVE = transcript(2.0, 6, members=60, shadows=6, apart=20, access="adaptive")


def fitted(name, made, **parameters):
    return ATTACKS.load(name)(**parameters).fit(made.view(), np.random.default_rng(0))


def log_odds(probabilities, label):
    return math.log(probabilities[label]) - math.log(sum(np.delete(probabilities, label)))


def loop(made, judge):
    """A score for each candidate: `judge(at_target, at_in_shadows, at_out_shadows, label)`, vectors each."""
    scores = []
    for record, label in enumerate(made.candidates.labels):
        at_in = [a[record].astype(float) for a, m in zip(made.shadows, made.member, strict=True) if m[record]]
        at_out = [
            a[record].astype(float) for a, m in zip(made.shadows, made.member, strict=True) if not m[record]
        ]
        scores.append(judge(made.targets[0, record].astype(float), at_in, at_out, label))
    return scores


def pooled_variance(made, member):
    """Of the pool's log-odds about each record's mean, over shadows of that kind."""
    squares = freedom = 0
    for record in made.pool:
        label = made.records.labels[record]
        kind = [
            log_odds(a[record].astype(float), label)
            for a, m in zip(made.shadows, made.member, strict=True)
            if m[record] == member
        ]
        squares += sum((value - np.mean(kind)) ** 2 for value in kind)
        freedom += len(kind) - 1
    return squares / freedom


# Calibration


def test_calibration_is_the_mean_loss_without_the_record_minus_the_loss():
    def judge(at_target, at_in, at_out, label):
        return np.mean([-math.log(p[label]) for p in at_out]) + math.log(at_target[label])

    scores = fitted("calibration", ADAPTIVE).score(ADAPTIVE.case(0))
    assert scores == pytest.approx(loop(ADAPTIVE, judge))


# LiRA


def ratio_of_normals(made, variances=None):
    def judge(at_target, at_in, at_out, label):
        signal, densities = log_odds(at_target, label), []
        for kind, at_shadows in enumerate((at_out, at_in)):
            values = [log_odds(p, label) for p in at_shadows]
            variance = variances[kind] if variances else np.var(values, ddof=1)
            densities.append(stats.norm.logpdf(signal, np.mean(values), math.sqrt(variance)))
        return densities[1] - densities[0]

    return loop(made, judge)


def test_lira_online_is_the_log_ratio_of_two_normal_densities():
    variances = [pooled_variance(ADAPTIVE, member) for member in (False, True)]
    scores = fitted("lira", ADAPTIVE).score(ADAPTIVE.case(0))
    assert scores == pytest.approx(ratio_of_normals(ADAPTIVE, variances))


def test_lira_with_a_variance_of_each_record_is_the_log_ratio_of_two_normal_densities():
    made = transcript(2.0, 7, members=40, shadows=8, access="adaptive")
    scores = fitted("lira", made, variance="per_record").score(made.case(0))
    assert scores == pytest.approx(ratio_of_normals(made))


def test_lira_offline_ranks_as_the_papers_one_sided_test():
    deviation = math.sqrt(pooled_variance(DISJOINT, False))

    def judge(at_target, at_in, at_out, label):
        assert not at_in
        return (log_odds(at_target, label) - np.mean([log_odds(p, label) for p in at_out])) / deviation

    scores = fitted("lira", DISJOINT).score(DISJOINT.case(0))
    assert scores == pytest.approx(loop(DISJOINT, judge))
    one_sided = stats.norm.cdf(scores)
    assert (np.argsort(one_sided[one_sided < 1]) == np.argsort(scores[one_sided < 1])).all()


def by_hand(at_target, at_shadows, member):
    """A view and a case of one record and two classes, in which the signals are what is given."""
    odds = 1 / (1 + np.exp(-np.array([at_target, *at_shadows])))
    answers = np.stack([1 - odds, odds], axis=1)[:, None]
    labels, features = np.ones(1, np.int64), np.zeros((1, 1))
    shadows = Shadows.of(labels, answers[1:].astype(np.float32), np.array(member)[:, None])
    view = AdversaryView(
        ("no", "yes"), "adaptive", features, shadows, np.arange(1), tuple(range(len(member)))
    )
    return view, Case(*2 * [Asked(features, Answers(labels, answers[0]), shadows)])


def test_lira_by_hand():
    view, case = by_hand(2.0, [3.0, 1.0, 5.0, 0.0, -2.0, -1.0], [True] * 3 + [False] * 3)
    attack = ATTACKS.load("lira")(variance="fixed").fit(view, np.random.default_rng(0))
    into = -0.5 * (2 - 3) ** 2 / 4 - 0.5 * math.log(4)  # mean 3, variance (0 + 4 + 4) / 2
    out = -0.5 * (2 + 1) ** 2 / 1 - 0.5 * math.log(1)  # mean -1, variance (1 + 1 + 0) / 2
    assert attack.score(case) == pytest.approx([into - out], abs=1e-5)
    attack = ATTACKS.load("lira")(mode="offline").fit(view, np.random.default_rng(0))
    assert attack.score(case) == pytest.approx([3.0], abs=1e-5)


def test_lira_trusts_a_records_own_variance_from_64_shadows_on():
    fixed = [
        fitted("lira", transcript(2.0, members=20, shadows=shadows, access="adaptive")).fixed_
        for shadows in (62, 64)
    ]
    assert fixed == [True, False]


def test_lira_does_not_compare_online_with_shadows_that_no_candidate_was_in():
    with pytest.raises(CannotAttack, match="offline"):
        fitted("lira", DISJOINT, mode="online")


@pytest.mark.parametrize("name", ["lira", "calibration", "rmia", "calibrated"])
def test_two_shadows_do_not_suffice_and_the_message_says_how_many_do(name):
    with pytest.raises(CannotAttack, match="four or more"):
        fitted(name, transcript(2.0, shadows=2))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("lira", {"mode": "both"}),
        ("lira", {"variance": "none"}),
        ("rmia", {"gamma": 0.0}),
        ("rmia", {"a": 1.5}),
        ("bavaria", {"freedom": 0.0}),
        ("calibrated", {"bags": 0}),
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(name, parameters):
    with pytest.raises(ConfigurationError, match=name):
        ATTACKS.load(name)(**parameters).check()


# BaVarIA


def test_the_predictive_density_is_the_posterior_integrated():
    """Bayes' rule, summed over a grid of means and variances."""
    prior, seen, asked = Prior(1.0, 0.5, 2.0, 6.0), [2.5, 4.0, 3.0], 1.5
    mean, variance = np.meshgrid(np.linspace(-15, 15, 601), np.geomspace(0.05, 500, 800))
    weight = variance * stats.invgamma.pdf(
        variance, prior.freedom / 2, scale=prior.freedom * prior.variance / 2
    )
    weight *= stats.norm.pdf(mean, prior.mean, np.sqrt(variance / prior.weight))
    posterior = weight * math.prod(stats.norm.pdf(value, mean, np.sqrt(variance)) for value in seen)
    predictive = (posterior * stats.norm.pdf(asked, mean, np.sqrt(variance))).sum() / posterior.sum()
    moments = Moments.of(np.array([seen]), np.ones((1, 3), bool))
    found = prior.predictive(moments).log_density(np.array([asked]))
    assert found == pytest.approx([math.log(predictive)], rel=1e-4)


@pytest.mark.parametrize("made", [DISJOINT, ADAPTIVE], ids=["disjoint", "adaptive"])
def test_bavaria_is_the_log_ratio_of_two_student_densities(made):
    attack = fitted("bavaria", made)

    def density(signal, at_shadows, prior):
        """Murphy 2007, Conjugate Bayesian analysis of the Gaussian distribution, sec. 6."""
        n, mean = len(at_shadows), np.mean(at_shadows) if len(at_shadows) else 0.0
        weight, freedom = prior.weight + n, prior.freedom + n
        centre = (prior.weight * prior.mean + n * mean) / weight
        squares = prior.freedom * prior.variance + sum((value - mean) ** 2 for value in at_shadows)
        squares += prior.weight * n * (mean - prior.mean) ** 2 / weight
        scale = math.sqrt(squares / freedom * (weight + 1) / weight)
        return stats.t.logpdf(signal, freedom, centre, scale)

    def judge(at_target, at_in, at_out, label):
        signal, *at_shadows = (
            log_odds(at_target, label),
            [log_odds(p, label) for p in at_in],
            [log_odds(p, label) for p in at_out],
        )
        return density(signal, at_shadows[0], attack.prior_in_) - density(
            signal, at_shadows[1], attack.prior_out_
        )

    assert attack.score(made.case(0)) == pytest.approx(loop(made, judge))


def test_the_prior_is_what_the_records_were_drawn_from():
    rng = np.random.default_rng(0)
    means = rng.normal(3.0, 2.0, (20_000, 1))
    drawn = Moments.of(rng.normal(means, 1.5, (20_000, 4)), rng.random((20_000, 4)) < 0.7)
    prior = Prior.of(drawn, 8.0)
    assert prior.mean == pytest.approx(3.0, abs=0.1)
    assert prior.variance == pytest.approx(1.5**2, rel=0.05)
    assert prior.weight == pytest.approx(1.5**2 / 2.0**2, rel=0.15)


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
def test_bavaria_works_from_two_shadows(access):
    made = transcript(2.0, 8, shadows=2, access=access)
    assert roc(fitted("bavaria", made).score(made.case(0)), made.truth[0]).auc() > 0.75


# RMIA


@pytest.mark.parametrize("made", [DISJOINT, ADAPTIVE], ids=["disjoint", "adaptive"])
def test_rmia_counts_the_known_records_whose_ratio_is_so_much_smaller(made):
    a, gamma, first = 0.3, 1.5, len(made.candidates)

    def general(at_in, at_out):
        out = np.mean(at_out)
        return (out + (np.mean(at_in) if at_in else a * out + 1 - a)) / 2

    def ratio(at_target, at_in, at_out, label):
        return at_target[label] / general([p[label] for p in at_in], [p[label] for p in at_out])

    known = []
    for row, label in enumerate(made.known.labels):
        at_out = [
            p[first + row] for p, m in zip(made.shadows, made.member, strict=True) if not m[first + row]
        ]
        known.append(ratio(made.targets_known[0, row], [], at_out, label))
    expected = [np.mean([x / z >= gamma for z in known]) for x in loop(made, ratio)]
    assert fitted("rmia", made, gamma=gamma, a=a).score(made.case(0)) == pytest.approx(expected)


def test_rmia_by_hand():
    """Target 0.9, in 0.8, out 0.2: the ratio is 0.9 / 0.5; of the known 0.6 / 0.5 and 0.9 / 0.5."""
    labels = np.array([1, 1, 1])

    def answers(*of_class_one):
        return np.stack([1 - np.array(of_class_one), of_class_one], axis=1)

    member = np.array([[True, False, False], [False, False, False]])
    at_shadows = np.stack([answers(0.8, 0.5, 0.5), answers(0.2, 0.5, 0.5)]).astype(np.float32)
    answered = Answers(labels, answers(0.9, 0.6, 0.9))
    asked = Asked(np.zeros((3, 1)), answered, Shadows.of(labels, at_shadows, member))
    case = Case(asked.take(np.array([0])), asked.take(np.array([1, 2])))
    for gamma, share in ((0.99, 1.0), (1.01, 0.5), (1.49, 0.5), (1.51, 0.0)):  # 1.8 / 1.2 is 1.5
        attack = ATTACKS.load("rmia")(gamma=gamma)
        attack.adaptive_, attack.a_ = True, 1.0
        assert attack.score(case) == pytest.approx([share])


def test_rmia_takes_the_a_of_highest_auc_on_a_shadow():
    attack, view = fitted("rmia", DISJOINT), DISJOINT.view()
    case, member = view.case_of(0)
    found = attack.a_

    def auc(a):
        attack.a_ = a
        return roc(attack.score(case), member).auc()

    assert auc(found) == max(map(auc, np.linspace(0, 1, 11)))
    assert attack.fitted_parameters()["gamma"] == 2.0


# Calibrated


def test_calibrateds_features_are_signals_of_the_target_and_the_mean_of_its_references():
    attack, made = fitted("calibrated", ADAPTIVE, bags=1), ADAPTIVE
    asked = made.case(0).candidates
    features = attack.features(asked, asked.shadows.out, asked.shadows.member)

    def judge(at_target, at_in, at_out, label):
        def signals(p):
            others = sorted(np.delete(p, label), reverse=True)
            entropy = -sum(p * np.log(p)) / math.log(len(p))
            return np.array(
                [log_odds(p, label), entropy, *(math.log(p[label] / other) for other in others[:3])]
            )

        means = (np.mean([signals(p) for p in kind], axis=0) for kind in (at_out, at_in))
        return [signals(at_target), *means]

    width = len(SIGNALS)
    target, out, into = (np.stack(part) for part in zip(*loop(made, judge), strict=True))
    assert features[:, :width] == pytest.approx(target)
    assert features[:, width : 2 * width] == pytest.approx(out)
    assert features[:, 2 * width] == pytest.approx(attack.levels_[made.candidates.labels])
    assert features[:, 2 * width + 1 : 3 * width + 1] == pytest.approx(into)
    assert features[:, -1] == pytest.approx(fitted("bavaria", made).score(made.case(0)))


def test_the_level_of_a_class_is_the_mean_of_its_records_where_they_were_not_learned():
    attack = fitted("calibrated", DISJOINT, bags=1)
    of_class = {label: [] for label in range(5)}
    for record in DISJOINT.pool:
        label = DISJOINT.records.labels[record]
        out = ~DISJOINT.member[:, record]
        at_out = [log_odds(p[record].astype(float), label) for p in DISJOINT.shadows[out]]
        of_class[label].append(np.mean(at_out))
    assert attack.levels_ == pytest.approx([np.mean(means) for means in of_class.values()])


@pytest.mark.parametrize("access", ["disjoint", "adaptive"])
def test_calibrated_beats_a_threshold_on_the_loss(access):
    made = transcript(2.0, 9, members=300, shadows=8, access=access)
    auc = {
        name: roc(fitted(name, made).score(made.case(0)), made.truth[0]).auc()
        for name in ("loss_threshold", "calibrated")
    }
    assert auc["calibrated"] > auc["loss_threshold"] + 0.03
