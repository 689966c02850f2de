"""Plays a small game on the scaled stack, and kills a replica and a trainer in the middle of it.

    python tests/docker/play_scaled.py

Needs an engine and `docker compose`, nothing else; PIP_OPTIONS reaches the build.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = "penumbra-scale-test"
ENVIRONMENT = os.environ | {"SCALED_PORT": "0", "SCALED_CHALLENGER_PORT": "0"}
STACK = ("database", "scheduler", "trainer", "supervisor", "replica", "proxy", "scaled-challenger")
GAME = ("--dataset", "digits", "--profile", "neural_network", "--members", "300")
KEY = "/data/owner.key"
CONFINED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")
HOW_CONFINED = "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}}"
COUNTS = """
    SELECT (SELECT count(*) FROM query) || ' ' || (SELECT sum(requests) FROM usage) || ' '
        || (SELECT sum(records) FROM query) || ' ' || (SELECT sum(records) FROM usage)
"""

UNREACHABLE = """
import socket
for place in (("scheduler", 8786), ("database", 5432), ("trainer", 8786)):
    try:
        socket.create_connection(place, 2).close()
    except OSError:
        continue
    raise AssertionError(f"{place} can be reached")
"""

THE_ATTACKERS = """
    SELECT sum(records) FROM query WHERE account_id =
        (SELECT account_id FROM model GROUP BY account_id ORDER BY count(*) DESC LIMIT 1)
"""


def docker(*arguments: str) -> str:
    """A command's standard output; it must succeed."""
    print("$ docker", " ".join(arguments), flush=True)
    done = subprocess.run(
        ["docker", *arguments], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def compose(*arguments: str) -> str:
    return docker(
        "compose", "--project-name", PROJECT, "--profile", "scale", "--profile", "attacker", *arguments
    )


def main() -> None:
    try:
        compose("build", *STACK, "attacker")
        compose("up", "--detach", "--wait", "--wait-timeout", "180", *STACK)
        play()
        print("the game was played, and counted, though a replica and a trainer died")
    except (subprocess.CalledProcessError, AssertionError):
        print(compose("logs", "--tail", "30"))
        raise
    finally:
        compose("down", "--volumes", "--timeout", "10")


def play() -> None:
    local = "http://127.0.0.1:8001"
    referee = ("exec", "-T", "scaled-challenger", "challenger")
    created = compose(*referee, "create", "--url", local, *GAME, "--owner-key-file", KEY)
    game = re.search(r"/v1/games/\S+", created)
    assert game is not None, created
    outside = ["run", "--rm", *CONFINED, "--network", f"{PROJECT}_default"]
    docker(*outside, "--entrypoint", "python", "penumbra-attacker", "-c", UNREACHABLE)
    attack = [*outside]
    attack += ["--volume", f"{PROJECT}_runs:/data"]
    attack += ["penumbra-attacker", "play", f"http://scaled-challenger:8001{game[0]}"]
    attack += ["--shadows", "8", "--attacks", "gap,loss_threshold", "--out", "/data/game"]
    docker("volume", "create", f"{PROJECT}_runs")
    with subprocess.Popen(["docker", *attack], env=ENVIRONMENT) as attacker:
        while int(asked("SELECT count(*) FROM model WHERE state = 'ready'")) < 3:
            assert attacker.poll() is None, "the game was over too soon"
            time.sleep(0.2)
        for part in ("replica-1", "trainer-1"):
            docker("kill", "--signal", "KILL", f"{PROJECT}-{part}")
        assert attacker.wait(300) == 0
    compose(*referee, "close", local + game[0], "--owner-key-file", KEY)
    docker(*attack)
    rows, requests, records, sums = asked(COUNTS).split()
    assert (rows, records) == (requests, sums)
    run = ("run", "--rm", "--volume", f"{PROJECT}_runs:/data", "--entrypoint", "python", "penumbra-attacker")
    result = json.loads(docker(*run, "-c", "print(open('/data/game/result.json').read())"))
    counted = sum(result["ledger"][phase]["records"] for phase in ("shadow_queries", "target_queries"))
    assert int(asked(THE_ATTACKERS)) == counted
    assert {attack["name"] for attack in result["attacks"]} >= {"gap", "loss_threshold"}
    look_inside()


def look_inside() -> None:
    """The database's password is in one file that two parts read, and in no container's description."""
    read = "print(open('/run/secrets/database').read())"
    secret = compose("exec", "-T", "supervisor", "python", "-c", read).strip().split(":")[2].split("@")[0]
    assert len(secret) == 64, "the password is not the one that was made"
    names = compose("ps", "--all", "--quiet").split()
    assert secret not in docker("inspect", *names) + compose("logs")
    for name in names:
        assert docker("inspect", "--format", HOW_CONFINED, name).split() == ["true", "[ALL]"], name


def asked(statement: str) -> str:
    """One value of the database."""
    psql = ("psql", "--host", "/tmp", "--username", "penumbra", "--tuples-only", "--no-align", "penumbra")
    return compose("exec", "-T", "database", *psql, "--command", statement).strip()


if __name__ == "__main__":
    sys.exit(main())
