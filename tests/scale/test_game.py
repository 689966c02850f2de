"""A game on two replicas behind a proxy, PostgreSQL, Dask and a shared folder; and parts of it die."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from live import Customer, challenger, eventually, two_clusters
from parties import Table, result
from scale.postgres import rows
from scale.round_robin import round_robin
from scale.stack import Cluster, Stack, log_of

GAME = ["--dataset", "digits", "--members", 40]
METHOD = ["--shadows", 4, "--attacks", "gap,loss_threshold,shokri", "--seed", 7]


@pytest.fixture(scope="module")
def whole(stack: Stack) -> Iterator[SimpleNamespace]:
    replicas = [stack.replica("a"), stack.replica("b")]
    cluster = Cluster.begun(stack, workers=2)
    supervisor = stack.supervisor(cluster.spec)
    ports = [urlsplit(replica.url).port or 0 for replica in replicas]
    with (
        round_robin(ports) as proxy,
        challenger(stack.folder / "challenger", "--provider", proxy.url) as referee,
    ):
        table = Table(proxy.url, referee, stack.folder)
        yield SimpleNamespace(
            stack=stack, replicas=replicas, cluster=cluster, supervisor=supervisor, proxy=proxy, table=table
        )


def test_a_game_is_played_to_its_end_and_counted(whole: SimpleNamespace, tmp_path: Path) -> None:
    out = tmp_path / "run"
    found = whole.table.played(out, [*GAME, "--profile", "tiny"], METHOD)
    assert {"gap", "loss_threshold", "shokri"} <= {attack["name"] for attack in found["attacks"]}
    assert min(whole.proxy.taken[urlsplit(replica.url).port] for replica in whole.replicas) > 0
    assert_all_is_counted(whole.stack, out)


def assert_all_is_counted(stack: Stack, out: Path) -> None:
    """The rows of the log are the sums, and are what the attacker counted; every model was trained once."""
    with sqlite3.connect(out / "run.sqlite") as run:
        [(token,)] = run.execute("SELECT value FROM fact WHERE name = 'token'")
    [(account,)] = rows(
        stack.database, "SELECT DISTINCT account_id FROM model WHERE id LIKE %s", f"m-{json.loads(token)}%"
    )
    logged = {model: tuple(counts) for model, *counts in rows(stack.database, LOGGED, account)}
    summed = {model: tuple(counts) for model, *counts in rows(stack.database, SUMMED, account)}
    assert logged == summed
    found = result(out)
    targets = {target["model_id"] for target in found["game"]["targets"]}
    for phase, models in {"target_queries": targets, "shadow_queries": logged.keys() - targets}.items():
        requests, records = map(sum, zip(*(logged[model] for model in models), strict=True))
        assert (found["ledger"][phase]["requests"], found["ledger"][phase]["records"]) == (requests, records)
    trained = rows(
        stack.database,
        "SELECT state, ended FROM job JOIN model ON model.id = model_id WHERE account_id = %s",
        account,
    )
    assert trained == [("ready", True)] * 4


LOGGED = "SELECT model_id, count(*), sum(records)::bigint FROM query WHERE account_id = %s GROUP BY model_id"
SUMMED = "SELECT model_id, requests, records FROM usage WHERE account_id = %s AND requests > 0"


def test_a_game_outlives_a_dask_worker_and_a_replica(whole: SimpleNamespace, tmp_path: Path) -> None:
    """kill -9 of either while shadows are trained and asked: it goes on, and nothing is counted twice."""
    table, stack, out = whole.table, whole.stack, tmp_path / "run"
    game = table.create(*GAME, "--profile", "slow")
    play = [sys.executable, "-m", "attacker", "play", game, "--out", str(out), *map(str, METHOD)]
    before = in_training(stack, "ready")
    attacker = subprocess.Popen(play, stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: in_training(stack, "ready") > before and in_training(stack, "training") >= 2)
        for victim in (whole.cluster.workers[0], whole.replicas[0].process):
            os.kill(victim.pid, signal.SIGKILL)
        assert attacker.wait(120) == 0
    finally:
        attacker.kill()
        attacker.wait()
    table.close(game)
    table.play(game, out, *METHOD)
    assert_all_is_counted(stack, out)
    assert "Remove worker" in log_of(stack, "scheduler")


def in_training(stack: Stack, state: str) -> int:
    """How many models are in a state of it."""
    return int(rows(stack.database, "SELECT count(*) FROM model WHERE state = %s", state)[0][0])


def test_jobs_of_a_lost_scheduler_are_in_the_queue_again(whole: SimpleNamespace) -> None:
    stack = whole.stack
    with Customer(whole.replicas[1].url) as owner:
        dataset = owner.upload(two_clusters(60, seed=3)).json()["id"]
        model = owner.train(dataset_id=dataset, profile="slow").json()["id"]
        eventually(lambda: in_training(stack, "training") > 0)
        os.kill(whole.cluster.scheduler.pid, signal.SIGKILL)
        assert whole.supervisor.wait(60) == 1
        assert "is not there; start it" in log_of(stack, "work").splitlines()[-1]
        waiting = rows(stack.database, "SELECT model_id, attempt, lease_owner FROM job WHERE NOT ended")
        assert waiting == [(model, 0, None)]
        stack.supervisor("inline")
        assert owner.ended(model)["state"] == "ready"
