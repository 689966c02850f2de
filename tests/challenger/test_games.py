"""Games: created, shown, refused."""

import json
import re
import sqlite3
from typing import Any

import numpy as np
import pytest
from live import Customer, eventually, read_npy, refused


@pytest.fixture(scope="module")
def game(owner: Any) -> str:
    path: str = owner.opened()
    return path


def test_a_game_tells_what_an_attacker_must_know(owner: Any, game: str, provider_url: str) -> None:
    document = owner.get(game).json()
    assert document["provider_url"] == provider_url
    assert (document["state"], document["profile"], document["options"]) == ("open", "tiny", {})
    assert (document["members"], document["candidates"]) == (100, 200)
    assert document["classes"] == [str(digit) for digit in range(10)]
    assert document["shape"] == [8, 8]
    assert document["features"][63] == {"name": "pixel_7_7", "kind": "integer", "min": 0.0, "max": 16.0}
    assert document["rules"] == {
        "knowledge": {"kind": "population"},
        "access": "disjoint",
        "overlap": 0.0,
        "inclusion": "half",
        "canaries": 0,
        "max_submissions": 100,
    }
    [target] = document["targets"]
    assert target["index"] == 0
    assert re.fullmatch(r"m-[a-z2-7]{12}-t0-[a-z2-7]{12}", target["model_id"])


def test_candidates_and_population_are_records_of_the_data_set(owner: Any, game: str) -> None:
    candidates, population = owner.table(f"{game}/candidates"), owner.table(f"{game}/knowledge")
    assert (candidates.shape, population.shape) == ((200, 65), (1_597, 65))
    assert candidates.dtype == population.dtype == np.uint8
    assert not {bytes(row) for row in candidates} & {bytes(row) for row in population}


def test_the_target_answers_any_customer_and_shows_the_declared_format(
    owner: Any, game: str, provider_url: str
) -> None:
    model_id = owner.get(game).json()["targets"][0]["model_id"]
    candidates = owner.table(f"{game}/candidates")
    with Customer(provider_url) as attacker:
        model = attacker.get(f"/v1/models/{model_id}").json()
        answer = attacker.predict(model_id, candidates[:, 1:], Accept="application/x-npy")
        assert model["features"][0] == {
            "name": "pixel_0_0",
            "kind": "integer",
            "min": 0,
            "max": 16,
            "values": None,
        }
        assert model["shape"] == [8, 8]
        assert "dataset_id" not in model
    assert read_npy(answer.content).shape == (200, len(model["classes"]))


def test_a_game_is_shown_while_it_is_prepared_and_when_it_fails(owner: Any, provider_url: str) -> None:
    created = owner.create(profile="slow")
    assert created.status_code == 202
    path = f"/v1/games/{created.json()['id']}"
    assert created.json()["url"] == created.headers["location"] == f"{str(owner.base_url).rstrip('/')}{path}"
    document = owner.get(path).json()
    assert document["state"] == "preparing"
    for part in ("candidates", "knowledge"):
        assert "being prepared" in refused(owner.get(f"{path}/{part}"), 409, "game-not-open")
    refused(owner.submit(path, np.zeros(200)), 409, "game-not-open")
    refused(owner.close_game(path), 409, "game-not-open")
    assert document["targets"] == []
    cancel_training(owner, created.json()["id"], provider_url)
    document = owner.prepared(path)
    assert (document["state"], document["error"]) == ("failed", "The training was cancelled.")
    assert "create another" in refused(owner.get(f"{path}/candidates"), 409, "game-not-open")


def cancel_training(owner: Any, game_id: str, provider_url: str) -> None:
    """With the data owner's account and the target's id, which only the challenger's database knows."""
    with sqlite3.connect(owner.data / "challenger.sqlite") as database:
        asked = "SELECT provider_key, model_id FROM game JOIN target ON game_id = id WHERE id = ?"
        [(key, model_id)] = database.execute(asked, [game_id])
    database.close()
    with Customer(provider_url, key) as data_owner:
        eventually(lambda: data_owner.post(f"/v1/models/{model_id}/cancel").is_success)


