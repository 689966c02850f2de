"""Models and answers as Google told them: numbers as texts, times by RFC 3339."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.mlaas.models.tables import ENDED, Model, State

STATUS: Mapping[str, str] = {
    State.QUEUED: "RUNNING",
    State.TRAINING: "RUNNING",
    State.READY: "DONE",
    State.FAILED: "ERROR",
    State.CANCELLED: "ERROR",
}


def training(model: Model, link: str, *, own: bool) -> dict[str, Any]:
    """What is known of a model; how many instances it has learned is for its owner."""
    told = {
        "kind": "prediction#training",
        "id": model.id,
        "selfLink": link,
        "created": when(model.created_at),
        "trainingStatus": STATUS[model.state],
    }
    if model.state in ENDED and model.ended_at is not None:
        told["trainingComplete"] = when(model.ended_at)
    if model.state != State.READY:
        return told
    info = {"modelType": "classification", "numberLabels": str(len(model.classes))}
    return told | {"modelInfo": info | ({"numberInstances": str(model.training_rows)} if own else {})}


def when(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
