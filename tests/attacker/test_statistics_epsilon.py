"""Epsilon: the descriptive one by its formula, the one-run bound on randomised response of known epsilon."""

import json

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta, binom

from attacker.statistics.epsilon import _bound, _guesses, descriptive, one_run
from attacker.statistics.roc import roc


def randomised_response(epsilon, canaries, rng):
    """Each coin, told rightly with the probability e^epsilon / (1 + e^epsilon): exactly epsilon-private."""
    coins = rng.random(canaries) < 0.5
    return np.where(rng.random(canaries) < expit(epsilon), coins, ~coins).astype(float), coins


# Descriptive


def exact(count, of):
    """The interval of Clopper and Pearson, by scipy's beta distribution."""
    low = beta.ppf(0.025, count, of - count + 1) if count else 0.0
    return low, beta.ppf(0.975, count + 1, of - count) if count < of else 1.0


@pytest.mark.parametrize(("shift", "delta"), [(0.0, 0.0), (2.0, 0.0), (2.0, 0.01)])
def test_the_descriptive_epsilon_is_the_best_of_all_thresholds(shift, delta):
    rng = np.random.default_rng(0)
    membership = np.arange(300) < 120
    scores = np.round(rng.standard_normal(300) + shift * membership, 1)
    best = 0.0
    for threshold in [*np.unique(scores), np.inf]:
        found = scores >= threshold
        hits, alarms = int(found[membership].sum()), int(found[~membership].sum())
        for count, of, other, other_of in [
            (hits, 120, alarms, 180),
            (180 - alarms, 180, 120 - hits, 120),
        ]:
            low, high = exact(count, of)[0] - delta, exact(other, other_of)[1]
            best = max(best, np.log(low / high) if low > 0 else 0.0)
    assert descriptive(roc(scores, membership), delta).value == pytest.approx(best)


def test_the_sample_size_caps_it_as_the_reference_says():
    for n, expected in [(1_000, 5.6), (10_000, 7.9)]:
        perfect = descriptive(roc(np.arange(2 * n) * 1.0, np.arange(2 * n) >= n))
        assert perfect.value == perfect.cap == pytest.approx(expected, abs=0.05)


def test_a_descriptive_epsilon_says_that_it_is():
    told = descriptive(roc(np.arange(200) * 1.0, np.arange(200) % 2 == 0)).as_json()
    assert list(told) == ["value", "kind", "level", "delta", "cap"]
    assert told["kind"] == "descriptive"
    assert told["value"] == 0.0 <= told["cap"]


# One run


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("canaries", [100, 1000])
def test_the_bound_exceeds_the_truth_no_more_often_than_the_level_says(epsilon, canaries):
    exceeded = 0
    for seed in range(300):
        found = one_run(*randomised_response(epsilon, canaries, np.random.default_rng(seed)))
        exceeded += found.value > epsilon
    assert exceeded <= 33  # 5 % of 300 is 15, and five standard errors


@pytest.mark.parametrize("epsilon", [1.0, 4.0])
def test_many_canaries_prove_nearly_the_truth(epsilon):
    found = one_run(*randomised_response(epsilon, 50_000, np.random.default_rng(1)))
    assert 0.94 * epsilon < found.value <= epsilon


def test_an_attack_that_is_sure_of_few_canaries_alone_is_given_them():
    """Of 2,000 canaries the 100 with the highest scores are members; of the others nothing is known."""
    rng = np.random.default_rng(2)
    coins = rng.random(2000) < 0.5
    scores = rng.random(2000)
    scores[np.flatnonzero(coins)[:100]] += 1
    found = one_run(scores, coins)
    assert found.guesses < 150
    assert found.value > 2
    assert found.value < found.cap


def test_the_p_value_at_the_bound_is_the_level_of_a_binomial():
    epsilon = _bound(100, 80, 500, 0.0, 0.01)
    assert binom.sf(79, 100, expit(epsilon)) == pytest.approx(0.01)


def test_delta_is_paid_for_as_theorem_5_2_says():
    guesses, right, canaries, delta, alpha = 100, 80, 500, 1e-4, 0.05
    epsilon = _bound(guesses, right, canaries, delta, alpha)
    q = expit(epsilon)
    tail, window, worst = binom.sf(right - 1, guesses, q), 0.0, 0.0
    for step in range(1, right + 1):
        window += binom.pmf(right - step, guesses, q)
        worst = max(worst, window / step)
    assert tail + 2 * canaries * delta * worst == pytest.approx(alpha, rel=0.01)
    assert epsilon < _bound(guesses, right, canaries, 0.0, alpha)


def test_a_perfect_attack_reaches_the_cap_and_more_canaries_raise_it():
    caps = []
    for canaries in (10, 100, 1000):
        coins = np.random.default_rng(3).random(canaries) < 0.5
        found = one_run(coins.astype(float), coins)
        assert found.value <= found.cap
        caps.append(found.cap)
    assert caps == sorted(caps)
    level = 0.05 / len(_guesses(1000))
    assert caps[-1] == pytest.approx(-np.log(level ** (-1 / 1000) - 1))


def test_the_guesses_are_fixed_by_the_number_of_canaries():
    halves = [(r, r) for r in (1, 2, 4, 8, 16, 32)]
    assert _guesses(64) == sorted([*halves, *((r, 0) for r in (1, 2, 4, 8, 16, 32))])
    assert _guesses(1) == [(1, 0)]


def test_a_bound_is_json_with_what_proves_it():
    told = one_run(*randomised_response(2.0, 500, np.random.default_rng(4)), delta=1e-5).as_json()
    assert list(told) == ["value", "kind", "level", "delta", "cap", "guesses", "right"]
    assert told["kind"] == "lower_bound"
    assert json.loads(json.dumps(told)) == told


def test_scores_and_coins_of_other_canaries_are_refused():
    with pytest.raises(ValueError, match="must both be"):
        one_run(np.zeros(3), np.zeros(4, bool))
