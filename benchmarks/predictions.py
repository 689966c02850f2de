"""Predictions a second over HTTP, each logged durably before its answer: NPY batches and single JSON records.

    python -m benchmarks.predictions [--features 446] [--classes 30] [--seconds 10]

The load comes from `wrk` (Debian package `wrk`), on the same machine.
"""

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path

import httpx
import numpy as np

from services.parties import server
from services.web.bodies import NPY, encode_npy

BATCH = 1_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=int, default=446)
    parser.add_argument("--classes", type=int, default=30)
    parser.add_argument("--seconds", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with server("services.mlaas", folder / "provider", 0, ["--workers", "1"]) as url:
            key, model = trained(url, arguments.features, arguments.classes)
            records = random_records(BATCH, arguments.features)
            path = f"{url}/v1/models/{model}/predict"
            print(f"model {arguments.features}-128-{arguments.classes}")
            answered = 0.0
            for kind, dtype in (("uint8", "u1"), ("float32", "f4")):
                body = encode_npy(records.astype(dtype))
                requests = load(folder, path, key, NPY, body, 4, arguments.seconds)
                answered += requests
                print(
                    f"NPY {kind}, {BATCH} records a request, 4 connections: {requests * BATCH:,.0f} records/s"
                )
            body = json.dumps({"instances": records[:1].tolist()}).encode()
            requests = load(folder, path, key, "application/json", body, 16, arguments.seconds)
            print(f"JSON, single records, 16 connections: {requests:,.0f} requests/s")


def random_records(rows: int, features: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint8]]":
    return np.random.default_rng(1).integers(0, 2, (rows, features), dtype=np.uint8)


def trained(url: str, features: int, classes: int) -> tuple[str, str]:
    """An API key and a ready model of the profile `neural_network`."""
    with httpx.Client(base_url=url, timeout=60) as client:
        key = client.post("/v1/accounts", json={}).json()["api_key"]
        client.headers["Authorization"] = f"Bearer {key}"
        labels = np.arange(1_200, dtype=np.uint8)[:, np.newaxis] % classes
        table = encode_npy(np.hstack([labels, random_records(1_200, features)]))
        dataset = client.post("/v1/datasets", content=table, headers={"Content-Type": NPY}).json()["id"]
        asked = {"dataset_id": dataset, "profile": "neural_network"}
        model = client.post("/v1/models", json=asked).json()["id"]
        ended = client.get(f"/v1/models/{model}", headers={"Prefer": "wait=50"}).json()
        if ended["state"] != "ready":
            raise SystemExit(f"the model is {ended['state']}")
        return key, model


def load(
    folder: Path, url: str, key: str, media_type: str, body: bytes, connections: int, seconds: int
) -> float:
    """Requests answered a second; raises when any was refused."""
    (folder / "body").write_bytes(body)
    script = folder / "load.lua"
    script.write_text(
        f"""
        local file = io.open("{folder / "body"}", "rb")
        wrk.method, wrk.body = "POST", file:read("*a")
        wrk.headers["Content-Type"] = "{media_type}"
        wrk.headers["Authorization"] = "Bearer {key}"
        """
    )
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s"]
    done = subprocess.run(
        [*command, "--script", str(script), url], capture_output=True, text=True, check=True
    )
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(done.stdout)
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


if __name__ == "__main__":
    main()
