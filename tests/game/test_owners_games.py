"""Games on an owner's own records: of a target that is deployed elsewhere, or trained for the game."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from command_line import typed
from foreign_server import Foreign, served
from live import read_npy
from parties import Table, result

from attacker.__main__ import main as attacker
from services.challenger.__main__ import main as challenger

COLOURS = ("amber", "blue", "green")
LABELS = ("a none", "b one", "c both")
HEADER = ["age", "outcome", "asked", "paid", "colour", "weight"]
FILES = {"members": 60, "held_out": 50, "more": 130}
METHOD = ["--shadows", 2, "--attacks", "gap,loss_threshold", "--primary", "loss_threshold"]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three files of distinct records, with words and numbers, the label in the second column."""
    folder, random = tmp_path_factory.mktemp("people"), np.random.default_rng(5)
    begin = 0
    for name, count in FILES.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for number in range(begin, begin + count):
                asked, paid = map(int, random.integers(0, 2, 2))
                weight, colour = round(50 + number / 7, 3), COLOURS[random.integers(3)]
                writer.writerow([18 + number % 60, LABELS[asked + paid], asked, bool(paid), colour, weight])
        begin += count
    return folder


def records(folder: Path, name: str) -> list[list[Any]]:
    """As the model takes them: asked, paid, age, colour, weight, after the label's place."""
    with (folder / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        [LABELS.index(row["outcome"]), int(row["age"]), int(row["asked"]), int(row["paid"] == "True"),
         COLOURS.index(row["colour"]), float(row["weight"])]
        for row in rows
    ]  # fmt: skip


class People(Foreign):
    """Its records begin with the age."""

    def probabilities(self, records: Any) -> Any:
        return super().probabilities(np.asarray(records)[:, [1, 2, 0, 3, 4]])


@pytest.fixture
def deployed(people: Path) -> Iterator[Foreign]:
    members = np.array(records(people, "members"))[:, [0, 2, 3, 1, 4, 5]]
    with served(People(members)) as foreign:
        foreign.words, foreign.key = {3: COLOURS}, "owners"
        yield foreign


@pytest.fixture
def create(table: Table, people: Path) -> Any:
    def create(*more: Any, members: Any = people / "members.csv", **environment: str) -> Any:
        return typed(
            challenger, "create", "--url", table.challenger, "--owner-key-file", table.folder / "owner.key",
            "--members", members, "--non-members", people / "held_out.csv",
            "--population", people / "more.csv", "--label", "outcome", *more, **environment,
        )  # fmt: skip

    return create


def of(foreign: Foreign) -> list[Any]:
    return [
        *("--target-url", foreign.url, "--target-model", "m", "--dialect", "instances"),
        *("--key-header", "X-Key", "--profile", "overfitted", "--name", "people"),
    ]


def test_a_deployed_target_is_played_and_scored_like_any_other(
    table: Table, create: Any, deployed: Foreign, people: Path, tmp_path: Path
) -> None:
    made = create(*of(deployed), CHALLENGER_TARGET_KEY="owners")
    assert made.returncode == 0, made.stderr
    game = made.stdout.strip()
    asked_by_owner = deployed.answered
    told = httpx.get(game).json()
    assert (told["members"], told["candidates"], told["dataset"]) == (60, 100, "people")
    assert told["classes"] == list(LABELS)
    assert told["deployed"] == {
        "url": deployed.url, "model": "m", "dialect": "instances", "key_header": "X-Key"
    }  # fmt: skip
    kinds = {feature["name"]: feature["kind"] for feature in told["features"]}
    assert kinds == {
        "age": "integer",
        "asked": "binary",
        "paid": "binary",
        "colour": "categorical",
        "weight": "real",
    }
    assert told["features"][3]["categories"] == list(COLOURS)

    out = tmp_path / "run"
    keys = {"ATTACKER_TARGET_KEY": "owners", "ATTACKER_TARGET": deployed.url}
    played = typed(attacker, "play", game, "--out", out, *METHOD, **keys)
    assert played.returncode == 0, played.stderr
    assert deployed.answered > asked_by_owner
    answered = deployed.answered
    table.close(game)
    assert deployed.answered == answered, "the challenger asks nobody: its owner did"
    typed(attacker, "play", game, "--out", out, *METHOD, **keys)
    found = result(out)
    assert {one["name"]: one["auc"]["value"] for one in found["attacks"]}["loss_threshold"] > 0.95
    assert_members_are_the_owners(game, people)
    general = httpx.get(f"{game}/generalisation").json()["targets"][0]
    assert (general["train_accuracy"]["of"], general["test_accuracy"]["of"]) == (60, 50)
    assert found["deployed"] is not None


