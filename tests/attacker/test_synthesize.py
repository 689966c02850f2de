"""Records synthesised from a live target: in batches, within a budget, nothing asked twice."""

import csv
import json
import sqlite3

import numpy as np
import pytest
from stand_in_runs import attacker, killed

COUNT = 90  # more than a request takes, so that two searches are under way


def synthesis(service, out, *more):
    """The arguments of a synthesis of COUNT records from the stand-in's target."""
    return ("synthesize", "--url", service.url, "--model", "m-target", "--count", COUNT, "--out", out, *more)


def summary(out):
    return json.loads(out.with_suffix(".cost.json").read_text())


def asked(service):
    return service.world()["usage"].get("m-target", [0, 0])


@pytest.fixture(scope="module")
def whole(standin, tmp_path_factory):
    """A synthesis that nothing interrupts: its records, and the requests and records that it asked."""
    standin.post("/reset", {})
    out = tmp_path_factory.mktemp("whole") / "records.npy"
    done = attacker(*synthesis(standin, out, "--synthesis", "model_based"))
    assert done.returncode == 0, done.stderr
    return np.load(out), asked(standin)


def test_records_come_with_their_provenance_and_what_they_cost(service, tmp_path):
    out = tmp_path / "records.npy"
    done = attacker(*synthesis(service, out, "--synthesis", "model_based"))
    assert done.returncode == 0, done.stderr
    table, told = np.load(out), summary(out)
    assert table.shape == (COUNT, 21)
    assert table.dtype == np.uint8
    assert np.array_equal(table[:, 0], table[:, 1:3].sum(axis=1))  # the class as the target sees it
    assert np.bincount(table[:, 0]).tolist() == [30, 30, 30]
    requests, records = asked(service)
    cost = told["ledger"]["synthesis"]
    assert (cost["requests"], cost["records"]) == (requests, records)
    assert cost["money"] == pytest.approx(records * 2 / 1000)
    assert min(cost["bytes"], cost["seconds"]) > 0
    assert told["synthesis"]["queries"] == records
    assert told["synthesis"]["parameters"]["randomize"] == "draw"
    with out.with_suffix(".provenance.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["class"] for row in rows] == [str(label) for label in table[:, 0]]
    assert all(0.59 < float(row["confidence"]) < 0.96 for row in rows)
    assert sum(int(row["queries"]) for row in rows) == records  # no chain failed
    assert f"{COUNT} records by model_based" in done.stdout


@pytest.mark.parametrize("skip", [0, 7])
@pytest.mark.parametrize("kind", ["stall", "stall_answer"])
def test_a_synthesis_that_was_killed_ends_with_the_same_records_and_pays_once(
    whole, service, tmp_path, skip, kind
):
    """Killed with a question under way that was not answered, or answered and charged."""
    records, usage = whole
    out = tmp_path / "records.npy"
    service.fail("/predict", kind, times=1, skip=skip)
    arguments = synthesis(service, out, "--synthesis", "model_based")
    killed(service, *arguments)
    done = attacker(*arguments)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(out), records)
    assert asked(service) == usage
    cost = summary(out)["ledger"]["synthesis"]
    assert [cost["requests"], cost["records"]] == usage


def test_rejected_proposals_are_not_kept(service, tmp_path):
    out = tmp_path / "records.npy"
    attacker(*synthesis(service, out, "--synthesis", "model_based"))
    database = sqlite3.connect(tmp_path / "records.run" / "run.sqlite")
    assert database.execute("SELECT count(*) FROM answer").fetchone() == (0,)
    assert database.execute("SELECT count(*) FROM checkpoint").fetchone() == (2,)
    database.close()


def test_a_budget_is_never_overrun_and_what_was_found_is_kept(whole, service, tmp_path):
    records, usage = whole
    out = tmp_path / "records.npy"
    arguments = synthesis(service, out, "--synthesis", "model_based")
    stopped = attacker(*arguments, "--budget", usage[1] // 2)
    assert stopped.returncode == 5
    assert "go on with a larger --budget" in stopped.stderr
    assert usage[1] // 2 - 50 < asked(service)[1] <= usage[1] // 2
    assert "budget leaves" in summary(out)["partial"]
    assert 0 < len(np.load(out)) < COUNT
    done = attacker(*arguments, "--budget", f"synthesis={usage[1]}")
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(out), records)
    assert asked(service) == usage
    assert "partial" not in summary(out)


