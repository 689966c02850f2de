import pytest

from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Curve, Figure, against_limit, curve, straight


def figure(better, ours, theirs, bar=None):
    return Figure("one", "what", "whom", "s", better, ours, theirs, bar)


def test_a_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_the_medians():
    found = figure("less", (1.0, 2.0, 4.0), (4.0, 4.0, 4.0))
    assert found.ratios == (4.0, 2.0, 1.0)
    assert (found.ratio, found.spread) == (2.0, (1.0, 4.0))
    shifted = figure("less", (1.0, 10.0, 100.0), (300.0, 10.0, 1.0))
    assert shifted.ratio == 1.0


def test_more_is_better_the_other_way_round():
    assert figure("more", (6.0,), (2.0,)).ratio == 3.0


def test_a_difference_is_ours_less_theirs():
    assert figure("difference", (0.9,), (0.75,)).ratio == pytest.approx(0.15)


@pytest.mark.parametrize(("bar", "met"), [(None, None), (2.0, True), (2.1, False)])
def test_a_bar_is_met_from_itself_up(bar, met):
    assert figure("less", (1.0,), (2.0,), bar).met is met


def test_a_limit_is_met_below_it():
    assert against_limit("help", "what", "s", (0.2, 0.1, 0.4), 0.3).met
    assert not against_limit("help", "what", "s", (0.2, 0.35, 0.4), 0.3).met


@pytest.mark.parametrize(("ours", "theirs"), [((), ()), ((1.0,), (1.0, 2.0))])
def test_rounds_of_one_side_alone_are_refused(ours, theirs):
    with pytest.raises(ValueError, match="as many rounds"):
        figure("less", ours, theirs)


def test_what_grows_by_a_fixed_cost_and_so_much_each_is_straight():
    x = (8, 16, 32, 64)
    rounds = [[5.0 + 0.25 * each for each in x], [7.0 + 0.5 * each for each in x]]
    found = straight("growth", "what", "s", curve("x", "y", x, rounds), rounds)
    assert found.ratio == pytest.approx(1.0)
    assert found.met


def test_a_step_at_the_end_is_not_straight():
    drawn = Curve("x", "y", (1, 2, 3, 4), (1.0, 2.0, 3.0, 8.0))
    found = straight("growth", "what", "s", drawn, [drawn.y])
    assert found.ratio == pytest.approx(0.5)
    assert not found.met


def test_a_curve_is_the_median_of_the_rounds():
    assert curve("x", "y", (1, 2), [[1, 10], [3, 30], [2, 50]]).y == (2, 30)


def test_contestants_take_turns_and_none_is_always_first():
    called = []

    def contestant(name):
        return lambda: called.append(name) or len(called)

    found = alternating(3, {name: contestant(name) for name in "abc"})
    assert "".join(called) == "abc" + "cba" + "abc"
    assert found == {"a": (1, 6, 7), "b": (2, 5, 8), "c": (3, 4, 9)}
