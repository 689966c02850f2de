"""What a game's owner is told when the provider is away."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from live import Customer, challenger, eventually, refused


@contextmanager
def killed_at_the_end(data: Path, datasets: Path, provider_url: str, owner: Any) -> Iterator[Any]:
    """A challenger that ends by SIGKILL, and its own owner."""
    (data / "url").unlink(missing_ok=True)
    data.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "services.challenger", "serve", "--port", "0", "--data", str(data)]
    command += ["--provider", provider_url, "--datasets", str(datasets)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            eventually((data / "url").exists)
            with type(owner)((data / "url").read_text(), data) as client:
                yield client
        finally:
            process.kill()


def data_owner(data: Path, provider_url: str) -> Customer:
    """The account at the provider, which only the challenger's database knows."""
    database = sqlite3.connect(data / "challenger.sqlite")
    [(key,)] = database.execute("SELECT provider_key FROM game")
    database.close()
    return Customer(provider_url, key)


def models_of(data: Path, provider_url: str) -> list[dict[str, Any]]:
    """What the data owner has had trained, by the provider's own list."""
    with data_owner(data, provider_url) as customer:
        return list(customer.get("/v1/models").json()["items"])


def cancel_trainings(data: Path, provider_url: str) -> None:
    with data_owner(data, provider_url) as customer:
        for model in models_of(data, provider_url):
            customer.post(f"/v1/models/{model['id']}/cancel").raise_for_status()


def test_a_provider_that_is_away_is_told_at_once(
    owner: Any, datasets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHALLENGER_PATIENCE_S", "0")
    nobody = "http://127.0.0.1:9"
    with (
        challenger(tmp_path / "c", "--provider", nobody, "--datasets", str(datasets)) as url,
        type(owner)(url, tmp_path / "c") as client,
    ):
        assert "--provider" in refused(client.create(), 503, "provider-unavailable")
        assert client.get("/readyz").status_code == 200


def test_a_game_waits_for_its_provider_only_so_long(
    owner: Any, datasets: Path, provider_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "challenger"
    with killed_at_the_end(data, datasets, provider_url, owner) as client:
        game = f"/v1/games/{client.create(profile='slow').json()['id']}"
    monkeypatch.setenv("CHALLENGER_PATIENCE_S", "0")
    with killed_at_the_end(data, datasets, "http://127.0.0.1:9", owner) as client:
        document = client.prepared(game)
        assert document["state"] == "failed"
        assert "cannot be used just now" in document["error"]
        assert document["error"] in refused(client.get(f"{game}/candidates"), 409, "game-not-open")
    cancel_trainings(data, provider_url)
