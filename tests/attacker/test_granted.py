"""Games played from what they grant: real records, noisy ones, marginals, or the format alone."""

import numpy as np
import pytest
from parties import result
from stand_in_runs import play

WANTED = 66  # records to synthesise: for one shadow's 30 in and 30 out, and a tenth more


@pytest.mark.parametrize(
    ("kind", "synthesis", "queries", "requests"),
    [
        ("noisy", "noisy", 0, 0),
        ("shifted", "shifted", 0, 0),
        ("marginals", "marginals", WANTED, 4),  # two searches of 33, 25 records a request
        ("format", "surrogate", WANTED + 2 * 25, 2 + 4),  # each explores with one request
        ("population", "model_based", 631, 118),  # what its chains take by this seed
    ],
)
def test_a_game_is_played_from_what_it_grants(service, tmp_path, kind, synthesis, queries, requests):
    """The default makes the most of what is granted; what needs less can be asked for."""
    service.grant(kind)
    more = ("--synthesis", synthesis) if kind == "population" else ()
    played = play(service, tmp_path, *more)
    assert played.returncode == 0, played.stderr
    service.close()
    play(service, tmp_path, *more)
    found, ledger = result(tmp_path)["synthesis"], result(tmp_path)["ledger"]
    assert (found["name"], found["queries"], found["requests"]) == (synthesis, queries, requests)
    asked = {phase: cost["records"] for phase, cost in ledger.items()}
    assert asked.get("synthesis", 0) == queries
    assert service.world()["usage"]["m-target"][1] - asked["target_queries"] == queries
    records = np.load(tmp_path / "shadow_data.npy")
    candidates = np.load(tmp_path / "candidates.npy")
    assert not {bytes(row) for row in records[:, 1:]} & {bytes(row) for row in candidates[:, 1:]}


def test_knowledge_that_does_not_suffice_is_refused_with_what_does(service, tmp_path):
    service.grant("format")
    refused = play(service, tmp_path, "--synthesis", "marginals")
    assert refused.returncode == 3
    assert "works from marginals, and what is known is 'format'; choose --synthesis" in refused.stderr
    assert service.world()["usage"] == {}


def test_a_synthesis_that_the_budget_ends_leaves_a_partial_result_and_goes_on(service, tmp_path):
    service.grant("format")
    climbing = ("--synthesis", "model_based")
    stopped = play(service, tmp_path, *climbing, "--budget", "492")
    assert stopped.returncode == 5
    partial = result(tmp_path)
    assert "go on with a larger --budget" in partial["partial"]
    assert partial["attacks"] == []
    assert 0 < partial["synthesis"]["records"] < 66
    assert partial["ledger"]["synthesis"]["records"] <= 492 - 60 - 2 * (60 + 66)  # the rest was held back
    assert service.world()["submissions"] == []
    finished = play(service, tmp_path, *climbing, "--budget", "synthesis=5000")
    assert finished.returncode == 0, finished.stderr
    assert len(service.world()["submissions"]) == 1


def test_fewer_of_the_granted_records_can_be_used(service, tmp_path):
    assert play(service, tmp_path, "--count", 65).returncode == 0
    assert len(np.load(tmp_path / "shadow_data.npy")) == 65


def test_too_few_records_are_refused_before_anything_is_paid(service, tmp_path):
    service.grant("format")
    for more in (("--count", 59), ("--count", 59, "--synthesis", "model_based")):
        refused = play(service, tmp_path, *more)
        assert refused.returncode == 2
        assert "a shadow model needs 60" in refused.stderr
    assert service.world()["usage"] == {}
