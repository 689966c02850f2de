"""Data sets: described, read from the cache, made once, listed, fetched by name."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from challenger.publishing import Site, bit_lines, serving, tgz
from live import npy
from typer.testing import CliRunner

from services.challenger import dataset as contract
from services.challenger.cache import packed, read_arrays, unpacked, write_arrays
from services.challenger.cli.program import program
from services.challenger.dataset import DATASETS, how_to_get, load, records_here
from services.challenger.datasets.location30 import Location30
from services.challenger.datasets.purchase20 import Purchase20
from services.challenger.datasets.purchase100 import Purchase100
from services.challenger.errors import DatasetUnavailable
from services.challenger.market import Market
from services.registry import UnknownPlugin
from services.web.command import CommandError


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.mark.parametrize("name", DATASETS.names())
def test_a_data_set_describes_itself(name: str) -> None:
    dataset = DATASETS.load(name)()
    features = dataset.format()
    assert len(features) == dataset.features
    assert len({feature.name for feature in features}) == dataset.features
    assert all(feature.minimum < feature.maximum for feature in features)
    assert dataset.shape is None or np.prod(dataset.shape) == dataset.features
    assert all((dataset.summary, dataset.source, dataset.terms))


@pytest.mark.parametrize("name", DATASETS.names())
def test_a_substitute_has_the_same_form(name: str) -> None:
    dataset = DATASETS.load(name)
    if dataset.substitute:
        substitute = DATASETS.load(dataset.substitute)
        assert (substitute.features, substitute.classes) == (dataset.features, dataset.classes)
        assert not substitute.files
    assert bool(dataset.substitute) == name.startswith("purchase")


@pytest.mark.parametrize("classes", [2, 10, 20, 50, 100])
def test_there_is_a_purchase_for_each_class_count_of_the_paper(classes: int) -> None:
    assert DATASETS.load(f"purchase{classes}").classes == classes


def test_digits_are_as_described_and_cached(tmp_path: Path) -> None:
    first, again = load("digits", tmp_path), load("digits", tmp_path)
    assert (tmp_path / "digits.npz").is_file()
    assert (first.features == again.features).all()
    assert (first.labels == again.labels).all()
    assert first.features.dtype == again.features.dtype == np.uint8
    for number, feature in enumerate(DATASETS.load("digits")().format()):
        column = first.features[:, number]
        assert feature.minimum <= column.min() <= column.max() <= feature.maximum


@pytest.mark.parametrize("binary", [True, False])
def test_the_cache_gives_back_what_was_kept(tmp_path: Path, binary: bool) -> None:
    random = np.random.default_rng(0)
    features = random.integers(0, 2 if binary else 17, (50, 13)).astype("u1")
    write_arrays(tmp_path / "a.npz", packed(features) | {"y": np.arange(50)})
    arrays = read_arrays(tmp_path / "a.npz")
    assert (unpacked(arrays) == features).all()
    assert (arrays["y"] == np.arange(50)).all()
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    first = load("digits", tmp_path)
    kept = load("digits", tmp_path)
    assert load("digits", tmp_path).features is kept.features
    with pytest.raises(ValueError, match="read-only"):
        kept.features[0, 0] = 1
    write_arrays(tmp_path / "digits.npz", {"x": 16 - first.features, "y": first.labels})
    assert (load("digits", tmp_path).features == 16 - first.features).all()


def test_a_read_only_folder_is_played_from_all_the_same(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert len(load("digits", tmp_path).labels) == 1_797
    assert not list(tmp_path.iterdir())
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", npy(np.eye(3))])
def test_a_damaged_cache_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "digits.npz").write_bytes(content)
    assert records_here("digits", tmp_path) == 0
    with pytest.raises(DatasetUnavailable, match="remove it"):
        load("digits", tmp_path)


def test_other_records_under_its_name_are_refused(tmp_path: Path) -> None:
    def keep(features: Any, labels: Any) -> None:
        write_arrays(tmp_path / "location30.npz", packed(features) | {"y": labels})

    keep(np.ones((5_010, 446), "u1"), np.arange(5_010) % 30)
    with pytest.raises(DatasetUnavailable, match="SHA-256"):
        load("location30", tmp_path)
    for features, labels in (
        (np.ones((60, 446), "u1"), np.arange(60) % 30),
        (np.ones((5_010, 445), "u1"), np.arange(5_010) % 30),
        (np.ones((5_010, 446), "u1"), np.arange(5_010) % 31),
        (np.ones((5_010, 446), "u1"), np.append(-1, np.arange(5_009) % 30)),
        (np.ones((5_010, 446), "u1"), np.arange(60) % 30),
    ):
        keep(features, labels)
        with pytest.raises(DatasetUnavailable, match="instead of"):
            load("location30", tmp_path)


def test_one_data_set_is_not_held_up_by_another(tmp_path: Path) -> None:
    with contract._loading.setdefault("location30", threading.Lock()):
        assert len(load("digits", tmp_path).labels) == 1_797


@pytest.fixture
def shoppers() -> tuple[Any, Any]:
    market = Market(products=60, topics=20)
    return market.records(400, np.random.default_rng(0)), np.arange(400) % 100


@pytest.fixture
def purchase(site: Site, shoppers: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Purchase as it would be, had these few shoppers been published."""
    archive = tgz(dataset_purchase=bit_lines(*shoppers))
    for dataset in (Purchase100, Purchase20):
        monkeypatch.setattr(dataset, "files", (site.publish(archive, "dataset_purchase.tgz"),))
        monkeypatch.setattr(dataset, "records", 400)
        monkeypatch.setattr(dataset, "features", 60)
    return site


