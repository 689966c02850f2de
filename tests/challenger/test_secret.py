"""The key of every split."""

import stat
from pathlib import Path
from typing import Any

import pytest

from services.challenger.settings import Settings, WeakSecret, secret_of


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data")
    first = secret_of(settings)
    assert len(first) == 32
    assert secret_of(settings) == first
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["secret"]


def test_only_its_owner_looks_into_the_data_folder(owner: Any) -> None:
    assert stat.S_IMODE(owner.data.stat().st_mode) == 0o700


def test_two_challengers_have_two_secrets(tmp_path: Path) -> None:
    one, other = (secret_of(Settings(data=tmp_path / name)) for name in ("one", "other"))
    assert one != other


def test_a_secret_from_outside_is_used_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALLENGER_SECRET", "x" * 32)
    assert secret_of(Settings(data=tmp_path)) == b"x" * 32
    assert not list(tmp_path.iterdir())


def test_a_short_secret_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHALLENGER_SECRET", "too short")
    with pytest.raises(WeakSecret, match="at least 32"):
        secret_of(Settings(data=tmp_path))
