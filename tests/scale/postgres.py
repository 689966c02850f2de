"""A PostgreSQL server of its own for tests, on a socket in a folder; nothing is left of it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from live import eventually

DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@contextmanager
def postgres() -> Iterator[Path]:
    """The folder of its socket; skips the test where there is no PostgreSQL."""
    program = shutil.which("initdb") or shutil.which("initdb", path=str(DEBIAN[-1]) if DEBIAN else None)
    if program is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Not in pytest's folder, which is for one user's eyes; and the path of a socket is short.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder, binaries = Path(name), Path(program).parent
        user = unprivileged(folder)
        initdb = [program, "--pgdata", f"{name}/data", "--username=penumbra", "--auth=trust", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd="/", **user)
        options = (f"unix_socket_directories={name}", "listen_addresses=", "max_connections=60")
        command = [f"{binaries}/postgres", "-D", f"{name}/data"]
        with (folder / "log").open("ab") as log:
            server = subprocess.Popen(
                command + [part for one in options for part in ("-c", one)],
                stdout=log,
                stderr=log,
                cwd="/",
                **user,
            )
        try:
            eventually(lambda: is_up(folder, server))
            yield folder
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)


def unprivileged(folder: Path) -> dict[str, Any]:
    """Who runs the server, for Popen: it refuses to be run by root. The folder is made theirs."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def is_up(folder: Path, server: "subprocess.Popen[bytes]") -> bool:
    assert server.poll() is None, (folder / "log").read_text()
    try:
        psycopg.connect(f"host={folder} user=penumbra dbname=postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def new_database(folder: Path, name: str) -> str:
    """The URL of an empty one."""
    with psycopg.connect(f"host={folder} user=penumbra dbname=postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    return f"postgresql+psycopg://penumbra@/{name}?host={folder}"


def rows(url: str, statement: str, *values: Any) -> list[Any]:
    """Of a statement, which is committed."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute(statement, values)
        return found.fetchall() if found.description else []
