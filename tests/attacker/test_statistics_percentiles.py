"""Percentiles over classes."""

import numpy as np
import pytest

from attacker.statistics.percentiles import over_classes


def test_a_percentile_over_classes_has_an_interval_that_classes_decide():
    rates = np.linspace(0.5, 1.0, 101).tolist()
    median = over_classes(rates, 50)
    assert median.value == pytest.approx(0.75)
    assert 0.65 < median.low < 0.75 < median.high < 0.85
    high = over_classes(rates, 90)
    assert high.value == pytest.approx(0.95)
    assert median.high < high.low


def test_more_classes_decide_it_more_narrowly():
    few, many = (over_classes(np.linspace(0.5, 1.0, count).tolist(), 50) for count in (10, 1000))
    assert many.high - many.low < (few.high - few.low) / 4


def test_one_class_and_none():
    assert over_classes([0.7], 75).as_json() == {"value": 0.7, "low": 0.7, "high": 0.7}
    assert over_classes([], 50).as_json() == {"value": None, "low": None, "high": None}
