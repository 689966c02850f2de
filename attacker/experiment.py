"""A membership inference attack from the first request to the result, stage by stage. Read this file first.

Every stage looks into the run's store before it acts: a run stopped anywhere goes on where it was.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker import description, inference, ledger, records, shadows, synthesizing
from attacker.challenge import Challenge
from attacker.client.documents import GameDocument, Model, member
from attacker.client.npy import compact
from attacker.client.provider import Provider
from attacker.configuration import Method
from attacker.errors import (
    AttackerError,
    BudgetExhausted,
    CannotAttack,
    QuotaExceeded,
    ShadowsFailed,
    TooFewRecords,
)
from attacker.game import Game
from attacker.knowledge import Knowledge
from attacker.ledger import Cost, Entry
from attacker.records import Records
from attacker.report import harvest, result
from attacker.session import Session
from attacker.store import Split
from attacker.synthesis import Order
from attacker.target import Target
from attacker.targets.native import NativeTarget

LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Run(Session):
    """A session with all that its user decided about the attack."""

    method: Method


@dataclass(frozen=True)
class Audited:
    """What a user names to attack a model without a game.

    `population` are records, `knowledge` a file of marginals or of the format; neither: the format is the
    model's. `members` is the size of its training set: half of the population, when it is not known.
    """

    service_url: str
    model_id: str
    candidates: Path
    population: Path | None
    knowledge: Path | None
    members: int | None
    truth: Path | None


@dataclass(frozen=True)
class Wanted:
    """What a user names to have records synthesised: of which model, how many, how, from what knowledge."""

    service_url: str
    model_id: str
    count: int
    synthesis: str | None
    knowledge: Path | None
    seed: int


def play(run: Run, game: Game) -> str:
    """Play a game up to its submission; the submission's id."""
    if (submitted := run.store.fact("submission")) is not None:
        return str(submitted)
    run.store.begin_session()
    document = open_game(run, game)
    attack(run, lambda: Challenge.of_game(document, game.candidates(document), game.knowledge(document)))
    run.screen.stage("handing in the scores")
    return str(run.store.once("submission", lambda: game.submit(submission(run), run.token())))


def audit(run: Run, audited: Audited) -> dict[str, Any]:
    """Attack a model of a bare service; the result, which is in the run folder with everybody's scores."""
    run.store.begin_session()
    challenge = attack(run, lambda: challenge_of_model(run, audited))
    truth = records.read_truth(audited.truth, len(challenge.candidates)) if audited.truth else None
    return assess(run, challenge, truth)


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
    oracle = session.oracle(session.price(provider, model.profile), {})
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


def attack(run: Run, take: Callable[[], Challenge]) -> Challenge:
    """The attack itself (Shokri et al. 2017, sec. V): shadow models in, membership scores out.

    Raises BudgetExhausted and QuotaExceeded when no more may be asked, TooFewRecords when a synthesis did not
    suffice; the run folder then has a partial result. With a larger budget, a run goes on from there.
    """
    challenge = Challenge.kept(run.store) or begin(run, take())
    if not run.store.fact("fitted"):
        try:
            provider = run.sign_up(challenge.provider_url)
            ask_targets(run, challenge, provider)
            shadow_data = gather_shadow_data(run, challenge, provider)
            ask_shadows(run, challenge, provider, shadow_data)
            run.check_ledger(provider)
        except (BudgetExhausted, QuotaExceeded, TooFewRecords) as reason:
            result.write(run.store.folder, result.partial(run.store, str(reason)))
            raise
        infer(run, challenge)
    return challenge


def open_game(run: Run, game: Game) -> GameDocument:
    """The game once it is open; kept, so that it cannot change under the run."""
    run.screen.stage("waiting for the game to open")
    return GameDocument.read(run.store.once("game", game.open))


def challenge_of_model(run: Run, audited: Audited) -> Challenge:
    """The user's own question about a model: the format is the model's, the records are the user's."""
    model = ready_model(run.sign_up(audited.service_url), audited.model_id)
    candidates = records.read(audited.candidates, model.classes, len(model.format) or None)
    if audited.population is not None:
        population = records.read(audited.population, model.classes, candidates.features.shape[1])
        described = knowledge_of_model(model, audited.knowledge)
        known = Knowledge("population", described.format, population)
    else:
        known = knowledge_of_model(model, audited.knowledge)
    if audited.truth is not None:
        records.read_truth(audited.truth, len(candidates))  # refused now rather than when all is paid
    return Challenge.of_model(audited.service_url, model, candidates, known, audited.members)


