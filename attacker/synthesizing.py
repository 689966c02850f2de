"""Shadow data: as the rules grant it, or from the searches of a synthesis, which ask the target side by side.

Every answer is kept as the state it led to, with what it cost, in one transaction; a run stopped anywhere
goes on from there, and asks again under the same key what it was not told.
"""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from attacker.choice import Choice
from attacker.errors import CannotAttack
from attacker.knowledge import Knowledge
from attacker.ledger import Clock, Phase
from attacker.oracle import Oracle
from attacker.records import Records
from attacker.store import Store
from attacker.synthesis import NOTHING, SYNTHESES, Harvest, Order, Search, Synthesis
from attacker.target import Prediction, Target

FROM_NOTHING = "surrogate"  # where no synthesis is named as the knowledge is
PHASE: Phase = "synthesis"
Pending = deque[tuple[int, Future[Prediction]]]


class Watching(Protocol):
    """Who wants to know how a synthesis gets on."""

    def synthesizing(self, count: int, classes: Sequence[str], found: Harvest, asked: int) -> None: ...

    def synthesized(self, harvest: Harvest, asked: int) -> None: ...

    def note(self, text: str) -> None: ...


@dataclass
class Pursuit:
    """The searches of one synthesis: while the target answers one of them, another learns and asks anew."""

    store: Store
    oracle: Oracle
    target: Target
    watching: Watching
    searches: Sequence[Search]
    steps: list[int] = field(init=False)  # that each search has taken

    def run(self) -> None:
        """Until every search is over. Raises BudgetExhausted and ServiceError; what was found is kept."""
        self.steps = [self.resumed(lane) for lane in range(len(self.searches))]
        self.oracle.clock = Clock()
        pending: Pending = deque()
        with ThreadPoolExecutor(len(self.searches)) as pool:
            try:
                # A search that had a question under way when the run died comes first: it is paid for.
                for lane in sorted(range(len(self.searches)), key=lambda lane: self.steps[lane]):
                    self.ask(lane, pool, pending)
                while pending:
                    self.ask(self.learn(pending), pool, pending)
            finally:
                while pending:
                    self.learn(pending)

    def resumed(self, lane: int) -> int:
        """The number of steps that the search of this lane has taken; it stands where these led."""
        if (kept := self.store.checkpoint(lane)) is None:
            return 0
        steps, state = kept
        generator = state.pop("generator").tobytes().decode()
        search = self.searches[lane]
        search.rng.bit_generator.state = json.loads(generator)
        search.resume(state)
        return steps

    def ask(self, lane: int, pool: ThreadPoolExecutor, pending: Pending) -> None:
        """Send the next question of a search that has one."""
        questions = self.searches[lane].questions()
        if len(questions):
            key = self.oracle.key(
                f"{self.target.id} {PHASE} {lane} {self.steps[lane]}", [questions.tobytes()]
            )
            pending.append((lane, self.oracle.send(pool, self.target, questions, PHASE, key)))

    def learn(self, pending: Pending) -> int:
        """Let the search whose question is the oldest have its answer; its lane."""
        lane, future = pending.popleft()
        prediction, search = future.result(), self.searches[lane]
        entry = self.oracle.entry(self.target, PHASE, prediction)
        harvest = search.learn(prediction.probabilities.astype(np.float64))
        generator = np.frombuffer(json.dumps(search.rng.bit_generator.state).encode(), np.uint8)
        state = search.state() | {"generator": generator}
        self.store.add_step(lane, self.steps[lane], state, arrays(harvest) if len(harvest) else None, entry)
        self.steps[lane] += 1
        self.watching.synthesized(harvest, len(prediction.probabilities))
        return lane


@dataclass(frozen=True)
class Gathering:
    """Shadow data by a synthesis, from the first question to the summary that the result shows."""

    store: Store
    oracle: Oracle
    target: Target
    watching: Watching
    classes: tuple[str, ...]

    def gather(self, choice: Choice[Synthesis], knowledge: Knowledge, order: Order, seed: int) -> Records:
        """The same seed and target give the same records; raises BudgetExhausted and ServiceError."""
        synthesis = choice.make()
        rng = np.random.default_rng([seed, *PHASE.encode()])
        begun = synthesis.begin(knowledge, order, rng)
        described = {"name": choice.name, "parameters": dict(synthesis.parameters())}
        if isinstance(begun, Records):
            self.store.keep(PHASE, described | {"records": len(begun), "queries": 0, "requests": 0})
            return begun
        asked = self.store.costs().get(PHASE)
        self.watching.synthesizing(
            order.count, self.classes, harvested(self.store), asked.records if asked else 0
        )
        try:
            Pursuit(self.store, self.oracle, self.target, self.watching, begun).run()
        finally:
            given_up = frozenset().union(*(search.given_up for search in begun))
            found = summary(self.store, order.count, self.classes, given_up)
            self.store.keep(PHASE, described | found)
            if found["not_reached"]:
                self.watching.note(
                    f"classes not reached within their budget: {', '.join(found['not_reached'])}."
                )
        return harvested(self.store).records


def arrays(harvest: Harvest) -> dict[str, Any]:
    return {
        "labels": harvest.records.labels,
        "features": harvest.records.features,
        "confidence": harvest.confidence,
        "queries": harvest.queries,
    }


def harvested(store: Store) -> Harvest:
    """All that the searches have found so far; without a column when it is nothing."""
    found = store.harvests() or [arrays(NOTHING)]
    labels, rows, confidence, queries = (
        np.concatenate([part[name] for part in found])
        for name in ("labels", "features", "confidence", "queries")
    )
    return Harvest(Records(labels, rows), confidence, queries)


def summary(store: Store, wanted: int, classes: Sequence[str], given_up: Iterable[int]) -> dict[str, Any]:
    """What a synthesis gave and took, for the result: class by class, and the classes it could not reach."""
    harvest, cost = harvested(store), store.costs().get(PHASE)
    labels = harvest.records.labels
    sums = [
        np.bincount(labels, weights, minlength=len(classes))
        for weights in (None, harvest.confidence, harvest.queries)
    ]
    per_class = [
        {"class": name, "records": int(count)}
        | ({"confidence": confidence / count, "queries": queries / count} if count else {})
        for name, count, confidence, queries in zip(classes, *sums, strict=True)
    ]
    return {
        "wanted": wanted,
        "records": len(harvest),
        "queries": cost.records if cost else 0,
        "requests": cost.requests if cost else 0,
        "confidence": float(harvest.confidence.mean()) if len(harvest) else None,
        "not_reached": [
            classes[label] for label in sorted(given_up) if sums[0][label] < wanted // len(classes)
        ],
        "per_class": per_class,
    }


def chosen(words: str | None, knowledge: Knowledge) -> Choice[Synthesis]:
    """The synthesis that is asked for, or the one that makes the most of what is known.

    Raises ConfigurationError for words that name none or set one so that it cannot be meant, CannotAttack for
    one that needs other knowledge.
    """
    most = knowledge.kind if knowledge.kind in SYNTHESES.names() else FROM_NOTHING
    choice = Choice.read(words or most, SYNTHESES)
    choice.make().check()
    works_from = SYNTHESES.load(choice.name).works_from
    if knowledge.kind not in works_from:
        raise CannotAttack(
            f"The synthesis {choice.name!r} works from {' or '.join(works_from)}, and what is known is "
            f"{knowledge.kind!r}; choose --synthesis {most}."
        )
    return choice