def test_a_quota_that_ends_is_treated_as_a_budget(whole, service, tmp_path):
    records, usage = whole
    out = tmp_path / "records.npy"
    arguments = synthesis(service, out, "--synthesis", "model_based")
    service.fail("/predict", "quota", skip=9)
    stopped = attacker(*arguments)
    assert stopped.returncode == 5
    assert "quota-exceeded: Ask your operator for more" in stopped.stderr
    assert "quota-exceeded" in summary(out)["partial"]
    service.post("/heal", {})
    done = attacker(*arguments)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(out), records)
    assert asked(service) == usage


def test_a_class_that_the_format_cannot_reach_is_named_and_the_rest_goes_on(service, tmp_path):
    """Class 2 has ones in its first two features; the described format allows none in the first."""
    features = [{"name": str(i), "kind": "binary", "min": 0, "max": int(i > 0)} for i in range(20)]
    file = tmp_path / "format.json"
    file.write_text(json.dumps({"kind": "format", "features": features}))
    out = tmp_path / "records.npy"
    done = attacker(
        *synthesis(service, out, "--knowledge", file, "--synthesis", "model_based:class_budget=300")
    )
    assert done.returncode == 0, done.stderr
    assert summary(out)["synthesis"]["not_reached"] == ["2"]
    assert np.bincount(np.load(out)[:, 0], minlength=3).tolist() in ([46, 44, 0], [45, 45, 0])
    assert not np.load(out)[:, 1].any()
    assert "classes not reached within their budget: 2." in done.stderr


def test_marginals_cost_a_query_a_record_and_the_target_labels_them(service, tmp_path):
    """All ones in feature 0, none in feature 1: every record is of class 1."""
    shares = [1.0, 0.0] + [0.25] * 18
    features = [
        {"name": str(i), "kind": "binary", "min": 0, "max": 1}
        | {"distribution": {"values": [0, 1], "probabilities": [1 - share, share]}}
        for i, share in enumerate(shares)
    ]
    file = tmp_path / "marginals.json"
    file.write_text(json.dumps({"kind": "marginals", "features": features}))
    out = tmp_path / "records.csv"
    done = attacker(*synthesis(service, out, "--knowledge", file))
    assert done.returncode == 0, done.stderr
    table = np.loadtxt(out, delimiter=",")
    assert table.shape == (COUNT, 21)
    assert (table[:, 0] == 1).all()
    assert table[:, 1].all()
    assert not table[:, 2].any()
    assert abs(table[:, 3:].mean() - 0.25) < 0.05
    assert asked(service) == [4, COUNT]  # two searches of 45, 25 and 20 records a request


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--synthesis", "population"), "works from population"),
        (("--synthesis", "marginals"), "choose --synthesis surrogate"),
        (("--synthesis", "surrogate:pool=0"), "a pool of 1 or more"),
        (("--synthesis", "model_based:k_min=5:k_max=4"), "a k_max no smaller"),
        (("--budget", "much"), "PHASE=NUMBER"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_asked(service, tmp_path, more, told):
    refused = attacker(*synthesis(service, tmp_path / "records.npy", *more))
    assert refused.returncode in (2, 3)
    assert told in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert asked(service) == [0, 0]


@pytest.mark.parametrize("name", ["records.txt", "nowhere/records.npy"])
def test_a_file_that_could_not_be_written_is_refused_first(service, tmp_path, name):
    refused = attacker(*synthesis(service, tmp_path / name))
    assert refused.returncode == 2
    assert service.world()["accounts"] == 0


def test_a_run_killed_at_the_end_of_its_budget_does_not_overrun_it_later(service, tmp_path):
    """One search is refused while the other's question is under way; afterwards that one comes first."""
    out = tmp_path / "records.npy"
    arguments = synthesis(service, out, "--synthesis", "model_based", "--budget", 100)
    service.fail("/predict", "stall_answer", times=1, skip=3)
    killed(service, *arguments)
    again = attacker(*arguments)
    assert again.returncode == 5
    assert asked(service) == [4, 100]
    assert summary(out)["ledger"]["synthesis"]["records"] == 100


def test_a_budget_that_ends_before_the_first_record_leaves_an_empty_table(service, tmp_path):
    out = tmp_path / "records.npy"
    stopped = attacker(*synthesis(service, out, "--budget", 1))
    assert stopped.returncode == 5
    assert stopped.stderr.count("\n") == 1  # nothing was paid, nothing is written
    stopped = attacker(*synthesis(service, out, "--budget", 30))
    assert stopped.returncode == 5
    assert np.load(out).shape == (0, 21)


def test_other_files_are_not_overwritten(service, tmp_path):
    out = tmp_path / "records.npy"
    out.with_suffix(".cost.json").write_text("mine")
    refused = attacker(*synthesis(service, out))
    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert out.with_suffix(".cost.json").read_text() == "mine"
