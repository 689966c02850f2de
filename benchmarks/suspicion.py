"""How often the watch on queries takes ordinary use for a search, and how often it finds one.

    python -m benchmarks.suspicion [--datasets location30,shoppers100,adult,mnist] [--seeds 6]

For each data set one model of the profile `neural_network` on 1,200 records, without servers: accounts that
ask it in every order and size of request that people ask in, and the attacker's own searches against it.
"""

import argparse
import timeit
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.format import Feature, Format
from attacker.knowledge import Knowledge
from attacker.probe import Probe
from attacker.probes.boundary import Boundary
from attacker.probes.feature_noise import FeatureNoise
from attacker.records import Records
from attacker.statistics.rates import clopper_pearson
from attacker.syntheses.model_based import ModelBased
from attacker.syntheses.surrogate import Surrogate
from attacker.synthesis import Order, Synthesis
from services.challenger.dataset import DATASETS, load
from services.challenger.settings import Settings
from services.mlaas.app import SHIPPED_PROFILES
from services.mlaas.inference import answer
from services.mlaas.ledger.sketch import Sketcher, places
from services.mlaas.ledger.suspicion import Ordinary, judged
from services.mlaas.model_type import TrainingData
from services.mlaas.profile import load_profile
from services.mlaas.training import train

Requests = Iterator[NDArray[Any]]  # records (n, D) each
MEMBERS = 1_200
BATCH = 4_096  # records of one of the attacker's requests
MOST = 200_000  # records that the watched profile answers an account


