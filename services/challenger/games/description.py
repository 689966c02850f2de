"""What the records of a game look like: as their data set says, or the owner whose own they are."""

from services.challenger.dataset import DATASETS
from services.challenger.format import Description
from services.challenger.games.tables import Game


def description_of(game: Game) -> Description:
    if game.own is not None:
        return Description.read(game.own["description"])
    return Description.of(DATASETS.load(game.dataset)())
