"""All tables of the challenger in one place, for migrations."""

from services.challenger.games.tables import Game, Target
from services.challenger.submissions.tables import Attack, Submission

__all__ = ["Attack", "Game", "Submission", "Target"]
