"""A membership inference attack from the first request to the result, stage by stage. Read this file first.

Every stage looks into the run's store before it acts: a run stopped anywhere goes on where it was.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attacker import inference, ledger, records, shadows
from attacker.challenge import Challenge
from attacker.client.documents import Count, GameDocument, Limits, Price, member
from attacker.client.http import Http
from attacker.client.provider import Provider
from attacker.configuration import Method
from attacker.errors import BudgetExhausted, CannotAttack, ShadowsFailed
from attacker.game import Game
from attacker.ledger import Cost, Entry
from attacker.oracle import Oracle
from attacker.report import result
from attacker.report.screen import Screen
from attacker.store import Store
from attacker.targets.native import NativeTarget

LOOK_AGAIN_S = 0.5


@dataclass(frozen=True)
class Run:
    """What a run works with: its folder, its line to the services, its user's screen and decisions."""

    store: Store
    http: Http
    screen: Screen
    method: Method
    budget: int | None = None
    api_key: str | None = None  # of an account that the user has; without one, the run signs up


@dataclass(frozen=True)
class Audited:
    """What a user names to attack a model without a game.

    `members` is the size of its training set: half of the population, when it is not known.
    """

    service_url: str
    model_id: str
    candidates: Path
    population: Path
    members: int | None
    truth: Path | None


def play(run: Run, game: Game) -> str:
    """Play a game up to its submission; the submission's id."""
    if (submitted := run.store.fact("submission")) is not None:
        return str(submitted)
    run.store.begin_session()
    document = open_game(run, game)
    attack(run, lambda: challenge_of_game(game, document))
    run.screen.stage("handing in the scores")
    return str(run.store.once("submission", lambda: game.submit(submission(run), token(run))))


def audit(run: Run, audited: Audited) -> dict[str, Any]:
    """Attack a model of a bare service; the result, which is in the run folder with everybody's scores."""
    run.store.begin_session()
    challenge = attack(run, lambda: challenge_of_model(run, audited))
    truth = records.read_truth(audited.truth, len(challenge.candidates)) if audited.truth else None
    return assess(run, challenge, truth)


def attack(run: Run, take: Callable[[], Challenge]) -> Challenge:
    """The attack itself (Shokri et al. 2017, sec. V): shadow models in, membership scores out."""
    challenge = Challenge.kept(run.store) or begin(run, take())
    if not run.store.fact("fitted"):
        provider = sign_up(run, challenge.provider_url)
        dataset_id = upload_population(run, challenge, provider)
        query_models(run, challenge, provider, dataset_id)
        check_ledger(run, provider)
        infer(run, challenge)
    return challenge


def open_game(run: Run, game: Game) -> GameDocument:
    """The game once it is open; kept, so that it cannot change under the run."""
    run.screen.stage("waiting for the game to open")
    return GameDocument.read(run.store.once("game", game.open))


def challenge_of_game(game: Game, document: GameDocument) -> Challenge:
    """What the game grants; raises CannotAttack for knowledge that this attacker cannot use."""
    if document.rules.knowledge != "population":
        raise CannotAttack(
            f"The game grants knowledge {document.rules.knowledge!r}, this attacker works from 'population'; "
            "ask the game's owner for such a one."
        )
    return Challenge.of_game(document, game.candidates(document), game.population(document))


def challenge_of_model(run: Run, audited: Audited) -> Challenge:
    """The user's own question about a model: the format is the model's, the records are the user's."""
    model = sign_up(run, audited.service_url).model(audited.model_id, wait=True)
    if model.state != "ready":
        raise CannotAttack(f"Model {model.id} is {model.state}; attack it when it is ready.")
    candidates = records.read(audited.candidates, model.classes, model.features)
    population = records.read(audited.population, model.classes, candidates.features.shape[1])
    if audited.truth is not None:
        records.read_truth(audited.truth, len(candidates))  # refused now rather than when all is paid
    return Challenge.of_model(audited.service_url, model, candidates, population, audited.members)


def token(run: Run) -> str:
    """The run's own name at the services: in its models' ids and its idempotency keys."""
    return str(run.store.once("token", lambda: secrets.token_hex(6)))


def begin(run: Run, challenge: Challenge) -> Challenge:
    """Plan which records each shadow model learns and never sees; refuse what cannot end well."""
    splits = shadows.plan(len(challenge.population), challenge.members, run.method.shadows, run.method.seed)
    queries = challenge.queries(len(splits))
    if run.budget is not None and queries > run.budget:
        raise BudgetExhausted(
            f"This run asks about {queries} records and the budget is {run.budget}; "
            "raise --budget, or train fewer --shadows."
        )
    names = [f"m-{token(run)}-s{number:03d}" for number in range(len(splits))]
    run.store.plan_shadows(names, splits)
    return challenge.keep(run.store)


def sign_up(run: Run, url: str) -> Provider:
    """The provider under the run's account: the user's, or a new one, as any customer gets it."""
    run.screen.stage("signing up at the provider")
    provider = Provider(run.http, url, run.store.fact("api_key") or run.api_key)
    if provider.key is None:
        provider = Provider(run.http, url, provider.sign_up())
    if run.store.fact("api_key") is None:
        usage = {model: asdict(count) for model, count in provider.usage().items()}
        run.store.keep("usage_before", usage)
        run.store.keep("api_key", provider.key)
    return provider


def upload_population(run: Run, challenge: Challenge, provider: Provider) -> str:
    """Upload the population once: every shadow model is trained on rows of it. The dataset's id."""
    run.screen.stage("uploading the population")
    if (kept := run.store.fact("dataset")) is not None:
        return str(kept)
    clock = ledger.Clock()
    dataset_id, moved = provider.upload(challenge.population.table(), "population")
    cost = Cost(len(challenge.population), 1, moved, clock.lap(), 0.0)
    run.store.keep("dataset", dataset_id, Entry("upload", "", cost))
    return dataset_id


def query_models(run: Run, challenge: Challenge, provider: Provider, dataset_id: str) -> None:
    """Train the shadows and ask each about its own records; ask the targets about the candidates."""
    limits = Limits(**run.store.once("limits", lambda: asdict(provider.limits())))
    price = Price(**run.store.once("price", lambda: asdict(provider.price(challenge.profile))))
    oracle = Oracle(run.store, token(run), price.per_1000_records, run.budget, run.screen)
    trainer = shadows.Trainer(provider, run.store, challenge.profile, challenge.options, price, run.screen)

    run.screen.stage("training and asking the shadow models")
    run.screen.expect(run.method.shadows, challenge.queries(run.method.shadows), run.store.asked())
    uploaded_names = tuple(str(index) for index in range(len(challenge.classes)))
    for shadow, model in trainer.train(dataset_id, run.store.shadows()):
        own = np.concatenate([shadow.split.member, shadow.split.non_member])
        target = NativeTarget(provider, model, uploaded_names, limits)
        oracle.ask(target, challenge.population.features[own], "shadow_queries")
    report_failed(run)

    run.screen.stage("asking the target about the candidates")
    for model_id in challenge.model_ids:
        target = NativeTarget(provider, provider.model(model_id), challenge.classes, limits)
        oracle.ask(target, challenge.candidates.features, "target_queries")


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


def check_ledger(run: Run, provider: Provider) -> None:
    """Our count of every query and the provider's must be the same; raises LedgerMismatch."""
    before = {model: Count(**count) for model, count in run.store.fact("usage_before").items()}
    ledger.agree(run.store.counts(), before, provider.usage())


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
