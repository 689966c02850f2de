"""Lists of members at a false discovery rate: how wrong they are on average, and what may not judge them."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from made_transcript import transcript, without_shadows

from attacker import false_discovery
from attacker.attack import Attack, Needs
from attacker.errors import CannotAttack, ConfigurationError
from attacker.false_discovery import MemberList, checked_rate, members_at
from attacker.fingerprint import fingerprint
from attacker.registry import Registry

GAMES = 40
RATE = 0.2


def listed(made, name="loss_threshold", rate=RATE):
    return members_at(rate, made, name, seed=1, known_are="population")


def shares_of_false(leak, name):
    """Of the list of each game; 0 of an empty one."""
    games = (transcript(leak, seed, members=60, apart=200, shadows=2) for seed in range(GAMES))
    told = [listed(made, name).summary(made.truth) for made in games]
    return np.array([one["listed"] for one in told]), np.array([one["false"]["value"] or 0.0 for one in told])


@pytest.mark.parametrize("name", ["loss_threshold", "population"])
def test_the_share_of_non_members_listed_is_the_rate_at_most_on_average(name):
    lengths, false = shares_of_false(4.0, name)
    assert lengths.mean() > 20  # of 60 members
    assert 0 < false.mean() <= RATE  # half of it is to be expected where half are members


def test_where_nothing_leaks_nearly_nobody_is_listed():
    lengths, _ = shares_of_false(0.0, "loss_threshold")
    assert (lengths > 0).mean() <= RATE


def test_each_target_has_a_list_of_its_own():
    made = transcript(4.0, 3, members=60, apart=200, targets=3)
    found = listed(made)
    assert len(found.targets) == 3
    for target, members in enumerate(found.targets):
        alone = replace(
            made,
            targets=made.targets[target : target + 1],
            targets_known=made.targets_known[target : target + 1],
        )
        assert listed(alone).targets == (members,)
        p_values = [p_value for _, _, p_value in members]
        assert p_values == sorted(p_values)


class Memory(Attack):
    """Whom it has met says that it is out; it tells everybody whom it met, and where."""

    paper = "none: for tests"
    needs = Needs()
    threshold_ = 0.0
    met, judged, view = [], [], None

    def fit(self, view, rng):
        Memory.met, Memory.view = fingerprint(view.features), view
        return self

    def score(self, case):
        marks = fingerprint(case.candidates.features)
        Memory.judged.append((marks, fingerprint(case.known.features)))
        return np.array([mark not in Memory.met for mark in marks], np.float64)


@pytest.fixture
def memory(monkeypatch):
    Memory.judged = []
    monkeypatch.setattr(Registry, "load", lambda *_: Memory)


def distinct(**more):
    """Each record is another, and those that no shadow learned come first among the known."""
    made = transcript(0.0, 0, members=60, apart=200, **more)
    rows = np.arange(len(made.records))[:, None]
    order = np.concatenate([np.arange(120), np.roll(np.arange(120, 440), 200)])
    return replace(
        made,
        candidates=replace(made.candidates, features=rows[:120]),
        known=replace(made.known, features=rows[120:]),
        shadows=made.shadows[:, order],
        member=made.member[:, order],
        pool=made.pool if made.access == "adaptive" else made.pool + 200,
    )


def test_an_attack_has_not_met_the_records_that_judge_it(memory):
    made = distinct()
    found = listed(made)
    assert found.held_back == 200
    assert found.targets == ((),)  # met by the fit, they would all score 0, and every candidate 1
    assert Memory.view.pool.tolist() == list(range(120))
    assert Memory.view.shadows.member.any(axis=1).all()
    judging = made.known.features[:200]
    for marks, known in Memory.judged:
        assert not set(fingerprint(judging)) & set(known)
        assert not set(marks) & set(Memory.met)


def test_without_a_pool_half_of_the_known_records_judge_and_half_are_compared_with(memory, monkeypatch):
    monkeypatch.setattr(Memory, "needs", Needs(shadows=False, known=True))
    found = listed(without_shadows(distinct(access="adaptive")))
    assert found.held_back == 160
    (_, compared), (judging, _) = Memory.judged
    assert len(compared) == 160
    assert not set(compared) & set(judging)


@pytest.mark.parametrize(
    ("change", "known_are", "told"),
    [
        ({}, "noisy", "takes real records"),
        ({}, None, "takes real records"),
        ({"access": "adaptive"}, "population", "train them with --access disjoint"),
        (
            {"apart": 3},
            "population",
            "takes 4 population records that no shadow model learned, and 3 are held",
        ),
    ],
)
def test_where_there_is_no_guarantee_there_is_no_list(change, known_are, told):
    made = transcript(4.0, 0, members=30, **change)
    with pytest.raises(CannotAttack, match=told):
        members_at(RATE, made, "loss_threshold", seed=0, known_are=known_are)


def test_members_who_are_told_hold_nobody_back():
    told = replace(without_shadows(transcript(4.0, 0, members=30)), known_member=np.arange(110) < 30)
    with pytest.raises(CannotAttack, match="takes real records that are no members"):
        listed(told)


def test_with_as_few_records_as_a_rate_takes_everybody_may_be_listed():
    made = transcript(9.0, 0, members=30, apart=4)
    assert false_discovery.shortest(RATE, 4, 60) == 60
    assert listed(made).shortest == 60
    assert false_discovery.shortest(0.1, 600, 2400) == 40


def test_a_list_comes_back_from_its_document():
    found = listed(transcript(4.0, 3, members=60, apart=200))
    assert found.targets[0]
    assert MemberList.of(asdict(found)) == found


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, float("nan")])
def test_a_rate_that_cannot_be_meant_is_refused(rate):
    with pytest.raises(ConfigurationError, match="between 0 and 1"):
        checked_rate(rate)
