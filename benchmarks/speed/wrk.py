"""HTTP load by `wrk` (Debian package `wrk`): one request again and again over so many connections."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True)
class Request:
    """A POST that is always the same."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Load:
    """What was answered: requests a second, and the time within which 99 of 100 were."""

    requests_per_s: float
    p99_s: float


def load(folder: Path, request: Request, connections: int, seconds: float) -> Load:
    """Raises RuntimeError when any request was refused or not answered."""
    script = write_script(folder, request)
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "30s"]
    command += ["--duration", f"{seconds:.0f}s", "--latency", "--script", str(script), request.url]
    return read(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def write_script(folder: Path, request: Request) -> Path:
    body, script = folder / "load.body", folder / "load.lua"
    body.write_bytes(request.body)
    lines = [f'local file = io.open("{body}", "rb")', 'wrk.method, wrk.body = "POST", file:read("*a")']
    lines += [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in request.headers.items()
    ]
    script.write_text("\n".join(lines))
    return script


def read(said: str) -> Load:
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    slow = re.search(r"99%\s+([\d.]+)(us|ms|s|m)\b", said)
    if rate is None or slow is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"some requests were refused or not answered:\n{said}")
    return Load(float(rate[1]), float(slow[1]) * SECONDS[slow[2]])
