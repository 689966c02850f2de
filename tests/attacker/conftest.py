"""A live stand-in for both services, in a process of its own, which fails on command."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import numpy as np
import pytest

from attacker.client.http import Http
from attacker.client.provider import Provider


class Service:
    """The stand-in as a test steers it."""

    def __init__(self, url):
        self.url, self.game_url = url, f"{url}/v1/games/g-1"

    def fail(self, path, kind, times=10**6, skip=0):
        self.post("/faults", {"path": path, "kind": kind, "times": times, "skip": skip})

    def world(self):
        return httpx.get(f"{self.url}/world").json()

    def seen(self, text):
        return sum(text in line for line in self.world()["seen"])

    def until_seen(self, text):
        until(lambda: self.seen(text))

    def post(self, path, document):
        httpx.post(self.url + path, json=document).raise_for_status()

    def grant(self, kind):
        self.post("/knowledge", {"kind": kind})

    def close(self):
        self.post("/v1/games/g-1/close", {})

    def open(self):
        self.post("/state", {"state": "open"})

    def filter(self, kind):
        """What is done to the answers from now on."""
        self.post("/filter", {"kind": kind})

    def recipe(self, profile):
        """Under which profile trained models can be served."""
        self.post("/recipe", {"profile": profile})


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
    try:
        until((folder / "url").exists)
        yield Service((folder / "url").read_text())
    finally:
        process.kill()
        process.wait(timeout=10)


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
