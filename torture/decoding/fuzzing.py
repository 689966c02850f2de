"""Decoders fed for so many seconds, and what came of it; what broke one becomes a seed."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from numpy.random import Generator

from torture.decoding.decoder import SEEDS
from torture.found import Found

MEBIBYTE = 2**20
LARGEST_SEED = 2**16


def fuzzed(groups: Sequence[str], seconds: int, random: Generator, folder: Path) -> Found:
    """Groups of decoders, for so long all together."""
    asked = (",".join(groups), str(seconds), str(random.integers(2**31)), str(folder))
    command = [sys.executable, "-m", "torture.decoding.feeding", *asked]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"the feeding ended with {ended.returncode}: {ended.stderr[-2000:]}")
    fed = [json.loads(line) for line in ended.stdout.splitlines()]
    done = Counter({"decoders": len({one["decoder"] for one in fed})})
    for one in fed:
        done[f"inputs by {one['by']}"] += one["inputs"]
    wrong = [f"{one['decoder']}, by {one['by']}: {one['wrong']} [{kept(one)}]" for one in fed if one["wrong"]]
    most = max(one["memory"] for one in fed)
    return Found(done, wrong, {"most memory of a process, MiB": most / MEBIBYTE})


def kept(one: dict[str, str]) -> str:
    """Where the input that broke it lies now, for as long as it breaks it and ever after."""
    content = (Path(one["folder"]) / "input").read_bytes()
    seed = SEEDS / one["decoder"] / f"found-{hashlib.sha256(content).hexdigest()[:12]}"
    if len(content) > LARGEST_SEED:
        return f"{len(content):,} bytes, too many to keep"
    seed.write_bytes(content)
    return str(seed.relative_to(SEEDS.parent.parent.parent))
