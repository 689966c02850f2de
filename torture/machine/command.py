"""Commands of the parties, and whether they refuse in one clear line."""

import subprocess
import sys
from pathlib import Path

ENDED_S = 120.0


def refusal(module: str, *arguments: str, cwd: Path | None = None) -> str:
    """What a command that must not succeed said; raises NotRefused unless that is one line, an error's."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ENDED_S, cwd=cwd)
    said = done.stderr.strip()
    if done.returncode == 0 or len(said.splitlines()) != 1 or not said.startswith("error: "):
        raise NotRefused(f"{module} {arguments[0]} ended with {done.returncode} and said {said[-300:]!r}")
    return said


class NotRefused(Exception):
    """It succeeded, or ended otherwise than in a line."""
