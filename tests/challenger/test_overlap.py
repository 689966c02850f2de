"""Members in the population: as many as the rules say, none of them a candidate, and nothing marks them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from challenger.asking import auc

from services.challenger.files import GameFiles
from services.challenger.files import load as load_table
from services.challenger.games import preparation
from services.challenger.games.rules import overlapping
from services.challenger.games.tables import Game
from services.challenger.settings import Settings
from services.challenger.split import Draw, Split, split

SECRET = b"s" * 32
KNOWN = 78  # of 200 members: with as many non-members among 1,397 others they are 5 %
KINDS = [
    {"kind": "population"},
    {"kind": "noisy", "rate": 0.1, "mode": "replace"},
    {"kind": "shifted", "strength": 0.5},
    {"kind": "marginals"},
]


def contents(table: Any) -> list[bytes]:
    return [bytes(row) for row in table]


@pytest.fixture(scope="module")
def played(owner: Any) -> SimpleNamespace:
    """A closed game, and what was served of it before."""
    game = owner.opened(members=200, overlap=0.05, seed=4)
    rules, told = owner.get(game).json()["rules"], owner.get(game).json()["candidates"]
    candidates, population = (owner.table(f"{game}/{part}") for part in ("candidates", "knowledge"))
    owner.close_game(game).raise_for_status()
    files = GameFiles(owner.data / "games" / game.rpartition("/")[2])
    return SimpleNamespace(
        rules=rules,
        told=told,
        candidates=contents(candidates),
        population=contents(population),
        member=owner.table(f"{game}/membership")[0],
        learned=set(contents(load_table(files.training(0)))),
        board=owner.get(f"{game}/scoreboard").json(),
    )


def test_that_share_of_the_population_are_members_and_as_many_non_members_came_with_them(
    played: SimpleNamespace,
) -> None:
    among = sum(record in played.learned for record in played.population)
    assert (among, len(set(played.population))) == (KNOWN, 1_397 + 2 * KNOWN)
    assert abs(among / len(played.population) - 0.05) < 1 / len(played.population)
    assert len(played.learned) == 200


def test_no_candidate_is_in_the_population(played: SimpleNamespace) -> None:
    """A member there would be known to be none of the candidates."""
    assert played.told == len(played.candidates) == 2 * (200 - KNOWN)
    assert not set(played.candidates) & set(played.population)
    assert [record in played.learned for record in played.candidates] == played.member.tolist()
    assert played.member.sum() == 200 - KNOWN


def test_rules_and_scoreboard_tell_the_overlap(played: SimpleNamespace) -> None:
    assert played.rules["overlap"] == played.board["overlap"] == 0.05
    target = played.board["target"]
    assert (target["train_accuracy"]["of"], target["test_accuracy"]["of"]) == (200, 200 - KNOWN)


def test_places_in_the_population_tell_nothing() -> None:
    """Neither of the members, nor of those that came with them."""
    features = np.arange(300)[:, np.newaxis]
    found = []
    for seed in range(200):
        draw = Draw("made", members=60, targets=1, null=False, seed=str(seed), known=40)
        divided = split(draw, features, draw.generator(SECRET))
        place = np.argsort(divided.mixed(draw.generator(SECRET, purpose="overlap")))
        rank = dict(zip(np.sort(np.append(divided.population, divided.known)), place, strict=True))
        members, others, population = (
            np.array([rank[row] for row in rows])
            for rows in (divided.known[:40], divided.known[40:], divided.population)
        )
        found.append([auc(members, others), auc(members, population), auc(others, population)])
    error = np.sqrt((40 + 40 + 1) / (12 * 40 * 40) / 200)  # of the first, the largest of the three
    assert np.abs(np.mean(found, axis=0) - 0.5).max() < 4.5 * error


@pytest.mark.parametrize("rule", KINDS, ids=lambda rule: rule["kind"])
def test_what_is_served_is_the_same_whoever_of_them_are_members(
    rule: dict[str, Any], tmp_path: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte: with members and non-members exchanged among the candidates and in the population."""
    asked = {"dataset": "digits", "members": 200, "targets": 1, "null": False, "inclusion": "half"}
    game = Game(**asked, canaries=20, known=KNOWN, overlap=0.05, seed="3", ordinal=0, knowledge=rule)
    prepare = preparation.Preparation(Settings(datasets=datasets), None, SECRET, None)  # type: ignore[arg-type]
    one, other = GameFiles(tmp_path / "one"), GameFiles(tmp_path / "other")
    prepare.draw(game, one)
    monkeypatch.setattr(preparation, "split", lambda *asked: exchanged(split(*asked)))
    prepare.draw(game, other)
    learned = [set(contents(load_table(files.training(0)))) for files in (one, other)]
    assert not learned[0] & learned[1]
    assert one.knowledge.read_bytes() == other.knowledge.read_bytes()
    assert one.candidates.read_bytes() == other.candidates.read_bytes()


def exchanged(divided: Split) -> Split:
    membership, known = ~divided.membership, np.roll(divided.known, len(divided.known) // 2)
    trained = np.append(divided.candidates[membership[0]], known[: len(known) // 2])
    return replace(divided, membership=membership, known=known, trained=(trained,))


def test_a_game_that_tells_as_many_members_is_another_draw(owner: Any) -> None:
    """Else it would tell who they are."""
    hidden = owner.opened(members=200, overlap=0.05, seed=8)
    telling = owner.opened(members=200, knowledge={"kind": "partial", "share": KNOWN / 200}, seed=8)
    population, known = (contents(owner.table(f"{game}/knowledge")) for game in (hidden, telling))
    assert len(known) == 2 * KNOWN
    assert set(known) - set(population)


@pytest.mark.parametrize(("members", "records"), [(200, 1_797), (1_200, 5_010), (5, 5_000), (40, 81)])
def test_one_member_fewer_is_less_than_the_share_and_one_more_is_more(members: int, records: int) -> None:
    draw, others = Draw("made", members, 1, False, "1"), records - 2 * members
    reached = [k / (others + 2 * k) for k in range(members + 1)]
    for share in np.linspace(reached[1], reached[members - 1], 50)[1:-1]:
        k = overlapping(draw, share, records)
        assert 0 < k < members
        assert reached[k - 1] < share < reached[k + 1]