def ready_model(provider: Provider, model_id: str) -> Model:
    """Raises CannotAttack for a model that cannot be asked."""
    model = provider.model(model_id, wait=True)
    if model.state != "ready":
        raise CannotAttack(f"Model {model.id} is {model.state}; attack it when it is ready.")
    return model


def knowledge_of_model(model: Model, file: Path | None) -> Knowledge:
    """What the user describes in a file; without one, the format as the model's owner declares it."""
    return description.read(file, len(model.format)) if file else Knowledge("format", model.format)


def begin(run: Run, challenge: Challenge) -> Challenge:
    """Refuse what cannot end well while nothing is paid; then the challenge is the run's."""
    choice = synthesizing.chosen(run.method.synthesis, challenge.knowledge)
    wanted, planned = wanted_records(run, challenge), challenge.planned(run.method.shadows)
    one_at_a_time = Order(wanted, len(challenge.classes), 1)
    begun = choice.make().begin(challenge.knowledge, one_at_a_time, np.random.default_rng(0))
    if isinstance(begun, Records):
        plan(run, challenge, shadow_records(run, challenge, begun))
    else:
        shadows.check(wanted, challenge.members)
        planned["synthesis"] = wanted  # a query a record is the least
    run.purse(planned).check()
    return challenge.keep(run.store)


def ask_targets(run: Run, challenge: Challenge, provider: Provider) -> None:
    """Ask about the candidates first: a synthesis may take all that a quota leaves."""
    price = run.price(provider, challenge.profile)
    oracle = run.oracle(price, challenge.planned(run.method.shadows))
    run.screen.stage("asking the target about the candidates")
    run.screen.expect(run.method.shadows, sum(oracle.purse.planned.values()), run.store.asked())
    for model_id in challenge.model_ids:
        oracle.ask(
            target_of(run, challenge, provider, model_id), challenge.candidates.features, "target_queries"
        )


def target_of(run: Run, challenge: Challenge, provider: Provider, model_id: str) -> Target:
    return NativeTarget(provider, provider.model(model_id), challenge.classes, run.limits(provider))


def gather_shadow_data(run: Run, challenge: Challenge, provider: Provider) -> Records:
    """Records to train shadow models on: those that are known, or new ones made at the target."""
    if run.store.fact("shadow_data") is None:
        choice = synthesizing.chosen(run.method.synthesis, challenge.knowledge)
        run.screen.stage(f"shadow data: {choice.name}")
        target = target_of(run, challenge, provider, challenge.model_ids[0])
        order = Order(
            wanted_records(run, challenge),
            len(challenge.classes),
            target.batch(challenge.candidates.features.shape[1]),
        )
        oracle = run.oracle(run.price(provider, challenge.profile), challenge.planned(run.method.shadows))
        gathering = synthesizing.Gathering(run.store, oracle, target, run.screen, challenge.classes)
        found = gathering.gather(choice, challenge.knowledge, order, run.method.seed)
        apart = shadow_records(run, challenge, found)
        if len(apart) < 2 * challenge.members:
            raise TooFewRecords(
                f"{len(apart)} distinct records came out of {choice.name}, and a shadow model needs "
                f"{2 * challenge.members}; begin anew in another --out, with a larger --count, another "
                "--synthesis or a smaller training size."
            )
        run.store.write("shadow_data", compact(apart.table()))
        run.store.keep("shadow_data", True)
    return Records.of(run.store.read("shadow_data"))


