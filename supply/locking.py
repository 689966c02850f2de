"""Makes the locks anew from pyproject.toml: `python -m supply.locking [OPTIONS OF UV]`.

What is locked stays at its version, unless an option such as `--upgrade` says otherwise.
"""

import subprocess
import sys
from pathlib import Path

SUPPLY = Path("supply")
SETS = {
    "dev": ("attacker", "services", "scale", "xgboost", "dev"),  # the first: the others have its versions
    "attacker": ("attacker",),
    "services": ("attacker", "services"),
    "scale": ("attacker", "services", "scale"),
}
# For every platform, every file of a version by its hash; neither torch nor the address of an index.
RESOLVE = (
    *("uv", "pip", "compile", "pyproject.toml", SUPPLY / "beside-torch.in"),
    *("--override", SUPPLY / "without-torch.txt", "--no-emit-package", "torch"),
    *("--universal", "--generate-hashes", "--no-annotate", "--quiet"),
    *("--custom-compile-command", "make lock"),
)


def main() -> None:
    whole = SUPPLY / "dev.lock"
    for name, extras in SETS.items():
        lock = SUPPLY / f"{name}.lock"
        within = sys.argv[1:] if lock == whole else ["--upgrade", "--constraint", whole]
        chosen = [text for extra in extras for text in ("--extra", extra)]
        command = [sys.executable, "-m", *RESOLVE, *chosen, *within, "--output-file", lock]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
