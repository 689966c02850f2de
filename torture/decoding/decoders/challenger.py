"""What owners and attackers send to a challenger."""

from pathlib import Path

from fastapi.exceptions import RequestValidationError

from services.challenger.bodies import json_object, parsed
from services.challenger.games.owners import description_in
from services.challenger.games.schemas import OwnersGame, kind_of
from services.challenger.owning.encoding import encode
from services.challenger.owning.files import read
from services.challenger.submissions.parsing import parse
from services.web.command import CommandError
from services.web.problem import Problem
from torture.decoding.changes import documents, lines
from torture.decoding.decoder import Decoder

TARGETS, CANDIDATES, MOST_ATTACKS = 2, 5, 10


def game(body: bytes, folder: Path) -> None:
    document = json_object(body)
    asked = parsed(kind_of(document), document)
    if isinstance(asked, OwnersGame):
        description_in(asked)


def own_csv(body: bytes, folder: Path) -> None:
    (folder / "members.csv").write_bytes(body)
    encode(read([folder / "members.csv"]), None, None)


def submission(body: bytes, folder: Path) -> None:
    parse(body, (TARGETS, CANDIDATES), MOST_ATTACKS)


DECODERS = (
    Decoder("game", game, (Problem, RequestValidationError), documents.changed_json),
    Decoder("own_csv", own_csv, (CommandError,), lines.changed),
    Decoder("submission", submission, (Problem, RequestValidationError), documents.changed_json),
)
