"""What the attacker is given: in which form, and that none of it tells members from non-members."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from challenger.asking import auc
from challenger.made import Made
from live import refused

from services.challenger.dataset import DATASETS, Dataset, Feature, Records, class_names, load
from services.challenger.files import GameFiles
from services.challenger.files import load as load_table
from services.challenger.format import Description
from services.challenger.games import preparation
from services.challenger.games.schemas import FormatDocument, MarginalsDocument
from services.challenger.games.tables import Game
from services.challenger.knowledge import grant, made_known, table
from services.challenger.settings import Settings
from services.challenger.split import Draw, Split, split

SECRET = b"s" * 32
FLIP = {"kind": "noisy", "rate": 0.1, "mode": "flip"}
REPLACE = {"kind": "noisy", "rate": 0.1, "mode": "replace"}
PARTIAL = {"kind": "partial", "share": 0.3}
SHIFTED = {"kind": "shifted", "strength": 0.5}
RULES = [{"kind": "population"}, REPLACE, SHIFTED, {"kind": "marginals"}, {"kind": "format"}, PARTIAL]
kinds = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["kind"])


def labelled(features: Any, classes: int = 2) -> Records:
    return Records(features, np.arange(len(features)) % classes, class_names(classes))


@pytest.mark.parametrize(
    ("features", "classes", "dtype"),
    [
        (np.eye(200, dtype="u1"), 100, "u1"),
        (np.eye(600, dtype="u1"), 300, "i2"),
        (-np.eye(4, dtype="i1"), 2, "i1"),
        (np.full((3, 2), 70_000, "i8"), 2, "i4"),
        (np.full((3, 2), 0.5, "f4"), 2, "f4"),
        (np.eye(3, dtype=bool), 2, "u1"),
    ],
)
def test_a_table_has_the_label_first_in_the_smallest_dtype_that_holds_it(
    features: Any, classes: int, dtype: str
) -> None:
    records = labelled(features, classes)
    found = table(records)
    assert found.dtype == np.dtype(dtype)
    assert (found[:, 0] == records.labels).all()
    assert (found[:, 1:] == features).all()


class Bits(Dataset):
    """Records of many bits, each as likely as it likes: the worst case for statistics of the members."""

    summary, source, terms = "independent bits", "made for tests", "none"
    records, features, classes = 600, 600, 2

    @property
    def frequencies(self) -> Any:
        return np.random.default_rng(1).uniform(0.1, 0.9, self.features)

    def make(self) -> Records:
        random = np.random.default_rng(2)
        return labelled((random.random((self.records, self.features)) < self.frequencies).astype("u1"))

    def format(self) -> tuple[Feature, ...]:
        return tuple(Feature(f"bit_{number}", "binary", 0, 1) for number in range(self.features))


BITS = Bits().make()
DRAW = Draw("bits", members=100, targets=1, null=False, seed="1")
DIVIDED = split(DRAW, BITS.features, DRAW.generator(SECRET))
NOBODY = BITS.take(np.array([], dtype=int))


def granted(rule: dict[str, Any]) -> Any:
    """By a game on the bits."""
    random = DRAW.generator(SECRET, knowledge=rule)
    return grant(rule, BITS.take(DIVIDED.population), NOBODY, Description.of(Bits()), random)


def test_the_population_is_all_records_that_are_no_candidates(tmp_path: Path) -> None:
    files = GameFiles(tmp_path / "game")
    files.write(BITS, DIVIDED, granted({"kind": "population"}))
    candidates, population = (
        {bytes(row) for row in load_table(file)} for file in (files.candidates, files.knowledge)
    )
    assert (len(candidates), len(population)) == (200, 400)
    assert candidates | population == {bytes(row) for row in table(BITS)}


@pytest.mark.parametrize("rule", [FLIP, REPLACE], ids=lambda rule: rule["mode"])
def test_noise_leaves_label_and_dtype_as_they_were(rule: dict[str, Any]) -> None:
    population, noisy = granted({"kind": "population"}), granted(rule)
    assert noisy.dtype == population.dtype
    assert (noisy[:, 0] == population[:, 0]).all()
    differing = (noisy != population).sum(axis=1)
    assert (differing == 60).all() if rule is FLIP else (differing.max() < 60 and differing.min() > 10)


def test_a_shifted_population_is_a_part_of_the_population_with_other_classes() -> None:
    population, shifted = granted({"kind": "population"}), granted(SHIFTED)
    place = {bytes(row): number for number, row in enumerate(population)}
    assert (np.diff([place[bytes(row)] for row in shifted]) > 0).all()
    counts, left = (np.bincount(table[:, 0], minlength=2) for table in (population, shifted))
    assert sorted(left / counts) == pytest.approx([0.5, 1], abs=0.005)


def test_marginals_and_format_are_told_by_feature() -> None:
    records = Made().make()
    marginals, described = (
        grant({"kind": kind}, records, NOBODY, Description.of(Made()), np.random.default_rng(0))
        for kind in ("marginals", "format")
    )
    assert isinstance(marginals, dict)
    assert isinstance(described, dict)
    assert marginals["classes"] == described["classes"] == ["0", "1", "2"]
    assert described["features"][1] == {
        "name": "colour",
        "kind": "categorical",
        "min": 2,
        "max": 9,
        "values": [2, 5, 9],
    }
    assert described.keys() == {"kind", "classes", "features"}
    assert marginals.keys() == {"kind", "classes", "features"}
    distributions = [feature.pop("distribution") for feature in marginals["features"]]
    assert marginals["features"] == described["features"]
    assert [len(told.get("values", told.get("quantiles"))) for told in distributions] == [2, 3, 7, 101, 101]


def closeness(granted: Any, candidates: Any) -> Any:
    """Of each candidate to its nearest granted record."""
    distances = (candidates[:, np.newaxis] != granted[np.newaxis, :, 1:]).sum(axis=2)
    return -distances.min(axis=1)


def likelihood(granted: Any, candidates: Any) -> Any:
    """Of each candidate under the granted marginals, compared with its likelihood in the whole world."""
    ones = np.array([feature["distribution"]["probabilities"][1] for feature in granted["features"]])
    ratio = np.log(ones / Bits().frequencies), np.log((1 - ones) / (1 - Bits().frequencies))
    return np.where(candidates == 1, *ratio).sum(axis=1)


@pytest.mark.parametrize(
    ("rule", "score"),
    [
        ({"kind": "population"}, closeness),
        (FLIP, closeness),
        (REPLACE, closeness),
        ({"kind": "marginals"}, likelihood),
    ],
    ids=["population", "flip", "replace", "marginals"],
)
def test_what_is_granted_does_not_tell_members_from_non_members(rule: dict[str, Any], score: Any) -> None:
    """The same made from the members would: noisy copies lie close to them, marginals lean to them."""
    member, candidates = DIVIDED.membership[0], BITS.features[DIVIDED.candidates]
    standard_error = np.sqrt((200 + 1) / (12 * 100 * 100))
    scores = score(granted(rule), candidates)
    assert abs(auc(scores[member], scores[~member]) - 0.5) < 4 * standard_error
    leaking = grant(
        rule, BITS.take(DIVIDED.trained[0]), NOBODY, Description.of(Bits()), np.random.default_rng(0)
    )
    scores = score(leaking, candidates)
    assert auc(scores[member], scores[~member]) > 0.9


@kinds
def test_what_is_granted_is_the_same_whoever_is_a_member(
    rule: dict[str, Any], tmp_path: Path, datasets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte, from a split and from the one with members and non-members exchanged."""
    asked = {"dataset": "digits", "members": 100, "targets": 1, "null": False, "inclusion": "half"}
    known = made_known(rule, 100)
    game = Game(**asked, canaries=20, known=known, seed="3", ordinal=0, knowledge=rule)
    prepare = preparation.Preparation(Settings(datasets=datasets), None, SECRET, None)  # type: ignore[arg-type]
    one, other = GameFiles(tmp_path / "one"), GameFiles(tmp_path / "other")
    prepare.draw(game, one)
    monkeypatch.setattr(preparation, "split", lambda *asked: exchanged(split(*asked)))
    prepare.draw(game, other)
    assert (load_table(one.membership) != load_table(other.membership)).all()
    assert one.knowledge.name == other.knowledge.name
    assert one.knowledge.read_bytes() == other.knowledge.read_bytes()
    assert one.candidates.read_bytes() == other.candidates.read_bytes()


