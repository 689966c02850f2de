"""Whether times and numbers tell a model type is measured rightly: where they must, and where they cannot."""

import numpy as np
from numpy.random import default_rng

from torture.guesses.fingerprints import Scores
from torture.guesses.guessing import accuracy


def test_times_that_differ_by_more_than_their_noise_tell_whose_they_are() -> None:
    random = default_rng(1)
    times = {
        one: list(one_s * random.lognormal(0, 0.01, 40)) for one, one_s in (("a", 1), ("b", 2), ("c", 9))
    }
    assert accuracy(times, 1, random) == 1


def test_times_alike_are_guessed_by_chance() -> None:
    random = default_rng(2)
    times = {one: list(random.lognormal(0, 1, 2_000)) for one in "abcd"}
    assert abs(accuracy(times, 1, random) - 1 / 4) < 0.05


def test_many_timings_together_tell_more_than_one() -> None:
    random = default_rng(3)
    times = {one: list(one_s * random.lognormal(0, 0.5, 400)) for one, one_s in (("a", 1.0), ("b", 1.3))}
    assert accuracy(times, 30, random) > accuracy(times, 1, random) + 0.1


def test_steps_and_straight_lines_are_seen_in_scores() -> None:
    random = default_rng(4)
    records = random.normal(size=(200, 5)).astype("f4")

    def steps(asked: np.ndarray) -> np.ndarray:
        share = ((asked > 0).sum(axis=1) / 5).astype("f4")
        return np.column_stack([share, 1 - share])

    def straight(asked: np.ndarray) -> np.ndarray:
        share = 1 / (1 + np.exp(-asked.astype("f8").sum(axis=1) / 4))
        return np.column_stack([share, 1 - share]).astype("f4")

    of_steps, of_line = (Scores.of(model, records, random).shares(5) for model in (steps, straight))
    assert of_steps["answers that a nudge leaves as they are"] > 0.9
    assert of_steps["scores that are multiples of 1/5"] == 1
    assert of_steps["log-odds on a straight line"] < 0.1
    assert of_line["answers that a nudge leaves as they are"] < 0.1
    assert of_line["scores that are multiples of 1/5"] < 0.1
    assert of_line["log-odds on a straight line"] > 0.95
