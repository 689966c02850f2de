"""Known faults of what is locked: `python -m supply.auditing`, with pip-audit.

Exit status 1: something has a known fault. 2: the data was not to be had, and nothing is known.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

AUDIT = ("pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json")
FILES = (Path("supply/dev.lock"), Path("supply/torch.txt"))
FAULTY, UNKNOWN = 1, 2


def main() -> int:
    found = [one for file in FILES for one in audited(file)]
    faults = [(one, fault) for one in found for fault in one.get("vulns", ())]
    for one, fault in faults:
        mended = ", ".join(fault["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {fault['id']}, mended in {mended}")
    unknown = [one["name"] for one in found if "skip_reason" in one]
    print(f"{len(found) - len(unknown)} packages audited, {len(faults)} known faults")
    if unknown:
        told = f"nothing is known of {len(unknown)} packages: {', '.join(unknown)}"
        print(f"{told}; audit where the index gives its advisories", file=sys.stderr)
    return FAULTY if faults else UNKNOWN if unknown else 0


def audited(file: Path) -> list[dict[str, Any]]:
    """Each package with its faults, or with the reason why nothing is known of it."""
    command = [sys.executable, "-m", *AUDIT, "--requirement", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        why = done.stderr.strip().splitlines()[-1:]
        print(f"the advisories cannot be reached ({' '.join(why)}); try where they can be", file=sys.stderr)
        sys.exit(UNKNOWN)
    return found


if __name__ == "__main__":
    sys.exit(main())
