"""Attack models trained through the black box under attack, as its customer; nothing is paid twice."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker.client.documents import Limits, Price
from attacker.client.provider import Provider
from attacker.errors import CannotAttack
from attacker.fingerprint import fingerprint
from attacker.ledger import Clock, Cost, Entry
from attacker.oracle import Oracle, unpack
from attacker.service import Asking, Service
from attacker.store import Store
from attacker.targets.native import NativeTarget

OUT, IN = 0, 1  # the classes that an attack model knows
NAMES = (str(OUT), str(IN))
READY = "ready"


@dataclass(frozen=True, kw_only=True)
class KeptModels(Service):
    """What a run was answered by the attack models that it had trained. No network."""

    store: Store

    def learn(self, records: NDArray[np.float32], member: NDArray[np.bool_]) -> Asking:
        table = np.column_stack([np.where(member, IN, OUT), records]).astype(np.float32)
        model = self.named(table)
        self.order(model, table)
        return lambda asked: self.answers(model, asked)

    def named(self, table: NDArray[np.float32]) -> str:
        """The run's own name for what learns this table, (M, 1 + F)."""
        content = hashlib.blake2b(f"{table.shape}".encode() + table.tobytes(), digest_size=8)
        return f"m-{self.store.fact('token')}-a-{content.hexdigest()}"

    def answers(self, model: str, records: NDArray[np.float32]) -> NDArray[np.float64]:
        """P(in), (N,), as it was answered, or now is."""
        marks = fingerprint(records)
        if len(self.store.answers(model, marks)) < len(set(marks)):
            self.ask(model, records)
        kept = self.store.answers(model, marks)
        return unpack([kept[mark] for mark in marks], len(NAMES))[:, IN].astype(np.float64)

    def order(self, model: str, table: NDArray[np.float32]) -> None:
        """Have the model trained, where that can be done."""

    def ask(self, model: str, records: NDArray[np.float32]) -> None:
        """Have the records answered by it; raises CannotAttack."""
        raise CannotAttack(
            "The service under attack was not asked for these attack models; begin a run with the same words "
            "among its --attacks."
        )


@dataclass(frozen=True, kw_only=True)
class AttackModels(KeptModels):
    """The same while the service can be asked: trainings are ordered at once, and waited for when asked."""

    provider: Provider
    oracle: Oracle
    profile: str
    options: Mapping[str, Any]
    price: Price
    limits: Limits
    ordered: dict[str, tuple[Entry, Cost]] = field(default_factory=dict)  # uploads, and trainings under way
    targets: dict[str, NativeTarget] = field(default_factory=dict)

    def order(self, model: str, table: NDArray[np.float32]) -> None:
        """Ordered again after a crash, it is the same dataset and the same training."""
        if model in self.ordered or self.store.fact(model) is not None:
            return
        clock, size = Clock(), len(table)
        dataset_id, moved = self.provider.upload(table, model)
        uploaded = Entry("upload", model, Cost(size, 1, moved, clock.lap(), 0.0))
        rows = range(size)
        _, moved = self.provider.train(model, dataset_id, self.profile, self.options, rows)
        self.ordered[model] = uploaded, Cost(size, 1, moved, clock.lap(), self.price.training)

    def ask(self, model: str, records: NDArray[np.float32]) -> None:
        """Raises BudgetExhausted and ServiceError too; what was answered until then is kept."""
        if model not in self.targets:
            self.targets[model] = self.trained(model)
        self.oracle.ask(self.targets[model], records, "attack_queries")

    def trained(self, model: str) -> NativeTarget:
        """The model once its training has ended; how, and at what cost, is kept. Raises CannotAttack."""
        clock, document = Clock(), self.provider.ended(model)
        if model in self.ordered:
            uploaded, cost = self.ordered.pop(model)
            trained = Entry("attack_training", model, replace(cost, seconds=cost.seconds + clock.lap()))
            told = READY if document.state == READY else document.error or document.state
            self.store.keep(model, told, uploaded, trained)
        if document.state != READY:
            raise CannotAttack(
                f"The service did not train an attack model ({self.store.fact(model)}); choose another "
                "classifier."
            )
        return NativeTarget(self.provider, document, NAMES, self.limits)
