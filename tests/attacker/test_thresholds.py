"""One signal against a threshold, and against what known non-members have: beside slow and obvious loops."""

import math

import numpy as np
import pytest
from made_transcript import CLASSES, transcript

from attacker.attack import ATTACKS
from attacker.choice import Choice
from attacker.errors import ConfigurationError

MADE = transcript(2.0, 8, members=60, shadows=4, apart=20)


def loss(p, y):
    return -math.log(p[y])


def entropy(p, y):
    return -sum(x * math.log(x) for x in p) / math.log(len(p))


def modified_entropy(p, y):
    others = sum(x * math.log(1 - x) for k, x in enumerate(p) if k != y)
    return -(1 - p[y]) * math.log(p[y]) - others


SIGNALS = {
    "loss_threshold": lambda p, y: -loss(p, y),
    "confidence": lambda p, y: p[y],
    "entropy": lambda p, y: -entropy(p, y),
    "modified_entropy": lambda p, y: -modified_entropy(p, y),
}


def learned(signal, classes):
    """The threshold of highest balanced accuracy over the shadows' records of these classes."""
    first, shown = len(MADE.candidates), []
    for probabilities, member in zip(MADE.shadows[:, first:], MADE.member[:, first:], strict=True):
        for p, y, inside in zip(probabilities, MADE.known.labels, member, strict=True):
            if y in classes:
                shown.append((signal([float(x) for x in p], y), inside))
    members = sum(inside for _, inside in shown)

    def balanced(threshold):
        hits = sum(value > threshold for value, inside in shown if inside)
        alarms = sum(value > threshold for value, inside in shown if not inside)
        return hits / members - alarms / (len(shown) - members)

    return max(sorted({value for value, _ in shown}, reverse=True), key=balanced)


@pytest.mark.parametrize("thresholds", ["global", "per_class"])
@pytest.mark.parametrize("name", SIGNALS)
def test_a_threshold_attack_is_its_signal_less_the_threshold_of_the_class(name, thresholds):
    attack = Choice.read(f"{name}:thresholds={thresholds}", ATTACKS).make()
    scores = attack.fit(MADE.view(), np.random.default_rng(0)).score(MADE.case(0))
    every = range(len(CLASSES))
    threshold = {y: learned(SIGNALS[name], every if thresholds == "global" else [y]) for y in every}
    expected = [
        SIGNALS[name]([float(x) for x in p], y) - threshold[y]
        for p, y in zip(MADE.targets[0], MADE.candidates.labels, strict=True)
    ]
    assert scores == pytest.approx(expected, abs=1e-9)


def test_populations_score_is_the_share_of_known_non_members_with_a_larger_loss():
    attack = ATTACKS.load("population")(fpr=0.2).fit(MADE.view(), np.random.default_rng(0))
    scores, decisions = attack.score(MADE.case(0)), attack.decide(MADE.case(0))
    known = [loss(p, y) for p, y in zip(MADE.targets_known[0].tolist(), MADE.known.labels, strict=True)]
    candidates = zip(MADE.targets[0].tolist(), MADE.candidates.labels, scores, decisions, strict=True)
    below_all = 0
    for p, y, score, decided in candidates:
        own = loss(p, y)
        if own < min(known):
            below_all += 1
            assert score == pytest.approx(1 + (min(known) - own) / (1 + min(known) - own))
        else:
            larger = sum(other > own for other in known) + sum(other == own for other in known) / 2
            assert score == pytest.approx(larger / len(known))
        assert decided == (score > 0.8)
    assert 0 < below_all < len(scores) / 2


@pytest.mark.parametrize("fpr", [0.0, 1.0, -0.5])
def test_an_fpr_that_cannot_be_meant_is_refused(fpr):
    with pytest.raises(ConfigurationError, match="between 0 and 1"):
        ATTACKS.load("population")(fpr=fpr).check()
