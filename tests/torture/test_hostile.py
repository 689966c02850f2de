"""Every trial of the kind, briefly: what `make torture`, `make fuzz` and `make soak` do at length."""

import pytest

from torture.trial import load, names, tried


@pytest.mark.parametrize("name", names("hostile"))
def test_everything_holds(name: str) -> None:
    trial = load("hostile", name)
    assert list(tried(trial, trial.BRIEF, seed=7).wrong) == []
