"""Fills a provider's ledger as if its customers had asked so often, faster than they could."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

DAY_MS = 86_400_000
CACHE_KIB = 262_144
MOST_RECORDS = 100  # in a request
# Every other request has a key. The first pairs ask more than the last: a square of what is spread evenly.
ROWS = """
WITH RECURSIVE number(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i + 1 < :rows),
     spread(i, k) AS (SELECT i, i * 2654435761 % :pairs FROM number)
INSERT INTO query (at, account_id, model_id, records, request_id, idempotency_key, request_sha256)
SELECT :since + i * :step, account, model, 1 + abs(random()) % :most, lower(hex(randomblob(16))),
       CASE WHEN i % 2 THEN 'filled-' || i END, lower(hex(randomblob(32)))
FROM spread CROSS JOIN pair ON pair.number = k * k / :pairs
"""
MADE = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'query' AND sql NOT NULL"
SUMS = """
INSERT INTO usage (account_id, model_id, requests, records)
SELECT account_id, model_id, count(*), sum(records) FROM query GROUP BY account_id, model_id
"""


def fill(data: Path, rows: int, pairs: Sequence[tuple[str, str]], now_ms: int) -> None:
    """So many requests over the last year by (account, model) of `pairs`; nobody else may have it open.

    Indexes are made afterwards, as they are.
    """
    with closing(sqlite3.connect(data / "mlaas.sqlite", isolation_level=None)) as database:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}", "foreign_keys=OFF"):
            database.execute(f"PRAGMA {pragma}")
        indexes = database.execute(MADE).fetchall()
        database.execute("BEGIN")
        database.execute("CREATE TEMP TABLE pair (number INTEGER PRIMARY KEY, account, model)")
        database.executemany(
            "INSERT INTO pair VALUES (?, ?, ?)", [(k, *pair) for k, pair in enumerate(pairs)]
        )
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        step = max(1, 365 * DAY_MS // rows)
        asked = {"rows": rows, "since": now_ms - step * rows, "step": step}
        database.execute(ROWS, asked | {"most": MOST_RECORDS, "pairs": len(pairs)})
        for _, sql in indexes:
            database.execute(sql)
        database.execute("DELETE FROM usage")
        database.execute(SUMS)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")


def copies(data: Path, table: str, row_id: str, many: int) -> list[str]:
    """Rows like that one under other ids, which are given."""
    ids = [f"{row_id[:2]}{number:012d}" for number in range(many)]
    with closing(sqlite3.connect(data / "mlaas.sqlite")) as database, database:
        columns = [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")][1:]
        rest = ", ".join(f'"{name}"' for name in columns)
        database.executemany(
            f"INSERT INTO {table} (id, {rest}) SELECT ?, {rest} FROM {table} WHERE id = ?",
            [(one, row_id) for one in ids],
        )
    return ids
