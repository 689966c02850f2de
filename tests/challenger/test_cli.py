"""The commands as their user meets them."""

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from services.challenger import client
from services.challenger.__main__ import main
from services.challenger.cli.create import knowledge_from

DIGITS = ("create", "--dataset", "digits", "--profile", "tiny", "--members", "50")


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "services.challenger", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"COLUMNS": "120", "NO_COLOR": "1"} | environment,
    )


def ended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[Any, str]:
    """Exit code and standard error of a command that ends in a mistake; a traceback would be an exception."""
    monkeypatch.setattr(sys, "argv", ["challenger", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    shown = capsys.readouterr()
    assert shown.out == ""
    return exit_.value.code, shown.err


def test_a_game_is_created_played_and_closed_by_command(owner: Any, tmp_path: Path) -> None:
    key = tmp_path / "owner.key"
    key.write_text("an earlier and longer one" * 9)
    at = {"CHALLENGER_URL": str(owner.base_url)}
    asked = ("--dataset", "digits", "--profile", "tiny", "--members", "50", "--seed", "1")
    created = run("create", *asked, "--owner-key-file", str(key), **at)
    assert (created.returncode, created.stderr) == (0, "")
    url = created.stdout.strip()
    assert httpx.get(url).json()["state"] == "open"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    owner.submit(httpx.URL(url).path, np.linspace(-1, 1, 100)).raise_for_status()
    closed = run("close", url, "--owner-key-file", str(key))
    assert (closed.returncode, closed.stderr) == (0, "")
    for shown in ("digits, tiny, 50 members", "named in advance", "AUC", "1,000"):
        assert shown in closed.stdout
    again = run("close", url, CHALLENGER_OWNER_KEY=key.read_text().strip())
    assert again.stdout == closed.stdout
    assert run("scoreboard", url).stdout == closed.stdout


def test_without_a_file_the_owner_key_goes_to_standard_error(owner: Any) -> None:
    created = run(*DIGITS, "--overlap", "0.01", "--no-wait", "--url", str(owner.base_url))
    assert created.returncode == 0
    key = created.stderr.strip().removeprefix("owner key: ")
    url = created.stdout.strip()
    assert owner.prepared(httpx.URL(url).path)["rules"]["overlap"] == 0.01
    closed = run("close", url, CHALLENGER_OWNER_KEY=key)
    assert closed.returncode == 0
    assert "50 members, 1 % of the population members" in closed.stdout


def test_a_twin_is_created_by_command(owner: Any, tmp_path: Path) -> None:
    base, key = owner.opened(members=50, canaries=20), tmp_path / "owner.key"
    url, base_key = f"{owner.base_url}{base}".replace("//v1", "/v1"), owner.keys[base.rpartition("/")[2]]
    asked = ("create", "--twin-of", url, "--profile", "tiny_top_1", "--owner-key-file", str(key))
    created = run(*asked, CHALLENGER_OWNER_KEY=base_key)
    assert (created.returncode, created.stderr) == (0, "")
    game = created.stdout.strip()
    assert httpx.get(game).json()["twin_of"] == base.rpartition("/")[2]
    owner.close_game(base).raise_for_status()
    owner.submit(httpx.URL(game).path, np.linspace(-1, 1, 100)).raise_for_status()
    closed = run("close", game, "--owner-key-file", str(key))
    for shown in (
        "20 canaries, twin of g-",
        "the truth was known",
        "Of the 10 candidates",
        "20 canaries alone",
    ):
        assert shown in closed.stdout
    url_and_id = ("--url", str(owner.base_url), "--twin-of", base.rpartition("/")[2])
    (tmp_path / "base.key").write_text(base_key)
    of_base = ("--base-key-file", str(tmp_path / "base.key"))
    again = run("create", *url_and_id, "--profile", "tiny", *of_base, "--no-wait")
    assert again.returncode == 0
    assert again.stderr.startswith("owner key: ok_g-")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--members", "50"), "--members"),
        (("--dataset", "digits"), "--dataset"),
        ((), "--base-key-file"),
    ],
)
def test_what_a_twin_cannot_be_created_with_is_said(
    asked: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CHALLENGER_OWNER_KEY", raising=False)
    twin = ("create", "--twin-of", "g-1", "--profile", "tiny", *asked)
    code, told = ended(monkeypatch, capsys, *twin)
    assert code == 2
    assert said in told


def test_a_game_is_of_a_data_set_or_a_twin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = ended(monkeypatch, capsys, "create", "--profile", "tiny")
    assert code == 2
    assert "--twin-of" in told


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("noisy", {"kind": "noisy", "rate": 0.1, "mode": "flip"}),
        ("noisy:rate=0.2", {"kind": "noisy", "rate": 0.2, "mode": "flip"}),
        ("noisy:mode=replace:rate=1", {"kind": "noisy", "rate": 1.0, "mode": "replace"}),
        ("shifted", {"kind": "shifted", "strength": 0.5}),
        ("shifted:strength=1", {"kind": "shifted", "strength": 1.0}),
        ("partial", {"kind": "partial", "share": 0.2}),
        ("partial:share=0.5", {"kind": "partial", "share": 0.5}),
        *((kind, {"kind": kind}) for kind in ("population", "marginals", "format")),
    ],
)
def test_knowledge_is_written_as_a_kind_and_its_parameters(text: str, rule: dict[str, Any]) -> None:
    assert knowledge_from(text) == rule


