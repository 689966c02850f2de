"""Runs from Python: what the commands do, by the same names, in the same folders."""

import io
import subprocess
import sys

import numpy as np
import pytest
from foreign_server import Foreign, served
from stand_in_runs import RECORDS, attacker

import attacker as package
from attacker import Audit, Found, Play
from attacker.attacks.gap import Gap
from attacker.errors import CannotAttack, ConfigurationError, RunDiffers, UnknownPluginError

METHOD = {"shadows": 2, "attacks": ("gap", "loss_threshold"), "primary": "loss_threshold"}


@pytest.fixture
def records(service, http):
    """Candidates, population, and who of the candidates is a member."""

    def table(path):
        return np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/{path}").body))

    candidates, population = table("candidates"), table("knowledge")
    service.close()
    return candidates, population, table("membership")[0]


@pytest.fixture
def foreign(records):
    candidates, _, truth = records
    with served(Foreign(candidates[truth])) as foreign:
        yield foreign


@pytest.fixture
def deployed(service, foreign):
    """What is always said of the model on trial."""
    return {
        "dialect": "instances",
        "shadows_at": service.url,
        "shadow_profile": "box",
        "training_size": 30,
        **METHOD,
    }


def test_a_game_is_submitted_played_and_found(service, tmp_path):
    play = Play(service.game_url, out=tmp_path / "run", **METHOD)
    play.submit()
    with pytest.raises(CannotAttack, match="still open"):
        play.run()
    service.close()
    found = play.run()
    assert set(found) == {"loss_threshold", "gap"}
    assert found.primary.name == "loss_threshold"
    auc = found["loss_threshold"].auc
    assert auc.low <= auc.value <= auc.high
    assert found.scores["gap"].shape == (1, 60)
    assert found.asked == RECORDS
    assert found.report().exists()


def test_command_and_python_go_on_with_each_others_runs(service, tmp_path):
    words = ("play", service.game_url, "--out", tmp_path / "run", "--shadows", 2)
    words += ("--attacks", "gap,loss_threshold", "--primary", "loss_threshold")
    assert "Submitted" in attacker(*words).stdout
    seen = service.seen("predict")
    service.close()
    found = Play(service.game_url, out=tmp_path / "run", **METHOD).run()
    assert "loss_threshold" in attacker(*words).stdout
    assert service.seen("predict") == seen
    assert found["gap"].document == Found.at(tmp_path / "run")["gap"].document


@pytest.mark.parametrize("kind", ["files", "tables", "pairs", "words"])
def test_records_are_files_tables_or_pairs(kind, records, foreign, deployed, tmp_path):
    candidates, population, truth = records
    given = {
        "files": (tmp_path / "c.csv", str(tmp_path / "p.npy")),
        "tables": (candidates, population),
        "pairs": tuple((table[:, 1:], table[:, 0]) for table in (candidates, population)),
        "words": tuple((table[:, 1:], table[:, 0].astype(str)) for table in (candidates, population)),
    }[kind]
    np.savetxt(tmp_path / "c.csv", candidates, "%d", ",")
    np.save(tmp_path / "p.npy", population)
    audit = Audit(
        foreign.url,
        "m",
        candidates=given[0],
        population=given[1],
        truth=truth,
        out=tmp_path / "run",
        **deployed,
    )
    found = audit.run()
    assert found["loss_threshold"].auc.value > 0.9
    asked = foreign.answered
    again = audit.run()
    assert foreign.answered == asked
    assert again["loss_threshold"].document == found["loss_threshold"].document
    assert again.result["deployed"]["dialect"] == "instances"


def test_another_attack_is_inferred_and_nobody_asked(records, foreign, deployed, tmp_path):
    candidates, population, truth = records
    records = {"candidates": candidates, "population": population, "truth": truth}
    found = Audit(foreign.url, "m", **records, out=tmp_path / "run", **deployed).run()
    asked, before = foreign.answered, (tmp_path / "run" / "result.json").read_bytes()
    inferred = found.infer(Gap(), name="again")
    assert inferred.name == "again"
    assert inferred.accuracy == found["gap"].accuracy
    assert found.infer(Gap()).name == "Gap"
    assert foreign.answered == asked
    assert (tmp_path / "run" / "result.json").read_bytes() == before


def test_without_the_truth_there_are_scores_and_no_rates(records, foreign, deployed, tmp_path):
    candidates, population, _ = records
    found = Audit(
        foreign.url, "m", candidates=candidates, population=population, out=tmp_path / "run", **deployed
    ).run()
    assert found.scores["loss_threshold"].shape == (1, len(candidates))
    assert str(found["loss_threshold"]) == "loss_threshold"
    with pytest.raises(ConfigurationError, match="give the truth"):
        found["loss_threshold"].auc  # noqa: B018


def test_what_cannot_be_meant_is_refused(service, records, tmp_path):
    candidates, population, _ = records
    given = {"candidates": candidates, "out": tmp_path / "run"}
    for wrong, error, said in (
        ({"attacks": ("gapp",)}, UnknownPluginError, "gap"),
        ({"dialect": "instances"}, ConfigurationError, "--shadows-at"),
        ({"population": population, "partial": population}, ConfigurationError, "partial"),
        ({"population": "nowhere.csv"}, ConfigurationError, "no file nowhere.csv"),
        ({"candidates": (candidates[:, 1:], candidates[1:, 0])}, ConfigurationError, "labels"),
        ({"candidates": np.array([["a", "b"]])}, ConfigurationError, "numbers"),
        ({"template": "none.toml"}, ConfigurationError, "no file none.toml"),
    ):
        with pytest.raises(error, match=said):
            Audit(service.url, "m", **(given | wrong)).run()
    with pytest.raises(ConfigurationError, match="no result"):
        Found.at(tmp_path)


def test_a_run_goes_on_with_what_it_was_begun_with_alone(service, tmp_path):
    Play(service.game_url, out=tmp_path / "run", **METHOD).submit()
    with pytest.raises(RunDiffers, match="seed"):
        Play(service.game_url, out=tmp_path / "run", **METHOD, seed=1).submit()


def test_rates_that_are_not_told_are_named(service, tmp_path):
    play = Play(service.game_url, out=tmp_path / "run", **METHOD)
    play.submit()
    service.close()
    found = play.run()
    with pytest.raises(ConfigurationError, match=r"0\.01"):
        found["gap"].tpr_at(0.02)
    with pytest.raises(KeyError):
        found["shokri"]


def test_the_package_loads_nothing_before_it_is_asked():
    code = "import sys, attacker; print([m for m in ('httpx', 'torch', 'scipy', 'rich') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        package.Nothing  # noqa: B018
