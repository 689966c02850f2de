"""What a run is going to ask, before it asks anything: refused now rather than when half of it is paid."""

import numpy as np

from attacker import synthesizing
from attacker.adapting import LOOKS
from attacker.base import Base
from attacker.challenge import Challenge
from attacker.configuration import Method
from attacker.errors import ConfigurationError
from attacker.ledger import Phase
from attacker.probe import Probe
from attacker.records import Records
from attacker.session import Session
from attacker.synthesis import SYNTHESES, Order

LOOKED_AT = 200  # records that a deployed model is asked, to see what its answers are
LEAST_TO_JUDGE_BY = 3  # shadow models: more than a pair


def begin(run: Session, method: Method, challenge: Challenge, base: Base | None = None) -> Challenge:
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
    if base is not None:
        base.check(challenge, method)
    run.purse(planned(challenge, method)).check()
    return challenge.keep(run.store)


def planned(challenge: Challenge, method: Method, repeats: int = 1) -> dict[Phase, int]:
    """Records to ask, by phase: each model the candidates and the known records, and around them."""
    around = repeats - 1 + sum(probe.queries for probe in probes(challenge, method))
    looks = min(LOOKS, len(challenge.candidates)) if method.adapt and repeats == 1 else 0
    looks += min(LOOKED_AT, len(challenge.candidates)) if challenge.deployed else 0
    candidates, known = len(challenge.candidates), expected_known(challenge, method)
    models = 0 if challenge.told else method.shadows
    asked_known = known if asks_known(challenge, method) else 0
    plan: dict[Phase, int] = {
        "shadow_queries": models * (candidates + known) * (1 + around),
        "target_queries": len(challenge.model_ids) * (candidates * (1 + around) + repeats * asked_known)
        + looks,
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
