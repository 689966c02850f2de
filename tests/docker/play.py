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


CONFINED = """
import errno, os
assert os.getuid() == 10001
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
for kind in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
    assert int(status[kind], 16) == 0, kind
assert status['NoNewPrivs'].strip() == '1'
for folder in ('/', '/opt/penumbra', '/usr', '/etc', '/var'):
    try:
        os.mkdir(folder + '/new')
    except OSError as error:
        assert error.errno == errno.EROFS, (folder, error)
    else:
        raise AssertionError(folder + ' can be written')
"""


PROGRAMS = """
import os, stat
for folder, _, files in os.walk('/'):
    if folder.startswith(('/proc', '/sys', '/dev')):
        continue
    for name in files:
        path = os.path.join(folder, name)
        if not os.path.islink(path) and os.stat(path).st_mode & stat.S_IXUSR and '.so' not in name:
            with open(path, 'rb') as file:
                if file.read(4) == bytes((127,)) + b'ELF':
                    print(name)
"""


def refused(*arguments: str) -> bool:
    """Whether a command cannot be begun there at all."""
    command = ["docker", "compose", "--project-name", PROJECT, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).lower()
    return done.returncode != 0 and ("file not found" in said or "no such file" in said)


def main() -> None:
    try:
        compose("build", "provider", "challenger", "attacker", shown=True)
        compose("up", "--detach", "--wait", "--wait-timeout", "180", shown=True)
        play()
        look_inside()
        read_logs()
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
    read = "print(open('/data/game/result.json').read())"
    result = compose("run", "--rm", "-T", "--entrypoint", "python", "attacker", "-c", read)
    names = {attack["name"] for attack in json.loads(result)["attacks"]}
    assert "shokri" in names, names


def look_inside() -> None:
    """Nothing but Python runs, by nobody of note, on a disk that cannot be written."""
    for service in ("provider", "training", "challenger"):
        compose("exec", "-T", service, "python", "-c", CONFINED)
        for program in ("sh", "/bin/bash", "ls", "pip"):
            assert refused("exec", "-T", service, program, "--version"), (service, program)
    programs = compose("exec", "-T", "provider", "python", "-c", PROGRAMS).split()
    # The last is the engine's own, because of `init: true`.
    assert set(programs) <= {"python3.11", "torch_shm_manager", "docker-init"}, programs
    alone = "import importlib.util as u; assert u.find_spec('services') is None"
    compose("run", "--rm", "-T", "--entrypoint", "python", "attacker", "-c", f"{alone}\n{CONFINED}")
    assert refused("run", "--rm", "-T", "--entrypoint", "sh", "attacker", "-c", "true")


def read_logs() -> None:
    """Every line of a server's log is an object."""
    for service in ("provider", "training", "challenger"):
        container = compose("ps", "--quiet", service).strip()
        done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
        assert all(line.startswith("listening on ") for line in done.stdout.splitlines()), done.stdout
        assert all(json.loads(line)["message"] for line in done.stderr.splitlines())


if __name__ == "__main__":
    sys.exit(main())