def assert_members_are_the_owners(game: str, people: Path) -> None:
    membership, candidates = (
        read_npy(httpx.get(f"{game}/{part}").content) for part in ("membership", "candidates")
    )
    learned = {tuple(row) for row in np.array(records(people, "members")).tolist()}
    assert [tuple(row) in learned for row in candidates.tolist()] == membership[0].tolist()


def test_a_key_goes_to_the_target_that_its_user_names(create: Any, deployed: Foreign, tmp_path: Path) -> None:
    game = create(*of(deployed), CHALLENGER_TARGET_KEY="owners").stdout.strip()
    keys = {"ATTACKER_TARGET_KEY": "owners", "ATTACKER_TARGET": "http://127.0.0.1:9"}
    before = len(deployed.seen)
    refused = typed(attacker, "play", game, "--out", tmp_path / "run", *METHOD, **keys)
    assert refused.returncode == 2
    assert f"ATTACKER_TARGET={deployed.url}" in refused.stderr
    assert len(deployed.seen) == before


def test_a_target_is_trained_on_the_owners_members_alone(
    table: Table, create: Any, people: Path, tmp_path: Path
) -> None:
    made = create("--profile", "overfitted")
    assert made.returncode == 0, made.stderr
    game = made.stdout.strip()
    told = httpx.get(game).json()
    assert "deployed" not in told
    out = tmp_path / "run"
    table.play(game, out, *METHOD)
    table.close(game)
    table.play(game, out, *METHOD)
    general = httpx.get(f"{game}/generalisation").json()["targets"][0]
    assert (general["train_accuracy"]["of"], general["test_accuracy"]["of"]) == (60, 50)
    assert [one["class"] for one in general["per_class"]] == list(LABELS)
    assert general["train_accuracy"]["value"] == 1
    assert_members_are_the_owners(game, people)


def test_records_that_come_twice_are_left_out_and_told(create: Any, people: Path, tmp_path: Path) -> None:
    twice = tmp_path / "twice.csv"
    lines = (people / "members.csv").read_text().splitlines()
    others = (people / "held_out.csv").read_text().splitlines()
    twice.write_text("\n".join([*lines, lines[1], others[1], others[2]]) + "\n")
    made = create("--profile", "overfitted", members=twice)
    assert made.returncode == 0, made.stderr
    assert "1 of the members are left out" in made.stderr
    assert "2 of the non-members are left out" in made.stderr
    told = httpx.get(made.stdout.strip()).json()
    assert (told["members"], told["candidates"]) == (62, 96)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--profile", "overfitted", "--label", "income"], "There is no column 'income'"),
        (["--profile", "overfitted", "--targets", 2], "who is a member is not drawn"),
        (["--profile", "none such"], "no profile of that name"),
        (["--classes", "a none,b one"], "name the profile"),
        (["--profile", "overfitted", "--classes", "a none,b one"], "which --classes does not name"),
        (["--target-url", "http://127.0.0.1:9"], "--target-model"),
        (["--target-url", "http://127.0.0.1:9", "--target-model", "m"], "The target:"),
        (
            ["--profile", "overfitted", "--knowledge", "noisy:mode=flip"],
            "Only binary features can be flipped",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_by_name(create: Any, more: list[Any], said: str) -> None:
    refused = create(*more)
    assert refused.returncode != 0
    assert said in refused.stderr.replace("\n", " ")


def test_another_order_of_classes_is_told_before_there_is_a_game(create: Any, deployed: Foreign) -> None:
    deployed.order = (2, 0, 1)
    refused = create(*of(deployed), CHALLENGER_TARGET_KEY="owners")
    assert "--classes c both,a none,b one" in refused.stderr.replace("\n", " ")


def test_words_go_to_no_server_that_takes_numbers_alone(create: Any, deployed: Foreign) -> None:
    words = [*of(deployed), "--dialect", "open_inference"]
    refused = create(*words, CHALLENGER_TARGET_KEY="owners")
    assert "some features here are words" in refused.stderr.replace("\n", " ")
