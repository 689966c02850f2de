"""What owners and attackers send to a challenger."""

from pathlib import Path

from fastapi.exceptions import RequestValidationError

from services.challenger.bodies import json_object, parsed
from services.challenger.games.schemas import NewGame, NewTwin
from services.challenger.submissions.parsing import parse
from services.web.problem import Problem
from torture.decoding.changes import documents
from torture.decoding.decoder import Decoder

TARGETS, CANDIDATES, MOST_ATTACKS = 2, 5, 10


def game(body: bytes, folder: Path) -> None:
    document = json_object(body)
    parsed(NewTwin if "twin_of" in document else NewGame, document)


def submission(body: bytes, folder: Path) -> None:
    parse(body, (TARGETS, CANDIDATES), MOST_ATTACKS)


DECODERS = (
    Decoder("game", game, (Problem, RequestValidationError), documents.changed_json),
    Decoder("submission", submission, (Problem, RequestValidationError), documents.changed_json),
)
