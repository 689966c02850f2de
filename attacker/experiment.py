"""A membership inference attack from the first request to the result, stage by stage. Read this file first.

Every stage looks into the run's store before it acts: a run stopped anywhere goes on where it was.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from attacker import false_discovery, inference, planning, records
from attacker.adapting import Adaptation, temperature_of
from attacker.base import Base, learns_from_shadows, naive, naive_name
from attacker.challenge import Challenge
from attacker.client.documents import GameDocument
from attacker.configuration import Method
from attacker.deployed_model import Elsewhere, challenge_of_deployed
from attacker.errors import (
    BudgetExhausted,
    CannotAttack,
    GameNotOpen,
    QuotaExceeded,
    TooFewRecords,
)
from attacker.game import Game
from attacker.named_model import Audited, challenge_of_model
from attacker.questioning import Questioning
from attacker.report import members, result
from attacker.run_transcript import known_are, occasion_of, transcript_of
from attacker.service import Service
from attacker.session import Session
from attacker.transcript import Transcript

LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Run(Session):
    """A session with all that its user decided about the attack; `base` is a run that this one stands on."""

    method: Method
    base: Base | None = None


def play(run: Run, game: Game) -> None:
    """Play a game up to its submission.

    A run that was given more shadow models submits again; when its game is over, it is judged by the truth.
    """
    if run.store.fact("submission") is not None:
        return
    run.store.begin_session()
    document = open_game(run, game)
    attack(run, lambda: challenge_of_game(run, game, document))
    run.screen.stage("handing in the scores")
    try:
        run.store.once("submission", lambda: game.submit(submission(run), submission_key(run)))
    except GameNotOpen:
        if run.store.truth() is None:
            raise
        run.screen.note("the game is over, so this goes to nobody: it is judged here, by the truth.")


def submission_key(run: Run) -> str:
    """The Idempotency-Key of what so many shadow models gave."""
    return f"{run.token()}-{run.method.shadows}"


def audit(run: Run, audited: Audited, elsewhere: Elsewhere | None = None) -> dict[str, Any]:
    """Attack a model of a bare service; the result, which is in the run folder with everybody's scores.

    A model that is deployed `elsewhere` has its shadows trained by that service.
    """
    run.store.begin_session()
    provider, access = run.sign_up(audited.service_url), run.method.access
    if elsewhere is None:
        challenge = attack(run, lambda: challenge_of_model(provider, audited, access))
    else:
        key = run.target_key
        challenge = attack(run, lambda: challenge_of_deployed(run.http, key, audited, elsewhere, access))
    if audited.truth:
        run.store.write("truth", records.read_truth(audited.truth, len(challenge.candidates)))
    return assess(run)


def attack(run: Run, take: Callable[[], Challenge]) -> Challenge:
    """The attack itself (Shokri et al. 2017, sec. V): shadow models in, membership scores out.

    Raises BudgetExhausted and QuotaExceeded when no more may be asked, TooFewRecords when a synthesis did not
    suffice; the run folder then has a partial result. With a larger budget, a run goes on from there.
    """
    challenge = Challenge.kept(run.store) or planning.begin(run, run.method, take(), run.base)
    if not run.store.fact("fitted"):
        try:
            provider = run.sign_up(challenge.provider_url)
            asked = Questioning(run, run.method, challenge, provider, run.base)
            asked.ask()
            fitted = infer(replace(run, method=asked.method), challenge, asked.service())
            run.check_ledger(provider, challenge.model_ids if challenge.deployed else ())
        except (BudgetExhausted, QuotaExceeded, TooFewRecords) as reason:
            result.write(run.store.folder, result.partial(run.store, str(reason)))
            raise
        run.store.keep("fitted", fitted)
    return challenge


def open_game(run: Run, game: Game) -> GameDocument:
    """The game once it is open; kept, so that it cannot change under the run."""
    run.screen.stage("waiting for the game to open")
    document = GameDocument.read(run.store.once("game", game.open))
    run.refuse_strangers(document, game.url)
    return document


def challenge_of_game(run: Run, game: Game, document: GameDocument) -> Challenge:
    candidates, knowledge = game.candidates(document), game.knowledge(document)
    return Challenge.of_game(document, candidates, knowledge, run.method.access)


def infer(run: Run, challenge: Challenge, service: Service) -> list[str]:
    """Fit every attack on the shadows' answers, and judge the candidates by the targets' answers.

    With a run to stand on, also as they do who learned from its shadows, without the defence, and do nothing
    about it. The names of those that could be fitted.
    """
    without = run.base.transcript(run.method.shadows) if run.base else None
    if without is not None and run.method.adapt:
        undo_temperature(run, challenge, without)
    transcript = transcript_of(run.store, challenge)
    fitted = [name for name in run.method.attacks if judged(run, transcript, name, service)]
    if without is not None:
        as_answered = naive(transcript_of(run.store, challenge, Adaptation()), without)
        learning = filter(learns_from_shadows, run.method.attacks)
        fitted += [naive_name(name) for name in learning if judged(run, as_answered, name, None, naive_name)]
    if run.method.fdr is not None:
        list_members(run, transcript, run.method.fdr)
    return fitted


def judged(
    run: Run,
    transcript: Transcript,
    name: str,
    service: Service | None,
    called: Callable[[str], str] = str,
) -> bool:
    """Whether the attack could be fitted; its judgement is kept under what it is called."""
    run.screen.stage(f"fitting {called(name)}")
    try:
        found = inference.infer(transcript, name, run.method.operation, service)
    except CannotAttack as error:
        if called(name) == run.method.primary:
            raise
        run.screen.note(f"{called(name)} is left out: {error}")
        return False
    run.store.judge(replace(found, attack=called(name)))
    return True


def undo_temperature(run: Run, challenge: Challenge, without: Transcript) -> None:
    """Find the temperature of the answers by the same shadows' answers without the defence, and keep it."""
    seen = transcript_of(run.store, challenge, replace(Adaptation.kept(run.store), temperature=1.0))
    if len(seen.shadows) != len(without.shadows):
        run.screen.note("a shadow model failed: whether a temperature softens the answers is not looked for.")
        return
    found = temperature_of(seen.shadows, without.shadows)
    if found != 1.0:
        adaptation = replace(Adaptation.kept(run.store), temperature=found).keep(run.store)
        run.screen.note(f"{adaptation.told()[-1]}.")


