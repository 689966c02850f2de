"""Twins share their base's truth and candidates, under another profile."""

import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from live import Customer, eventually, refused

ELSEWHERE = {"id", "twin_of", "profile", "options", "targets"}


def twin(owner: Any, base: str, key: str | None = None, **asked: Any) -> Any:
    """The answer to its creation, by the base's owner if no other key is given."""
    game_id = base.rpartition("/")[2]
    key = owner.keys[game_id] if key is None else key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    asked = {"twin_of": game_id, "profile": "tiny_top_1"} | asked
    answer = owner.post("/v1/games", json=asked, headers=headers)
    if answer.status_code == 202:
        owner.keys[answer.json()["id"]] = answer.json()["owner_key"]
    return answer


def opened(owner: Any, base: str, **asked: Any) -> str:
    path = f"/v1/games/{twin(owner, base, **asked).raise_for_status().json()['id']}"
    assert owner.prepared(path)["state"] == "open"
    return path


def in_the_database(data: Path, query: str, *values: str) -> list[Any]:
    with sqlite3.connect(data / "challenger.sqlite") as database:
        return database.execute(query, values).fetchall()


def models_of(data: Path, provider_url: str, game: str) -> list[dict[str, Any]]:
    """The game's, as the provider shows them to their owner."""
    game_id = game.rpartition("/")[2]
    [(key,)] = in_the_database(data, "SELECT provider_key FROM game WHERE id = ?", game_id)
    named = in_the_database(data, 'SELECT model_id FROM target WHERE game_id = ? ORDER BY "index"', game_id)
    with Customer(provider_url, key) as customer:
        return [customer.get(f"/v1/models/{model_id}").raise_for_status().json() for (model_id,) in named]


def answered(owner: Any, game: str, provider_url: str) -> Any:
    """Of every target about every candidate, as any customer gets it: (T, N, K)."""
    candidates = owner.table(f"{game}/candidates")[:, 1:]
    with Customer(provider_url) as customer:
        return np.array(
            [
                customer.post(
                    f"/v1/models/{target['model_id']}/predict", json={"instances": candidates.tolist()}
                ).json()["predictions"]
                for target in owner.get(game).json()["targets"]
            ]
        )


@pytest.fixture(scope="module")
def games(owner: Any) -> SimpleNamespace:
    """An open game on two targets, its twin of the same recipe, and one that is trained otherwise."""
    base = owner.opened(targets=2, canaries=20, knowledge={"kind": "noisy", "mode": "replace"}, seed=11)
    return SimpleNamespace(
        base=base, served=opened(owner, base), trained=opened(owner, base, profile="overfitted")
    )


def test_a_twin_is_its_base_under_another_profile(owner: Any, games: SimpleNamespace) -> None:
    base, served = (owner.get(game).json() for game in (games.base, games.served))
    assert (served["twin_of"], served["profile"]) == (base["id"], "tiny_top_1")
    assert "twin_of" not in base
    assert {n: v for n, v in served.items() if n not in ELSEWHERE} == {
        n: v for n, v in base.items() if n not in ELSEWHERE
    }
    ids = [target["model_id"] for game in (base, served) for target in game["targets"]]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("part", ["candidates", "knowledge"])
def test_a_twin_grants_what_its_base_does_to_the_byte(owner: Any, games: SimpleNamespace, part: str) -> None:
    base, *twins = (owner.get(f"{game}/{part}").content for game in vars(games).values())
    assert twins == [base, base]


def test_a_target_of_the_same_recipe_is_the_base_s_served_otherwise(
    owner: Any, games: SimpleNamespace, provider_url: str
) -> None:
    base, served = (answered(owner, game, provider_url) for game in (games.base, games.served))
    likeliest = base == base.max(axis=2, keepdims=True)
    assert (served == np.where(likeliest, base, 0)).all()
    bases = [model["id"] for model in models_of(owner.data, provider_url, games.base)]
    assert [m["served_from"] for m in models_of(owner.data, provider_url, games.served)] == bases


def test_a_target_of_another_recipe_is_trained_on_the_same_upload(
    owner: Any, games: SimpleNamespace, provider_url: str
) -> None:
    base, trained = (models_of(owner.data, provider_url, game) for game in (games.base, games.trained))
    assert [model["profile"] for model in trained] == ["overfitted"] * 2
    assert [model.get("served_from") for model in trained] == [None] * 2
    assert [model["dataset_id"] for model in trained] == [model["dataset_id"] for model in base]


def test_other_options_are_trained_anew_and_the_base_s_are_the_default(owner: Any, provider_url: str) -> None:
    base = owner.opened(profile="amazon", options={"max_passes": 3}, members=50)
    same, other = opened(owner, base, profile="amazon"), opened(owner, base, profile="amazon", options={})
    assert (owner.get(same).json()["options"], owner.get(other).json()["options"]) == ({"max_passes": 3}, {})
    [one], [two] = (models_of(owner.data, provider_url, game) for game in (same, other))
    assert one["served_from"] is not None
    assert (two.get("served_from"), two["dataset_id"]) == (None, one["dataset_id"])