def test_purchase_has_the_published_labels(purchase: Site, shoppers: Any, tmp_path: Path) -> None:
    fetched, kept = load("purchase100", tmp_path), load("purchase100", tmp_path)
    for records in (fetched, kept):
        assert (records.features == shoppers[0]).all()
        assert (records.labels == shoppers[1]).all()
        assert len(records.classes) == 100


def test_fewer_classes_of_purchase_are_clusters_of_the_same_records(
    purchase: Site, shoppers: Any, tmp_path: Path
) -> None:
    load("purchase100", tmp_path)
    records = load("purchase20", tmp_path)
    assert (records.features == shoppers[0]).all()
    assert sorted(set(records.labels.tolist())) == list(range(20))
    assert len(purchase.asked) == 1  # the archive is kept
    again = Purchase20(tmp_path).make()
    assert (again.labels == records.labels).all()


def test_what_cannot_be_had_names_what_can_be_played_in_its_place(purchase: Site, tmp_path: Path) -> None:
    purchase.files.clear()
    with pytest.raises(DatasetUnavailable) as told:
        load("purchase20", tmp_path)
    assert "404" in told.value.detail
    assert "put dataset_purchase.tgz into" in told.value.detail
    assert told.value.detail.endswith(
        "; or play shoppers20, synthetic records of the same form, in its place."
    )
    assert not list(tmp_path.glob("*.npz"))


def test_an_archive_put_into_the_folder_needs_no_network(
    purchase: Site, shoppers: Any, tmp_path: Path
) -> None:
    assert records_here("purchase20", tmp_path) == 0
    (tmp_path / "dataset_purchase.tgz").write_bytes(purchase.files["/dataset_purchase.tgz"])
    assert records_here("purchase20", tmp_path) == 400
    assert (load("purchase20", tmp_path).features == shoppers[0]).all()
    assert purchase.asked == []


@pytest.mark.parametrize(
    "content",
    [
        tgz(something_else=b"1,0\n"),
        tgz(dataset_purchase=b"1,0,1\n" * 400),
        tgz(dataset_purchase=bit_lines(np.zeros((400, 60), "u1"), np.arange(400))),
        b"no archive",
    ],
)
def test_an_archive_of_something_else_is_refused(
    purchase: Site, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Purchase100, "files", (purchase.publish(content, "dataset_purchase.tgz"),))
    with pytest.raises(
        DatasetUnavailable,
        match=r"dataset_purchase.tgz came .+\(.+; report this; or .+shoppers100",
    ):
        load("purchase100", tmp_path)