@dataclass(frozen=True, eq=False)
class World:
    """A model, the records it was trained on and others, and what anybody knows of their format."""

    members: NDArray[Any]
    labels: NDArray[np.int64]
    others: NDArray[Any]
    other_labels: NDArray[np.int64]
    classes: int
    format: Format
    ask: Callable[[NDArray[Any]], NDArray[np.float64]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", default="location30,shoppers100,adult,mnist")
    parser.add_argument("--seeds", type=int, default=6)
    arguments = parser.parse_args()
    found: dict[str, list[bool]] = defaultdict(list)
    alarms: list[bool] = []
    for dataset in arguments.datasets.split(","):
        world = made(dataset)
        print(f"{dataset}: {overhead(world)}", flush=True)
        for seed in range(arguments.seeds):
            rng = np.random.default_rng([seed, *dataset.encode()])
            sketcher = Sketcher(seed, world.members.shape[1])
            usual = Ordinary.of(sketcher.of(world.members), world.labels)
            for name, requests in ordinary_accounts(world, rng):
                alarms.append(is_flagged(requests, sketcher, usual))
                if alarms[-1]:
                    print(f"false alarm: {dataset}, {name}, seed {seed}", flush=True)
            for name, requests in searches(world, rng):
                found[name].append(is_flagged(requests, sketcher, usual))
    print("| accounts | flagged | rate, 95 % interval |\n|---|---|---|")
    for name, flags in {"ordinary": alarms, **found}.items():
        low, high = clopper_pearson(sum(flags), len(flags))
        print(f"| {name} | {sum(flags)} of {len(flags)} | {np.mean(flags):.3f} ({low:.3f} to {high:.3f}) |")


def made(dataset: str) -> World:
    settings = Settings()
    records = load(dataset, settings.datasets)
    declared = DATASETS.load(dataset)(settings.datasets).format()
    columns = [Feature(f.name, f.kind, f.minimum, f.maximum, tuple(f.values or ())) for f in declared]
    order = np.random.default_rng(1).permutation(len(records.labels))
    members, others = np.sort(order[:MEMBERS]), np.sort(order[MEMBERS:])
    present, labels = np.unique(records.labels[members], return_inverse=True)
    data = TrainingData(records.features[members], labels, len(present))
    model = train(load_profile(SHIPPED_PROFILES / "neural_network.toml"), {}, data, seed=1).model

    def ask(asked: NDArray[Any]) -> NDArray[np.float64]:
        answers = np.zeros((len(asked), len(records.classes)))
        answers[:, present] = answer(model, asked)
        return answers

    features = records.features
    return World(
        features[members],
        records.labels[members],
        features[others],
        records.labels[others],
        len(records.classes),
        Format(tuple(columns)),
        ask,
    )


def overhead(world: World) -> str:
    """What sketches add to an answer, beside the time that the answer itself takes."""
    records, sketcher = world.others[:1_000], Sketcher(0, world.members.shape[1])
    told = []
    for count in (1, 1_000):
        times = [
            min(timeit.repeat(lambda: work(records[:count]), number=20, repeat=5)) / 20 * 1e3  # noqa: B023
            for work in (sketcher.of_request, world.ask)
        ]
        told.append(f"{count:,} records sketched in {times[0]:.2f} ms, answered in {times[1]:.2f} ms")
    return "; ".join(told)


def ordinary_accounts(world: World, rng: np.random.Generator) -> Iterator[tuple[str, Requests]]:
    """Distinct records in every order, in requests of 1, 10 and 1,000; and questions to a shadow model."""
    for size, most in ((1, 300), (10, 2_000), (1_000, 6_000)):
        some = rng.permutation(len(world.others))[:most]
        first = rng.integers(max(1, len(world.others) - most))
        by_class = some[np.argsort(world.other_labels[some], kind="stable")]
        of_one = np.flatnonzero(world.other_labels == rng.choice(world.other_labels))[:most]
        yield f"mixed, {size}", batches(world.others[some], size)
        yield f"as they lie, {size}", batches(world.others[first : first + most], size)
        yield f"by class, {size}", batches(world.others[by_class], size)
        yield f"of one class, {size}", batches(world.others[of_one], size)
        yield f"its own, {size}", batches(world.members, size)
        yield f"its own by class, {size}", batches(world.members[np.argsort(world.labels)], size)
    candidates = rng.permutation(np.concatenate([world.members, world.others[:MEMBERS]]))
    known = world.others[rng.permutation(len(world.others))[: 5 * MEMBERS // 2]]
    yield "shadow queries", batches(np.concatenate([candidates, known]), BATCH)
    made_up = np.concatenate(list(synthesis(Surrogate(), world, 2 * MEMBERS, rng)))
    yield "shadow queries about made-up records", batches(np.concatenate([candidates, made_up]), BATCH)


def searches(world: World, rng: np.random.Generator) -> Iterator[tuple[str, Requests]]:
    """The attacker's, on 100 candidates or more, and of Algorithm 1 as much as the quota allows."""
    for name, probe, candidates, size in (
        ("label_only:queries=11", FeatureNoise(10), 1_000, BATCH),
        ("label_only:queries=201", FeatureNoise(200), 100, BATCH),
        ("label_only:queries=201, 2 candidates by single records", FeatureNoise(200), 2, 1),
        ("label_only_boundary", Boundary(8), 500, BATCH),
        ("label_only_boundary:queries=201", Boundary(50), 100, BATCH),
    ):
        yield name, around(probe, world, rng.permutation(MEMBERS)[: candidates // 2], size)
    for count in (10, 100, 2_640):
        yield f"model_based synthesis of {count:,} records", synthesis(ModelBased(), world, count, rng)


def around(probe: Probe, world: World, rows: NDArray[np.int64], size: int) -> Requests:
    """What a probe asks around as many members as others."""
    records = np.concatenate([world.members[rows], world.others[rows]])
    labels = np.concatenate([world.labels[rows], world.other_labels[rows]])
    asked: list[NDArray[Any]] = []

    def ask(neighbours: NDArray[Any]) -> NDArray[np.int64]:
        asked.extend(batches(neighbours, size))
        return np.asarray(world.ask(neighbours).argmax(axis=1))

    probe.observe(ask, records, labels, world.format)
    return iter(asked)


def synthesis(method: Synthesis, world: World, count: int, rng: np.random.Generator) -> Requests:
    """What a synthesis asks, its searches by turns, until it ends or the quota does."""
    order = Order(count, world.classes, min(count, BATCH))
    begun = method.begin(Knowledge("format", world.format), order, rng)
    assert not isinstance(begun, Records)  # which only a method that asks nothing gives
    running = list(begun)
    asked = 0
    while running and asked < MOST:
        for search in list(running):
            if len(questions := search.questions()):
                yield questions.copy()
                asked += len(questions)
                search.learn(world.ask(questions))
            else:
                running.remove(search)


def batches(records: NDArray[Any], size: int) -> Requests:
    return (records[start : start + size] for start in range(0, len(records), size))


def is_flagged(requests: Requests, sketcher: Sketcher, usual: Ordinary) -> bool:
    asked = [(len(request), sketcher.of(request[places(len(request))])) for request in requests]
    return bool(judged([sketches for _, sketches in asked], [count for count, _ in asked], usual).searches)


if __name__ == "__main__":
    main()
