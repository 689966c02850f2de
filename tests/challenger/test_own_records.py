"""Games on an owner's own records, as the challenger makes them of uploads."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live import NPY, npy, refused

from services.challenger.split import Brought, Draw, divide
from services.challenger.uploads.folder import KEPT_S, Uploads

FEATURES = [{"name": f"f{number}", "kind": "integer", "min": 0, "max": 999} for number in range(3)]
SECRET = b"the same secret of two challengers"


def table(first: int, count: int) -> Any:
    """Distinct records (N, 1+3) of two classes."""
    rows = np.arange(first, first + count)
    return np.column_stack([rows % 2, rows, rows % 7, rows % 11]).astype("i4")


def send(owner: Any, array: Any, kind: str = NPY) -> Any:
    return owner.post("/v1/uploads", content=npy(array), headers={"Content-Type": kind})


def uploaded(owner: Any, array: Any) -> str:
    return str(send(owner, array).raise_for_status().json()["id"])


def asked(owner: Any, **more: Any) -> dict[str, Any]:
    parts = {"members": table(0, 40), "non_members": table(100, 30), "population": table(200, 100)}
    named = {name: uploaded(owner, array) for name, array in parts.items()}
    game = {"records": named, "classes": ["no", "yes"], "features": FEATURES, "profile": "tiny"}
    return game | more


def create(owner: Any, game: dict[str, Any]) -> Any:
    answer = owner.post("/v1/games", json=game)
    if answer.status_code == 202:
        owner.keys[answer.json()["id"]] = answer.json()["owner_key"]
    return answer


def opened(owner: Any, game: dict[str, Any]) -> str:
    path = f"/v1/games/{create(owner, game).raise_for_status().json()['id']}"
    assert owner.prepared(path)["state"] == "open"
    return path


def rows_of(array: Any) -> set[tuple[Any, ...]]:
    return set(map(tuple, array.tolist()))


def test_sides_are_as_the_owner_says_and_disjoint(owner: Any) -> None:
    path = opened(owner, asked(owner))
    candidates, population = (owner.table(f"{path}/{part}") for part in ("candidates", "knowledge"))
    owner.close_game(path).raise_for_status()
    [membership] = owner.table(f"{path}/membership")
    members, others = rows_of(table(0, 40)), rows_of(table(100, 30))
    assert membership.sum() == 30
    assert rows_of(candidates[membership]) < members
    assert rows_of(candidates[~membership]) == others
    assert rows_of(population) == rows_of(table(200, 100))


def test_who_knows_the_files_does_not_know_the_order(owner: Any, start: Any, tmp_path: Path) -> None:
    """Two games on the same records have their candidates in other orders, and other members among them."""
    first, second = (owner.table(f"{opened(owner, asked(owner))}/candidates") for _ in range(2))
    assert rows_of(first) != rows_of(second)
    assert len(rows_of(first) & rows_of(second)) >= 30, "all non-members are candidates of both"


def test_known_members_are_no_candidates(owner: Any) -> None:
    path = opened(owner, asked(owner, knowledge={"kind": "partial", "share": 0.2}))
    candidates, known = (owner.table(f"{path}/{part}") for part in ("candidates", "knowledge"))
    assert (len(candidates), len(known)) == (48, 12)
    assert not rows_of(candidates) & rows_of(known)
    assert rows_of(known[:6]) < rows_of(table(0, 40))
    assert rows_of(known[6:]) < rows_of(table(100, 30))


def test_a_deployed_target_is_judged_by_what_it_answered_its_owner(owner: Any) -> None:
    right = [np.eye(2)[one[:, 0]] * 0.8 + 0.1 for one in (table(0, 40), table(100, 30))]
    right[1][:15] = right[1][:15, ::-1]  # half of the others are answered wrongly
    answered = dict(zip(("members", "non_members"), (uploaded(owner, one) for one in right), strict=True))
    target = {"url": "http://127.0.0.1:9", "model": "m", "dialect": "instances", "answered": answered}
    path = opened(owner, asked(owner, target=target))
    document = owner.get(path).json()
    assert document["deployed"]["url"] == "http://127.0.0.1:9"
    assert (document["members"], document["candidates"]) == (40, 60)
    page = owner.get(path.removeprefix("/v1")).text
    assert "The target is the model m at http://127.0.0.1:9" in page
    assert path.removeprefix("/v1") not in owner.get("/").text, "it is its owner's to tell of"
    owner.close_game(path).raise_for_status()
    told = owner.get(f"{path}/generalisation").json()["targets"][0]
    assert [told["train_accuracy"][name] for name in ("count", "of")] == [40, 40]
    assert [told["test_accuracy"][name] for name in ("count", "of")] == [15, 30]
    twin = {"twin_of": path.rpartition("/")[2], "profile": "tiny"}
    key = {"Authorization": f"Bearer {owner.keys[twin['twin_of']]}"}
    assert "deployed elsewhere" in refused(
        owner.post("/v1/games", json=twin, headers=key), 422, "invalid-request"
    )


def test_a_trained_target_can_have_twins(owner: Any) -> None:
    base = opened(owner, asked(owner))
    twin = {"twin_of": base.rpartition("/")[2], "profile": "tiny_top_1"}
    key = {"Authorization": f"Bearer {owner.keys[twin['twin_of']]}"}
    answer = owner.post("/v1/games", json=twin, headers=key).raise_for_status().json()
    path = f"/v1/games/{answer['id']}"
    assert owner.prepared(path)["state"] == "open"
    assert np.array_equal(owner.table(f"{base}/candidates"), owner.table(f"{path}/candidates"))
    assert owner.get(path).json()["classes"] == ["no", "yes"]


@pytest.mark.parametrize(
    ("wrong", "slug", "said"),
    [
        ({"classes": ["no", "no"]}, "bad-data", "names of their own"),
        ({"classes": ["no", "yes", "maybe"], "features": FEATURES[:2]}, "wrong-shape", "3 columns"),
        ({"features": [*FEATURES[:2], FEATURES[2] | {"max": 3}]}, "bad-data", "a value of f2"),
        ({"features": [*FEATURES[:2], FEATURES[2] | {"min": 12, "max": 3}]}, "bad-data", "least value"),
        ({"features": [*FEATURES[:2], FEATURES[2] | {"values": [-1]}]}, "bad-data", "beyond its ends"),
        ({"features": [*FEATURES[:2], FEATURES[2] | {"categories": ["a"]}]}, "bad-data", "0, 1, ..."),
        ({"profile": "nothing"}, "unknown-profile", "no profile"),
        ({"knowledge": {"kind": "noisy"}}, "knowledge-not-possible", "flipped"),
        ({"dataset": "digits"}, "invalid-request", "dataset"),
        ({"records": {"members": "", "non_members": ""}}, "invalid-request", "/records/members"),
        ({"records": {"members": "", "non_members": "u", "population": "u"}}, "invalid-request", "members"),
        ({"target": {"url": "ftp://x", "model": "m", "dialect": "d"}}, "invalid-request", "url"),
        ({"target": {"url": "http://u:p@x", "model": "m", "dialect": "d"}}, "invalid-request", "url"),
    ],
)
def test_what_makes_no_game_is_refused(owner: Any, wrong: dict[str, Any], slug: str, said: str) -> None:
    answer = create(owner, asked(owner, **wrong))
    detail = refused(answer, 422, slug)
    assert said in detail + answer.text


def test_records_that_do_not_suffice_are_refused(owner: Any) -> None:
    few = asked(owner)
    few["records"]["members"] = uploaded(owner, table(0, 5))
    assert "bring 10 of each" in refused(create(owner, few), 422, "not-enough-records")
    alike = asked(owner)
    alike["records"] |= {"members": uploaded(owner, table(0, 30)), "population": None}
    assert "bring one" in refused(create(owner, alike), 422, "knowledge-not-possible")
    alike["knowledge"] = {"kind": "format"}
    assert create(owner, alike).status_code == 202
    labels = asked(owner)
    labels["records"]["members"] = uploaded(owner, table(0, 30) + np.array([2, 0, 0, 0], "i4"))
    assert "label" in refused(create(owner, labels), 422, "bad-data")


@pytest.mark.parametrize(
    ("others", "slug"), [(np.full((30, 2), 1.5), "bad-data"), (np.zeros((29, 2)), "wrong-shape")]
)
def test_answers_are_probabilities_about_every_record(owner: Any, others: Any, slug: str) -> None:
    answered = {"members": uploaded(owner, np.full((40, 2), 0.5)), "non_members": uploaded(owner, others)}
    target = {"url": "http://127.0.0.1:9", "model": "m", "dialect": "instances", "answered": answered}
    refused(create(owner, asked(owner, target=target)), 422, slug)


def test_an_upload_makes_one_game(owner: Any) -> None:
    game = asked(owner)
    opened(owner, game)
    assert "Send it again" in refused(create(owner, game), 422, "unknown-upload")
    game["records"]["members"] = "../../secret"
    refused(create(owner, game), 422, "unknown-upload")


def test_an_upload_is_a_finite_table_within_limits(start: Any, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHALLENGER_UPLOAD_BYTES", "2000")
        patch.setenv("CHALLENGER_UPLOADS_BYTES", "3000")
        with start(tmp_path / "small") as owner:
            folder = owner.data / "uploads"
            refused(send(owner, table(0, 4), "text/csv"), 415, "unsupported-media-type")
            refused(send(owner, np.full((2, 2), np.nan)), 422, "not-finite")
            refused(send(owner, np.zeros(3)), 422, "bad-data")
            refused(send(owner, np.zeros((100, 4))), 413, "body-too-large")
            assert not list(folder.iterdir()), "nothing of what was refused is left"
            uploaded(owner, np.zeros((50, 4)))
            assert "no room" in refused(send(owner, np.zeros((50, 4))), 503, "overloaded")
            assert len(list(folder.iterdir())) == 1


def test_what_became_no_game_is_gone_after_a_day(owner: Any, tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 2**20)
    old, new = tmp_path / "u-aaaaaaaaaaaa.npy", tmp_path / "u-bbbbbbbbbbbb.npy"
    for file in (old, new):
        file.write_bytes(b"12")
    uploads.held = 4
    os.utime(old, (0, time.time() - 2 * KEPT_S))
    uploads.sweep(time.time() - KEPT_S)
    assert (old.exists(), new.exists(), uploads.held) == (False, True, 2)


def test_what_is_taken_away_meanwhile_is_no_fault_and_counted_once(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, 2**20)
    ids = [f"u-{''.join(letters)}" for letters in product("abcdef", "ghijkl", "mnopqr", ["aaaaaaaaa"])]
    for upload_id in ids:
        uploads.file(upload_id).write_bytes(b"12")
    uploads.held = 2 * len(ids) + 7
    with ThreadPoolExecutor(8) as pool:
        swept = [pool.submit(uploads.sweep, time.time() + KEPT_S) for _ in range(4)]
        removed = [pool.submit(uploads.remove, ids[::-1]) for _ in range(4)]
    assert [task.result() for task in swept + removed] == [None] * 8
    assert (uploads.held, list(tmp_path.iterdir())) == (7, [])


@pytest.mark.parametrize("known", [0, 5])
def test_a_division_has_equal_sides_and_all_members_are_learned(known: int) -> None:
    features = np.concatenate([table(0, 40), table(30, 30), table(50, 90)])[:, 1:]
    brought = Brought.of(features, 40, 30)
    assert brought.left_out == (0, 10, 10)
    draw = Draw("own", brought.pairs, 1, null=False, seed="1", known=known)
    divided = divide(draw, brought, features, draw.generator(SECRET))
    learned = set(divided.trained[0].tolist())
    assert learned == set(range(40))
    assert set(divided.candidates[divided.membership[0]].tolist()) < learned
    assert divided.membership.sum() * 2 == len(divided.candidates) == 2 * (20 - known)
    assert set(divided.known[:known].tolist()) < learned
    assert not learned & set(divided.population.tolist())
    assert len(divided.population) == 80
    examined = divided.examined(0)
    assert sorted(examined) == sorted({*divided.candidates.tolist(), *learned})
