"""One of each kind of plug-in, as one file more in a copy of the code: its command lists it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ATTACK = '''
from attacker.attack import Attack, Needs


class Coin(Attack):
    """Guesses."""

    paper, needs, threshold_ = "none", Needs(), 0.5

    def fit(self, view, rng):
        return self

    def score(self, case):
        return case.candidates.answers.labels * 0.0
'''
DIALECT = '''
"""A server that answers by letter."""

from dataclasses import dataclass

from attacker.dialect import Dialect, Request
from attacker.outputs import Outputs


@dataclass
class Letter(Dialect):
    paper_size: str = "A4"

    def request(self, model, records):
        return Request("/", b"")

    def outputs(self, reply, records):
        return Outputs(labels=("a",) * records)
'''
DEFENCE = '''
"""Nothing but silence."""

from services.mlaas.defence import Defence


class Silence(Defence):
    def __init__(self, *, seconds: int = 7) -> None:
        self.seconds = seconds

    def defend(self, probabilities, question):
        return probabilities * 0
'''
MODEL_TYPE = '''
"""The mean of everything."""

from services.mlaas.model_type import ModelType


class Mean(ModelType):
    def __init__(self, *, trimmed: float = 0.25) -> None:
        self.trimmed = trimmed

    def fit(self, data, rng, device="cpu"):
        raise NotImplementedError
'''
DATASET = """
import numpy as np

from services.challenger.dataset import Dataset, Feature, Records, class_names


class Dice(Dataset):
    summary, source, terms = "throws of a die", "made here", "none"
    records, features, classes = 12, 1, 2

    def make(self):
        throws = np.arange(12)[:, None]
        return Records(throws, throws[:, 0] % 2, class_names(2))

    def format(self):
        return (Feature("throw", "integer", 0, 11),)
"""
PROFILE = """
summary = "A model for the lottery."

[price]
currency = "EUR"
training = 1.0
per_1000_records = 0.5

[[candidates]]
model_type = "mean"
[candidates.parameters]
trimmed = 0.125
"""
NEW = {
    "attack": ("attacker/attacks/coin.py", ATTACK, "attacker attacks", "coin"),
    "dialect": ("attacker/targets/letter.py", DIALECT, "attacker dialects", "paper_size=A4"),
    "defence": ("services/mlaas/defences/silence.py", DEFENCE, "services.mlaas defences", "seconds 7"),
    "type": ("services/mlaas/model_types/mean.py", MODEL_TYPE, "services.mlaas model-types", "trimmed 0.25"),
    "dataset": ("services/challenger/datasets/dice.py", DATASET, "services.challenger datasets", "dice"),
    "profile": ("services/mlaas/profiles/lottery.toml", PROFILE, "services.mlaas profiles", "lottery"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The code with one file more of each kind."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("attacker", "services"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, content, _, _ in NEW.values():
        assert not (folder / file).exists()
        (folder / file).write_text(content.lstrip())
    return folder


@pytest.mark.parametrize("kind", NEW)
def test_one_file_is_listed_by_its_command(copy: Path, kind: str) -> None:
    _, _, command, shown = NEW[kind]
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy), "COLUMNS": "200", "CHALLENGER_DATASETS": str(copy)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert shown in done.stdout
