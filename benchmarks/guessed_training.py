"""Which attacks bear a wrong guess? Models of scikit-learn, deployed; shadow models by the profile `google`.

python -m benchmarks.guessed_training [--dataset location30] [--members 1200] [--shadows 8] [--seeds 2]

Targets are served over HTTP and attacked by an audit; whoever trains the shadow models knows nothing of them.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from attacker import Audit, Found
from services.challenger.dataset import load
from services.challenger.settings import Settings
from services.parties import server

ATTACKS = ("rmia", "lira", "calibration", "calibrated", "loss_threshold", "modified_entropy", "shokri", "gap")
FPR = 0.01

Records = tuple[NDArray[np.float64], NDArray[np.int64]]
Numbers = tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="location30")
    parser.add_argument("--members", type=int, default=1200)
    parser.add_argument("--shadows", type=int, default=8)
    parser.add_argument("--seeds", type=int, default=2)
    asked = parser.parse_args()
    found: dict[str, list[dict[str, Numbers]]] = {}
    with TemporaryDirectory() as folder, server("services.mlaas", Path(folder, "mlaas"), 0, []) as provider:
        for seed in range(asked.seeds):
            data = divided(asked.dataset, asked.members, np.random.default_rng(seed))
            for name, model in targets(seed).items():
                told = audited(name, model, data, provider, asked.shadows, Path(folder, f"{name}-{seed}"))
                found.setdefault(name, []).append(told)
    show(asked, found)


def divided(dataset: str, members: int, rng: np.random.Generator) -> tuple[Records, Records, Records]:
    """Members, as many others, and a population."""
    records = load(dataset, Settings().datasets)
    order = np.split(rng.permutation(len(records.labels)), [members, 2 * members])
    members_, others, population = ((records.features[rows], records.labels[rows]) for rows in order)
    return members_, others, population


def targets(seed: int) -> Mapping[str, Any]:
    """As people train them: with scikit-learn's defaults, but for the steps that it takes to converge."""
    return {
        "random forest": RandomForestClassifier(random_state=seed),
        "gradient boosting": HistGradientBoostingClassifier(max_iter=60, random_state=seed),
        "network": MLPClassifier((128,), max_iter=300, random_state=seed),
        "logistic regression": LogisticRegression(max_iter=500),
        "support vectors": CalibratedClassifierCV(SVC(), ensemble=False),
    }


def audited(
    name: str, model: Any, data: tuple[Records, Records, Records], provider: str, shadows: int, out: Path
) -> dict[str, Numbers]:
    """By attack, AUC and TPR at 1 % FPR."""
    (features, labels), others, population = data
    model.fit(features, labels)
    candidates = np.concatenate([features, others[0]]), np.concatenate([labels, others[1]])
    with served(model) as url:
        found = Audit(
            url,
            model=name.replace(" ", "-"),
            dialect="instances",
            shadows_at=provider,
            candidates=candidates,
            population=population,
            truth=np.arange(len(candidates[1])) < len(labels),
            training_size=len(labels),
            shadows=shadows,
            attacks=ATTACKS,
            out=out,
            quiet=True,
        ).run()
    return {attack: numbers(found, attack) for attack in ATTACKS}


def numbers(found: Found, attack: str) -> Numbers:
    auc, tpr = found[attack].auc.value, found[attack].tpr_at(FPR).value
    assert auc is not None
    return auc, np.nan if tpr is None else tpr


@contextmanager
def served(model: Any) -> Iterator[str]:
    """The model at a URL, for `instances`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = {"predictions": model.predict_proba(np.array(asked["instances"])).tolist()}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def show(asked: argparse.Namespace, found: Mapping[str, list[dict[str, Numbers]]]) -> None:
    table = Table(title=f"{asked.dataset}, {asked.members:,} members: AUC / TPR at 1 % FPR, mean of seeds")
    for heading in ("target", *ATTACKS):
        table.add_column(heading)
    for name, seeds in found.items():
        means = (np.mean([one[attack] for one in seeds], axis=0) for attack in ATTACKS)
        table.add_row(name, *(f"{auc:.3f} / {tpr:.3f}" for auc, tpr in means))
    console = Console()
    console.width = max(console.width, 160)
    console.print(table)


if __name__ == "__main__":
    main()
