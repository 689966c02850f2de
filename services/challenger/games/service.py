"""Games: asked for, shown, and who may do what when."""

import secrets
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from services.challenger import knowledge
from services.challenger.database import now_ms
from services.challenger.dataset import DATASETS, load
from services.challenger.dependencies import Parts
from services.challenger.errors import GameNotClosed, GameNotOpen, UnknownDataset
from services.challenger.format import Description
from services.challenger.games import offer, repository, rules
from services.challenger.games.description import description_of
from services.challenger.games.generalised import Generalisation
from services.challenger.games.schemas import GameDocument, NewGame, Rules
from services.challenger.games.tables import Game, Target
from services.challenger.ids import new_id, new_model_id
from services.challenger.split import Draw, distinct_rows, require
from services.registry import UnknownPlugin
from services.web import keys
from services.web.problem import Forbidden, InvalidRequest, NotFound, Unauthenticated

KEY_PREFIX = "ok"
DRAWN = {"dataset", "members", "targets", "null", "inclusion", "canaries"}  # what a split is asked by


def create(parts: Parts, asked: NewGame) -> tuple[Game, str]:
    """A game that will be prepared, and its owner key. Mistakes in the request are told now."""
    seed = str(asked.seed) if asked.seed is not None else secrets.token_hex(16)
    rule = asked.knowledge.model_dump()
    known = knowledge.made_known(rule, asked.members)
    drawn = Draw(**asked.model_dump(include=DRAWN), seed=seed, known=known)
    check_size(parts, drawn)
    rules.check(drawn, rule, asked.overlap)
    records = checked_records(parts, drawn)
    if asked.overlap:
        drawn = replace(drawn, known=rules.overlapping(drawn, asked.overlap, records))
        rules.check_canaries(drawn)
    knowledge.check(rule, Description.of(DATASETS.load(asked.dataset)()))
    provider = parts.provider()
    provider.key = provider.sign_up()
    offer.check(provider.profiles(), asked.profile, asked.options)
    game_id = new_id("g")
    owner_key, digest = keys.new_key(KEY_PREFIX, game_id)
    game = Game(
        **asked.model_dump(include=DRAWN | {"profile", "options", "access", "overlap"}),
        id=game_id,
        state="preparing",
        seed=seed,
        known=drawn.known,
        knowledge=rule,
        max_submissions=parts.settings.most_submissions,
        owner_key_sha256=digest,
        provider_key=provider.key,
        created_at=now_ms(),
        models=[Target(index=t, model_id=new_model_id(game_id, t)) for t in range(asked.targets)],
    )
    with parts.database.write() as session:
        game.ordinal = repository.asked_before(session, drawn)
        session.add(game)
    parts.preparation.wake()
    return game, owner_key


def check_size(parts: Parts, drawn: Draw) -> None:
    """Raises InvalidRequest."""
    if drawn.members > (most := parts.settings.most_members):
        raise InvalidRequest(f"A game here has at most {most} members.")
    if drawn.targets > (most := parts.settings.most_targets):
        raise InvalidRequest(f"A game here has at most {most} targets.")


def checked_records(parts: Parts, drawn: Draw) -> int:
    """The number of distinct ones; raises UnknownDataset, DatasetUnavailable and NotEnoughRecords."""
    try:
        records = load(drawn.dataset, parts.settings.datasets)
    except UnknownPlugin as unknown:
        known = unknown.close or unknown.known
        raise UnknownDataset(
            f"There is no data set of that name: {offer.nearest(unknown.name, known)}"
        ) from None
    distinct = len(distinct_rows(records.features))
    require(drawn, distinct)
    return distinct


def find(session: Session, game_id: str) -> Game:
    game = repository.by_id(session, game_id)
    if game is None:
        raise NotFound("There is no game of that id; copy the URL that `challenger create` printed.")
    return game


def require_begun(game: Game) -> None:
    """Open or closed; raises GameNotOpen."""
    if game.state == "failed":
        raise GameNotOpen(f"The game failed and will not open; create another. {game.error}")
    if game.state == "preparing":
        raise GameNotOpen("The game is being prepared; ask again when its state is `open`.")


def require_open(game: Game) -> None:
    require_begun(game)
    if game.state == "closed":
        raise GameNotOpen("The game is closed and takes no more submissions; its scoreboard is final.")


def require_closed(game: Game) -> None:
    if game.state != "closed":
        raise GameNotClosed("Nothing is told of the truth before the game's owner closes it.")


def require_owner(game: Game, key: str | None) -> None:
    if key is None:
        raise Unauthenticated("Send the owner key that POST /v1/games gave as `Authorization: Bearer KEY`.")
    if not keys.matches(key, game.owner_key_sha256):
        raise Forbidden("This is not the owner key of this game; POST /v1/games gave it.")


def document(parts: Parts, game: Game) -> GameDocument:
    """What an attacker is told: before closing, nothing in it depends on membership."""
    return GameDocument.model_validate(
        {
            "id": game.id,
            "twin_of": game.twin_of,
            "state": game.state,
            "dataset": game.dataset,
            "provider_url": parts.settings.public_provider or parts.settings.provider,
            "profile": game.profile,
            "options": game.options,
            "members": game.learned,
            "candidates": repository.draw_of(game).candidates,
            "rules": Rules(
                knowledge=game.knowledge,
                access=game.access,
                overlap=game.overlap,
                inclusion=game.inclusion,
                canaries=game.canaries,
                max_submissions=game.max_submissions,
            ),
            "targets": targets_of(game),
            "error": game.error,
            "deployed": game.deployed,
        }
        | description_of(game).document()
    )


def targets_of(game: Game) -> list[dict[str, Any]]:
    """None before they are trained: until then somebody else could take their ids at the provider."""
    if game.state in ("preparing", "failed"):
        return []
    return [{"index": target.index, "model_id": target.model_id} for target in game.models]


def generalisation(parts: Parts, game_id: str) -> Generalisation:
    """Raises GameNotClosed, and NotFound for a game that was closed before these figures were kept."""
    with parts.database.read() as session:
        game = find(session, game_id)
        require_closed(game)
        if game.generalisation is None:
            raise NotFound("An older version closed this game without these figures; create another game.")
        return Generalisation.model_validate({"game": game.id, "null": game.null} | game.generalisation)
