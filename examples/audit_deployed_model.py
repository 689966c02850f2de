"""What a deployed model's answers tell of its training records: an audit of one's own scikit-learn model.

The model here is a random forest on handwritten digits, which this script trains, and serves as a team would
that has written its own prediction endpoint. A provider must run, to train the shadow models:

    mlaas serve --port 8000 --data runs/provider
"""

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from attacker import Audit

# How the endpoint is asked, and where its answer has the probabilities: a JSONPath.
TEMPLATE = """
[request]
path = "/score"
body = '{"rows": {{records}}}'

[answer]
predictions = "$.scores"
"""
MEMBERS = 400


def main() -> None:
    options = options_from_command_line()
    out = Path(options.out)
    features, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(7).permutation(len(labels))
    features, labels = features[order], labels[order]
    forest = RandomForestClassifier(50, random_state=0).fit(features[:MEMBERS], labels[:MEMBERS])

    # Candidates: as many records that the forest never saw as records that it was trained on.
    shuffled = np.random.default_rng(8).permutation(2 * MEMBERS)
    out.mkdir(parents=True, exist_ok=True)
    (out / "template.toml").write_text(TEMPLATE)
    with served(forest, options.port) as url:
        found = Audit(
            url,
            "forest",
            candidates=(features[shuffled], labels[shuffled]),
            truth=shuffled < MEMBERS,
            population=(features[2 * MEMBERS :], labels[2 * MEMBERS :]),
            training_size=MEMBERS,
            dialect="http",
            template=out / "template.toml",
            shadows_at=options.provider,
            shadows=options.shadows,
            attacks=("calibrated", "loss_threshold", "gap"),
            primary="calibrated",
            out=out,
        ).run()

    for evaluated in found.values():
        print(evaluated)
    surest = np.argsort(found.scores["calibrated"][0])[-5:]
    print(f"most exposed: records {sorted(order[shuffled[surest]].tolist())} of the digits")
    print(found.report())


@contextmanager
def served(model: Any, port: int) -> Iterator[str]:
    """The endpoint: {"rows": [...]} in, {"scores": [...]} out."""

    class Endpoint(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"scores": model.predict_proba(asked["rows"]).tolist()}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def options_from_command_line() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--provider", default="http://127.0.0.1:8000")
    parser.add_argument("--port", type=int, default=8080, help="Where the model is served meanwhile.")
    parser.add_argument("--shadows", type=int, default=8)
    parser.add_argument("--out", default="runs/forest-audit")
    return parser.parse_args()


if __name__ == "__main__":
    main()
