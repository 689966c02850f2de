"""Published files: fetched over connections that break, and taken only if they are the right ones."""

import gzip
import hashlib
import logging
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from challenger.publishing import Site, serving
from live import eventually

from services.challenger.errors import DatasetUnavailable
from services.challenger.published.download import Published, alone, fetch

CONTENT = bytes(range(256)) * 1_000


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_is_fetched_and_then_stays(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    assert fetch(wanted, tmp_path / "new").read_bytes() == CONTENT
    assert fetch(wanted, tmp_path / "new") == tmp_path / "new" / "records.tgz"
    assert names(tmp_path / "new") == ["records.tgz"]
    assert site.asked == [("/records.tgz", None)]


def test_a_broken_connection_is_gone_on_with(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.cut = [1_000, 70_000]
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert [said for _, said in site.asked] == [None, "bytes=1000-", "bytes=71000-"]


def test_a_later_fetch_goes_on_where_an_earlier_one_ended(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.cut = [1_000, 0]
    with pytest.raises(
        DatasetUnavailable, match=r"try again, to go on after 1,000 bytes, or put records.tgz"
    ):
        fetch(wanted, tmp_path)
    assert not (tmp_path / "records.tgz").exists()
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert site.asked[-1] == ("/records.tgz", "bytes=1000-")
    assert names(tmp_path) == ["records.tgz"]


def test_a_server_without_ranges_is_asked_for_the_whole_again(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.ranges, site.cut = False, [1_000]
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert len(site.asked) == 2


def test_a_server_that_never_gets_further_is_given_up(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.ranges, site.cut = False, [1_000] * 10
    with pytest.raises(DatasetUnavailable, match="cannot be fetched"):
        fetch(wanted, tmp_path)
    assert len(site.asked) == 2


def test_the_beginning_of_another_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    (tmp_path / ".records.tgz.part").write_bytes(b"another" * 100)
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert [said for _, said in site.asked] == ["bytes=700-", None]


def test_a_file_that_changes_between_two_connections_is_fetched_anew(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.then, site.cut = {"/records.tgz": CONTENT}, [1_000]
    site.files["/records.tgz"] = CONTENT[::-1]
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert [said for _, said in site.asked] == [None, "bytes=1000-", None]


def test_a_file_that_came_whole_but_was_not_put_in_place_is(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    (tmp_path / ".records.tgz.part").write_bytes(CONTENT)
    assert fetch(wanted, tmp_path).read_bytes() == CONTENT
    assert [said for _, said in site.asked] == [f"bytes={len(CONTENT)}-"]


def test_threads_that_want_one_file_fetch_it_once(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    together, found = threading.Barrier(3), []

    def one() -> None:
        together.wait()
        found.append(fetch(wanted, tmp_path).read_bytes())

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CONTENT] * 3
    assert site.asked == [("/records.tgz", None)]
    assert names(tmp_path) == ["records.tgz"]


def test_a_process_waits_for_another_that_fetches_the_same(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    with alone(tmp_path / ".records.tgz.part"):
        other = subprocess.Popen([sys.executable, "-c", fetching(wanted, tmp_path)])
        eventually(lambda: other.poll() is not None or waits_for_a_lock(other.pid))
        (tmp_path / "records.tgz").write_bytes(CONTENT)
    assert other.wait() == 0
    assert site.asked == []
    assert names(tmp_path) == ["records.tgz"]


def waits_for_a_lock(process: int) -> bool:
    return bool(re.search(rf"-> FLOCK +ADVISORY +WRITE {process} ", Path("/proc/locks").read_text()))


def fetching(wanted: Published, folder: Path) -> str:
    return f"from services.challenger.published.download import *\nfetch({wanted!r}, Path({str(folder)!r}))"


def test_redirections_are_followed(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.cut = [5_000]
    moved = replace(wanted, url=f"{site.url}/moved/records.tgz")
    assert fetch(moved, tmp_path).read_bytes() == CONTENT
    assert site.asked[-1] == ("/records.tgz", "bytes=5000-")


def test_another_file_than_the_published_one_is_refused(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    site.files["/records.tgz"] = CONTENT[::-1]
    with pytest.raises(DatasetUnavailable, match="not the published file"):
        fetch(wanted, tmp_path)
    assert names(tmp_path) == []


def test_another_file_in_its_place_is_refused_and_left(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    (tmp_path / "records.tgz").write_bytes(b"mine")
    with pytest.raises(DatasetUnavailable, match="not the published file"):
        fetch(wanted, tmp_path)
    assert (tmp_path / "records.tgz").read_bytes() == b"mine"
    assert site.asked == []


def test_no_more_is_read_than_the_file_should_have(site: Site, tmp_path: Path) -> None:
    wanted = replace(site.publish(b"\0" * 30_000_000), most_bytes=1_000)
    with pytest.raises(DatasetUnavailable, match="not the published file"):
        fetch(wanted, tmp_path)
    assert names(tmp_path) == []


def test_a_missing_source_names_the_place_for_the_file(site: Site, tmp_path: Path) -> None:
    wanted = Published(f"{site.url}/gone.tgz", 10, "git:" + "0" * 40)
    with pytest.raises(DatasetUnavailable, match=r"404.*put gone.tgz into .*CHALLENGER_DATASETS"):
        fetch(wanted, tmp_path)
    assert names(tmp_path) == []  # not even an empty part


def test_a_folder_that_cannot_be_written_to_is_told(site: Site, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DatasetUnavailable, match=r"put it there from http.*name another folder"):
        fetch(site.publish(CONTENT), tmp_path)
    tmp_path.chmod(0o700)


def test_a_folder_that_is_a_file_is_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetUnavailable, match="cannot be read from or kept in"):
        fetch(site.publish(CONTENT), tmp_path / "file")


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_digest_is_of_the_file_or_of_what_is_inside(tmp_path: Path, algorithm: str, zipped: bool) -> None:
    file = tmp_path / "file"
    file.write_bytes(gzip.compress(CONTENT, 1) if zipped else CONTENT)
    meant = f"{algorithm}:{hashlib.new(algorithm, CONTENT).hexdigest()}"
    assert Published("", 0, meant, zipped).is_in(file)
    file.write_bytes(file.read_bytes()[:-9])
    assert not Published("", 0, meant, zipped).is_in(file)
    file.write_bytes(b"neither")
    assert not Published("", 0, meant, zipped).is_in(file)


def test_git_and_we_name_a_file_alike(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert Published("", 0, "git:e69de29bb2d1d6434b8b29ae775ad8c2e48c5391").is_in(tmp_path / "empty")


def test_a_server_logs_how_far_a_download_is(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "services.challenger.published.progress"):
        fetch(site.publish(b"\0" * (70 * 2**20)), tmp_path)
    shown = "\n".join(caplog.messages)
    assert "fetching records.tgz from byte 0, 70.0 MiB in all" in shown
    assert re.search(r"32\.\d of 70.0 MiB.*64\.\d of 70.0 MiB", shown, re.DOTALL)


def test_a_terminal_shows_a_bar(site: Site, tmp_path: Path) -> None:
    wanted = site.publish(CONTENT)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", fetching(wanted, tmp_path)],
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    shown = read_to_end(ours)
    os.close(ours)
    assert process.wait() == 0
    assert "records.tgz" in shown
    assert "256.0/256.0 kB" in shown


def read_to_end(terminal: int) -> str:
    """What is written to a terminal, which fails once nobody can write to it any more."""
    shown = b""
    with suppress(OSError):
        while more := os.read(terminal, 65_536):
            shown += more
    return shown.decode()
