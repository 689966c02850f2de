"""The attacker from Python: the same runs as by the command, from files or from arrays."""

import hashlib
import inspect
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from stand_in_runs import PLAIN, attacker

import attacker as package
from attacker import Audit, Case, Found, Needs, Play, Thresholded, cli, defaults
from attacker.errors import BudgetExhausted, CannotAttack, ConfigurationError, RunDiffers, UnknownPluginError
from attacker.signals import confidence
from attacker.store import Store

ATTACKS = {"shadows": 2, "attacks": ("gap", "loss_threshold"), "primary": "loss_threshold", "quiet": True}


class World:
    """The stand-in's records, and an audit of its target."""

    def __init__(self, service, http, folder):
        self.service, self.folder, self.out = service, folder, folder / "run"
        self.candidates, self.population = (
            np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/{path}").body))
            for path in ("candidates", "knowledge")
        )
        service.close()
        self.truth = np.load(io.BytesIO(http.ask("GET", f"{service.game_url}/membership").body))[0]

    def saved(self, name, array):
        np.save(self.folder / name, array)
        return self.folder / name

    def audit(self, **more):
        given = {"candidates": self.candidates, "population": self.population, "out": self.out}
        return Audit(self.service.url, **{"model": "m-target", **ATTACKS, **given, **more})

    def command(self, *more):
        return attacker(
            *("audit", "--url", self.service.url, "--model", "m-target", "--out", self.out, *PLAIN),
            *("--candidates", self.saved("c.npy", self.candidates)),
            *("--population", self.saved("p.npy", self.population), *more),
        )

    def asked(self):
        return self.service.world()["usage"]


@pytest.fixture
def world(service, http, tmp_path):
    return World(service, http, tmp_path)


def test_arrays_pairs_and_files_give_the_same_run(world):
    of_tables = world.audit(truth=world.truth).run()
    pair = world.candidates[:, 1:], world.candidates[:, 0]
    files = {
        "candidates": pair,
        "population": str(world.saved("p.npy", world.population)),
        "truth": world.saved("t.npy", world.truth),
    }
    of_files = world.audit(**files, out=world.folder / "other").run()
    for name in ("gap", "loss_threshold"):
        assert of_tables.scores[name].tobytes() == of_files.scores[name].tobytes()
        assert of_tables[name].auc == of_files[name].auc
    assert of_tables["loss_threshold"].auc.value == 1.0
    configurations = [found.document["configuration"] for found in (of_tables, of_files)]
    assert configurations[0] == configurations[1]
    content = hashlib.sha256((world.folder / "p.npy").read_bytes()).hexdigest()
    assert configurations[0]["population_sha256"] == content


def test_what_python_began_the_command_goes_on_with(world):
    with pytest.raises(BudgetExhausted):
        world.audit(budget=350).run()
    before = world.asked()
    done = world.command()
    assert done.returncode == 0, done.stderr
    assert sum(map(sum, world.asked().values())) > sum(map(sum, before.values()))
    finished = world.asked()
    again = world.audit(truth=world.truth).run()
    assert world.asked() == finished
    assert again["loss_threshold"].auc.value == 1.0


def test_what_the_command_began_python_goes_on_with(world):
    stopped = world.command("--budget", 350)
    assert stopped.returncode == 5, stopped.stderr
    found = world.audit(truth=world.truth).run()
    assert found["gap"].auc.value is not None
    finished = world.asked()
    assert [records for _, records in finished.values()] == [140] * 3  # each question once
    assert world.command().returncode == 0
    assert world.asked() == finished


def test_other_records_are_another_run_and_leave_the_first_as_it_was(world):
    found = world.audit().run()
    given = {file: file.read_bytes() for file in (world.out / "given").iterdir()}
    with pytest.raises(RunDiffers, match="candidates_sha256"):
        world.audit(candidates=world.candidates[::-1]).run()
    assert all(file.read_bytes() == content for file, content in given.items())
    again = world.audit().run()
    assert again.scores["gap"].tobytes() == found.scores["gap"].tobytes()


def test_a_game_is_played_and_shown_once_it_is_closed(service, tmp_path):
    game = Play(service.game_url, out=tmp_path / "run", **ATTACKS)
    found = game.run()
    assert found.document is None
    assert not found.evaluated
    assert found.scores["gap"].shape == (1, 60)
    assert "who is a member is not known" in str(found)
    with pytest.raises(ConfigurationError, match="once the owner has closed the game"):
        found["gap"]
    service.close()
    closed = game.run()
    assert closed.evaluated
    assert closed["gap"].precision.of == 10  # as the challenger told it
    assert "named in advance" in str(closed)


class SurelyRight(Thresholded):
    """A record is a member if the target is sure of it."""

    paper = "this test"
    needs = Needs()

    def score(self, case: Case):
        return case.candidates.answers.signal(confidence)


def test_a_new_attack_is_tried_without_a_question(world):
    found = world.audit(truth=world.truth).run()
    asked, ledger = world.asked(), costs(world.out)
    files = {path: path.read_bytes() for path in world.out.rglob("*.*") if path.suffix != ".sqlite"}
    more = found.infer(SurelyRight())
    assert list(more) == ["gap", "loss_threshold", "SurelyRight"]
    assert more["SurelyRight"].auc == found["loss_threshold"].auc  # the same order of candidates
    assert more["SurelyRight"].auc.low < 1.0
    assert "SurelyRight" in str(more)
    assert "SurelyRight" not in found
    assert "SurelyRight" not in Found.at(world.out)
    assert (world.asked(), costs(world.out)) == (asked, ledger)
    assert all(path.read_bytes() == content for path, content in files.items())
    assert list(more.infer(SurelyRight())) == list(more)


