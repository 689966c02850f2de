"""What servers answer to an attacker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attacker.client import npy as answered
from attacker.client.documents import GameDocument, Limits, Model, Price, knowledge_of
from attacker.client.evaluations import checked, checked_generalisation
from attacker.client.http import Reply
from attacker.errors import CannotAttack, ServiceError, ServiceRefused
from torture.decoding.changes import documents, npy
from torture.decoding.decoder import Decoder

SHAPE = (None, 3)
ATTACKS, CLASSES = ("guess",), ("0", "1")


def document(name: str, read: Callable[[dict[str, Any]], Any]) -> Decoder:
    def decoded(body: bytes, folder: Path) -> None:
        read(Reply("http://here", 200, {}, body, 0).json())

    return Decoder(name, decoded, (ServiceError, CannotAttack), documents.changed_json)


DECODERS = (
    Decoder("answer_npy", lambda body, _: answered.decode(body, "here", SHAPE), (ServiceError,), npy.changed),
    document("answer_game", GameDocument.read),
    document("answer_evaluations", lambda told: checked(told, ATTACKS, CLASSES)),
    document("answer_generalisation", lambda told: checked_generalisation(told, CLASSES)),
    document("answer_model", lambda told: Model.read(told).format.levels),
    document("answer_knowledge", lambda told: knowledge_of(told).format.levels),
    document("answer_limits", Limits.read),
    document("answer_price", Price.read),
    document("answer_problem", lambda told: str(ServiceRefused.of("http://here", 422, told))),
)
