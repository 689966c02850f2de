"""Everything that an attack asks of the provider, in order. Each step looks first into what the run has.

The target is asked about the candidates first: a synthesis may use up what a quota leaves.
"""

from collections.abc import Iterable

import numpy as np

from attacker import ledger, shadows, synthesizing
from attacker.attack_models import AttackModels
from attacker.challenge import Challenge
from attacker.client.npy import compact
from attacker.client.provider import Provider
from attacker.configuration import Method
from attacker.errors import ConfigurationError, ShadowsFailed, TooFewRecords
from attacker.ledger import Cost, Entry, Phase
from attacker.oracle import Oracle
from attacker.probe import Probe
from attacker.records import Records
from attacker.service import Service
from attacker.session import Session
from attacker.store import Shadow
from attacker.synthesis import SYNTHESES, Order
from attacker.target import Target
from attacker.targets.native import NativeTarget

NONE = np.empty(0, np.int64)
LEAST_TO_JUDGE_BY = 3  # shadow models: more than a pair


class Questioning:
    """One run's questions about one challenge, asked of one provider."""

    def __init__(self, run: Session, method: Method, challenge: Challenge, provider: Provider) -> None:
        self.run, self.method, self.challenge, self.provider = run, method, challenge, provider
        self.price = run.price(provider, challenge.profile)
        self.oracle = run.oracle(self.price, planned(challenge, method))
        self.recipe = method.recipe(challenge.profile, challenge.options)
        self.shadow_price = run.price(provider, self.recipe.profile, of="shadow_")

    def ask(self) -> None:
        """All of it. Raises BudgetExhausted, QuotaExceeded, TooFewRecords and ShadowsFailed."""
        self.ask_about_candidates()
        known = self.shadow_data()
        self.ask_about_known(known)
        self.ask_shadows(known)

    def service(self) -> Service:
        """The same provider for attacks that have models of their own trained by it, as the targets were."""
        return AttackModels(
            store=self.run.store,
            provider=self.provider,
            oracle=self.oracle,
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

    def targets(self) -> Iterable[Target]:
        for model_id in self.challenge.model_ids:
            yield self.target(model_id)

    def target(self, model_id: str) -> Target:
        model, limits = self.provider.model(model_id), self.run.limits(self.provider)
        return NativeTarget(self.provider, model, self.challenge.classes, limits)

    def inquire(self, oracle: Oracle, target: Target, records: Records, phase: Phase) -> None:
        """The records themselves, and what the attacks' probes ask around them."""
        oracle.ask(target, records.features, phase)
        for probe in probes(self.challenge, self.method):
            oracle.observe(target, probe, records, self.challenge.knowledge.format, phase)

    def shadow_data(self) -> Records:
        """The known records: those that are granted, or new ones made at the target."""
        store = self.run.store
        if store.fact("shadow_data") is None:
            known = self.known() if self.challenge.needs_known else self.challenge.candidates.take(NONE)
            store.write("shadow_data", compact(known.table()))
            store.keep("shadow_data", True)
        return Records.of(store.read("shadow_data"))

    def known(self) -> Records:
        """Raises TooFewRecords when a synthesis did not give enough."""
        challenge, run = self.challenge, self.run
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
            self.oracle.ask(target, known.features, "target_queries")
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
        trainer = shadows.Trainer(self.provider, store, self.recipe, self.shadow_price, self.run.screen)
        oracle = self.oracle.at_price(self.shadow_price.per_1000_records)
        uploaded_names = tuple(str(index) for index in range(len(challenge.classes)))
        limits = self.run.limits(self.provider)
        for _, model in trainer.train(dataset_id, store.shadows()):
            target = NativeTarget(self.provider, model, uploaded_names, limits)
            self.inquire(oracle, target, everything, "shadow_queries")
        self.report_failed()

    def plan(self, known: Records) -> shadows.Rows:
        """The pool's rows of candidates and known records; what each shadow learns of it is kept."""
        challenge, store, seed = self.challenge, self.run.store, self.method.seed
        if store.fact("pool") is None:
            pool = challenge.pool(len(known), seed)
            store.write("pool", pool)
            store.keep("pool", True)
        pool = store.read("pool")
        new = range(len(store.shadows()), 0 if challenge.told else self.method.shadows)
        names = [f"m-{self.run.token()}-s{number:03d}" for number in new]
        rows = shadows.plan(len(pool), challenge.learned, new, seed)
        store.plan_shadows(
            [
                Shadow(number, name, member, "planned", None)
                for number, name, member in zip(new, names, rows, strict=True)
            ]
        )
        return pool

    def upload(self, pool: Records) -> str:
        """Upload the pool once: every shadow model is trained on rows of it. The dataset's id."""
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


def begin(run: Session, method: Method, challenge: Challenge) -> Challenge:
    """Refuse what cannot end well while nothing is paid; then the challenge is the run's.

    Of granted records the run keeps those that it is going to use.
    """
    challenge = challenge.learning(method.training_size)
    if challenge.needs_known and not challenge.told:
        choice = synthesizing.chosen(method.synthesis, challenge.knowledge)
        one_at_a_time = Order(wanted_records(challenge, method), len(challenge.classes), 1)
        begun = choice.make().begin(challenge.knowledge, one_at_a_time, np.random.default_rng(0))
        if isinstance(begun, Records):
            challenge = challenge.with_records(known_records(challenge, method, begun))
        challenge.pool(expected_known(challenge, method), method.seed)
    if method.precision is not None and (challenge.told or method.shadows < LEAST_TO_JUDGE_BY):
        raise ConfigurationError(
            "--precision takes some shadow models to learn from and others to judge by; train "
            f"{LEAST_TO_JUDGE_BY} or more, or leave it away."
        )
    if probes(challenge, method):
        _ = challenge.knowledge.format.levels  # raises CannotAttack where nobody declared a feature's values
    run.purse(planned(challenge, method)).check()
    return challenge.keep(run.store)


def planned(challenge: Challenge, method: Method) -> dict[Phase, int]:
    """Records to ask, by phase: each model the candidates and the known records, and around them."""
    around = sum(probe.queries for probe in probes(challenge, method))
    candidates, known = len(challenge.candidates), expected_known(challenge, method)
    models = 0 if challenge.told else method.shadows
    asked_known = known if asks_known(challenge, method) else 0
    plan: dict[Phase, int] = {
        "shadow_queries": models * (candidates + known) * (1 + around),
        "target_queries": len(challenge.model_ids) * (candidates * (1 + around) + asked_known),
        "attack_queries": method.asking_service() * len(challenge.model_ids) * candidates,
    }
    if challenge.needs_known and not asks_known(challenge, method):
        plan["synthesis"] = wanted_records(challenge, method)  # a query a record is the least
    return plan


def probes(challenge: Challenge, method: Method) -> list[Probe]:
    """What is asked around records; nothing where there are no shadow models to compare it with."""
    return [] if challenge.told else method.probes()


def expected_known(challenge: Challenge, method: Method) -> int:
    if not challenge.needs_known:
        return 0
    if challenge.knowledge.records is None or not asks_known(challenge, method):
        return wanted_records(challenge, method)
    return len(challenge.knowledge.records)


def asks_known(challenge: Challenge, method: Method) -> bool:
    """Whether the target is asked about known records: real ones, not those that were made by asking it."""
    if challenge.told or challenge.knowledge.records is None:
        return challenge.told
    return not SYNTHESES.load(synthesizing.chosen(method.synthesis, challenge.knowledge).name).asks


def wanted_records(challenge: Challenge, method: Method) -> int:
    """How many to synthesise: for one shadow's in and out, and a tenth more for those that turn out equal."""
    return method.count or -(-22 * challenge.members // 10)


def known_records(challenge: Challenge, method: Method, found: Records) -> Records:
    """Each record once, and no candidate, so that shadows are strictly disjoint from the target's records.

    Of granted records no more are used than two training sets and a half; every shadow is asked about all.
    """
    apart = found.distinct().without(challenge.candidates)
    most = method.count or (-(-5 * challenge.members // 2) if asks_known(challenge, method) else len(apart))
    rng = np.random.default_rng([method.seed, *b"count"])
    return apart.take(np.sort(rng.permutation(len(apart))[:most]))
