"""Training throughput of the provider's worker pool, against matrix products alone on the same cores.

python -m benchmarks.training [--rounds 5] [--batch 1000] [--epochs 40] [--precisions float32,bfloat16]

20 shadow models of 10,000 records x 600 features, 128 hidden units, 100 classes, in processes of one thread
each, asked for over HTTP. Timed from the first request to the last model that is ready: uploads and the start
of the servers are not in it, reading the records and writing the models are.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.speed.alternating import alternating
from benchmarks.speed.customer import Customer
from benchmarks.speed.processes import told
from benchmarks.speed.provider import random_records
from services.parties import server

Shape = tuple[int, int, int]

SHADOWS, RECORDS, FEATURES, HIDDEN, CLASSES = 20, 10_000, 600, 128, 100
PROCESSES = 2
PROFILE = """summary = "For a benchmark."
price = {{ currency = "USD", training = 0.0, per_1000_records = 0.0 }}

[[candidates]]
model_type = "mlp"
parameters = {{ hidden = [{hidden}], batch = {batch}, epochs = {epochs} }}
"""
# Two matrices (m, k) and (k, n): of these, a peak is that of the shape which the machine likes best.
SHAPES = ((256, 600, 128), (500, 600, 128), (1024, 256, 1024), (512, 512, 512), (1024, 1024, 1024))
PEAK_S, TRIAL_S = 2.0, 0.5


def flops() -> float:
    """Of one record in one epoch: the scores, the gradients of all weights, and the error behind the second
    layer; the gradient of the records is not needed. Activations and the optimiser do not count.
    """
    weights = FEATURES * HIDDEN + HIDDEN * CLASSES
    return 2.0 * (2 * weights + HIDDEN * CLASSES)


def measure(
    rounds: int,
    folder: Path,
    precisions: Sequence[str] = ("float32", "bfloat16"),
    batch: int = 1000,
    epochs: int = 40,
) -> dict[str, tuple[float, ...]]:
    """GFLOP/s of all processes together, a value a round: of the pool under each precision's name, and of
    products alone under `peak float32` and so on.
    """
    profiles = folder / "profiles"
    profiles.mkdir(parents=True)
    text = PROFILE.format(hidden=HIDDEN, batch=batch, epochs=epochs)
    (profiles / "throughput.toml").write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        multiplying = stack.enter_context(
            ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=one_thread)
        )
        contestants: dict[str, Callable[[], float]] = {}
        for name in precisions:
            pool = stack.enter_context(worker_pool(folder / name, profiles, name))
            contestants[name] = partial(trained, *pool, epochs)
            best = max(SHAPES, key=partial(multiplied, multiplying, name, TRIAL_S))
            contestants[f"peak {name}"] = partial(multiplied, multiplying, name, PEAK_S, best)
        return alternating(rounds, contestants)


@contextmanager
def worker_pool(data: Path, profiles: Path, precision: str) -> Iterator[tuple[Customer, str]]:
    """A provider whose processes have trained before, and the id of its records."""
    options = ["--workers", str(PROCESSES), "--profiles", str(profiles)]
    with ExitStack() as stack:
        with told(MLAAS_PRECISION=precision):
            url = stack.enter_context(server("services.mlaas", data, 0, options))
        customer = stack.enter_context(Customer(url))
        labels = np.arange(2 * RECORDS, dtype=np.uint8)[:, np.newaxis] % CLASSES
        records = customer.upload(np.hstack([labels, random_records(2 * RECORDS, FEATURES)]))
        train_all(customer, records, PROCESSES)
        yield customer, records


def trained(customer: Customer, records: str, epochs: int) -> float:
    """GFLOP/s of the trainings."""
    began = time.perf_counter()
    train_all(customer, records, SHADOWS)
    return SHADOWS * RECORDS * epochs * flops() / (time.perf_counter() - began) / 1e9


def train_all(customer: Customer, records: str, shadows: int) -> None:
    """Each on a random half of the upload."""
    drawn = (np.random.default_rng(seed).permutation(2 * RECORDS)[:RECORDS] for seed in range(shadows))
    models = [customer.train(records, "throughput", rows.tolist()) for rows in drawn]
    for model in models:
        customer.wait(model)


def multiplied(processes: ProcessPoolExecutor, precision: str, seconds: float, shape: Shape) -> float:
    """GFLOP/s of all processes together."""
    begun = [processes.submit(multiply, precision, seconds, shape) for _ in range(PROCESSES)]
    return sum(each.result() for each in begun)


def multiply(precision: str, seconds: float, shape: Shape) -> float:
    """GFLOP/s of one matrix product, again and again, in this process."""
    import torch

    rows, inner, columns = shape
    dtype = getattr(torch, precision)
    left, right = (torch.randn(size).to(dtype) for size in ((rows, inner), (inner, columns)))
    product, times, began = torch.empty(rows, columns, dtype=dtype), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        for _ in range(20):
            torch.mm(left, right, out=product)
        times += 20
    return times * 2.0 * rows * inner * columns / (time.perf_counter() - began) / 1e9


def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--precisions", default="float32,bfloat16")
    arguments = parser.parse_args()
    precisions = arguments.precisions.split(",")
    with tempfile.TemporaryDirectory() as folder:
        found = measure(arguments.rounds, Path(folder), precisions, arguments.batch, arguments.epochs)
    for name, values in found.items():
        print(f"{name:14} {spread(values, '.0f')} GFLOP/s")
    for name in precisions:
        for peak in dict.fromkeys(("peak float32", f"peak {name}")):
            if peak in found:
                print(f"{name} of {peak}: {spread(shares(found[name], found[peak]), '.1%')}")


def shares(ours: Sequence[float], peak: Sequence[float]) -> list[float]:
    return [one / most for one, most in zip(ours, peak, strict=True)]


def spread(values: Sequence[float], form: str) -> str:
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


if __name__ == "__main__":
    main()
