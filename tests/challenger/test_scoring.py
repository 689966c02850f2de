"""How an attack's claims are judged by the truth: arrays in, a document out."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attacker.statistics.draws import draws
from services.challenger.scoring import Claims, Truth, evaluation_of

T, N = 3, 400
RANDOM = np.random.default_rng(0)
TRUTH = Truth(
    membership=RANDOM.random((T, N)) < 0.5,
    right=RANDOM.random((T, N)) < 0.8,
    labels=RANDOM.integers(0, 2, N),
    classes=("0", "1"),
    canaries=np.arange(N) % 4 == 0,
    inclusion="coin",
)
NOISE = RANDOM.normal(size=(T, N))
FOUND = np.where(TRUTH.canaries, TRUTH.membership, NOISE)  # the canaries, and nobody else


def judged(scores: Any, truth: Truth = TRUTH, *words: str) -> dict[str, Any]:
    return evaluation_of(Claims(scores, scores > 0.5, probabilities=False), truth, draws(*words))


def test_judging_again_gives_the_same_to_the_last_digit() -> None:
    assert judged(NOISE, TRUTH, "g-a", "gap") == judged(NOISE, TRUTH, "g-a", "gap")
    assert judged(NOISE, TRUTH, "g-a", "gap") != judged(NOISE, TRUTH, "g-b", "gap")


def test_draws_are_those_of_their_words() -> None:
    """For good: a result that was shown can be computed again."""
    assert draws("g-a", "gap").integers(2**32) == 1_041_905_200
    states = [draws(*words).bit_generator.state for words in (("g-a", "gap"), ("g-agap",), ("gap", "g-a"))]
    assert len({state["state"]["state"] for state in states}) == 3


def test_an_epsilon_is_a_bound_only_where_coins_were_tossed() -> None:
    kinds = {
        inclusion: judged(NOISE, replace(TRUTH, inclusion=inclusion))["epsilon"]["kind"]
        for inclusion in ("half", "coin")
    }
    assert kinds == {"half": "descriptive", "coin": "lower_bound"}


@pytest.mark.parametrize("canaries", [TRUTH.canaries, np.zeros(N, dtype=bool)], ids=["some", "none"])
def test_the_bound_counts_canaries_alone_where_there_are_any(canaries: Any) -> None:
    epsilon = judged(FOUND, replace(TRUTH, canaries=canaries))["epsilon"]
    if canaries.any():
        assert epsilon["right"] == epsilon["guesses"] <= T * canaries.sum()
        assert epsilon["value"] > 3
    else:
        assert epsilon["guesses"] <= T * N
        assert epsilon["value"] < 2


def test_noise_shows_no_epsilon() -> None:
    assert judged(NOISE)["epsilon"]["value"] < 0.3
