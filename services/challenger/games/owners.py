"""Games on an owner's own records: members and others as files, and a target that may run elsewhere.

The challenger never asks a target that runs elsewhere: its owner, who may, hands in what it answered.
"""

import secrets
from typing import Any

import numpy as np

from services.challenger import knowledge
from services.challenger.database import now_ms
from services.challenger.dataset import Feature, Records
from services.challenger.dependencies import Parts
from services.challenger.errors import KnowledgeNotPossible, NotEnoughRecords
from services.challenger.format import Description
from services.challenger.games import offer, rules
from services.challenger.games.own_tables import tables_of
from services.challenger.games.schemas import LeftOut, OwnersGame
from services.challenger.games.service import KEY_PREFIX, check_size
from services.challenger.games.tables import Game, Target
from services.challenger.ids import new_id, new_model_id
from services.challenger.split import Brought, Draw
from services.web import keys
from services.web.problem import BadData

FEWEST = 10  # pairs of a member and a non-member: of fewer, no rate tells anything


def create(parts: Parts, asked: OwnersGame) -> tuple[Game, str, LeftOut]:
    """A game that will be prepared, its owner key, and the records that are in it once but came again.

    Mistakes in the request and in the records are told now.
    """
    own, described = own_of(asked), description_in(asked)
    tables = tables_of(parts.uploads, own)
    check_values(tables.records, described)
    brought, rule = tables.brought, asked.knowledge.model_dump()
    known = knowledge.made_known(rule, brought.pairs)
    drawn = Draw(asked.name, brought.pairs, 1, null=False, seed=secrets.token_hex(16), known=known)
    check_size(parts, drawn)
    check_enough(drawn, brought, rule)
    knowledge.check(rule, described)
    provider = parts.provider()
    provider.key = provider.sign_up()
    offer.check(provider.profiles(), asked.profile, asked.options)
    game_id = new_id("g")
    owner_key, digest = keys.new_key(KEY_PREFIX, game_id)
    game = Game(
        **vars(drawn),
        id=game_id,
        state="preparing",
        knowledge=rule,
        profile=asked.profile,
        options=asked.options,
        access=asked.access,
        overlap=0.0,
        own=own | {"learned": len(brought.members)},
        max_submissions=parts.settings.most_submissions,
        owner_key_sha256=digest,
        provider_key=provider.key,
        created_at=now_ms(),
        models=[Target(index=0, model_id=new_model_id(game_id, 0))],
    )
    with parts.database.write() as session:
        session.add(game)
    parts.preparation.wake()
    members, others, population = brought.left_out
    return game, owner_key, LeftOut(members=members, non_members=others, population=population)


def own_of(asked: OwnersGame) -> dict[str, Any]:
    """What is kept of it with the game."""
    target = asked.target
    return {
        "description": asked.model_dump(include={"classes", "features"}, exclude_none=True),
        "records": asked.records.model_dump(),
        "deployed": target.model_dump(exclude={"answered"}) if target else None,
        "answered": target.answered.model_dump() if target else None,
    }


def description_in(asked: OwnersGame) -> Description:
    """Raises BadData for a description that contradicts itself."""
    described = Description.read(asked.model_dump(include={"classes", "features"}))
    if len(set(described.classes)) < len(described.classes):
        raise BadData("The classes are to have names of their own.")
    for feature in described.features:
        check_feature(feature)
    return described


def check_feature(feature: Feature) -> None:
    """Raises BadData."""
    categories, values = feature.categories, feature.values
    if feature.minimum > feature.maximum:
        raise BadData(f"The feature {feature.name} has its least value above its greatest.")
    if categories is not None and values != tuple(range(len(categories))):
        raise BadData(f"The feature {feature.name} has categories: list 0, 1, ... as their values.")
    if values is not None and not (feature.minimum <= min(values) <= max(values) <= feature.maximum):
        raise BadData(f"The feature {feature.name} has values beyond its ends.")


def check_values(records: Records, described: Description) -> None:
    """Raises BadData for a record that is not as described."""
    for column, feature in zip(records.features.T, described.features, strict=True):
        beyond = (column < feature.minimum) | (column > feature.maximum)
        strange = feature.values is not None and ~np.isin(column, feature.values)
        for row in np.flatnonzero(beyond | strange)[:1]:
            raise BadData(f"Record {row} has a value of {feature.name} that its description does not allow.")


def check_enough(drawn: Draw, brought: Brought, rule: dict[str, Any]) -> None:
    """Raises NotEnoughRecords and KnowledgeNotPossible."""
    if brought.pairs < FEWEST:
        raise NotEnoughRecords(
            f"There are {len(brought.members)} members and {len(brought.others)} non-members that are "
            f"distinct: bring {FEWEST} of each.",
            records=brought.pairs,
        )
    rules.check(drawn, rule, 0.0)
    left = len(brought.population) + len(brought.others) - brought.pairs
    if not left and rule["kind"] not in rules.NO_POPULATION:
        raise KnowledgeNotPossible(
            f"The knowledge `{rule['kind']}` is made of a population: bring one, more non-members than "
            "members, or ask for `format`."
        )
