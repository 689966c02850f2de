"""What each output defence adds to a prediction: 1,000 records a batch, NPY, against the undefended model.

    python -m benchmarks.output_defences [--shapes 446-30 600-100 64-10] [--rounds 200]

All models of a shape are served from one training. Each is asked right before or right after the undefended
one, by a coin; the medians of these ratios are shown: of inference alone, in this process, and of whole
requests over HTTP, each logged durably before its answer.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.speed.provider import random_records, trained
from services.mlaas import artifacts
from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.database import open_database
from services.mlaas.defence import Question, secret_of
from services.mlaas.inference import answer
from services.mlaas.models.tables import Model
from services.mlaas.profile import Profile, load_profiles
from services.mlaas.storage import Folder
from services.parties import server
from services.web.bodies import NPY, encode_npy

BATCH = 1_000  # records a request
UNDEFENDED = "neural_network"
WARM_UP = 5  # rounds that are not counted

Ask = Callable[[], Any]
Times = dict[str, NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shapes", nargs="+", default=["446-30", "600-100", "64-10"])
    parser.add_argument("--rounds", type=int, default=200)
    arguments = parser.parse_args()
    offered = load_profiles(SHIPPED_PROFILES)
    profiles = {name: each for name, each in offered.items() if each.defences or name == UNDEFENDED}
    for shape in arguments.shapes:
        features, classes = map(int, shape.split("-"))
        records = random_records(BATCH, features)
        with tempfile.TemporaryDirectory() as scratch:
            alone, over_http = measured(Path(scratch), records, classes, profiles, arguments.rounds)
        print(f"model {features}-128-{classes}")
        print("| output | inference | the whole request |\n|---|---|---|")
        print(f"| undefended | {shown_ms(alone)} | {shown_ms(over_http)} |")
        for name in sorted(profiles.keys() - {UNDEFENDED}):
            output = name.removeprefix(f"{UNDEFENDED}_")
            print(f"| `{output}` | {more(alone, name)} | {more(over_http, name)} |", flush=True)


def measured(
    folder: Path, records: NDArray[np.uint8], classes: int, profiles: Mapping[str, Profile], rounds: int
) -> tuple[Times, Times]:
    """Of inference alone, and of whole requests."""
    with server("services.mlaas", folder, 0, ["--workers", "1"]) as url:
        key, model = trained(url, records.shape[1], classes)
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
            models = {UNDEFENDED: model}
            models |= {name: served(client, model, name) for name in profiles.keys() - {UNDEFENDED}}
            body = encode_npy(records)
            over_http = times({name: request(client, each, body) for name, each in models.items()}, rounds)
        asked = {name: inference(folder, models[name], each, records) for name, each in profiles.items()}
    return times(asked, rounds), over_http


def served(client: httpx.Client, model: str, profile: str) -> str:
    """The id of the model served under another profile, once it is ready."""
    asked = {"from": model, "profile": profile}
    identifier: str = client.post("/v1/models", json=asked).raise_for_status().json()["id"]
    ended = client.get(f"/v1/models/{identifier}", headers={"Prefer": "wait=50"}).json()
    if ended["state"] != "ready":
        raise SystemExit(f"the model under {profile} is {ended['state']}")
    return identifier


def request(client: httpx.Client, model: str, body: bytes) -> Ask:
    path, kind = f"/v1/models/{model}/predict", {"Content-Type": NPY}
    return lambda: client.post(path, content=body, headers=kind).raise_for_status()


def inference(folder: Path, identifier: str, profile: Profile, records: NDArray[np.uint8]) -> Ask:
    database = open_database(folder)
    with database.read() as session:
        model = session.get_one(Model, identifier)
    database.dispose()
    assert model.artifact is not None
    fitted = artifacts.load(Folder(folder), model.artifact)
    guard = artifacts.load(Folder(folder), model.guard) if model.guard else None
    defences, question = profile.make_defences(), Question(secret_of(model.seed), b"once", guard=guard)
    return lambda: answer(fitted, records, defences, question)


def times(asked: Mapping[str, Ask], rounds: int) -> Times:
    """Seconds (rounds, 2) that the undefended model takes, and each of the others next to it."""
    random, names = np.random.default_rng(0), sorted(asked.keys() - {UNDEFENDED})
    seconds = {name: np.zeros((rounds + WARM_UP, 2)) for name in names}
    for number in range(rounds + WARM_UP):
        for name in random.permutation(names):
            pair = (UNDEFENDED, name)
            for place in random.permutation(2):
                began = time.perf_counter()
                asked[pair[place]]()
                seconds[name][number, place] = time.perf_counter() - began
    return {name: each[WARM_UP:] for name, each in seconds.items()}


def shown_ms(seconds: Times) -> str:
    undefended = np.concatenate([each[:, 0] for each in seconds.values()])
    return f"{1e3 * np.median(undefended):.2f} ms"


def more(seconds: Times, name: str) -> str:
    return f"{np.median(seconds[name][:, 1] / seconds[name][:, 0]) - 1:+.1%}"


if __name__ == "__main__":
    main()
