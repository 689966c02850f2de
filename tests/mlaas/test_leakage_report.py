"""The leakage report: asked for, made by a job, read by the model's owner alone."""

import json
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from command_line import typed
from live import Customer, eventually, provider, refused

from services.mlaas.__main__ import main
from services.mlaas.leakage.choice import what_it_gave


def noise(rows: int, seed: int, features: int = 20) -> Any:
    """Records (N, 1 + D) whose labels nothing tells but a memory."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.integers(0, 2, rows), rng.normal(size=(rows, features))]).astype("f4")


def ask(customer: Customer, model: str, **asked: Any) -> httpx.Response:
    return customer.post(f"/v1/models/{model}/leakage-report", json=asked)


def trained(customer: Customer, table: Any, profile: str = "heart", **asked: Any) -> str:
    dataset = customer.upload(table).json()["id"]
    model: str = customer.train(dataset_id=dataset, profile=profile, **asked).json()["id"]
    assert customer.ended(model)["state"] == "ready"
    return model


def ended(customer: Customer, model: str) -> dict[str, Any]:
    path = f"/v1/models/{model}/leakage-report"
    report: dict[str, Any] = customer.get(path, headers={"Prefer": "wait=50"}).json()
    assert report["state"] in ("ready", "failed"), report
    return report


def test_an_owner_is_told_of_a_leak_in_words_and_numbers(customer: Customer) -> None:
    model = trained(customer, noise(200, 0), holdout=0.5)
    asked = ask(customer, model, shadows=4)
    assert asked.status_code == 202
    assert (asked.json()["state"], asked.json()["report"]) == ("queued", None)
    assert asked.headers["Location"] == f"/v1/models/{model}/leakage-report"
    report = ended(customer, model)
    assert (report["state"], report["model_id"], report["error"]) == ("ready", model, None)
    found = report["report"]
    assert "of 1,000 training records" in found["headline"]
    assert found["level"] in ("high", "very high")
    assert found["auc"]["low"] > 0.7
    assert found["accuracy"]["training"]["value"] > 0.95
    assert found["accuracy"]["gap"] > 0.3
    assert found["records"]["training"] == found["records"]["held_out"] == 100
    assert {one["class"] for one in found["classes_at_risk"]} == {"0", "1"}
    page = customer.get(f"/v1/models/{model}/leakage-report", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert found["headline"] in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http://www.w3.org/", "")  # it needs nothing else


def test_what_another_profile_would_leak_is_told_beside_it(customer: Customer) -> None:
    model = trained(customer, noise(80, 0), "tiny", holdout=0.5)
    ask(customer, model, shadows=4)
    others = {one["profile"]: one for one in ended(customer, model)["report"]["alternatives"]}
    other = others["tiny_top_1"]
    assert (other["trained_anew"], other["accuracy_change"]) == (False, 0.0)
    assert {"advantage", "held_out_accuracy", "tpr_at_fpr"} <= set(other["own"])


def test_rows_named_are_rows_that_the_model_learned(customer: Customer) -> None:
    learned = list(range(450, 50, -1))
    model = trained(customer, noise(500, 0), rows=learned, holdout=0.5)
    ask(customer, model, shadows=4)
    rows = ended(customer, model)["report"]["records_at_risk"]["most_exposed_rows"]
    assert rows
    assert set(rows) < set(learned)


def test_the_owner_may_bring_records_that_the_model_never_saw(customer: Customer) -> None:
    model = trained(customer, noise(60, 0))
    others = noise(50, 1)
    others[40:, 0] = 7  # a class that the model does not know
    held_out = customer.upload(others).json()["id"]
    ask(customer, model, held_out=held_out, shadows=4)
    records = ended(customer, model)["report"]["records"]
    assert (records["training"], records["held_out"]) == (60, 40)
    assert records["held_out_of_unknown_classes"] == 10


def test_only_the_owner_can_ask_for_a_report_and_read_it(customer: Customer, provider_url: str) -> None:
    model = trained(customer, noise(60, 0), holdout=0.5)
    customer.patch(f"/v1/models/{model}", json={"visibility": "public"}).raise_for_status()
    refused(customer.get(f"/v1/models/{model}/leakage-report"), 404, "not-found")  # there is none yet
    ask(customer, model, shadows=4)
    with Customer(provider_url) as stranger:
        refused(ask(stranger, model), 404, "not-found")
        refused(stranger.get(f"/v1/models/{model}/leakage-report"), 404, "not-found")
        theirs = stranger.upload(noise(60, 1)).json()["id"]
    refused(ask(customer, trained(customer, noise(60, 2)), held_out=theirs), 404, "not-found")
    assert ended(customer, model)["state"] == "ready"


def test_asked_again_before_it_has_ended_it_is_the_same_report(customer: Customer) -> None:
    model = trained(customer, noise(60, 0), holdout=0.5)
    first, second = ask(customer, model, shadows=4).json(), ask(customer, model).json()
    assert first["id"] == second["id"]
    assert ended(customer, model)["id"] == first["id"]
    third = ask(customer, model, shadows=4).json()
    assert third["id"] != first["id"]
    page = customer.get(f"/v1/models/{model}/leakage-report", headers={"Accept": "text/html"}).text
    assert "No report yet" in page
    assert ended(customer, model)["id"] == third["id"]


def test_what_cannot_be_assessed_is_refused_with_the_remedy(customer: Customer) -> None:
    model = trained(customer, noise(60, 0))
    assert "train with a holdout" in refused(ask(customer, model), 422, "nothing-held-out")
    wide = customer.upload(noise(60, 1, features=21)).json()["id"]
    assert "same columns" in refused(ask(customer, model, held_out=wide), 422, "other-records")
    others = noise(60, 1)
    others[:, 0] += 5
    foreign = customer.upload(others).json()["id"]
    assert "same labels" in refused(ask(customer, model, held_out=foreign), 422, "other-records")
    refused(ask(customer, model, held_out="d-nowhere"), 404, "not-found")
    refused(ask(customer, model, shadows=3), 422, "invalid-request")
    refused(ask(customer, "m-nowhere"), 404, "not-found")
    dataset = customer.upload(noise(60, 3)).json()["id"]
    slow = customer.train(dataset_id=dataset, profile="slow", holdout=0.5).json()["id"]
    refused(ask(customer, slow), 409, "model-not-ready")
    customer.post(f"/v1/models/{slow}/cancel")
    ready = trained(customer, noise(60, 4), holdout=0.5)
    customer.delete(f"/v1/datasets/{customer.get(f'/v1/models/{ready}').json()['dataset_id']}")
    refused(ask(customer, ready), 409, "records-deleted")


def test_records_that_the_model_saw_after_all_fail_with_the_remedy(customer: Customer) -> None:
    table = noise(60, 0)
    model = trained(customer, table)
    ask(customer, model, held_out=customer.upload(table).json()["id"])
    report = ended(customer, model)
    assert report["state"] == "failed"
    assert "There are 0 different records that the model never saw" in report["error"]
    page = customer.get(f"/v1/models/{model}/leakage-report", headers={"Accept": "text/html"}).text
    assert report["error"] in page


def test_a_report_survives_the_death_of_its_process_and_ends_with_its_model(
    tmp_path: Path, profiles_folder: str
) -> None:
    data = tmp_path / "p"
    with provider(data, "--workers", "1", "--profiles", profiles_folder) as url, Customer(url) as owner:
        model = trained(owner, noise(60, 0), holdout=0.5)
        report = ask(owner, model, shadows=4).json()["id"]
        eventually(lambda: owner.get(f"/v1/models/{model}/leakage-report").json()["state"] == "running")
        for process in training_processes(data):
            os.kill(process, signal.SIGKILL)
        assert ended(owner, model)["state"] == "ready"
        told = owner.get(f"/v1/models/{model}/leakage-report").json()["report"]
        shown = typed(main, "leakage-report", model, "--data", data, "--json")
        document = json.loads(shown.stdout)
        assert (document["report"], document["operator"]["model_type"]) == (told, "mlp")
        last = ask(owner, model, shadows=4).json()["id"]
        owner.delete(f"/v1/models/{model}").raise_for_status()
        assert (last, 1) in job_ends(data)  # at once, however long it would have taken
        refused(owner.get(f"/v1/models/{model}/leakage-report"), 404, "not-found")
        another = trained(owner, noise(60, 1), holdout=0.5)  # the worker goes on
    assert (report, 2) in job_ends(data, "attempt")
    page, folder = tmp_path / "page.html", ["--data", data, "--profiles", profiles_folder]
    assert typed(main, "leakage-report", another, *folder, "--shadows", 4, "--out", page).returncode == 0
    assert "What this model gives away" in page.read_text()  # made by the command: no server runs
    assert "Other profiles" in typed(main, "leakage-report", another, *folder).stdout
    gone = typed(main, "leakage-report", model, *folder)
    assert (gone.returncode, gone.stderr) == (
        1,
        f"error: there is no model {model}; `mlaas models` lists them\n",
    )


def job_ends(data: Path, column: str = "ended") -> list[tuple[str, int]]:
    """(report, that column) of every job."""
    with sqlite3.connect(data / "mlaas.sqlite") as database:
        return database.execute(f"SELECT report_id, {column} FROM job").fetchall()


def training_processes(data: Path) -> list[int]:
    """Processes that were spawned by the provider's `work` on this folder."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            command = (entry / "cmdline").read_text().replace("\0", " ")
            table[int(entry.name)] = (int(status[1]), command)
    workers = {
        pid for pid, (_, command) in table.items() if f"--data {data}" in command and " work " in command
    }
    return [pid for pid, (parent, command) in table.items() if parent in workers and "spawn_main" in command]


def test_what_a_choice_by_accuracy_and_leakage_gave_is_told_without_names() -> None:
    scores = {
        "secret_a": {"accuracy": 0.6, "advantage": 0.9, "records": 800},
        "secret_b": {"accuracy": 0.5, "advantage": 0.3, "records": 800},
        "secret_c": {"accuracy": 0.4, "advantage": 0.1, "records": 200},
    }
    told = what_it_gave(scores)
    assert told["chosen"] == {"accuracy": 0.5, "advantage": 0.3}  # of those judged to the end
    assert told["by_accuracy_alone"] == {"accuracy": 0.6, "advantage": 0.9}
    assert "50.0%" in told["words"]
    assert "by accuracy alone it would have been 60.0% and 90.0%" in told["words"]
    assert "secret" not in json.dumps(told)
    del scores["secret_a"]
    assert "by accuracy alone it would have chosen the same" in what_it_gave(scores)["words"]
