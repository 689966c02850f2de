"""A challenger for the whole session, and its owner's hands."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from live import challenger, eventually, read_npy

SECRET = b"the same secret of two challengers"


class Owner(httpx.Client):
    """Somebody who creates games at a challenger, and closes them."""

    def __init__(self, url: str, data: Path) -> None:
        super().__init__(base_url=url, timeout=120)
        self.data = data
        self.keys: dict[str, str] = {}

    def create(self, **asked: Any) -> httpx.Response:
        answer = self.post("/v1/games", json={"dataset": "digits", "profile": "tiny", "members": 100} | asked)
        if answer.status_code == 202:
            self.keys[answer.json()["id"]] = answer.json()["owner_key"]
        return answer

    def opened(self, **asked: Any) -> str:
        """The path of a game that is open."""
        path = f"/v1/games/{self.create(**asked).raise_for_status().json()['id']}"
        assert self.prepared(path)["state"] == "open"
        return path

    def prepared(self, path: str) -> dict[str, Any]:
        def ended() -> dict[str, Any]:
            game: dict[str, Any] = self.get(path, headers={"Prefer": "wait=30"}).json()
            return game if game["state"] != "preparing" else {}

        return eventually(ended, limit_s=120)

    def close_game(self, path: str) -> httpx.Response:
        key = self.keys[path.rpartition("/")[2]]
        return self.post(f"{path}/close", headers={"Authorization": f"Bearer {key}"})

    def table(self, path: str) -> Any:
        return read_npy(self.get(path).raise_for_status().content)

    def submit(self, path: str, scores: Any, name: str = "gap", **more: Any) -> httpx.Response:
        return self.post(f"{path}/submissions", json=submission(scores, name) | more)


def submission(scores: Any, name: str = "gap") -> dict[str, Any]:
    """One attack that calls everybody above the median score of 0 a member; scores (N,) or (T, N)."""
    rows = np.atleast_2d(np.asarray(scores, float))
    attack = {"name": name, "scores": rows.tolist(), "decisions": (rows > 0).tolist()}
    return {"attacks": [attack], "primary": name, "ledger": {"target_queries": {"records": rows.size}}}


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all challengers, filled by whoever is first."""
    return tmp_path_factory.mktemp("datasets")


@pytest.fixture(scope="session")
def start(provider_url: str, datasets: Path) -> Callable[..., AbstractContextManager[Owner]]:
    """Start a challenger on a data folder, with a secret that tests know; gives its owner."""

    @contextmanager
    def start(data: Path, secret: bytes = SECRET) -> Iterator[Owner]:
        data.mkdir(parents=True, exist_ok=True)
        if not (data / "secret").exists():
            (data / "secret").write_bytes(secret)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # tests fetch nothing from outside
            server = challenger(data, "--provider", provider_url, "--datasets", str(datasets))
            with server as url, Owner(url, data) as owner:
                yield owner

    return start


@pytest.fixture(scope="session")
def owner(start: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    with start(tmp_path_factory.mktemp("referee") / "challenger") as owner:
        yield owner
