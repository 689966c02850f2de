"""Plug-ins are found by their file's name."""

import subprocess
import sys

import pytest

from attacker.attack import ATTACKS, Attack
from attacker.classifier import CLASSIFIERS
from attacker.errors import ConfigurationError, UnknownPluginError
from attacker.registry import Registry


def test_the_folder_is_the_list():
    assert {"gap", "loss_threshold", "random_guess", "shokri"} <= set(ATTACKS.names())
    assert "neural_network" in CLASSIFIERS.names()


@pytest.mark.parametrize("registry", [ATTACKS, CLASSIFIERS], ids=lambda registry: registry.kind)
def test_every_file_defines_one_plug_in(registry):
    classes = [registry.load(name) for name in registry.names()]
    assert len(set(classes)) == len(classes)
    assert all(issubclass(found, registry.base) for found in classes)


def test_a_typo_is_answered_with_the_close_name():
    with pytest.raises(UnknownPluginError, match="did you mean 'shokri'") as caught:
        ATTACKS.load("shokry")
    assert caught.value.close == ("shokri",)
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.exit_code == 2


def test_a_name_like_no_other_is_answered_with_all_names():
    with pytest.raises(UnknownPluginError, match="choose one of bavaria, "):
        ATTACKS.load("qqqq")


def test_a_new_file_is_a_new_plug_in(tmp_path, monkeypatch):
    folder = tmp_path / "found_by_its_name"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "always.py").write_text(
        "from attacker.attack import Attack, Needs\n"
        "class Always(Attack):\n"
        "    paper, needs, threshold_ = 'none', Needs(), -1.0\n"
        "    def fit(self, view, rng): return self\n"
        "    def score(self, answers): return answers.labels * 0.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry("attack", "found_by_its_name", Attack)
    assert registry.names() == ["always"]
    assert registry.load("always").__name__ == "Always"


def test_listing_imports_no_learning_library():
    code = "import sys; from attacker.attack import ATTACKS; ATTACKS.names(); print('torch' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert answer.stdout.strip() == "False"
