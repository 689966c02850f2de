"""`make bench`: every figure of the README, one after the other (about 15 minutes on two cores)."""

import subprocess
import sys

for name in ("predictions", "games", "shoppers_accuracy"):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
