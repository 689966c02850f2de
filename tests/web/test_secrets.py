"""Secrets come by variables and files; nobody sees them in arguments, messages or data folders."""

import stat
from pathlib import Path

import pytest
from command_line import typed
from live import Customer, challenger, provider

from services.challenger.settings import Settings as ChallengerSettings
from services.challenger.settings import secret_of
from services.mlaas.__main__ import main as mlaas
from services.mlaas.settings import Settings
from services.secret_files import SecretUnreadable

SECRET = "marker-" + "s" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    one = tmp_path / "secret"
    one.write_text(f"{SECRET}\n")
    return one


def test_a_secret_is_read_from_the_file_that_a_variable_names(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHALLENGER_SECRET_FILE", str(file))
    monkeypatch.setenv("MLAAS_DATABASE_FILE", str(file))
    assert secret_of(ChallengerSettings()) == SECRET.encode()
    settings = Settings()
    assert settings.database == SECRET
    assert SECRET not in repr(settings) + repr(ChallengerSettings())


def test_what_a_variable_says_itself_goes_before_its_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLAAS_DATABASE_FILE", str(file))
    monkeypatch.setenv("MLAAS_DATABASE", "sqlite://")
    assert Settings().database == "sqlite://"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_secret_that_cannot_be_read_is_said_by_its_variable(
    file: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.unlink() if content is None else file.write_bytes(content)
    monkeypatch.setenv("CHALLENGER_SECRET_FILE", str(file))
    with pytest.raises(SecretUnreadable, match="CHALLENGER_SECRET_FILE"):
        ChallengerSettings()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://somebody:{SECRET}@127.0.0.1:9/there",
        f"nonsense://somebody:{SECRET}@there/x",
        f"postgresql+psycopg://somebody:{SECRET}@there:port/x",
        SECRET,
    ],
)
def test_a_database_that_cannot_be_used_is_named_without_its_password(url: str, tmp_path: Path) -> None:
    ended = typed(mlaas, "usage", "--data", tmp_path, MLAAS_DATABASE=url)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")
    assert SECRET not in ended.stdout + ended.stderr


def test_a_server_keeps_its_secrets_and_its_data_from_other_users_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLAAS_DATABASE", f"sqlite:///{tmp_path}/{SECRET}.sqlite")
    monkeypatch.setenv("CHALLENGER_SECRET", SECRET)
    with (
        provider(tmp_path / "provider", "--workers", "1") as url,
        challenger(tmp_path / "challenger", "--provider", url),
        Customer(url),
    ):
        arguments = everybodys_arguments()
        assert stat.S_IMODE((tmp_path / "provider").stat().st_mode) == 0o700
    assert (tmp_path / f"{SECRET}.sqlite").exists()
    assert any(str(tmp_path) in one for one in arguments)
    assert [one for one in arguments if SECRET in one] == []


def everybodys_arguments() -> list[str]:
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("processes are looked at in /proc")
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(process.read_bytes().decode(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return found
