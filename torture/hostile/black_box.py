"""Rounds of timings by every model type in turn, on equal data: of a prediction of one record and of 1,000
and, now and then, of a training.

Model types differ in how long they take and in the numbers that they answer, which is measured; in nothing
else that is told of a model or sent along with an answer.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.random import Generator

from benchmarks.speed.customer import Customer
from services.web.bodies import NPY, decode_npy, encode_npy
from torture.found import Found
from torture.guesses.fingerprints import Array, Scores
from torture.guesses.guessing import accuracy
from torture.parties import provider

FULL, BRIEF = 60, 4
TYPES = ("network", "linear", "kernel", "forest", "boosted", "convolutional")  # the profiles `only_...`
TREES = 50  # of `only_forest`
A_TRAINING_IN = 3  # rounds
TOGETHER = (1, 30)  # timings that a guess is made from
ROWS, SHAPE, CLASSES = 400, (6, 8), 4
FEATURES = SHAPE[0] * SHAPE[1]
HIDDEN = ("date", "x-request-id", "content-length")  # headers with values of their own

Times = Mapping[str, Mapping[str, list[float]]]  # seconds, by what was timed and by model type


def run(much: int, random: Generator, folder: Path) -> Found:
    with provider(folder / "provider") as server, Customer(server.url) as customer:
        dataset = customer.upload(clusters(ROWS, random))
        declared = {"features": [{"name": f"p{k}"} for k in range(FEATURES)], "shape": SHAPE}
        customer.patch(f"/v1/datasets/{dataset}", json=declared).raise_for_status()
        models = {one: customer.train(dataset, f"only_{one}") for one in TYPES}
        for model in models.values():
            customer.wait(model)
        asked = clusters(1_000, random)[:, 1:]
        told = {one: list(everything_told(customer, model, asked)) for one, model in models.items()}
        times = timed(customer, dataset, models, asked, much, random)
        scores = {
            one: Scores.of(partial(answered, customer, model), asked, random) for one, model in models.items()
        }
    return Found(
        done={"timings": sum(len(one) for by in times.values() for one in by.values())}
        | {"answers compared": sum(map(len, told.values()))},
        wrong=list(differing(told)),
        measured=guessed(times, random) | by_numbers(scores),
    )


def clusters(rows: int, random: Generator) -> Array:
    """Labelled records (N, 1 + D), which overlap: nobody is sure of all."""
    labels = np.arange(rows) % CLASSES
    centres = np.linspace(-1, 1, CLASSES)
    records = random.normal(size=(rows, FEATURES)) + centres[labels][:, np.newaxis] / 2
    return np.column_stack([labels, records]).astype("f4")


def timed(
    customer: Customer, dataset: str, models: Mapping[str, str], asked: Array, rounds: int, random: Generator
) -> Times:
    times: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for model in models.values():  # loaded, and seen to be quick
        answered(customer, model, asked[:1])
    for number in range(rounds):
        for one in random.permutation(TYPES):
            for count in (1, len(asked)):
                seconds = prediction_s(customer, models[one], asked[:count])
                times[f"a prediction of {count:,}"][one].append(seconds)
            if number % A_TRAINING_IN == 0:
                times["a training"][one].append(training_s(customer, dataset, one))
    return times


def prediction_s(customer: Customer, model: str, records: Array) -> float:
    began = time.perf_counter()
    predicted(customer, model, records)
    return time.perf_counter() - began


def training_s(customer: Customer, dataset: str, one: str) -> float:
    """As the customer sees it: until the model is ready."""
    began = time.perf_counter()
    customer.wait(customer.train(dataset, f"only_{one}"))
    return time.perf_counter() - began


def predicted(customer: Customer, model: str, records: Array, accept: str = NPY) -> httpx.Response:
    headers = {"Content-Type": NPY, "Accept": accept}
    return customer.post(f"/v1/models/{model}/predict", content=encode_npy(records), headers=headers)


def answered(customer: Customer, model: str, records: Array) -> Array:
    body = predicted(customer, model, records).raise_for_status().content
    return decode_npy(body, rows=len(records), columns=CLASSES)


def everything_told(customer: Customer, model: str, asked: Array) -> Iterator[str]:
    """What stands in answers about a model, but for numbers and what names the model."""
    [listed] = [one for one in customer.get("/v1/models").json()["items"] if one["id"] == model]
    yield f"listing: {shape_of(listed)}"
    yield f"document: {shape_of(customer.get(f'/v1/models/{model}').json())}"
    npy, json = predicted(customer, model, asked), predicted(customer, model, asked, "application/json")
    yield f"headers: {sent_along(npy)}, {npy.headers['content-length']} bytes"
    yield f"headers of JSON: {sent_along(json)}"
    yield f"JSON: {shape_of(json.json())}"
    refused = predicted(customer, model, asked[:, 1:])
    yield f"refusal: {refused.status_code} {sent_along(refused)} {refused.json()['detail']}"


def shape_of(value: Any) -> Any:
    """Names and kinds."""
    if isinstance(value, dict):
        return {name: shape_of(one) for name, one in value.items()}
    if isinstance(value, list):
        return [len(value), sorted({str(shape_of(one)) for one in value})]
    return type(value).__name__


def sent_along(answer: httpx.Response) -> dict[str, str]:
    return {name: "" if name in HIDDEN else value for name, value in answer.headers.items()}


def differing(told: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for texts in zip(*told.values(), strict=True):
        if len(set(texts)) > 1:
            yield f"model types differ: {dict(zip(told, texts, strict=True))}"


def guessed(times: Times, random: Generator) -> dict[str, float | str]:
    """How often the times tell the model type, and how long they are."""
    found: dict[str, float | str] = {"model type guessed by chance": 1 / len(TYPES)}
    for what, by_type in times.items():
        for together in TOGETHER:
            name = f"by {what}" + (f", the median of {together} timings" if together > 1 else "")
            found[name] = accuracy(by_type, together, random)
        median_ms = {one: 1e3 * float(np.median(seconds)) for one, seconds in by_type.items()}
        found[f"{what}, ms"] = ", ".join(f"{one} {ms:.3g}" for one, ms in median_ms.items())
    return found


def by_numbers(scores: Mapping[str, Scores]) -> dict[str, float | str]:
    shares = {one: of_type.shares(TREES) for one, of_type in scores.items()}
    return {
        f"{what}, share": ", ".join(f"{one} {found[what]:.3f}" for one, found in shares.items())
        for what in next(iter(shares.values()))
    }
