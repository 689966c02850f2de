"""The marginals: every kind of feature as it is distributed in the records."""

import numpy as np
import pytest
from challenger.made import FEATURES, Made

from services.challenger.dataset import Feature
from services.challenger.marginals import distribution

COLUMNS = Made().make().features.T


@pytest.mark.parametrize(
    ("column", "values"), [(0, [0, 1]), (1, [2, 5, 9]), (2, [-2, -1, 0, 1, 2, 3, 4])], ids=["0", "1", "2"]
)
def test_a_discrete_feature_is_told_by_the_share_of_every_possible_value(
    column: int, values: list[int]
) -> None:
    told = distribution(FEATURES[column], COLUMNS[column])
    assert told["values"] == values
    assert told["probabilities"] == [float((COLUMNS[column] == value).mean()) for value in values]
    assert sum(told["probabilities"]) == pytest.approx(1, abs=1e-12)


def test_a_value_that_no_record_has_is_listed_with_0() -> None:
    assert distribution(FEATURES[1], COLUMNS[1])["probabilities"][2] == 0


@pytest.mark.parametrize("column", [3, 4])
def test_a_numeric_feature_is_told_by_its_percentiles(column: int) -> None:
    told = distribution(FEATURES[column], COLUMNS[column])
    quantiles = np.array(told["quantiles"])
    assert told.keys() == {"quantiles"}
    assert len(quantiles) == 101
    assert (np.diff(quantiles) >= 0).all()
    assert (quantiles[0], quantiles[-1]) == (COLUMNS[column].min(), COLUMNS[column].max())
    below = (COLUMNS[column][:, np.newaxis] <= quantiles).mean(axis=0)
    assert np.abs(below - np.linspace(0, 1, 101)).max() < 0.01


@pytest.mark.parametrize("column", range(5))
def test_records_sampled_from_the_marginals_have_the_means_of_the_population(column: int) -> None:
    told, random = distribution(FEATURES[column], COLUMNS[column]), np.random.default_rng(2)
    if "quantiles" in told:
        drawn = np.interp(random.random(40_000), np.linspace(0, 1, 101), told["quantiles"])
    else:
        drawn = random.choice(told["values"], 40_000, p=told["probabilities"])
    real = COLUMNS[column].astype(float)
    assert abs(drawn.mean() - real.mean()) < 0.03 * real.std()  # 6 standard errors
    assert drawn.std() == pytest.approx(real.std(), rel=0.1)  # the last percent of a long tail is drawn out


@pytest.mark.parametrize(("highest", "told_by"), [(255, "probabilities"), (256, "quantiles")])
def test_an_integer_with_more_than_256_values_is_told_by_quantiles(highest: int, told_by: str) -> None:
    assert told_by in distribution(Feature("level", "integer", 0, highest), np.arange(highest + 1))


def test_a_value_outside_the_description_is_an_error() -> None:
    with pytest.raises(ValueError, match="grade has values"):
        distribution(FEATURES[2], np.array([0, 5]))
