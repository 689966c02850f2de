from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool

from services.challenger.bodies import json_body, receive_json
from services.challenger.dependencies import PartsDep
from services.challenger.errors import (
    AccessNotGranted,
    GameNotClosed,
    GameNotOpen,
    IdempotencyConflict,
    TooManySubmissions,
    UnknownPrimary,
    WrongShape,
)
from services.challenger.submissions import service
from services.challenger.submissions.schemas import (
    Acknowledged,
    EvaluatedSubmission,
    Scoreboard,
    request_schema,
)
from services.web.problem import BadData, BodyTooLarge, NotFound, UnsupportedMediaType, responses

router = APIRouter(prefix="/v1/games/{game_id}", tags=["submissions"])


@router.post(
    "/submissions",
    status_code=202,
    openapi_extra=json_body(request_schema()),
    responses=responses(
        NotFound,
        GameNotOpen,
        TooManySubmissions,
        BodyTooLarge,
        UnsupportedMediaType,
        BadData,
        WrongShape,
        UnknownPrimary,
        AccessNotGranted,
        IdempotencyConflict,
    ),
)
async def submit(
    game_id: str,
    request: Request,
    parts: PartsDep,
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="The same key and body again is the same submission.")
    ] = None,
) -> Acknowledged:
    """Hand in scores and decisions. They are acknowledged, and evaluated when the game is closed."""
    await run_in_threadpool(service.require_welcome, parts, game_id, idempotency_key)
    body = await receive_json(request, parts.settings.submission_bytes)
    return Acknowledged(
        id=await run_in_threadpool(service.acknowledge, parts, game_id, body, idempotency_key)
    )


@router.get("/submissions/{submission_id}", responses=responses(NotFound, GameNotClosed))
def get_submission(game_id: str, submission_id: str, parts: PartsDep) -> EvaluatedSubmission:
    """The evaluations, once the game is closed."""
    return service.evaluated(parts, game_id, submission_id)


@router.get("/scoreboard", responses=responses(NotFound, GameNotClosed))
def get_scoreboard(game_id: str, parts: PartsDep) -> Scoreboard:
    """All submissions with their intervals, once the game is closed."""
    return service.scoreboard(parts, game_id)
