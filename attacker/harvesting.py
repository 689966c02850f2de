"""Records synthesised for their own sake: out of a model's answers, into a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attacker import synthesizing
from attacker.errors import AttackerError
from attacker.named_model import knowledge_of_model, ready_model
from attacker.report import harvest
from attacker.session import Session
from attacker.synthesis import Order
from attacker.targets.native import NativeTarget


@dataclass(frozen=True)
class Wanted:
    """What a user names to have records synthesised: of which model, how many, how, from what knowledge."""

    service_url: str
    model_id: str
    count: int
    synthesis: str | None
    knowledge: Path | None
    seed: int


def synthesize(session: Session, wanted: Wanted, out: Path) -> dict[str, Any]:
    """Records like those that a model was trained on, written to `out`, and nothing more; the result.

    What was found is written all the same when a budget ends or a service fails.
    """
    session.store.begin_session()
    provider = session.sign_up(wanted.service_url)
    model = ready_model(provider, wanted.model_id)
    harvest.check_classes(out, model.classes)
    known = knowledge_of_model(model, wanted.knowledge)
    choice = synthesizing.chosen(wanted.synthesis, known)
    target = NativeTarget(provider, model, model.classes, session.limits(provider))
    order = Order(wanted.count, len(model.classes), target.batch(len(known.format)))
    oracle = session.oracle(session.price(provider, model.profile).per_1000_records, {})
    session.screen.stage(f"shadow data: {choice.name}")
    gathering = synthesizing.Gathering(session.store, oracle, target, session.screen, model.classes)
    stopped = None
    try:
        gathering.gather(choice, known, order, wanted.seed)
    except AttackerError as reason:
        if not session.store.costs():
            raise
        stopped = reason
    found = harvest.write(out, session.store, model, str(stopped) if stopped else None)
    if stopped:
        session.screen.note(f"what was found until now is in {out}.")
        raise stopped
    session.check_ledger(provider)
    return found