def exchanged(divided: Split) -> Split:
    membership, known = ~divided.membership, divided.known[: len(divided.known) // 2]
    trained = np.append(divided.candidates[membership[0]], known)
    return replace(divided, membership=membership, trained=(trained,))


def test_known_members_come_first_and_none_of_the_known_is_a_candidate(owner: Any) -> None:
    game = owner.opened(profile="overfitted", knowledge=PARTIAL)
    known, candidates = (owner.table(f"{game}/{part}") for part in ("knowledge", "candidates"))
    trained = load_table(GameFiles(owner.data / "games" / game.rpartition("/")[2]).training(0))
    assert owner.get(game).json()["candidates"] == len(candidates) == 140
    told, learned = [bytes(row) for row in known], {bytes(row) for row in trained}
    assert len(set(told)) == 60
    assert not set(told) & {bytes(row) for row in candidates}
    assert [row in learned for row in told] == 30 * [True] + 30 * [False]
    assert learned - set(told) < {bytes(row) for row in candidates}
    assert owner.submit(game, np.linspace(-1, 1, 140)).status_code == 202
    assert "1 x 140" in refused(owner.submit(game, np.linspace(-1, 1, 200)), 422, "wrong-shape")
    owner.close_game(game).raise_for_status()
    [member] = owner.table(f"{game}/membership")
    assert [bytes(row) in learned for row in candidates] == member.tolist()
    accuracy = owner.get(f"{game}/scoreboard").json()["target"]
    assert (accuracy["train_accuracy"]["of"], accuracy["test_accuracy"]["of"]) == (100, 70)


@kinds
def test_a_game_grants_what_its_rules_say(owner: Any, datasets: Path, rule: dict[str, Any]) -> None:
    game = owner.opened(knowledge=rule)
    assert owner.get(game).json()["rules"]["knowledge"] == rule
    answer = owner.get(f"{game}/knowledge")
    known = rule["kind"]
    if known in ("population", "noisy", "shifted", "partial"):
        assert answer.headers["content-type"] == "application/x-npy"
        check_records(owner.table(f"{game}/knowledge"), load("digits", datasets), known)
    else:
        assert answer.headers["content-type"] == "application/json"
        check_document(orjson.loads(answer.content), known)


def check_records(found: Any, digits: Records, known: str) -> None:
    """Of the data set, with its label and at most the rate of its features changed."""
    count = {"partial": 60, "shifted": np.clip(len(found), 1_000, 1_300)}.get(known, 1_597)  # 0.72 of these
    assert (found.shape, found.dtype) == ((count, 65), np.uint8)
    assert found[:, 1:].max() <= 16
    real = table(digits)
    differing = np.array([(real != record).sum(axis=1).min() for record in found[:100]])
    most = 6 if known == "noisy" else 0
    assert differing.max() == most


def check_document(found: Any, known: str) -> None:
    """As the API's description has it, and about the digits."""
    document = {"marginals": MarginalsDocument, "format": FormatDocument}[known]
    assert document.model_validate(found).model_dump(exclude_none=True) == found
    digits = DATASETS.load("digits")()
    assert [feature["name"] for feature in found["features"]] == [one.name for one in digits.format()]
    assert found["classes"] == [str(digit) for digit in range(10)]
    if known == "format":
        assert found["shape"] == [8, 8]
        assert found["features"][0] == {"name": "pixel_0_0", "kind": "integer", "min": 0, "max": 16}
    else:
        assert found["features"][0]["distribution"]["probabilities"] == [1.0] + 16 * [0.0]


def test_the_api_describes_both_forms_of_knowledge(owner: Any) -> None:
    described = owner.get("/openapi.json").json()["paths"]["/v1/games/{game_id}/knowledge"]["get"]
    assert described["responses"]["200"]["content"].keys() == {"application/x-npy", "application/json"}
