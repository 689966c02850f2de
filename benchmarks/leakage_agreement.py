"""Does the provider's leakage report agree with what a challenger measures on the same target?

One game by the parties' commands: an outsider attacks the target with shadow models of its own, which may
learn the candidates, and the challenger evaluates. Then the target's owner uploads the non-members as
held-out records and asks for the report. Both name the attack `calibrated` in advance.

python -m benchmarks.leakage_agreement [--dataset location30] [--members 1200] [--shadows 16] [--seed 1]
"""

import argparse
import io
import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.demo_game import shown
from services.parties import attacker, command, free_ports, options, servers

NPY = "application/x-npy"
ATTACK = "calibrated"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="location30")
    parser.add_argument("--profile", default="neural_network")
    parser.add_argument("--members", type=int, default=1200)
    parser.add_argument("--shadows", type=int, default=16, help="the outsider's; the report has 8")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    out = Path("runs") / f"leakage-{asked.dataset}-{asked.members}-{asked.seed}"
    game = {name: getattr(asked, name) for name in ("dataset", "profile", "members", "seed")}
    with servers(out / "services", free_ports(2)) as challenger:
        began = time.monotonic()
        entry, url = played(challenger, game | {"access": "adaptive"}, asked.shadows, out)
        middle = time.monotonic()
        report = reported(out, url)
    print(f"{asked.profile} on {asked.dataset}, {asked.members:,} members, seed {asked.seed}")
    print(f"  the challenger, of an outsider's {asked.shadows} shadows, {middle - began:.0f} s")
    show(entry, advantage(entry))
    print(f"  the owner's report, {time.monotonic() - middle:.0f} s: {report['level']}. {report['headline']}")
    show(report, report["advantage"])


def played(challenger: str, game: Mapping[str, Any], shadows: int, out: Path) -> tuple[dict[str, Any], str]:
    """The evaluation of an outsider's attack, and the game's URL."""
    key = ["--owner-key-file", str(out / "services/owner.key")]
    created = command("services.challenger", "create", "--url", challenger, [*options(dict(game)), *key])
    url = created.strip().splitlines()[-1]
    play = options({"shadows": shadows, "attacks": ATTACK, "seed": game["seed"], "out": out / "run"})
    attacker("play", url, play)
    command("services.challenger", "close", url, key)
    attacker("play", url, play)
    result = json.loads((out / "run/result.json").read_text())
    return next(one for one in result["attacks"] if one["name"] == ATTACK), url


def reported(out: Path, url: str) -> dict[str, Any]:
    """The report that the target's owner is given, who holds the non-members, too."""
    game = httpx.get(url).json()
    truth, candidates = (np.load(out / f"run/{name}.npy") for name in ("truth", "candidates"))
    with closing(sqlite3.connect(out / "services/challenger/challenger.sqlite")) as database:
        [key] = database.execute("SELECT provider_key FROM game WHERE id = ?", [game["id"]]).fetchone()
    path = f"/v1/models/{game['targets'][0]['model_id']}/leakage-report"
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=game["provider_url"], headers=headers, timeout=90) as owner:
        held_out = owner.post(
            "/v1/datasets", content=npy(candidates[~truth[0]]), headers={"Content-Type": NPY}
        ).json()
        owner.post(path, json={"held_out": held_out["id"]}).raise_for_status()
        while True:
            report = owner.get(path, headers={"Prefer": "wait=50"}).json()
            if report["state"] == "failed":
                raise SystemExit(report["error"])
            if report["state"] == "ready":
                (out / "report.html").write_text(owner.get(path, headers={"Accept": "text/html"}).text)
                document: dict[str, Any] = report["report"]
                (out / "report.json").write_text(json.dumps(document, indent=1))
                return document


def npy(records: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(records))
    return file.getvalue()


def advantage(entry: Mapping[str, Any]) -> dict[str, float]:
    return {part: 2 * entry["balanced_accuracy"][part] - 1 for part in ("value", "low", "high")}


def show(found: Mapping[str, Any], gained: Mapping[str, Any]) -> None:
    low = found["tpr_at_fpr"]
    print(f"    AUC {shown(found['auc'])}, advantage {shown(gained)}")
    print(f"    TPR at 1 % FPR {shown(low['0.01'])}, at 0.1 % {shown(low['0.001'])}")


if __name__ == "__main__":
    main()
