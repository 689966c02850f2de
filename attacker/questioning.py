"""Everything that an attack asks of the provider, in order. Each step looks first into what the run has.

The target is asked about the candidates first: a synthesis may use up what a quota leaves.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker import ledger, reading, shadows, synthesizing
from attacker.adapting import FACT, LABEL_ONLY, LOOKS, QUERIES, REPEATS, Adaptation, labels_alone
from attacker.attack_models import AttackModels
from attacker.base import Base
from attacker.challenge import Challenge
from attacker.client.npy import compact
from attacker.client.provider import Provider
from attacker.configuration import Method
from attacker.errors import BudgetExhausted, ShadowsFailed, TooFewRecords
from attacker.ledger import Cost, Entry, Phase
from attacker.meeting import DeployedTarget, Meeting
from attacker.named_model import ready_model
from attacker.oracle import Oracle
from attacker.planning import LOOKED_AT, asks_known, known_records, planned, probes, wanted_records
from attacker.reading import READING, Reading
from attacker.records import Records
from attacker.service import Service
from attacker.session import Session
from attacker.store import Shadow
from attacker.synthesis import Order
from attacker.target import Target
from attacker.targets.native import NativeTarget

NONE = np.empty(0, np.int64)
FREE = 0.0  # what a deployed model costs is not known


class Questioning:
    """One run's questions about one challenge, asked of one provider; it may stand on a `base`."""

    def __init__(
        self, run: Session, method: Method, challenge: Challenge, provider: Provider, base: Base | None = None
    ) -> None:
        self.run, self.challenge, self.provider, self.base = run, challenge, provider, base
        self.price = run.price(provider, challenge.profile)
        self.target_price = FREE if challenge.deployed else self.price.per_1000_records
        self.proceed(method, Adaptation.kept(run.store))
        self.recipe = method.recipe(challenge.profile, challenge.options)
        self.shadow_price = run.price(provider, self.recipe.profile, of="shadow_")

    def proceed(self, method: Method, adaptation: Adaptation) -> None:
        """In this way from now on."""
        self.method, self.adaptation = method.adapted(adaptation), adaptation
        self.oracle = self.run.oracle(
            self.target_price, planned(self.challenge, self.method, adaptation.repeats)
        )

    def ask(self) -> None:
        """All of it. Raises BudgetExhausted, QuotaExceeded, TooFewRecords and ShadowsFailed."""
        self.ask_about_candidates()
        if (self.check_deployed() or self.method.adapt) and not self.challenge.told:
            self.adapt()
            self.ask_about_candidates()
        known = self.shadow_data()
        self.ask_about_known(known)
        self.ask_shadows(known)

    def service(self) -> Service:
        """The same provider for attacks that have models of their own trained by it, as the targets were."""
        return AttackModels(
            store=self.run.store,
            provider=self.provider,
            oracle=self.oracle.at_price(self.price.per_1000_records),
            profile=self.challenge.profile,
            options=self.challenge.options,
            price=self.price,
            limits=self.run.limits(self.provider),
        )

    def ask_about_candidates(self) -> None:
        run, challenge = self.run, self.challenge
        run.screen.stage("asking the target about the candidates")
        run.screen.expect(
            0 if challenge.told else self.method.shadows,
            sum(self.oracle.purse.planned.values()),
            run.store.asked(),
        )
        for target in self.targets():
            self.inquire(self.oracle, target, challenge.candidates, "target_queries")

    def adapt(self) -> None:
        """Look at what the first target answered, and proceed accordingly."""
        store = self.run.store
        if store.fact(FACT) is None:
            self.run.screen.stage("looking for a filter on the answers")
            target, asked = next(iter(self.targets())), self.challenge.candidates.features
            first = self.oracle.ask(target, asked, "target_queries")
            again = self.oracle.ask(target, asked[:LOOKS], "target_queries", repeat=1)
            attack = self.turned_to() if labels_alone(first) else ""
            fresh = not np.array_equal(first[: len(again)], again)
            Adaptation(self.affordable_repeats(attack) if fresh else 1, attack).keep(store)
        self.proceed(self.method, Adaptation.kept(store))
        for told in self.adaptation.told():
            self.run.screen.note(f"{told}.")

    def turned_to(self) -> str:
        """The attack on labels that there is room for; none where one is among the attacks already."""
        if self.method.probes():
            return ""
        names = (f"{LABEL_ONLY}:queries={queries}" for queries in QUERIES)
        return next((name for name in names if self.affordable(Adaptation(attack=name))), "")

    def affordable_repeats(self, attack: str) -> int:
        return next((most for most in REPEATS if self.affordable(Adaptation(most, attack))), 1)

    def affordable(self, adaptation: Adaptation) -> bool:
        """Whether the budget has room for it."""
        wanted = planned(self.challenge, self.method.adapted(adaptation), adaptation.repeats)
        try:
            self.run.purse(wanted).check()
        except BudgetExhausted:
            return False
        return True

    def targets(self) -> Iterable[Target]:
        for model_id in self.challenge.model_ids:
            yield self.target(model_id)

    def target(self, model_id: str) -> Target:
        if self.deployed is not None:
            return self.deployed
        model, limits = ready_model(self.provider, model_id), self.run.limits(self.provider)
        return NativeTarget(self.provider, model, self.challenge.classes, limits)

    @cached_property
    def deployed(self) -> DeployedTarget | None:
        """The target, where it is somebody else's server."""
        if self.challenge.deployed is None:
            return None
        sample = self.challenge.candidates.features
        met = Meeting.begin(self.run.http, self.challenge.deployed, self.run.target_key, sample[:1])
        return DeployedTarget(met, self.reading(met, sample[: min(met.most, LOOKED_AT)]))

    def reading(self, met: Meeting, sample: NDArray[Any]) -> Reading:
        """What the deployed model's answers are, by its answers about `sample` (n, D); kept by the run."""
        store, classes = self.run.store, self.challenge.classes
        if (kind := store.fact(READING)) is not None:
            return Reading(kind, classes)
        self.run.screen.stage("finding out what the model answers")
        self.oracle.purse.reserve("target_queries", len(sample))
        clock = ledger.Clock()
        parts = list(met.answered(sample, f"{self.run.token()}-reading"))
        found = reading.found(parts[0][0], classes, met.deployed.answers)
        cost = Cost(len(sample), len(parts), sum(moved for _, moved in parts), clock.lap(), FREE)
        store.keep(READING, found.kind, Entry("target_queries", met.deployed.model, cost))
        self.run.screen.note(f"{found.told()}.")
        return found

    def check_deployed(self) -> bool:
        """Whether a deployed model answers nothing but labels, which attacks have to be adapted to.

        Raises CannotAttack where it has the classes in another order than the run.
        """
        if self.deployed is None:
            return False
        candidates = self.challenge.candidates
        answers = self.oracle.ask(self.deployed, candidates.features, "target_queries")
        reading.check_order(answers, candidates.labels, self.challenge.classes)
        return labels_alone(answers)

    def inquire(self, oracle: Oracle, target: Target, records: Records, phase: Phase) -> None:
        """The records themselves, as often as needed, and what the attacks' probes ask around them."""
        self.ask_again(oracle, target, records, phase)
        for probe in probes(self.challenge, self.method):
            oracle.observe(target, probe, records, self.challenge.knowledge.format, phase)

    def ask_again(self, oracle: Oracle, target: Target, records: Records, phase: Phase) -> None:
        for repeat in range(self.adaptation.repeats):
            oracle.complete(target, records.features, phase, repeat)

    def shadow_data(self) -> Records:
        """The known records: those that are granted, or new ones made at the target."""
        store = self.run.store
        if store.fact("shadow_data") is None:
            if self.base:
                store.write("shadow_data", self.base.known)
                store.keep("synthesis", self.base.known_are)
            else:
                store.write("shadow_data", compact(self.known().table()))
            store.keep("shadow_data", True)
        return Records.of(store.read("shadow_data"))

    def known(self) -> Records:
        """Raises TooFewRecords when a synthesis did not give enough."""
        challenge, run = self.challenge, self.run
        if not challenge.needs_known:
            return challenge.candidates.take(NONE)
        if challenge.told:
            assert challenge.knowledge.records is not None
            return challenge.knowledge.records
        choice = synthesizing.chosen(self.method.synthesis, challenge.knowledge)
        run.screen.stage(f"shadow data: {choice.name}")
        target = self.target(challenge.model_ids[0])
        order = Order(
            wanted_records(challenge, self.method),
            len(challenge.classes),
            target.batch(challenge.candidates.features.shape[1]),
        )
        gathering = synthesizing.Gathering(run.store, self.oracle, target, run.screen, challenge.classes)
        found = gathering.gather(choice, challenge.knowledge, order, self.method.seed)
        known = known_records(challenge, self.method, found)
        if len(known) < 2 * challenge.members and challenge.access == "disjoint":
            raise TooFewRecords(
                f"{len(known)} distinct records came out of {choice.name}, and a shadow model needs "
                f"{2 * challenge.members}; begin anew in another --out, with a larger --count, another "
                "--synthesis or a smaller training size."
            )
        return known

    def ask_about_known(self, known: Records) -> None:
        """Of real records the target is asked too: what it says of non-members."""
        if not asks_known(self.challenge, self.method):
            return
        self.run.screen.stage("asking the target about known records")
        for target in self.targets():
            self.ask_again(self.oracle, target, known, "target_queries")
        self.run.store.keep("asked_known", True)

    def ask_shadows(self, known: Records) -> None:
        """Train the shadows through the target's own API and profile, and ask each about every record."""
        everything = self.challenge.candidates.and_(known)
        pool = everything.take(self.plan(known))
        if self.challenge.told:
            return
        dataset_id = self.upload(pool)
        self.run.screen.stage("training and asking the shadow models")
        challenge, store = self.challenge, self.run.store
        bases = {shadow.number: model for shadow, model in zip(store.shadows(), self.bases(), strict=False)}
        trainer = shadows.Trainer(
            self.provider, store, self.recipe, self.shadow_price, self.run.screen, bases
        )
        oracle = self.oracle.at_price(self.shadow_price.per_1000_records)
        uploaded_names = tuple(str(index) for index in range(len(challenge.classes)))
        limits = self.run.limits(self.provider)
        for _, model in trainer.train(dataset_id, store.shadows()):
            target = NativeTarget(self.provider, model, uploaded_names, limits)
            self.inquire(oracle, target, everything, "shadow_queries")
        self.report_failed()

    def bases(self) -> list[str]:
        """The models of the run that this one stands on, in the order of its shadows."""
        return [shadow.model for shadow in self.base.shadows] if self.base else []

    def plan(self, known: Records) -> shadows.Rows:
        """The pool's rows of candidates and known records; what each shadow learns of it is kept."""
        challenge, store, seed = self.challenge, self.run.store, self.method.seed
        if store.fact("pool") is None:
            pool = self.base.pool if self.base else challenge.pool(len(known), seed)
            store.write("pool", pool)
            store.keep("pool", True)
        pool = store.read("pool")
        new = range(len(store.shadows()), 0 if challenge.told else self.method.shadows)
        names = [f"m-{self.run.token()}-s{number:03d}" for number in new]
        rows = self.learned(len(pool), new)
        store.plan_shadows(
            [
                Shadow(number, name, member, "planned", None)
                for number, name, member in zip(new, names, rows, strict=True)
            ]
        )
        return pool

    def learned(self, pool: int, shadow_numbers: range) -> list[shadows.Rows]:
        """The rows of the pool that each shadow learns: as in the base, or as planned here."""
        if self.base:
            return [self.base.shadows[number].member for number in shadow_numbers]
        return shadows.plan(pool, self.challenge.learned, shadow_numbers, self.method.seed)

    def upload(self, pool: Records) -> str:
        """Upload the pool once: every shadow model is trained on rows of it. The dataset's id."""
        if self.base:
            return self.base.dataset
        self.run.screen.stage("uploading the shadow data")
        if (kept := self.run.store.fact("dataset")) is not None:
            return str(kept)
        clock = ledger.Clock()
        dataset_id, moved = self.provider.upload(pool.table(), "shadow data")
        requests = 1
        if self.challenge.shape:
            moved += self.provider.declare(dataset_id, self.challenge.knowledge.format, self.challenge.shape)
            requests = 2
        cost = Cost(len(pool), requests, moved, clock.lap(), 0.0)
        self.run.store.keep("dataset", dataset_id, Entry("upload", "", cost))
        return dataset_id

    def report_failed(self) -> None:
        """Name the shadow models that were not trained; raises ShadowsFailed when none was."""
        trainings = self.run.store.shadows()
        failed = [
            f"{shadow.model} ({shadow.error or shadow.state})"
            for shadow in trainings
            if shadow.state != "ready"
        ]
        if len(failed) == len(trainings):
            raise ShadowsFailed(f"No shadow model was trained: {failed[0]}; begin anew in another --out.")
        if failed:
            self.run.screen.note(
                f"{len(failed)} of {len(trainings)} shadow models failed: {', '.join(failed)}."
            )
