"""Splits: disjoint by content, fixed by secret and seed, silent about membership."""

import hashlib
import hmac
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.challenger.canaries import plant
from services.challenger.dataset import Records, class_names
from services.challenger.errors import NotEnoughRecords
from services.challenger.files import GameFiles, load
from services.challenger.knowledge import table
from services.challenger.split import Draw, NotDisjoint, Split, check, halves, split

SECRET = b"s" * 32
DRAW = Draw("made", members=40, targets=1, null=False, seed="7")


def records(count: int = 200) -> Any:
    """Distinct records (N, 12), the bits of their own number."""
    return ((np.arange(count)[:, np.newaxis] >> np.arange(12)) & 1).astype("u1")


def drawn(draw: Draw, features: Any, secret: bytes = SECRET) -> Split:
    return split(draw, features, draw.generator(secret))


def parts(divided: Split, features: Any) -> list[set[bytes]]:
    """The contents of members, non-members and population."""
    member = divided.membership[0]
    rows = divided.candidates[member], divided.candidates[~member], divided.population
    return [{features[row].tobytes() for row in part} for part in rows]


@pytest.mark.parametrize("null", [False, True])
def test_parts_share_no_content_even_where_records_are_repeated(null: bool) -> None:
    features = np.concatenate([records(), records()[:150], records()[:90]])
    divided = drawn(replace(DRAW, null=null), features)
    members, non_members, population = parts(divided, features)
    trained = {features[row].tobytes() for row in divided.trained[0]}
    assert (len(members), len(non_members), len(trained)) == (40, 40, 40)
    assert not members & non_members
    assert not (members | non_members) & population
    assert not trained & population
    assert len(members | non_members | population | trained) == 200


def test_a_target_is_trained_on_its_members_exactly() -> None:
    divided = drawn(DRAW, records())
    assert set(divided.trained[0]) == set(divided.candidates[divided.membership[0]])


def test_in_a_null_game_no_candidate_is_trained_on() -> None:
    divided = drawn(replace(DRAW, null=True), records())
    assert not set(divided.trained[0]) & set(divided.candidates)
    assert divided.membership.sum() == 40


def test_a_repeated_content_on_two_sides_is_an_error() -> None:
    features = records()
    divided = drawn(DRAW, features)
    features[divided.population[0]] = features[divided.candidates[5]]
    with pytest.raises(NotDisjoint):
        check(divided, features, DRAW)


def test_the_same_secret_and_seed_give_the_same_split() -> None:
    one, other = drawn(DRAW, records()), drawn(DRAW, records())
    for name in ("candidates", "membership", "population"):
        assert (getattr(one, name) == getattr(other, name)).all()
    assert (one.trained[0] == other.trained[0]).all()


def test_a_split_is_drawn_from_the_secret_and_what_was_asked_for_alone() -> None:
    """These bytes are for good: with others, the splits of earlier games could not be drawn again."""
    asked = b'{"dataset":"made","members":40,"null":false,"ordinal":0,"seed":"7","targets":1}'
    key = int.from_bytes(hmac.digest(SECRET, asked, "sha256"), "big")
    assert DRAW.generator(SECRET).bit_generator.state == np.random.PCG64(key).state
    divided = drawn(replace(DRAW, targets=3), records())
    bits = divided.candidates.astype("<i8").tobytes() + np.packbits(divided.membership).tobytes()
    assert hashlib.sha256(bits).hexdigest()[:16] == "fd095e0b8f37e218"


def test_each_purpose_has_a_randomness_of_its_own() -> None:
    rules = [{"kind": "noisy", "rate": rate} for rate in (0.1, 0.2)]
    generators = [
        DRAW.generator(SECRET),
        DRAW.generator(b"t" * 32, knowledge=rules[0]),
        replace(DRAW, ordinal=1).generator(SECRET, knowledge=rules[0]),
        *(DRAW.generator(SECRET, knowledge=rule) for rule in rules),
    ]
    assert len({int(generator.integers(2**63)) for generator in generators}) == 5


@pytest.mark.parametrize(
    ("draw", "secret"),
    [
        (DRAW, b"t" * 32),
        (replace(DRAW, seed="8"), SECRET),
        (replace(DRAW, ordinal=1), SECRET),
        (replace(DRAW, null=True), SECRET),
        (replace(DRAW, targets=2), SECRET),
        (replace(DRAW, inclusion="coin"), SECRET),
        (replace(DRAW, canaries=2), SECRET),
        (replace(DRAW, known=1), SECRET),
    ],
)
def test_whatever_is_asked_otherwise_is_another_draw(draw: Draw, secret: bytes) -> None:
    one, other = drawn(DRAW, records()), drawn(draw, records(), secret)
    shared = slice(draw.candidates)
    assert (one.candidates[shared] == other.candidates).mean() < 0.2
    assert 0.2 < (one.membership[0, shared] == other.membership[0]).mean() < 0.8


def test_targets_come_in_antithetic_pairs() -> None:
    membership = halves(5, np.zeros(60, dtype=bool), np.random.default_rng(0))
    assert (membership.sum(axis=1) == 30).all()
    assert (membership[0] ^ membership[1]).all()
    assert (membership[2] ^ membership[3]).all()
    assert 0.2 < (membership[0] == membership[2]).mean() < 0.8


