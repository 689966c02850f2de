"""Which defences nothing beats."""

from attacker.report.pareto import front


def test_the_front_is_what_no_other_beats_by_rising_utility():
    labels = ["none", "worse", "strong", "between", "equal"]
    utility, leakage = [0.7, 0.6, 0.2, 0.5, 0.5], [0.9, 0.95, 0.5, 0.6, 0.6]
    assert front(labels, utility, leakage) == ["strong", "between", "equal", "none"]


def test_one_point_is_its_own_front():
    assert front(["none"], [0.5], [0.5]) == ["none"]