@pytest.mark.parametrize(
    ("asked", "slug", "remedy"),
    [
        ({"dataset": "digts"}, "unknown-dataset", "did you mean digits?"),
        ({"dataset": "zzz"}, "unknown-dataset", "choose among adult"),
        ({"profile": "tinny"}, "unknown-profile", "did you mean tiny?"),
        ({"options": {"epochs": 3}}, "option-not-offered", "it takes none"),
        (
            {"profile": "amazon", "options": {"max_pases": 3}},
            "option-not-offered",
            "did you mean max_passes?",
        ),
        ({"profile": "amazon", "options": {"max_passes": 0}}, "option-not-offered", "between"),
        ({"members": 1_000}, "not-enough-records", "at most 898 members"),
        ({"members": 10**7}, "invalid-request", "at most 100000 members"),
        ({"members": 0}, "invalid-request", "#/members"),
        ({"knowledge": {"kind": "all"}}, "invalid-request", "noisy, shifted, marginals, format, partial"),
        ({"knowledge": {"kind": ["noisy"]}}, "invalid-request", "one of population"),
        ({"knowledge": {"rate": 0.1}}, "invalid-request", "one of population"),
        ({"knowledge": "marginals"}, "invalid-request", "#/knowledge"),
        ({"knowledge": {"kind": "marginals", "rate": 0.1}}, "invalid-request", "/rate"),
        ({"knowledge": {"kind": "noisy", "rate": 1.5}}, "invalid-request", "/rate"),
        ({"knowledge": {"kind": "noisy", "mode": "flop"}}, "invalid-request", "/mode"),
        ({"knowledge": {"kind": "noisy"}}, "knowledge-not-possible", "the mode `replace`"),
        ({"access": "white-box"}, "invalid-request", "#/access"),
        ({"knowledge": {"kind": "partial", "share": 1}}, "invalid-request", "/share"),
        ({"knowledge": {"kind": "partial", "share": 0.001}}, "knowledge-not-possible", "ask for another"),
        ({"knowledge": {"kind": "partial", "share": 0.999}}, "knowledge-not-possible", "ask for another"),
        ({"knowledge": {"kind": "partial"}, "targets": 2}, "knowledge-not-possible", "with 1 target"),
        ({"knowledge": {"kind": "partial"}, "inclusion": "coin"}, "knowledge-not-possible", '"half"'),
        ({"knowledge": {"kind": "partial"}, "null": True}, "knowledge-not-possible", "no null game"),
        ({"targets": 0}, "invalid-request", "#/targets"),
        ({"targets": 65}, "invalid-request", "at most 64 targets"),
        ({"inclusion": "all"}, "invalid-request", "#/inclusion"),
        ({"inclusion": "coin", "members": 19}, "invalid-request", "needs 20"),
        ({"knowledge": {"kind": "shifted", "strength": 0}}, "invalid-request", "/strength"),
        ({"overlap": 0.6}, "invalid-request", "#/overlap"),
        (
            {"overlap": 0.4},
            "knowledge-not-possible",
            "between 0.000626 and 0.0551",
        ),
        ({"overlap": 0.0006}, "knowledge-not-possible", "between 0.000626"),
        ({"overlap": 0.05, "targets": 2}, "knowledge-not-possible", "an overlap with 1 target"),
        ({"overlap": 0.05, "inclusion": "coin"}, "knowledge-not-possible", '"half"'),
        ({"overlap": 0.05, "null": True}, "knowledge-not-possible", "no null game"),
        ({"overlap": 0.05, "knowledge": {"kind": "partial"}}, "knowledge-not-possible", "another kind"),
        ({"overlap": 0.05, "knowledge": {"kind": "format"}}, "knowledge-not-possible", "another kind"),
        ({"overlap": 0.05, "canaries": 24}, "invalid-request", "at most 22"),
        ({"canaries": -2}, "invalid-request", "#/canaries"),
        ({"canaries": 1}, "invalid-request", "an even number"),
        ({"canaries": 202}, "invalid-request", "at most 200"),
        ({"canaries": 162, "knowledge": {"kind": "partial"}}, "invalid-request", "at most 160"),
        ({"seed": -1}, "invalid-request", "#/seed"),
        ({"membres": 5}, "invalid-request", "#/membres"),
    ],
)
def test_a_wrong_request_is_refused_with_the_remedy(
    owner: Any, asked: dict[str, Any], slug: str, remedy: str
) -> None:
    assert remedy in refused(owner.create(**asked), 422, slug)


def test_a_body_that_is_no_game_is_refused(owner: Any) -> None:
    headers = {"Content-Type": "application/json"}

    def post(content: Any, **more: str) -> Any:
        return owner.post("/v1/games", content=content, headers=headers | more)

    refused(post(b""), 422, "bad-data")
    refused(post(b"[1, 2"), 422, "bad-data")
    refused(post(b"[]"), 422, "bad-data")
    refused(post(b'{"members": NaN}'), 422, "bad-data")
    refused(post(b"x" * (2**21 + 1)), 413, "body-too-large")
    refused(post(iter([b"x" * 100_000] * 30)), 413, "body-too-large")
    refused(post(b"{}", **{"Content-Type": "text/csv"}), 415, "unsupported-media-type")
    refused(post(b"{}", **{"Content-Encoding": "gzip"}), 415, "unsupported-media-type")
    for asked in ({"dataset": "secret" * 100}, {"knowledge": {"kind": "secret"}}):
        assert "secret" not in post(json.dumps(asked).encode()).text


def test_what_does_not_exist_is_told(owner: Any, game: str) -> None:
    assert "challenger create" in refused(owner.get("/v1/games/g-aaaaaaaaaaaa"), 404, "not-found")
    for path in ("candidates", "knowledge", "membership", "scoreboard", "submissions/s-a"):
        refused(owner.get(f"/v1/games/g-aaaaaaaaaaaa/{path}"), 404, "not-found")
    refused(owner.get(f"{game}/submissions/s-aaaaaaaaaaaa"), 404, "not-found")
    refused(owner.get("/v1/gmaes"), 404, "not-found")
    refused(owner.delete(game), 405, "method-not-allowed")


def test_the_service_describes_itself(owner: Any) -> None:
    assert owner.get("/v1").json()["limits"]["most_submissions"] == 100
    assert owner.get("/livez").json() == {"status": "alive"}
    assert owner.get("/readyz").json() == {"status": "ready"}
    listed = {item["name"]: item for item in owner.get("/v1/datasets").json()["items"]}
    assert listed["digits"]["here"]
    assert not listed["location30"]["here"]
    assert (listed["location30"]["records"], listed["location30"]["features"]) == (5_010, 446)


def test_a_data_set_that_cannot_be_had_names_the_place_for_its_file(owner: Any) -> None:
    detail = refused(owner.create(dataset="location30"), 503, "dataset-unavailable")
    assert "dataset_location.tgz" in detail
    assert "CHALLENGER_DATASETS" in detail
