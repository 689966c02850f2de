"""A live stand-in for both services, in a process of its own, which fails on command."""

import json
import subprocess
import sys
import time
import urllib.request  # noqa: TID251  the tests' own line to the stand-in, beside the client under test
from pathlib import Path

import numpy as np
import pytest
from attacker.client.http import Http
from attacker.client.provider import Provider


class Service:
    """The stand-in as a test steers it."""

    def __init__(self, url):
        self.url, self.game_url = url, f"{url}/v1/games/g-1"

    def fail(self, path, kind, times=10**6):
        self.post("/faults", {"path": path, "kind": kind, "times": times})

    def world(self):
        with urllib.request.urlopen(f"{self.url}/world") as answer:
            return json.load(answer)

    def seen(self, text):
        return sum(text in line for line in self.world()["seen"])

    def post(self, path, document):
        request = urllib.request.Request(self.url + path, json.dumps(document).encode(), method="POST")
        with urllib.request.urlopen(request):
            pass

    def close(self):
        self.post("/v1/games/g-1/close", {})


def until(condition, patience_s=30):
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def standin(tmp_path_factory):
    folder = tmp_path_factory.mktemp("standin")
    script = Path(__file__).with_name("standin.py")
    process = subprocess.Popen([sys.executable, script, folder])
    until((folder / "url").exists)
    yield Service((folder / "url").read_text())
    process.kill()
    process.wait()


@pytest.fixture
def service(standin):
    standin.post("/reset", {})
    return standin


@pytest.fixture
def http():
    """A client that does not wait between attempts; `http.pauses` says how long it would have."""
    pauses = []
    with Http(np.random.default_rng(0), sleep=pauses.append, attempts=4) as client:
        client.pauses = pauses
        yield client


@pytest.fixture
def provider(service, http):
    return Provider(http, service.url, "key_1")