def test_records_here_is_what_can_be_played_without_a_network(tmp_path: Path) -> None:
    assert records_here("digits", tmp_path) == 1_797
    assert records_here("location30", tmp_path) == 0
    assert how_to_get("location30").startswith("challenger fetch location30, or put dataset_location.tgz")
    write_arrays(tmp_path / "location30.npz", {"y": np.arange(7)})
    assert records_here("location30", tmp_path) == 7


def command(*arguments: str) -> str:
    result = CliRunner().invoke(program, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_list_says_what_is_here_and_how_to_get_the_others(tmp_path: Path) -> None:
    write_arrays(tmp_path / "cifar100.npz", {"y": np.arange(30_000)})
    listed = command("datasets", "--datasets", str(tmp_path))
    rows = {line.split()[0]: line.split() for line in listed.splitlines() if line[:1].isalpha()}
    assert DATASETS.names() == sorted(rows.keys() - {"Data", "name"})
    assert rows["digits"] == ["digits", "1,797", "64", "10", "yes"]
    assert rows["cifar100"] == ["cifar100", "60,000", "3,072", "100", "30,000", "of", "them"]
    assert " ".join(rows["purchase20"][4:]) == "no: challenger fetch purchase20 (or play shoppers20)"
    assert " ".join(rows["texas100"][4:]) == "no: challenger fetch texas100"
    assert "CC BY 4.0" in listed
    assert max(map(len, listed.splitlines())) <= 100


def test_data_sets_are_fetched_by_name(purchase: Site, tmp_path: Path) -> None:
    said = command("fetch", "purchase100", "digits", "--datasets", str(tmp_path))
    assert said.splitlines()[0] == f"purchase100: 400 records in {tmp_path}"
    assert (tmp_path / "purchase100.npz").is_file()
    assert (tmp_path / "digits.npz").is_file()
    assert records_here("purchase100", tmp_path) == 400


def test_a_data_set_that_cannot_be_fetched_is_one_line(purchase: Site, tmp_path: Path) -> None:
    purchase.files.clear()
    with pytest.raises(CommandError, match="cannot be fetched"):
        command("fetch", "purchase100", "--datasets", str(tmp_path))


def test_a_folder_that_keeps_nothing_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CommandError, match=r"could not be kept in .+; make it writable, or name another"):
        command("fetch", "digits", "--datasets", str(tmp_path))
    tmp_path.chmod(0o700)


def test_a_data_set_of_another_name_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(UnknownPlugin, match="did you mean digits"):
        command("fetch", "digts", "--datasets", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_location_is_read_with_its_quoted_labels(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bits = np.random.default_rng(3).integers(0, 2, (30, 9), dtype="u1")
    archive = tgz(bangkok=bit_lines(bits, np.arange(30) % 3, quoted=True))
    described = {"records": 30, "features": 9, "classes": 3, "checksums": {}}
    for name, value in (described | {"files": (site.publish(archive),)}).items():
        monkeypatch.setattr(Location30, name, value)
    records = load("location30", tmp_path)
    assert (records.features == bits).all()
    assert records.labels.tolist() == [0, 1, 2] * 10
    assert records.classes == ("0", "1", "2")


def test_the_service_lists_what_is_missing_and_what_resembles_it(owner: Any) -> None:
    listed = {item["name"]: item for item in owner.get("/v1/datasets").json()["items"]}
    assert list(listed) == DATASETS.names()
    purchase, digits = listed["purchase100"], listed["digits"]
    assert (purchase["here"], purchase["records_here"], purchase["substitute"]) == (False, 0, "shoppers100")
    assert purchase["missing"] == how_to_get("purchase100")
    assert (digits["here"], digits["records_here"], digits["missing"]) == (True, 1_797, None)
    assert (listed["cifar10"]["shape"], listed["mnist"]["shape"]) == ([32, 32, 3], [28, 28])


def test_a_game_on_a_missing_set_offers_another_and_is_not_played_on_it(owner: Any) -> None:
    answer = owner.create(dataset="purchase100")
    assert answer.status_code == 503
    problem = answer.json()
    assert problem["type"].endswith("/dataset-unavailable")
    assert "put dataset_purchase.tgz into" in problem["detail"]
    assert "or play shoppers100" in problem["detail"]
