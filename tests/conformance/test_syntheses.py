"""What every synthesis must keep, whoever adds it."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from attacker.format import Feature, Format
from attacker.knowledge import Knowledge, Marginal
from attacker.records import Records
from attacker.synthesis import SYNTHESES, Order, Search

FEATURES = 12
FORM = Format(tuple(Feature(f"f{number}", "binary", 0, 1) for number in range(FEATURES)))
GRANTED = Records(np.arange(60) % 3, np.random.default_rng(0).integers(0, 2, (60, FEATURES)))
COUNT, CLASSES, BATCH = 90, 3, 40
WEIGHTS = np.random.default_rng(1).normal(size=(FEATURES, CLASSES))
ASKING = [name for name in SYNTHESES.names() if SYNTHESES.load(name).asks]


def target(records: NDArray[Any]) -> NDArray[np.float64]:
    logits = 2 * (records - 0.5) @ WEIGHTS
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    answers: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
    return answers


def knowledge(kind: str) -> Knowledge:
    marginals = tuple(Marginal((0, 1), (0.5, 0.5), ()) for _ in range(FEATURES))
    return Knowledge(
        kind,
        FORM,
        GRANTED if kind in ("population", "noisy", "shifted") else None,
        marginals if kind == "marginals" else (),
    )


def begun(name: str, kind: str, seed: int = 0) -> Any:
    return SYNTHESES.load(name)().begin(
        knowledge(kind), Order(COUNT, CLASSES, BATCH), np.random.default_rng(seed)
    )


def step(search: Search) -> list[bytes]:
    harvest = search.learn(target(search.questions()))
    assert len(harvest) == len(harvest.confidence) == len(harvest.queries) == len(harvest.records.features)
    return [bytes(row) for row in harvest.records.features.astype(np.uint8)]


@pytest.mark.parametrize("name", SYNTHESES.names())
def test_it_describes_itself(name: str) -> None:
    plugin = SYNTHESES.load(name)
    assert plugin.summary().endswith((".", ":"))
    assert plugin.paper
    assert set(plugin.works_from) <= {"population", "noisy", "shifted", "marginals", "format"}
    json.dumps(dict(plugin().parameters()))


@pytest.mark.parametrize("name", SYNTHESES.names())
def test_it_asks_or_has_its_records(name: str) -> None:
    for kind in SYNTHESES.load(name).works_from:
        assert isinstance(begun(name, kind), Records) != SYNTHESES.load(name).asks


@pytest.mark.parametrize("name", ASKING)
def test_it_gives_what_is_ordered_and_asks_no_more_at_once_than_a_request_takes(name: str) -> None:
    kind = SYNTHESES.load(name).works_from[0]
    searches = begun(name, kind)
    assert len(searches) == 2  # more is wanted than one request carries
    found: list[bytes] = []
    for search in searches:
        while len(questions := search.questions()):
            assert len(questions) <= BATCH
            assert questions.shape[1] == FEATURES
            assert np.isin(questions, (0, 1)).all()
            assert np.array_equal(search.questions(), questions)  # the same until they are answered
            found += step(search)
    assert len(found) == COUNT


@pytest.mark.parametrize("name", ASKING)
def test_it_goes_on_from_any_state_as_if_it_had_never_stopped(name: str) -> None:
    kind = SYNTHESES.load(name).works_from[0]
    whole, stopped = begun(name, kind)[0], begun(name, kind)[0]
    for _ in range(200):
        if not len(whole.questions()):
            break
        resumed = begun(name, kind, seed=5)[0]
        resumed.resume({key: np.array(value) for key, value in stopped.state().items()})
        resumed.rng.bit_generator.state = stopped.rng.bit_generator.state
        assert np.array_equal(resumed.questions(), whole.questions())
        assert step(resumed) == step(whole)
        stopped = resumed
    assert not len(stopped.questions())
