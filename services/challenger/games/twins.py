"""Twin games: all that another game has, its truth too, under another profile or other options."""

from services.challenger.database import now_ms
from services.challenger.dependencies import Parts
from services.challenger.games import offer
from services.challenger.games.schemas import NewTwin
from services.challenger.games.service import KEY_PREFIX, find, require_begun, require_owner
from services.challenger.games.tables import DRAW, Game, Target
from services.challenger.ids import new_id, new_model_id
from services.web import keys
from services.web.problem import InvalidRequest

SHARED = (*DRAW, "own", "knowledge", "access", "overlap", "max_submissions", "provider_key")


def create(parts: Parts, asked: NewTwin, key: str | None) -> tuple[Game, str]:
    """A twin that will be prepared, and an owner key of its own.

    Only the base's owner may have one: whoever closes it sees the base's truth. Raises NotFound,
    Unauthenticated, Forbidden, GameNotOpen, UnknownProfile and OptionNotOffered.
    """
    with parts.database.read() as session:
        base = find(session, asked.twin_of)
    require_owner(base, key)
    require_begun(base)
    if base.deployed is not None:
        raise InvalidRequest("The target of that game was deployed elsewhere, and has no profile to change.")
    options = base.options if asked.options is None else asked.options
    offer.check(parts.provider(base.provider_key).profiles(), asked.profile, options)
    game_id = new_id("g")
    owner_key, digest = keys.new_key(KEY_PREFIX, game_id)
    twin = Game(
        **{name: getattr(base, name) for name in SHARED},
        id=game_id,
        twin_of=base.id,
        state="preparing",
        profile=asked.profile,
        options=options,
        owner_key_sha256=digest,
        created_at=now_ms(),
        models=[target_of(game_id, target, options == base.options) for target in base.models],
    )
    with parts.database.write() as session:
        session.add(twin)
    parts.preparation.wake()
    return twin, owner_key


def target_of(game_id: str, base: Target, same_options: bool) -> Target:
    """What was trained with other options cannot be served for it."""
    return Target(
        index=base.index,
        model_id=new_model_id(game_id, base.index),
        served_from=base.model_id if same_options else None,
    )
