"""A game played by the demo's command, for a benchmark, and its figures in words."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def played(settings: Mapping[str, Any], out: Path, secret: str = "") -> dict[str, Any]:
    """The result of a game with these settings. Of one secret and seed, games have the same members."""
    words = [str(word) for name, value in settings.items() for word in (f"--{name}", value)]
    environment = os.environ | ({"CHALLENGER_SECRET": secret.ljust(32, ".")} if secret else {})
    demo = [sys.executable, "-m", "services.demo", *words, "--out", str(out)]
    subprocess.run(demo, stdout=subprocess.DEVNULL, env=environment, check=True)
    result: dict[str, Any] = json.loads((out / "result.json").read_text())
    return result


def shown(rate: Mapping[str, Any]) -> str:
    """A rate with its interval; how many records it takes, where the sample cannot tell."""
    if rate["value"] is None:
        return f"needs {rate['needs']}"
    return f"{rate['value']:.3f} ({rate['low']:.3f}-{rate['high']:.3f})"
