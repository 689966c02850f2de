import pytest

from attacker.budget import Budget, Purse
from attacker.errors import BudgetExhausted, ConfigurationError

PLANNED = {"shadow_queries": 300, "target_queries": 100}


def purse(words, **spent):
    return Purse(Budget.read(words), spent, PLANNED)


def test_a_budget_is_read_from_words():
    assert Budget.read("2000, synthesis=500") == Budget(2000, {"synthesis": 500})
    assert Budget.read(" synthesis = 500,2000 ") == Budget(2000, {"synthesis": 500})
    assert Budget.read(None) == Budget.read("") == Budget()


@pytest.mark.parametrize("words", ["0", "many", "synthesis=", "upload=5", "5,,6", "-1", " "])
def test_words_that_are_no_budget_are_refused(words):
    with pytest.raises(ConfigurationError, match="phases are synthesis"):
        Budget.read(words)


def test_a_synthesis_leaves_what_the_other_phases_are_going_to_ask():
    full = purse("1000")
    assert full.left("synthesis") == 600
    full.reserve("synthesis", 600)
    assert full.left("synthesis") == 0
    full.reserve("target_queries", 100)
    full.reserve("shadow_queries", 300)
    with pytest.raises(BudgetExhausted):
        full.reserve("shadow_queries", 1)


def test_what_is_spent_is_not_held_back_a_second_time():
    assert purse("1000", synthesis=50, target_queries=100, shadow_queries=120).left("synthesis") == 550
    assert purse("1000", synthesis=50, target_queries=100, shadow_queries=120).left("shadow_queries") == 730


def test_a_phase_has_its_own_limit():
    limited = purse("1000,synthesis=70", synthesis=20)
    with pytest.raises(BudgetExhausted, match="leaves 50 records for synthesis after 20"):
        limited.reserve("synthesis", 51)
    limited.reserve("synthesis", 50)


@pytest.mark.parametrize("words", ["5,6", "synthesis=5, synthesis = 6"])
def test_a_limit_that_is_named_twice_is_refused(words):
    with pytest.raises(ConfigurationError, match="say it once"):
        Budget.read(words)


@pytest.mark.parametrize("words", ["399", "shadow_queries=299"])
def test_a_plan_that_cannot_be_paid_is_refused(words):
    with pytest.raises(BudgetExhausted, match="raise --budget"):
        purse(words).check()
    purse("400").check()
