import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest

from attacker.errors import ConfigurationError, RunInUse
from attacker.ledger import Cost, Entry
from attacker.store import FILE, TABLES, VERSION, Judged, Shadow, Store

COST = Cost(3, 1, 100, 0.5, 0.25)
ANSWERS = np.arange(6, dtype=np.float32).reshape(3, 2)
MARKS = [b"a", b"b", b"c"]


def test_answers_and_their_cost_are_kept_together_or_not_at_all(tmp_path):
    with Store(tmp_path) as store:
        store.add_answers(MARKS[:2], ANSWERS[:2], Entry("shadow_queries", "m-1", COST))
        with pytest.raises(Exception, match="UNIQUE"):
            store.add_answers(MARKS[::-1], ANSWERS, Entry("shadow_queries", "m-1", COST))
        assert store.answers("m-1", MARKS).keys() == {b"a", b"b"}
        assert store.asked() == 3


def test_another_session_reads_what_was_kept(tmp_path):
    with Store(tmp_path) as store:
        store.keep("who", {"name": "x"})
        store.add_answers(MARKS, ANSWERS, Entry("target_queries", "m-1", COST))
        store.plan_shadows([Shadow(0, "m-0", np.array([1, 5]), "planned", None)])
        store.judge(Judged("gap", {"a": 1}, np.ones((1, 3)), np.ones((1, 3), bool), "adaptive", True))
    with Store(tmp_path) as store:
        assert store.once("who", lambda: "another") == {"name": "x"}
        assert store.answers("m-1", [b"c", b"z"]) == {b"c": ANSWERS[2].tobytes()}
        assert store.answers("m-2", MARKS) == store.answers("m-1", MARKS, repeat=1) == {}
        assert store.answers_of("m-1") == store.answers("m-1", MARKS)
        store.plan_shadows([Shadow(1, "m-1", np.array([0]), "planned", None)])
        assert [shadow.member.tolist() for shadow in store.shadows()] == [[1, 5], [0]]
        [judged] = store.judged()
        assert judged.scores.tolist() == [[1, 1, 1]]
        assert (judged.access, judged.probabilities) == ("adaptive", True)
        assert store.costs() == {"target_queries": COST}


def test_more_answers_are_read_than_one_statement_takes(tmp_path):
    marks = [number.to_bytes(4, "big") for number in range(25_000)]
    with Store(tmp_path) as store:
        store.add_answers(marks, np.ones((25_000, 1), np.float32), Entry("target_queries", "m", COST))
        assert len(store.answers("m", marks)) == 25_000


def test_a_folder_is_worked_in_by_one_process(tmp_path):
    with Store(tmp_path), pytest.raises(RunInUse, match="Another process"):
        Store(tmp_path)


def test_a_killed_process_loses_nothing_and_locks_nothing(tmp_path):
    program = f"""
import os, signal
from pathlib import Path
from attacker.store import Store
store = Store(Path({str(tmp_path)!r}))
store.keep("done", 1)
store.connection.execute("BEGIN IMMEDIATE")
store.connection.execute("INSERT INTO fact VALUES ('half', '1')")
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program], env=os.environ, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    with Store(tmp_path) as store:
        assert store.fact("done") == 1
        assert store.fact("half") is None


@pytest.mark.parametrize("made", [False, True])
def test_a_process_killed_while_it_made_the_file_is_followed_by_another(tmp_path, made):
    """What it leaves is a file half-written, and beside it the journal by which SQLite undoes that."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with closing(sqlite3.connect(before / FILE, isolation_level=None)) as killed:
        if made:
            killed.executescript(f"{TABLES}; PRAGMA user_version = {VERSION}")
        killed.execute("PRAGMA cache_size = 1")  # pages, so that the file is written before the commit
        killed.execute("BEGIN")
        killed.execute("CREATE TABLE half AS SELECT zeroblob(100000)")
        killed.execute("PRAGMA user_version = 7")
        shutil.copytree(before, after)
    assert (after / f"{FILE}-journal").stat().st_size > 0
    with Store(after) as store:
        store.keep("done", 1)
        assert not store.connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()
    assert not (after / f"{FILE}-journal").exists()


def test_another_programs_file_is_left_alone(tmp_path):
    (tmp_path / FILE).write_text("not a database, but long enough to be read as one" * 10)
    with pytest.raises(ConfigurationError, match="is no run"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_text().startswith("not a database")


def test_nobody_else_can_read_the_accounts_key(tmp_path):
    with Store(tmp_path) as store:
        store.keep("api_key", "secret")
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_time_spent_waiting_for_the_owner_does_not_count(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("attacker.store.time.time", lambda: now[0])
    with Store(tmp_path) as store:
        store.begin_session()
        now[0] = 107.0
        store.keep("submission", "s-1")
        now[0] = 5000.0
        store.begin_session()
        now[0] = 5002.0
        store.keep("closed", True)
        assert store.seconds() == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("PRAGMA user_version = 7", "a newer version wrote it"),
        ("PRAGMA user_version = 2", "its version is 2"),
        ("CREATE TABLE theirs (x)", "another program's database"),
    ],
)
def test_a_database_that_is_no_run_is_refused_and_left_as_it_was(tmp_path, statement, told):
    theirs = sqlite3.connect(tmp_path / FILE)
    theirs.execute(statement)
    theirs.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(ConfigurationError, match=f"{told}.*choose another --out"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_an_attack_judged_again_keeps_its_place(tmp_path):
    with Store(tmp_path) as store:
        for value, attack in enumerate(["gap", "shokri", "gap"]):
            scores, decisions = np.full((1, 3), value, float), np.ones((1, 3), bool)
            store.judge(Judged(attack, {}, scores, decisions, "disjoint", False))
        assert [(one.attack, one.scores[0, 0]) for one in store.judged()] == [("gap", 2), ("shokri", 1)]
