"""What Algorithm 1 costs over HTTP: records in lock step, against the loop that asks about one at a time.

python -m benchmarks.synthesis [--dataset location30 --members 1200 --count 2600] [--profile neural_network]

The loop is the algorithm as printed, on the same target, one JSON record a request over one connection, on a
sample of its queries. Both wait for the provider's durable ledger.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from services.parties import command, options, servers

Predict = Callable[[Any], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="location30")
    parser.add_argument("--profile", default="neural_network")
    parser.add_argument("--members", type=int, default=1_200)
    parser.add_argument("--count", type=int, default=2_600)
    parser.add_argument(
        "--syntheses", default="model_based:randomize=draw,model_based:randomize=flip,surrogate"
    )
    parser.add_argument("--sample", type=int, default=2_000, help="Queries of the one-record loop.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with servers(folder, [0, 0]) as challenger:
            game = target(challenger, arguments.dataset, arguments.profile, arguments.members)
            url, model = game["provider_url"], game["targets"][0]["model_id"]
            print(f"{arguments.dataset} / {arguments.profile}, {arguments.count:,} records")
            costs = [
                cost(folder, url, model, words, arguments.count) for words in arguments.syntheses.split(",")
            ]
            alone = one_by_one(url, model, len(game["features"]), len(game["classes"]), arguments.sample)
            print(f"one record a request: {1e6 * alone:,.0f} us a query (sample of {arguments.sample:,})")
            for words, each in zip(arguments.syntheses.split(","), costs, strict=True):
                print(f"  {words}: {alone / each.a_query_s:,.0f} times faster a query")


def target(challenger: str, dataset: str, profile: str, members: int) -> dict[str, Any]:
    """A game with a trained target."""
    asked = options({"seed": 1, "dataset": dataset, "profile": profile, "members": members})
    url = command("services.challenger", "create", "--url", challenger, asked).strip()
    game: dict[str, Any] = httpx.get(url).raise_for_status().json()
    return game


@dataclass(frozen=True)
class Cost:
    """Of a synthesis: seconds of the whole command, its queries, and seconds a query.

    The last are from the first question to the last answer learnt.
    """

    seconds: float
    queries: int
    a_query_s: float


def cost(folder: Path, url: str, model: str, words: str, count: int) -> Cost:
    """Synthesise, and print what it took."""
    out = folder / f"{words.replace(':', '-')}.npy"
    began = time.monotonic()
    asked = ["--model", model, "--count", str(count), "--synthesis", words, "--out", str(out), "--quiet"]
    command("attacker", "synthesize", "--url", url, *asked)
    seconds = time.monotonic() - began
    document = json.loads(out.with_suffix(".cost.json").read_text())
    found, each = document["synthesis"], document["ledger"]["synthesis"]["seconds"]
    records, queries, requests = (int(found[name]) for name in ("records", "queries", "requests"))
    print(
        f"{words}: {records:,} records of {queries / records:.1f} queries, {requests / records:.3f} requests"
        f"; confidence {found['confidence']:.2f}, not reached: {len(found['not_reached'])} classes; "
        f"{seconds:.0f} s in all, {1e6 * each / queries:.1f} us a query"
    )
    return Cost(seconds, queries, float(each) / queries)


def one_by_one(url: str, model: str, features: int, classes: int, sample: int) -> float:
    """Seconds a query of the sequential algorithm, over as many queries as the sample has."""
    key = httpx.post(f"{url}/v1/accounts", json={}).raise_for_status().json()["api_key"]
    rng, queries = np.random.default_rng(0), 0
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}) as client:

        def predict(record: Any) -> Any:
            nonlocal queries
            queries += 1
            body = {"instances": [record.tolist()]}
            answer = client.post(f"/v1/models/{model}/predict", json=body).raise_for_status()
            return answer.json()["predictions"][0]

        began = time.monotonic()
        while queries < sample:
            algorithm_1(predict, int(rng.integers(classes)), features, sample - queries, rng)
        return (time.monotonic() - began) / queries


def algorithm_1(predict: Predict, label: int, features: int, iter_max: int, rng: np.random.Generator) -> Any:
    """Shokri et al. (2017), Algorithm 1, for binary features drawn anew; the record, or None."""
    k, k_min = max(1, round(128 * features / 600)), max(1, round(4 * features / 600))
    rej_max, conf_min = 10, 0.2
    record = best = rng.integers(0, 2, features)
    best_confidence, rejections = 0.0, 0
    for _ in range(iter_max):
        answer = predict(record)
        if answer[label] >= best_confidence:
            sure = answer[label] > conf_min and max(answer) == answer[label]
            if sure and rng.random() < answer[label]:
                return record
            best, best_confidence, rejections = record, answer[label], 0
        else:
            rejections += 1
            if rejections > rej_max:
                k, rejections = max(k_min, -(-k // 2)), 0
        record = best.copy()
        record[rng.choice(features, k, replace=False)] = rng.integers(0, 2, k)
    return None


if __name__ == "__main__":
    main()