def test_an_attack_of_ours_is_tried_by_its_name(world):
    found = world.audit(attacks="gap", primary="gap", truth=world.truth).run()
    asked = world.asked()
    more = found.infer("loss_threshold").infer("shokri:classifier=logistic_regression", "lr")
    assert list(more) == ["gap", "loss_threshold", "lr"]
    assert world.asked() == asked
    again = world.audit(truth=world.truth, out=world.folder / "again").run()
    assert more["loss_threshold"].auc == again["loss_threshold"].auc
    with pytest.raises(UnknownPluginError, match="no attack named 'losss_threshold'"):
        found.infer("losss_threshold")
    with pytest.raises(CannotAttack):
        found.infer("shokri:classifier=provider")


def costs(out):
    with Store(out) as store:
        return store.costs()


class Compared(SurelyRight):
    needs = Needs(references=True)


class Defended(SurelyRight):
    def check(self):
        raise ConfigurationError("Another setting, please.")


def test_a_new_attack_is_refused_as_others_are(world):
    found = world.audit(attacks="gap", primary="gap").run()
    with pytest.raises(ConfigurationError, match="gap is an attack of"):
        found.infer(SurelyRight(), "gap")
    with pytest.raises(ConfigurationError, match="Another setting"):
        found.infer(Defended())
    told = world.audit(
        partial=world.population[:40],
        population=None,
        attacks="gap",
        primary="gap",
        out=world.folder / "told",
    )
    with pytest.raises(CannotAttack, match="there are none here"):
        told.run().infer(Compared())


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"candidates": "nowhere.csv"}, "there is no file nowhere.csv"),
        ({"truth": "nowhere.npy"}, "there is no file nowhere.npy"),
        ({"candidates": (np.ones((4, 2)), np.array(["a", "b", "a", "b"]))}, "number the classes"),
        ({"candidates": (np.ones((4, 2)), np.ones(3))}, r"not \(4, 2\) and \(3,\)"),
        ({"candidates": (np.ones((4, 2)),) * 3}, "a pair is"),
        ({"partial": np.ones((4, 3))}, "Give --population or --partial"),
        ({"attacks": ("gap", "gap")}, "names an attack twice"),
        ({"primary": "lira"}, "is not among the attacks"),
        ({"precision": 0.4}, "above 0.5"),
        ({"precision": float("nan")}, "above 0.5"),
        ({"precision": "0.9"}, "precision is a number, not '0.9'"),
        ({"shadows": 0}, "shadows is a whole number of at least 1"),
        ({"shadows": "2"}, "shadows is a whole number of at least 1, not '2'"),
        ({"batch": 1.5}, "batch is a whole number of at least 1"),
        ({"dialect": "open_inference"}, "--shadows-at"),
        ({"api_key": "clé"}, "key"),
        ({"budget": "much"}, "budget"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_a_question(world, wrong, remedy):
    with pytest.raises(ConfigurationError, match=remedy):
        world.audit(**wrong).run()
    assert world.asked() == {}


def test_numbers_of_numpy_are_the_same_run(world):
    numbers = {"seed": 3, "training_size": 30, "precision": 0.75, "shadows": 4}
    found = world.audit(truth=world.truth, **numbers).run()
    asked = world.asked()
    of_numpy = {name: np.array(number)[()] for name, number in numbers.items()}
    again = world.audit(truth=world.truth, **of_numpy).run()
    assert world.asked() == asked
    assert again["loss_threshold"].document == found["loss_threshold"].document


def test_a_folder_without_a_finished_run_is_none(tmp_path):
    with pytest.raises(ConfigurationError, match="is no run folder"):
        Found.at(tmp_path)


def test_an_attack_that_is_not_there_and_a_rate_that_is_not_are_named(world):
    found = world.audit(truth=world.truth).run()
    with pytest.raises(ConfigurationError, match="not among the attacks"):
        found["lira"]
    with pytest.raises(ConfigurationError, match=r"0\.01, 0\.001"):
        found["gap"].tpr_at(0.02)
    assert found["gap"].tpr_at(0.01).needs == 100
    assert "unknown" in str(found["gap"].tpr_at(0.01))


@pytest.mark.parametrize(("run", "command"), [(Audit, cli.audit.audit), (Play, cli.play.play)])
def test_python_and_the_command_have_the_same_names_and_defaults(run, command):
    taken, options = (
        {name: one.default for name, one in inspect.signature(callee).parameters.items()}
        for callee in (run, command)
    )
    apart = {"url", "game_url", "fail_above", "wait", "api_key", "target_key"}
    assert taken.keys() - apart == options.keys() - apart
    for name in taken.keys() - apart:
        own = Path(taken[name]) if name == "out" else taken[name]
        assert own == options[name], name


def test_keys_are_not_shown():
    shown = repr(Play("http://127.0.0.1:1", api_key="secret-1", target_key="secret-2"))
    assert "secret" not in shown
    assert defaults.PLAY in shown


def test_importing_the_attacker_loads_nothing_and_every_name_is_there():
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    assert set(package.__all__) == set(package.HOMES)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        package.nothing_like_it  # noqa: B018
    program = "import sys, attacker; print(*{'numpy', 'httpx', 'rich', 'attacker.errors'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == ""
