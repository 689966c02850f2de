"""The story of docs/audit.md, typed as it stands there: only ports are put in."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from foreign_environment import commands_of, done, started, with_first
from parties import result

from attacker.targets.http import Http
from services.parties import free_ports

STORY = (Path(__file__).parents[2] / "docs" / "audit.md").read_text()
[LEARN] = re.findall(r"```python\n# learn.py\n(.*?)```", STORY, re.DOTALL)
[TEMPLATE] = re.findall(r"```toml\n(.*?)```", STORY, re.DOTALL)
TARGET, PROVIDER, AUDIT, PIPELINE, REFEREE, CREATE, GAME = re.findall(r"```bash\n(.*?)```", STORY, re.DOTALL)
OURS, THEIRS = Path(sys.executable).parent, commands_of("mlserver")
PATIENCE_S = 240
PORTS = ("8000", "8001", "8080", "8081", "8082")


class Reader:
    """Somebody who types what the story says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))

    def own(self, text: str) -> str:
        return re.sub(r"\b80(0[01]|8[012])\b", lambda found: self.ports[found[0]], text)

    def type(self, line: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            shlex.split(self.own(line)),
            cwd=self.folder,
            env=with_first(OURS) | {"CHALLENGER_URL": self.own("http://127.0.0.1:8001")},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Both servers run, each by the commands of its own environment."""
    reader = Reader(tmp_path_factory.mktemp("story"))
    folder, own, ports = reader.folder, reader.own, reader.ports
    (folder / "learn.py").write_text(own(LEARN))
    learn, serve = TARGET.splitlines()
    done(THEIRS, shlex.split(learn), folder)
    target, provider = (f"http://127.0.0.1:{ports[port]}" for port in ("8080", "8000"))
    with (
        started(THEIRS, shlex.split(own(serve)), folder, f"{target}/v2/models/forest/ready"),
        started(OURS, shlex.split(own(PROVIDER)), folder, f"{provider}/readyz"),
    ):
        yield reader


def test_the_audit_ends_in_a_report_and_the_pipeline_in_a_reason(reader: Reader) -> None:
    audit = reader.type(AUDIT)
    assert audit.returncode == 0, audit.stderr
    assert "the model answers probabilities of all classes" in audit.stderr
    found = result(reader.folder / "runs/forest")
    assert found["primary"] == "rmia"
    first = found["attacks"][0]
    assert first["name"] == "rmia"
    assert first["auc"]["low"] > 0.6, "a forest answers its own records with more confidence"
    assert (reader.folder / "runs/forest/report.html").exists()
    pipeline = reader.type(PIPELINE)
    assert pipeline.returncode == 7
    assert f"error: The model leaks: auc of {first['name']} is" in pipeline.stderr


def test_the_game_ends_on_a_scoreboard(reader: Reader) -> None:
    referee = f"http://127.0.0.1:{reader.ports['8001']}"
    with started(OURS, shlex.split(reader.own(REFEREE)), reader.folder, f"{referee}/readyz"):
        created = reader.type(CREATE)
        assert created.returncode == 0, created.stderr
        for line in GAME.splitlines():
            typed = reader.type(line.replace("GAME_URL", created.stdout.strip()))
            assert typed.returncode == 0, typed.stderr
    found = result(reader.folder / "runs/game")
    assert found["attacks"][0]["auc"]["low"] > 0.6
    assert found["target"]["train_accuracy"]["value"] == 1, "as the forest answered its owner"
    assert found["deployed"]["url"].endswith(reader.ports["8080"])
    assert "rmia" in typed.stdout


def test_the_template_of_the_story_is_one() -> None:
    dialect = Http()
    dialect.read_template(TEMPLATE)
    assert dialect.many