def test_each_target_of_many_is_trained_on_its_own_members() -> None:
    divided = drawn(replace(DRAW, targets=4), records())
    assert len(divided.trained) == 4
    for trained, member in zip(divided.trained, divided.membership, strict=True):
        assert set(trained) == set(divided.candidates[member])


@pytest.mark.parametrize("asked", [{}, {"inclusion": "coin"}, {"canaries": 40}])
def test_the_order_of_candidates_says_nothing_of_the_truth(asked: dict[str, Any]) -> None:
    games = [drawn(replace(DRAW, **asked, seed=str(seed)), records()) for seed in range(200)]
    truths = [[game.membership[0] for game in games]]
    truths += [[game.canaries for game in games]] if asked.get("canaries") else []
    for truth in truths:
        share = np.mean(truth, axis=0)
        assert np.abs(share - 0.5).max() < 0.5 * 4.5 / np.sqrt(200)  # 4.5 standard deviations, 80 positions


def test_coins_decide_for_every_candidate_and_target_by_itself() -> None:
    draw = replace(DRAW, targets=100, inclusion="coin")
    divided = drawn(draw, records())
    membership = divided.membership
    sizes = membership.sum(axis=1)
    assert [len(trained) for trained in divided.trained] == sizes.tolist()
    assert set(divided.trained[7]) == set(divided.candidates[membership[7]])
    assert abs(sizes.mean() - 40) < 4 * np.sqrt(80 / 4 / 100)
    assert 0.7 < sizes.std() / np.sqrt(80 / 4) < 1.3  # binomial
    signs = 2.0 * membership - 1
    for between in (signs @ signs.T / 80, signs.T @ signs / 100):  # targets, candidates
        correlations = between[np.triu_indices(len(between), k=1)]
        assert np.abs(correlations).max() < 0.6
        assert abs(correlations.mean()) < 0.03


def test_half_of_the_canaries_are_members_of_each_target() -> None:
    divided = drawn(replace(DRAW, targets=5, canaries=6), records())
    assert divided.canaries.sum() == 6
    assert (divided.membership[:, divided.canaries].sum(axis=1) == 3).all()
    assert (divided.membership.sum(axis=1) == 40).all()
    assert (divided.membership[0] ^ divided.membership[1]).all()


def test_a_canary_has_one_of_the_other_labels_and_nothing_else_changes() -> None:
    features = records()
    labelled = Records(features, np.arange(200) % 4, class_names(4))
    rows = np.arange(60, 180)
    planted = plant(labelled, rows, np.random.default_rng(0))
    steps = (planted.labels - labelled.labels) % 4
    assert (np.flatnonzero(steps) == rows).all()
    assert np.bincount(steps[rows], minlength=4)[1:].min() > 25  # of 40 expected of each
    assert (planted.features == features).all()
    assert (labelled.labels == np.arange(200) % 4).all()


def test_known_members_are_trained_on_and_known_non_members_are_not() -> None:
    features = records()
    divided = drawn(replace(DRAW, known=10), features)
    known, non_members = set(divided.known[:10]), set(divided.known[10:])
    assert (len(divided.candidates), len(known), len(non_members)) == (60, 10, 10)
    assert divided.membership.shape == (1, 60)
    assert set(divided.trained[0]) == known | set(divided.candidates[divided.membership[0]])
    assert len(divided.trained[0]) == 40
    sides = (known, non_members, set(divided.candidates), set(divided.population))
    assert len(set().union(*sides)) == sum(map(len, sides)) == 200
    features[divided.known[15]] = features[divided.candidates[5]]
    with pytest.raises(NotDisjoint):
        check(divided, features, replace(DRAW, known=10))


@pytest.mark.parametrize("canaries", [0, 6])
def test_unequal_sides_are_an_error(canaries: int) -> None:
    draw = replace(DRAW, canaries=canaries)
    divided = drawn(draw, records())
    divided.membership[0, np.flatnonzero(divided.membership[0] & (divided.canaries | (canaries == 0)))[0]] = 0
    with pytest.raises(NotDisjoint):
        check(divided, records(), draw)


def test_too_few_records_are_told_with_the_most_that_would_do() -> None:
    with pytest.raises(NotEnoughRecords, match=r"has 80 distinct records.* at most 39 members") as told:
        drawn(DRAW, np.tile(records(80), (2, 1)))
    assert told.value.extensions == {"records": 80, "most_members": 39}
    assert len(drawn(replace(DRAW, members=39), records(80)).population) == 2


def test_games_that_differ_in_who_was_trained_on_give_out_the_same_files(tmp_path: Path) -> None:
    features = records()
    labelled = Records(features, np.arange(200) % 3, class_names(3))
    divided = drawn(DRAW, features)
    opposite = replace(
        divided, membership=~divided.membership, trained=(divided.candidates[~divided.membership[0]],)
    )
    granted = table(labelled.take(divided.population))
    one, other = GameFiles(tmp_path / "one"), GameFiles(tmp_path / "other")
    one.write(labelled, divided, granted)
    other.write(labelled, opposite, granted)
    assert one.candidates.read_bytes() == other.candidates.read_bytes()
    assert one.knowledge.read_bytes() == other.knowledge.read_bytes()
    trained = [{bytes(row) for row in load(files.training(0))} for files in (one, other)]
    assert not trained[0] & trained[1]
    assert trained[0] | trained[1] == {bytes(row) for row in load(one.candidates)}