def wanted_records(run: Run, challenge: Challenge) -> int:
    """How many to synthesise: for one shadow's in and out, and a tenth more for those that turn out equal."""
    return run.method.count or -(-22 * challenge.members // 10)


def shadow_records(run: Run, challenge: Challenge, found: Records) -> Records:
    """Each record once, and no candidate: shadows are strictly disjoint from the target's records."""
    apart = found.distinct().without(challenge.candidates)
    if run.method.count is None:
        return apart
    rng = np.random.default_rng([run.method.seed, *b"count"])
    return apart.take(np.sort(rng.permutation(len(apart))[: run.method.count]))


def plan(run: Run, challenge: Challenge, shadow_data: Records) -> list[Split]:
    """Which records each shadow model learns and which it never sees; raises ConfigurationError."""
    return shadows.plan(len(shadow_data), challenge.members, run.method.shadows, run.method.seed)


def ask_shadows(run: Run, challenge: Challenge, provider: Provider, shadow_data: Records) -> None:
    """Train the shadows through the target's own API and profile, and ask each about its own records."""
    if not run.store.shadows():
        names = [f"m-{run.token()}-s{number:03d}" for number in range(run.method.shadows)]
        run.store.plan_shadows(names, plan(run, challenge, shadow_data))
    dataset_id = upload(run, shadow_data, provider)
    price = run.price(provider, challenge.profile)
    oracle = run.oracle(price, challenge.planned(run.method.shadows))
    trainer = shadows.Trainer(provider, run.store, challenge.profile, challenge.options, price, run.screen)
    run.screen.stage("training and asking the shadow models")
    uploaded_names = tuple(str(index) for index in range(len(challenge.classes)))
    for shadow, model in trainer.train(dataset_id, run.store.shadows()):
        own = np.concatenate([shadow.split.member, shadow.split.non_member])
        target = NativeTarget(provider, model, uploaded_names, run.limits(provider))
        oracle.ask(target, shadow_data.features[own], "shadow_queries")
    report_failed(run)


def upload(run: Run, shadow_data: Records, provider: Provider) -> str:
    """Upload the shadow data once: every shadow model is trained on rows of it. The dataset's id."""
    run.screen.stage("uploading the shadow data")
    if (kept := run.store.fact("dataset")) is not None:
        return str(kept)
    clock = ledger.Clock()
    dataset_id, moved = provider.upload(shadow_data.table(), "shadow data")
    cost = Cost(len(shadow_data), 1, moved, clock.lap(), 0.0)
    run.store.keep("dataset", dataset_id, Entry("upload", "", cost))
    return dataset_id


def report_failed(run: Run) -> None:
    """Name the shadow models that were not trained; raises ShadowsFailed when none was."""
    trainings = run.store.shadows()
    failed = [
        f"{shadow.model} ({shadow.error or shadow.state})" for shadow in trainings if shadow.state != "ready"
    ]
    if len(failed) == len(trainings):
        raise ShadowsFailed(f"No shadow model was trained: {failed[0]}; begin anew in another --out.")
    if failed:
        run.screen.note(f"{len(failed)} of {len(trainings)} shadow models failed: {', '.join(failed)}.")


def infer(run: Run, challenge: Challenge) -> None:
    """Fit every attack on the shadows' answers, and judge the candidates by the targets' answers."""
    for name in run.method.attacks:
        run.screen.stage(f"fitting {name}")
        try:
            inference.infer(run.store, challenge, name, run.method.seed)
        except CannotAttack as error:
            if name == run.method.primary:
                raise
            run.screen.note(f"{name} is left out: {error}")
    run.store.keep("fitted", True)


def submission(run: Run) -> dict[str, Any]:
    """The scores and decisions of every attack, and what they cost."""
    return {
        "attacks": [
            inference.described(judged)
            | {"scores": judged.scores.tolist(), "decisions": judged.decisions.tolist()}
            for judged in run.store.judged()
            if judged.attack in run.method.attacks
        ],
        "primary": run.method.primary,
        "ledger": {phase: asdict(cost) for phase, cost in run.store.costs().items()},
    }


def conclude(run: Run, game: Game, patience_s: float) -> dict[str, Any] | None:
    """Truth, evaluations and result, once the owner has closed the game; None if that takes too long."""
    run.screen.stage("waiting for the owner to close the game")
    deadline = time.monotonic() + patience_s
    while (evaluated := game.evaluations(run.store.fact("submission"))) is None:
        if time.monotonic() >= deadline:
            return None
        run.http.sleep(LOOK_AGAIN_S)
    run.store.begin_session()
    truth = game.membership(GameDocument.read(run.store.fact("game")))
    run.store.write("truth", truth)
    run.store.keep("closed", True)
    target, attacks = member(evaluated, "target", dict), member(evaluated, "attacks", list)
    return result.write(run.store.folder, result.result(run.store, target, attacks))


def assess(run: Run, challenge: Challenge, truth: NDArray[np.bool_] | None) -> dict[str, Any]:
    """The result of an audit; with evaluations once the user has told the truth, (T, N)."""
    if truth is not None:
        run.store.write("truth", truth)
    judged, known = run.store.judged(), run.store.truth()
    attacks = [inference.evaluation(one, challenge, known, run.method.seed) for one in judged]
    run.store.keep("closed", True)
    result.write_scores(run.store.folder, judged)
    return result.write(run.store.folder, result.result(run.store, {}, attacks))