def test_only_the_base_s_owner_has_a_twin_made(owner: Any, games: SimpleNamespace) -> None:
    refused(twin(owner, games.base, key=""), 401, "unauthenticated")
    other = owner.keys[games.served.rpartition("/")[2]]
    refused(twin(owner, games.base, key=other), 403, "forbidden")
    refused(twin(owner, games.base, twin_of="g-unknown"), 404, "not-found")
    assert twin(owner, games.served, key=other, profile="tiny").status_code == 202


def test_what_a_twin_has_from_its_base_cannot_be_asked_for(owner: Any, games: SimpleNamespace) -> None:
    asked = {"members": 100, "dataset": "digits", "seed": 11}
    detail = refused(twin(owner, games.base, **asked), 422, "invalid-request")
    assert "leave out dataset, members, seed" in detail
    refused(twin(owner, games.base, anything=1), 422, "invalid-request")
    refused(twin(owner, games.base, profile="tin"), 422, "unknown-profile")
    refused(twin(owner, games.base, options={"passes": 1}), 422, "option-not-offered")


def test_a_game_that_is_not_prepared_has_no_twin(owner: Any, provider_url: str) -> None:
    base = f"/v1/games/{owner.create(profile='slow').json()['id']}"
    refused(twin(owner, base), 409, "game-not-open")
    eventually(lambda: (owner.data / "games" / base.rpartition("/")[2]).exists())
    game_id = base.rpartition("/")[2]
    [(key,)] = in_the_database(owner.data, "SELECT provider_key FROM game WHERE id = ?", game_id)
    [(model_id,)] = in_the_database(owner.data, "SELECT model_id FROM target WHERE game_id = ?", game_id)
    with Customer(provider_url, key) as customer:
        eventually(lambda: customer.post(f"/v1/models/{model_id}/cancel").is_success)
    assert owner.prepared(base)["state"] == "failed"
    refused(twin(owner, base), 409, "game-not-open")


def test_twins_are_no_other_draws(owner: Any, datasets: Path) -> None:
    """What the same request gives later hangs on how often it came, not on the twins in between."""
    one = owner.opened(seed=12)
    opened(owner, one)
    two = owner.opened(seed=12)
    ordinals = [
        in_the_database(owner.data, "SELECT ordinal FROM game WHERE id = ?", game.rpartition("/")[2])
        for game in (one, two)
    ]
    assert ordinals == [[(0,)], [(1,)]]


def test_each_is_closed_by_itself_and_told_that_the_truth_was_out(owner: Any) -> None:
    base = owner.opened(seed=13)
    early, late = opened(owner, base), opened(owner, base, profile="overfitted")
    owner.submit(base, np.zeros(200)).raise_for_status()
    owner.submit(early, np.zeros(200)).raise_for_status()
    owner.close_game(base).raise_for_status()
    owner.submit(late, np.zeros(200)).raise_for_status()
    assert owner.get(early).json()["state"] == owner.get(late).json()["state"] == "open"
    refused(owner.get(f"{early}/membership"), 409, "game-not-closed")
    owner.close_game(early).raise_for_status()
    owner.close_game(late).raise_for_status()
    boards = [owner.get(f"{game}/scoreboard").json() for game in (base, early, late)]
    told = [submission["truth_told"] for board in boards for submission in board["submissions"]]
    assert told == [False, False, True]
    assert [board["twin_of"] for board in boards] == [None] + [base.rpartition("/")[2]] * 2
    truths = [owner.table(f"{game}/membership") for game in (base, early, late)]
    assert (truths[0] == np.stack(truths)).all()
    train = [board["target"]["train_accuracy"] for board in boards]
    assert train[0] == train[1]
    assert train[2]["value"] == 1.0
    told_of = owner.get(f"{late}/generalisation").json()["targets"]
    assert told_of[0]["train_accuracy"] == train[2]


def test_a_closed_game_may_have_a_twin_that_outlives_its_folder(owner: Any) -> None:
    base = owner.opened(seed=14)
    owner.close_game(base).raise_for_status()
    game = opened(owner, base)
    candidates = owner.table(f"{base}/candidates")
    kept, shared = (owner.data / "games" / one.rpartition("/")[2] for one in (base, game))
    assert (kept / "candidates.npy").samefile(shared / "candidates.npy")
    shutil.rmtree(kept)
    later = opened(owner, base)
    for one in (game, later):
        assert (owner.table(f"{one}/candidates") == candidates).all()
        owner.submit(one, np.zeros(200)).raise_for_status()
        owner.close_game(one).raise_for_status()


def test_preparing_a_twin_again_gives_the_same_models(start: Any, provider_url: str, tmp_path: Path) -> None:
    """As after a crash at the last step: everything was asked for, nothing was noted."""
    data = tmp_path / "challenger"
    with start(data) as owner:
        base = owner.opened(members=50)
        twins = [opened(owner, base), opened(owner, base, profile="amazon")]
        before = [models_of(data, provider_url, game) for game in twins]
        candidates = owner.table(f"{base}/candidates")
    with sqlite3.connect(data / "challenger.sqlite") as database:
        database.execute("UPDATE game SET state = 'preparing' WHERE twin_of IS NOT NULL")
    shutil.rmtree(data / "games")
    with start(data) as owner:
        assert [owner.prepared(game)["state"] for game in twins] == ["open"] * 2
        assert [models_of(data, provider_url, game) for game in twins] == before
        assert [(owner.table(f"{game}/candidates") == candidates).all() for game in twins] == [True] * 2
