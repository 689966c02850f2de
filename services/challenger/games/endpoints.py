from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from services.challenger.bodies import JSON, json_body, json_object, parsed, receive_json
from services.challenger.dependencies import KeyDep, Parts, PartsDep
from services.challenger.errors import (
    DatasetUnavailable,
    GameNotClosed,
    GameNotOpen,
    KnowledgeNotPossible,
    NotEnoughRecords,
    OptionNotOffered,
    ProviderRefused,
    ProviderUnavailable,
    UnknownDataset,
    UnknownProfile,
    UnknownUpload,
    WrongShape,
)
from services.challenger.games import closing, owners, service, twins
from services.challenger.games.generalised import Generalisation
from services.challenger.games.schemas import (
    ClosedGame,
    CreatedGame,
    FormatDocument,
    GameDocument,
    MarginalsDocument,
    NewGame,
    NewTwin,
    OwnersGame,
    kind_of,
)
from services.challenger.games.tables import Game
from services.web.bodies import NPY
from services.web.patience import PatienceDep
from services.web.problem import (
    BadData,
    BodyTooLarge,
    Forbidden,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    UnsupportedMediaType,
    responses,
)

ASKED = [
    model.model_json_schema(ref_template="#/components/schemas/{model}")
    for model in (NewGame, NewTwin, OwnersGame)
]
LARGEST_REQUEST_BYTES = 2**21  # of an owner's own records, every feature is described
NPY_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {NPY: {"schema": {"type": "string", "format": "binary"}}}}
}
KNOWLEDGE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: NPY_ANSWER[200] | {"model": MarginalsDocument | FormatDocument}
}
MEDIA_TYPES = {".npy": NPY, ".json": JSON}

router = APIRouter(prefix="/v1/games", tags=["games"])


async def asked_game(request: Request) -> NewGame | NewTwin | OwnersGame:
    """The body, read under a limit."""
    document = json_object(await receive_json(request, LARGEST_REQUEST_BYTES))
    return parsed(kind_of(document), document)


@router.post(
    "",
    status_code=202,
    response_model_exclude_none=True,
    openapi_extra=json_body({"oneOf": ASKED}),
    responses=responses(
        InvalidRequest,
        BadData,
        WrongShape,
        UnknownUpload,
        Unauthenticated,
        Forbidden,
        NotFound,
        GameNotOpen,
        BodyTooLarge,
        UnsupportedMediaType,
        UnknownDataset,
        NotEnoughRecords,
        KnowledgeNotPossible,
        UnknownProfile,
        OptionNotOffered,
        ProviderRefused,
        ProviderUnavailable,
        DatasetUnavailable,
    ),
)
def create_game(
    asked: Annotated[NewGame | NewTwin | OwnersGame, Depends(asked_game)],
    request: Request,
    response: Response,
    parts: PartsDep,
    key: KeyDep,
) -> CreatedGame:
    """Have a game prepared: poll it until its state is `open`. The owner key is shown this once.

    A twin of a game takes the owner key of that one. A game of an owner's own records names uploads.
    """
    left_out = None
    if isinstance(asked, NewTwin):
        game, owner_key = twins.create(parts, asked, key)
    elif isinstance(asked, OwnersGame):
        game, owner_key, left_out = owners.create(parts, asked)
    else:
        game, owner_key = service.create(parts, asked)
    url = str(request.base_url).rstrip("/") + f"/v1/games/{game.id}"
    response.headers["Location"] = url
    response.headers["Cache-Control"] = "no-store"
    return CreatedGame(id=game.id, url=url, owner_key=owner_key, left_out=left_out)


@router.get("/{game_id}", response_model_exclude_none=True, responses=responses(NotFound))
async def get_game(game_id: str, parts: PartsDep, patience: PatienceDep) -> GameDocument:
    """State, rules and format of a game; waited for, it answers when the game is prepared."""
    await patience.until(lambda: look(parts, game_id).state != "preparing")
    return await run_in_threadpool(lambda: service.document(parts, look(parts, game_id)))


@router.get(
    "/{game_id}/candidates",
    response_class=FileResponse,
    responses=NPY_ANSWER | responses(NotFound, GameNotOpen),
)
def get_candidates(game_id: str, parts: PartsDep) -> FileResponse:
    """NPY (N, 1+D), the label in column 0; half of them are members of each target, or about half by coin."""
    service.require_begun(look(parts, game_id))
    return FileResponse(parts.files(game_id).candidates, media_type=NPY)


@router.get(
    "/{game_id}/knowledge",
    response_class=FileResponse,
    responses=KNOWLEDGE_ANSWER | responses(NotFound, GameNotOpen),
)
def get_knowledge(game_id: str, parts: PartsDep) -> FileResponse:
    """What the rules grant: NPY (P, 1+D), or a document.

    It is made from the population alone, in which members lie unmarked where the rules have an overlap. Only
    `partial` tells of members: (2k, 1+D), k members first, then k non-members. None of these is a candidate.
    """
    service.require_begun(look(parts, game_id))
    file = parts.files(game_id).knowledge
    return FileResponse(file, media_type=MEDIA_TYPES[file.suffix])


@router.post(
    "/{game_id}/close",
    responses=responses(
        Unauthenticated, Forbidden, NotFound, GameNotOpen, ProviderUnavailable, ProviderRefused
    ),
)
async def close_game(game_id: str, parts: PartsDep, key: KeyDep) -> ClosedGame:
    """End the game: no more submissions, and the truth is told. Closing again changes nothing."""
    service.require_owner(await run_in_threadpool(look, parts, game_id), key)
    # It may take minutes, and one at a time is enough: those that wait have no thread.
    count = await to_thread.run_sync(closing.close, parts, game_id, limiter=parts.closers)
    return ClosedGame(id=game_id, state="closed", submissions=count)


@router.get(
    "/{game_id}/membership",
    response_class=FileResponse,
    responses=NPY_ANSWER | responses(NotFound, GameNotClosed),
)
def get_membership(game_id: str, parts: PartsDep) -> FileResponse:
    """NPY bool (T, N): who was a member of which target."""
    service.require_closed(look(parts, game_id))
    return FileResponse(parts.files(game_id).membership, media_type=NPY)


@router.get(
    "/{game_id}/canaries",
    response_class=FileResponse,
    responses=NPY_ANSWER | responses(NotFound, GameNotClosed),
)
def get_canaries(game_id: str, parts: PartsDep) -> FileResponse:
    """NPY bool (N,): which candidates bear a wrong label."""
    service.require_closed(look(parts, game_id))
    return FileResponse(parts.files(game_id).canaries, media_type=NPY)


@router.get(
    "/{game_id}/generalisation",
    response_model_exclude_unset=True,
    responses=responses(NotFound, GameNotClosed),
)
def get_generalisation(game_id: str, parts: PartsDep) -> Generalisation:
    """How the targets answer about members and non-members, class by class."""
    return service.generalisation(parts, game_id)


def look(parts: Parts, game_id: str) -> Game:
    with parts.database.read() as session:
        return service.find(session, game_id)
