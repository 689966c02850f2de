"""Data sets: described, read from the cache, made once, fetched and checked."""

import io
import os
import tarfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from live import npy

from services.challenger.cache import read_arrays, write_arrays
from services.challenger.dataset import DATASETS, checked, is_here, load
from services.challenger.datasets.location30 import Location30, parse
from services.challenger.download import blob_id, fetch
from services.challenger.errors import DatasetUnavailable

PUBLISHED = Path(os.environ.get("CHALLENGER_DATASETS", "nowhere"))


@pytest.mark.parametrize("name", DATASETS.names())
def test_a_data_set_describes_itself(name: str) -> None:
    dataset = DATASETS.load(name)()
    features = dataset.format()
    assert len(features) == dataset.features
    assert len({feature.name for feature in features}) == dataset.features
    assert all(feature.minimum < feature.maximum for feature in features)
    assert dataset.shape is None or np.prod(dataset.shape) == dataset.features
    assert all((dataset.summary, dataset.source, dataset.terms))


def test_digits_are_as_described_and_cached(tmp_path: Path) -> None:
    first, again = load("digits", tmp_path), load("digits", tmp_path)
    assert (tmp_path / "digits.npz").is_file()
    assert (first.features == again.features).all()
    assert (first.labels == again.labels).all()
    assert first.features.dtype == again.features.dtype == np.uint8
    for number, feature in enumerate(DATASETS.load("digits")().format()):
        column = first.features[:, number]
        assert feature.minimum <= column.min() <= column.max() <= feature.maximum


@pytest.mark.skipif(not (PUBLISHED / "location30.npz").exists(), reason="the published records are not here")
def test_location30_is_the_published_data() -> None:
    records = load("location30", PUBLISHED)
    assert records.features.shape == (5_010, 446)
    assert np.bincount(records.labels).tolist()[:5] == [169, 178, 147, 155, 97]


@pytest.mark.parametrize("binary", [True, False])
def test_the_cache_gives_back_what_was_kept(tmp_path: Path, binary: bool) -> None:
    random = np.random.default_rng(0)
    features = random.integers(0, 2 if binary else 17, (50, 13)).astype("u1")
    write_arrays(tmp_path / "a.npz", features, np.arange(50))
    found, labels = read_arrays(tmp_path / "a.npz")
    assert (found == features).all()
    assert (labels == np.arange(50)).all()
    assert [file.name for file in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", npy(np.eye(3))])
def test_a_damaged_cache_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "digits.npz").write_bytes(content)
    with pytest.raises(DatasetUnavailable, match="remove it"):
        load("digits", tmp_path)


def test_other_records_under_its_name_are_refused(tmp_path: Path) -> None:
    write_arrays(tmp_path / "location30.npz", np.ones((5_010, 446), "u1"), np.arange(5_010) % 30)
    with pytest.raises(DatasetUnavailable, match="SHA-256"):
        load("location30", tmp_path)
    write_arrays(tmp_path / "location30.npz", np.ones((10, 446), "u1"), np.arange(10) % 3)
    with pytest.raises(DatasetUnavailable, match="instead of"):
        load("location30", tmp_path)


@dataclass
class Site:
    """A published folder on a loopback server."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            content = site.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            with suppress(ConnectionError):  # a client that has read enough
                self.wfile.write(content or b"")

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site = Site(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def archive(features: Any, labels: Any) -> bytes:
    """A .tgz of the published form: `"label",bit,...` with labels from 1."""
    lines = [f'"{label + 1}",' + ",".join(map(str, row)) for label, row in zip(labels, features, strict=True)]
    text = ("\n".join(lines) + "\n").encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        member = tarfile.TarInfo("bangkok")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
    return file.getvalue()


def published(site: Site, content: bytes, bits: Any) -> type[Location30]:
    """Location30 as it would be, had this archive been published."""
    site.files["/dataset_location.tgz"] = content

    class Smaller(Location30):
        source = f"{site.url}/dataset_location.tgz"
        records, features, classes = len(bits), bits.shape[1], 3
        checksum = sha256(bits.tobytes()).hexdigest()
        blob, size = blob_id(content), len(content)

    return Smaller


@pytest.fixture
def bits() -> Any:
    return np.random.default_rng(3).integers(0, 2, (30, 9), dtype="u1")


def test_records_are_fetched_from_their_source(site: Site, bits: Any, tmp_path: Path) -> None:
    dataset = published(site, archive(bits, np.arange(30) % 3), bits)(tmp_path)
    records = checked(dataset, dataset.make(), dataset.source)
    assert (records.features == bits).all()
    assert (records.labels == np.arange(30) % 3).all()
    assert records.classes == ("0", "1", "2")


def test_an_archive_put_into_the_folder_needs_no_network(site: Site, bits: Any, tmp_path: Path) -> None:
    content = archive(bits, np.arange(30) % 3)
    (tmp_path / "dataset_location.tgz").write_bytes(content)
    records = published(site, content, bits)(tmp_path).make()
    assert (records.features == bits).all()
    assert site.asked == []


def test_another_file_than_the_published_one_is_refused(site: Site, bits: Any, tmp_path: Path) -> None:
    dataset = published(site, archive(bits, np.arange(30) % 3), bits)(tmp_path)
    site.files["/dataset_location.tgz"] = archive(1 - bits, np.arange(30) % 3)
    with pytest.raises(DatasetUnavailable, match="is not the published file"):
        dataset.make()


def test_no_more_is_read_than_the_file_should_have(site: Site, tmp_path: Path) -> None:
    site.files["/endless.tgz"] = b"\0" * 5_000_000
    with pytest.raises(DatasetUnavailable, match="is not the published file"):
        fetch(f"{site.url}/endless.tgz", blob_id(b"\0" * 5_000_000), 1_000, tmp_path)


def test_a_missing_source_names_the_place_for_the_file(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DatasetUnavailable, match=r"404.*put gone.tgz into .*CHALLENGER_DATASETS"):
        fetch(f"{site.url}/gone.tgz", "0" * 40, 10, tmp_path)


@pytest.mark.parametrize("text", [b"", b'"1",0,1\n"2",0\n', b"one,two\n"])
def test_other_text_in_the_archive_is_refused(text: bytes) -> None:
    with pytest.raises(DatasetUnavailable):
        parse(text)


def test_here_means_playable_without_a_network(tmp_path: Path) -> None:
    assert is_here("digits", tmp_path)
    assert not is_here("location30", tmp_path)
    (tmp_path / "location30.npz").touch()
    assert is_here("location30", tmp_path)


def test_git_and_we_name_a_file_alike() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
