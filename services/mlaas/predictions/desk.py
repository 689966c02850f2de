"""Where queries are answered: small ones on the event loop, together with those that arrive with them.

The product of sixteen records takes hardly longer than that of one, and a record has the same answer in both.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from time import thread_time

from services.mlaas.defence import Question
from services.mlaas.fitted_model import FittedModel
from services.mlaas.inference import answer, answer_together
from services.mlaas.ledger.charging import Waiting
from services.mlaas.ledger.writer import Ledger
from services.mlaas.loaded_models import LoadedModels
from services.mlaas.predictions.query import Query
from services.mlaas.turns import Turns

# Nothing may hold the event loop for longer, for all others wait meanwhile. Counted in processor time: a busy
# machine makes no model slower.
LONGEST_ON_THE_LOOP_S = 0.002
# What is larger is read and answered beside the loop: about 1 ms of work.
BYTES_ON_THE_LOOP = 16_384
MOST_TOGETHER = 16
MOST_REMEMBERED = 1_000
# A request is read in one round of the loop and handed in here in the next; each round takes some 10 us.
QUIET_ROUNDS = 4

Charged = asyncio.Future[int]


class Desk:
    """Answers queries and has them charged. For one thread, the event loop's."""

    def __init__(
        self,
        ledger: Ledger,
        loaded: LoadedModels,
        threads: Executor,
        most_records: int,
        at_once: int,
        clock: Callable[[], float] = thread_time,
    ) -> None:
        self.ledger, self.loaded, self.threads, self.most_records = ledger, loaded, threads, most_records
        self.clock = clock
        self.turns = Turns(at_once)
        self.waiting: list[tuple[Query, Charged]] = []
        self.quick: set[str] = set()  # the artefacts of models that were seen to answer in time

    async def answer(self, query: Query) -> int:
        """Fill in the query's answer; the number of records charged, once that is on disk.

        Raises BadData and what `Ledger.charge` raises.
        """
        loop = asyncio.get_running_loop()
        if len(query.body) > BYTES_ON_THE_LOOP or not self.at_hand(query):
            async with self.turns.of(query.admission.account_id):
                await loop.run_in_executor(self.threads, self.answer_apart, query)
            return await self.ledger.charge(query.entry)
        query.read(self.most_records)
        charged: Charged = loop.create_future()
        self.waiting.append((query, charged))
        if len(self.waiting) == 1:
            loop.call_soon(self.wait_for_more, loop.time() + LONGEST_ON_THE_LOOP_S, 1, 0)
        return await charged

    def wait_for_more(self, until: float, known: int, quiet: int) -> None:
        """Once a round of the loop: answer when nobody came for some, or the first has waited enough."""
        loop, count = asyncio.get_running_loop(), len(self.waiting)
        quiet = quiet + 1 if count == known else 0
        if quiet < QUIET_ROUNDS and count < MOST_TOGETHER and loop.time() < until:
            loop.call_soon(self.wait_for_more, until, count, quiet)
        else:
            self.answer_waiting()

    def at_hand(self, query: Query) -> bool:
        artifact = query.admission.artifact
        return artifact in self.quick and self.loaded.holds(artifact)

    def answer_apart(self, query: Query) -> None:
        query.read(self.most_records)
        began = self.clock()
        query.answer = answer(
            self.model(query), query.records, query.admission.defences, self.question(query)
        )
        # A guard computes more than the model, and need not be in memory.
        if query.admission.guard is None and self.clock() - began < LONGEST_ON_THE_LOOP_S:
            if len(self.quick) >= MOST_REMEMBERED:
                self.quick.clear()
            self.quick.add(query.admission.artifact)

    def answer_waiting(self) -> None:
        """Those that arrived while the loop was at other things, a few at a time."""
        together, self.waiting = self.waiting[:MOST_TOGETHER], self.waiting[MOST_TOGETHER:]
        if self.waiting:
            asyncio.get_running_loop().call_soon(self.answer_waiting)
        by_artifact = defaultdict(list)
        for query, charged in together:
            by_artifact[query.admission.artifact].append((query, charged))
        for asked in by_artifact.values():
            self.answer_together(asked)

    def answer_together(self, asked: Sequence[tuple[Query, Charged]]) -> None:
        """Queries to one model, handed on to the ledger."""
        queries, began = [query for query, _ in asked], self.clock()
        try:
            answers = answer_together(
                self.model(queries[0]),
                [(query.records, query.admission.defences, self.question(query)) for query in queries],
            )
        except Exception as error:
            for charged in [charged for _, charged in asked if not charged.done()]:
                charged.set_exception(error)
            return
        if self.clock() - began > LONGEST_ON_THE_LOOP_S:
            self.quick.discard(queries[0].admission.artifact)
        for query, own in zip(queries, answers, strict=True):
            query.answer = own
        self.ledger.enter([Waiting(query.entry, charged) for query, charged in asked])

    def model(self, query: Query) -> FittedModel:
        return self.loaded.get(query.admission.artifact)

    def question(self, query: Query) -> Question:
        admission = query.admission
        guard = self.loaded.get(admission.guard) if admission.guard else None
        return Question(admission.secret, query.occasion, guard=guard)
