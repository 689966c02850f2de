"""Plays a small game on the containers: builds and starts the stack, plays, closes, takes the stack down.

    make docker-test

Needs an engine and `docker compose`, nothing else; PIP_OPTIONS reaches the build.
"""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = "penumbra-test"
GAME = ("--dataset", "digits", "--profile", "neural_network", "--members", "300")
KEY = "/data/owner.key"


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


ENVIRONMENT = os.environ | {"PROVIDER_PORT": free_port(), "CHALLENGER_PORT": free_port()}


def compose(*arguments: str, shown: bool = False) -> str:
    """A command's standard output; it must succeed."""
    command = ["docker", "compose", "--project-name", PROJECT, *arguments]
    print("$", " ".join(command), flush=True)
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=None if shown else subprocess.PIPE, text=True, check=True
    )
    return done.stdout or ""


def main() -> None:
    try:
        compose("build", "provider", "challenger", "attacker", shown=True)
        compose("up", "--detach", "--wait", "--wait-timeout", "180", shown=True)
        play()
        look_inside()
        print("the game was played on containers")
    except (subprocess.CalledProcessError, AssertionError):
        subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, "logs", "--tail", "30"], cwd=ROOT, check=False
        )
        raise
    finally:
        compose("--profile", "attacker", "down", "--volumes", "--timeout", "10", shown=True)


def play() -> None:
    local = "http://127.0.0.1:8001"
    created = compose(
        "exec", "-T", "challenger", "challenger", "create", "--url", local, *GAME, "--owner-key-file", KEY
    )
    game = re.search(r"/v1/games/\S+", created)
    assert game is not None, created
    attack = ("run", "--rm", "-T", "attacker", "play", f"http://challenger:8001{game[0]}")
    method = ("--shadows", "2", "--out", "/data/game")
    compose(*attack, *method, shown=True)
    compose(
        "exec",
        "-T",
        "challenger",
        "challenger",
        "close",
        local + game[0],
        "--owner-key-file",
        KEY,
        shown=True,
    )
    compose(*attack, *method, shown=True)
    result = compose("run", "--rm", "-T", "--entrypoint", "cat", "attacker", "/data/game/result.json")
    names = {attack["name"] for attack in json.loads(result)["attacks"]}
    assert "shokri" in names, names


def look_inside() -> None:
    """Nobody is root, and the attacker's image holds nothing of the services."""
    for service in ("provider", "training", "challenger"):
        assert compose("exec", "-T", service, "id", "-u").strip() == "10001", service
    code = (
        "import importlib.util as u, os; assert u.find_spec('services') is None; assert os.getuid() == 10001"
    )
    compose("run", "--rm", "-T", "--entrypoint", "python", "attacker", "-c", code)


if __name__ == "__main__":
    sys.exit(main())