def test_a_game_has_the_rules_that_its_creator_named(owner: Any) -> None:
    at = ("--url", str(owner.base_url), "--knowledge", "noisy:rate=0.2:mode=replace")
    created = run(*DIGITS, *at, "--targets", "2", "--inclusion", "coin", "--canaries", "7")
    document = httpx.get(created.stdout.strip()).json()
    rules = document["rules"]
    assert rules["knowledge"] == {"kind": "noisy", "rate": 0.2, "mode": "replace"}
    assert (rules["inclusion"], rules["canaries"], len(document["targets"])) == ("coin", 7, 2)


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("create", "--dataset", "digts", "--profile", "tiny"), "did you mean digits?"),
        (("create", "--dataset", "digits", "--profile", "tinny", "--members", "50"), "did you mean tiny?"),
        (
            ("create", "--dataset", "digits", "--profile", "tiny", "--members", "50", "--option", "x=3"),
            "it takes none",
        ),
        (("create", "--dataset", "digits", "--profile", "tiny", "--members", "5000"), "at most 898 members"),
        (("close", "{url}/v1/games/g-aaaaaaaaaaaa"), "copy the URL"),
        (("close", "{url}/v1/gams/x"), "/openapi.json"),
        (("close", "http://127.0.0.1:9/v1/games/x"), "challenger serve"),
        (("close", "no url"), "challenger serve"),
        (("close", "{url}/v1/games/x", "--owner-key-file", "/nowhere"), "/nowhere"),
        ((*DIGITS, "--owner-key-file", "/nowhere/key"), "/nowhere/key"),
        ((*DIGITS, "--knowledge", "noisy"), "the mode `replace`"),
        ((*DIGITS, "--knowledge", "noisy:rate=2"), "rate: Input should be less than or equal to 1"),
        ((*DIGITS, "--knowledge", "noisy:mode=flop"), "'flip' or 'replace'"),
        ((*DIGITS, "--knowledge", "partial:share=0.001"), "ask for another"),
        ((*DIGITS, "--targets", "65"), "at most 64 targets"),
        ((*DIGITS, "--canaries", "1"), "an even number"),
        ((*DIGITS, "--overlap", "0.4"), "an overlap lies between"),
        (("scoreboard", "{url}/v1/games/g-aaaaaaaaaaaa"), "copy the URL"),
        (("serve", "--provider", "nonsense"), "http"),
        (("serve", "--data", "/dev/null/x"), "/dev/null"),
    ],
)
def test_a_mistake_is_one_line_with_the_remedy(
    owner: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    remedy: str,
) -> None:
    url = str(owner.base_url).rstrip("/")
    monkeypatch.setenv("CHALLENGER_URL", url)
    monkeypatch.setenv("CHALLENGER_OWNER_KEY", "x")
    code, shown = ended(monkeypatch, capsys, *(argument.format(url=url) for argument in arguments))
    assert code == 1
    assert shown.startswith("error: ")
    assert shown.count("\n") == 1
    assert remedy in shown


def test_a_challenger_that_takes_too_long_may_be_fetching(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(client, "TIMEOUT", httpx.Timeout(0.1, connect=5))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/games/g-1"
        code, shown = ended(monkeypatch, capsys, "scoreboard", url)
    assert code == 1
    assert "`challenger serve`" in shown
    assert "`challenger fetch NAME`" in shown


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("crate",), "create"),
        (("create", "--datset", "digits"), "--dataset"),
        (("create", "--dataset", "digits", "--profile", "tiny", "--option", "passes"), "NAME=NUMBER"),
        (("create", "--dataset", "digits", "--profile", "tiny", "--knowledge", "everything"), "population"),
        ((*DIGITS, "--knowledge", "noisy:speed=2"), "noisy takes rate=VALUE and mode=VALUE"),
        ((*DIGITS, "--knowledge", "noisy:rate"), "noisy takes rate=VALUE and mode=VALUE"),
        ((*DIGITS, "--knowledge", "format:rate=1"), "format takes no parameters"),
        ((*DIGITS, "--inclusion", "coins"), "coin"),
        ((*DIGITS, "--overlap", "0.6"), "--overlap"),
        (("close", "http://127.0.0.1:9/v1/games/x"), "--owner-key-file"),
        (("serve", "--port", "eighty"), "--port"),
    ],
)
def test_a_misspelt_command_is_told_what_would_do(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    remedy: str,
) -> None:
    code, shown = ended(monkeypatch, capsys, *arguments)
    assert code == 2
    assert remedy in shown


def test_data_sets_are_listed(datasets: Path) -> None:
    listed = run("datasets", "--datasets", str(datasets))
    assert listed.returncode == 0
    for shown in ("digits", "location30", "1,797", "challenger fetch location30"):
        assert shown in listed.stdout