def list_members(run: Run, transcript: Transcript, rate: float) -> None:
    """Members at a false discovery rate, by the attack that the run is judged by."""
    run.screen.stage("listing members")
    found = false_discovery.lists(
        rate,
        transcript,
        [run.method.primary],
        seed=run.method.seed,
        known_are=known_are(run.store),
        note=run.screen.note,
    )
    members.keep(run.store, found)


def submission(run: Run) -> dict[str, Any]:
    """The scores and decisions of every attack, and what they cost."""
    return {
        "attacks": [
            inference.described(judged)
            | {"scores": judged.scores.tolist(), "decisions": judged.decisions.tolist()}
            for judged in run.store.judged()
            if judged.attack in run.store.fact("fitted")
        ],
        "primary": run.method.primary,
        "ledger": {phase: asdict(cost) for phase, cost in run.store.costs().items()},
    }


def conclude(run: Run, game: Game, patience_s: float) -> dict[str, Any] | None:
    """Truth, evaluations and result, once the owner has closed the game; None if that takes too long.

    All that is told is checked before any of it is kept.
    """
    from attacker.client.evaluations import checked  # pydantic, slow to load: only now is it needed

    if (submitted := run.store.fact("submission")) is None:
        return assess(run)  # it came too late to be handed in
    run.screen.stage("waiting for the owner to close the game")
    deadline = time.monotonic() + patience_s
    while (evaluated := game.evaluations(str(submitted))) is None:
        if time.monotonic() >= deadline:
            return None
        run.http.sleep(LOOK_AGAIN_S)
    run.store.begin_session()
    document = GameDocument.read(run.store.fact("game"))
    checked(evaluated, run.store.fact("fitted"), document.classes)
    truth, generalised = game.membership(document), game.generalisation(document)
    canaries = game.canaries(document) if document.rules.canaries else None
    run.store.write("truth", truth)
    if canaries is not None:
        run.store.write("canaries", canaries)
    run.store.keep("closed", True)
    run.store.keep("target", evaluated["target"])
    run.store.keep("controls", evaluated.get("controls"))
    result.write_generalisation(run.store.folder, generalised)
    return result.write(run.store.folder, result.result(run.store, evaluated["target"], evaluated["attacks"]))


def assess(run: Run) -> dict[str, Any]:
    """The result where no challenger evaluates: with evaluations once the truth (T, N) is known."""
    challenge = Challenge.kept(run.store)
    assert challenge is not None
    judged, truth, occasion = run.store.judged(), run.store.truth(), occasion_of(run.store)
    transcript, canaries = transcript_of(run.store, challenge), run.store.canaries()
    attacks = [inference.evaluation(one, transcript, truth, occasion, canaries) for one in judged]
    run.store.keep("closed", True)
    result.write_scores(run.store.folder, judged)
    return result.write(run.store.folder, result.result(run.store, run.store.fact("target") or {}, attacks))
