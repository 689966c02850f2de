"""The commands of the README, as they stand there: only ports, folders and ids are put in."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import pytest
from foreign_server import Foreign, served
from live import Customer, eventually

from attacker.adapting import Adaptation
from attacker.store import Store
from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.profile import load_profiles
from services.parties import free_ports

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BASH = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
SERVERS, GAME, AUDIT, DEPLOYED, OWN, SYNTHESIS, ATTACKS, DEFENDED, CURL, LEAKAGE = BASH
[PYTHON] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
[PROFILE] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)


class Reader:
    """Somebody who types what the README says, in a folder of their own."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder, self.ports = folder, ports
        self.provider, self.challenger = (f"http://127.0.0.1:{port}" for port in ports)

    def own(self, text: str) -> str:
        ports = {"8000": str(self.ports[0]), "8001": str(self.ports[1])}
        return re.sub(r"\b800[01]\b", lambda found: ports[found[0]], text)

    @property
    def environment(self) -> dict[str, str]:
        commands = str(Path(sys.executable).parent)
        return os.environ | {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "CHALLENGER_URL": self.challenger,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }

    def start(self, line: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(shlex.split(self.own(line)), cwd=self.folder, env=self.environment)

    def type(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", self.own(script)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(tmp_path_factory.mktemp("readme"), free_ports(2))
    with ExitStack() as stack:
        for line in SERVERS.splitlines():
            process = stack.enter_context(reader.start(line))
            stack.callback(process.terminate)
        urls = [reader.folder / "runs" / party / "url" for party in ("provider", "challenger")]
        eventually(lambda: all(url.exists() for url in urls))
        yield reader


def test_a_game_by_hand(reader: Reader) -> None:
    create, *rest = GAME.splitlines()
    game = reader.type(create).strip()
    shown = reader.type("\n".join(rest).replace("GAME_URL", game))
    assert "Submitted" in shown
    assert "shokri" in shown
    assert json.loads((reader.folder / "runs/game/result.json").read_text())["schema"] == 1
    shown = reader.type(ATTACKS)
    assert "AUC of calibrated less that of shokri" in shown
    assert (reader.folder / "runs/game/members.csv").exists()
    assert "Mean F1 for members" in shown
    assert "bavaria" in shown.rpartition("runs/game")[0]
    create, play = DEFENDED.splitlines()
    twin = reader.type(create.replace("GAME_URL", game)).strip()
    assert "Submitted" in reader.type(play.replace("TWIN_URL", twin))
    with Store(reader.folder / "runs/softened") as store:
        assert Adaptation.kept(store).temperature == pytest.approx(20, rel=1e-3)


def test_an_audit_by_hand(reader: Reader) -> None:
    random = np.random.default_rng(0)
    table = np.column_stack([np.arange(300) % 3, random.integers(0, 9, (300, 12))]).astype("u1")
    with Customer(reader.provider) as owner:
        dataset = owner.upload(table[:60]).json()["id"]
        features = [{"name": f"f{k}", "kind": "integer", "min": 0, "max": 8} for k in range(12)]
        owner.patch(f"/v1/datasets/{dataset}", json={"features": features}).raise_for_status()
        model = owner.train(dataset_id=dataset, profile="neural_network").json()["id"]
        assert owner.ended(model)["state"] == "ready"
        owner.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    for name, rows in (("candidates", table[:120]), ("population", table[120:])):
        np.savetxt(reader.folder / f"{name}.csv", rows, "%d", ",")
    reader.type(AUDIT.replace("MODEL_ID", model))
    assert len((reader.folder / "runs/audit/scores.csv").read_text().splitlines()) == 121
    shown = reader.type(SYNTHESIS.replace("MODEL_ID", model))
    assert "300 records by model_based" in shown
    assert len(np.load(reader.folder / "runs/records.npy")) == 300
    assert (reader.folder / "runs/audit-from-nothing/scores.csv").exists()


def test_a_deployed_model_by_hand(reader: Reader) -> None:
    random = np.random.default_rng(1)
    records = np.unique(random.integers(0, 2, (300, 20)), axis=0)
    table = np.column_stack([records[:, :2].sum(axis=1), records])[random.permutation(len(records))]
    np.savetxt(reader.folder / "deployed.csv", table[:60], "%d", ",")
    np.savetxt(reader.folder / "more.csv", table[60:], "%d", ",")
    np.save(reader.folder / "members.npy", np.arange(60) < 30)
    with served(Foreign(table[:30])) as foreign:
        assert DEPLOYED.count("http://127.0.0.1:8080") == 1
        command = DEPLOYED.replace("http://127.0.0.1:8080", foreign.url)
        assert "shokri" in reader.type(command)
        audited = json.loads((reader.folder / "runs/deployed/result.json").read_text())
        assert audited["deployed"]["model"] == "m"
        answered = foreign.answered
        script = reader.own(PYTHON.replace("http://127.0.0.1:8080", foreign.url))
        (reader.folder / "audit.py").write_text(script)
        assert "named in advance" in reader.type("python audit.py")
        assert foreign.answered == answered
        for name, rows in (("members", table[:30]), ("held_out", table[30:60]), ("others", table[60:])):
            np.savetxt(reader.folder / f"{name}.csv", rows, "%d", ",")
        game = reader.type(OWN.replace("http://127.0.0.1:8080", foreign.url)).strip()
        assert httpx.get(game).json()["deployed"]["url"] == foreign.url


def test_the_api_by_curl(reader: Reader) -> None:
    rows = [f"{'cat' if k % 2 else 'dog'},{k % 2 + 0.1},{k % 5},{k % 3}" for k in range(40)]
    (reader.folder / "records.csv").write_text("\n".join(rows))
    answered, asked = reader.type(CURL + "echo\n" + LEAKAGE).split("\n", 1)
    answer = json.loads(answered[answered.rindex('{"model_id"') :])
    assert answer["classes"] == ["cat", "dog"]
    assert sum(answer["predictions"][0]) == pytest.approx(1)
    assert '"queued"' in asked
    assert "training records" in (reader.folder / "leakage.html").read_text()


def test_the_profile_shown_is_one(tmp_path: Path) -> None:
    (tmp_path / "guarded.toml").write_text(PROFILE)
    profile = load_profiles(SHIPPED_PROFILES, tmp_path)["guarded"]
    assert [defence.defence for defence in profile.defences] == ["rounding"]
    assert profile.candidates[0].parameters["dropout"] == 0.5
    assert profile.queries.detect


def test_every_long_command_names_targets_and_options_that_exist() -> None:
    """What is too long to run here is at least spelt right."""
    makefile = (ROOT / "Makefile").read_text()
    for target, variables in re.findall(
        r"^make (\S+)((?: [A-Z_]+=(?:\"[^\"]*\"|\S+))*)", README, re.MULTILINE
    ):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        for variable in re.findall(r"([A-Z_]+)=", variables):
            assert re.search(rf"^{variable} \?=", makefile, re.MULTILINE), variable


def test_the_layout_in_the_readme_is_the_layout_on_disk() -> None:
    """Every path in the picture exists, and every package is in it."""
    picture = README.partition("## Where things are")[2].partition("```")[2].partition("```")[0]
    named = set(re.findall(r"[\w.]+(?:/|\.py|\.toml|\.yml)", picture))
    packages = {path.parent.name + "/" for path in ROOT.glob("services/*/*/__init__.py")}
    packages |= {path.parent.name + "/" for path in ROOT.glob("attacker/*/__init__.py")}
    assert packages <= named, packages - named
    everything = {
        path.name
        for path in (
            *ROOT.glob("*"),
            *ROOT.glob("services/**/*"),
            *ROOT.glob("attacker/**/*"),
            *ROOT.glob("torture/*"),
            *ROOT.glob("tests/*"),
        )
    }
    assert {name.rstrip("/") for name in named} <= everything, named - everything
