"""Algorithm 1 over HTTP in lock step, against the loop that asks about one record a request.

The loop is timed over a sample of its queries and extrapolated to as many queries as the lock step needed.
"""

from collections.abc import Sequence
from itertools import count
from pathlib import Path
from statistics import median

from benchmarks import synthesis
from benchmarks.speed.alternating import alternating
from benchmarks.speed.figure import Figure
from services.parties import servers

DATASET, PROFILE, MEMBERS = "shoppers100", "neural_network", 10_000
RECORDS, SAMPLE = 30_000, 1_000
TIMES_FASTER = 30.0
HOW = "model_based:randomize=draw"


def measure(rounds: int, folder: Path) -> Sequence[Figure]:
    with servers(folder, [0, 0]) as challenger:
        game = synthesis.target(challenger, DATASET, PROFILE, MEMBERS)
        url, model = game["provider_url"], game["targets"][0]["model_id"]
        size, number = (len(game["features"]), len(game["classes"])), count()

        def lock_step() -> synthesis.Cost:
            out = folder / f"synthetic-{next(number)}"
            out.mkdir()
            return synthesis.cost(out, url, model, HOW, RECORDS)

        def one_by_one() -> synthesis.Cost:
            each = synthesis.one_by_one(url, model, *size, SAMPLE)
            return synthesis.Cost(SAMPLE * each, SAMPLE, each)

        found = alternating(rounds, {"lock step": lock_step, "loop": one_by_one})
    ours, sample = found["lock step"], found["loop"]
    return [
        Figure(
            "synthesis",
            f"Algorithm 1, {RECORDS:,} records like those of `{DATASET}` over HTTP, the whole command",
            f"one record a request, {SAMPLE:,} queries extrapolated to as many",
            "s",
            "less",
            tuple(one.seconds for one in ours),
            tuple(loop.a_query_s * one.queries for loop, one in zip(sample, ours, strict=True)),
            bar=TIMES_FASTER,
            note=f"{median(one.queries for one in ours) / RECORDS:.1f} queries a record",
        )
    ]
