"""Splits: disjoint by content, fixed by secret and seed, silent about membership."""

import hmac
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

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
        check(divided, features, null=False)


def test_the_same_secret_and_seed_give_the_same_split() -> None:
    one, other = drawn(DRAW, records()), drawn(DRAW, records())
    for name in ("candidates", "membership", "trained", "population"):
        assert (getattr(one, name) == getattr(other, name)).all()


def test_a_split_is_drawn_from_the_secret_and_what_was_asked_for_alone() -> None:
    """These bytes are for good: with others, the splits of earlier games could not be drawn again."""
    asked = b'{"dataset":"made","members":40,"null":false,"ordinal":0,"seed":"7","targets":1}'
    key = int.from_bytes(hmac.digest(SECRET, asked, "sha256"), "big")
    assert DRAW.generator(SECRET).bit_generator.state == np.random.PCG64(key).state


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
    ],
)
def test_whatever_is_asked_otherwise_is_another_draw(draw: Draw, secret: bytes) -> None:
    one, other = drawn(DRAW, records()), drawn(draw, records(), secret)
    assert (one.candidates == other.candidates).mean() < 0.2
    assert 0.2 < (one.membership[0] == other.membership[0]).mean() < 0.8


def test_targets_come_in_antithetic_pairs() -> None:
    membership = halves(5, 60, np.random.default_rng(0))
    assert (membership.sum(axis=1) == 30).all()
    assert (membership[0] ^ membership[1]).all()
    assert (membership[2] ^ membership[3]).all()
    assert 0.2 < (membership[0] == membership[2]).mean() < 0.8


def test_the_order_of_candidates_says_nothing_of_membership() -> None:
    games = [drawn(replace(DRAW, seed=str(seed)), records()) for seed in range(200)]
    share = np.mean([game.membership[0] for game in games], axis=0)
    assert np.abs(share - 0.5).max() < 0.5 * 4.5 / np.sqrt(200)  # 4.5 standard deviations, 80 positions


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
        divided, membership=~divided.membership, trained=divided.candidates[~divided.membership[0]][None]
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
